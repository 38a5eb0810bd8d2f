"""The application: the service behind its routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI
from fastapi.concurrency import run_in_threadpool

from api.deps import known_query
from api.error_handlers import install_error_handlers
from api.fast_lane import FastLane
from api.logs import configure_logs
from api.middleware import RequestMiddleware
from api.openapi import describe
from api.routers import (
    audit,
    catalogues,
    days,
    health,
    networks,
    plan_parts,
    plans,
    problems,
    scenarios,
    sessions,
    studies,
)
from api.service import make_service
from api.settings import Settings, settings_of_environment
from api.store.engine import Database
from api.store.migrate import migrate
from api.telemetry import make_telemetry


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service by `settings` (default: those of the environment); its work begins with the app's lifespan."""
    settings = settings_of_environment() if settings is None else settings
    configure_logs(settings.log_level)
    telemetry = make_telemetry(settings.otel_endpoint, settings.executor_id)
    database = Database(settings.store_url)
    migrate(database)
    service = make_service(settings, database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.jobs.start)
        yield
        await run_in_threadpool(service.jobs.stop)
        await run_in_threadpool(service.desks.close)
        await run_in_threadpool(telemetry.close)
        database.close()

    app = FastAPI(
        title="Yizhan",
        version=version("yizhan"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        telemetry=telemetry.config,
    )
    app.state.service = service
    app.add_middleware(FastLane, service=service)
    app.add_middleware(RequestMiddleware, metrics=service.metrics, max_body_bytes=settings.max_body_bytes)
    install_error_handlers(app, service)
    app.include_router(health.router)
    app.include_router(_v1())
    app.openapi = lambda: describe(app)  # type: ignore[method-assign] # FastAPI's way to extend the document
    return app


def _v1() -> APIRouter:
    v1 = APIRouter(prefix="/v1", dependencies=[Depends(known_query)])
    for module in (sessions, problems, scenarios, plans, plan_parts, days, studies, networks, catalogues, audit):
        v1.include_router(module.router)
    return v1
