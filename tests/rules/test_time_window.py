import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, window
from tests.rules.judging import broken_rules

PLAN = make_plan(make_problem([make_visit(minutes=10)]), make_route("a", "v1"))
"""Starts at 08:10."""


@pytest.mark.parametrize(("end", "expected"), [("08:09:59", [Rule.TIME_WINDOW]), ("08:10", []), ("08:10:01", [])])
def test_window_end_is_inclusive(end, expected):
    assert broken_rules(make_problem([make_visit(windows=(window("08:00", end),))]), PLAN) == expected


@pytest.mark.parametrize(("start", "expected"), [("08:09:59", []), ("08:10", []), ("08:10:01", [Rule.TIME_WINDOW])])
def test_window_start_is_inclusive(start, expected):
    assert broken_rules(make_problem([make_visit(windows=(window(start),))]), PLAN) == expected


@pytest.mark.parametrize(("second", "expected"), [("08:10", []), ("08:11", [Rule.TIME_WINDOW])])
def test_any_one_of_the_windows_will_do(second, expected):
    visit = make_visit(windows=(window("06:00", "07:00"), window(second, "09:00")))
    assert broken_rules(make_problem([visit]), PLAN) == expected
