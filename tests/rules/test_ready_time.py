import pytest

from optimizer.rules import Rule
from tests.builders import clock, make_meal, make_plan, make_problem, make_route
from tests.rules.judging import broken_rules

PLAN = make_plan(make_problem([make_meal("m1"), make_meal("m2")]), make_route("a", "load:s1", "m1", "m2"))
"""Loads at 08:00."""


@pytest.mark.parametrize(("ready", "expected"), [("07:59:59", []), ("08:00", []), ("08:00:01", [Rule.READY_TIME])])
def test_trip_is_loaded_when_its_goods_are_ready(ready, expected):
    problem = make_problem([make_meal("m1"), make_meal("m2", ready_s=clock(ready))])
    assert broken_rules(problem, PLAN) == expected


def test_visit_without_portions_has_no_goods_to_wait_for():
    problem = make_problem([make_meal("m1"), make_meal("m2", portions=0, ready_s=clock("12:00"))])
    assert broken_rules(problem, PLAN) == []


def test_trips_wait_each_for_their_own_goods():
    problem = make_problem([make_meal("m1"), make_meal("m2", ready_s=clock("09:00"))])
    assert broken_rules(problem, make_plan(problem, make_route("a", "load:s1", "m1", "load:s1", "m2"))) == []
