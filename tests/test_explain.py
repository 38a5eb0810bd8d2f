"""Reasons and remedies of unserved visits: found by trying, priced by the judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.explain import carry_out, explain_unassigned
from optimizer.judge import judged_plan
from optimizer.plan import Draft, Remedy, RemedyKind, Source, Unassigned
from optimizer.problem import Link, LinkKind, Pay, SupplyWave, Vehicle
from optimizer.remedies import apply_remedy
from optimizer.rules import Rule
from optimizer.start import insert_greedily
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


def explained(problem, sources=None):
    """What is said about the single visit that the greedy plan leaves unserved."""
    travel = make_travel(problem)
    sources = nearest_sources(problem) if sources is None else sources
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, sources))
    (item,) = explain_unassigned(problem, travel, sources, plan)
    return item


def rules_of(item):
    return {reason.rule for reason in item.reasons}


def remedy_of(item, kind):
    return next(remedy for remedy in item.remedies if remedy.kind is kind)


def test_a_missing_skill_is_the_reason_and_teaching_it_the_cure():
    item = explained(make_problem([make_visit(skills={"bath": 2})], [make_worker(skills={"bath": 1})]))
    assert rules_of(item) == {Rule.SKILL}
    remedy = remedy_of(item, RemedyKind.ADD_SKILL)
    assert (remedy.worker_id, remedy.skill, remedy.level) == ("a", "bath", 2)


def test_a_window_too_early_is_widened_by_just_enough():
    item = explained(make_problem([make_visit(minutes=30, windows=(window("08:00", "08:16"),))]))
    assert rules_of(item) == {Rule.TIME_WINDOW}
    assert remedy_of(item, RemedyKind.WIDEN_WINDOW).change_s == 15 * MINUTE


def test_a_shift_too_short_is_extended_at_the_overtime_price():
    pay = Pay(cents_per_hour=0, overtime_cents_per_hour=6000)
    worker = make_worker(shifts=(make_shift("08:00", "09:00"),), pay=pay)
    item = explained(make_problem([make_visit(minutes=30, service_duration_s=20 * MINUTE)], [worker]))
    assert rules_of(item) == {Rule.SHIFT}
    remedy = remedy_of(item, RemedyKind.EXTEND_SHIFT)
    assert (remedy.change_s, remedy.price_cents) == (20 * MINUTE, 2000)


def test_a_courier_without_another_trip_needs_more_room():
    worker = make_worker(shifts=(make_shift(max_trips=1),), vehicle=Vehicle(capacities={"portions": 2}))
    item = explained(make_problem([make_meal("m1", portions=2), make_meal("m2", portions=1)], [worker]))
    assert Rule.TRIPS in rules_of(item)
    assert remedy_of(item, RemedyKind.MORE_CAPACITY).amount == {"portions": 1}


def test_stock_that_is_short_is_cooked():
    item = explained(make_problem([make_meal()], stations=(make_station(portions={"lunch": 1}),)), {})
    assert Rule.STOCK in rules_of(item)
    assert remedy_of(item, RemedyKind.MORE_PORTIONS).amount == {"lunch": 1}


def test_more_is_cooked_in_a_wave_that_leaves_time_to_deliver():
    waves = tuple(SupplyWave(wave_id=t, ready_s=clock(t), portions={"lunch": 1}) for t in ("09:00", "11:55"))
    meal = make_meal(windows=(window("11:00", "12:00"),))
    item = explained(make_problem([meal], stations=(make_station(waves=waves),)), {})
    assert remedy_of(item, RemedyKind.MORE_PORTIONS).station_id == "s1"


def test_a_vehicle_too_small_is_given_room():
    worker = make_worker(vehicle=Vehicle(capacities={"portions": 2}))
    item = explained(make_problem([make_meal(portions=3)], [worker]))
    assert rules_of(item) == {Rule.CAPACITY}
    assert remedy_of(item, RemedyKind.MORE_CAPACITY).amount == {"portions": 3}


def test_a_visit_of_lower_priority_is_given_up_for_its_price():
    visits = [
        make_visit("low", windows=(window("10:00", "10:00"),)),
        make_visit("high", windows=(window("10:00", "10:00"),), priority=2, mandatory=True),
    ]
    problem = make_problem(visits)
    travel = make_travel(problem)
    plan = judged_plan(problem, travel, make_draft(make_route("a", "low")))
    (item,) = explain_unassigned(problem, travel, {}, plan)
    remedy = remedy_of(item, RemedyKind.SWAP)
    assert remedy.dropped_visit_id == "low"
    assert remedy.price_cents == problem.weights.mandatory_cents


def test_a_refused_worker_is_the_reason():
    elder = make_elder(forbidden_worker_ids=("a",))
    item = explained(make_problem([make_visit(elder_id="e1")], elders=(elder,)))
    assert rules_of(item) == {Rule.FORBIDDEN_WORKER}


def test_a_two_worker_visit_with_one_worker_names_the_common_start():
    item = explained(make_problem([make_visit(num_workers=2)]))
    assert rules_of(item) == {Rule.SAME_START}


def test_what_would_fit_as_it_is_is_said_so():
    problem = make_problem([make_visit()])
    travel = make_travel(problem)
    (item,) = explain_unassigned(problem, travel, {}, judged_plan(problem, travel, Draft()))
    assert item.reasons == ()
    assert [remedy.kind for remedy in item.remedies] == [RemedyKind.INSERT]


def test_linked_visits_are_cured_together():
    visits = [make_visit("first"), make_visit("second", skills={"bath": 1})]
    link = Link(kind=LinkKind.BEFORE, first_visit_id="first", second_visit_id="second")
    problem = make_problem(visits, links=(link,))
    travel = make_travel(problem)
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, {}))
    first, second = explain_unassigned(problem, travel, {}, plan)
    assert rules_of(first) == {Rule.BEFORE}
    assert [remedy.kind for remedy in second.remedies] == [RemedyKind.ADD_SKILL]


def test_after_the_deadline_nothing_is_looked_for():
    problem = make_problem([make_visit(skills={"bath": 1})])
    travel = make_travel(problem)
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, {}))
    (item,) = explain_unassigned(problem, travel, {}, plan, deadline_s=0.0)
    assert item == Unassigned(visit_id="v1")


@pytest.mark.parametrize("kind", [RemedyKind.INSERT, RemedyKind.SWAP])
def test_remedies_that_change_the_plan_cannot_be_applied_to_the_problem(kind):
    with pytest.raises(ValueError, match="changes the plan"):
        apply_remedy(make_problem(), "v1", Remedy(kind=kind, message="", price_cents=0))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_every_unserved_visit_of_any_problem_is_explained(seed):
    problem = random_problem(seed, num_visits=14, num_workers=2)
    travel, sources = make_travel(problem), nearest_sources(problem)
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, sources))
    for item in explain_unassigned(problem, travel, sources, plan):
        assert item.reasons or item.remedies
        assert item.num_insertions_tried > 0


def test_a_remedy_applied_serves_the_visit():
    problem = make_problem([make_visit(minutes=30, windows=(window("08:00", "08:16"),))])
    travel = make_travel(problem)
    remedy = remedy_of(explained(problem), RemedyKind.WIDEN_WINDOW)
    changed = apply_remedy(problem, "v1", remedy)
    plan = judged_plan(changed, travel, insert_greedily(changed, travel, {}))
    assert not plan.unassigned
    assert check_plan(changed, travel, plan) == ()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_every_remedy_can_be_carried_out_on_the_plan_it_was_found_for(seed):
    problem = random_problem(seed)
    travel, sources = make_travel(problem), nearest_sources(problem)
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, sources))
    for item in explain_unassigned(problem, travel, sources, plan):
        for remedy in item.remedies:
            changed, draft = carry_out(problem, travel, sources, plan, visit_id=item.visit_id, remedy=remedy)
            assert draft is not None
            assert item.visit_id in draft.served_visit_ids
            assert check_plan(changed, travel, judged_plan(changed, travel, draft)) == ()


def test_a_remedy_is_carried_out_at_its_price_and_moves_nothing_else():
    visits = [
        make_visit("low", windows=(window("10:00", "10:00"),)),
        make_visit("far", windows=(window("08:00", "08:01"),)),
    ]
    problem = make_problem(visits)
    travel = make_travel(problem)
    before = judged_plan(problem, travel, make_draft(make_route("a", "low")))
    (item,) = explain_unassigned(problem, travel, {}, before)
    remedy = item.remedies[0]
    changed, draft = carry_out(problem, travel, {}, before, visit_id="far", remedy=remedy)
    after = judged_plan(changed, travel, draft)
    saved_cents = problem.weights.mandatory_cents
    assert after.cost.total_cents == before.cost.total_cents - saved_cents + remedy.price_cents
    assert [stop.start_s for stop in after.routes[0].visit_stops if stop.visit_id == "low"] == [10 * HOUR]


def test_supply_that_is_known_is_used():
    problem = make_problem([make_meal(windows=(window("08:00", "08:05"),))])
    item = explained(problem, {"m1": Source(station_id="s1", ready_s=6 * HOUR)})
    assert rules_of(item) == {Rule.TIME_WINDOW}
