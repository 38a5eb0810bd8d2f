import pytest

from optimizer.problem import Link, LinkKind
from optimizer.rules import Rule
from tests.builders import MINUTE, make_plan, make_problem, make_route, make_visit
from tests.rules.judging import broken_rules

VISITS = [make_visit("v1", 10), make_visit("v2", 20)]
PLAN = make_plan(make_problem(VISITS), make_route("a", "v1", "v2"))
"""Starts at 08:10 and 08:30: twenty minutes apart."""
GAP_S = 20 * MINUTE


def rules_with(**changes):
    link = Link(**{"kind": LinkKind.GAP, "first_visit_id": "v1", "second_visit_id": "v2", **changes})
    return broken_rules(make_problem(VISITS, links=(link,)), PLAN)


@pytest.mark.parametrize(("min_gap_s", "expected"), [(GAP_S - 1, []), (GAP_S, []), (GAP_S + 1, [Rule.GAP])])
def test_minimum_is_inclusive(min_gap_s, expected):
    assert rules_with(min_gap_s=min_gap_s) == expected


@pytest.mark.parametrize(("max_gap_s", "expected"), [(GAP_S - 1, [Rule.GAP]), (GAP_S, []), (GAP_S + 1, [])])
def test_maximum_is_inclusive(max_gap_s, expected):
    assert rules_with(max_gap_s=max_gap_s) == expected


def test_gap_is_counted_from_the_first_to_the_second():
    assert rules_with(first_visit_id="v2", second_visit_id="v1") == [Rule.GAP]


@pytest.mark.parametrize(("min_gap_s", "expected"), [(-GAP_S - 1, []), (-GAP_S, []), (-GAP_S + 1, [Rule.GAP])])
def test_minimum_below_zero_lets_the_second_start_first(min_gap_s, expected):
    assert rules_with(first_visit_id="v2", second_visit_id="v1", min_gap_s=min_gap_s) == expected
