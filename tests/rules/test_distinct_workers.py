import pytest

from optimizer.rules import Rule
from tests.builders import make_elder, make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b")]
VISITS = [make_visit("v1", elder_id="e1"), make_visit("v2", elder_id="e1")]


def rules_with(visits=VISITS, **elder):
    problem = make_problem(visits, WORKERS, elders=(make_elder(**elder),))
    return broken_rules(problem, make_plan(problem, make_route("a", "v1"), make_route("b", "v2")))


@pytest.mark.parametrize(
    ("most", "expected"), [(0, [Rule.DISTINCT_WORKERS]), (1, [Rule.DISTINCT_WORKERS]), (2, []), (3, []), (None, [])]
)
def test_new_workers_are_limited(most, expected):
    assert rules_with(max_distinct_workers=most) == expected


@pytest.mark.parametrize(("most", "expected"), [(2, [Rule.DISTINCT_WORKERS]), (3, [])])
def test_history_counts_even_of_workers_who_do_not_come(most, expected):
    assert rules_with(max_distinct_workers=most, worker_history={"a": 5, "c": 1}) == expected


def test_known_workers_may_come_although_the_limit_is_long_passed():
    assert rules_with(max_distinct_workers=1, worker_history={"a": 5, "b": 2, "c": 1}) == []


def test_history_of_no_visit_does_not_make_known():
    assert rules_with(max_distinct_workers=1, worker_history={"a": 1, "b": 0}) == [Rule.DISTINCT_WORKERS]


def test_visits_that_do_not_count_for_continuity_are_free():
    handover = make_visit("v2", elder_id="e1", counts_for_continuity=False)
    assert rules_with([VISITS[0], handover], max_distinct_workers=1) == []
