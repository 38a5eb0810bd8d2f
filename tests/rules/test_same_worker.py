import pytest

from optimizer.problem import Link, LinkKind
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b"), make_worker("c")]
LINK = Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2")


@pytest.mark.parametrize(("second", "expected"), [("a", []), ("b", []), ("c", [Rule.SAME_WORKER])])
def test_visits_share_a_worker(second, expected):
    problem = make_problem([make_visit("v1", num_workers=2), make_visit("v2")], WORKERS, links=(LINK,))
    steps = {"a": ["v1"], "b": ["v1"], "c": []}
    steps[second].append("v2")
    plan = make_plan(problem, *(make_route(worker_id, *visit_ids) for worker_id, visit_ids in steps.items()))
    assert broken_rules(problem, plan) == expected


def test_link_binds_only_visits_that_are_both_served():
    problem = make_problem([make_visit("v1"), make_visit("v2")], WORKERS, links=(LINK,))
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == []
