import pytest

from optimizer.rules import Rule
from tests.builders import make_meal, make_plan, make_problem, make_route, make_station, window
from tests.rules.judging import broken_rules

PLAN = make_plan(make_problem([make_meal("m1")]), make_route("a", "load:s1", "m1"))
"""Loads at 08:00."""


def rules_with(*opening):
    return broken_rules(make_problem([make_meal("m1")], stations=(make_station(opening=opening),)), PLAN)


@pytest.mark.parametrize(("start", "expected"), [("07:59:59", []), ("08:00", []), ("08:00:01", [Rule.OPENING])])
def test_opening_is_inclusive(start, expected):
    assert rules_with(window(start, "12:00")) == expected


@pytest.mark.parametrize(("end", "expected"), [("07:59:59", [Rule.OPENING]), ("08:00", []), ("08:00:01", [])])
def test_closing_is_inclusive(end, expected):
    assert rules_with(window("06:00", end)) == expected


def test_any_one_of_the_opening_hours_will_do():
    assert rules_with(window("06:00", "07:00"), window("08:00", "09:00")) == []


def test_station_without_opening_hours_is_always_open():
    assert rules_with() == []
