import pytest

from optimizer.params import CostWeights
from optimizer.rules import CostTerm, Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, window
from tests.rules.judging import broken_rules


def rules_with(soft_end, *hard_terms, weights=CostWeights()):
    visit = make_visit(minutes=10, windows=(window(soft_end_s=soft_end),))
    problem = make_problem([visit], hard_terms=hard_terms, weights=weights)
    return broken_rules(problem, make_plan(problem, make_route("a", "v1")))


SERVED_S = 8 * 3600 + 600


@pytest.mark.parametrize(
    ("soft_end_s", "expected"), [(SERVED_S - 1, [Rule.HARD_TERM]), (SERVED_S, []), (SERVED_S + 1, [])]
)
def test_hard_term_is_zero(soft_end_s, expected):
    assert rules_with(soft_end_s, CostTerm.LATENESS) == expected


def test_term_not_declared_hard_may_be_anything():
    assert rules_with(SERVED_S - 1, CostTerm.EARLINESS) == []


def test_term_without_a_price_can_be_hard():
    weights = CostWeights(lateness_cents_per_hour=0)
    assert rules_with(SERVED_S - 1, CostTerm.LATENESS, weights=weights) == [Rule.HARD_TERM]


def test_every_broken_term_is_reported():
    assert rules_with(SERVED_S - 1, CostTerm.LATENESS, CostTerm.HIGHEST_LATENESS) == [Rule.HARD_TERM, Rule.HARD_TERM]
