"""The greedy start keeps every rule, whatever the problem, and its fast tests agree with the judge."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.insertion import Inserter
from optimizer.judge import judged_plan
from optimizer.plan import Source
from optimizer.problem import Break, Link, LinkKind, Pay
from optimizer.rules import Rule
from optimizer.start import clusters_of, insert_greedily
from tests.builders import (
    HOUR,
    MINUTE,
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
from tests.worlds import nearest_sources, random_problem


def start_plan(problem, sources=None, **options):
    travel = make_travel(problem)
    sources = nearest_sources(problem) if sources is None else sources
    draft = insert_greedily(problem, travel, sources, **options)
    plan = judged_plan(problem, travel, draft)
    assert check_plan(problem, travel, plan) == ()
    return plan


def starts_of(plan):
    return {stop.visit_id: stop.start_s for route in plan.routes for stop in route.visit_stops}


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_the_start_of_any_problem_passes_the_judge(seed):
    problem = random_problem(seed)
    start_plan(problem)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_fast_faults_are_those_of_the_judge_and_never_fewer_where_visits_are_bound(seed):
    rng = random.Random(seed)
    problem = random_problem(seed, num_visits=8, num_workers=2)
    travel, sources = make_travel(problem), nearest_sources(problem)
    inserter = Inserter(problem, travel, sources, insert_greedily(problem, travel, sources))
    served = set(inserter.keys_by_visit_id)
    unserved = [v for v in problem.visits if v.visit_id not in served and v.num_workers == 1]
    for visit in unserved:
        if visit.visit_id in problem.links_by_visit_id:
            continue
        is_bound = bool(problem.links) or any(other.num_workers > 1 for other in problem.visits)
        key = rng.choice(list(inserter.routes))
        worker_faults = inserter.worker_faults(visit, problem.worker_by_id[key[0]])
        for attempt in inserter.attempts_in(key, visit):
            faults = inserter.faults(attempt, visit) | worker_faults
            before = inserter.snapshot()
            inserter.insert(attempt, visit)
            plan = judged_plan(problem, travel, inserter.draft)
            broken = {v.rule for v in check_plan(problem, travel, plan) if v.worker_id in {None, key[0]}}
            assert broken == faults if not is_bound else not broken or faults
            inserter.restore(before)


def test_visits_share_trips_up_to_the_capacity():
    problem = make_problem([make_meal(f"m{n}", 10 + n, portions=10) for n in range(3)])
    plan = start_plan(problem)
    assert not plan.unassigned
    assert sorted(len(trip.stops) for trip in plan.routes[0].trips) == [1, 2]


def test_two_workers_of_one_visit_start_together():
    problem = make_problem([make_visit(num_workers=2)], [make_worker("a"), make_worker("b")])
    plan = start_plan(problem)
    assert len(plan.routes) == 2


def test_a_two_worker_visit_goes_where_the_second_worker_has_time_however_many_places_the_first_has():
    hours = [f"{8 + number // 2:02}:{30 * (number % 2):02}" for number in range(14)]
    visits = [make_visit(f"a{hour}", 0, windows=(window(hour, hour),), pinned_worker_ids=("a",)) for hour in hours]
    busy = make_visit(
        "busy", 0, windows=(window("08:00", "08:00"),), service_duration_s=7 * HOUR, pinned_worker_ids=("b",)
    )
    known = make_problem([*visits, busy], [make_worker("a"), make_worker("b")])
    draft = insert_greedily(known, make_travel(known), {})
    assert len(draft.served_visit_ids) == len(known.visits)
    problem = replace(known, visits=(*known.visits, make_visit("both", 0, num_workers=2)))
    plan = start_plan(problem, draft=draft)
    assert not plan.unassigned


def test_a_two_worker_visit_stays_out_where_only_one_worker_can():
    problem = make_problem([make_visit(num_workers=2)], [make_worker("a")])
    assert [item.visit_id for item in start_plan(problem).unassigned] == ["v1"]


@pytest.mark.parametrize(("max_gap_min", "is_served"), [(29, False), (30, True), (31, True)])
def test_a_gap_between_far_windows_needs_a_maximum_that_spans_them(max_gap_min, is_served):
    visits = [
        make_visit("meal", windows=(window("10:00", "10:00"),)),
        make_visit("nurse", windows=(window("10:30", "12:00"),)),
    ]
    link = Link(kind=LinkKind.GAP, first_visit_id="meal", second_visit_id="nurse", max_gap_s=max_gap_min * MINUTE)
    plan = start_plan(make_problem(visits, links=(link,)))
    assert bool(plan.unassigned) is not is_served


def test_the_first_of_a_gap_waits_where_the_second_can_only_come_late():
    visits = [make_visit("meal"), make_visit("nurse", windows=(window("14:00", "15:00"),))]
    link = Link(kind=LinkKind.GAP, first_visit_id="meal", second_visit_id="nurse", min_gap_s=0, max_gap_s=HOUR)
    starts = starts_of(start_plan(make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))))
    assert 0 <= starts["nurse"] - starts["meal"] <= HOUR


def test_visits_linked_together_stay_out_together():
    visits = [make_visit("first"), make_visit("second", skills={"nobody": 1})]
    link = Link(kind=LinkKind.BEFORE, first_visit_id="first", second_visit_id="second")
    assert len(start_plan(make_problem(visits, links=(link,))).unassigned) == 2


def test_visits_linked_but_not_together_are_served_alone():
    visits = [make_visit("first"), make_visit("second", skills={"nobody": 1})]
    link = Link(kind=LinkKind.BEFORE, first_visit_id="first", second_visit_id="second", together=False)
    assert [item.visit_id for item in start_plan(make_problem(visits, links=(link,))).unassigned] == ["second"]


@pytest.mark.parametrize(("unserved_cents", "is_served"), [(0, False), (10**6, True)])
def test_an_optional_visit_is_served_where_leaving_it_out_costs_more(unserved_cents, is_served):
    worker = make_worker(pay=Pay(cents_per_hour=6000))
    visit = make_visit(mandatory=False, unserved_cents=unserved_cents)
    assert bool(start_plan(make_problem([visit], [worker])).unassigned) is not is_served


def test_high_priority_goes_first_where_not_all_can_be_served():
    visits = [make_visit(f"v{n}", windows=(window("10:00", "10:00"),), priority=n) for n in range(3)]
    assert [item.visit_id for item in start_plan(make_problem(visits)).unassigned] == ["v0", "v1"]


def test_a_mandatory_break_is_kept_free():
    rest = Break(break_id="lunch", start_s=clock("12:00"), end_s=clock("12:30"), duration_s=HOUR)
    visits = [make_visit(f"v{n}", windows=(window("11:30", "13:00"),), service_duration_s=1200) for n in range(4)]
    plan = start_plan(make_problem(visits, [make_worker(shifts=(make_shift(breaks=(rest,)),))]))
    assert [stop.break_id for stop in plan.routes[0].stops if stop.break_id] == ["lunch"]


def test_a_visit_without_a_source_stays_out():
    problem = make_problem([make_meal()])
    assert [item.visit_id for item in start_plan(problem, {}).unassigned] == ["m1"]


def test_a_wave_is_waited_for():
    problem = make_problem([make_meal()], stations=(make_station(ready="11:00"),))
    plan = start_plan(problem, {"m1": Source(station_id="s1", ready_s=clock("11:00"))})
    assert plan.routes[0].trips[0].load_stop.start_s == clock("11:00")


def test_given_routes_are_kept_and_filled_up():
    problem = make_problem([make_visit("v1", 10), make_visit("v2", 20)])
    plan = start_plan(problem, draft=make_draft(make_route("a", "v2")))
    assert not plan.unassigned


def test_nothing_is_inserted_after_the_deadline():
    assert len(start_plan(make_problem([make_visit()]), deadline_s=0.0).unassigned) == 1


def test_nothing_is_inserted_once_stopped():
    assert len(start_plan(make_problem([make_visit()]), should_stop=lambda: True).unassigned) == 1


def test_an_elder_meets_no_more_workers_than_wanted():
    visits = [make_visit(f"v{n}", elder_id="e1", windows=(window("10:00", "10:00"),)) for n in range(2)]
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], elders=(make_elder(max_distinct_workers=1),))
    assert len(start_plan(problem).unassigned) == 1


def test_clusters_follow_timed_links_only():
    visits = [make_visit(f"v{n}") for n in range(4)]
    links = (
        Link(kind=LinkKind.SAME_START, first_visit_id="v0", second_visit_id="v1"),
        Link(kind=LinkKind.SAME_WORKER, first_visit_id="v2", second_visit_id="v3"),
    )
    clusters = clusters_of(make_problem(visits, links=links), visits)
    assert sorted(sorted(visit.visit_id for visit in cluster) for cluster in clusters) == [["v0", "v1"], ["v2"], ["v3"]]


def test_an_unreachable_place_is_a_fault_of_travel():
    problem = make_problem([make_visit()])
    travel = make_travel(problem)
    closed = {mode: matrix.copy() for mode, matrix in travel.duration_s.items()}
    for matrix in closed.values():
        matrix[matrix > 0] = -1
    object.__setattr__(travel, "duration_s", closed)
    inserter = Inserter(problem, travel, {})
    key = next(iter(inserter.routes))
    faults = [inserter.faults(attempt, problem.visits[0]) for attempt in inserter.attempts_in(key, problem.visits[0])]
    assert faults == [frozenset({Rule.TRAVEL})]
