import pytest

from optimizer.problem import Link, LinkKind
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b")]
LINK = Link(kind=LinkKind.SAME_START, first_visit_id="v1", second_visit_id="v2")


@pytest.mark.parametrize(("minutes", "expected"), [(9, [Rule.SAME_START]), (10, []), (11, [Rule.SAME_START])])
def test_linked_visits_start_at_the_same_second(minutes, expected):
    visits = [make_visit("v1", 10), make_visit("v2", minutes)]
    plan = make_plan(make_problem(visits, WORKERS), make_route("a", "v1"), make_route("b", "v2"))
    assert broken_rules(make_problem(visits, WORKERS, links=(LINK,)), plan) == expected


def test_all_workers_of_a_visit_start_together():
    together = make_problem([make_visit("v1", num_workers=2), make_visit("v2", 2)], WORKERS)
    plan = make_plan(together, make_route("a", "v1"), make_route("b", "v2", "v1"))
    assert broken_rules(together, plan) == []
    alone = make_problem([make_visit("v1"), make_visit("v2", 2)], WORKERS)
    untimed = make_plan(alone, make_route("a", "v1"), make_route("b", "v2", "v1"))
    assert broken_rules(together, untimed) == [Rule.SAME_START]


def test_link_to_a_visit_not_served_does_not_bind_starts():
    problem = make_problem([make_visit("v1"), make_visit("v2")], links=(LINK,))
    assert Rule.SAME_START not in broken_rules(problem, make_plan(problem, make_route("a", "v1")))
