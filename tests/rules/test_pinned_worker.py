import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b"), make_worker("c")]


@pytest.mark.parametrize(
    ("pinned", "serving", "expected"),
    [
        ("a", "a", []),
        ("a", "b", [Rule.PINNED_WORKER]),
        ("ab", "b", []),
        ("a", "ab", []),
        ("a", "bc", [Rule.PINNED_WORKER]),
        ("ab", "ab", []),
        ("ab", "bc", [Rule.PINNED_WORKER]),
        ("abc", "bc", []),
    ],
)
def test_pinned_workers_serve_and_others_only_fill_up(pinned, serving, expected):
    problem = make_problem([make_visit(num_workers=len(serving), pinned_worker_ids=tuple(pinned))], WORKERS)
    plan = make_plan(problem, *(make_route(worker_id, "v1") for worker_id in serving))
    assert broken_rules(problem, plan) == expected
