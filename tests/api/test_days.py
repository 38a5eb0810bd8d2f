"""The day: published, re-planned as things happen, asked where a visit fits, and derived again after a restart."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.deps import service_of
from api.examples import EXAMPLE_PROBLEM, EXAMPLE_VISIT
from api.store.records import Role
from optimizer.redispatch.day import Day as KnownDay
from optimizer.travel import TravelMatrix
from tests.api.days import added
from tests.api.district import Requests, assert_refused


def test_published_plan_is_the_one_of_its_day(day):
    assert day.published.headers["Location"] == f"/v1/plans/{day.plan['id']}"
    found = day.get()
    assert (found["plan_id"], found["step"], found["at"]) == (day.plan["id"], 1, "00:00")
    assert [step["kind"] for step in found["steps"]] == ["publish"]
    assert found["news"] == []
    assert day.date in [each["date"] for each in day.requests.get("/v1/days?limit=200").json()["items"]]


def test_days_are_listed_from_a_day_on(day):
    listed = [each["date"] for each in day.requests.get(f"/v1/days?since={day.date}").json()["items"]]
    assert min(listed) == day.date
    later = (dt.date.fromisoformat(day.date) + dt.timedelta(days=1)).isoformat()
    assert day.date not in day.requests.get(f"/v1/days?since={later}").text


def test_second_plan_of_a_day_needs_its_tag(day):
    assert_refused(day.publish(), 428, "precondition-required")
    assert_refused(day.publish(**{"If-Match": '"7-day"'}), 412, "changed-meanwhile")
    answer = day.publish(**{"If-Match": day.published.headers["ETag"]})
    assert (answer.status_code, answer.json()["step"]) == (201, 2)


def test_added_visit_makes_a_child_with_its_diff_and_news(day):
    step = day.told(added())
    assert (step["kind"], step["tier"], step["against_id"]) == ("events", "insertion", day.plan["id"])
    assert step["diff"]["elder_ids"] == ["e2"]
    assert step["diff"]["worker_ids"] == ["zhang"]
    child = day.requests.get(f"/v1/plans/{step['plan_id']}").json()
    assert (child["origin"], child["parent_id"], child["state"]) == ("event", day.plan["id"], "done")
    served = [stop.get("visit_id") for route in child["plan"]["routes"] for stop in route["stops"]]
    assert "look-e2" in served
    problem = day.requests.get(f"/v1/problems/{child['problem_id']}").json()["problem"]
    assert [visit["visit_id"] for visit in problem["visits"]][-1] == "look-e2"
    judged = day.requests.post(
        "/v1/plans/check", json={"problem_id": child["problem_id"], "plan": child["plan"]}
    ).json()
    assert (judged["violations"], judged["total_cents"]) == ([], child["cost_cents"])


def test_version_of_an_event_has_key_figures(day):
    step = day.told(added())
    kpis = day.requests.get(f"/v1/plans/{step['plan_id']}/kpis").json()
    assert (kpis["num_visits"], kpis["num_served"]) == (4, 4)


def test_nobody_who_is_ill_is_a_way_out_for_an_unserved_visit(day):
    worker_ids = [worker["worker_id"] for worker in EXAMPLE_PROBLEM["workers"]]
    step = day.told([{"kind": "worker-ill", "at": "06:00", "worker_id": worker_id} for worker_id in worker_ids])
    items = day.requests.get(f"/v1/plans/{step['plan_id']}/unassigned").json()["items"]
    assert len(items) == len(EXAMPLE_PROBLEM["visits"])
    assert [item["remedies"] for item in items] == [[]] * len(items)


def test_recommended_slot_is_taken_as_it_was_recommended(day):
    slots = day.ask().json()["slots"]
    assert slots
    slot = slots[-1]
    before = day.requests.get(f"/v1/plans/{day.plan['id']}").json()["cost_cents"]
    step = day.told(added("walk", at="09:31"), f"?slot={slot['name']}")
    assert step["cost_cents"] - before == slot["extra_cents"] == step["diff"]["cost_cents_change"]
    (change,) = [change for change in step["diff"]["visits"] if change["visit_id"] == "walk"]
    assert change["after"] == {"worker_ids": [slot["worker_id"]], "start": slot["start"]}


def test_best_recommendation_is_what_the_event_alone_would_do(day):
    best = day.ask(visit={**EXAMPLE_VISIT, "visit_id": "walk"}).json()["slots"][0]
    step = day.told(added("walk", at="09:30"))
    assert step["diff"]["cost_cents_change"] == best["extra_cents"]


def test_slot_that_is_not_free_any_more_is_refused(day):
    slot = day.ask().json()["slots"][0]
    day.told(added("first"), f"?slot={slot['name']}")
    assert_refused(day.tell(added("second"), f"?slot={slot['name']}"), 412, "changed-meanwhile")


@pytest.mark.parametrize("name", ["x", "W10", "bnVsbA", "eyJhIjoxfQ", "WzEsMiwzLDQsNSw2LDdd"])
def test_what_names_no_slot_is_refused(day, name):
    assert_refused(day.tell(added(), f"?slot={name}"), 422, "invalid-request")


def test_slot_is_for_one_new_visit(day):
    slot = day.ask().json()["slots"][0]["name"]
    late = {"kind": "worker-late", "at": "09:40", "worker_id": "zhang", "delay_s": 60}
    assert_refused(day.tell(late, f"?slot={slot}"), 422, "invalid-event")


def test_visit_without_a_slot_says_why_and_what_would_help(day):
    answer = day.ask(visit={**EXAMPLE_VISIT, "visit_id": "x", "skills": {"surgery": 3}}).json()
    assert answer["slots"] == []
    assert [reason["rule"] for reason in answer["no_slot"]["reasons"]] == ["skill"]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"at": "25:61"}, "at"),
        ({"n": 0}, "n"),
        ({"visit": {**EXAMPLE_VISIT, "elder_id": "e9"}}, "visits[0].elder_id"),
        ({"visitt": {}}, "visitt"),
    ],
)
def test_faults_of_a_question_are_told(day, question, path):
    answer = day.ask(**question)
    assert answer.status_code == 422
    assert path in [issue["path"] for issue in answer.json()["issues"]]


def test_question_about_the_past_is_refused(day):
    day.told({"kind": "worker-late", "at": "10:00", "worker_id": "zhang", "delay_s": 60})
    assert_refused(day.ask(at="09:30"), 422, "invalid-request")


def test_all_faults_of_events_are_told_with_the_id_that_was_meant(day):
    events = [
        {"kind": "worker-late", "at": "09:20", "worker_id": "zang", "delay_s": 60},
        {"kind": "visit-cancelled", "at": "09:20", "visit_id": "bath-e2"},
    ]
    body = assert_refused(day.tell(events), 422, "invalid-event")
    assert [issue["path"] for issue in body["issues"]] == ["[0].worker_id", "[1].visit_id"]
    assert "zhang" in body["issues"][0]["hint"]
    unknown = assert_refused(day.tell({"kind": "worker-lat", "at": "09:20"}), 422, "invalid-event")
    assert "worker-late" in unknown["issues"][0]["hint"]
    assert_refused(day.tell([]), 422, "invalid-event")
    assert day.get()["step"] == 1


def test_time_does_not_run_backwards(day):
    day.told({"kind": "worker-late", "at": "10:00", "worker_id": "zhang", "delay_s": 60})
    body = assert_refused(day.tell(added(at="09:59")), 422, "invalid-event")
    assert body["issues"][0]["code"] == "event-past"


EVENTS = [
    {"kind": "visit-cancelled", "at": "09:20", "visit_id": "bath-e1"},
    {"kind": "elder-absent", "at": "09:20", "elder_id": "e1", "from": "10:00"},
    {"kind": "worker-ill", "at": "09:20", "worker_id": "zhang"},
    {"kind": "worker-late", "at": "09:20", "worker_id": "zhang", "delay_s": 900},
    {"kind": "worker-back", "at": "09:20", "worker_id": "zhang", "from": "10:00"},
    {"kind": "vehicle-down", "at": "09:20", "worker_id": "zhang", "from": "10:00", "fallback_mode": "walk"},
    {"kind": "kitchen-late", "at": "09:20", "station_id": "station-1", "delay_s": 1200},
    {
        "kind": "street-closed",
        "at": "09:20",
        "place": {"lon": 116.362, "lat": 39.912},
        "radius_m": 50,
        "from": "09:00",
        "until": "18:00",
    },
    {"kind": "stop-started", "at": "11:05", "worker_id": "zhang", "station_id": "station-1", "start": "10:55"},
    {"kind": "stop-done", "at": "11:05", "worker_id": "zhang", "station_id": "station-1", "end": "11:00"},
    added(),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["kind"])
def test_event_of_every_kind_is_taken_and_survives_a_restart(site, day, event):
    """What is derived again from the store is the day as it was in memory."""
    step = day.told(event)
    assert step["events"][0]["kind"] == event["kind"]
    name = ("east", day.date)
    live = site.service.desks.get(name).held
    site.service.desks._kept.pop(name)
    assert day.ask(at="12:00").status_code == 200
    again = site.service.desks.get(name).held
    assert again is not live
    for field in fields(KnownDay):
        old, new = getattr(live.day, field.name), getattr(again.day, field.name)
        if isinstance(old, TravelMatrix):
            assert (new.places, new.source) == (old.places, old.source)
            for mode in old.duration_s:
                assert np.array_equal(new.duration_s[mode], old.duration_s[mode])
        else:
            assert new == old, field.name


def test_another_process_goes_on_where_the_day_was(site, day):
    """A second service over the same database: it has seen nothing and knows everything."""
    day.told(added("first"))
    before = day.get()
    app = create_app(site.service.settings)
    again = Requests(TestClient(app), day.requests.key)
    assert again.get(f"/v1/days/{day.date}").json() == before
    step = again.post(f"/v1/days/{day.date}/events", json=added("second", at="10:00")).json()
    assert (step["step"], step["against_id"]) == (3, before["plan_id"])
    assert day.told(added("third", at="10:05"))["against_id"] == step["plan_id"]


def test_report_that_changes_nothing_keeps_the_version(day):
    plan = day.requests.get(f"/v1/plans/{day.plan['id']}").json()["plan"]
    load = next(stop for stop in plan["routes"][0]["stops"] if stop["kind"] == "load")
    report = {"kind": "stop-started", "at": load["start"], "worker_id": "zhang", "station_id": "station-1"}
    step = day.told({**report, "start": load["start"]})
    assert (step["plan_id"], step["diff"]["visits"]) == (day.plan["id"], [])
    assert day.get()["at"] == load["start"]


def test_street_closed_among_too_many_places_is_refused_and_all_else_goes_on(site, day, monkeypatch):
    """Ways around it would be looked for from every place to every other one."""
    settings = site.service.settings.model_copy(update={"max_square_places": 2})
    small = replace(site.service, settings=settings)
    monkeypatch.setitem(site.app.dependency_overrides, service_of, lambda: small)
    closed = next(event for event in EVENTS if event["kind"] == "street-closed")
    late = {"kind": "worker-late", "at": "09:20", "worker_id": "zhang", "delay_s": 60}
    for events in (closed, [late, closed]):
        body = assert_refused(day.tell(events), 413, "too-large")
        assert "3 places; 2 are worked with here" in body["detail"]
    assert day.get()["step"] == 1
    assert day.told(late)["step"] == 2


def test_events_in_one_request_make_one_version(day):
    step = day.told([added("a"), added("b"), {**EVENTS[0], "at": "09:25"}])
    assert [event["kind"] for event in step["events"]] == ["visit-added", "visit-added", "visit-cancelled"]
    changes = {change["visit_id"]: change["kind"] for change in step["diff"]["visits"]}
    assert (changes["a"], changes["b"], changes["bath-e1"]) == ("added", "added", "dropped")
    children = day.requests.get(f"/v1/plans?parent_id={day.plan['id']}").json()["items"]
    assert [child["id"] for child in children] == [step["plan_id"]]


def test_same_idempotency_key_tells_an_event_once(day):
    first = day.told(added(), **{"Idempotency-Key": f"look-{day.date}"})
    again = day.told(added(), **{"Idempotency-Key": f"look-{day.date}"})
    assert again == first
    assert day.get()["step"] == 2
    other = day.tell(added("other"), **{"Idempotency-Key": f"look-{day.date}"})
    assert_refused(other, 422, "idempotency-mismatch")


def test_of_two_who_saw_the_same_revision_the_second_is_refused(day):
    tag = day.published.headers["ETag"]
    day.told(added("a"), **{"If-Match": tag})
    assert_refused(day.tell(added("b"), **{"If-Match": tag}), 412, "changed-meanwhile")


def test_stale_revision_is_refused_before_the_day_is_planned_anew(day, monkeypatch):
    tag = day.published.headers["ETag"]
    day.told(added("a"), **{"If-Match": tag})
    monkeypatch.setattr("api.days.dispatch.happened", None)
    assert_refused(day.tell(added("b"), **{"If-Match": tag}), 412, "changed-meanwhile")


def test_doubled_key_in_a_list_of_events_is_refused(day):
    path = f"/v1/days/{day.date}/events"
    twice = b'[{"kind": "worker-ill", "at": "09:30", "worker_id": "zhang", "worker_id": "courier"}]'
    answer = day.requests.post(path, content=twice, headers={"Content-Type": "application/json"})
    (issue,) = assert_refused(answer, 422, "invalid-event")["issues"]
    assert (issue["code"], issue["path"]) == ("duplicate-key", "[0].worker_id")


def test_stability_budget_is_kept(day):
    """One worker must come to the new visit, and none may be told: it is left out."""
    step = day.told(added(mandatory=False, unserved_cents=100_000), "?max_workers_told=0")
    assert step["diff"]["worker_ids"] == []


def test_news_are_open_until_they_are_acknowledged(day):
    day.told(added())
    open_news = [(each["person"], each["person_id"]) for each in day.get()["news"] if each["told_at"] is None]
    assert open_news == [("elder", "e2"), ("worker", "zhang")]
    path = f"/v1/days/{day.date}/acknowledgements"
    answer = day.requests.post(path, json={"elder_ids": ["e2"]})
    assert (answer.status_code, answer.json()["revision"]) == (200, 3)
    told = {each["person_id"]: each["told_by"] is not None for each in day.get()["news"]}
    assert told == {"e2": True, "zhang": False}
    assert day.requests.post(path, json={"elder_ids": ["e2"]}).json()["revision"] == 3
    body = assert_refused(day.requests.post(path, json={"worker_ids": ["zang"]}), 422, "invalid-request")
    assert "zhang" in body["issues"][0]["hint"]


def test_day_is_not_sent_to_whoever_knows_it(day):
    tag = day.published.headers["ETag"]
    path = f"/v1/days/{day.date}"
    assert day.requests.get(path, headers={"If-None-Match": tag}).status_code == 304
    day.told(added())
    assert day.requests.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_viewer_sees_what_happened_without_persons(day, viewer):
    elder = {"elder_id": "e3", "name": "赵大妈", "address": "7 号楼 101", "place": {"lon": 116.361, "lat": 39.911}}
    day.told({**added("x", elder_id="e3"), "elder": elder, "note": "very private"})
    full, seen = day.get(), viewer.get(f"/v1/days/{day.date}")
    assert "赵大妈" in str(full)
    assert seen.headers["ETag"] != day.published.headers["ETag"]
    for secret in ("赵大妈", "7 号楼", "very private", "116.361"):
        assert secret not in seen.text
    assert seen.json()["steps"][0]["events"] == [{"kind": "visit-added", "at": "09:20", "visit_id": "x"}]


def test_day_of_another_district_does_not_exist(day, stranger):
    assert_refused(stranger.get(f"/v1/days/{day.date}"), 404, "not-found")
    assert_refused(stranger.post(f"/v1/days/{day.date}/events", json=added()), 404, "not-found")
    assert_refused(stranger.post(f"/v1/plans/{day.plan['id']}/publish"), 404, "not-found")
    assert day.date not in stranger.get("/v1/days?limit=200").text


def test_plan_that_breaks_rules_or_is_not_finished_is_not_published(day):
    draft = {"routes": [{"worker_id": "zhang", "shift_id": "day", "steps": [{"kind": "visit", "visit_id": "meal-e1"}]}]}
    edited = day.requests.post(
        f"/v1/plans/{day.plan['id']}/children", json={"draft": draft}, headers={"If-Match": f'"{day.plan["revision"]}"'}
    ).json()
    assert edited["status"] == "invalid"
    assert_refused(day.publish(edited["id"], **{"If-Match": "*"}), 409, "not-ready")


def test_everything_about_a_day_is_in_the_audit_log(site, day):
    day.told(added(), **{"X-Reason": "daughter called"})
    admin = site.as_(site.east[Role.ADMIN])
    entries = admin.get(f"/v1/audit?subject={day.date}").json()["items"]
    assert [(entry["action"], entry["reason"]) for entry in entries] == [
        ("day:events", "daughter called"),
        ("day:publish", ""),
    ]
    assert admin.get("/v1/audit?subject=%25").json()["items"] == []


def test_steps_are_listed_in_pages(day):
    for number in range(3):
        day.told({"kind": "worker-late", "at": f"09:2{number}", "worker_id": "zhang", "delay_s": 60})
    first = day.get("/steps?limit=2")
    assert [step["step"] for step in first["items"]] == [4, 3]
    second = day.get(f"/steps?limit=2&before={first['next']}")
    assert [(step["step"], step["against_id"]) for step in second["items"]][-1] == (1, None)


def test_a_misspelt_budget_is_refused(dispatcher):
    answer = dispatcher.post("/v1/days/2026-03-02/events?max_elder_told=0", json=[])
    body = assert_refused(answer, 422, "invalid-request")
    assert body["issues"][0]["hint"] == "Did you mean 'max_elders_told'?"


def test_a_wrong_key_is_told_before_a_wrong_parameter(site):
    answer = site.as_("nonsense").get("/v1/days?befor=2026-03-02")
    assert_refused(answer, 401, "not-authenticated")


@pytest.mark.parametrize("path", ["plans", "plans/check", "days/2026-03-02/events", "days/2026-03-02/recommendations"])
def test_what_says_that_it_is_not_json_is_not_read(dispatcher, path):
    answer = dispatcher.post(f"/v1/{path}", content=b"{}", headers={"Content-Type": "application/xml"})
    assert_refused(answer, 415, "unsupported-media-type")
    assert answer.headers["accept-post"] == "application/json"
