"""Unsound drafts become sound by losing as little as the violations say."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.plan import Draft
from optimizer.problem import Link, LinkKind
from optimizer.repair import drop_until_sound, without_visits
from optimizer.start import insert_greedily
from tests.builders import (
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


def repaired(problem, *routes):
    draft, _, dropped = drop_until_sound(problem, make_travel(problem), make_draft(*routes))
    assert check_plan(problem, make_travel(problem), judged_plan(problem, make_travel(problem), draft)) == ()
    assert all(dropped.values())
    return draft, tuple(dropped)


def test_a_sound_draft_is_left_alone():
    problem = make_problem([make_visit()])
    route = make_route("a", "v1")
    assert repaired(problem, route) == (make_draft(route), ())


def test_the_visit_that_breaks_a_rule_goes():
    problem = make_problem([make_visit("good"), make_visit("late", windows=(window("08:00", "08:01"),))])
    assert repaired(problem, make_route("a", "good", "late")) == (make_draft(make_route("a", "good")), ("late",))


def test_a_route_too_long_loses_its_last_visit():
    worker = make_worker(shifts=(make_shift("08:00", "08:35"),))
    problem = make_problem([make_visit("v1"), make_visit("v2")], [worker])
    assert repaired(problem, make_route("a", "v1", "v2"))[1] == ("v2",)


def test_the_partner_of_a_dropped_visit_goes_with_it():
    link = Link(kind=LinkKind.BEFORE, first_visit_id="v1", second_visit_id="v2")
    problem = make_problem([make_visit("v1"), make_visit("v2", skills={"bath": 1})], links=(link,))
    assert set(repaired(problem, make_route("a", "v1", "v2"))[1]) == {"v1", "v2"}


def test_stock_that_does_not_suffice_costs_visits():
    problem = make_problem([make_meal("m1"), make_meal("m2")], stations=(make_station(portions={"lunch": 1}),))
    draft, dropped = repaired(problem, make_route("a", "load:s1", "m1", "load:s1", "m2"))
    assert len(dropped) == 1
    assert len(draft.served_visit_ids) == 1


def test_loadings_that_feed_nothing_go_with_their_visits():
    draft = make_draft(make_route("a", "load:s1", "m1", "load:s1", "m2"))
    assert without_visits(draft, ["m1"]) == make_draft(make_route("a", "load:s1", "m2"))
    assert without_visits(draft, ["m1", "m2"]) == Draft()


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_plan_for_other_facts_becomes_sound(seed):
    problem = random_problem(seed)
    travel = make_travel(problem)
    draft = insert_greedily(problem, travel, nearest_sources(problem))
    shorter = tuple(
        replace(worker, shifts=tuple(replace(shift, end_s=shift.end_s - 4 * 3600) for shift in worker.shifts))
        for worker in problem.workers
    )
    changed = replace(problem, workers=shorter)
    sound, _, _ = drop_until_sound(changed, travel, draft)
    assert check_plan(changed, travel, judged_plan(changed, travel, sound)) == ()
