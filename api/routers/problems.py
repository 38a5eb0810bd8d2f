"""Problems: kept once, never changed."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Response

from api.auth.pseudonyms import Pseudonyms, sees_persons
from api.bodies import XLSX, ZIP, read_problem
from api.deps import ID, Before, Body, ChangeDep, Dispatcher, IfNoneMatch, Limit, ServiceDep, Store, Viewer
from api.examples import EXAMPLE_PROBLEM
from api.intake import default_travel, keep_problem
from api.negotiation import entity_tag, is_known
from api.openapi import binary, body, errors, json_body
from api.resources import Page, ProblemResource, ProblemSummary, Validation, dump, dump_page, problem_facts
from api.service import Service
from api.store.district import DistrictStore
from api.store.districts import pseudonym_key
from api.store.records import Caller
from api.validation import validation_of
from optimizer.formats.json import problem_from_json, problem_to_json

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
def list_problems(caller: Viewer, store: Store, before: Before = None, limit: Limit = 50) -> Response:
    """Problems of the district, newest first."""
    items = [problem_facts(record) for record in store.problems(before=before, limit=limit)]
    return Response(dump_page(items, limit), media_type="application/json")


@router.get("/{problem_id}", summary="A problem", response_model=ProblemResource, responses=errors(404))
def get_problem(
    service: ServiceDep, caller: Viewer, store: Store, problem_id: ProblemId, if_none_match: IfNoneMatch = None
) -> Response:
    """A problem with all its facts; viewers see pseudonyms."""
    record = store.problem(problem_id)
    tag = entity_tag(1, "full" if sees_persons(caller.role) else "pseudonyms")
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if is_known(tag, if_none_match):
        return Response(status_code=304, headers=headers)
    content = _content_for(service, store, caller, problem_id)
    facts: dict[str, Any] = {**problem_facts(record), "problem": orjson.Fragment(content)}
    return Response(dump(facts), headers=headers, media_type="application/json")


def _content_for(service: Service, store: DistrictStore, caller: Caller, problem_id: str) -> bytes:
    content = store.problem_content(problem_id)
    if sees_persons(caller.role):
        return content
    pseudonyms = Pseudonyms(pseudonym_key(service.database, caller.district_id))
    return problem_to_json(pseudonyms.problem(problem_from_json(content)))
