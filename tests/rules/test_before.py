import pytest

from optimizer.problem import Link, LinkKind
from optimizer.rules import Rule
from tests.builders import MINUTE, make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b"), make_worker("c", duration_percent=200)]
LINK = Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2")


@pytest.mark.parametrize(("duration_s", "expected"), [(599, []), (600, []), (601, [Rule.BEFORE])])
def test_second_starts_when_the_first_has_ended(duration_s, expected):
    visits = [make_visit("v1", 10, service_duration_s=duration_s), make_visit("v2", 20)]
    plan = make_plan(make_problem(visits, WORKERS), make_route("a", "v1"), make_route("b", "v2"))
    assert broken_rules(make_problem(visits, WORKERS, links=(LINK,)), plan) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(29, [Rule.BEFORE]), (30, [])])
def test_first_has_ended_when_its_slowest_worker_has(minutes, expected):
    visits = [make_visit("v1", 10, num_workers=2, service_duration_s=10 * MINUTE), make_visit("v2", minutes)]
    routes = make_route("a", "v1"), make_route("c", "v1"), make_route("b", "v2")
    plan = make_plan(make_problem(visits, WORKERS), *routes)
    assert broken_rules(make_problem(visits, WORKERS, links=(LINK,)), plan) == expected
