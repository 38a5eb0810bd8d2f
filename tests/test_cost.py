"""Every cost term by a figure worked out by hand; the line's travel is a minute and 500 m per step."""

from dataclasses import replace

import pytest

from optimizer.cost import cost_of, quantities_of
from optimizer.params import CostWeights
from optimizer.plan import Plan, SolveStatus
from optimizer.problem import Break, Pay, Promise
from optimizer.rules import CostTerm
from tests.builders import (
    HOUR,
    MINUTE,
    clock,
    make_elder,
    make_meal,
    make_plan,
    make_problem,
    make_route,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)

UNPRICED = CostWeights(
    mandatory_cents=0,
    lateness_cents_per_hour=0,
    food_age_cents_per_hour=0,
    not_preferred_cents=0,
    new_worker_cents=0,
    missed_break_cents=0,
    promise_moved_cents_per_hour=0,
    promise_worker_cents=0,
)


def charge(term, problem, *routes):
    """Quantity and cents of one term for the plan of `routes`; without routes every shift is unused."""
    plan, travel = make_plan(problem, *routes), make_travel(problem)
    return quantities_of(problem, travel, plan)[term], cost_of(problem, travel, plan).cents_by_term.get(term, 0)


def paid_by(**rates):
    """Two visits at 10 and 20 (08:10-08:20, 08:30-08:40), back at 09:00 after 20 km, by a worker so paid."""
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 20)], [make_worker(pay=Pay(**rates))])
    return problem, make_route("a", "v1", "v2")


def weighted(*visits, workers=None, **facts):
    """A problem in which only the terms named in `facts` have a price."""
    prices = {name: facts.pop(name) for name in list(facts) if "cents" in name}
    return make_problem(visits, workers, weights=replace(UNPRICED, **prices), **facts)


def test_unserved_mandatory_visit_costs_the_general_price_times_its_priority():
    problem = weighted(make_visit("v1"), make_visit("v2", priority=2), mandatory_cents=500)
    assert charge(CostTerm.UNSERVED, problem) == (2, 500 + 1500)
    assert charge(CostTerm.UNSERVED, problem, make_route("a", "v2")) == (1, 500)


def test_unserved_optional_visit_costs_its_own_price():
    problem = weighted(make_visit("v1", mandatory=False, unserved_cents=70, priority=3), mandatory_cents=500)
    assert charge(CostTerm.UNSERVED, problem) == (1, 70)


def test_fixed_price_is_paid_per_used_shift():
    problem, route = paid_by(fixed_cents=900)
    assert charge(CostTerm.FIXED, problem, route) == (1, 900)
    assert charge(CostTerm.FIXED, problem) == (0, 0)


def test_worked_time_runs_from_departure_to_return():
    problem, route = paid_by(cents_per_hour=2_000)
    assert charge(CostTerm.WORKED_TIME, problem, route) == (HOUR, 2_000)


def test_worked_time_is_rounded_half_up_once_per_rate():
    """Two workers with 30 minutes each at 1 cent per hour make one cent, not twice half a cent rounded up."""
    workers = [make_worker(name, pay=Pay(cents_per_hour=1)) for name in "ab"]
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 10)], workers)
    assert charge(CostTerm.WORKED_TIME, problem, make_route("a", "v1"), make_route("b", "v2")) == (HOUR, 1)
    assert charge(CostTerm.WORKED_TIME, problem, make_route("a", "v1")) == (30 * MINUTE, 1)


@pytest.mark.parametrize(("soft_end", "over_s", "cents"), [("08:59", 60, 10), ("09:00", 0, 0), ("09:01", 0, 0)])
def test_overtime_counts_from_the_soft_end_of_the_shift(soft_end, over_s, cents):
    problem, route = paid_by(overtime_cents_per_hour=600)
    worker = replace(problem.workers[0], shifts=(make_shift(soft_end_s=clock(soft_end)),))
    assert charge(CostTerm.OVERTIME, replace(problem, workers=(worker,)), route) == (over_s, cents)


def test_distance_is_priced_per_kilometre():
    problem, route = paid_by(cents_per_km=25)
    assert charge(CostTerm.DISTANCE, problem, route) == (20_000, 500)


def test_visits_are_priced_each():
    problem, route = paid_by(cents_per_visit=300)
    assert charge(CostTerm.VISITS, problem, route) == (2, 600)


def test_meals_cost_what_their_station_asks():
    stations = make_station("s1", portion_price_cents=900), make_station("s2", portion_price_cents=1_100)
    problem = make_problem([make_meal("m1", portions=2), make_meal("m2", portions=3)], stations=stations)
    route = make_route("a", "load:s1", "m1", "load:s2", "m2")
    assert charge(CostTerm.MEALS, problem, route) == (5, 2 * 900 + 3 * 1_100)


def test_travel_time_is_all_time_under_way():
    problem = weighted(make_visit("v1", 10), make_visit("v2", 20), travel_cents_per_hour=300)
    assert charge(CostTerm.TRAVEL_TIME, problem, make_route("a", "v1", "v2")) == (40 * MINUTE, 200)


def test_waiting_is_counted_between_arrival_and_start():
    late = make_visit("v2", 10, windows=(window("09:00"),))
    problem = weighted(make_visit("v1", 10, windows=(window("08:10", "08:10"),)), late, waiting_cents_per_hour=60)
    assert charge(CostTerm.WAITING, problem, make_route("a", "v1", "v2")) == (40 * MINUTE, 40)


def test_idle_is_the_shift_before_departure_after_the_return_and_waiting():
    """Out from 09:50 to 10:20 in a shift from 08:00 to 18:00 (softly 17:00): 1 h 50 before, 6 h 40 after."""
    visit = make_visit("v1", 10, windows=(window("10:00", "10:00"),))
    worker = make_worker(shifts=(make_shift(soft_end_s=clock("17:00")),))
    problem = weighted(visit, workers=[worker], idle_cents_per_hour=60)
    assert charge(CostTerm.IDLE, problem, make_route("a", "v1")) == (510 * MINUTE, 510)
    assert charge(CostTerm.IDLE, problem) == (9 * HOUR, 540)


def test_idle_counts_waits_on_the_way():
    """Out at 08:00, served until 08:20, waiting until 09:00, back at 09:20 in a shift that ends at 10:00."""
    visits = make_visit("v1", 10, windows=(window("08:10", "08:10"),)), make_visit("v2", 10, windows=(window("09:00"),))
    worker = make_worker(shifts=(make_shift("08:00", "10:00"),))
    problem = weighted(*visits, workers=[worker], idle_cents_per_hour=60)
    assert charge(CostTerm.IDLE, problem, make_route("a", "v1", "v2")) == (80 * MINUTE, 80)


def test_idle_never_falls_below_zero():
    visit = make_visit("v1", 10)
    worker = make_worker(shifts=(make_shift(soft_end_s=clock("08:10")),))
    assert charge(CostTerm.IDLE, weighted(visit, workers=[worker]), make_route("a", "v1")) == (0, 0)


def test_highest_idle_is_that_of_the_idlest_shift():
    workers = [make_worker("a"), make_worker("b", shifts=(make_shift("08:00", "12:00"),))]
    problem = weighted(make_visit("v1", 10), workers=workers, highest_idle_cents_per_hour=60)
    assert charge(CostTerm.HIGHEST_IDLE, problem, make_route("a", "v1")) == (570 * MINUTE, 570)
    assert charge(CostTerm.HIGHEST_IDLE, problem, make_route("b", "v1")) == (10 * HOUR, 600)


SOFT = window(soft_start_s=clock("08:20"), soft_end_s=clock("08:25"))
"""Visits that start at 08:10, 08:30 and 08:50 are early by ten minutes, late by 5 and late by 25."""


def three_visits(**prices):
    visits = (make_visit(f"v{k}", 10 * k, windows=(SOFT,), lateness_percent=50 * k) for k in (1, 2, 3))
    return weighted(*visits, **prices), make_route("a", "v1", "v2", "v3")


def test_lateness_is_weighed_by_the_visits_percentage():
    problem, route = three_visits(lateness_cents_per_hour=600)
    assert charge(CostTerm.LATENESS, problem, route) == (30 * MINUTE, 50 + 375)


def test_highest_lateness_is_that_of_the_latest_visit():
    problem, route = three_visits(highest_lateness_cents_per_hour=60)
    assert charge(CostTerm.HIGHEST_LATENESS, problem, route) == (25 * MINUTE, 25)


def test_lateness_of_a_visit_of_two_workers_is_counted_once():
    visit = make_visit("v1", 10, num_workers=2, windows=(window(soft_end_s=clock("08:09")),))
    problem = weighted(visit, workers=[make_worker("a"), make_worker("b")], lateness_cents_per_hour=60)
    assert charge(CostTerm.LATENESS, problem, make_route("a", "v1"), make_route("b", "v1")) == (MINUTE, 1)


def test_earliness_is_counted_before_the_soft_start():
    problem, route = three_visits(earliness_cents_per_hour=60)
    assert charge(CostTerm.EARLINESS, problem, route) == (10 * MINUTE, 10)


@pytest.mark.parametrize(("soft_s", "over_s", "cents"), [(599, 1, 1), (600, 0, 0), (601, 0, 0), (None, 0, 0)])
def test_food_age_counts_from_the_soft_time_on_board(soft_s, over_s, cents):
    problem = weighted(make_meal("m1", 10, soft_on_board_s=soft_s), food_age_cents_per_hour=3_600)
    assert charge(CostTerm.FOOD_AGE, problem, make_route("a", "load:s1", "m1")) == (over_s, cents)


@pytest.mark.parametrize(("preferred", "expected"), [((), (0, 0)), (("b",), (1, 200)), (("a", "b"), (0, 0))])
def test_not_preferred_is_a_worker_whom_the_elder_does_not_name(preferred, expected):
    elders = (make_elder(preferred_worker_ids=preferred),)
    workers = [make_worker("a"), make_worker("b")]
    problem = weighted(make_visit("v1", elder_id="e1"), workers=workers, elders=elders, not_preferred_cents=200)
    assert charge(CostTerm.NOT_PREFERRED, problem, make_route("a", "v1")) == expected


@pytest.mark.parametrize(
    ("history", "counts", "expected"),
    [
        ({}, True, (0, 0)),
        ({"a": 1}, True, (0, 0)),
        ({"b": 1}, True, (1, 100)),
        ({"a": 0, "b": 1}, True, (1, 100)),
        ({"b": 1}, False, (0, 0)),
    ],
)
def test_new_worker_is_one_outside_the_elders_history(history, counts, expected):
    visit = make_visit("v1", elder_id="e1", counts_for_continuity=counts)
    problem = weighted(visit, elders=(make_elder(worker_history=history),), new_worker_cents=100)
    assert charge(CostTerm.NEW_WORKER, problem, make_route("a", "v1")) == expected


def test_imbalance_is_the_distance_from_the_mean_rounded_up_per_worker():
    """Loads of 1,800, 0 and 1 s have a mean of 600 1/3 s: 1,200, 601 and 600 s off it."""
    workers = [make_worker("a"), make_worker("b"), make_worker("c", carried_load_s=1)]
    problem = weighted(make_visit("v1", 10), workers=workers, imbalance_cents_per_hour=3_600)
    assert charge(CostTerm.IMBALANCE, problem, make_route("a", "v1")) == (2_401, 2_401)


def test_imbalance_counts_travel_loading_and_service_against_a_given_fair_share():
    """20 minutes of travel, 5 of loading, 2 of service and 3 carried over make 30; 20 are fair. Waits do not count."""
    worker = make_worker(fair_share_s=20 * MINUTE, carried_load_s=3 * MINUTE)
    stations = (make_station(loading_duration_s=5 * MINUTE),)
    visit = make_meal("m1", 10, windows=(window("09:00", "09:00"),))
    problem = weighted(visit, workers=[worker], stations=stations, imbalance_cents_per_hour=60)
    assert charge(CostTerm.IMBALANCE, problem, make_route("a", "load:s1", "m1")) == (10 * MINUTE, 10)


def test_missed_break_costs_its_own_or_the_general_price():
    times = {"start_s": clock("12:00"), "end_s": clock("13:00"), "duration_s": 1800, "mandatory": False}
    rests = (
        Break(break_id="tea", **times),
        Break(break_id="lunch", missed_cents=30, **times),
        Break(break_id="rest", missed_cents=700, **times),
    )
    worker = make_worker(shifts=(make_shift(breaks=rests),))
    problem = weighted(make_visit("v1", 10), workers=[worker], missed_break_cents=500)
    assert charge(CostTerm.MISSED_BREAK, problem, make_route("a", "v1", "break:rest")) == (2, 530)
    assert charge(CostTerm.MISSED_BREAK, problem) == (0, 0)


@pytest.mark.parametrize(
    ("promised", "moved_s"), [("07:54:59", 1), ("07:55", 0), ("08:10", 0), ("08:25", 0), ("08:25:01", 1)]
)
def test_promise_moved_counts_beyond_the_tolerance_either_way(promised, moved_s):
    promise = Promise(start_s=clock(promised), tolerance_s=15 * MINUTE)
    # The visit starts at 08:10.
    problem = weighted(make_visit("v1", 10, promise=promise), promise_moved_cents_per_hour=3_600)
    assert charge(CostTerm.PROMISE_MOVED, problem, make_route("a", "v1")) == (moved_s, moved_s)


def test_promise_worker_counts_announced_workers_who_are_replaced():
    visits = make_visit("v1", promise=Promise(worker_ids=("b", "a", "c"))), make_visit("v2")
    workers = [make_worker(name) for name in "abc"]
    problem = weighted(*visits, workers=workers, promise_worker_cents=50)
    assert charge(CostTerm.PROMISE_WORKER, problem, make_route("a", "v1", "v2")) == (2, 100)
    assert charge(CostTerm.PROMISE_WORKER, problem, make_route("a", "v2")) == (0, 0)


def test_route_without_a_visit_costs_nothing():
    problem, route = paid_by(fixed_cents=1, cents_per_hour=1, cents_per_km=1)
    problem = replace(problem, weights=UNPRICED)
    stops = make_plan(problem, route).routes[0].stops
    empty = Plan(
        status=SolveStatus.INVALID,
        routes=(replace(make_plan(problem, route).routes[0], stops=(stops[0], stops[-1])),),
    )
    assert cost_of(problem, make_travel(problem), empty).cents_by_term == {}


def test_terms_of_no_cost_are_left_out():
    problem, route = paid_by(cents_per_visit=1)
    assert cost_of(problem, make_travel(problem), make_plan(problem, route)).cents_by_term == {CostTerm.VISITS: 2}
