import pytest

from optimizer.problem import Link, LinkKind
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit
from tests.rules.judging import broken_rules


def rules_with(*served, kind=LinkKind.BEFORE, together=True):
    link = Link(kind=kind, first_visit_id="v1", second_visit_id="v2", together=together)
    problem = make_problem([make_visit("v1"), make_visit("v2")], links=(link,))
    routes = [make_route("a", *served)] if served else []
    return broken_rules(problem, make_plan(problem, *routes))


@pytest.mark.parametrize(
    ("served", "expected"),
    [((), []), (("v1",), [Rule.TOGETHER]), (("v2",), [Rule.TOGETHER]), (("v1", "v2"), [])],
)
def test_both_are_served_or_neither(served, expected):
    assert rules_with(*served) == expected


def test_link_may_let_one_go():
    assert rules_with("v1", together=False) == []


@pytest.mark.parametrize("kind", LinkKind)
def test_only_links_in_time_ask_for_both(kind):
    assert rules_with("v1", kind=kind) == ([Rule.TOGETHER] if kind.is_timed else [])
