"""Small problems whose best plan is known by hand, and the engine's promises on random ones."""

import logging
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.params import SolveParams
from optimizer.plan import Source, load_step
from optimizer.problem import Break, Link, LinkKind, Pay, SupplyWave, Vehicle
from optimizer.routing import engine, improve
from optimizer.start import insert_greedily
from tests.builders import (
    MINUTE,
    at,
    clock,
    make_draft,
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
from tests.worlds import nearest_sources, random_problem

PAY = Pay(cents_per_hour=3000, cents_per_km=100)


def solve(problem, start=None, sources=None, steps=100, **options):
    sources = nearest_sources(problem) if sources is None else sources
    params = SolveParams(step_limit=steps)
    return improve(
        problem, make_travel(problem), start or make_draft(), sources, params, **{"deadline_s": later(1), **options}
    )


def later(seconds):
    return time.monotonic() + seconds


def judged(problem, draft):
    plan = judged_plan(problem, make_travel(problem), draft)
    assert check_plan(problem, make_travel(problem), plan) == ()
    return plan


def steps_of(draft):
    return {
        route.worker_id: [step.visit_id or step.station_id or step.break_id for step in route.steps]
        for route in draft.routes
    }


def test_visits_along_the_line_are_served_on_one_way_out_and_back():
    problem = make_problem([make_visit(f"v{k}", k) for k in (5, 20, 10, 15)], [make_worker(pay=PAY)])
    start = make_draft(make_route("a", "v20", "v5", "v15", "v10"))
    draft = solve(problem, start)
    assert judged(problem, draft).cost.total_cents == 3000 * 80 // 60 + 20 * 100
    assert sorted(steps_of(draft)["a"]) == ["v10", "v15", "v20", "v5"]


def test_what_does_not_fit_one_loading_takes_two():
    meals = [make_meal(f"m{k}", k) for k in (1, 2, 3)]
    problem = make_problem(meals, [make_worker(vehicle=Vehicle(capacities={"portions": 2}))])
    draft = solve(problem)
    assert draft.served_visit_ids == {"m1", "m2", "m3"}
    assert steps_of(draft)["a"].count("s1") == 2
    judged(problem, draft)


@pytest.mark.parametrize(("portions", "expected"), [(0, "s1"), (1, "s2")])
def test_open_meals_come_from_the_nearest_station_with_stock(portions, expected):
    stations = make_station("s1", 0), make_station("s2", 30, portions={"lunch": portions})
    worker = make_worker(shifts=(make_shift(start_place=at(30), end_place=at(30)),), pay=PAY)
    problem = make_problem([make_meal("m1", 28)], [worker], stations=stations)
    draft = solve(problem, make_draft(make_route("a", "load:s1", "m1")), sources={})
    assert steps_of(draft) == {"a": [expected, "m1"]}
    judged(problem, draft)


def test_open_meals_wait_for_the_wave_that_suffices():
    waves = tuple(SupplyWave(wave_id=text, ready_s=clock(text), portions={"lunch": 1}) for text in ("08:00", "11:00"))
    problem = make_problem([make_meal("m1"), make_meal("m2")], stations=(make_station(waves=waves),))
    draft = solve(problem, sources={})
    assert draft.served_visit_ids == {"m1", "m2"}
    assert load_step("s1", clock("11:00")) in draft.routes[0].steps
    judged(problem, draft)


def test_two_workers_meet():
    problem = make_problem([make_visit("v1", num_workers=2)], [make_worker("a"), make_worker("b")])
    start = make_draft(make_route("a", "v1"), make_route("b", "v1"))
    draft = solve(problem, start)
    assert steps_of(draft) == {"a": ["v1"], "b": ["v1"]}
    judged(problem, draft)


def test_gap_between_linked_visits_is_kept():
    link = Link(
        kind=LinkKind.GAP, first_visit_id="v1", second_visit_id="v2", min_gap_s=60 * MINUTE, max_gap_s=90 * MINUTE
    )
    visits = [make_visit("v1", 10), make_visit("v2", 12), make_visit("v3", 11, service_duration_s=40 * MINUTE)]
    problem = make_problem(visits, [make_worker(pay=PAY)], links=(link,))
    draft = solve(problem, make_draft(make_route("a", "v1", "v3", "v2")))
    judged(problem, draft)
    assert draft.served_visit_ids == {"v1", "v2", "v3"}


def test_an_escort_ends_elsewhere():
    """From the hospital at minute 30 the next visit at 31 is near; at minute 10 it would be far."""
    escort = make_visit("v1", 10, end_place=at(30), service_duration_s=60 * MINUTE, windows=(window("08:10", "08:10"),))
    near = make_visit("v2", 31, windows=(window("09:11", "09:11"),))
    problem = make_problem([escort, near])
    assert steps_of(solve(problem)) == {"a": ["v1", "v2"]}


def test_break_is_taken():
    lunch = Break(break_id="lunch", start_s=clock("11:30"), end_s=clock("12:30"), duration_s=30 * MINUTE)
    worker = make_worker(shifts=(make_shift(breaks=(lunch,)),))
    problem = make_problem([make_visit("v1", windows=(window("11:00", "13:00"),))], [worker])
    draft = solve(problem)
    assert sorted(steps_of(draft)["a"]) == ["lunch", "v1"]
    judged(problem, draft)


@pytest.mark.parametrize(("price_cents", "expected"), [(2499, set()), (2501, {"v1"})])
def test_optional_visit_is_served_where_it_is_worth_its_price(price_cents, expected):
    """Half an hour of work and ten kilometres."""
    visit = make_visit("v1", mandatory=False, unserved_cents=price_cents)
    assert solve(make_problem([visit], [make_worker(pay=PAY)])).served_visit_ids == expected


def test_visit_nobody_can_give_stays_out():
    problem = make_problem([make_visit("v1", skills={"bath": 1}), make_visit("v2")])
    assert solve(problem).served_visit_ids == {"v2"}


@pytest.mark.parametrize(("mandatory", "expected"), [(False, {"v1"}), (True, {"v1", "v2"})])
def test_what_the_model_refuses_of_a_start_is_dropped_unless_that_costs_more_than_it_gains(mandatory, expected):
    late = make_visit("v2", 20, windows=(window("08:00", "08:01"),), mandatory=mandatory)
    problem = make_problem([make_visit("v1"), late])
    draft = solve(problem, make_draft(make_route("a", "v1", "v2")))
    assert draft.served_visit_ids == expected


def test_start_is_returned_where_the_time_is_up():
    problem = make_problem([make_visit("v1"), make_visit("v2", 5)])
    start = make_draft(make_route("a", "v1"))
    assert solve(problem, start, deadline_s=time.monotonic() - 1) == start


def test_start_is_returned_where_nothing_can_be_decided():
    start = make_draft()
    assert solve(make_problem([], []), start) is start
    assert solve(make_problem([make_visit("v1")], []), start) is start


def test_problem_too_large_for_the_model_keeps_its_start_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(engine, "MAX_CELLS", 1)
    start = make_draft()
    with caplog.at_level(logging.WARNING):
        assert solve(make_problem([make_visit("v1")]), start) is start
    assert "too many" in caplog.text


def test_improvements_are_reported_until_told_to_stop():
    problem = make_problem([make_visit(f"v{k}", k) for k in range(1, 9)], [make_worker(pay=PAY)])
    seen = []
    best = solve(problem, on_improvement=seen.append)
    assert seen[-1].served_visit_ids == best.served_visit_ids
    assert len(seen) > 1
    assert len(solve(problem, should_stop=lambda: True).served_visit_ids) < 8


def test_same_step_limit_gives_the_same_draft():
    problem = random_problem(5)
    start = insert_greedily(problem, make_travel(problem), nearest_sources(problem))
    assert solve(problem, start, steps=20, deadline_s=later(600)) == solve(
        problem, start, steps=20, deadline_s=later(600)
    )


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_problem_gives_a_draft_that_passes_the_judge(seed):
    problem = random_problem(seed)
    start = insert_greedily(problem, make_travel(problem), nearest_sources(problem))
    draft = solve(problem, start, steps=20, deadline_s=later(2))
    judged(problem, draft)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_any_choice_of_supply_passes_the_judge(seed):
    problem = random_problem(seed, num_visits=8)
    judged(problem, solve(problem, sources={}, steps=20, deadline_s=later(2)))


def test_decided_source_outside_the_problem_s_waves_is_taken_at_its_word():
    problem = make_problem([make_meal("m1")])
    source = {"m1": Source(station_id="s1", ready_s=clock("09:00"))}
    assert solve(problem, sources=source).routes[0].steps[0] == load_step("s1", clock("09:00"))


def test_unpaid_work_is_spread_no_further_than_needed():
    workers = [replace(make_worker(worker_id), pay=Pay(fixed_cents=500)) for worker_id in "ab"]
    problem = make_problem([make_visit("v1"), make_visit("v2")], workers)
    draft = solve(problem, make_draft(make_route("a", "v1"), make_route("b", "v2")))
    assert len(draft.routes) == 1
