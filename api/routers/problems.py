"""Problems: kept once, never changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from api.bodies import XLSX, ZIP, read_problem
from api.deps import ID, Before, Body, ChangeDep, Dispatcher, FirstDate, IfNoneMatch, Limit, ServiceDep, Store, Viewer
from api.examples import EXAMPLE_PROBLEM
from api.intake import default_travel, keep_problem
from api.openapi import binary, body, errors, json_body
from api.reading import Reader
from api.resources import Page, ProblemResource, ProblemSummary, Validation, dump, dump_page, problem_facts
from api.validation import validation_of

router = APIRouter(prefix="/problems", tags=["problems"], responses=errors())

_BODY = body({**json_body("Problem", EXAMPLE_PROBLEM), **binary(XLSX), **binary(ZIP)})
ContentType = Annotated[str, Header(include_in_schema=False)]
ProblemId = Annotated[str, Path(pattern=ID)]


@router.post(
    "",
    status_code=201,
    summary="Keep a problem",
    response_model=ProblemSummary,
    responses=errors(415),
    openapi_extra=_BODY,
)
def create_problem(
    service: ServiceDep,
    caller: Dispatcher,
    store: Store,
    change: ChangeDep,
    data: Body,
    content_type: ContentType = "",
) -> Response:
    """Keep a problem sent as JSON, as a workbook, or as a zip of CSV tables; refuse it with every fault at once."""
    read = read_problem(data, content_type, service.settings)
    record = keep_problem(store, read, default_travel(service), change)
    headers = {"Location": f"/v1/problems/{record.problem_id}"}
    return Response(dump(problem_facts(record)), 201, headers, "application/json")


@router.post("/validate", summary="What is wrong with a problem?", responses=errors(415), openapi_extra=_BODY)
def validate_problem(service: ServiceDep, caller: Viewer, data: Body, content_type: ContentType = "") -> Validation:
    """Every issue of a problem, which is not kept."""
    return validation_of(data, content_type, service.settings)


@router.get("", summary="List problems", response_model=Page[ProblemSummary])
def list_problems(
    caller: Viewer, store: Store, before: Before = None, limit: Limit = 50, date: FirstDate = None
) -> Response:
    """Problems of the district, newest first."""
    items = [problem_facts(record) for record in store.problems(before=before, limit=limit, date=date)]
    return Response(dump_page(items, limit), media_type="application/json")


@router.get("/{problem_id}", summary="A problem", response_model=ProblemResource, responses=errors(404))
def get_problem(
    service: ServiceDep, caller: Viewer, problem_id: ProblemId, if_none_match: IfNoneMatch = None
) -> Response:
    """A problem with all its facts; viewers see pseudonyms."""
    return Reader(service=service, caller=caller, if_none_match=if_none_match).problem(problem_id)
