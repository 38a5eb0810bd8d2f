"""A message has the value, the law and the cure, and the violation says where."""

from dataclasses import replace

import pytest

from optimizer.check import check_plan
from optimizer.problem import Break, Link, LinkKind
from optimizer.rules import RULES, CostTerm
from tests.builders import (
    at,
    clock,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.rules.judging import change_stop

REST = Break(break_id="tea", start_s=clock("08:00"), end_s=clock("12:00"), duration_s=600)
PROBLEM = make_problem([make_meal("m1", 10), make_visit("v1", 20)], [make_worker(shifts=(make_shift(breaks=(REST,)),))])
PLAN = make_plan(PROBLEM, make_route("a", "load:s1", "m1", "v1", "break:tea"))


def only_violation(problem, plan):
    (found,) = check_plan(problem, make_travel(problem), plan)
    assert found.message.endswith(RULES[found.rule].hint)
    return found


def test_visit_outside_its_windows():
    tight = (window("06:00", "07:00"), window("07:30", "08:09"))
    problem = make_problem([make_visit("v1", 10, windows=tight)])
    found = only_violation(problem, make_plan(problem, make_route("a", "v1")))
    assert found.message == (
        "visit 'v1' starts at 08:10, outside 06:00-07:00, 07:30-08:09. Widen the window, or move the visit."
    )
    assert (found.worker_id, found.shift_id, found.visit_id, found.station_id) == ("a", "day", "v1", None)


@pytest.mark.parametrize(
    ("position", "name"),
    [
        (0, "start of shift 'day'"),
        (1, "loading at station 's1'"),
        (2, "visit 'm1'"),
        (4, "break 'tea'"),
        (5, "end of shift 'day'"),
    ],
)
def test_stop_goes_by_its_name(position, name):
    found = only_violation(PROBLEM, change_stop(PLAN, position, place=at(1)))
    assert found.message.startswith(f"{name} is printed at lon 116.001, lat 40.0 to ")


def test_arrival_too_soon_names_the_earliest_one():
    stop = PLAN.routes[0].stops[2]
    early = change_stop(PLAN, 2, arrival_s=stop.arrival_s - 60, wait_duration_s=60)
    assert only_violation(PROBLEM, early).message.startswith(
        "visit 'm1' is reached at 08:09, but by 'walk' not before 08:10."
    )


def test_shortage_is_placed_at_the_station():
    problem = replace(PROBLEM, stations=(make_station(waves=()),))
    found = only_violation(problem, PLAN)
    assert found.message.startswith(
        "by 08:00 station 's1' has handed out more 'lunch' portions (1) than have come in (0)."
    )
    assert found.station_id == "s1"


def test_link_is_placed_at_its_second_visit():
    link = Link(kind=LinkKind.GAP, first_visit_id="m1", second_visit_id="v1", max_gap_s=60)
    found = only_violation(replace(PROBLEM, links=(link,)), PLAN)
    assert found.message.startswith("visits 'm1' and 'v1' start 720 s apart; allowed are at least 0 s, at most 60 s.")
    assert found.visit_id == "v1"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (CostTerm.VISITS, "visits must be zero, but is 2 (visit)."),
        (CostTerm.DISTANCE, "distance must be zero, but is 20000 m."),
        (CostTerm.TRAVEL_TIME, "travel-time must be zero, but is 2400 s."),
    ],
)
def test_hard_term_names_its_quantity(term, text):
    assert f"the hard term {text}" in only_violation(replace(PROBLEM, hard_terms=(term,)), PLAN).message
