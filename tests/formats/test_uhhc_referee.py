"""An independent referee finds no fault with what we write for uhhc, and the cost that our judge finds."""

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.formats.benchmark import read_draft, read_instance, write_solution
from optimizer.formats.benchmark.care_solutions import LUNCH_SERVICE
from optimizer.judge import judged_plan
from optimizer.params import SolveParams
from optimizer.plan import Draft, RouteDraft, SolveStatus, break_step, visit_step
from optimizer.solve import solve
from tests.formats.care_texts import UHHC, care_instance, uhhc_text
from tests.formats.uhhc_referee import judge

DATA = os.environ.get("YIZHAN_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="YIZHAN_DATA does not name the folder of public benchmark data")

SMALL = ("i-116", "i-134", "i-235")


def location(patient, service, start, end):
    return {"patient": patient, "service": service, "arrival_time": start, "departure_time": end}


def routes(**locations_by_carer):
    return {"routes": [{"caregiver_id": name, "locations": places} for name, places in locations_by_carer.items()]}


SOUND = routes(
    c1=[
        location("p0", "s0", 100, 120),
        location("p0", LUNCH_SERVICE, 120, 150),
        location("p3", "s0", 195, 205),
    ],
    c2=[location("p2", "s0", 30, 40), location("p3", "s1", 195, 207)],
)


# The referee itself


def test_referee_prices_every_component():
    """By hand: c1 leaves at 90, waits 37 at p3 and is back at 215; c2 leaves at 10, is at p3 at 47 and waits 148."""
    verdict = judge(UHHC, SOUND)
    assert verdict.errors == []
    assert verdict.quantities == {
        "travel_time": (10 + 8 + 10) + (20 + 7 + 10),
        "total_tardiness": 0,
        "highest_tardiness": 0,
        "total_waiting_time": 37 + 148,
        "total_extra_time": 0,
        "max_idle_time": max(30 + 37 + 85, 10 + 148 + 23),
        "caregiver_preferences": 0,
        "optional_patients": 2,
        "missed_lunch_break": 0,
        "workload_balance": 1 + 1,  # loads 28 + 30 and 37 + 22: half a minute from the mean, rounded up
    }
    weights = UHHC["metadata"]["cost_components"]
    assert verdict.cost == sum(weights.get(name, 0) * amount for name, amount in verdict.quantities.items())


def test_lunch_first_of_all_costs_no_waiting_but_idle_time():
    solution = routes(
        c1=[location("p3", LUNCH_SERVICE, 120, 150), location("p3", "s0", 195, 205)],
        c2=[location("p2", "s0", 30, 40), location("p0", "s0", 100, 120), location("p3", "s1", 195, 207)],
    )
    verdict = judge(UHHC, solution)
    assert verdict.errors == []
    assert verdict.quantities["total_waiting_time"] == (100 - 40 - 12) + (195 - 120 - 8)
    assert verdict.quantities["max_idle_time"] == (120 - 9 - 60) + 45 + (300 - 215)


@pytest.mark.parametrize("solution", [routes(), {"routes": [{"caregiver_id": "c1"}]}])
def test_carer_without_visits_is_idle_throughout_and_misses_lunch(solution):
    verdict = judge(UHHC, solution)
    assert verdict.quantities["max_idle_time"] == 240
    assert verdict.quantities["missed_lunch_break"] == 1
    assert verdict.errors == [f"{name} is required but not served" for name in ("p0", "p2", "p3")]


def _moved(position, **changes):
    """The sound solution with one location changed, counted over all routes."""
    solution = json.loads(json.dumps(SOUND))
    places = [place for route in solution["routes"] for place in route["locations"]]
    places[position] |= changes
    return solution


@pytest.mark.parametrize(
    ("solution", "error"),
    [
        (_moved(0, arrival_time=99, departure_time=119), "begins before the first window"),
        (_moved(0, departure_time=119), "is too short"),
        (_moved(1, departure_time=149), "is too short"),
        (_moved(2, arrival_time=157, departure_time=167), "begins before the carer is there"),
        (_moved(1, arrival_time=155, departure_time=185), "lies outside"),
        (_moved(2, arrival_time=196, departure_time=206), "p3's services begin -1 apart"),
        (_moved(3, arrival_time=29, departure_time=39), "begins before the first window"),
        (_moved(0, service="s1", departure_time=130), "is no service of the patient"),
        (_moved(0, patient="p2", arrival_time=80, departure_time=100), "c1 is incompatible with"),
        (routes(c1=SOUND["routes"][0]["locations"][:1], c2=SOUND["routes"][1]["locations"]), "p3 has s0 0 times"),
    ],
)
def test_referee_finds_what_is_wrong(solution, error):
    assert any(error in told for told in judge(UHHC, solution).errors)


# The referee and our judge


def wait_after_first_lunch(plan):
    """Waiting that only our judge counts: at the first visit, where lunch came before it and had to end earlier."""
    waits = [stop.wait_duration_s for route in plan.routes if route.stops[1].break_id for stop in route.stops[2:3]]
    return sum(waits)


def verdict_on(facts, instance, plan):
    return judge(facts, json.loads(write_solution(instance, plan)))


def assert_agreed(facts, instance, plan):
    verdict = verdict_on(facts, instance, plan)
    price = facts["metadata"]["cost_components"]["total_waiting_time"]
    assert verdict.errors == []
    assert verdict.cost == plan.cost.total_cents / instance.cost_divisor - price * wait_after_first_lunch(plan)


STARTS = {patient["id"]: patient["time_windows"][-1]["start"] for patient in UHHC["patients"]}
TEAMS = {
    "p0/s0": ["c1", "c2"],
    "p1/s0 p1/s1": ["c1 c2", "c2 c2", "- -"],
    "p2/s0": ["c2", "c2", "c2", "c1"],
    "p3/s0 p3/s1": ["c1 c2", "c1 c2", "c1 c2", "c2 c2", "- c2"],
    "p4/s1 p4/s0": ["c2 c1", "- -", "c2 c1", "- -", "c2 -", "- c1"],
}
"""Who may give which visits: mostly those who can, both or neither."""


@st.composite
def drafts(draw):
    """Visits roughly in the order of their windows, so that many plans are sound; lunch anywhere or nowhere."""
    steps = {"c1": [], "c2": []}
    for visit_ids, teams in TEAMS.items():
        team = draw(st.sampled_from(teams)).split()
        for visit_id, carer in zip(visit_ids.split(), team, strict=True):
            if carer in steps:
                start = STARTS[visit_id.partition("/")[0]] + draw(st.sampled_from([0, 0, 0, -60, 60]))
                steps[carer].append((start, visit_step(visit_id)))
    if draw(st.booleans()):
        steps["c1"].append((draw(st.sampled_from([0, 120, 180, 300])), break_step("lunch")))
    return Draft(
        routes=tuple(
            RouteDraft(
                worker_id=name, shift_id="day", steps=tuple(step for _, step in sorted(timed, key=lambda item: item[0]))
            )
            for name, timed in steps.items()
            if timed
        )
    )


@pytest.fixture(scope="module", params=["at_service_end", "at_service_start"])
def tiny(request, tmp_path_factory):
    def change(facts):
        facts["metadata"]["time_window_met"] = request.param
        facts["metadata"]["cost_components"]["workload_balance"] = 2

    text = uhhc_text(change)
    return json.loads(text), care_instance(text, tmp_path_factory.mktemp("uhhc"))


@given(draft=drafts())
@settings(max_examples=300, deadline=None)
def test_any_plan_is_sound_for_both_or_for_neither_and_costs_the_same(tiny, draft):
    facts, instance = tiny
    plan = judged_plan(instance.problem, instance.travel, draft)
    is_sound = plan.status is SolveStatus.COMPLETE and not check_plan(instance.problem, instance.travel, plan)
    assert is_sound == (verdict_on(facts, instance, plan).errors == [])
    if is_sound:
        assert_agreed(facts, instance, plan)


def facts_of(name):
    return json.loads(gzip.decompress(Path(DATA, "uhhc", f"{name}.json.gz").read_bytes()))


def solved(name, **limits):
    instance = read_instance(Path(DATA, "uhhc", f"{name}.json.gz"))
    return instance, solve(instance.problem, instance.travel, SolveParams(explain=False, **limits))


@needs_data
@pytest.mark.parametrize("name", SMALL)
def test_plans_of_small_instances_cost_for_the_referee_what_they_cost_for_us(name):
    instance, plan = solved(name, time_limit_s=3)
    assert plan.status is SolveStatus.COMPLETE
    assert_agreed(facts_of(name), instance, plan)
    assert read_draft(instance, write_solution(instance, plan)).served_visit_ids == plan.draft.served_visit_ids


@needs_data
def test_first_plans_of_all_instances_cost_for_the_referee_what_they_cost_for_us():
    names = [path.name.removesuffix(".json.gz") for path in sorted(Path(DATA, "uhhc").glob("*.json.gz"))]
    assert len(names) > len(SMALL)
    for name in names:
        instance, plan = solved(name, time_limit_s=0)
        if plan.status is SolveStatus.COMPLETE:
            assert_agreed(facts_of(name), instance, plan)
        else:
            errors = verdict_on(facts_of(name), instance, plan).errors
            assert all(error.endswith("is required but not served") for error in errors), name
