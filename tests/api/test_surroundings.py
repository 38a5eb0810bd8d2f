"""What surrounds every answer: headers, problem bodies, health, figures, catalogues; and HTTP's own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from api.errors import ERROR_CODES, Refusal
from api.examples import EXAMPLE_PROBLEM
from api.jobs.task import FAILURES
from api.middleware import SECURITY_HEADERS
from api.negotiation import chosen_type, entity_tag, is_known, revision_of, wait_s
from api.store.records import Role
from optimizer.formats.issues import FORMAT_ISSUE_CODES
from optimizer.rules import COST_TERMS, RULES
from optimizer.validate import DRAFT_ERROR_CODES, ISSUE_CODES, WARNING_CODES
from tests.api.district import assert_refused


def test_health_needs_no_key(site):
    assert site.http.get("/healthz").json() == {"status": "alive"}
    assert site.http.get("/readyz").json() == {"status": "ready"}


def test_service_that_does_not_run_is_not_ready(quiet_site):
    assert_refused(quiet_site().http.get("/readyz"), 503, "busy")


@pytest.mark.parametrize("path", ["/healthz", "/v1/me", "/nowhere", "/openapi.json"])
def test_every_answer_has_security_headers_and_an_id(site, path):
    headers = site.http.get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert len(headers["X-Request-ID"]) == 16
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/readyz", "/v1/me", "/v1/plans", "/v1/plans/plan-000000000000", "/nowhere"])
def test_head_is_answered_like_get_without_the_body(site, viewer, path):
    whole, head = viewer.get(path), viewer("HEAD", path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_request_id_that_could_harm_a_log_is_not_taken_over(site):
    assert len(site.http.get("/healthz", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"]) == 16


def test_unknown_path_and_method_are_problems_with_what_is_allowed(site):
    assert_refused(site.http.get("/v2/plans"), 404, "not-found")
    answer = site.http.put("/v1/me")
    assert_refused(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


def test_faulty_parameters_are_told_all_at_once(viewer):
    body = assert_refused(viewer.get("/v1/plans?limit=0&before=x"), 422, "invalid-request")
    assert {issue["path"] for issue in body["issues"]} == {"query.limit", "query.before"}


def test_fault_of_the_service_tells_nothing_of_itself(site, viewer, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("api.routers.plans.dump_page", fail)
    answer = viewer.get("/v1/plans")
    assert_refused(answer, 500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_database_that_does_not_answer_asks_to_try_again(site, viewer, monkeypatch):
    def fail(*arguments, **options):
        raise OperationalError("SELECT", {}, Exception("locked"))

    monkeypatch.setattr("api.routers.plans.dump_page", fail)
    answer = viewer.get("/v1/plans")
    assert_refused(answer, 503, "busy")
    assert answer.headers["Retry-After"]


def test_every_code_that_is_raised_is_listed():
    folder = Path(__file__).parents[2] / "api"
    sources = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    raised = set(re.findall(r'Refusal\(\s*(?:\d+|[\w.]+),\s*"([a-z-]+)"', sources))
    assert raised <= set(ERROR_CODES)
    assert {"queue-full", "changed-meanwhile", "not-found"} <= raised


def test_metrics_count_requests_by_pattern_and_plans_by_state(site, viewer):
    viewer.get("/v1/plans/plan-000000000000")
    text = viewer.get("/metrics").text
    assert 'yizhan_requests_total{method="GET",route="/v1/plans/{plan_id}",status="404"}' in text
    assert 'yizhan_plans_pending{state="queued"}' in text
    assert "plan-000000000000" not in text


def test_metrics_tell_how_solves_ended(site, dispatcher):
    dispatcher.plan()
    assert 'yizhan_solves_total{state="done"}' in dispatcher.get("/metrics").text


def test_catalogues_are_those_of_the_code(viewer, site):
    rules = viewer.get("/v1/rules").json()
    assert set(rules["rules"]) == set(RULES)
    assert set(rules["cost_terms"]) == set(COST_TERMS)
    assert all(info["sentence"] and info["hint"] for info in rules["rules"].values())
    types = viewer.get("/v1/issue-types").json()
    assert {item["code"] for item in types["issues"]} == {*ISSUE_CODES, *DRAFT_ERROR_CODES, *FORMAT_ISSUE_CODES}
    assert {item["code"] for item in types["issues"] if item["severity"] == "warning"} == set(WARNING_CODES)
    assert set(types["errors"]) == set(ERROR_CODES)
    assert set(types["failures"]) == set(FAILURES)
    limits = viewer.get("/v1/limits").json()
    assert limits["max_visits"] == site.service.settings.max_visits


def test_audit_log_is_read_page_by_page(site, dispatcher):
    admin = site.as_(site.east[Role.ADMIN])
    kept = dispatcher.post("/v1/problems", json=EXAMPLE_PROBLEM, headers={"X-Reason": "Monday"}).json()
    first = admin.get("/v1/audit?limit=1").json()
    assert (first["items"][0]["subject"], first["items"][0]["reason"]) == (kept["id"], "Monday")
    second = admin.get(f"/v1/audit?limit=1&before={first['next']}").json()
    assert second["items"][0]["entry_id"] < first["items"][0]["entry_id"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "a/x"),
        ("*/*", "a/x"),
        ("a/y", "a/y"),
        ("a/x;q=0.2, a/y;q=0.8", "a/y"),
        ("b/*, */*;q=0.1", "b/z"),
        ("a/x;q=0, */*", "a/y"),
    ],
)
def test_media_type_that_is_liked_best_is_chosen(accept, chosen):
    assert chosen_type(accept, ("a/x", "a/y", "b/z")) == chosen


def test_media_type_that_nobody_has_is_refused():
    with pytest.raises(Refusal, match="asks for none of"):
        chosen_type("c/*, a/x;q=0", ("a/x",))


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [("", 0), ("wait=5", 5), ("respond-async, wait=7", 7), ("WAIT=9", 9), ("wait=900", 60), ("wait=-1", 0)],
)
def test_wait_is_granted_up_to_the_limit(prefer, seconds):
    assert wait_s(prefer, 60) == seconds


def test_revision_is_read_from_any_form_of_its_tag():
    assert revision_of(entity_tag(3, "json")) == 3
    assert revision_of('W/"4-pdf-pseudonyms"') == 4
    assert revision_of('"5"') == 5
    assert revision_of(None) is revision_of("*") is None
    with pytest.raises(Refusal, match="no ETag"):
        revision_of("three")


def test_representation_is_known_by_its_own_tag_only():
    assert is_known('"3-json"', 'W/"3-json"')
    assert is_known('"3-json"', '"1", "3-json"')
    assert is_known('"3-json"', "*")
    assert not is_known('"3-json"', '"3-pdf"')
    assert not is_known('"3-json"', None)
