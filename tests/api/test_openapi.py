"""The OpenAPI document: complete, its examples work, and what it says holds for requests made up from it."""

from __future__ import annotations

import datetime as dt

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from jsonschema_rs import validator_for
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.errors import ERROR_CODES
from api.store.records import Role
from tests.api.district import example_problem

NUM_EXAMPLES = 20


@pytest.fixture(scope="module")
def document(site):
    """The document as it is served."""
    return site.http.get("/openapi.json").json()


def operations(document):
    return [(method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()]


_dates = iter(dt.date(2032, 1, 1) + dt.timedelta(days=n) for n in range(1000))


def published_plan(requests):
    """A finished plan by which its day goes, a day of its own."""
    plan = requests.plan(problem=example_problem(horizon={"first_date": next(_dates).isoformat()}))
    assert requests.post(f"/v1/plans/{plan['id']}/publish", headers={"If-Match": "*"}).status_code == 201
    return plan


def test_every_route_has_a_summary_a_description_and_its_errors(document):
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert {"401", "422"} <= operation["responses"].keys(), (method, path)


def test_every_reference_leads_somewhere(document):
    validator_for({"$ref": "#/components/schemas/Problem", "components": document["components"]})
    text = str(document)
    names = set(document["components"]["schemas"])
    for part in text.split("#/components/schemas/")[1:]:
        name = part.partition("'")[0].rstrip("}")
        assert name in names, name


def test_every_error_type_is_listed(document):
    assert set(document["x-error-types"]) == {f"urn:yizhan:error:{code}" for code in ERROR_CODES}


def test_every_example_is_taken(site, document):
    """What the document shows as a body is accepted as one."""
    admin = site.as_(site.east[Role.ADMIN])
    plan = published_plan(admin)
    sent = 0
    for method, path, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in media:
                ids = {"plan_id": plan["id"], "problem_id": plan["problem_id"], "date": plan["first_date"]}
                target = path.format(**ids)
                answer = admin(method.upper(), target, json=media["example"], headers={"If-Match": "*"})
                expected = {428} if target.endswith("/children") else {200, 201, 202}
                assert answer.status_code in expected, (path, answer.text)
                sent += 1
    assert sent == 13


def test_answers_are_what_the_document_says(site, document):
    admin = site.as_(site.east[Role.ADMIN])
    plan = published_plan(admin)
    for path, name in (
        (f"/v1/plans/{plan['id']}", "PlanResource"),
        (f"/v1/problems/{plan['problem_id']}", "ProblemResource"),
        (f"/v1/plans/{plan['id']}/unassigned", "UnassignedList"),
        (f"/v1/days/{plan['first_date']}", "DayResource"),
        ("/v1/limits", "Limits"),
        ("/v1/rules", "Rules"),
        ("/v1/issue-types", "IssueTypes"),
    ):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        faults = [str(fault) for fault in validator_for(schema).iter_errors(admin.get(path).json())]
        assert faults == [], (path, faults)


@pytest.fixture(scope="module")
def schema(site):
    """The document as schemathesis reads it."""

    async def running_app(scope, receive, send):
        """The app, whose life has begun already."""
        if scope["type"] != "lifespan":
            await site.app(scope, receive, send)
            return
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})

    return schemathesis.openapi.from_asgi("/openapi.json", running_app)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
def test_requests_made_up_from_the_document_are_answered_as_it_says(site, schema):
    headers = {"Authorization": f"Bearer {site.east[Role.ADMIN]}"}
    tried = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(20261122)
        @settings(max_examples=NUM_EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def answered_as_described(case):
            # A problem may be well formed and yet contradict itself: the schema cannot tell.
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        answered_as_described()
        tried.append(operation.label)
    assert len(tried) == len(set(tried)) >= 20
