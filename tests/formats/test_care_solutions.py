"""Solutions of home care in and out; every published one costs for our judge what was published."""

import csv
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from optimizer.check import check_plan
from optimizer.errors import SourceError
from optimizer.formats.benchmark import published_cost, read_draft, read_instance, read_text, write_solution
from optimizer.judge import judged_plan
from optimizer.plan import Draft, RouteDraft, SolveStatus, break_step, visit_step
from optimizer.rules import CostTerm
from optimizer.validate import validate_problem
from tests.formats.care_texts import care_instance, hhcrsp_text, uhhc_text

DATA = os.environ.get("YIZHAN_DATA")
PUBLISHED = {
    CostTerm.TRAVEL_TIME: "travel",
    CostTerm.HIGHEST_LATENESS: "max_tardiness",
    CostTerm.LATENESS: "total_tardiness",
}


@pytest.fixture
def hhcrsp(tmp_path):
    return care_instance(hhcrsp_text(), tmp_path)


@pytest.fixture
def uhhc(tmp_path):
    return care_instance(uhhc_text(), tmp_path)


def plan_of(instance, **visit_ids_by_carer):
    """The plan of routes from ids of visits; ``lunch`` is the break."""
    routes = [
        RouteDraft(
            worker_id=name,
            shift_id="day",
            steps=tuple(break_step("lunch") if word == "lunch" else visit_step(word) for word in words.split()),
        )
        for name, words in visit_ids_by_carer.items()
    ]
    return judged_plan(instance.problem, instance.travel, Draft(routes=tuple(routes)))


def written(instance, plan):
    """Locations by carer as ``(patient, service, arrival, departure)``; ``None`` for carers without the key."""
    routes = json.loads(write_solution(instance, plan))["routes"]
    keys = ("patient", "service", "arrival_time", "departure_time")
    return {
        route["caregiver_id"]: [tuple(place[key] for key in keys) for place in route["locations"]]
        if "locations" in route
        else None
        for route in routes
    }


def faults_of(instance, facts):
    with pytest.raises(SourceError) as caught:
        read_draft(instance, json.dumps(facts))
    return [f"{issue.path.removeprefix('solution:')}: {issue.message}" for issue in caught.value.issues]


# Writing


def test_services_are_written_in_the_file_s_own_time(hhcrsp):
    plan = plan_of(hhcrsp, c1="p2/s1 p3/s1", c2="p2/s2 p3/s2 p1/s1")
    assert written(hhcrsp, plan) == {
        "c1": [("p2", "s1", 10, 15), ("p3", "s1", 31.25, 38.25)],
        "c2": [("p2", "s2", 10, 17), ("p3", "s2", 21.25, 26.25), ("p1", "s1", 35.25, 45.25)],
    }
    assert json.loads(write_solution(hhcrsp, plan))["global_ordering"] == ["p2", "p3", "p1"]


def test_carer_who_stays_at_home_has_no_locations(hhcrsp):
    assert written(hhcrsp, plan_of(hhcrsp, c2="p1/s1"))["c1"] is None


def test_lunch_is_written_at_the_patient_before_it(uhhc):
    plan = plan_of(uhhc, c1="p0/s0 lunch p3/s0", c2="p2/s0 p3/s1")
    assert written(uhhc, plan)["c1"] == [
        ("p0", "s0", 130, 150),
        ("p0", "lunch_break", 150, 180),
        ("p3", "s0", 195, 205),
    ]


def test_carer_without_a_visit_has_lunch_where_the_shift_begins(uhhc):
    plan = plan_of(uhhc, c2="p2/s0")
    assert written(uhhc, plan)["c1"] == [("d0", "lunch_break", 120, 150)]


def first_lunch(folder, shift_start, lunch_end=180):
    """Times of a lunch before the visit of p3 at 195, which is nine minutes from the office."""

    def change(facts):
        facts["caregivers"][0]["working_shift"]["start"] = shift_start
        facts["lunch_breaks"]["end"] = lunch_end

    instance = care_instance(uhhc_text(change), folder)
    plan = plan_of(instance, c1="lunch p3/s0", c2="p2/s0 p0/s0 p3/s1")
    assert check_plan(instance.problem, instance.travel, plan) == ()
    (place, _) = written(instance, plan)["c1"]
    assert (place[0], place[3] - place[2]) == ("p3", 30)
    return plan.routes[0].stops[1].start_s, place[2]


@pytest.mark.parametrize(
    ("shift_start", "lunch_end", "expected"),
    [
        (60, 180, (150, 150)),  # as late as lunch may be
        (60, 240, (156, 156)),  # just before the way to the patient
        (150, 240, (156, 165)),  # no time for the way before lunch and after it: lunch just before the service
    ],
)
def test_lunch_before_the_first_visit_is_written_at_that_patient(shift_start, lunch_end, expected, tmp_path):
    assert first_lunch(tmp_path, shift_start, lunch_end) == expected


def test_uhhc_says_what_each_component_costs(uhhc):
    plan = plan_of(uhhc, c1="p0/s0 lunch p3/s0", c2="p2/s0 p3/s1")
    components = json.loads(write_solution(uhhc, plan))["cost_components"]
    assert sum(components.values()) == plan.cost.total_cents
    assert (components["unscheduled"], components["missed_lunch_break"]) == (2000, 0)


def test_shift_too_late_for_lunch_counts_as_missed_lunch(tmp_path):
    def change(facts):
        facts["caregivers"][0]["working_shift"]["start"] = 151

    instance = care_instance(uhhc_text(change), tmp_path)
    components = json.loads(write_solution(instance, plan_of(instance, c1="p3/s0", c2="p2/s0 p0/s0 p3/s1")))
    assert components["cost_components"]["missed_lunch_break"] == 50


# Reading


def test_what_is_written_is_read_back(uhhc):
    plan = plan_of(uhhc, c1="lunch p0/s0 p3/s0 p4/s0", c2="p2/s0 p3/s1 p4/s1")
    back = judged_plan(uhhc.problem, uhhc.travel, read_draft(uhhc, write_solution(uhhc, plan)))
    assert (back.routes, back.cost) == (plan.routes, plan.cost)


def test_other_names_of_the_families_and_any_order_are_read(uhhc):
    facts = {
        "routes": [
            {
                "caregiver_id": "c1",
                "locations": [
                    {"patient_id": "p3", "service_id": "s0", "arrival_time": 195.0, "departure_time": 205},
                    {"patient": "p3", "service": "lunch_break", "start_time": 140, "end_time": 170},
                    {"patient": "p0", "service": "s0", "start_service_time": 110, "end_service_time": 130},
                ],
            },
            {"caregiver_id": "c2", "locations": []},
        ]
    }
    (route,) = read_draft(uhhc, json.dumps(facts)).routes
    assert route.worker_id == "c1"
    assert [(step.visit_id, step.break_id, step.not_before_s) for step in route.steps] == [
        ("p0/s0", None, 110),
        (None, "lunch", None),
        ("p3/s0", None, 195),
    ]


def test_services_start_no_sooner_than_the_file_says(hhcrsp):
    places = [{"patient": "p1", "service": "s1", "arrival_time": 7.123, "departure_time": 20}]
    draft = read_draft(hhcrsp, json.dumps({"routes": [{"caregiver_id": "c1", "locations": places}]}))
    plan = judged_plan(hhcrsp.problem, hhcrsp.travel, draft)
    assert plan.routes[0].visit_stops[0].start_s >= 712


def test_every_fault_of_a_solution_is_told(uhhc):
    place = {"patient": "p0", "service": "s0", "arrival_time": 110, "departure_time": 130}
    locations = [{**place, "service": 3}, {**place, "arrival_time": None}, {**place, "arrival_time": "9"}]
    assert faults_of(uhhc, {"routes": [{"caregiver_id": "c1", "locations": locations}, {"locations": []}]}) == [
        "routes[0].locations[0].service: 3 is not a text of one letter or more.",
        "routes[0].locations[1]: the key 'arrival_time' is missing.",
        "routes[0].locations[2].arrival_time: '9' is not a number from 0 to 1000000.",
        "routes[1]: the key 'caregiver_id' is missing.",
    ]


def test_names_that_the_instance_does_not_have_are_refused(uhhc):
    place = {"patient": "p0", "service": "s1", "arrival_time": 110, "departure_time": 130}
    lunch = {**place, "service": "lunch_break"}
    facts = {
        "routes": [
            {"caregiver_id": "c1", "locations": [place]},
            {"caregiver_id": "c2", "locations": [lunch]},
            {"caregiver_id": "c3", "locations": []},
        ]
    }
    assert faults_of(uhhc, facts) == [
        "routes[0].locations[0]: tiny has no service 's1' of patient 'p0'.",
        "routes[1].locations[0]: tiny has no lunch break of 'c2'.",
        "routes[2]: 'c3' is no caregiver of tiny.",
    ]


def test_text_without_routes_is_no_solution(uhhc):
    assert faults_of(uhhc, {"patients": []}) == ["solution: there are no routes."]


# Published


def is_as_published(folder, row):
    path = folder / row["family"] / f"{row['instance']}.json.gz"
    instance = read_instance(path)
    draft = read_draft(instance, read_text(folder / "solutions" / f"{row['solution_file']}.gz"))
    plan = judged_plan(instance.problem, instance.travel, draft)
    figures = {term: Decimal(plan.cost.cents_by_term.get(term, 0)) / instance.scale for term in PUBLISHED}
    return (
        plan.status is SolveStatus.COMPLETE
        and check_plan(instance.problem, instance.travel, plan) == ()
        and figures == {term: Decimal(row[column]) for term, column in PUBLISHED.items()}
        and round(plan.cost.total_cents / instance.cost_divisor, 4)
        == float(row["cost=(sum)/3"])
        == published_cost(path)
        and not validate_problem(instance.problem, instance.travel)
    )


@pytest.mark.skipif(not DATA, reason="YIZHAN_DATA does not name the folder of public benchmark data")
def test_our_judge_re_prices_every_published_hhcrsp_solution_to_its_published_cost():
    folder = Path(DATA, "hhcrsp")
    with (folder / "bks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["solution_file"]]
    assert rows
    assert [row["instance"] for row in rows if not is_as_published(folder, row)] == []
