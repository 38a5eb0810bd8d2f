"""The day: a published plan, what happens to it, where one more visit fits, and who must be told."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.auth.pseudonyms import sees_persons
from api.bodies import JSON
from api.days.dispatch import Dispatch, faults_told
from api.days.questions import recommended
from api.days.resources import (
    DayResource,
    DayStep,
    DaySummary,
    Recommendations,
    Told,
    day_facts,
    day_tag,
    news_facts,
    step_facts,
)
from api.days.slot_names import read_name
from api.deps import ID, ChangeDep, Dispatcher, IfMatch, IfNoneMatch, JsonBody, Limit, ServiceDep, Viewer
from api.examples import EXAMPLE_EVENT, EXAMPLE_SLOT_QUESTION, EXAMPLE_TOLD
from api.negotiation import is_known, revision_of
from api.openapi import body, errors, json_body
from api.resources import Page, dump
from api.store.days import DayRecord, DayStore, StepRecord
from api.store.records import Caller
from optimizer.formats.json import facts_from_json
from optimizer.redispatch.params import RedispatchParams

router = APIRouter(tags=["days"], responses=errors(404))

_NUM_STEPS = 50

Date = Annotated[dt.date, Path(description="First day of the published plan.")]


async def day_store_of(service: ServiceDep, caller: Viewer) -> DayStore:
    """What the caller's district has published."""
    return DayStore(service.database, caller.district_id)


Days = Annotated[DayStore, Depends(day_store_of)]


async def dispatch_of(
    service: ServiceDep, caller: Dispatcher, store: Days, change: ChangeDep, if_match: IfMatch = None
) -> Dispatch:
    """Who changes a day, and the revision of it that they have seen."""
    return Dispatch(service=service, store=store, change=change, revision=revision_of(if_match))


DispatchDep = Annotated[Dispatch, Depends(dispatch_of)]


async def budget_of(
    max_elders_told: Annotated[
        int | None, Query(ge=0, le=100_000, description="Most elders told something new, beside those concerned.")
    ] = None,
    max_workers_told: Annotated[
        int | None, Query(ge=0, le=100_000, description="Most workers told something new, beside those concerned.")
    ] = None,
) -> RedispatchParams:
    """How many others may be told something new."""
    return RedispatchParams(max_elders_told=max_elders_told, max_workers_told=max_workers_told)


@router.post(
    "/plans/{plan_id}/publish",
    status_code=201,
    summary="Publish a plan",
    response_model=DayStep,
    responses=errors(409, 412, 428),
)
def publish_plan(
    dispatch: DispatchDep, caller: Dispatcher, plan_id: Annotated[str, Path(pattern=ID)], if_match: IfMatch = None
) -> Response:
    """Let the plan's day go by it from now on; everybody has been told what it says.

    A day that goes by another plan already is changed only with its `ETag` as `If-Match`; what has happened stays, and
    `diff` says who must be told.
    """
    return _step_answer(dispatch.store, caller, dispatch.publish(plan_id, is_guarded=if_match is not None))


@router.get("/days", summary="List published days", response_model=Page[DaySummary])
def list_days(
    caller: Viewer,
    store: Days,
    before: Annotated[dt.date | None, Query(description="Goes on after this day.")] = None,
    limit: Limit = 50,
    since: Annotated[dt.date | None, Query(description="This day and later ones only.")] = None,
) -> Response:
    """Published days, the latest first."""
    items = [day_facts(record) for record in store.days(before=before, limit=limit, since=since)]
    return Response(dump({"items": items, "next": items[-1]["date"] if len(items) == limit else None}), media_type=JSON)


@router.get(
    "/days/{date}",
    summary="A published day",
    response_model=DayResource,
    responses={304: {"description": "Nothing has changed."}},
)
def get_day(caller: Viewer, store: Days, date: Date, if_none_match: IfNoneMatch = None) -> Response:
    """The version that holds, the last steps of how it came about, and who must be told or was.

    Viewers see what events are about by ids, without names, notes and places.
    """
    record = store.day(date)
    headers = _headers(record, caller)
    if is_known(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    is_full = sees_persons(caller.role)
    steps = [step_facts(step, sees_persons=is_full) for step in store.steps(date, limit=_NUM_STEPS)]
    facts = {**day_facts(record), "steps": steps, "news": news_facts(store.news(date))}
    return Response(dump(facts), headers=headers, media_type=JSON)


@router.get("/days/{date}/steps", summary="How a day went", response_model=Page[DayStep])
def list_steps(
    caller: Viewer,
    store: Days,
    date: Date,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Goes on after this step.")] = None,
    limit: Limit = 50,
) -> Response:
    """Every step of a published day, the latest first."""
    store.day(date)
    is_full = sees_persons(caller.role)
    items = [step_facts(step, sees_persons=is_full) for step in store.steps(date, before=before, limit=limit)]
    next_step = str(items[-1]["step"]) if len(items) == limit else None
    return Response(dump({"items": items, "next": next_step}), media_type=JSON)


@router.post(
    "/days/{date}/events",
    status_code=201,
    summary="Something has happened",
    response_model=DayStep,
    responses=errors(412, 415),
    openapi_extra=body(json_body("DayEvents", EXAMPLE_EVENT)),
)
def take_events(
    dispatch: DispatchDep,
    caller: Dispatcher,
    date: Date,
    data: JsonBody,
    budget: Annotated[RedispatchParams, Depends(budget_of)],
    improve: Annotated[bool, Query(description="Look for a better version in the background.")] = False,
    slot: Annotated[str, Query(max_length=2000, description="The recommended slot to take, by its name.")] = "",
) -> Response:
    """Tell one event or several, in order, and get the next version of the plan, its diff and who must be told.

    Stop reports and new visits are answered by insertion, everything else by a search of a tenth of a second on the
    routes around. `slot` takes a recommended slot for one `visit-added`. Where nothing changes, the version stays.
    """
    step = dispatch.take_events(date, data, budget, read_name(slot) if slot else None)
    return _step_answer(dispatch.store, caller, step, dispatch.order_improvement(step) if improve else None)


@router.post(
    "/days/{date}/recommendations",
    summary="Where does one more visit fit?",
    response_model=Recommendations,
    responses=errors(415),
    openapi_extra=body(json_body("SlotQuestion", EXAMPLE_SLOT_QUESTION)),
)
def recommend(service: ServiceDep, caller: Dispatcher, store: Days, date: Date, data: JsonBody) -> Response:
    """The best slots and workers for a new visit, each passed by the judge and priced by it; nothing is kept."""
    return Response(recommended(service, store, date, data), media_type=JSON)


@router.post(
    "/days/{date}/acknowledgements",
    summary="People were told",
    response_model=DaySummary,
    responses=errors(412, 415),
    openapi_extra=body(json_body("Told", EXAMPLE_TOLD)),
)
def acknowledge(dispatch: DispatchDep, caller: Dispatcher, date: Date, data: JsonBody) -> Response:
    """Note that elders and workers know what changed for them, up to a step (default: up to the last)."""
    with faults_told():
        told: Told = facts_from_json(Told, data)
    record = dispatch.acknowledge(date, told.person_ids, told.up_to_step)
    return Response(dump(day_facts(record)), headers=_headers(record, caller), media_type=JSON)


def _step_answer(store: DayStore, caller: Caller, step: StepRecord, improvement_id: str | None = None) -> Response:
    headers = {**_headers(store.day(step.date), caller), "Location": f"/v1/plans/{step.plan_id}"}
    facts = step_facts(step, sees_persons=sees_persons(caller.role), improvement_id=improvement_id)
    return Response(dump(facts), 201, headers, JSON)


def _headers(record: DayRecord, caller: Caller) -> dict[str, str]:
    return {
        "ETag": day_tag(record.revision, sees_persons=sees_persons(caller.role)),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
