from dataclasses import replace

import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b"), make_worker("c")]


@pytest.mark.parametrize(("workers", "expected"), [("a", [Rule.VISIT_ONCE]), ("ab", []), ("abc", [Rule.VISIT_ONCE])])
def test_as_many_workers_as_the_visit_needs(workers, expected):
    problem = make_problem([make_visit(num_workers=2)], WORKERS)
    plan = make_plan(problem, *(make_route(worker_id, "v1") for worker_id in workers))
    assert broken_rules(problem, plan) == expected


def test_one_worker_does_not_count_twice():
    one, two = make_problem([make_visit()], WORKERS), make_problem([make_visit(num_workers=2)], WORKERS)
    plan = make_plan(one, make_route("a", "v1", "v1"))
    assert broken_rules(one, plan) == [Rule.VISIT_ONCE]
    assert broken_rules(two, plan) == [Rule.VISIT_ONCE]


def test_visit_not_served_is_no_matter_of_this_rule():
    problem = make_problem([make_visit(num_workers=2)], WORKERS)
    assert broken_rules(problem, replace(make_plan(problem), routes=())) == []


def test_visit_of_one_worker_given_by_two_at_different_times():
    problem = make_problem([make_visit("v1"), make_visit("v2", 5)], WORKERS)
    plan = make_plan(problem, make_route("a", "v1"), make_route("b", "v2", "v1"))
    assert broken_rules(problem, plan) == [Rule.VISIT_ONCE]
