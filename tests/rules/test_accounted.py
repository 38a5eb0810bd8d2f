from dataclasses import replace

import pytest

from optimizer.plan import Unassigned
from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit
from tests.rules.judging import broken_rules

PROBLEM = make_problem([make_visit("v1"), make_visit("v2")])
PLAN = make_plan(PROBLEM, make_route("a", "v1"))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["v2"], []),
        ([], [Rule.ACCOUNTED]),
        (["v1", "v2"], [Rule.ACCOUNTED]),
        (["v2", "v2"], [Rule.ACCOUNTED]),
        (["v1"], [Rule.ACCOUNTED, Rule.ACCOUNTED]),
    ],
)
def test_every_visit_is_either_served_or_listed_once(listed, expected):
    plan = replace(PLAN, unassigned=tuple(Unassigned(visit_id=visit_id) for visit_id in listed))
    assert broken_rules(PROBLEM, plan) == expected
