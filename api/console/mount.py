"""Putting the console on the application."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from nicegui import __version__ as nicegui_version
from nicegui import app as pages_app
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.console import data, doors
from api.console.access import HOME, Visitor, sign_in_address, visitor_of
from api.console.days import Sights
from api.console.pages import calls, care, compare, new_plan, plans, sheets, studies, today, unserved
from api.service import Service

BUILD_TIMEOUT_S = 30.0

Builder = Callable[..., Awaitable[Response | None]]

PAGES: dict[str, Builder] = {
    "/": today.latest,
    "/plans": plans.build,
    "/plans/{plan_id}": today.build,
    "/plans/{plan_id}/unserved": unserved.build,
    "/plans/{plan_id}/sheets": sheets.build,
    "/plans/{plan_id}/care": care.build,
    "/studies": studies.build,
    "/plans/{plan_id}/calls": calls.build,
    "/new": new_plan.build,
    "/compare": compare.build,
}
"""Every view by its path below the console's."""


def add_console(app: FastAPI) -> None:
    """Add the console to the application of :func:`api.app.create_app`, before it is started.

    NiceGUI is one per process, and so is the console.
    """
    service: Service = app.state.service
    add_routes(app)
    add_pages(service, app.state.console_sights)
    pages_app.add_middleware(ConsoleHeaders, tile_url=service.settings.tile_url)
    ui.run_with(
        app,
        mount_path=HOME,
        title="Yizhan",
        favicon=doors.STATIC / "icon.svg",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30.0,
    )


def add_routes(app: FastAPI) -> None:
    """Add what the pages need beside themselves: signing in, looks, and data."""
    app.state.console_sights = Sights()
    app.include_router(doors.router)
    app.include_router(data.router)
    app.add_api_route("/", _to_console, include_in_schema=False)


def add_pages(service: Service, sights: Sights) -> None:
    """Register every view with NiceGUI."""
    for path, build in PAGES.items():
        ui.page(path, response_timeout=BUILD_TIMEOUT_S)(_guarded(build, service, sights))


def _guarded(build: Builder, service: Service, sights: Sights) -> Callable[..., Awaitable[Response | None]]:
    """A page that sends those who are not signed in to where one signs in."""

    async def page(request: Request, **arguments: Any) -> Response | None:
        visitor = visitor_of(service, request)
        if visitor is None:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(sign_in_address(f"{HOME}{_path_below(request)}{query}"), 303)
        return await build(visitor, sights, **arguments)

    signature = inspect.signature(build, eval_str=True)
    own = [each for each in signature.parameters.values() if each.annotation not in {Visitor, Sights}]
    first = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    page.__signature__ = inspect.Signature([first, *own])  # type: ignore[attr-defined] # what FastAPI reads
    return page


def _path_below(request: Request) -> str:
    """The path below the console's."""
    return request.url.path.removeprefix(HOME)


async def _to_console() -> RedirectResponse:
    return RedirectResponse(f"{HOME}/", 307)


class ConsoleHeaders:
    """Security headers of the pages: nothing but this host is asked for anything, which the browser enforces."""

    def __init__(self, app: ASGIApp, *, tile_url: str) -> None:
        self.app = app
        self.policy = content_policy(tile_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_kept = f"/_nicegui/{nicegui_version}/" in scope["path"] and "dynamic_resources" not in scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy
                if is_kept and message["status"] == 200:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await self.app(scope, receive, send_with_headers)


def content_policy(tile_url: str) -> str:
    """The policy of the pages; the host of map tiles is the only other one, where the operator has set it."""
    tiles = ""
    if tile_url:
        scheme, _, rest = tile_url.partition("://")
        tiles = f" {scheme}://{rest.split('/')[0].replace('{s}', '*')}"
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{tiles}; connect-src 'self'; font-src 'self' data:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
