"""Studies: ordered by planners, watched, stopped and resumed; their figures and their report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response
from fastapi.concurrency import run_in_threadpool

from api.bodies import JSON, XLSX
from api.deps import ID, Before, Body, ChangeDep, Limit, Planner, ServiceDep, Store
from api.openapi import binary, body, errors
from api.resources import Page, dump, dump_page
from api.service import Service
from api.store.records import Caller
from api.store.studies import StudyRecord, StudyStore
from api.study_intake import EXAMPLE_STUDY, YAML_TYPES, order_study, resume_study
from api.study_resources import REPORT_HEADERS, StudyResource, StudyResults, study_facts

router = APIRouter(prefix="/studies", tags=["studies"], responses=errors())

StudyId = Annotated[str, Path(pattern=ID)]
_STUDY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "base"],
    "description": "A study file: base, changes by name, grid, variants, curves, seeds (see the planning guide).",
    "properties": {"name": {"type": "string"}, "base": {"type": "object"}},
}
_BODY = {
    JSON: {"schema": _STUDY_SCHEMA, "example": EXAMPLE_STUDY},
    YAML_TYPES[0]: {"schema": {"type": "string"}},
    **binary(XLSX),
}


@router.post(
    "",
    status_code=202,
    summary="Order a study",
    response_model=StudyResource,
    responses=errors(404, 415),
    openapi_extra=body(_BODY),
)
async def create_study(
    service: ServiceDep,
    caller: Planner,
    store: Store,
    change: ChangeDep,
    data: Body,
    content_type: Annotated[str, Header(include_in_schema=False)] = JSON,
) -> Response:
    """Plan every variant of a study under every seed, in the background; `Location` is the study.

    `base.problem` is the id of a problem of the district.
    """
    record = await run_in_threadpool(order_study, service, store, data, content_type, change)
    return _answer(record, 202, {"Location": f"/v1/studies/{record.study_id}"})


@router.get("", summary="List studies", response_model=Page[StudyResource])
def list_studies(service: ServiceDep, caller: Planner, before: Before = None, limit: Limit = 50) -> Response:
    """Studies of the district, newest first."""
    records = _studies(service, caller).list(before=before, limit=limit)
    return Response(dump_page([study_facts(record) for record in records], limit), media_type=JSON)


@router.get("/{study_id}", summary="A study", response_model=StudyResource, responses=errors(404))
def get_study(service: ServiceDep, caller: Planner, study_id: StudyId) -> Response:
    """How far a study has come."""
    return _answer(_studies(service, caller).get(study_id))


@router.get(
    "/{study_id}/results", summary="Figures of a study", response_model=StudyResults, responses=errors(404, 409)
)
def get_results(service: ServiceDep, caller: Planner, study_id: StudyId) -> Response:
    """Means and paired differences of every figure by variant, once the study is done."""
    return Response(_studies(service, caller).output(study_id, "results"), media_type=JSON)


@router.get(
    "/{study_id}/report",
    summary="Report of a study",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **errors(404, 409)},
)
def get_report(service: ServiceDep, caller: Planner, study_id: StudyId) -> Response:
    """The report as one web page that needs no network, once the study is done."""
    report = _studies(service, caller).output(study_id, "report")
    return Response(report, headers=REPORT_HEADERS, media_type="text/html")


@router.delete("/{study_id}", summary="Stop a study", response_model=StudyResource, responses=errors(404))
def stop_study(service: ServiceDep, caller: Planner, change: ChangeDep, study_id: StudyId) -> Response:
    """Make no further plan; those that are made are kept, and the study can be resumed. A finished study stays."""
    return _answer(_studies(service, caller).request_stop(study_id, change))


@router.post(
    "/{study_id}/resume",
    status_code=202,
    summary="Resume a study",
    response_model=StudyResource,
    responses=errors(404, 409),
)
def resume(service: ServiceDep, caller: Planner, change: ChangeDep, study_id: StudyId) -> Response:
    """Go on with a stopped or failed study: only plans that are missing are made."""
    return _answer(resume_study(service, caller.district_id, study_id, change), 202)


def _studies(service: Service, caller: Caller) -> StudyStore:
    return StudyStore(service.database, caller.district_id)


def _answer(record: StudyRecord, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dump(study_facts(record)), status, headers, JSON)
