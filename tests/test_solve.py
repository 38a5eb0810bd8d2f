"""The whole way from problem to plan, with the engine in it: the judge has nothing to say, and cost is what it says."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.errors import InvalidProblem
from optimizer.params import Engine, SolveParams
from optimizer.plan import RemedyKind, SolveStatus
from optimizer.problem import Link, LinkKind, MealType, SupplyWave
from optimizer.solve import solve
from tests.builders import (
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
from tests.worlds import random_problem

QUICK = SolveParams(step_limit=5, num_workers=1)


def solved(problem, params=QUICK, **options):
    """The plan of `problem`, which the judge has found sound and priced as printed."""
    travel = make_travel(problem)
    plan = solve(problem, travel, params, **options)
    assert check_plan(problem, travel, plan) == ()
    assert cost_of(problem, travel, plan) == plan.cost
    assert not any("judge refused" in note for note in plan.provenance.notes)
    return plan


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_the_plan_of_any_problem_passes_the_judge(seed):
    problem = random_problem(seed)
    plan = solved(problem)
    unserved = {item.visit_id for item in plan.unassigned}
    is_short = any(problem.visit_by_id[visit_id].mandatory for visit_id in unserved)
    assert plan.status is (SolveStatus.INCOMPLETE if is_short else SolveStatus.COMPLETE)
    assert all(item.num_insertions_tried for item in plan.unassigned)


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_the_engine_never_makes_a_plan_dearer(seed):
    problem = random_problem(seed)
    start = solved(problem, replace(QUICK, step_limit=0))
    assert solved(problem).cost.total_cents <= start.cost.total_cents


def test_the_same_seed_and_steps_give_the_same_plan():
    problem = random_problem(7)
    first, second = solved(problem), solved(problem)
    assert (first.routes, first.unassigned, first.cost) == (second.routes, second.unassigned, second.cost)


def test_meals_and_care_share_a_route():
    plan = solved(make_problem([make_meal("lunch", 10), make_visit("bath", 12)]))
    assert {stop.visit_id for stop in plan.routes[0].visit_stops} == {"lunch", "bath"}


def test_supply_runs_come_before_the_meals_they_feed():
    village = make_station("village", 30, waves=())
    run = make_meal("run", 30, portions=3, delivers_to_station_id="village", station_ids=("s1",))
    meals = [make_meal(f"m{n}", 32 + n, station_ids=("village",)) for n in range(3)]
    neighbour = make_worker("b", shifts=(make_shift(start_place=at(30), end_place=at(30)),))
    problem = make_problem([run, *meals], [make_worker("a"), neighbour], stations=(make_station(), village))
    plan = solved(problem)
    assert plan.status is SolveStatus.COMPLETE
    loads = [t.load_stop for route in plan.routes for t in route.trips if t.load_stop.station_id == "village"]
    (delivery,) = [stop for route in plan.routes for stop in route.visit_stops if stop.visit_id == "run"]
    assert loads
    assert all(load.start_s >= delivery.end_s for load in loads)


def test_stock_of_two_waves_is_kept():
    waves = tuple(SupplyWave(wave_id=t, ready_s=clock(t), portions={"lunch": 2}) for t in ("09:00", "11:00"))
    plan = solved(make_problem([make_meal(f"m{n}", n) for n in range(4)], stations=(make_station(waves=waves),)))
    assert plan.status is SolveStatus.COMPLETE


def test_an_empty_problem_has_an_empty_plan():
    plan = solved(make_problem())
    assert (plan.status, plan.routes, plan.cost.total_cents) == (SolveStatus.COMPLETE, (), 0)


def test_a_problem_without_workers_leaves_everything_unserved():
    plan = solved(make_problem([make_visit()], []))
    assert plan.status is SolveStatus.INCOMPLETE


def test_what_cannot_be_served_is_explained():
    plan = solved(make_problem([make_visit("v1"), make_visit("v2", windows=(window("08:00", "08:05"),))]))
    (item,) = plan.unassigned
    assert item.visit_id == "v2"
    assert RemedyKind.WIDEN_WINDOW in {remedy.kind for remedy in item.remedies}


def test_a_given_start_is_cleared_of_what_breaks_rules():
    problem = make_problem([make_visit("v1"), make_visit("v2", skills={"bath": 1})])
    plan = solved(problem, start=make_draft(make_route("a", "v2", "v1")))
    assert [item.visit_id for item in plan.unassigned] == ["v2"]
    assert any("'v2'" in note for note in plan.provenance.notes)


def test_a_given_start_is_filled_up():
    problem = make_problem([make_visit("v1"), make_meal("m1", 12)])
    plan = solved(problem, start=make_draft(make_route("a", "v1")))
    assert plan.status is SolveStatus.COMPLETE


def test_an_unsound_problem_is_refused_with_every_error():
    problem = make_problem([make_visit("v1", windows=()), make_visit("v1")])
    with pytest.raises(InvalidProblem) as caught:
        solve(problem, make_travel(make_problem()), QUICK)
    assert len(caught.value.issues) >= 2


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_every_engine_alone_passes_the_judge(seed):
    problem = random_problem(seed)
    for engine in (Engine.SEARCH, Engine.ORTOOLS):
        solved(problem, replace(QUICK, engine=engine))


def test_auto_takes_the_search_where_visits_are_free():
    plan = solved(make_problem([make_visit("v1"), make_visit("v2")]))
    assert plan.provenance.engine == "search"


def test_linked_visits_are_searched_like_all_others():
    link = Link(kind=LinkKind.SAME_START, first_visit_id="v1", second_visit_id="v2")
    workers = [make_worker("a"), make_worker("b")]
    plan = solved(make_problem([make_visit("v1"), make_visit("v2"), make_visit("v3")], workers, links=(link,)))
    assert plan.status is SolveStatus.COMPLETE
    assert (plan.provenance.engine, plan.provenance.notes) == ("search", ())


def test_what_the_search_has_no_moves_for_stays_and_is_named():
    link = Link(kind=LinkKind.SAME_WORKER, first_visit_id="v1", second_visit_id="v2")
    workers = [make_worker("a"), make_worker("b")]
    plan = solved(make_problem([make_visit("v1", num_workers=2), make_visit("v2")], workers, links=(link,)))
    assert plan.status is SolveStatus.COMPLETE
    assert any("2 visits that the search has no moves for stay" in note for note in plan.provenance.notes)


def test_what_a_given_start_lost_is_named_with_the_rule():
    late = make_visit("late", windows=(window("08:00", "08:01"),))
    problem = make_problem([make_visit("v1"), late])
    plan = solved(problem, start=make_draft(make_route("a", "v1", "late")))
    assert any("'late' was taken out of the given start: time-window" in note for note in plan.provenance.notes)


def test_stopping_at_once_still_gives_a_sound_plan():
    assert solved(random_problem(3), SolveParams(time_limit_s=60, num_workers=1), should_stop=lambda: True)


def test_no_time_still_gives_a_sound_plan():
    plan = solved(random_problem(3), SolveParams(time_limit_s=0, num_workers=1))
    assert plan.routes


def test_progress_is_told_with_the_cost_of_the_incumbent():
    told = []
    plan = solved(random_problem(5), on_progress=told.append)
    assert {"start", "search"} <= {state.phase for state in told}
    assert min(state.cost_cents for state in told if state.cost_cents is not None) >= plan.cost.total_cents


def test_the_provenance_says_how_to_make_the_plan_again():
    provenance = solved(make_problem([make_visit()]), replace(QUICK, seed=11)).provenance
    assert (provenance.engine, provenance.seed) == ("search", 11)
    assert set(provenance.versions) == {"yizhan", "ortools", "numba", "python"}
    assert len(provenance.problem_hash) == 64


def test_diets_have_their_own_room():
    halal = MealType(meal_type="halal", uses={"halal_box": 1})
    problem = make_problem(
        [make_meal("m1"), make_meal("m2", demand={"halal": 1})],
        meal_types=(MealType(meal_type="lunch"), halal),
        stations=(make_station(portions={"lunch": 9, "halal": 9}),),
    )
    plan = solved(problem)
    assert [item.visit_id for item in plan.unassigned] == ["m2"]
