"""Districts apart: every operation of the OpenAPI document is asked for another district's things, in every place.

The document itself says what there is to try: each id in a path, a query or a body is in turn one of the east's, while
the west's administrator asks. A new operation is tried as soon as it is described.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from api.examples import EXAMPLE_PROBLEM
from api.store.records import Role
from api.study_intake import EXAMPLE_STUDY
from tests.api.district import assert_refused, example_problem

MARK = "east-only-7f3a"
WORDS = {"name": "tiny", "date": EXAMPLE_PROBLEM["horizon"]["first_date"]}
"""Names in paths that districts may share."""
FILTERS = {"problem_id", "parent_id"}
"""Query parameters that choose among one's own things: nothing of others is there to be found."""
OPTIONAL = {"stress", "before", "problem_id", "parent_id", "max_elders_told", "max_workers_told", "slot", "improve"}


@dataclass(frozen=True)
class District:
    """What a district has, by the names that parameters and bodies have for it."""

    requests: object
    ids: dict[str, str]


@dataclass(frozen=True)
class Attempt:
    """One question: an operation, and the place where the foreign id stands."""

    method: str
    path: str
    place: str
    slot: str
    operation: dict


@pytest.fixture(scope="module")
def document(site):
    """The document as it is served."""
    return site.http.get("/openapi.json").json()


@pytest.fixture(scope="module")
def east(site, document):
    """A district with a problem that can be recognised, and a plan of it, published where plans are."""
    requests = site.as_(site.east[Role.ADMIN])
    problem = example_problem(name=f"{MARK}-name")
    problem["elders"][0]["name"] = f"{MARK}-elder"
    plan = requests.plan(problem=problem)
    if "/v1/plans/{plan_id}/publish" in document["paths"]:
        assert requests.post(f"/v1/plans/{plan['id']}/publish", headers={"If-Match": "*"}).is_success
    study_id = finished_study(requests, name=f"{MARK}-study")
    return District(requests, {"plan_id": plan["id"], "problem_id": plan["problem_id"], "study_id": study_id})


@pytest.fixture(scope="module")
def west(site):
    """The one who asks: all rights, elsewhere."""
    requests = site.as_(site.west[Role.ADMIN])
    plan, study_id = requests.plan(), finished_study(requests)
    return District(requests, {"plan_id": plan["id"], "problem_id": plan["problem_id"], "study_id": study_id})


def finished_study(requests, **changes):
    """The id of a study that is done."""
    client = requests.client()
    return client.finished_study(client.order_study({**EXAMPLE_STUDY, **changes}).id, patience_s=120, poll_s=0.1).id


def attempts(document):
    """Every operation with every place for an id in it, and once without any foreign id (``slot`` is empty)."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            slots = [(each["in"], each["name"]) for each in operation.get("parameters", ()) if is_id(each["name"])]
            slots += [("body", name) for name in body_names(document, operation) if name in {"plan_id", "problem_id"}]
            for place, slot in [("", ""), *slots]:
                yield Attempt(method.upper(), path, place, slot, operation)


def is_id(name):
    return name.endswith("_id") or name == "against"


def body_names(document, operation):
    """The keys that a JSON body may have."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    parts = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return {name for part in parts for name in part.get("properties", {})}


def thing_of(slot):
    """Which of a district's things an id names."""
    return slot if slot in {"problem_id", "study_id"} else "plan_id"


def question_of(attempt, own, foreign):
    """What is asked: the foreign id in its place, one's own in all others."""

    def value(place, name):
        if is_id(name):
            ids = foreign if (place, name) == (attempt.place, attempt.slot) else own
            return ids[thing_of(name)]
        assert name in WORDS, f"say in WORDS what {name!r} of {attempt.path} is"
        return WORDS[name]

    parameters = attempt.operation.get("parameters", ())
    needed = [
        each for each in parameters if each["in"] == "query" and (each["required"] or each["name"] == attempt.slot)
    ]
    body = attempt.operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if attempt.place == "body":
        # A problem beside the id of one, or a draft of another problem's, would be refused before the id is looked at.
        told = {key: fact for key, fact in body.items() if key != "problem" and attempt.path.endswith("/check")}
        body = {**told, attempt.slot: foreign[thing_of(attempt.slot)]}
    return {
        "method": attempt.method,
        "path": re.sub(r"\{(\w+)\}", lambda match: value("path", match[1]), attempt.path),
        "params": {each["name"]: value("query", each["name"]) for each in needed},
        "json": body,
        "headers": {"If-Match": "*", "Prefer": "wait=60"},
    }


def test_every_operation_keeps_districts_apart(document, east, west):
    before = state_of(east)
    tried = set()
    for attempt in attempts(document):
        answer = west.requests(**question_of(attempt, west.ids, east.ids))
        where = (attempt.method, attempt.path, attempt.place, attempt.slot)
        sent = east.ids[thing_of(attempt.slot)] if attempt.slot else ""
        seen = answer.text.replace(sent, "") if sent else answer.text
        assert MARK not in seen, where
        assert [each for each in east.ids.values() if each in seen] == [], where
        if attempt.slot and not (attempt.place == "query" and attempt.slot in FILTERS):
            assert_refused(answer, 404, "not-found")
        elif attempt.slot:
            assert answer.status_code == 200, where
        tried.add(where)
    assert len({where[:2] for where in tried}) == sum(len(item) for item in document["paths"].values())
    assert {
        ("GET", "/v1/plans/{plan_id}/diff", "query", "against"),
        ("POST", "/v1/plans", "body", "problem_id"),
    } <= tried
    assert state_of(east) == before


def test_attempts_would_be_answered_in_ones_own_district(document, west):
    """What is refused above is refused for its district alone: with one's own ids every attempt goes through."""
    for attempt in attempts(document):
        if attempt.slot and attempt.method == "GET":
            answer = west.requests(**question_of(attempt, west.ids, west.ids))
            assert answer.status_code == 200, (attempt.path, attempt.slot, answer.text)


def state_of(district):
    """All that the district's own administrator sees of it."""
    paths = (
        f"/v1/plans/{district.ids['plan_id']}",
        f"/v1/problems/{district.ids['problem_id']}",
        f"/v1/studies/{district.ids['study_id']}",
        "/v1/plans?limit=200",
        "/v1/problems?limit=200",
        "/v1/audit?limit=200",
    )
    return [district.requests.get(path).json() for path in paths]
