from dataclasses import replace

import pytest

from optimizer.rules import Rule
from tests.builders import at, make_plan, make_problem, make_route, make_shift, make_visit, make_worker
from tests.rules.judging import broken_rules, change_route, change_stop

VISITS = [make_visit("v1", 10)]
PLAN = make_plan(make_problem(VISITS), make_route("a", "v1"))
"""Leaves at 08:00, is back at 08:30."""


def with_shift(**changes):
    return make_problem(VISITS, [make_worker(shifts=(make_shift(**changes),))])


@pytest.mark.parametrize(("start", "expected"), [("07:59:59", []), ("08:00", []), ("08:00:01", [Rule.SHIFT])])
def test_route_leaves_not_before_its_shift_starts(start, expected):
    assert broken_rules(with_shift(start=start), PLAN) == expected


@pytest.mark.parametrize(("end", "expected"), [("08:29:59", [Rule.SHIFT]), ("08:30", []), ("08:30:01", [])])
def test_route_returns_not_after_its_shift_ends(end, expected):
    assert broken_rules(with_shift(end=end), PLAN) == expected


@pytest.mark.parametrize("position", [0, 2])
def test_start_and_end_stop_are_at_the_shifts_places(position):
    assert broken_rules(make_problem(VISITS), change_stop(PLAN, position, place=at(10))) == [Rule.SHIFT]


def test_shift_without_places_begins_and_ends_at_its_first_and_last_stop():
    problem = with_shift(start_place=None, end_place=None)
    plan = make_plan(problem, make_route("a", "v1"))
    assert plan.routes[0].stops[0].place == at(10)
    assert broken_rules(problem, plan) == []
    assert broken_rules(problem, change_stop(plan, 2, place=at(0), end_place=at(0))) == [Rule.SHIFT]


def test_shift_has_at_most_one_route():
    problem = make_problem([make_visit("v1"), make_visit("v2")])
    one, two = make_plan(problem, make_route("a", "v1")), make_plan(problem, make_route("a", "v2"))
    both = replace(one, routes=one.routes + two.routes, unassigned=())
    assert broken_rules(problem, both) == [Rule.SHIFT]


def test_two_shifts_of_one_worker_have_a_route_each():
    shifts = (make_shift("08:00", "12:00", "am"), make_shift("13:00", "18:00", "pm"))
    problem = make_problem([make_visit("v1"), make_visit("v2")], [make_worker(shifts=shifts)])
    plan = make_plan(problem, make_route("a", "v1", shift_id="am"), make_route("a", "v2", shift_id="pm"))
    assert broken_rules(problem, plan) == []
    assert broken_rules(problem, change_route(plan, 1, shift_id="am")) == [Rule.SHIFT, Rule.SHIFT]
