import pytest

from optimizer.problem import MealType
from optimizer.rules import Rule
from tests.builders import make_meal, make_plan, make_problem, make_route, make_station
from tests.rules.judging import broken_rules, change_stop

PROBLEM = make_problem([make_meal("m1", portions=2), make_meal("m2", portions=3)])


@pytest.mark.parametrize(("loaded", "expected"), [(4, [Rule.LOADED]), (5, []), (6, [])])
def test_trip_loads_what_it_hands_over(loaded, expected):
    plan = make_plan(PROBLEM, make_route("a", "load:s1", "m1", "m2"))
    assert broken_rules(PROBLEM, change_stop(plan, 1, load={"lunch": loaded})) == expected


def test_leftovers_do_not_pass_to_the_next_trip():
    plan = make_plan(PROBLEM, make_route("a", "load:s1", "m1", "load:s1", "m2"))
    assert broken_rules(PROBLEM, plan) == []
    hoarding = change_stop(change_stop(plan, 1, load={"lunch": 5}), 3, load={"lunch": 2})
    assert broken_rules(PROBLEM, hoarding) == [Rule.LOADED]


def test_meal_types_do_not_stand_in_for_each_other():
    problem = make_problem(
        [make_meal("m1", demand={"lunch": 1, "soup": 1})],
        meal_types=(MealType(meal_type="lunch"), MealType(meal_type="soup")),
        stations=(make_station(portions={"lunch": 9, "soup": 9}),),
    )
    plan = make_plan(problem, make_route("a", "load:s1", "m1"))
    assert broken_rules(problem, plan) == []
    assert broken_rules(problem, change_stop(plan, 1, load={"lunch": 2})) == [Rule.LOADED]


def test_nothing_is_handed_over_before_the_first_loading():
    assert broken_rules(PROBLEM, make_plan(PROBLEM, make_route("a", "m1", "load:s1", "m2"))) == [Rule.LOADED]


def test_empty_demand_needs_no_loading():
    problem = make_problem([make_meal("m1", portions=0)])
    assert broken_rules(problem, make_plan(problem, make_route("a", "m1"))) == []
