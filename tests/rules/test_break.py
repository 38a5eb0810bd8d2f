from dataclasses import replace

import pytest

from optimizer.problem import Break
from optimizer.rules import Rule
from tests.builders import MINUTE, at, clock, make_plan, make_problem, make_route, make_shift, make_visit, make_worker
from tests.rules.judging import broken_rules, change_stop

TEA = Break(break_id="tea", start_s=clock("08:20"), end_s=clock("08:20"), duration_s=15 * MINUTE)


def problem_with(**changes):
    worker = make_worker(shifts=(make_shift(breaks=(replace(TEA, **changes),)),))
    return make_problem([make_visit("v1", 10)], [worker])


PLAN = make_plan(problem_with(), make_route("a", "v1", "break:tea"))
"""Tea from 08:20 to 08:35 where the visit was."""


@pytest.mark.parametrize(("start", "expected"), [("08:19:59", []), ("08:20", []), ("08:20:01", [Rule.BREAK])])
def test_earliest_start_is_inclusive(start, expected):
    assert broken_rules(problem_with(start_s=clock(start), end_s=clock("09:00")), PLAN) == expected


@pytest.mark.parametrize(("end", "expected"), [("08:19:59", [Rule.BREAK]), ("08:20", []), ("08:20:01", [])])
def test_latest_start_is_inclusive(end, expected):
    assert broken_rules(problem_with(start_s=clock("08:00"), end_s=clock(end)), PLAN) == expected


@pytest.mark.parametrize(("duration_s", "expected"), [(899, []), (900, []), (901, [Rule.BREAK])])
def test_break_lasts_its_full_length(duration_s, expected):
    assert broken_rules(problem_with(duration_s=duration_s), PLAN) == expected


@pytest.mark.parametrize(("mandatory", "expected"), [(True, [Rule.BREAK]), (False, [])])
def test_only_mandatory_breaks_must_be_taken(mandatory, expected):
    problem = problem_with(mandatory=mandatory)
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == expected


def test_shift_without_a_visit_needs_no_break():
    problem = problem_with()
    stops = make_plan(problem, make_route("a", "v1")).routes[0].stops
    home = replace(stops[-1], travel_duration_s=0, travel_distance_m=0)
    idle = replace(PLAN.routes[0], stops=(stops[0], home))
    assert broken_rules(replace(problem, visits=()), replace(PLAN, routes=(idle,))) == []


def test_break_is_taken_at_most_once():
    problem = problem_with(end_s=clock("09:00"))
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1", "break:tea", "break:tea"))) == [Rule.BREAK]


def test_break_without_a_place_is_wherever_the_worker_is():
    assert PLAN.routes[0].stops[2].place == at(10)
    moved = change_stop(PLAN, 2, place=at(0), end_place=at(0))
    assert broken_rules(problem_with(), moved) == [Rule.BREAK]


def test_break_with_a_place_is_taken_there():
    problem = problem_with(place=at(12), end_s=clock("08:22"))
    plan = make_plan(problem, make_route("a", "v1", "break:tea"))
    assert plan.routes[0].stops[2].start_s == clock("08:22")
    assert broken_rules(problem, plan) == []
    assert broken_rules(problem, change_stop(plan, 2, place=at(10))) == [Rule.BREAK]
