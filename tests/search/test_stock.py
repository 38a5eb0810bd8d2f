"""Which station supplies whom, from when on and at what price."""

import pytest

from optimizer.plan import Source
from optimizer.problem import MealType, SupplyWave, Vehicle
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S, HARD_CENTS
from optimizer.search.stock import ample_ready_s, loads_of, ready_of, supply_cents_of
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens
from tests.builders import clock, make_meal, make_problem, make_station, make_travel, make_visit, make_worker

EARLY, LATE = clock("08:00"), clock("10:00")


def waves(*portions):
    """Waves of lunches, the first one early and the second one late."""
    moments = zip(("w1", "w2"), (EARLY, LATE), portions, strict=False)
    return tuple(SupplyWave(wave_id=name, ready_s=at_s, portions={"lunch": count}) for name, at_s, count in moments)


def ready(visits, stations, sources=None):
    problem = make_problem(visits, stations=stations)
    return ready_of(problem, make_travel(problem), sources or {}, Tokens(problem)).tolist()


@pytest.mark.parametrize(("portions", "ready_s"), [((5, 5), EARLY), ((4, 1), LATE), ((4,), None)])
def test_a_station_is_ample_once_its_waves_hold_what_all_visits_ask_for(portions, ready_s):
    visits = [make_meal("m1", portions=2), make_meal("m2", portions=3)]
    problem = make_problem(visits, stations=(make_station(waves=waves(*portions)),))
    assert ample_ready_s(problem)["s1"].get("lunch") == ready_s


def test_only_a_decided_source_supplies_from_a_station_that_is_short():
    stations = (make_station("s1", waves=waves(1)), make_station("s2", waves=waves(9, 9)))
    sources = {"m2": Source(station_id="s1", ready_s=LATE)}
    assert ready([make_meal("m1"), make_meal("m2")], stations, sources) == [[FAR_S, EARLY], [LATE, EARLY]]


def test_goods_are_not_ready_before_the_visit_says_so():
    assert ready([make_meal(ready_s=LATE)], (make_station(waves=waves(9)),)) == [[LATE]]


@pytest.mark.parametrize(("minutes", "is_supplied"), [(4, True), (4.1, False)])
def test_a_station_supplies_up_to_its_radius(minutes, is_supplied):
    (row,) = ready([make_meal("m1", minutes)], (make_station(service_radius_m=2000),))
    assert (row[0] < FAR_S) is is_supplied


def test_a_visit_is_supplied_by_the_stations_it_names():
    (row,) = ready([make_meal(station_ids=("s2",))], (make_station("s1"), make_station("s2")))
    assert [ready_s < FAR_S for ready_s in row] == [False, True]


def test_care_is_supplied_by_nobody_and_costs_no_portions():
    problem = make_problem([make_visit(), make_meal(portions=3)], stations=(make_station(portion_price_cents=500),))
    assert ready(problem.visits, problem.stations)[0] == [FAR_S]
    assert supply_cents_of(problem, Tokens(problem), Tariff.of(problem)).tolist() == [[0], [1500]]


def test_every_portion_has_the_hard_price_where_meals_must_be_free():
    problem = make_problem([make_meal(portions=2)], hard_terms=(CostTerm.MEALS,))
    assert supply_cents_of(problem, Tokens(problem), Tariff.of(problem)).tolist() == [[2 * HARD_CENTS]]


def test_loads_are_counted_in_the_capacities_that_visits_use():
    lunch = MealType(meal_type="lunch", uses={"portions": 1, "boxes": 2})
    workers = [make_worker("a"), make_worker("b", vehicle=Vehicle(capacities={"boxes": 9, "seats": 1}))]
    problem = make_problem([make_visit(), make_meal(portions=3)], workers, meal_types=(lunch,))
    demand, capacity = loads_of(problem, Tokens(problem))
    assert demand.tolist() == [[0, 0], [6, 3]]
    assert capacity.tolist() == [[0, 20], [9, 0]]
