"""Slots for one more visit: what is offered is sound, exactly priced and, on small days, the best there is."""

import random
from dataclasses import replace

import pytest

from optimizer.assign import assign_supply
from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.errors import InputError
from optimizer.judge import judged_plan, unserved_cents
from optimizer.params import CostWeights
from optimizer.plan import Draft, Plan, RemedyKind, RouteDraft, break_step, visit_step
from optimizer.problem import Elder, Link, LinkKind, Location, Pay, Problem, Promise, Vehicle, Visit
from optimizer.redispatch.slots import Slot, SlotFinder
from optimizer.redispatch.slots.reasons import why_no_slot
from optimizer.repair import without_visits
from optimizer.rules import CostTerm, Rule
from optimizer.start import insert_greedily
from optimizer.travel import TravelMatrix
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
from tests.worlds import random_problem

EVERYTHING_PRICED = CostWeights(
    travel_cents_per_hour=300,
    waiting_cents_per_hour=500,
    idle_cents_per_hour=700,
    highest_idle_cents_per_hour=900,
    highest_lateness_cents_per_hour=1_100,
    earliness_cents_per_hour=1_300,
    imbalance_cents_per_hour=1_500,
)


def unlinked(problem: Problem) -> Problem:
    """The problem without links and visits of several workers."""
    return replace(problem, links=(), visits=tuple(replace(visit, num_workers=1) for visit in problem.visits))


def questions(problem: Problem, seed: int):
    """Sound plans with one visit taken out, and that visit."""
    travel = make_travel(problem)
    draft = insert_greedily(problem, travel, assign_supply(problem, travel).sources)
    served = sorted(draft.served_visit_ids)
    for visit_id in random.Random(seed).sample(served, min(3, len(served))):
        left = judged_plan(problem, travel, without_visits(draft, [visit_id]))
        visit = problem.visit_by_id[visit_id]
        if visit.num_workers == 1 and not check_plan(problem, travel, left):
            yield travel, left, visit


def finder_of(problem: Problem, *routes: RouteDraft) -> SlotFinder:
    """A finder of a hand-made plan on the line; every fifth minute of it is somebody's home."""
    neighbours = (make_elder(f"at{minutes}", minutes) for minutes in range(0, 45, 5))
    problem = replace(problem, elders=(*problem.elders, *neighbours))
    travel = make_travel(problem)
    return SlotFinder(problem, travel, judged_plan(problem, travel, make_draft(*routes)))


def judged(finder: SlotFinder, slot: Slot, visit: Visit, elder: Elder | None = None) -> int:
    """What the judge says the slot adds to the whole plan, which it must accept."""
    problem, before, after = finder.problem_with(visit, elder), finder.facts.plan, finder.plan_with(slot)
    travel = finder.surroundings.with_places([problem.place_of(visit), problem.end_place_of(visit)])
    assert check_plan(problem, travel, after) == ()
    cost = cost_of(problem, travel, after)
    assert cost == after.cost
    was_known = visit.visit_id in finder.facts.problem.visit_by_id
    return cost.total_cents - before.cost.total_cents + (unserved_cents(problem, visit) if was_known else 0)


@pytest.mark.parametrize("weights", [CostWeights(), EVERYTHING_PRICED], ids=["usual prices", "every term priced"])
@pytest.mark.parametrize("seed", range(10))
def test_slots_are_accepted_by_the_judge_at_exactly_their_price(seed, weights):
    problem = replace(random_problem(seed, num_visits=14), weights=weights)
    for travel, plan, visit in questions(problem, seed):
        finder = SlotFinder(problem, travel, plan)
        for slot in finder.best_slots(visit, n=20, exhaustive=True):
            assert judged(finder, slot, visit) == slot.extra_cents == sum(slot.cents_by_term.values())


@pytest.mark.parametrize("seed", range(10))
def test_the_judge_of_one_route_says_what_the_judge_of_the_whole_plan_says(seed):
    problem = random_problem(seed, num_visits=14)
    for travel, plan, visit in questions(problem, seed):
        finder = SlotFinder(problem, travel, plan)
        question = finder.question(visit)
        for position in finder.positions(question):
            trial = finder.trial(question, position)
            whole = check_plan(problem, travel, finder.plan_with(trial.slot))
            assert {found.rule for found in whole} == {found.rule for found in trial.violations}


@pytest.mark.parametrize("seed", range(16))
def test_best_slot_is_no_dearer_than_any_position_that_moves_no_other_route(seed):
    problem = random_problem(seed, num_visits=14)
    for travel, plan, visit in questions(problem, seed):
        if not visit.demand:
            best = cheapest_by_brute_force(problem, travel, plan, visit)
            slots = SlotFinder(problem, travel, plan).best_slots(visit, exhaustive=True)
            assert best is None or slots[0].extra_cents <= best


@pytest.mark.parametrize("seed", range(10))
def test_best_slot_equals_brute_force_where_nothing_is_linked(seed):
    problem = unlinked(random_problem(seed, num_visits=14))
    for travel, plan, visit in questions(problem, seed):
        if not visit.demand:
            slots = SlotFinder(problem, travel, plan).best_slots(visit, exhaustive=True)
            best = cheapest_by_brute_force(problem, travel, plan, visit)
            assert (slots[0].extra_cents if slots else None) == best


def cheapest_by_brute_force(problem: Problem, travel: TravelMatrix, plan: Plan, visit: Visit) -> int | None:
    """Price of the cheapest position at which the judge accepts the whole plan and no other route changes."""
    best, drafts = None, {(route.worker_id, route.shift_id): route for route in plan.draft.routes}
    timed = {(route.worker_id, route.shift_id): route for route in plan.routes}
    for key, shift in problem.shift_by_id.items():
        rests = sorted(shift.breaks, key=lambda rest: rest.start_s)
        empty = RouteDraft(worker_id=key[0], shift_id=key[1], steps=tuple(break_step(rest.break_id) for rest in rests))
        steps = drafts.get(key, empty).steps
        for position in range(len(steps) + 1):
            route = replace(empty, steps=(*steps[:position], visit_step(visit.visit_id), *steps[position:]))
            tried = judged_plan(problem, travel, Draft(routes=tuple({**drafts, key: route}.values())))
            others = {(route.worker_id, route.shift_id): route for route in tried.routes} | {key: timed.get(key)}
            if others == timed | {key: timed.get(key)} and not check_plan(problem, travel, tried):
                extra = tried.cost.total_cents - plan.cost.total_cents + unserved_cents(problem, visit)
                best = extra if best is None else min(best, extra)
    return best


def looked_up(facts):
    """What facts know of who serves whom, and of stock."""
    stops = {
        name: sorted((stop.worker.worker_id, stop.stop.start_s) for stop in found)
        for name, found in facts.stops_by_visit_id.items()
    }
    elders = {name: sorted(visit_ids) for name, visit_ids in facts.visit_ids_by_elder_id.items() if visit_ids}
    stock = [
        [values.tolist() for values in facts.stock.profile(station.station_id, meal_type.meal_type)]
        for station in facts.problem.stations
        for meal_type in facts.problem.meal_types
    ]
    return stops, elders, stock


@pytest.mark.parametrize("seed", range(8))
def test_a_finder_with_a_slot_taken_answers_like_a_new_one(seed):
    problem = random_problem(seed, num_visits=14)
    for travel, plan, visit in questions(problem, seed):
        finder = SlotFinder(problem, travel, plan)
        finder.facts.prepare()
        for slot in finder.best_slots(visit, n=1):
            taken = finder.with_slot(slot, visit)
            fresh = SlotFinder(problem, travel, finder.plan_with(slot))
            assert looked_up(taken.facts) == looked_up(fresh.facts)
            for other in (problem.visit_by_id[item.visit_id] for item in taken.facts.plan.unassigned):
                if other.num_workers == 1:
                    assert taken.best_slots(other) == fresh.best_slots(other)


def test_a_visit_goes_where_the_detour_is_shortest():
    problem = make_problem(
        [make_visit("east", 20), make_visit("west", -20)],
        [make_worker("a", pay=Pay(cents_per_hour=3600)), make_worker("b", pay=Pay(cents_per_hour=3600))],
    )
    finder = finder_of(problem, make_route("a", "east"), make_route("b", "west"))
    slots = finder.best_slots(make_visit("new", 20))
    assert [(slot.worker_id, slot.extra_cents) for slot in slots] == [("a", 600), ("b", 600 + 40 * MINUTE)]


def test_a_new_elder_at_a_new_place_is_reached_by_the_straight_line():
    problem = make_problem([make_visit("v", 5)])
    finder = finder_of(problem, make_route("a", "v"))
    elder = Elder(elder_id="new", place=Location(lon=116.004, lat=40.001))
    visit = Visit(visit_id="n", service="help", elder_id="new", windows=(window(),), service_duration_s=600)
    (slot,) = finder.best_slots(visit, elder)
    assert judged(finder, slot, visit, elder) == slot.extra_cents
    taken = finder.with_slot(slot, visit, elder)
    assert taken.facts.travel.places[-1] == elder.place
    assert check_plan(taken.facts.problem, taken.facts.travel, taken.facts.plan) == ()


def test_visits_moved_by_the_new_one_are_listed_with_both_times():
    problem = make_problem([make_visit("v", 20, windows=(window("08:00", "12:00"),))])
    finder = finder_of(problem, make_route("a", "v"))
    (slot,) = finder.best_slots(make_visit("new", 10, windows=(window("08:00", "08:10"),)))
    assert slot.start_s == clock("08:10")
    assert [(moved.visit_id, moved.before_s, moved.after_s) for moved in slot.moved] == [
        ("v", clock("08:20"), clock("08:30"))
    ]


def test_a_promise_kept_is_worth_another_worker():
    told = make_visit("told", 20, promise=Promise(start_s=clock("08:20"), tolerance_s=0))
    problem = make_problem([told], [make_worker("a"), make_worker("b")])
    finder = finder_of(problem, make_route("a", "told"))
    first, second = finder.best_slots(make_visit("new", 10, windows=(window("08:00", "08:10"),)))
    assert (first.worker_id, first.extra_cents) == ("b", 0)
    assert second.cents_by_term == {CostTerm.PROMISE_MOVED: 500}


def test_a_meal_rides_along_while_the_vehicle_has_room():
    meals = [make_meal("m1", 10), make_meal("m2", 20)]
    worker = make_worker(vehicle=Vehicle(capacities={"portions": 3}), pay=Pay(cents_per_hour=3600))
    finder = finder_of(make_problem(meals, [worker]), make_route("a", "load:s1", "m1", "m2"))
    (slot,) = finder.best_slots(make_meal("new", 15))
    assert (slot.loads_at, slot.extra_cents) == (None, 2 * MINUTE)
    assert slot.route.trips[0].load_stop.load == {"lunch": 3}


def test_a_meal_gets_a_trip_of_its_own_where_the_vehicle_is_full():
    meals = [make_meal("m1", 10), make_meal("m2", 20)]
    worker = make_worker(vehicle=Vehicle(capacities={"portions": 2}))
    finder = finder_of(make_problem(meals, [worker]), make_route("a", "load:s1", "m1", "m2"))
    (slot,) = finder.best_slots(make_meal("new", 15))
    assert slot.loads_at == "s1"
    assert len(slot.route.trips) == 2


def test_no_trip_is_added_beyond_the_shifts_limit():
    worker = make_worker(vehicle=Vehicle(capacities={"portions": 1}), shifts=(make_shift(max_trips=1),))
    finder = finder_of(make_problem([make_meal("m1")], [worker]), make_route("a", "load:s1", "m1"))
    new = make_meal("new", 15)
    assert finder.best_slots(new) == ()
    assert [reason.rule for reason in why_no_slot(finder, new).reasons] == [Rule.TRIPS]


def test_food_is_not_offered_older_than_it_may_be():
    finder = finder_of(make_problem([make_meal("m1", 10)]), make_route("a", "load:s1", "m1"))
    assert finder.best_slots(make_meal("new", 30, max_on_board_s=30 * MINUTE))
    assert not finder.best_slots(make_meal("new", 30, max_on_board_s=29 * MINUTE))


def test_portions_promised_to_a_later_trip_are_not_taken():
    station = make_station(portions={"lunch": 2})
    meals = [make_meal("m1", 10), make_meal("m2", 20, windows=(window("12:00", "13:00"),))]
    problem = make_problem(meals, stations=(station,))
    finder = finder_of(problem, make_route("a", "load:s1", "m1", "load:s1", "m2"))
    new = make_meal("new", 15)
    assert finder.best_slots(new) == ()
    assert [reason.rule for reason in why_no_slot(finder, new).reasons] == [Rule.STOCK]


def test_a_visit_linked_to_another_route_keeps_that_route_as_it_is():
    visits = [make_visit("a1", 10), make_visit("b1", 10), make_visit("new", 5)]
    link = Link(kind=LinkKind.SAME_START, first_visit_id="a1", second_visit_id="b1")
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    finder = finder_of(problem, make_route("a", "a1"), make_route("b", "b1"))
    slots = finder.best_slots(problem.visit_by_id["new"])
    assert [slot.moved for slot in slots] == [(), ()]
    assert all(judged(finder, slot, problem.visit_by_id["new"]) == slot.extra_cents for slot in slots)


def test_a_linked_new_visit_is_offered_only_at_starts_that_suit_the_other():
    visits = [make_visit("meal", 10), make_visit("nurse", 10)]
    link = Link(kind=LinkKind.GAP, first_visit_id="meal", second_visit_id="nurse", min_gap_s=HOUR, max_gap_s=2 * HOUR)
    problem = make_problem(visits, [make_worker("a"), make_worker("b")], links=(link,))
    finder = finder_of(problem, make_route("a", "meal"))
    for slot in finder.best_slots(problem.visit_by_id["nurse"]):
        assert HOUR <= slot.start_s - clock("08:10") <= 2 * HOUR


@pytest.mark.parametrize(
    ("changes", "elder", "rule"),
    [
        ({"skills": {"nurse": 2}}, {}, Rule.SKILL),
        ({"min_reliability_share": 1.0}, {}, Rule.RELIABILITY),
        ({}, {"forbidden_worker_ids": ("a",)}, Rule.FORBIDDEN_WORKER),
        ({}, {"max_distinct_workers": 1, "worker_history": {"b": 2}}, Rule.DISTINCT_WORKERS),
        ({"windows": (window("07:00", "08:05"),)}, {}, Rule.TIME_WINDOW),
        ({"service_duration_s": 10 * HOUR}, {}, Rule.SHIFT),
        ({"demand": {"lunch": 21}}, {}, Rule.CAPACITY),
        ({"demand": {"lunch": 1}, "station_ids": ("s2",)}, {}, Rule.STOCK),
    ],
)
def test_without_a_slot_the_rule_in_the_way_is_named(changes, elder, rule):
    known = make_elder(**elder)
    workers = [make_worker("a", reliability_share=0.9), make_worker("b", shifts=())]
    empty = make_station("s2", waves=())
    problem = make_problem([make_visit("v", 5)], workers, elders=(known,), stations=(make_station(), empty))
    finder = finder_of(problem, make_route("a", "v"))
    new = make_visit("new", 10, elder_id="e1", **changes)
    assert finder.best_slots(new) == ()
    assert rule in [reason.rule for reason in why_no_slot(finder, new).reasons]


def test_the_nearest_possibility_is_the_smallest_wider_window_that_does():
    finder = finder_of(make_problem([make_visit("v", 20)]), make_route("a", "v"))
    answer = why_no_slot(finder, make_visit("new", 40, windows=(window("07:30", "08:05"),)))
    assert (answer.remedy.kind, answer.remedy.change_s) == (RemedyKind.WIDEN_WINDOW, HOUR)
    assert answer.nearest.start_s == clock("08:40")
    assert answer.remedy.price_cents == answer.nearest.extra_cents


def test_the_nearest_possibility_may_be_a_skill_to_teach():
    finder = finder_of(make_problem([make_visit("v", 20)]), make_route("a", "v"))
    answer = why_no_slot(finder, make_visit("new", 10, skills={"nurse": 2}))
    assert (answer.remedy.kind, answer.remedy.skill, answer.remedy.level) == (RemedyKind.ADD_SKILL, "nurse", 2)


def test_wrong_questions_are_refused():
    finder = finder_of(make_problem([make_visit("v", 20)]), make_route("a", "v"))
    with pytest.raises(InputError, match="already served by worker 'a'"):
        finder.best_slots(make_visit("v"))
    with pytest.raises(InputError, match="needs 2 workers"):
        finder.best_slots(make_visit("new", num_workers=2))
    with pytest.raises(InputError, match="no meal type 'lunhc'"):
        finder.best_slots(make_visit("new", demand={"lunhc": 1}))
    with pytest.raises(InputError, match="no worker 'A'"):
        finder.best_slots(make_visit("new", pinned_worker_ids=("A",)))
