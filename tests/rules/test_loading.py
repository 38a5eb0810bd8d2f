import pytest

from optimizer.rules import Rule
from tests.builders import make_meal, make_plan, make_problem, make_route, make_station
from tests.rules.judging import broken_rules


def problem_with(loading_duration_s):
    return make_problem([make_meal("m1")], stations=(make_station(loading_duration_s=loading_duration_s),))


@pytest.mark.parametrize(("needed_s", "expected"), [(299, []), (300, []), (301, [Rule.LOADING])])
def test_loading_takes_its_time(needed_s, expected):
    plan = make_plan(problem_with(300), make_route("a", "load:s1", "m1"))
    assert broken_rules(problem_with(needed_s), plan) == expected
