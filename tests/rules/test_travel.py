from dataclasses import replace

import numpy as np
import pytest

from optimizer.check import check_plan
from optimizer.problem import SpeedSlice
from optimizer.rules import Rule
from tests.builders import clock, make_plan, make_problem, make_route, make_travel, make_visit, window
from tests.rules.judging import broken_rules, change_stop

PROBLEM = make_problem([make_visit("v1", 10, windows=(window("09:00"),))])
PLAN = make_plan(PROBLEM, make_route("a", "v1"))


@pytest.mark.parametrize(("departure", "expected"), [("08:49:59", []), ("08:50:00", []), ("08:50:01", [Rule.TRAVEL])])
def test_arrival_not_before_departure_plus_travel(departure, expected):
    departure_s = clock(departure)
    plan = change_stop(PLAN, 0, arrival_s=departure_s, start_s=departure_s, end_s=departure_s, departure_s=departure_s)
    assert broken_rules(PROBLEM, plan) == expected


def test_way_starts_where_the_visit_before_ends():
    home = replace(PROBLEM.visits[0], end_place=make_visit(minutes=30).place)
    problem = make_problem([home])
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == []
    assert broken_rules(problem, PLAN) == [Rule.REFERENCE, Rule.TIMES, Rule.TRAVEL]


def test_travel_depends_on_the_departure():
    slow = SpeedSlice(start_s=clock("08:00"), end_s=clock("10:00"), speed_percent=50)
    travel = replace(make_travel(PROBLEM), peaks={"walk": (slow,)})
    found = [violation.rule for violation in check_plan(PROBLEM, travel, PLAN)]
    assert found == [Rule.TIMES, Rule.TIMES, Rule.TRAVEL, Rule.TRAVEL]


def test_no_way_is_a_violation():
    travel = make_travel(PROBLEM)
    cut = np.full_like(travel.duration_s["walk"], -1)
    np.fill_diagonal(cut, 0)
    island = replace(travel, duration_s={"walk": cut})
    assert [violation.rule for violation in check_plan(PROBLEM, island, PLAN)] == [Rule.TRAVEL, Rule.TRAVEL]
