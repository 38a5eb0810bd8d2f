import pytest

from optimizer.rules import Rule
from tests.builders import clock, make_plan, make_problem, make_route, make_visit
from tests.rules.judging import broken_rules

PLAN = make_plan(make_problem([make_visit(minutes=10)]), make_route("a", "v1"))
"""Starts at 08:10."""


@pytest.mark.parametrize(
    ("pin", "expected"), [("08:09:59", [Rule.PINNED_START]), ("08:10", []), ("08:10:01", [Rule.PINNED_START])]
)
def test_visit_starts_at_the_pinned_second(pin, expected):
    assert broken_rules(make_problem([make_visit(minutes=10, pinned_start_s=clock(pin))]), PLAN) == expected
