import pytest

from optimizer.rules import Rule
from tests.builders import MINUTE, make_meal, make_plan, make_problem, make_route, make_station
from tests.rules.judging import broken_rules

STATIONS = (make_station(loading_duration_s=5 * MINUTE),)


def rules_with(limit_s, *steps, portions=1):
    visits = [make_meal("m1", 10), make_meal("m2", 20, portions=portions, max_on_board_s=limit_s)]
    problem = make_problem(visits, stations=STATIONS)
    return broken_rules(problem, make_plan(problem, make_route("a", *steps)))


@pytest.mark.parametrize(("limit_s", "expected"), [(22 * MINUTE - 1, [Rule.TIME_ON_BOARD]), (22 * MINUTE, [])])
def test_time_on_board_runs_from_the_end_of_loading_to_the_start_of_service(limit_s, expected):
    assert rules_with(limit_s, "load:s1", "m1", "m2") == expected


def test_each_loading_starts_anew():
    assert rules_with(20 * MINUTE, "load:s1", "m1", "load:s1", "m2") == []


def test_visit_without_portions_has_nothing_on_board():
    assert rules_with(0, "load:s1", "m1", "m2", portions=0) == []
