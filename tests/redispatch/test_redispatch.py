"""The next plan: who serves what, who is told, what it costs."""

from dataclasses import replace

import pytest

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.params import CostWeights
from optimizer.plan import Draft
from optimizer.problem import Pay
from optimizer.redispatch.day import after, at, open_day
from optimizer.redispatch.diff import ChangeKind
from optimizer.redispatch.events import VisitAdded, VisitCancelled, WorkerIll, WorkerLate
from optimizer.redispatch.nearby import nearby, nearest_worker_ids
from optimizer.redispatch.redispatch import RedispatchParams, Tier, price_of_stability, redispatch
from optimizer.redispatch.rest import rest_of
from optimizer.redispatch.stability import pieces_of
from tests.builders import at as place_at
from tests.builders import (
    clock,
    make_draft,
    make_elder,
    make_problem,
    make_route,
    make_travel,
    make_visit,
    make_worker,
    window,
)

QUICK = RedispatchParams(repair_s=0.05, improve_s=0.4)


def visit_at(visit_id, minutes, start="10:00", end="16:00", **changes):
    return make_visit(visit_id, minutes, elder_id=f"e-{visit_id}", windows=(window(start, end),), **changes)


def make_day(visits, *routes, num_workers=2, skills_of_a=None, **changes):
    elders = tuple(make_elder(visit.elder_id) for visit in visits)
    workers = [
        make_worker(
            name,
            pay=Pay(cents_per_hour=3000, cents_per_km=100),
            skills=(skills_of_a or {}) if name == "a" else {},
        )
        for name in "abcd"[:num_workers]
    ]
    problem = make_problem(visits, workers, elders=elders, **changes)
    travel = make_travel(problem)
    plan = judged_plan(problem, travel, Draft(routes=routes))
    assert not check_plan(problem, travel, plan)
    return open_day(problem, travel, plan, now_s=clock("08:00"))


def two_routes():
    visits = [visit_at("v1", 10), visit_at("v2", 20), visit_at("v3", -10), visit_at("v4", -20)]
    return make_day(visits, make_route("a", "v1", "v2"), make_route("b", "v3", "v4"))


def new_visit(**changes):
    visit = make_visit("new", 15, elder_id="e-new", place=place_at(15), windows=(window("10:00", "16:00"),))
    return VisitAdded(at_s=clock("08:30"), visit=replace(visit, **changes), elder=make_elder("e-new"), urgent=True)


def test_nothing_happened_nothing_changes():
    day = at(two_routes(), clock("08:30"))
    result = redispatch(day, QUICK)
    assert not result.diff.elder_ids
    assert not result.diff.worker_ids
    assert result.plan.draft.served_visit_ids == day.plan.draft.served_visit_ids


def test_an_urgent_visit_goes_to_the_worker_who_is_near():
    result = redispatch(after(two_routes(), new_visit()), QUICK, Tier.INSERTION)
    (route,) = [route for route in result.plan.routes if "new" in [stop.visit_id for stop in route.stops]]
    assert route.worker_id == "a"
    assert result.tier is Tier.INSERTION
    assert [change.kind for change in result.diff.visits if change.visit_id == "new"] == [ChangeKind.ADDED]
    assert result.day.told["new"].worker_ids == ("a",)
    assert result.day.plan is result.plan


def test_what_an_ill_worker_had_to_do_goes_to_the_others():
    result = redispatch(after(two_routes(), WorkerIll(at_s=clock("08:30"), worker_id="a")), QUICK)
    assert {route.worker_id for route in result.plan.routes} == {"b"}
    assert result.plan.draft.served_visit_ids == {"v1", "v2", "v3", "v4"}
    assert {"e-v1", "e-v2"} <= set(result.diff.elder_ids)


def test_what_nobody_can_do_is_unassigned():
    day = make_day([visit_at("v1", 10)], make_route("a", "v1"), num_workers=1)
    result = redispatch(after(day, WorkerIll(at_s=clock("08:30"), worker_id="a")), QUICK)
    assert [item.visit_id for item in result.plan.unassigned] == ["v1"]
    assert [change.kind for change in result.diff.visits] == [ChangeKind.DROPPED]
    assert "v1" not in result.day.told


def test_a_cancelled_visit_tells_its_worker_and_no_elder():
    result = redispatch(after(two_routes(), VisitCancelled(at_s=clock("08:30"), visit_id="v2")), QUICK)
    assert result.diff.elder_ids == ()
    assert result.diff.worker_ids == ("a",)
    assert result.diff.workers[0].removed_visit_ids == ("v2",)


def test_a_move_within_the_tolerance_is_no_news():
    day = at(two_routes(), clock("09:40"))
    result = redispatch(after(day, WorkerLate(at_s=clock("09:45"), worker_id="a", delay_s=600)), QUICK)
    moved = [change for change in result.diff.visits if change.visit_id == "v1"]
    assert all(not change.is_news for change in moved)
    assert "e-v1" not in result.diff.elder_ids


def test_a_move_beyond_the_tolerance_is_told():
    day = at(two_routes(), clock("09:50"))
    result = redispatch(after(day, WorkerLate(at_s=clock("09:55"), worker_id="a", delay_s=3000)), QUICK)
    assert "e-v1" in result.diff.elder_ids
    assert "a" in result.diff.worker_ids


def test_small_moves_add_up_against_what_was_told():
    day = at(two_routes(), clock("09:40"))
    told = day.told["v1"]
    for minute in (41, 42):
        late = after(day, WorkerLate(at_s=clock(f"09:{minute}"), worker_id="a", delay_s=600))
        result = redispatch(late, QUICK, Tier.INSERTION)
        day = result.day
    start_s = next(stop.start_s for route in day.plan.routes for stop in route.stops if stop.visit_id == "v1")
    assert start_s - told.start_s == 1200
    assert "e-v1" in result.diff.elder_ids


def test_without_a_budget_for_workers_a_new_visit_waits():
    day = after(two_routes(), new_visit())
    result = redispatch(day, replace(QUICK, max_workers_told=0))
    assert [item.visit_id for item in result.plan.unassigned] == ["new"]
    assert result.diff.worker_ids == ()
    assert redispatch(day, replace(QUICK, max_workers_told=1)).diff.worker_ids == ("a",)


def test_a_budget_for_workers_goes_to_those_who_can_take_most():
    """The nearest worker has time for one visit of the ill one, the farther one for all five."""
    visits = [visit_at(f"v{number}", 10 + number, f"{10 + number}:00", f"{10 + number}:30") for number in range(5)]
    full = [
        visit_at(f"b{number}", 10 + number, f"{10 + number}:00", f"{10 + number}:00", service_duration_s=3000)
        for number in range(1, 5)
    ]
    far = visit_at("c", -20, "16:00", "16:00")
    day = make_day(
        [*visits, *full, far],
        make_route("a", *(visit.visit_id for visit in visits)),
        make_route("b", *(visit.visit_id for visit in full)),
        make_route("c", "c"),
        num_workers=3,
    )
    ill = after(day, WorkerIll(at_s=clock("08:30"), worker_id="a"))
    for tier in (Tier.INSERTION, Tier.REPAIR):
        result = redispatch(ill, replace(QUICK, max_elders_told=0, max_workers_told=1), tier)
        assert not result.plan.unassigned
        assert set(result.diff.worker_ids) == {"a", "c"}
        assert set(result.diff.elder_ids) == {visit.elder_id for visit in visits}


def test_two_visits_of_several_workers_are_placed_within_a_budget_too():
    visits = [visit_at(f"v{number}", 10 * number, num_workers=1 + number % 2) for number in range(1, 6)]
    one = [visit.visit_id for visit in visits]
    two = [visit.visit_id for visit in visits if visit.num_workers == 2]
    day = make_day(visits, make_route("a", *one), make_route("b", *two), num_workers=4)
    ill = after(day, WorkerIll(at_s=clock("08:30"), worker_id="a"))
    result = redispatch(ill, replace(QUICK, max_workers_told=1), Tier.INSERTION)
    assert not result.plan.unassigned
    assert len(result.diff.worker_ids) <= 3


def test_a_budget_for_elders_keeps_the_new_visit_behind_those_already_told():
    visits = [visit_at("v1", 30, "10:00", "12:00", service_duration_s=1800)]
    day = after(make_day(visits, make_route("a", "v1"), num_workers=1), new_visit(service_duration_s=5400))
    result = redispatch(day, replace(QUICK, max_elders_told=0), Tier.INSERTION)
    assert "e-v1" not in result.diff.elder_ids
    assert "new" in result.plan.draft.served_visit_ids


def test_improvement_is_published_only_where_it_is_worth_it():
    visits = [visit_at("v1", 10), visit_at("v2", -10), visit_at("v3", 20), visit_at("v4", -20)]
    weights = CostWeights(promise_moved_cents_per_hour=0, promise_worker_cents=0)
    day = make_day(visits, make_route("a", "v1", "v2"), make_route("b", "v3", "v4"), weights=weights)
    dear = redispatch(day, replace(QUICK, min_gain_cents_per_change=1_000_000), Tier.IMPROVEMENT)
    assert dear.diff.worker_ids == ()
    assert "nothing worth telling" in dear.notes[-1]
    cheap = redispatch(day, replace(QUICK, min_gain_cents_per_change=0), Tier.IMPROVEMENT)
    assert cheap.tier is Tier.IMPROVEMENT
    assert cheap.cost_cents < dear.cost_cents


def test_the_price_of_stability_compares_with_a_free_plan():
    visits = [visit_at("v1", 10), visit_at("v2", -10), visit_at("v3", 20), visit_at("v4", -20)]
    day = make_day(visits, make_route("a", "v1", "v2"), make_route("b", "v3", "v4"))
    price = price_of_stability(day, replace(QUICK, min_gain_cents_per_change=1_000_000))
    assert price.free_cents < price.stable_cents
    assert price.share == pytest.approx(price.stable_cents / price.free_cents - 1)
    assert price.promises_kept_stable == price.num_promises == 4
    assert price.promises_kept_free < 4


def test_routes_between_which_no_visit_moves_are_pieces_of_their_own():
    before = make_draft(make_route("a", "v1"), make_route("b", "v2"), make_route("c", "v3", "v4"))
    after_draft = make_draft(make_route("a", "v1", "v2"), make_route("c", "v4", "v3"))
    problem = make_problem([make_visit(f"v{k}") for k in range(1, 5)], [make_worker(name) for name in "abc"])
    pieces = [sorted(key[0] for key in piece) for piece in pieces_of(problem, before, after_draft)]
    assert pieces == [["a", "b"], ["c"]]


def test_nearby_holds_what_is_bound_to_other_routes():
    visits = [visit_at("v1", 10, num_workers=2), visit_at("v2", 20)]
    day = make_day(visits, make_route("a", "v1", "v2"), make_route("b", "v1"))
    rest = rest_of(day)
    plan = judged_plan(rest.problem, rest.travel, rest.start)
    part = nearby(rest.problem, plan, ["a"])
    held = part.problem.visit_by_id["v1"]
    assert (held.num_workers, held.pinned_worker_ids, held.pinned_start_s) == (1, ("a",), clock("10:00"))
    assert part.problem.visit_by_id["v2"].pinned_start_s is None
    assert nearest_worker_ids(rest.problem, plan, [("a", "day")], 2) == ["a", "b"]
