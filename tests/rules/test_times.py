from dataclasses import replace

import pytest

from optimizer.plan import Plan
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, window
from tests.rules.judging import broken_rules, change_route, change_stop

PROBLEM = make_problem([make_visit("v1", 10), make_visit("v2", 20, windows=(window("08:00", "18:00"),))])
PLAN = make_plan(PROBLEM, make_route("a", "v1", "v2"))


def shift_field(plan: Plan, position: int, **change_s: int) -> Plan:
    """`plan` with some times of a stop moved by so many seconds."""
    stop = plan.routes[0].stops[position]
    return change_stop(plan, position, **{name: getattr(stop, name) + by_s for name, by_s in change_s.items()})


def test_sound_plan():
    assert broken_rules(PROBLEM, PLAN) == []


def test_start_not_before_arrival():
    plan = shift_field(PLAN, 1, arrival_s=1, wait_duration_s=-1)
    assert broken_rules(PROBLEM, plan) == [Rule.TIMES]


def test_end_not_before_start():
    problem = make_problem([make_visit("v1", 10, service_duration_s=0)])
    plan = make_plan(problem, make_route("a", "v1"))
    assert broken_rules(problem, plan) == []
    assert broken_rules(problem, shift_field(plan, 1, end_s=-1)) == [Rule.TIMES, Rule.SERVICE_DURATION]


def test_departure_not_before_end():
    assert broken_rules(PROBLEM, shift_field(PLAN, 1, departure_s=-1)) == [Rule.TIMES]


@pytest.mark.parametrize("change_s", [-1, 1])
@pytest.mark.parametrize("field", ["travel_duration_s", "travel_distance_m", "wait_duration_s"])
def test_printed_way_and_wait_are_the_derived_ones(field, change_s):
    assert broken_rules(PROBLEM, shift_field(PLAN, 2, **{field: change_s})) == [Rule.TIMES]


def test_route_begins_with_a_start_and_ends_with_an_end():
    stops = PLAN.routes[0].stops
    assert broken_rules(PROBLEM, change_route(PLAN, stops=(*stops[:-1],))) == [Rule.TIMES]
    without_start = change_route(PLAN, stops=(replace(stops[1], travel_duration_s=0, travel_distance_m=0), *stops[2:]))
    assert broken_rules(PROBLEM, without_start) == [Rule.TIMES]


def test_no_end_in_the_middle_of_a_route():
    stops = PLAN.routes[0].stops
    last = stops[-1]
    extra = replace(last, travel_duration_s=0, travel_distance_m=0)
    assert broken_rules(PROBLEM, change_route(PLAN, stops=(*stops, extra))) == [Rule.TIMES]


def test_route_without_stops_is_reported_and_nothing_else():
    problem = make_problem()
    plan = change_route(PLAN, stops=())
    assert broken_rules(problem, plan) == [Rule.TIMES]
