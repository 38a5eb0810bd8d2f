"""Random worlds, random events at random times: what must hold of every re-plan."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.judge import judged_plan
from optimizer.plan import StopKind
from optimizer.problem import Problem, Visit
from optimizer.redispatch.day import Day, after, at, open_day
from optimizer.redispatch.diff import diff_plans
from optimizer.redispatch.events import (
    ElderAbsent,
    Event,
    KitchenLate,
    StopDone,
    StopStarted,
    StreetClosed,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
)
from optimizer.redispatch.redispatch import RedispatchParams, Tier, redispatch
from optimizer.redispatch.rest import joined, rest_of
from optimizer.repair import drop_until_sound
from optimizer.start import insert_greedily
from optimizer.validate import ERROR_CODES, validate_problem
from tests.builders import HOUR, MINUTE, clock, make_travel
from tests.builders import at as place_at
from tests.worlds import nearest_sources, random_problem

TIGHT = RedispatchParams(repair_s=0.05, improve_s=0.3)


def published_day(seed: int) -> Day:
    problem = random_problem(seed)
    travel = make_travel(problem)
    draft = insert_greedily(problem, travel, nearest_sources(problem))
    sound, _, _ = drop_until_sound(problem, travel, draft)
    return open_day(problem, travel, judged_plan(problem, travel, sound))


def random_event(rng: random.Random, day: Day, now_s: int) -> Event:
    stops = [
        (route.worker_id, stop)
        for route in day.plan.routes
        for stop in route.stops
        if stop.start_s <= now_s and stop.kind not in {StopKind.START, StopKind.END}
    ]
    kinds = ["added", "cancelled", "absent", "ill", "late", "back", "down", "kitchen", "street"]
    kind = rng.choice([*kinds, "started", "done"] if stops else kinds)
    if kind in {"started", "done"}:
        who, stop = rng.choice(stops)
        names = {"visit_id": stop.visit_id, "station_id": stop.station_id, "break_id": stop.break_id}
        noise_s = rng.choice((-5, 0, 0, 10)) * MINUTE
        if kind == "started":
            return StopStarted(at_s=now_s, worker_id=who, start_s=min(now_s, stop.start_s + noise_s), **names)
        return StopDone(at_s=now_s, worker_id=who, end_s=min(now_s, stop.end_s + noise_s), **names)
    return random_trouble(rng, day, now_s, kind)


def random_trouble(rng: random.Random, day: Day, now_s: int, kind: str) -> Event:
    problem = day.problem
    worker_id = rng.choice(problem.workers).worker_id
    elder_id, station_id = rng.choice(problem.elders).elder_id, rng.choice(problem.stations).station_id
    spot, until_s = place_at(rng.randrange(-30, 60)), now_s + rng.choice((1, 3)) * HOUR
    events: dict[str, Event] = {
        "added": VisitAdded(at_s=now_s, visit=random_visit(rng, now_s, problem), urgent=rng.random() < 0.5),
        "cancelled": VisitCancelled(at_s=now_s, visit_id=rng.choice(problem.visits).visit_id),
        "absent": ElderAbsent(at_s=now_s, elder_id=elder_id, from_s=now_s, until_s=rng.choice((None, until_s))),
        "ill": WorkerIll(at_s=now_s, worker_id=worker_id, from_s=rng.choice((None, now_s + HOUR))),
        "late": WorkerLate(at_s=now_s, worker_id=worker_id, delay_s=rng.choice((10, 40)) * MINUTE),
        "back": WorkerBack(at_s=now_s, worker_id=worker_id, from_s=now_s + rng.choice((0, HOUR))),
        "down": VehicleDown(
            at_s=now_s, worker_id=worker_id, from_s=now_s, fallback_mode=rng.choice((None, "walk", "bicycle"))
        ),
        "kitchen": KitchenLate(at_s=now_s, station_id=station_id, delay_s=rng.choice((10, 60)) * MINUTE),
        "street": StreetClosed(at_s=now_s, place=spot, radius_m=200, from_s=now_s, until_s=until_s),
    }
    return events[kind]


def random_visit(rng: random.Random, now_s: int, problem: Problem) -> Visit:
    model = rng.choice(problem.visits)
    window = replace(model.windows[0], start_s=now_s, end_s=now_s + rng.choice((1, 3)) * HOUR, soft_end_s=None)
    return replace(
        model,
        visit_id=f"new-{now_s}-{rng.randrange(1000)}",
        windows=(window,),
        pinned_worker_ids=(),
        promise=None,
        ready_s=None,
    )


def happened(rng: random.Random, day: Day, num_events: int) -> Day:
    """`day` after some events; those that do not agree with it are refused and leave it as it was."""
    now_s = day.now_s
    for _ in range(num_events):
        try:
            day = after(day, random_event(rng, day, now_s))
        except InputError:
            day = at(day, now_s)
    return day


def assert_consistent(day: Day, params: RedispatchParams, tier: Tier) -> Day:
    rest = rest_of(day, params.freeze_s)
    assert not [found for found in validate_problem(rest.problem) if found.code in ERROR_CODES]
    result = redispatch(day, params, tier)
    by_key = {(route.worker_id, route.shift_id): route for route in result.plan.routes}
    for route in rest.committed:
        inner = [stop for stop in route.stops if stop.kind is not StopKind.START]
        if inner:
            stops = by_key[route.worker_id, route.shift_id].stops[1 : len(inner) + 1]
            assert [what_and_when(stop) for stop in stops] == [what_and_when(stop) for stop in inner]
    served = result.plan.draft.served_visit_ids
    unassigned = {item.visit_id for item in result.plan.unassigned}
    assert served | unassigned == set(day.problem.visit_by_id)
    assert not served & unassigned
    assert not rest.lost.keys() & served
    assert result.diff == diff_plans(day.problem, day.plan, result.plan, told=day.told)
    assert result.cost_cents == result.plan.cost.total_cents
    return result.day


def assert_budget_kept(day: Day, params: RedispatchParams, tier: Tier) -> None:
    """What is told beyond the inevitable (what happens when nothing is chosen) is within the budget."""
    rest = rest_of(day, params.freeze_s)
    sound, _, _ = drop_until_sound(rest.problem, rest.travel, rest.start)
    base = joined(day, rest, judged_plan(rest.problem, rest.travel, sound))
    inevitable = diff_plans(day.problem, day.plan, base, told=day.told)
    known = day.plan.draft.served_visit_ids | {item.visit_id for item in day.plan.unassigned}
    new = {visit.elder_id for visit in day.problem.visits if visit.visit_id not in known}
    diff = redispatch(day, params, tier).diff
    assert len(set(diff.elder_ids) - set(inevitable.elder_ids) - new) <= params.max_elders_told
    assert len(set(diff.worker_ids) - set(inevitable.worker_ids)) <= params.max_workers_told


def what_and_when(stop):
    return stop.visit_id, stop.station_id, stop.break_id, stop.start_s, stop.end_s, dict(stop.load)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_insertion_keeps_the_past_and_accounts_for_every_visit(seed):
    rng = random.Random(seed)
    day = at(published_day(seed % 40), clock("08:00") + rng.randrange(0, 6 * 60) * MINUTE)
    for _ in range(3):
        day = happened(rng, day, rng.randrange(1, 3))
        day = assert_consistent(day, TIGHT, Tier.INSERTION)
        day = at(day, day.now_s + rng.randrange(0, 90) * MINUTE)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_local_repair_keeps_the_past_and_accounts_for_every_visit(seed):
    rng = random.Random(seed)
    day = at(published_day(seed % 40), clock("08:00") + rng.randrange(0, 4 * 60) * MINUTE)
    assert_consistent(happened(rng, day, 3), TIGHT, Tier.REPAIR)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), max_elders=st.integers(0, 2), max_workers=st.integers(0, 2))
def test_the_stability_budget_is_kept_exactly(seed, max_elders, max_workers):
    rng = random.Random(seed)
    day = at(published_day(seed % 40), clock("08:00") + rng.randrange(0, 4 * 60) * MINUTE)
    params = replace(TIGHT, max_elders_told=max_elders, max_workers_told=max_workers)
    tier = Tier.REPAIR if seed % 4 == 0 else Tier.INSERTION
    assert_budget_kept(happened(rng, day, 2), params, tier)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_background_improvement_keeps_past_budget_and_visits(seed):
    rng = random.Random(seed)
    day = at(published_day(seed % 40), clock("08:00") + rng.randrange(0, 3 * 60) * MINUTE)
    day = happened(rng, day, 2)
    assert_consistent(day, TIGHT, Tier.IMPROVEMENT)
    assert_budget_kept(day, replace(TIGHT, max_elders_told=1, max_workers_told=1), Tier.IMPROVEMENT)
