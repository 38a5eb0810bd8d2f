"""Plans: ordered, watched, stopped, changed. Every plan is a version of its own with its parent and origin."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.bodies import JSON, XLSX
from api.deps import (
    ID,
    Accept,
    Before,
    ChangeDep,
    Dispatcher,
    FirstDate,
    IfMatch,
    IfNoneMatch,
    JsonBody,
    Limit,
    Prefer,
    ServiceDep,
    Store,
    Viewer,
)
from api.examples import EXAMPLE_CHECK, EXAMPLE_CHILD, EXAMPLE_ORDER
from api.intake import Intake, check_order
from api.judging import judgement
from api.negotiation import revision_of, wait_s
from api.openapi import binary, body, errors, json_body
from api.plan_views import plan_body
from api.reading import Reader, plan_headers
from api.representations import GEOJSON, PDF, Sheet
from api.resources import Judgement, Page, PlanResource, PlanSummary, dump, dump_page, plan_facts
from api.service import Service
from api.store.district import DistrictStore
from api.store.records import Caller, PlanRecord, PlanState
from api.waiting import finished
from optimizer.formats.words import Language

router = APIRouter(prefix="/plans", tags=["plans"], responses=errors())

PlanId = Annotated[str, Path(pattern=ID)]
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": PlanSummary, "description": "Ordered; `Location` is the plan, which is being made."}
}


@router.post(
    "",
    status_code=201,
    summary="Order a plan",
    response_model=PlanResource,
    responses={**_ACCEPTED, **errors(404, 415)},
    openapi_extra=body(json_body("PlanOrder", EXAMPLE_ORDER)),
)
async def create_plan(
    service: ServiceDep, caller: Dispatcher, store: Store, change: ChangeDep, data: JsonBody, prefer: Prefer = ""
) -> Response:
    """Order a plan for a problem; with `Prefer: wait=N` the answer has the plan if it is made in time."""
    intake = Intake(service=service, store=store, caller=caller, change=change)
    record = await run_in_threadpool(intake.order_plan, data)
    return await _ordered(service, store, caller, record, prefer)


@router.post(
    "/check",
    summary="Judge a plan",
    response_model=Judgement,
    responses=errors(404, 415),
    openapi_extra=body(json_body("CheckOrder", EXAMPLE_CHECK)),
)
def check_plan(service: ServiceDep, caller: Dispatcher, store: Store, data: JsonBody) -> Response:
    """Every rule that a plan or draft breaks, and its cost; nothing is kept."""
    judged = check_order(service, store, data)
    return Response(judgement(judged), media_type=JSON)


@router.get("", summary="List plans", response_model=Page[PlanSummary])
def list_plans(
    caller: Viewer,
    store: Store,
    before: Before = None,
    limit: Limit = 50,
    problem_id: Annotated[str | None, Query(pattern=ID, description="Plans of this problem only.")] = None,
    parent_id: Annotated[str | None, Query(pattern=ID, description="Versions made from this plan only.")] = None,
    date: FirstDate = None,
    state: Annotated[PlanState | None, Query(description="Plans in this state only.")] = None,
) -> Response:
    """Plans of the district, newest first."""
    records = store.plans(
        before=before, limit=limit, problem_id=problem_id, parent_id=parent_id, date=date, state=state
    )
    return Response(dump_page([plan_facts(record) for record in records], limit), media_type=JSON)


@router.get(
    "/{plan_id}",
    summary="A plan",
    response_model=PlanResource,
    responses={
        200: {"content": {**binary(GEOJSON), **binary(PDF), **binary(XLSX)}},
        304: {"description": "Nothing has changed."},
        **errors(404, 406, 409),
    },
)
def get_plan(
    service: ServiceDep,
    caller: Viewer,
    plan_id: PlanId,
    accept: Accept = JSON,
    if_none_match: IfNoneMatch = None,
    sheet: Annotated[Sheet, Query(description="Which sheets, for `Accept: application/pdf`.")] = Sheet.ROUTES,
    language: Annotated[Language, Query(description="Language of the sheets.")] = "zh",
) -> Response:
    """A plan as JSON, GeoJSON, sheets (PDF) or a workbook, by `Accept`; viewers see pseudonyms."""
    return Reader(service=service, caller=caller, if_none_match=if_none_match).plan(plan_id, accept, sheet, language)


@router.delete(
    "/{plan_id}",
    summary="Stop a plan",
    response_model=PlanResource,
    responses={**_ACCEPTED, **errors(404, 412)},
)
async def stop_plan(
    service: ServiceDep,
    caller: Dispatcher,
    store: Store,
    change: ChangeDep,
    plan_id: PlanId,
    if_match: IfMatch = None,
    prefer: Prefer = "",
) -> Response:
    """End the solve now and keep the best plan so far; a plan that still waits is cancelled, a finished one stays."""
    revision = revision_of(if_match)
    await run_in_threadpool(store.request_stop, plan_id, change, revision)
    record = await finished(store, plan_id, wait_s(prefer, service.settings.max_wait_s))
    status = 200 if record.state.is_final else 202
    return await run_in_threadpool(_plan_response, service, store, caller, record, status)


@router.post(
    "/{plan_id}/children",
    status_code=201,
    summary="Change a plan, or ask what if",
    response_model=PlanResource,
    responses={**_ACCEPTED, **errors(404, 409, 412, 415, 428)},
    openapi_extra=body(json_body("ChildOrder", EXAMPLE_CHILD)),
)
async def create_child(
    service: ServiceDep,
    caller: Dispatcher,
    store: Store,
    change: ChangeDep,
    plan_id: PlanId,
    data: JsonBody,
    if_match: IfMatch = None,
    prefer: Prefer = "",
) -> Response:
    """Make a version of a plan by other routes, other facts or other parameters.

    With a `draft` the new version has those routes, judged at once; `If-Match` is needed, so that of two edits of the
    same version the second is noticed. Otherwise it is solved from the parent's routes, for the same problem or, by
    planners, for another.
    """
    intake = Intake(service=service, store=store, caller=caller, change=change)
    record = await run_in_threadpool(intake.make_child, plan_id, data, revision_of(if_match))
    return await _ordered(service, store, caller, record, prefer)


async def _ordered(service: Service, store: DistrictStore, caller: Caller, record: PlanRecord, prefer: str) -> Response:
    """201 with the plan if it is finished in the time that is waited for it, otherwise 202."""
    record = await finished(store, record.plan_id, wait_s(prefer, service.settings.max_wait_s), known=record)
    status = 201 if record.state.is_final else 202
    return await run_in_threadpool(_plan_response, service, store, caller, record, status)


def _plan_response(service: Service, store: DistrictStore, caller: Caller, record: PlanRecord, status: int) -> Response:
    headers = {**plan_headers(caller, record.revision, JSON), "Location": f"/v1/plans/{record.plan_id}"}
    is_final = record.state.is_final
    facts = plan_body(service, store, caller, record) if is_final else plan_facts(record)
    return Response(dump(facts), status, headers, JSON)
