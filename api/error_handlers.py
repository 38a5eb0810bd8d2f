"""Every exception of a route is answered with a problem body; a wrong key is told before a path that does not exist."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.deps import address_of, token_of
from api.errors import Refusal, error_response
from api.service import Service
from optimizer.errors import InputError, TravelError


def install_error_handlers(app: FastAPI, service: Service) -> None:
    """Answer every exception of a route with a problem body."""

    async def handle(request: Request, error: Exception) -> Response:
        return error_response(error)

    async def handle_unrouted(request: Request, error: Exception) -> Response:
        if "Authorization" in request.headers and not hasattr(request.state, "caller"):
            try:
                await run_in_threadpool(service.caller_of, token_of(request.headers), address_of(request.scope))
            except Refusal as refusal:
                return error_response(refusal)
        return error_response(error)

    for kind in (Refusal, InputError, TravelError, RequestValidationError, OperationalError):
        app.add_exception_handler(kind, handle)
    app.add_exception_handler(HTTPException, handle_unrouted)
