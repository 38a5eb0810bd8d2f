"""Who may do what: every route is tried with no key, a wrong one, too small a role, and from another district."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import jwt
import pytest

from api.auth.keys import make_key
from api.auth.sessions import SessionSigner
from api.examples import (
    EXAMPLE_CHECK,
    EXAMPLE_CHILD,
    EXAMPLE_EVENT,
    EXAMPLE_ORDER,
    EXAMPLE_PROBLEM,
    EXAMPLE_SLOT_QUESTION,
    EXAMPLE_TOLD,
)
from api.network_resources import EXAMPLE_BASKETS, EXAMPLE_COVERAGE, EXAMPLE_ROLL_OUT, EXAMPLE_TERRITORIES
from api.service import _CHALLENGE
from api.store.districts import add_key, revoke_key
from api.store.records import Caller, Change, Role
from api.study_intake import EXAMPLE_STUDY
from tests.api.district import assert_refused

OPEN = {("GET", "/healthz"), ("GET", "/readyz")}
BODIES = {
    ("POST", "/v1/problems"): EXAMPLE_PROBLEM,
    ("POST", "/v1/problems/validate"): EXAMPLE_PROBLEM,
    ("POST", "/v1/plans"): EXAMPLE_ORDER,
    ("POST", "/v1/plans/check"): EXAMPLE_CHECK,
    ("POST", "/v1/plans/{plan_id}/children"): EXAMPLE_CHILD,
    ("POST", "/v1/days/{date}/events"): EXAMPLE_EVENT,
    ("POST", "/v1/days/{date}/recommendations"): EXAMPLE_SLOT_QUESTION,
    ("POST", "/v1/days/{date}/acknowledgements"): EXAMPLE_TOLD,
    ("POST", "/v1/studies"): EXAMPLE_STUDY,
    ("POST", "/v1/problems/{problem_id}/coverage"): EXAMPLE_COVERAGE,
    ("POST", "/v1/problems/{problem_id}/territories"): EXAMPLE_TERRITORIES,
    ("POST", "/v1/problems/{problem_id}/roll-out"): EXAMPLE_ROLL_OUT,
    ("POST", "/v1/problems/{problem_id}/baskets"): EXAMPLE_BASKETS,
}
LEAST_ROLE = {
    ("POST", "/v1/problems"): Role.DISPATCHER,
    ("POST", "/v1/plans"): Role.DISPATCHER,
    ("POST", "/v1/plans/check"): Role.DISPATCHER,
    ("DELETE", "/v1/plans/{plan_id}"): Role.DISPATCHER,
    ("POST", "/v1/plans/{plan_id}/children"): Role.DISPATCHER,
    ("POST", "/v1/plans/{plan_id}/publish"): Role.DISPATCHER,
    ("POST", "/v1/days/{date}/events"): Role.DISPATCHER,
    ("POST", "/v1/days/{date}/recommendations"): Role.DISPATCHER,
    ("POST", "/v1/days/{date}/acknowledgements"): Role.DISPATCHER,
    ("POST", "/v1/scenarios/{name}/problems"): Role.PLANNER,
    ("POST", "/v1/problems/{problem_id}/coverage"): Role.PLANNER,
    ("POST", "/v1/problems/{problem_id}/territories"): Role.PLANNER,
    ("POST", "/v1/problems/{problem_id}/roll-out"): Role.PLANNER,
    ("POST", "/v1/problems/{problem_id}/baskets"): Role.PLANNER,
    ("GET", "/v1/studies"): Role.PLANNER,
    ("POST", "/v1/studies"): Role.PLANNER,
    ("GET", "/v1/studies/{study_id}"): Role.PLANNER,
    ("GET", "/v1/studies/{study_id}/results"): Role.PLANNER,
    ("GET", "/v1/studies/{study_id}/report"): Role.PLANNER,
    ("POST", "/v1/studies/{study_id}/resume"): Role.PLANNER,
    ("DELETE", "/v1/studies/{study_id}"): Role.PLANNER,
    ("GET", "/v1/audit"): Role.ADMIN,
}
"""Every route that takes more than a viewer."""


def routes(site):
    """Method and path pattern of every route."""
    paths = site.app.openapi()["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


def path_for(pattern, plan, **names):
    """A path of a pattern, with ids of the east district's things, which has no study."""
    ids = {"plan_id": plan["id"], "problem_id": plan["problem_id"], "name": "tiny", "date": plan["first_date"]}
    ids |= {"study_id": plan["id"].replace("plan", "study"), **names}
    path = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], pattern)
    return f"{path}?against={plan['id']}" if path.endswith("/diff") else path


@pytest.fixture(scope="module")
def plan(site):
    """A finished plan of the east district, by which its day goes."""
    requests = site.as_(site.east[Role.DISPATCHER])
    plan = requests.plan()
    assert requests.post(f"/v1/plans/{plan['id']}/publish", headers={"If-Match": "*"}).status_code == 201
    return plan


def wrong_keys(site):
    """Headers that open nothing."""
    key = site.east[Role.ADMIN]
    other, _ = make_key(Role.ADMIN, "east")
    forged = jwt.encode({"sub": key.split("_")[1], "district": "east", "role": "admin"}, "x" * 32, algorithm="HS256")
    unsigned = jwt.encode({"sub": key.split("_")[1], "district": "east", "role": "admin"}, None, algorithm="none")
    return [
        {},
        {"Authorization": ""},
        {"Authorization": key},
        {"Authorization": f"Basic {key}"},
        {"Authorization": f"Bearer {key[:-1]}"},
        {"Authorization": f"Bearer {key}x"},
        {"Authorization": f"Bearer {other}"},
        {"Authorization": f"Bearer {key[:20]}{other[20:]}"},
        {"Authorization": f"Bearer {forged}"},
        {"Authorization": f"Bearer {unsigned}"},
    ]


def test_every_route_is_known_to_these_tests(site):
    assert set(BODIES) <= set(routes(site))
    assert set(LEAST_ROLE) <= set(routes(site))
    assert len(routes(site)) >= 20


def test_every_route_but_health_refuses_a_wrong_or_missing_key(site, plan):
    for (method, pattern), headers in itertools.product(routes(site), wrong_keys(site)):
        answer = site.http.request(method, path_for(pattern, plan), headers=headers, json=BODIES.get((method, pattern)))
        if (method, pattern) in OPEN:
            assert answer.status_code == 200
        else:
            assert_refused(answer, 401, "not-authenticated")
            assert answer.headers["WWW-Authenticate"] == _CHALLENGE["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nowhere"), ("GET", "/nowhere"), ("PUT", "/v1/me")])
def test_wrong_key_is_told_before_a_path_or_method_that_does_not_exist(site, method, path):
    for headers in wrong_keys(site)[1:]:
        assert_refused(site.http.request(method, path, headers=headers), 401, "not-authenticated")
    answer = site.as_(site.east[Role.VIEWER])(method, path)
    assert answer.status_code in {404, 405}


@pytest.mark.parametrize("path", ["problems", "studies", "audit", "plans", "days", "scenarios/tiny", "limits", "me"])
def test_parameter_that_a_route_does_not_have_is_refused(site, path):
    answer = site.as_(site.east[Role.ADMIN]).get(f"/v1/{path}?limitt=5")
    assert assert_refused(answer, 422, "invalid-request")["issues"][0]["path"] == "query.limitt"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("plans?limit=0", "query.limit: '0' is below 1. Write 1 or more."),
        ("plans?limit=many", "query.limit: 'many' is not a whole number. Write digits only."),
        ("plans?before=monday", "query.before: 'monday' is no id that this service gives. Use the `id` of an answer."),
        ("plans?state=don", "query.state: 'don' is none of the words allowed here. Did you mean 'done'?"),
        ("plans/diff/kpis", "path.plan_id: 'diff' is no id that this service gives. Use the `id` of an answer."),
        ("days?before=2026-02-30", "query.before: '2026-02-30' is not a date. Write it like 2026-03-02."),
        ("scenarios/tiny?size=99", "query.size: '99' is above 20.0. Write 20.0 or less."),
    ],
)
def test_faults_of_parameters_are_told_with_law_and_cure(site, query, told):
    answer = site.as_(site.east[Role.ADMIN]).get(f"/v1/{query}")
    assert assert_refused(answer, 422, "invalid-request")["detail"] == f"1 fault: {told}"


def test_parameter_that_is_missing_is_told(viewer, plan):
    answer = viewer.get(f"/v1/plans/{plan['id']}/diff")
    assert assert_refused(answer, 422, "invalid-request")["detail"] == "1 fault: query.against: it is missing. Add it."


def test_every_route_refuses_the_role_below_its_own_and_takes_its_own(site, plan):
    for (method, pattern), least in LEAST_ROLE.items():
        lesser = list(Role)[least.rank - 1]
        body = BODIES.get((method, pattern))
        answer = site.as_(site.east[lesser])(method, path_for(pattern, plan), json=body)
        assert_refused(answer, 403, "not-allowed")
        answer = site.as_(site.east[least])(method, path_for(pattern, plan), json=body)
        expected = {404} if "{study_id}" in pattern else {200, 201, 202, 428}
        assert answer.status_code in expected, (method, pattern, answer.text)


def test_viewer_may_do_all_the_rest(site, plan, viewer):
    for method, pattern in set(routes(site)) - set(LEAST_ROLE):
        answer = viewer(method, path_for(pattern, plan), json=BODIES.get((method, pattern)))
        assert answer.status_code in {200, 201}, (method, pattern, answer.text)


def test_lists_and_the_audit_log_hold_ones_own_things_only(site, plan, stranger):
    for path in ("/v1/problems?limit=200", "/v1/plans?limit=200", "/v1/audit?limit=200"):
        assert plan["id"] not in stranger.get(path).text
        assert plan["problem_id"] not in stranger.get(path).text
    assert stranger.get(f"/v1/plans?problem_id={plan['problem_id']}").json()["items"] == []


def test_revoked_key_opens_nothing_from_then_on(site):
    database = site.service.database
    token, record = make_key(Role.VIEWER, "east")
    add_key(database, record, Change(actor="test"))
    requests = site.as_(token)
    session = requests.post("/v1/sessions").json()["access_token"]
    assert requests.get("/v1/me").status_code == 200
    assert site.as_(session).get("/v1/me").status_code == 200
    assert revoke_key(database, record.key_id, Change(actor="test"))
    assert_refused(requests.get("/v1/me"), 401, "not-authenticated")
    assert_refused(site.as_(session).get("/v1/me"), 401, "not-authenticated")


def test_key_that_has_run_out_opens_nothing(site):
    token, record = make_key(Role.VIEWER, "east", lifetime=dt.timedelta(seconds=-1))
    add_key(site.service.database, record, Change(actor="test"))
    assert_refused(site.as_(token).get("/v1/me"), 401, "not-authenticated")


def test_session_may_be_of_a_lesser_role_and_not_of_a_greater(site, dispatcher):
    opened = dispatcher.post("/v1/sessions?role=viewer")
    assert opened.status_code == 201
    session = site.as_(opened.json()["access_token"])
    assert session.get("/v1/me").json()["role"] == "viewer"
    assert_refused(session.post("/v1/plans", json=EXAMPLE_ORDER), 403, "not-allowed")
    assert_refused(session.post("/v1/sessions?role=dispatcher"), 403, "not-allowed")
    assert_refused(dispatcher.post("/v1/sessions?role=admin"), 403, "not-allowed")


def test_session_that_has_run_out_opens_nothing(site):
    key_id = site.east[Role.VIEWER].split("_")[1]
    signer = SessionSigner(site.service.sessions._secret, -1)
    session = signer.open(Caller(key_id=key_id, district_id="east", role=Role.VIEWER), Role.VIEWER)
    assert_refused(site.as_(session.access_token).get("/v1/me"), 401, "not-authenticated")


def test_session_of_a_greater_role_than_its_key_opens_nothing(site):
    key_id = site.east[Role.VIEWER].split("_")[1]
    caller = Caller(key_id=key_id, district_id="east", role=Role.ADMIN)
    session = site.service.sessions.open(caller, Role.ADMIN)
    assert_refused(site.as_(session.access_token).get("/v1/me"), 401, "not-authenticated")


def test_who_guesses_keys_is_stopped_and_stops_nobody_else(quiet_site):
    site = quiet_site(failed_login_limit="3/minute")
    known = site.as_(site.east[Role.VIEWER])
    assert known.get("/v1/me").status_code == 200
    guess, _ = make_key(Role.ADMIN, "east")
    for _ in range(3):
        assert_refused(site.as_(guess).get("/v1/me"), 401, "not-authenticated")
    answer = site.as_(guess).get("/v1/me")
    assert_refused(answer, 429, "too-many-requests")
    assert known.get("/v1/me").status_code == 200
    assert int(answer.headers["Retry-After"]) >= 1


def test_key_that_asks_too_often_is_told_when_to_come_back(quiet_site):
    site = quiet_site(rate_limit="2/minute")
    answers = [site.as_(site.east[Role.VIEWER]).get("/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert site.as_(site.east[Role.ADMIN]).get("/v1/me").status_code == 200


def test_only_a_hash_of_a_key_is_kept(site):
    token, record = make_key(Role.VIEWER, "east")
    assert record.secret_hash.startswith("$argon2id$")
    assert token.split("_", 2)[2] not in repr(record)
