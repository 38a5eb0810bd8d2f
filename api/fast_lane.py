"""A way past the framework for what is read over and over: plans and problems by their ids.

Of a request that finds its answer kept, FastAPI's routing and dependencies are the larger part. Here the same readers
(:mod:`api.reading`) are asked directly, in one turn of the thread pool. What a path or query makes special goes the
usual way, and so does everything else; the OpenAPI document is that of the routes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.bodies import JSON
from api.deps import address_of, token_of
from api.reading import Reader
from api.service import Service

_PATH = re.compile(r"/v1/(plan|problem)s/([a-z]+-[0-9a-f]{12,32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRoute:
    """What figures and logs call a request that went this way."""

    path: str


_ROUTES = {noun: LaneRoute(path=f"/v1/{noun}s/{{{noun}_id}}") for noun in ("plan", "problem")}


class FastLane:
    """Answers readers of plans and problems, and leaves all others to `app`."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        match = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if match is None or scope["query_string"]:
            await self.app(scope, receive, send)
            return
        scope["route"] = _ROUTES[match[1]]
        response = await run_in_threadpool(self._read, scope, match[1], match[2])
        await response(scope, receive, send)

    def _read(self, scope: Scope, noun: str, name: str) -> Response:
        headers = Headers(scope=scope)
        caller = self.service.caller_of(token_of(headers), address_of(scope))
        scope.setdefault("state", {})["caller"] = caller
        reader = Reader(service=self.service, caller=caller, if_none_match=headers.get("If-None-Match"))
        return reader.plan(name, headers.get("Accept", JSON)) if noun == "plan" else reader.problem(name)
