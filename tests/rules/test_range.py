import pytest

from optimizer.problem import Vehicle
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules


@pytest.mark.parametrize(("max_distance_m", "expected"), [(9_999, [Rule.RANGE]), (10_000, []), (10_001, [])])
def test_there_and_back_is_within_the_range(max_distance_m, expected):
    problem = make_problem([make_visit("v1", 10)], [make_worker(vehicle=Vehicle(max_distance_m=max_distance_m))])
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == expected
