"""Places by number, and the ways between them."""

from dataclasses import replace

import numpy as np

from optimizer.problem import SpeedSlice, Vehicle
from optimizer.search.arrays import FAR_S
from optimizer.search.places import Places, ways_of
from tests.builders import HOUR, at, make_problem, make_travel, make_visit, make_worker

WIDE = make_problem([make_visit("near", 10), make_visit("far", 30)])
TRAVEL = make_travel(WIDE)
PROBLEM = replace(WIDE, visits=WIDE.visits[1:])
PLACES = Places(PROBLEM, TRAVEL)


def test_only_places_of_the_problem_have_a_number():
    assert [PLACES.number(at(0)), PLACES.number(at(30))] == [0, 1]
    assert PLACES.rows.tolist() == [TRAVEL.idx_by_place[at(0)], TRAVEL.idx_by_place[at(30)]]


def test_wherever_the_worker_is_has_no_number():
    assert PLACES.number(None) == -1


def test_arcs_hold_seconds_and_metres_of_each_mode():
    arcs = ways_of(TRAVEL, PLACES).arcs
    assert PLACES.modes == (PROBLEM.workers[0].vehicle.mode,)
    assert arcs.tolist() == [[[[0, 0], [1800, 15000]], [[1800, 15000], [0, 0]]]]


def test_where_there_is_no_way_it_takes_forever_one_way_and_is_read_back_from_the_other_side():
    one_way = TRAVEL.duration_s["walk"].copy()
    one_way[TRAVEL.idx_by_place[at(0)], TRAVEL.idx_by_place[at(30)]] = -1
    ways = ways_of(replace(TRAVEL, duration_s=dict.fromkeys(TRAVEL.duration_s, one_way)), PLACES)
    assert ways.arcs[0, 0, 1].tolist() == [FAR_S, 0]
    assert np.array_equal(ways.arcs_to[0], ways.arcs[0].transpose(1, 0, 2))


def test_peaks_are_listed_by_mode():
    workers = [make_worker("a", vehicle=Vehicle(mode="walk")), make_worker("b", vehicle=Vehicle(mode="e-bike"))]
    problem = make_problem([], workers)
    peak = SpeedSlice(start_s=7 * HOUR, end_s=9 * HOUR, speed_percent=80)
    travel = replace(make_travel(problem), peaks={"e-bike": (peak,)})
    ways = ways_of(travel, Places(problem, travel))
    assert ways.peak_from.tolist() == [0, 0, 1]
    assert ways.peaks.tolist() == [[7 * HOUR, 9 * HOUR, 80]]
