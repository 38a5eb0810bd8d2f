import pytest

from optimizer.problem import MealType, Vehicle
from optimizer.rules import Rule
from tests.builders import make_meal, make_plan, make_problem, make_route, make_worker
from tests.rules.judging import broken_rules


def rules_with(capacities, *steps, uses=None):
    problem = make_problem(
        [make_meal("m1", portions=2), make_meal("m2", portions=3)],
        [make_worker(vehicle=Vehicle(capacities=capacities))],
        meal_types=(MealType(meal_type="lunch", uses=uses or {"portions": 1}),),
    )
    return broken_rules(problem, make_plan(problem, make_route("a", *steps)))


@pytest.mark.parametrize(("portions", "expected"), [(4, [Rule.CAPACITY]), (5, []), (6, [])])
def test_load_fits_the_vehicle(portions, expected):
    assert rules_with({"portions": portions}, "load:s1", "m1", "m2") == expected


@pytest.mark.parametrize(("portions", "expected"), [(2, [Rule.CAPACITY]), (3, [])])
def test_each_trip_fits_by_itself(portions, expected):
    assert rules_with({"portions": portions}, "load:s1", "m1", "load:s1", "m2") == expected


@pytest.mark.parametrize(("grams", "expected"), [(2499, [Rule.CAPACITY]), (2500, [])])
def test_every_named_capacity_counts(grams, expected):
    uses = {"portions": 1, "grams": 500}
    assert rules_with({"portions": 20, "grams": grams}, "load:s1", "m1", "m2", uses=uses) == expected


def test_capacity_that_the_vehicle_does_not_name_is_zero():
    assert rules_with({"grams": 20}, "load:s1", "m1", "m2") == [Rule.CAPACITY]
