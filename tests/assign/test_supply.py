"""Supply: which station and which wave, against brute force and at the edges of each rule."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.assign import assign_supply, stations_with_deliveries, supply_run_ids
from optimizer.plan import Source
from optimizer.problem import SupplyWave, Vehicle
from optimizer.timing import time_draft
from tests.builders import (
    MINUTE,
    at,
    clock,
    make_draft,
    make_elder,
    make_meal,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)


def supply_of(problem):
    return assign_supply(problem, make_travel(problem))


def station_by_visit(problem):
    return {visit_id: source.station_id for visit_id, source in supply_of(problem).sources.items()}


def waves(*ready_and_lunches):
    return tuple(
        SupplyWave(wave_id=f"w{number}", ready_s=clock(ready), portions={"lunch": lunches})
        for number, (ready, lunches) in enumerate(ready_and_lunches)
    )


def test_the_nearest_station_supplies_where_there_is_enough():
    stations = make_station("s1", 0), make_station("s2", 30)
    problem = make_problem([make_meal("m1", 5), make_meal("m2", 25)], stations=stations)
    assert station_by_visit(problem) == {"m1": "s1", "m2": "s2"}


def test_visits_without_demand_get_no_source():
    supply = supply_of(make_problem([make_visit("v1")]))
    assert (supply.sources, supply.unsupplied) == ({}, {})


@pytest.mark.parametrize(("lunches", "num_supplied"), [(2, 2), (3, 3), (4, 3)])
def test_a_station_gives_no_more_than_it_has(lunches, num_supplied):
    problem = make_problem(
        [make_meal(f"m{i}", 5 + i) for i in range(3)], stations=(make_station(portions={"lunch": lunches}),)
    )
    supply = supply_of(problem)
    assert len(supply.sources) == num_supplied
    assert len(supply.unsupplied) == 3 - num_supplied
    assert all("cook more" in sentence for sentence in supply.unsupplied.values())


def test_priority_beats_distance():
    problem = make_problem(
        [make_meal("near", 1), make_meal("urgent", 40, priority=1)],
        stations=(make_station(portions={"lunch": 1}),),
    )
    assert supply_of(problem).sources.keys() == {"urgent"}


def test_a_mandatory_visit_beats_an_optional_one():
    problem = make_problem(
        [make_meal("near", 1, mandatory=False, unserved_cents=500), make_meal("must", 40)],
        stations=(make_station(portions={"lunch": 1}),),
    )
    assert supply_of(problem).sources.keys() == {"must"}


@pytest.mark.parametrize(("radius_m", "is_supplied"), [(4_999, False), (5_000, True), (5_001, True)])
def test_the_service_radius_is_inclusive(radius_m, is_supplied):
    supply = supply_of(make_problem([make_meal("m1", 10)], stations=(make_station(service_radius_m=radius_m),)))
    assert ("m1" in supply.sources) is is_supplied
    if not is_supplied:
        assert "5000 m on foot" in supply.unsupplied["m1"]


@pytest.mark.parametrize(("ready", "is_supplied"), [("11:44", True), ("11:45", True), ("11:46", False)])
def test_a_wave_must_be_loaded_and_carried_by_the_end_of_the_window(ready, is_supplied):
    station = make_station(ready=ready, loading_duration_s=5 * MINUTE)
    supply = supply_of(make_problem([make_meal("m1", 10, windows=(window("11:00", "12:00"),))], stations=(station,)))
    assert ("m1" in supply.sources) is is_supplied
    if not is_supplied:
        assert "12:00" in supply.unsupplied["m1"]


@pytest.mark.parametrize(("opens", "is_supplied"), [("11:49", True), ("11:50", True), ("11:51", False)])
def test_loading_waits_for_the_station_to_open(opens, is_supplied):
    station = make_station(opening=(window(opens, "13:00"),))
    supply = supply_of(make_problem([make_meal("m1", 10, windows=(window("11:00", "12:00"),))], stations=(station,)))
    assert ("m1" in supply.sources) is is_supplied


@pytest.mark.parametrize(("closes", "is_supplied"), [("10:19", False), ("10:20", True), ("10:21", True)])
def test_portions_loaded_before_the_station_closes_must_not_grow_too_old(closes, is_supplied):
    station = make_station(opening=(window("06:00", closes),))
    meal = make_meal("m1", 10, windows=(window("11:00", "12:00"),), max_on_board_s=40 * MINUTE)
    assert ("m1" in supply_of(make_problem([meal], stations=(station,))).sources) is is_supplied


@pytest.mark.parametrize(("limit_s", "is_supplied"), [(599, False), (600, True), (601, True)])
def test_the_way_must_not_be_longer_than_the_time_on_board(limit_s, is_supplied):
    assert ("m1" in supply_of(make_problem([make_meal("m1", 10, max_on_board_s=limit_s)])).sources) is is_supplied


def test_goods_ready_after_the_wave_set_the_time():
    supply = supply_of(make_problem([make_meal("m1", ready_s=clock("09:30"))]))
    assert supply.sources == {"m1": Source(station_id="s1", ready_s=clock("09:30"))}


def test_the_early_wave_goes_to_the_early_window():
    meals = [
        make_meal("late", 5, windows=(window("12:00", "12:30"),)),
        make_meal("early", 5, windows=(window("11:00", "11:30"),)),
    ]
    problem = make_problem(meals, stations=(make_station(waves=waves(("10:30", 1), ("11:15", 1))),))
    ready = {visit_id: source.ready_s for visit_id, source in supply_of(problem).sources.items()}
    assert ready == {"early": clock("10:30"), "late": clock("11:15")}


def test_what_a_wave_leaves_stays_for_later():
    meals = [make_meal(f"m{i}", 5, windows=(window("12:00", "12:30"),)) for i in range(3)]
    problem = make_problem(meals, stations=(make_station(waves=waves(("10:30", 2), ("11:15", 1))),))
    assert supply_of(problem).sources.keys() == {"m0", "m1", "m2"}


def test_portions_are_not_taken_before_they_are_cooked():
    meals = [make_meal(f"m{i}", 5, windows=(window("10:40", "11:00"),)) for i in range(2)]
    problem = make_problem(meals, stations=(make_station(waves=waves(("10:30", 1), ("11:15", 5))),))
    assert len(supply_of(problem).sources) == 1


def test_all_meal_types_of_a_visit_come_from_one_station():
    stations = (
        make_station("s1", 9, portions={"lunch": 5}),
        make_station("s2", 11, portions={"soup": 5}),
        make_station("s3", 40, portions={"lunch": 1, "soup": 1}),
    )
    meal_types = tuple(replace(make_problem().meal_types[0], meal_type=name) for name in ("lunch", "soup"))
    problem = make_problem(
        [make_meal("m1", 10, demand={"lunch": 1, "soup": 1})], stations=stations, meal_types=meal_types
    )
    assert station_by_visit(problem) == {"m1": "s3"}


def test_a_named_station_supplies_however_far():
    stations = make_station("s1", 0), make_station("s2", 60)
    problem = make_problem([make_meal("m1", 1, station_ids=("s2",))], stations=stations)
    assert station_by_visit(problem) == {"m1": "s2"}


def test_the_elders_own_station_is_preferred_but_not_forced():
    stations = make_station("s1", 0, portions={"lunch": 1}), make_station("s2", 2)
    elders = tuple(make_elder(f"e{i}", 5, station_id="s1") for i in range(2))
    meals = [make_meal(f"m{i}", elder_id=f"e{i}", place=None) for i in range(2)]
    problem = make_problem(meals, stations=stations, elders=elders)
    assert sorted(station_by_visit(problem).values()) == ["s1", "s2"]
    assert set(station_by_visit(replace(problem, visits=(meals[0],))).values()) == {"s1"}


def test_a_station_is_not_given_more_than_its_couriers_can_carry():
    stations = make_station("s1", 0), make_station("s2", 4)
    lunch = (window("11:00", "12:00"),)
    workers = [
        make_worker(
            f"w{i}",
            station_id=f"s{i}",
            shifts=(make_shift("11:00", "12:00"),),
            vehicle=Vehicle(capacities={"portions": 5}),
        )
        for i in (1, 2)
    ]
    meals = [make_meal(f"m{i:02}", 1, windows=lunch, service_duration_s=5 * MINUTE) for i in range(14)]
    by_station = list(station_by_visit(make_problem(meals, workers, stations=stations)).values())
    seconds_each = 5 * MINUTE + 2 * MINUTE // 5
    assert by_station.count("s1") == 60 * MINUTE // seconds_each == 11
    assert len(by_station) == 14


def test_a_station_far_beyond_the_nearest_helps_out_those_left_over():
    near = [make_station(f"s{i}", i, portions={"lunch": 1}) for i in range(8)]
    far = make_station("far", 50)
    problem = make_problem([make_meal(f"m{i}", 1) for i in range(9)], stations=(*near, far))
    assert sorted(station_by_visit(problem).values()) == sorted([*(s.station_id for s in near), "far"])


def make_run(visit_id="run", *, portions=30):
    return make_visit(visit_id, place=at(20), service="supply", demand={"lunch": portions}, delivers_to_station_id="s1")


def test_supply_runs_are_supplied_before_all_other_visits():
    stations = make_station("s1", 20, waves=()), make_station("kitchen", 0, portions={"lunch": 30})
    problem = make_problem([make_meal("m1", 1, priority=9), make_run()], stations=stations)
    supply = supply_of(problem)
    assert supply_run_ids(problem) == ("run",)
    assert supply.sources["run"].station_id == "kitchen"
    assert supply.unsupplied.keys() == {"m1"}


def test_a_delivery_becomes_a_wave_when_the_run_has_ended():
    stations = make_station("s1", 20, waves=()), make_station("kitchen", 0)
    van = make_worker("van", vehicle=Vehicle(capacities={"portions": 100}))
    problem = make_problem([make_run(), make_meal("m1", 21, station_ids=("s1",))], [van], stations=stations)
    assert "m1" in supply_of(problem).unsupplied
    routes = time_draft(problem, make_travel(problem), make_draft(make_route("van", "load:kitchen", "run")))
    delivered = stations_with_deliveries(problem, routes)
    end_s = routes[0].visit_stops[0].end_s
    assert delivered.station_by_id["s1"].waves == (SupplyWave(wave_id="run", ready_s=end_s, portions={"lunch": 30}),)
    assert supply_of(delivered).sources["m1"] == Source(station_id="s1", ready_s=end_s)


def test_a_run_that_no_route_serves_brings_nothing():
    problem = make_problem([make_run()], stations=(make_station("s1", 20, waves=()), make_station("kitchen", 0)))
    assert stations_with_deliveries(problem, ()).stations == problem.stations


small_meals = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(small_meals, st.integers(0, 4), st.integers(0, 4))
def test_what_is_left_unsupplied_is_worth_least(meals, lunches, more_lunches):
    visits = [make_meal(f"m{i}", place, portions=n, priority=p) for i, (place, n, p) in enumerate(meals)]
    has = {"s1": lunches, "s2": more_lunches}
    problem = make_problem(
        visits, stations=tuple(make_station(s, 10 * i, portions={"lunch": n}) for i, (s, n) in enumerate(has.items()))
    )
    supply = supply_of(problem)
    given_out = {
        s: sum(
            v.demand["lunch"]
            for v in visits
            if v.visit_id in supply.sources and supply.sources[v.visit_id].station_id == s
        )
        for s in has
    }
    assert all(given_out[s] <= has[s] for s in has)
    assert supply.sources.keys() ^ supply.unsupplied.keys() == {v.visit_id for v in visits}
    assert sum(1 + problem.visit_by_id[v].priority for v in supply.unsupplied) == least_unsupplied(visits, has)


def least_unsupplied(visits, has):
    def is_possible(choice):
        taken = {s: sum(v.demand["lunch"] for v, c in zip(visits, choice, strict=True) if c == s) for s in has}
        return all(taken[s] <= has[s] for s in has)

    return min(
        sum(1 + v.priority for v, c in zip(visits, choice, strict=True) if c is None)
        for choice in product([None, *has], repeat=len(visits))
        if is_possible(choice)
    )
