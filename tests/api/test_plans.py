"""Plans: ordered, watched, stopped, read, changed."""

from __future__ import annotations

import io
import json
from copy import deepcopy

import openpyxl
import pytest

from api.bodies import XLSX
from api.errors import Refusal
from api.examples import EXAMPLE_DRAFT, EXAMPLE_ORDER, EXAMPLE_PARAMS, EXAMPLE_PROBLEM
from api.representations import GEOJSON, PDF
from api.store.district import DistrictStore
from api.store.queue import Queue
from api.store.records import Change, NewProblem, Role
from api.worlds import STREETS, World
from optimizer.check import check_plan
from optimizer.formats.json import plan_from_json, problem_from_json
from optimizer.travel import build_travel
from tests.api.district import assert_refused, example_problem
from tests.travel.town import line_streets

PROBLEM = problem_from_json(json.dumps(EXAMPLE_PROBLEM))
LONG = {"time_limit_s": 60.0, "engine": "ortools", "num_workers": 1}
"""A solve that would take a minute, were the problem larger; the tests stop it."""


@pytest.fixture(scope="module")
def plan(site):
    """A finished plan of the east district."""
    return site.as_(site.east[Role.DISPATCHER]).plan()


def unserved_problem():
    """A problem one of whose visits nobody can do."""
    problem = example_problem()
    problem["visits"][2]["skills"] = {"nursing": 3}
    return problem


def test_plan_is_made_and_passes_the_judge(plan):
    assert (plan["state"], plan["status"], plan["origin"], plan["num_unassigned"]) == ("done", "complete", "solve", 0)
    made = plan_from_json(json.dumps(plan["plan"]), PROBLEM.horizon)
    assert check_plan(PROBLEM, build_travel(PROBLEM), made) == ()
    assert made.cost.total_cents == plan["cost_cents"]
    assert plan["params"]["step_limit"] == EXAMPLE_PARAMS["step_limit"]


def test_order_without_patience_is_accepted_and_found_under_its_location(dispatcher):
    answer = dispatcher.post("/v1/plans", json=EXAMPLE_ORDER)
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
    assert "plan" not in answer.json()
    plan_id = answer.json()["id"]
    assert answer.headers["Location"] == f"/v1/plans/{plan_id}"
    assert dispatcher.client().finished_plan(plan_id).status == "complete"


def test_plan_of_a_kept_problem(dispatcher):
    problem_id = dispatcher.problem()["id"]
    answer = dispatcher.post(
        "/v1/plans", json={"problem_id": problem_id, "params": EXAMPLE_PARAMS}, headers={"Prefer": "wait=60"}
    )
    assert answer.json()["problem_id"] == problem_id
    assert [item["id"] for item in dispatcher.get(f"/v1/plans?problem_id={problem_id}").json()["items"]] == [
        answer.json()["id"]
    ]


def test_order_is_read_strictly_with_every_fault_below_its_member(dispatcher):
    order = deepcopy(EXAMPLE_ORDER)
    order["problem"]["elders"][0]["place"]["lat"] = False
    order["params"] |= {"seed": 1.5, "speed": 3}
    order["parms"] = {}
    body = assert_refused(dispatcher.post("/v1/plans", json=order), 422, "invalid-problem")
    assert [issue["path"] for issue in body["issues"]] == [
        "params.seed",
        "params.speed",
        "parms",
        "problem.elders[0].place.lat",
    ]
    assert "Did you mean 'params'?" in [issue["hint"] for issue in body["issues"]]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b'{"params": {}, "params": {}}', "twice"),
        (b'{"params": {"time_limit_s": NaN}}', "finite"),
        (b'{"problem_id": 3}', "is no id"),
        (b"{}", "either a problem or the id of one"),
        (b'{"problem_id": "problem-000000000000"}', "there is no problem"),
    ],
)
def test_order_that_makes_no_sense_is_refused(dispatcher, content, word):
    answer = dispatcher.post("/v1/plans", content=content)
    assert answer.status_code in {404, 422}
    assert word in answer.json()["detail"]


def test_time_limit_beyond_the_services_is_refused(dispatcher):
    order = {**EXAMPLE_ORDER, "params": {"time_limit_s": 1e6}}
    body = assert_refused(dispatcher.post("/v1/plans", json=order), 422, "invalid-request")
    assert body["issues"][0]["path"] == "params.time_limit_s"


def test_full_queue_asks_to_come_back(quiet_site, monkeypatch):
    site = quiet_site(max_queue=1)
    monkeypatch.setattr(site.service.jobs, "enqueue", lambda district_id, plan_id: None)
    requests = site.as_(site.east[Role.DISPATCHER])
    assert requests.post("/v1/plans", json=EXAMPLE_ORDER).status_code == 202
    answer = requests.post("/v1/plans", json=EXAMPLE_ORDER)
    assert_refused(answer, 429, "queue-full")
    assert int(answer.headers["Retry-After"]) > 0


def test_same_idempotency_key_makes_one_plan(dispatcher):
    headers = {"Idempotency-Key": "order-1", "Prefer": "wait=60"}
    first, second = (dispatcher.post("/v1/plans", json=EXAMPLE_ORDER, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["state"] == "done"


# Reading


def test_plans_are_listed_by_day_and_state(dispatcher):
    problem = example_problem(horizon={"first_date": "2029-01-08"})
    plan_id = dispatcher.plan(problem=problem)["id"]
    for query, expected in (
        ("date=2029-01-08", [plan_id]),
        ("date=2029-01-08&state=done", [plan_id]),
        ("date=2029-01-08&state=failed", []),
        ("date=2029-01-09", []),
    ):
        assert [item["id"] for item in dispatcher.get(f"/v1/plans?{query}").json()["items"]] == expected
    problems = dispatcher.get("/v1/problems?date=2029-01-08").json()["items"]
    assert [item["first_date"] for item in problems] == ["2029-01-08"]


def test_plan_as_geojson(dispatcher, plan):
    answer = dispatcher.get(f"/v1/plans/{plan['id']}", headers={"Accept": GEOJSON})
    assert answer.headers["content-type"] == GEOJSON
    kinds = {feature["properties"]["kind"] for feature in answer.json()["features"]}
    assert {"route", "stop", "station"} <= kinds


@pytest.mark.parametrize("sheet", ["routes", "kitchen", "labels"])
def test_plan_as_sheets(dispatcher, plan, sheet):
    answer = dispatcher.get(f"/v1/plans/{plan['id']}?sheet={sheet}&language=en", headers={"Accept": PDF})
    assert answer.headers["content-type"] == PDF
    assert answer.content.startswith(b"%PDF")


def test_plan_as_workbook(dispatcher, plan):
    answer = dispatcher.get(f"/v1/plans/{plan['id']}", headers={"Accept": f"text/html;q=0.9, {XLSX}"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    assert "stops" in book.sheetnames


def test_what_cannot_be_given_is_not_acceptable(dispatcher, plan):
    assert_refused(dispatcher.get(f"/v1/plans/{plan['id']}", headers={"Accept": "text/html"}), 406, "not-acceptable")


def test_plan_that_one_has_is_not_sent_again_and_each_form_has_a_tag_of_its_own(dispatcher, viewer, plan):
    path = f"/v1/plans/{plan['id']}"
    tags = [
        dispatcher.get(path).headers["ETag"],
        viewer.get(path).headers["ETag"],
        dispatcher.get(path, headers={"Accept": GEOJSON}).headers["ETag"],
    ]
    assert len(set(tags)) == 3
    assert dispatcher.get(path, headers={"If-None-Match": tags[0]}).status_code == 304
    assert dispatcher.get(path, headers={"If-None-Match": tags[1]}).status_code == 200


def test_kpis_are_those_of_the_plan(dispatcher, plan):
    assert dispatcher.get(f"/v1/plans/{plan['id']}/kpis").json() == plan["plan"]["kpis"]


def test_unserved_visit_comes_with_verified_reasons_and_priced_remedies(dispatcher):
    plan = dispatcher.plan(problem=unserved_problem())
    (item,) = dispatcher.get(f"/v1/plans/{plan['id']}/unassigned").json()["items"]
    assert item["visit_id"] == "bath-e1"
    assert [reason["rule"] for reason in item["reasons"]] == ["skill"]
    assert item["num_insertions_tried"] > 0
    assert item["remedies"][0]["kind"] == "add-skill"
    assert isinstance(item["remedies"][0]["price_cents"], int)


def test_reasons_that_the_solve_had_no_time_for_are_looked_into_when_asked(dispatcher):
    plan = dispatcher.plan(problem=unserved_problem(), params={**EXAMPLE_PARAMS, "explain": False})
    assert plan["plan"]["unassigned"] == [{"visit_id": "bath-e1"}]
    (item,) = dispatcher.get(f"/v1/plans/{plan['id']}/unassigned").json()["items"]
    assert [reason["rule"] for reason in item["reasons"]] == ["skill"]


def test_events_tell_phases_and_end_with_the_state(dispatcher, plan):
    events = list(dispatcher.client().events(plan["id"]))
    assert {event.kind for event in events[:-1]} == {"progress"}
    assert [event.number for event in events[:-1]] == list(range(1, len(events)))
    assert {"phase", "share_done"} <= set(events[0].data)
    assert (events[-1].kind, events[-1].data["id"]) == ("done", plan["id"])
    assert len(list(dispatcher.client().events(plan["id"], after=1))) == len(events) - 1


# Stopping


def test_plan_that_waits_is_cancelled(quiet_site, monkeypatch):
    site = quiet_site()
    monkeypatch.setattr(site.service.jobs, "enqueue", lambda district_id, plan_id: None)
    requests = site.as_(site.east[Role.DISPATCHER])
    plan_id = requests.post("/v1/plans", json=EXAMPLE_ORDER).json()["id"]
    stopped = requests.delete(f"/v1/plans/{plan_id}")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    for part in ("kpis", "unassigned"):
        assert_refused(requests.get(f"/v1/plans/{plan_id}/{part}"), 409, "not-ready")
    assert_refused(requests.get(f"/v1/plans/{plan_id}", headers={"Accept": PDF}), 409, "not-ready")


def test_stopped_solve_keeps_the_best_plan_so_far(dispatcher):
    order = {"problem": dispatcher.get("/v1/scenarios/xicheng-day?size=0.2").json(), "params": LONG}
    plan_id = dispatcher.post("/v1/plans", json=order).json()["id"]
    events = dispatcher.client().events(plan_id)
    assert next(events).kind == "progress"
    stopped = dispatcher.delete(f"/v1/plans/{plan_id}", headers={"Prefer": "wait=60", "X-Reason": "good enough"})
    assert stopped.status_code == 200
    assert stopped.json()["state"] == "done"
    assert stopped.json()["is_stop_requested"] is True
    assert stopped.json()["plan"]["routes"]


def test_stopping_a_finished_plan_leaves_it(dispatcher, plan):
    answer = dispatcher.delete(f"/v1/plans/{plan['id']}")
    assert (answer.status_code, answer.json()["state"], answer.json()["revision"]) == (200, "done", plan["revision"])


def test_stop_of_a_version_that_has_changed_is_refused(dispatcher, plan):
    answer = dispatcher.delete(f"/v1/plans/{plan['id']}", headers={"If-Match": '"99"'})
    assert_refused(answer, 412, "changed-meanwhile")


# Checking


def test_draft_by_hand_gets_times_cost_and_no_violation(dispatcher):
    answer = dispatcher.post("/v1/plans/check", json={"problem": EXAMPLE_PROBLEM, "draft": EXAMPLE_DRAFT})
    assert answer.json()["violations"] == []
    assert answer.json()["status"] == "complete"
    assert answer.json()["plan"]["routes"][0]["stops"][0]["kind"] == "start"


def test_check_tells_the_cost_by_term(dispatcher):
    order = {"problem": dispatcher.get("/v1/scenarios/tiny").json(), "draft": {"routes": []}}
    answer = dispatcher.post("/v1/plans/check", json=order)
    assert answer.status_code == 200, answer.text
    cents_by_term = answer.json()["cost"]["cents_by_term"]
    assert cents_by_term["unserved"] == sum(cents_by_term.values()) == answer.json()["total_cents"] > 0


def test_check_names_every_rule_that_is_broken(dispatcher, plan):
    broken = deepcopy(plan["plan"])
    stops = broken["routes"][0]["stops"]
    stops[1]["start"] = stops[1]["end"]
    body = dispatcher.post("/v1/plans/check", json={"problem_id": plan["problem_id"], "plan": broken}).json()
    assert body["status"] == "invalid"
    assert "loading" in {violation["rule"] for violation in body["violations"]}
    assert all(violation["message"] for violation in body["violations"])


def test_draft_that_names_unknown_things_is_refused_with_each_of_them(dispatcher):
    draft = {
        "routes": [
            {"worker_id": "zhang", "shift_id": "day", "steps": [{"kind": "visit", "visit_id": "meal-e9"}]},
            {"worker_id": "zhang", "shift_id": "night", "steps": []},
            {"worker_id": "zhang", "shift_id": "day", "steps": [{"kind": "load", "visit_id": "meal-e1"}]},
        ]
    }
    answer = dispatcher.post("/v1/plans/check", json={"problem": EXAMPLE_PROBLEM, "draft": draft})
    codes = [issue["code"] for issue in assert_refused(answer, 422, "invalid-problem")["issues"]]
    assert codes == ["unknown-visit", "unknown-shift", "step-id"]


def test_check_of_many_places_says_the_same_without_a_square_of_ways(quiet_site, dispatcher):
    order = {"problem": EXAMPLE_PROBLEM, "draft": EXAMPLE_DRAFT}
    small = quiet_site(max_square_places=1)
    answer = small.as_(small.east[Role.DISPATCHER]).post("/v1/plans/check", json=order)
    assert answer.json() == dispatcher.post("/v1/plans/check", json=order).json()


def test_many_places_on_streets_are_too_large_to_be_worked_with():
    with pytest.raises(Refusal, match=r"places on streets; 1 are worked with here") as caught:
        _ = World(problem=PROBLEM, streets=line_streets(), max_square=1).travel
    assert caught.value.status == 413


# Versions


def etag(answer):
    return {"If-Match": answer.headers["ETag"]}


def test_edit_makes_a_version_with_its_parent_and_leaves_that_as_it_was(dispatcher):
    parent = dispatcher.plan()
    read = dispatcher.get(f"/v1/plans/{parent['id']}")
    headers = {**etag(read), "X-Reason": "李 prefers to be first"[2:]}
    answer = dispatcher.post(f"/v1/plans/{parent['id']}/children", json={"draft": EXAMPLE_DRAFT}, headers=headers)
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert (child["origin"], child["parent_id"], child["state"]) == ("edit", parent["id"], "done")
    assert child["reason"].strip() == "prefers to be first"
    after = dispatcher.get(f"/v1/plans/{parent['id']}").json()
    assert after["plan"] == parent["plan"]
    assert after["revision"] == parent["revision"] + 1
    listed = dispatcher.get(f"/v1/plans?parent_id={parent['id']}").json()["items"]
    assert [item["id"] for item in listed] == [child["id"]]


def test_second_edit_of_the_same_version_is_refused(dispatcher):
    parent = dispatcher.plan()
    headers = etag(dispatcher.get(f"/v1/plans/{parent['id']}"))
    path = f"/v1/plans/{parent['id']}/children"
    assert dispatcher.post(path, json={"draft": EXAMPLE_DRAFT}, headers=headers).status_code == 201
    assert_refused(dispatcher.post(path, json={"draft": EXAMPLE_DRAFT}, headers=headers), 412, "changed-meanwhile")


def test_edit_without_the_version_it_changes_is_refused(dispatcher, plan):
    answer = dispatcher.post(f"/v1/plans/{plan['id']}/children", json={"draft": EXAMPLE_DRAFT})
    assert_refused(answer, 428, "precondition-required")


def test_edit_that_breaks_rules_is_kept_with_its_violations(dispatcher):
    parent = dispatcher.plan()
    draft = deepcopy(EXAMPLE_DRAFT)
    draft["routes"][0]["steps"].pop(0)
    headers = etag(dispatcher.get(f"/v1/plans/{parent['id']}"))
    child = dispatcher.post(f"/v1/plans/{parent['id']}/children", json={"draft": draft}, headers=headers).json()
    assert child["status"] == "invalid"
    assert "loaded" in {violation["rule"] for violation in child["violations"]}
    listed = dispatcher.get(f"/v1/plans?parent_id={parent['id']}").json()["items"]
    assert listed[0]["violations"] == child["violations"]


def test_what_if_is_solved_from_its_parents_routes(dispatcher, plan):
    answer = dispatcher.post(
        f"/v1/plans/{plan['id']}/children",
        json={"params": {**EXAMPLE_PARAMS, "seed": 2}},
        headers={"Prefer": "wait=60"},
    )
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert (child["origin"], child["parent_id"], child["status"]) == ("what-if", plan["id"], "complete")
    assert child["params"]["seed"] == 2


def test_what_if_with_other_facts_takes_a_planner(dispatcher, planner, plan):
    other = example_problem()
    other["visits"].pop()
    order = {"problem": other, "params": EXAMPLE_PARAMS}
    path = f"/v1/plans/{plan['id']}/children"
    assert_refused(dispatcher.post(path, json=order), 403, "not-allowed")
    child = planner.post(path, json=order, headers={"Prefer": "wait=60"}).json()
    assert (child["origin"], child["status"], child["num_unassigned"]) == ("what-if", "complete", 0)
    diff = planner.get(f"/v1/plans/{child['id']}/diff?against={plan['id']}").json()
    assert ("bath-e1", "dropped") in {(change["visit_id"], change["kind"]) for change in diff["visits"]}


def test_diff_tells_who_must_be_told(dispatcher):
    parent = dispatcher.plan()
    draft = {"routes": [{**EXAMPLE_DRAFT["routes"][0], "steps": EXAMPLE_DRAFT["routes"][0]["steps"][:2]}]}
    headers = etag(dispatcher.get(f"/v1/plans/{parent['id']}"))
    child = dispatcher.post(f"/v1/plans/{parent['id']}/children", json={"draft": draft}, headers=headers).json()
    diff = dispatcher.get(f"/v1/plans/{child['id']}/diff?against={parent['id']}").json()
    assert {change["visit_id"]: change["kind"] for change in diff["visits"]}["bath-e1"] == "dropped"
    assert "e1" in diff["elder_ids"]
    assert diff["worker_ids"] == ["zhang"]
    assert diff["cost_cents_change"] == child["cost_cents"] - parent["cost_cents"]
    same = dispatcher.get(f"/v1/plans/{parent['id']}/diff?against={parent['id']}").json()
    assert (same["visits"], same["worker_ids"], same["cost_cents_change"]) == ([], [], 0)


# Faults of a solve


def test_solve_that_cannot_begin_fails_with_a_reason(site, dispatcher):
    """The streets that the problem travels on are not set any more."""
    new = NewProblem(
        name="day",
        horizon=PROBLEM.horizon,
        num_visits=3,
        travel=STREETS,
        warnings=(),
        content=json.dumps(EXAMPLE_PROBLEM).encode(),
    )
    kept = DistrictStore(site.service.database, "east").add_problem(new, Change(actor="test"))
    order = {"problem_id": kept.problem_id, "params": EXAMPLE_PARAMS}
    plan = dispatcher.post("/v1/plans", json=order, headers={"Prefer": "wait=60"}).json()
    assert plan["state"] == "failed"
    assert plan["error"]["code"] == "invalid-problem"
    assert "YIZHAN_STREETS" in plan["error"]["message"]
    assert_refused(dispatcher.get(f"/v1/plans/{plan['id']}/kpis"), 409, "not-ready")


def test_nothing_is_left_waiting(site, plan):
    counts = Queue(site.service.database).num_pending_by_state()
    assert set(counts) == {"queued", "solving"}
