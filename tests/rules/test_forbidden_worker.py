import pytest

from optimizer.rules import Rule
from tests.builders import make_elder, make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules


@pytest.mark.parametrize(("refused", "expected"), [(("a", "b"), [Rule.FORBIDDEN_WORKER]), (("b",), []), ((), [])])
def test_elder_gets_nobody_they_refuse(refused, expected):
    problem = make_problem(
        [make_visit(elder_id="e1")],
        [make_worker("a"), make_worker("b")],
        elders=(make_elder(forbidden_worker_ids=refused),),
    )
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == expected
