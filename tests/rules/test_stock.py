import pytest

from optimizer.plan import load_step
from optimizer.problem import SupplyWave
from optimizer.rules import Rule
from tests.builders import clock, make_meal, make_plan, make_problem, make_route, make_station, make_worker
from tests.rules.judging import broken_rules

WORKERS = [make_worker("a"), make_worker("b")]
MEALS = [make_meal("m1", portions=2), make_meal("m2", portions=3)]
PLAN = make_plan(make_problem(MEALS, WORKERS), make_route("a", "load:s1", "m1"), make_route("b", "load:s1", "m2"))
"""Both load at 08:00, two and three portions."""


def wave(portions, ready="06:00", wave_id="w1"):
    return SupplyWave(wave_id=wave_id, ready_s=clock(ready), portions={"lunch": portions})


def rules_with(*waves):
    return broken_rules(make_problem(MEALS, WORKERS, stations=(make_station(waves=waves),)), PLAN)


@pytest.mark.parametrize(("portions", "expected"), [(4, [Rule.STOCK]), (5, []), (6, [])])
def test_all_workers_share_the_stock(portions, expected):
    assert rules_with(wave(portions)) == expected


@pytest.mark.parametrize(("ready", "expected"), [("07:59:59", []), ("08:00", []), ("08:00:01", [Rule.STOCK])])
def test_wave_serves_loadings_from_the_second_it_is_ready(ready, expected):
    assert rules_with(wave(4), wave(1, ready, "w2")) == expected


def test_station_without_waves_has_nothing():
    assert rules_with() == [Rule.STOCK]


def test_each_moment_of_shortage_is_reported():
    problem = make_problem(MEALS, stations=(make_station(portions={"lunch": 1}),))
    plan = make_plan(problem, make_route("a", "load:s1", "m1", "load:s1", "m2"))
    assert broken_rules(problem, plan) == [Rule.STOCK, Rule.STOCK]


@pytest.mark.parametrize(("portions", "expected"), [(1, [Rule.STOCK]), (2, []), (3, [])])
def test_supply_run_brings_what_it_hands_over(portions, expected):
    assert supplied_by_run(portions, ready="09:00") == expected


@pytest.mark.parametrize(("loads", "expected"), [("08:11:59", [Rule.STOCK]), ("08:12", []), ("08:12:01", [])])
def test_supply_run_counts_from_its_end(loads, expected):
    """The run leaves the kitchen at 08:00, takes ten minutes and unloads for two."""
    assert supplied_by_run(2, ready=loads) == expected


def test_supply_run_that_is_not_served_brings_nothing():
    problem = run_problem(2)
    from_station = make_plan(problem, make_route("b", "load:s2", "m1"))
    assert broken_rules(problem, from_station) == [Rule.STOCK]


def run_problem(portions):
    run = make_meal("run", 10, portions=portions, delivers_to_station_id="s2", station_ids=("s1",))
    stations = (make_station("s1"), make_station("s2", 10, waves=()))
    return make_problem([run, make_meal("m1", portions=2)], WORKERS, stations=stations)


def supplied_by_run(portions, ready):
    problem = run_problem(portions)
    own = make_route("b", load_step("s2", clock(ready)), "m1")
    return broken_rules(problem, make_plan(problem, make_route("a", "load:s1", "run"), own))
