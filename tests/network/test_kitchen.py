"""Two echelons: vans bring what the last kilometre needs, when it needs it."""

from dataclasses import replace

import pytest

from optimizer.check import check_plan
from optimizer.errors import InputError
from optimizer.network.kitchen import (
    KitchenParams,
    chains_of,
    first_loadings_s,
    plan_kitchen,
    wave_variants,
    with_ages_kept,
    with_deadlines,
    with_open_runs,
)
from optimizer.params import SolveParams
from optimizer.problem import StationKind, SupplyWave, Vehicle
from tests.builders import (
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

QUICK = KitchenParams(max_rounds=2, solve=SolveParams(step_limit=200, explain=False))


def kitchen_district(*, run_end="10:10", waves=(("early", "09:30", {"lunch": 4}),)):
    """A kitchen at 0, a point at 20 with a neighbour and two elders, and one van."""
    kitchen = make_station("kitchen", 0, kind=StationKind.CENTRAL_KITCHEN)
    kitchen = replace(kitchen, waves=tuple(SupplyWave(wave_id=w, ready_s=clock(t), portions=p) for w, t, p in waves))
    point = make_station("point", 20, waves=())
    elders = (make_elder("a", 22), make_elder("b", 25))
    meals = [
        make_meal(
            f"m-{e.elder_id}",
            elder_id=e.elder_id,
            place=None,
            windows=(window("10:30", "12:00"),),
            station_ids=("point",),
        )
        for e in elders
    ]
    run = make_visit(
        "run",
        20,
        service="supply",
        windows=(window("09:00", run_end),),
        service_duration_s=5 * MINUTE,
        demand={"lunch": 2},
        skills={"driving": 1},
        station_ids=("kitchen",),
        delivers_to_station_id="point",
    )
    van = make_worker("van", skills={"driving": 1}, vehicle=Vehicle(mode="van", capacities={"portions": 50}))
    at_point = make_shift("09:00", "13:00", start_place=point.place, end_place=point.place)
    neighbour = make_worker("neighbour", shifts=(at_point,))
    return make_problem((run, *meals), [van, neighbour], elders=elders, stations=(kitchen, point))


def test_a_run_is_open_until_the_last_meal_may_start_and_never_late():
    (run, *_) = with_open_runs(kitchen_district()).visits
    assert run.windows == (window("09:00", "12:00"),)


@pytest.mark.parametrize(("needed", "start", "soft_end"), [("10:35", "09:45", "10:30"), ("09:01", "09:00", "09:00")])
def test_a_run_is_due_when_its_portions_are_needed_and_not_long_before(needed, start, soft_end):
    problem = with_deadlines(with_open_runs(kitchen_district()), {"point": clock(needed)}, 45 * MINUTE)
    assert problem.visits[0].windows == (window(start, "12:00", soft_end_s=clock(soft_end)),)


def test_the_chain_counts_from_the_kitchen_over_the_wait_at_the_station():
    problem = kitchen_district()
    routes = (make_route("van", "load:kitchen", "run"), make_route("neighbour", "load:point", "m-a", "m-b"))
    plan = make_plan(problem, *routes)
    packed_s = plan.routes[0].stops[1].end_s
    starts_s = [stop.start_s for stop in plan.routes[1].visit_stops]
    assert [chain.age_s for chain in chains_of(problem, plan)] == [start_s - packed_s for start_s in starts_s]
    assert first_loadings_s(plan)["point"] == plan.routes[1].stops[1].start_s


@pytest.mark.parametrize(("ridden", "carried", "limit"), [(20, 40, 60), (None, 40, 120), (20, None, 120)])
def test_a_meal_may_get_as_old_as_its_van_and_its_courier_may_carry_it(ridden, carried, limit):
    plan, problem = plan_of_both(ridden=ridden, carried=carried)
    assert {chain.limit_s for chain in chains_of(problem, plan)} == {limit * MINUTE}


def test_ages_are_kept_by_holding_the_vans_and_ending_windows():
    plan, problem = plan_of_both(ridden=20, carried=45)
    packed_s = plan.routes[0].stops[1].end_s
    kept = with_ages_kept(problem, plan)
    run, *meals = kept.visits
    assert (run.pinned_worker_ids, run.pinned_start_s) == (("van",), plan.routes[0].visit_stops[0].start_s)
    assert {meal.windows[0].end_s for meal in meals} == {packed_s + 65 * MINUTE}


def test_meals_too_old_are_brought_sooner_after_their_van():
    """The van must be back by 10:10 and portions may wait; the courier's own limit would let meals be two hours old."""
    problem = kitchen_district(run_end="09:59")
    run, *meals = problem.visits
    meals = [replace(meal, max_on_board_s=40 * MINUTE, windows=(window("10:30", "12:00"),)) for meal in meals]
    problem = replace(problem, visits=(replace(run, max_on_board_s=30 * MINUTE), *meals))
    found = plan_kitchen(problem, make_travel(problem), QUICK)
    assert found.best_round.num_unserved == found.best_round.num_too_old == 0


def plan_of_both(*, ridden, carried):
    """The district with limits on board in minutes, and a plan of both echelons."""
    problem = kitchen_district()
    limits = [None if minutes is None else minutes * MINUTE for minutes in (ridden, carried, carried)]
    visits = tuple(replace(visit, max_on_board_s=s) for visit, s in zip(problem.visits, limits, strict=True))
    problem = replace(problem, visits=visits)
    routes = (make_route("van", "load:kitchen", "run"), make_route("neighbour", "load:point", "m-a", "m-b"))
    return make_plan(problem, *routes), problem


def test_both_echelons_are_one_sound_plan():
    problem = kitchen_district()
    found = plan_kitchen(problem, make_travel(problem), QUICK)
    assert not list(check_plan(found.problem, make_travel(problem), found.plan))
    assert found.best_round.num_unserved == 0
    (feeding,) = found.feedings
    assert clock(feeding.brought) <= clock(feeding.needed)
    assert feeding.portions == 2


def test_a_deadline_guessed_too_early_is_found_by_the_routes():
    """No van can be at the point by 9:40; the routes do not need it before 10:30."""
    problem = kitchen_district(run_end="09:40")
    found = plan_kitchen(problem, make_travel(problem), QUICK)
    assert found.rounds[0].num_unserved == 3
    assert found.best_round.num_unserved == 0


def test_every_single_wave_is_a_variant_with_the_same_portions():
    problem = kitchen_district(waves=(("early", "09:30", {"lunch": 2}), ("late", "10:30", {"lunch": 3})))
    variants = wave_variants(problem)
    assert list(variants) == ["2 waves (09:30, 10:30)", "one wave (09:30)", "one wave (10:30)"]
    for variant in list(variants.values())[1:]:
        (wave,) = variant.stations[0].waves
        assert wave.portions == {"lunch": 5}


def test_one_wave_has_no_other_variant():
    assert list(wave_variants(kitchen_district())) == ["1 wave (09:30)"]


def test_a_problem_without_supply_runs_is_refused():
    problem = make_problem([make_visit()])
    with pytest.raises(InputError, match="no supply run"):
        plan_kitchen(problem, make_travel(problem), QUICK)
