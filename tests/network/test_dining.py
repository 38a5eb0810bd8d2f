"""Meals: a seat within the elder's walk or a delivery, within seats, portions, radius and money."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.assign.generalized import NOBODY
from optimizer.assign.limits import Limit, make_model
from optimizer.errors import InputError
from optimizer.network.dining import assign_meals, cheapest_choice, with_dining
from optimizer.network.meal_money import CostSharing, Shares
from optimizer.network.meal_options import DiningParams
from optimizer.problem import ElderGroup, Link, LinkKind, Vehicle
from optimizer.travel import build_travel
from optimizer.units import parse_clock
from optimizer.validate import validate_problem
from scenarios import build_scenario
from tests.builders import (
    make_elder,
    make_meal,
    make_problem,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)

NOON = DiningParams(sittings_s=(parse_clock("11:00"),))
LUNCH = window("10:30", "12:00")


def lunches(*elders, stations, visits=(), **changes):
    """A lunch for each elder; steps of the line are 500 m."""
    meals = [make_meal(f"m-{e.elder_id}", elder_id=e.elder_id, place=None, windows=(LUNCH,)) for e in elders]
    courier = make_worker(vehicle=Vehicle(capacities={"portions": 20}))
    return make_problem((*meals, *visits), [courier], elders=elders, stations=tuple(stations), **changes)


def walker(elder_id, minutes, **changes):
    return make_elder(elder_id, minutes, walking_range_m=1000, **changes)


def ways(problem, params=NOON):
    return [(meal.how, meal.station_id) for meal in assign_meals(problem, make_travel(problem), params).meals]


def test_who_can_walk_eats_there_and_the_others_are_delivered():
    elders = [walker("near", 2), walker("far", 3), make_elder("frail", 1)]
    problem = lunches(*elders, stations=[make_station(seats=9)])
    assert ways(problem) == [("dine", "s1"), ("deliver", "s1"), ("deliver", "s1")]


def test_seats_are_full_exactly_when_they_are_taken():
    elders = [walker("a", 1), walker("b", 2)]
    for seats, num in ((0, 0), (1, 1), (2, 2)):
        problem = lunches(*elders, stations=[make_station(seats=seats)])
        assert sum(how == "dine" for how, _ in ways(problem)) == num


def test_a_second_sitting_seats_as_many_again():
    problem = lunches(walker("a", 1), walker("b", 2), stations=[make_station(seats=1)])
    twice = replace(NOON, sittings_s=(parse_clock("11:00"), parse_clock("11:40")))
    assert [how for how, _ in ways(problem, twice)] == ["dine", "dine"]


def test_a_sitting_outside_the_window_seats_nobody():
    problem = lunches(walker("a", 1), stations=[make_station(seats=1)])
    assert ways(problem, replace(NOON, sittings_s=(parse_clock("12:01"),))) == [("deliver", "s1")]


def test_nobody_sits_down_before_the_meal_is_ready():
    problem = lunches(walker("a", 1), stations=[make_station(seats=1, ready="11:01")])
    assert ways(problem) == [("deliver", "s1")]


def test_the_cheaper_supplier_delivers_until_its_portions_are_gone():
    cheap = make_station("cheap", 0, portions={"lunch": 1}, portion_price_cents=1000)
    dear = make_station("dear", 0, portions={"lunch": 9}, portion_price_cents=2000)
    problem = lunches(make_elder("a", 1), make_elder("b", 1), stations=[cheap, dear])
    assert sorted(ways(problem)) == [("deliver", "cheap"), ("deliver", "dear")]


def test_a_radius_and_a_diet_rule_suppliers_out():
    near = make_station("near", 0, service_radius_m=400)
    other = make_station("other", 9, portions={"soft": 5})
    meals = [make_meal("m1", 1, elder_id="a", place=None, windows=(LUNCH,))]
    problem = make_problem(meals, elders=(make_elder("a", 1),), stations=(near, other))
    problem = replace(problem, meal_types=(*problem.meal_types, replace(problem.meal_types[0], meal_type="soft")))
    found = assign_meals(problem, make_travel(problem), NOON)
    assert found.meals[0].how == "none"
    assert "outside every other" in found.meals[0].why_not


def test_who_is_visited_in_connection_with_the_meal_has_it_at_home():
    check = make_visit("check", 1, elder_id="a", place=None)
    link = Link(kind=LinkKind.GAP, first_visit_id="m-a", second_visit_id="check", min_gap_s=600)
    problem = lunches(walker("a", 1), stations=[make_station(seats=1)], visits=[check], links=(link,))
    assert ways(problem) == [("deliver", "s1")]


def test_government_and_village_pay_first_and_the_elder_the_rest():
    sharing = CostSharing(government_cents=100, village_cents=300)
    assert sharing.shares(make_elder(), 2000) == Shares(100, 300, 1600)
    assert sharing.shares(make_elder(groups=(ElderGroup.DESTITUTE, ElderGroup.AGED_80_PLUS)), 1000) == (900, 100, 0)


def test_what_an_elder_cannot_pay_is_not_offered():
    dear = make_station("dear", 0, portion_price_cents=3000)
    elder = make_elder("poor", 1, groups=(ElderGroup.DESTITUTE,))
    sharing = CostSharing(most_elder_cents_by_group={ElderGroup.DESTITUTE: 500})
    assert ways(lunches(elder, stations=[dear]), replace(NOON, sharing=sharing)) == [("none", None)]


def test_a_budget_is_kept_and_spent_on_the_most_urgent():
    elders = [make_elder("a", 1), make_elder("b", 1)]
    problem = lunches(*elders, stations=[make_station(portion_price_cents=1000)])
    problem = replace(problem, visits=(problem.visits[0], replace(problem.visits[1], priority=3)))
    params = replace(NOON, budget_cents=150, sharing=CostSharing(government_cents=100))
    assert ways(problem, params) == [("none", None), ("deliver", "s1")]


def test_deciding_leaves_a_sound_problem_without_those_who_dine():
    problem = lunches(walker("near", 2), make_elder("frail", 1), stations=[make_station(seats=9)])
    decided = with_dining(problem, assign_meals(problem, make_travel(problem), NOON))
    assert [(visit.visit_id, visit.station_ids) for visit in decided.visits] == [("m-frail", ("s1",))]


@pytest.mark.parametrize("name", ["xicheng-day", "miyun-kitchen"])
def test_a_scenario_is_decided_within_a_ten_thousandth_and_stays_sound(name):
    scenario = build_scenario(name)
    travel = build_travel(scenario.problem, streets=scenario.streets)
    found = assign_meals(scenario.problem, travel)
    assert found.num("none") == 0
    assert found.num("dine") > 50
    assert found.gap_share <= 1e-4
    decided = with_dining(scenario.problem, found)
    assert [issue for issue in validate_problem(decided) if issue.severity == "error"] == []
    runs = [visit for visit in decided.visits if visit.delivers_to_station_id is not None]
    before = [visit for visit in scenario.problem.visits if visit.delivers_to_station_id is not None]
    assert sum(sum(run.demand.values()) for run in runs) == sum(sum(run.demand.values()) for run in before)


homes = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(homes, st.integers(0, 3), st.integers(0, 4))
def test_as_many_are_served_as_there_are_portions_and_seats_never_cost_more(homes, seats, portions):
    elders = [walker(f"e{i}", at) if can else make_elder(f"e{i}", at) for i, (at, can) in enumerate(homes)]
    worths = []
    for num_seats in (0, seats, seats + 1):
        problem = lunches(*elders, stations=[make_station(seats=num_seats, portions={"lunch": portions})])
        found = assign_meals(problem, make_travel(problem), NOON)
        assert found.num("none") == max(0, len(homes) - portions)
        worths.append(found.worth_cents)
    assert worths == sorted(worths, reverse=True)


@st.composite
def assignments(draw):
    num_items = draw(st.integers(1, 4))
    options = [(item, draw(st.integers(0, 30))) for item in range(num_items) for _ in range(draw(st.integers(0, 2)))]
    limits = [
        Limit(
            uses={number: draw(st.integers(0, 3)) for number in range(len(options))},
            capacity=draw(st.integers(0, 6)),
            excess_cost=draw(st.integers(0, 4)),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    return make_model(options, [draw(st.integers(0, 50)) for _ in range(num_items)], limits)


@settings(max_examples=100, deadline=None)
@given(assignments())
def test_cheapest_choice_is_that_of_trying_everything(model):
    choice, bound = cheapest_choice(model)
    assert is_kept(model, np.array(choice))
    tried = product(*([NOBODY, *model.options_of(item)] for item in range(model.num_items)))
    least = min(model.cost_of(np.array(each)) for each in tried if is_kept(model, np.array(each)))
    assert bound <= least
    assert model.cost_of(np.array(choice)) == pytest.approx(least, rel=1e-4)


def is_kept(model, choice):
    return bool((model.used(choice) <= model.capacity)[model.excess_cost == 0].all())


def test_a_problem_without_meals_is_refused():
    problem = make_problem([make_visit()])
    with pytest.raises(InputError, match="nobody has a meal"):
        assign_meals(problem, make_travel(problem))
