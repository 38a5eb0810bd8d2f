"""Key figures by hand; the line's travel is a minute and 500 m per step."""

import json
from dataclasses import asdict, replace

import pytest

from optimizer.kpis import Tally, kpis_of
from optimizer.problem import Break, ElderGroup, Pay
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


def kpis(problem, *routes):
    return kpis_of(problem, make_travel(problem), make_plan(problem, *routes))


def test_plan_that_serves_nothing_has_no_shares():
    found = asdict(kpis(make_problem()))
    undefined = {name for name, value in found.items() if value is None}
    assert undefined == {
        "unmet_priority_share",
        "group_gap_share",
        "on_time_share",
        "on_time_10_min_share",
        "lateness_p95_s",
        "food_age_mean_s",
        "food_age_p95_s",
        "food_age_max_s",
        "food_over_60_min_share",
        "food_over_120_min_share",
        "travel_share",
        "known_worker_share",
        "preferred_worker_share",
        "workload_gini",
        "sync_wait_mean_s",
        "cents_per_visit",
        "cents_per_portion",
    }
    assert not any(value for name, value in found.items() if name not in undefined)


def test_key_figures_are_json():
    problem = make_problem([make_visit("v1", elder_id="e1")], elders=(make_elder(groups=(ElderGroup.DISABLED,)),))
    found = asdict(kpis(problem, make_route("a", "v1")))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_visits_are_counted_by_priority_and_group():
    elders = (
        make_elder("e1", groups=(ElderGroup.DISABLED, ElderGroup.LIVING_ALONE)),
        make_elder("e2", groups=(ElderGroup.LIVING_ALONE,)),
    )
    visits = [
        make_visit("v1", elder_id="e1", priority=2),
        make_visit("v2", elder_id="e2"),
        make_visit("v3", elder_id="e2"),
        make_visit("v4"),
    ]
    found = kpis(make_problem(visits, elders=elders), make_route("a", "v2", "v4"))
    assert (found.num_visits, found.num_served, found.num_unserved) == (4, 2, 2)
    assert found.by_priority == {"0": Tally(num_visits=3, num_unserved=1), "2": Tally(num_visits=1, num_unserved=1)}
    assert found.by_group == {
        "disabled": Tally(num_visits=1, num_unserved=1),
        "living-alone": Tally(num_visits=3, num_unserved=2),
    }
    assert found.group_gap_share == pytest.approx(1 - 2 / 3)
    assert found.unmet_priority_share == pytest.approx((3 + 1) / (3 + 1 + 1 + 1))


def test_on_time_is_by_the_soft_end_and_within_ten_minutes():
    """Starts at 08:10, 08:30, 08:50 and 09:10 are late by 0, 20 minutes, 10 minutes and 10 minutes and a second."""
    soft_ends = ["08:10", "08:10", "08:40", "08:59:59"]
    visits = [
        make_visit(f"v{k}", 10 * k, windows=(window(soft_end_s=clock(end)),)) for k, end in enumerate(soft_ends, 1)
    ]
    found = kpis(make_problem(visits), make_route("a", "v1", "v2", "v3", "v4"))
    assert found.on_time_share == 0.25
    assert found.on_time_10_min_share == 0.5
    assert found.lateness_p95_s == 20 * MINUTE


def test_percentile_is_by_nearest_rank():
    """Of twenty visits the nineteenth in order of lateness is the 95th percentile."""
    visits = [
        make_visit(f"v{k}", 0, service_duration_s=MINUTE, windows=(window(soft_end_s=clock("08:00")),))
        for k in range(20)
    ]
    found = kpis(make_problem(visits), make_route("a", *(visit.visit_id for visit in visits)))
    assert found.lateness_p95_s == 18 * MINUTE


def test_food_age_runs_from_the_end_of_loading():
    """Hand-overs 60 minutes and then, two minutes of service and 58 of travel later, 120 minutes after loading."""
    problem = make_problem([make_meal("m1", 60), make_meal("m2", 118, portions=2), make_visit("v1", 118)])
    found = kpis(problem, make_route("a", "load:s1", "m1", "m2", "v1"))
    assert (found.food_age_mean_s, found.food_age_p95_s, found.food_age_max_s) == (90 * MINUTE, 2 * HOUR, 2 * HOUR)
    assert (found.food_over_60_min_share, found.food_over_120_min_share) == (0.5, 0.0)
    assert found.num_portions == 3


def test_supply_runs_hand_nothing_over_to_people():
    stations = (make_station("s1"), make_station("s2", 10, waves=()))
    problem = make_problem([make_meal("run", 10, delivers_to_station_id="s2")], stations=stations)
    found = kpis(problem, make_route("a", "load:s1", "run"))
    assert (found.num_served, found.num_portions, found.food_age_max_s) == (1, 0, None)


def test_totals_of_time_and_way():
    """Out at 08:00 with a loading of five minutes, hand-over at 08:15, waiting 08:17-08:40, back at 09:00."""
    shift = make_shift(soft_end_s=clock("08:50"))
    problem = make_problem(
        [make_meal("m1", 10, windows=(window("08:15", "08:15"),)), make_visit("v1", 10, windows=(window("08:40"),))],
        [make_worker(shifts=(shift,))],
        stations=(make_station(loading_duration_s=5 * MINUTE),),
    )
    found = kpis(problem, make_route("a", "load:s1", "m1", "v1"))
    assert found.travel_distance_m == 10_000
    assert found.travel_duration_s == 20 * MINUTE
    assert found.service_duration_s == 12 * MINUTE
    assert found.wait_duration_s == 23 * MINUTE
    assert found.paid_duration_s == HOUR
    assert found.overtime_s == 10 * MINUTE
    assert found.travel_share == pytest.approx(1 / 3)


def test_workers_routes_and_trips_in_use():
    shifts = (make_shift("08:00", "12:00", "am"), make_shift("12:00", "18:00", "pm"))
    problem = make_problem([make_meal("m1"), make_meal("m2"), make_meal("m3")], [make_worker("a", shifts=shifts)])
    found = kpis(
        problem,
        make_route("a", "load:s1", "m1", "load:s1", "m2", shift_id="am"),
        make_route("a", "load:s1", "m3", shift_id="pm"),
    )
    assert (found.num_workers_used, found.num_routes, found.num_trips) == (1, 2, 3)


def test_continuity_is_the_share_of_known_and_of_preferred_workers():
    elders = (
        make_elder("e1", worker_history={"a": 3}, preferred_worker_ids=("b",)),
        make_elder("e2", worker_history={"b": 1}),
        make_elder("e3"),
    )
    visits = [make_visit(f"v{k}", elder_id=f"e{k}") for k in (1, 2, 3)]
    visits.append(make_visit("v4", elder_id="e2", counts_for_continuity=False))
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], elders=elders)
    found = kpis(problem, make_route("a", "v1", "v2", "v3", "v4"))
    assert found.known_worker_share == 0.5
    assert found.preferred_worker_share == 0.0


@pytest.mark.parametrize(
    ("routes", "gini"), [([("a", "v1"), ("b", "v2")], 0.0), ([("a", "v1", "v2")], 0.5), ([("a", "v1")], 0.5)]
)
def test_workload_gini_of_paid_time(routes, gini):
    workers = [make_worker("a"), make_worker("b"), make_worker("c", shifts=())]
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 10)], workers)
    assert kpis(problem, *(make_route(*route) for route in routes)).workload_gini == gini


def test_workload_gini_of_unequal_workers():
    """Paid 30 and 90 minutes: the difference 60 over twice the mean 60, times 1/2."""
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 40)], [make_worker("a"), make_worker("b")])
    assert kpis(problem, make_route("a", "v1"), make_route("b", "v2")).workload_gini == 0.25


def test_sync_wait_is_that_of_the_first_worker():
    """Both start at 08:20; a first worker who arrives at 08:14 waits for six minutes."""
    visits = [make_visit("v1", 10, num_workers=2, windows=(window(),)), make_visit("v2", 0), make_visit("v3", 10)]
    problem = make_problem(visits, [make_worker("a"), make_worker("b")])
    plan = make_plan(problem, make_route("a", "v3", "v1"), make_route("b", "v2", "v1"))
    starts = [stop.start_s for route in plan.routes for stop in route.visit_stops if stop.visit_id == "v1"]
    assert starts == [clock("08:20")] * 2
    early = replace(plan.routes[0].stops[2], arrival_s=clock("08:14"))
    route = replace(plan.routes[0], stops=(*plan.routes[0].stops[:2], early, plan.routes[0].stops[3]))
    changed = replace(plan, routes=(route, plan.routes[1]))
    assert kpis_of(problem, make_travel(problem), plan).sync_wait_mean_s == 0
    assert kpis_of(problem, make_travel(problem), changed).sync_wait_mean_s == 6 * MINUTE


def test_waiting_for_the_window_is_no_wait_for_the_others():
    visits = [make_visit("v1", 10, num_workers=2, windows=(window("12:00", "13:00"),)), make_visit("v2", 10)]
    problem = make_problem(visits, [make_worker("a"), make_worker("b")])
    plan = make_plan(problem, make_route("a", "v2", "v1"), make_route("b", "v1"))
    early = replace(plan.routes[1].stops[1], arrival_s=clock("09:00"))
    route = replace(plan.routes[1], stops=(plan.routes[1].stops[0], early, plan.routes[1].stops[2]))
    assert kpis_of(problem, make_travel(problem), replace(plan, routes=(plan.routes[0], route))).sync_wait_mean_s == 0


def test_breaks_due_and_taken():
    times = {"start_s": clock("08:00"), "end_s": clock("13:00"), "duration_s": 1800, "mandatory": False}
    breaks = (Break(break_id="tea", **times), Break(break_id="lunch", **times))
    workers = [make_worker("a", shifts=(make_shift(breaks=breaks),)), make_worker("b")]
    found = kpis(make_problem([make_visit("v1")], workers), make_route("a", "v1", "break:tea"))
    assert (found.num_breaks_due, found.num_breaks_taken) == (2, 1)


def test_cost_per_visit_and_per_portion():
    """A route of 1,000 cents gives half of itself to its meal; a route of care visits alone gives nothing."""
    workers = [make_worker("a", pay=Pay(fixed_cents=1_000)), make_worker("b", pay=Pay(fixed_cents=700))]
    visits = [make_meal("m1", portions=2), make_visit("v1"), make_visit("v2")]
    problem = make_problem(visits, workers, stations=(make_station(portion_price_cents=900),))
    found = kpis(problem, make_route("a", "load:s1", "m1", "v1"), make_route("b", "v2"))
    assert found.cents_per_visit == pytest.approx(1_700 / 3)
    assert found.cents_per_portion == pytest.approx((500 + 2 * 900) / 2)
