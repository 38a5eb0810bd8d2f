"""What one asks of a finished plan: figures, unserved visits, what changed; and the progress of one in the making."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import TypeAdapter

from api.bodies import JSON
from api.deps import ID, ServiceDep, Store, Viewer
from api.openapi import errors
from api.plan_views import diff_of, kpis_of
from api.resources import UnassignedList, dump
from api.store.records import PlanRecord
from api.unserved import unassigned_of
from api.waiting import events
from optimizer.redispatch.diff import PlanDiff

router = APIRouter(prefix="/plans/{plan_id}", tags=["plans"], responses=errors(404))


def plan_of(store: Store, caller: Viewer, plan_id: Annotated[str, Path(pattern=ID)]) -> PlanRecord:
    """The plan that the path names."""
    return store.plan(plan_id)


Plan = Annotated[PlanRecord, Depends(plan_of)]


@router.get("/kpis", summary="Key figures", response_model=dict[str, Any], responses=errors(409))
def kpis(service: ServiceDep, store: Store, plan: Plan) -> Response:
    """What the managers of a district ask for, derived again from the plan's stops."""
    name = (store.district_id, plan.plan_id, "kpis")
    return Response(service.answers.get(name, lambda: dump(kpis_of(service, store, plan))), media_type=JSON)


@router.get("/unassigned", summary="Who is not served, and why", response_model=UnassignedList, responses=errors(409))
def unassigned(service: ServiceDep, store: Store, plan: Plan) -> Response:
    """Reasons that were verified by trying every insertion, and priced changes that would serve the visit."""
    found = UnassignedList(items=unassigned_of(service, store, plan))
    return Response(TypeAdapter(UnassignedList).dump_json(found, exclude_none=True), media_type=JSON)


@router.get("/diff", summary="What changed", response_model=PlanDiff, responses=errors(409))
def diff(
    service: ServiceDep,
    store: Store,
    plan: Plan,
    against: Annotated[str, Query(pattern=ID, description="The plan before.")],
) -> Response:
    """By visit what changed since another plan, and which elders and workers must be told."""
    found = diff_of(store, service, plan, store.plan(against))
    return Response(TypeAdapter(PlanDiff).dump_json(found), media_type=JSON)


@router.get("/events", summary="Progress as it happens", response_class=EventSourceResponse)
async def plan_events(
    store: Store,
    plan: Plan,
    last_event_id: Annotated[str, Header(description="Goes on after this event.")] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` with phase, share, cost and routes; at last `done`, `failed` or `cancelled`."""
    after = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else 0
    async for event in events(store, plan.plan_id, after):
        yield event
