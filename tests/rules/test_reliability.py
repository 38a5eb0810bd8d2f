import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules


@pytest.mark.parametrize(("share", "expected"), [(0.94, [Rule.RELIABILITY]), (0.95, []), (0.96, [])])
def test_worker_is_as_reliable_as_the_visit_demands(share, expected):
    problem = make_problem([make_visit(min_reliability_share=0.95)], [make_worker(reliability_share=share)])
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == expected
