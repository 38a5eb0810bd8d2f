import pytest

from optimizer.rules import Rule
from tests.builders import make_plan, make_problem, make_route, make_visit, make_worker
from tests.rules.judging import broken_rules


@pytest.mark.parametrize(("level", "expected"), [(1, [Rule.SKILL]), (2, []), (3, [])])
def test_level_is_at_least_the_one_needed(level, expected):
    problem = make_problem([make_visit(skills={"bath": 2})], [make_worker(skills={"bath": level})])
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == expected


def test_every_missing_skill_is_reported():
    problem = make_problem([make_visit(skills={"bath": 1, "lift": 1})])
    assert broken_rules(problem, make_plan(problem, make_route("a", "v1"))) == [Rule.SKILL, Rule.SKILL]
