"""The exact model of home care: best of all plans where these can be counted, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import given, settings

from benchmarks.peers import Unsupported, make_peer
from benchmarks.peers.cpsat.statable import MAX_WAYS, refuse
from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.plan import Draft, RouteDraft, SolveStatus, visit_step
from optimizer.problem import Break, Link, LinkKind, Pay, Vehicle
from optimizer.rules import CostTerm
from tests.builders import (
    HOUR,
    at,
    clock,
    make_elder,
    make_meal,
    make_problem,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
    window,
)
from tests.formats.care_texts import care_instance, hhcrsp_text, uhhc_text
from tests.formats.test_uhhc_referee import drafts


def judged(problem, travel, draft):
    """The plan of a draft, and whether it is sound and serves everybody."""
    plan = judged_plan(problem, travel, draft)
    return plan, plan.status is SolveStatus.COMPLETE and check_plan(problem, travel, plan) == ()


def answered(problem, travel=None, time_s=20):
    travel = travel or make_travel(problem)
    plan, is_sound = judged(problem, travel, make_peer("cpsat").solve(problem, travel, time_s, 0))
    assert is_sound
    return plan


def all_drafts(problem):
    """Every order of every assignment."""
    visit_ids = [visit.visit_id for visit in problem.visits]
    names = [worker.worker_id for worker in problem.workers]
    for workers in product(names, repeat=len(visit_ids)):
        own = {name: [v for v, w in zip(visit_ids, workers, strict=True) if w == name] for name in names}
        for orders in product(*(permutations(own[name]) for name in names)):
            yield Draft(
                routes=tuple(
                    RouteDraft(worker_id=name, shift_id="day", steps=tuple(map(visit_step, order)))
                    for name, order in zip(names, orders, strict=True)
                    if order
                )
            )


@pytest.fixture(scope="module")
def hhcrsp(tmp_path_factory):
    return care_instance(hhcrsp_text(), tmp_path_factory.mktemp("hhcrsp"))


@pytest.fixture(scope="module")
def uhhc(tmp_path_factory):
    text = uhhc_text(lambda facts: facts["metadata"]["cost_components"].update(workload_balance=2))
    instance = care_instance(text, tmp_path_factory.mktemp("uhhc"))
    return instance, answered(instance.problem, instance.travel).cost.total_cents


def test_answer_is_the_best_of_all_plans(hhcrsp):
    problem, travel = hhcrsp.problem, hhcrsp.travel
    plans = [judged(problem, travel, draft) for draft in all_drafts(problem)]
    best = min(plan.cost.total_cents for plan, is_sound in plans if is_sound)
    assert answered(problem, travel).cost.total_cents == best


@given(draft=drafts())
@settings(max_examples=200, deadline=None)
def test_no_plan_with_lunch_idle_time_and_preferences_is_cheaper(uhhc, draft):
    instance, best = uhhc
    plan, is_sound = judged(instance.problem, instance.travel, draft)
    assert not is_sound or plan.cost.total_cents >= best


@pytest.mark.parametrize(("missed_cents", "is_taken"), [(100, False), (1000, True)])
def test_break_is_missed_where_that_is_cheaper_than_a_visit(missed_cents, is_taken):
    """A visit at 09:00 and a break of an hour from 08:30 do not go together; the visit is worth 500."""
    rest = Break(break_id="rest", start_s=clock("08:30"), end_s=clock("08:30"), duration_s=HOUR, mandatory=False)
    shift = make_shift(breaks=(replace(rest, missed_cents=missed_cents),))
    tight = make_visit("tight", mandatory=False, unserved_cents=500, windows=(window("09:00", "09:00"),))
    plan = answered(make_problem([make_visit("any"), tight], [make_worker(shifts=(shift,))]))
    taken = [stop.break_id for stop in plan.routes[0].stops if stop.break_id]
    assert bool(taken) is is_taken
    assert [missed.visit_id for missed in plan.unassigned] == (["tight"] if is_taken else [])


def test_mandatory_break_is_taken():
    rest = Break(break_id="rest", start_s=clock("09:00"), end_s=clock("10:00"), duration_s=HOUR)
    plan = answered(make_problem([make_visit()], [make_worker(shifts=(make_shift(breaks=(rest,)),))]))
    assert [stop.break_id for stop in plan.routes[0].stops if stop.break_id] == ["rest"]


@pytest.mark.parametrize(
    ("kind", "num_routes"), [(LinkKind.SAME_WORKER, 1), (LinkKind.DIFFERENT_WORKER, 2), (LinkKind.SAME_START, 2)]
)
def test_bonds_decide_who_goes(kind, num_routes):
    link = Link(kind=kind, first_visit_id="v1", second_visit_id="v2")
    problem = make_problem([make_visit("v1"), make_visit("v2")], [make_worker("a"), make_worker("b")], links=(link,))
    assert len(answered(problem).routes) == num_routes


def test_order_is_kept_although_the_other_is_shorter():
    link = Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2")
    weights = replace(make_problem().weights, travel_cents_per_hour=60)
    visits = [make_visit("v1", 20), make_visit("v2", 10, windows=(window("08:10", "09:00"),))]
    plan = answered(make_problem(visits, links=(link,), weights=weights))
    assert [stop.visit_id for stop in plan.routes[0].visit_stops] == ["v1", "v2"]


def test_dear_visit_is_left_out_at_its_price():
    weights = replace(make_problem().weights, travel_cents_per_hour=6000)
    visits = [make_visit("near", 10), make_visit("far", 100, mandatory=False, unserved_cents=500)]
    assert [missed.visit_id for missed in answered(make_problem(visits, weights=weights)).unassigned] == ["far"]


REST = Break(break_id="rest", start_s=0, end_s=HOUR, duration_s=HOUR)
REFUSED = {
    "portions and loading": make_problem([make_meal()]),
    "visits of several workers": make_problem([make_visit(num_workers=2)]),
    "pins": make_problem([make_visit(pinned_worker_ids=("a",))]),
    "reliability": make_problem([make_visit(min_reliability_share=0.5)]),
    "soft starts of windows": make_problem([make_visit(windows=(window(soft_start_s=clock("09:00")),))]),
    "lateness in percent": make_problem([make_visit(lateness_percent=50)]),
    "several shifts of a worker": make_problem(
        [], [make_worker(shifts=(make_shift(end="12:00"), make_shift("13:00", shift_id="late")))]
    ),
    "pace by worker": make_problem([], [make_worker(duration_percent=90)]),
    "range": make_problem([], [make_worker(vehicle=Vehicle(max_distance_m=1000))]),
    "load carried over": make_problem([], [make_worker(carried_load_s=60)]),
    "pay by hour, kilometre or visit": make_problem([], [make_worker(pay=Pay(cents_per_km=1))]),
    "shifts without places": make_problem([], [make_worker(shifts=(make_shift(end_place=None),))]),
    "limits of working time": make_problem([], [make_worker(shifts=(make_shift(max_work_s=60),))]),
    "several breaks in a shift": make_problem(
        [], [make_worker(shifts=(make_shift(breaks=(REST, replace(REST, break_id="tea"))),))]
    ),
    "breaks at a place": make_problem([], [make_worker(shifts=(make_shift(breaks=(replace(REST, place=at(0)),)),))]),
    "bonds of other kinds": make_problem(
        [make_visit("v1"), make_visit("v2")],
        links=(Link(kind=LinkKind.NOT_CONSECUTIVE_DAYS, first_visit_id="v1", second_visit_id="v2"),),
    ),
    "continuity": make_problem([make_visit(elder_id="e1")], elders=(make_elder(max_distinct_workers=1),)),
    "hard terms": make_problem([], hard_terms=(CostTerm.WAITING,)),
    f"more than {MAX_WAYS:,} ways of workers between visits": make_problem([make_visit(f"v{n}") for n in range(110)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_state_is_refused(name):
    problem = REFUSED[name]
    with pytest.raises(Unsupported, match=f"^{name}$"):
        refuse(problem, make_travel(problem))
