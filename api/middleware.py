"""What surrounds every request: an id, a body limit, security headers, one log line, and figures for Prometheus."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Refusal, error_response, refusal_of
from api.logs import bind_request
from api.metrics import Metrics

REQUEST_ID = "X-Request-ID"

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer unless the route sets its own."""

_REQUEST_ID = re.compile(r"[\w.:-]{1,64}")

log = structlog.get_logger("yizhan.request")


class RequestMiddleware:
    """The outermost layer of the service."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, max_body_bytes: int) -> None:
        self.app, self.metrics, self.max_body_bytes = app, metrics, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        bind_request(exchange.request_id)
        answered = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self.app(answered, _limited(scope, receive, self.max_body_bytes), exchange.send)
        except Exception as error:
            if refusal_of(error).code == "internal":
                log.exception("fault")
            if exchange.status:
                raise
            await error_response(error)(scope, receive, exchange.send)
        finally:
            self._tell({**answered, "method": scope["method"]}, exchange)

    def _tell(self, scope: Scope, exchange: _Exchange) -> None:
        duration_s = time.perf_counter() - exchange.started_s
        route = _route_of(scope)
        self.metrics.count_request(scope["method"], route, exchange.status, duration_s)
        caller = scope.get("state", {}).get("caller")
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=exchange.status,
            duration_ms=round(1000 * duration_s, 1),
            district=getattr(caller, "district_id", None),
            actor=getattr(caller, "key_id", None),
        )


class _Exchange:
    """One request and its answer: id, start and status. ``HEAD`` gets what ``GET`` does, without the body."""

    def __init__(self, scope: Scope, send: Send) -> None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        self.started_s = time.perf_counter()
        self.status = 0
        self._has_body = scope["method"] != "HEAD"
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass a message on; the first one gets the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        elif not self._has_body:
            message = {**message, "body": b""}
        await self._send(message)


def _route_of(scope: Scope) -> str:
    """The pattern of the route that answered, with the prefixes of the routers around it."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    return str(getattr(context, "path", None) or getattr(scope.get("route"), "path", "none"))


def _limited(scope: Scope, receive: Receive, max_bytes: int) -> Receive:
    """`receive` that refuses bodies of more than `max_bytes`, by their announced length or as they arrive."""
    num_bytes = 0
    announced = Headers(scope=scope).get("content-length", "")

    async def checked() -> Message:
        nonlocal num_bytes
        if announced.isdigit() and int(announced) > max_bytes:
            raise _too_large(max_bytes)
        message = await receive()
        num_bytes += len(message.get("body", b""))
        if num_bytes > max_bytes:
            raise _too_large(max_bytes)
        return message

    return checked


def _too_large(max_bytes: int) -> Refusal:
    return Refusal(413, "too-large", f"the body has more than {max_bytes:,} bytes. Send less, or split the problem.")
