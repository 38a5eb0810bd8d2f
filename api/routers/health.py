"""Whether the service is alive and ready, and how it does."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import ServiceDep, Viewer
from api.errors import Refusal
from api.openapi import errors

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?", responses=errors())
def healthz() -> dict[str, str]:
    """Answer without looking at anything."""
    return {"status": "alive"}


@router.get("/readyz", summary="Can the service take requests?", responses=errors())
def readyz(service: ServiceDep) -> dict[str, str]:
    """Ask the database and the job runner."""
    if not service.database.is_ready() or not service.jobs.is_running:
        raise Refusal(503, "busy", "the service is starting or stopping. Try again.", headers={"Retry-After": "1"})
    return {"status": "ready"}


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, responses=errors())
def metrics(service: ServiceDep, caller: Viewer) -> Response:
    """All figures in Prometheus' text format; needs a key like everything else."""
    return Response(service.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
