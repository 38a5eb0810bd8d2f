from pathlib import Path

import pytest

from optimizer.check import CHECKS
from optimizer.cost import CHARGES
from optimizer.rules import COST_TERMS, RULES, CostTerm, Rule
from tests import test_cost


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_sentence_a_check_and_a_test_file(rule):
    name = rule.value.replace("-", "_")
    assert rule in RULES
    assert CHECKS[rule].__name__ == f"check_{name}"
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("term", CostTerm)
def test_every_cost_term_has_a_sentence_a_charge_and_a_test(term):
    name = term.value.replace("-", "_")
    assert term in COST_TERMS
    assert CHARGES[term].__name__ == f"_{name}"
    assert any(test.startswith(f"test_{name}_") for test in vars(test_cost))


def test_checks_and_charges_are_in_the_order_of_their_names():
    assert list(CHECKS) == list(Rule)
    assert list(CHARGES) == list(CostTerm)
