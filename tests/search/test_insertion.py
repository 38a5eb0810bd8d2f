"""The place found for a visit costs what it says, and in a plain problem there is none cheaper."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.problem import Pay
from tests.builders import (
    HOUR,
    MINUTE,
    at,
    clock,
    make_meal,
    make_problem,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.search.laying import Layout
from tests.search.worlds import early_problem, plain_problem, random_travel, rich_problem


def ways_in(layout, visit, route):
    """Positions and loadings open to a visit: a loading that cuts a trip is at the station of that trip."""
    tokens, row = layout.tokens, [-1, *layout.row(route), -1]
    station = None
    for position, (token, after) in enumerate(itertools.pairwise(row)):
        if tokens.num_visits <= token < tokens.first_break:
            station = token - tokens.num_visits
        yield position, 0
        if not layout.instance.nodes[visit]["has_demand"]:
            continue
        is_cut = station is not None and 0 <= after < tokens.num_visits
        for other in range(tokens.num_stations):
            if not is_cut or other == station:
                yield position, 1 + other
        if is_cut:
            yield position, -1 - station


def meets_too_many(layout, visit, route):
    """Whether the visit's elder would meet more new workers than their limit leaves room for."""
    elder = layout.problem.elder_of(layout.problem.visits[visit])
    if elder is None or elder.max_distinct_workers is None or not layout.problem.visits[visit].counts_for_continuity:
        return False
    known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
    worker_id, met = layout.tokens.shifts[route][0].worker_id, set()
    for other, its_route in enumerate(layout.state.route_of.tolist()):
        its = layout.problem.visits[other]
        if its_route >= 0 and its.elder_id == elder.elder_id and its.counts_for_continuity:
            met.add(layout.tokens.shifts[its_route][0].worker_id)
    return worker_id not in known | met and len(met - known) >= max(0, elder.max_distinct_workers - len(known))


def cheapest(layout, visit, route):
    """The least that an insertion adds to the price of the route, every way tried."""
    is_able = layout.instance.worth_cents[visit, layout.instance.shifts[route]["kind"]] < math.inf
    if not is_able or meets_too_many(layout, visit, route):
        return math.inf
    return min(layout.tried(visit, route, *way) for way in ways_in(layout, visit, route))


def disturbed(layout, seed):
    """Lay out sound random routes with some visits left out."""
    rng = random.Random(seed)
    if rng.random() < 0.3:
        layout.lay_out(layout.random_rows(rng))
        return
    layout.lay_out([[] for _ in layout.tokens.shifts])
    layout.fill()
    layout.lay_out([[token for token in row if rng.random() < 0.85] for row in layout.rows()])


def plain_layout(seed):
    problem = plain_problem(seed)
    return Layout(problem, random_travel(problem, seed, has_peaks=False), seed=seed)


def rich_layout(seed):
    problem = rich_problem(seed)
    return Layout(problem, random_travel(problem, seed), seed=seed)


def compare(layout, seed):
    """``(found, cheapest)`` for every visit left out and every route."""
    disturbed(layout, seed)
    for visit in layout.absent():
        for route in range(layout.instance.num_shifts):
            cents, position, how = layout.found(visit, route)
            if cents < math.inf:
                assert cents == pytest.approx(layout.tried(visit, route, position, how), abs=1e-3)
            yield cents, cheapest(layout, visit, route)


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_in_a_plain_problem_the_cheapest_place_is_found(seed):
    layout = plain_layout(seed)
    for found, best in compare(layout, seed):
        if layout.instance.is_plain:
            assert found == pytest.approx(best, abs=1e-3)


@given(st.integers(0, 10**6))
@settings(max_examples=120, deadline=None, derandomize=True)
def test_where_no_price_sees_how_late_a_route_leaves_the_cheapest_place_is_found(seed):
    problem = early_problem(seed)
    layout = Layout(problem, random_travel(problem, seed, has_peaks=False), seed=seed)
    assert layout.instance.is_early
    for found, best in compare(layout, seed):
        assert found == pytest.approx(best, abs=1e-3)


@given(st.integers(0, 10**6), st.floats(0.1, 3.0))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_limit_hides_what_costs_more_and_nothing_else(seed, share):
    problem = early_problem(seed)
    layout = Layout(problem, random_travel(problem, seed, has_peaks=False), seed=seed)
    disturbed(layout, seed)
    has_no_limits = layout.instance.is_plain or layout.instance.is_coupled
    for visit, route in itertools.product(layout.absent(), np.flatnonzero(layout.state.num_visits).tolist()):
        best, _, _ = layout.found(visit, route)
        if 1.0 < best < math.inf and not has_no_limits:
            cents, position, _ = layout.found(visit, route, share * best)
            assert cents == pytest.approx(min(1.0, share) * best)
            assert (position >= 0) == (share > 1.0)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_elsewhere_the_place_found_costs_what_it_says(seed):
    layout = rich_layout(seed)
    for found, best in compare(layout, seed):
        assert found >= best - 1e-3


def layout_of(visits, rows, worker=None, **changes):
    """The line's layout of `rows` for one worker."""
    problem = make_problem(visits, [worker or make_worker()], **changes)
    layout = Layout(problem, make_travel(problem))
    assert layout.instance.is_plain
    assert layout.lay_out(rows) == set()
    return layout


PAID = Pay(fixed_cents=700, cents_per_hour=3600, cents_per_km=100)


@pytest.mark.parametrize("pay", [Pay(cents_per_km=100), PAID], ids=["by distance", "by the hour"])
def test_the_first_visit_of_a_shift_pays_for_the_way_from_its_start_to_its_end(pay):
    shift = make_shift(end_place=at(30))
    layout = layout_of([make_visit(minutes=10)], [[]], make_worker(shifts=(shift,), pay=pay))
    way_cents = 30 * 0.5 * 100 + pay.fixed_cents + pay.cents_per_hour * 40 * MINUTE / HOUR
    assert layout.found(0, 0) == (pytest.approx(way_cents), 0, 0)


def test_the_first_visit_of_a_shift_that_may_not_load_opens_the_shift():
    worker = make_worker(shifts=(make_shift(max_trips=0),), pay=Pay(fixed_cents=700))
    layout = layout_of([make_visit()], [[]], worker)
    assert layout.found(0, 0)[0] == pytest.approx(700)


def test_a_shift_without_a_way_from_its_start_to_its_end_can_be_used_by_way_of_a_visit():
    problem = make_problem([make_visit(minutes=10)], [make_worker(shifts=(make_shift(end_place=at(30)),))])
    travel = make_travel(problem)
    start, end = (travel.idx_by_place[at(minutes)] for minutes in (0, 30))
    for matrix in (travel.duration_s["walk"], travel.distance_m["walk"]):
        matrix[start, end] = -1
    layout = Layout(problem, travel)
    assert layout.lay_out([[]]) == set()
    assert layout.found(0, 0) == (pytest.approx(0), 0, 0)


def test_the_only_loading_waits_for_the_goods_of_a_visit_that_joins_its_trip():
    visits = [make_meal("m1", 10), make_meal("m2", 20, ready_s=clock("10:00"))]
    load = len(visits)
    layout = layout_of(visits, [[load, 0]], make_worker(shifts=(make_shift(max_trips=1),)))
    assert layout.found(1, 0)[0] == pytest.approx(0)


def test_a_first_half_is_served_in_its_windows_after_waiting_for_the_goods_of_a_visit_that_joins_it():
    """The new visit fits in with the first half alone, but its goods come too late for that half's window."""
    visits = [
        make_meal("m1", 10, portions=5, windows=(window("08:00", "09:00"),)),
        make_meal("m2", 20, portions=15),
        make_meal("m3", 15, portions=10, ready_s=clock("09:30"), windows=(window("08:00", "10:00"),)),
    ]
    load = len(visits)
    layout = layout_of(visits, [[load, 0, 1]], make_worker(pay=Pay(cents_per_km=100)))
    assert layout.found(2, 0) == (pytest.approx(15 * 100), 3, 1)


def test_a_trip_that_is_cut_need_not_wait_for_the_goods_of_its_second_half():
    """Uncut, it is loaded at nine; cut, at eight, and its worker is back in time to load the new visit at nine."""
    visits = [
        make_meal("m1", 10, portions=12, windows=(window("08:00", "09:12"),)),
        make_meal("m2", 20, portions=8, ready_s=clock("09:00")),
        make_meal("m3", 15, portions=10, windows=(window("09:00", "09:20"),)),
    ]
    load = len(visits)
    layout = layout_of(visits, [[load, 0, 1]])
    assert layout.found(2, 0) == (pytest.approx(0), 2, 1)
