"""Fleets: as few as serve the days, spread as they were, never below what is proven."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.network.fleet import day_cents, fleet_of, type_of, with_fleet
from optimizer.network.sizing import SizingParams, size_fleet
from optimizer.network.staff_bound import least_workers
from optimizer.params import SolveParams
from optimizer.problem import Break, Pay, Vehicle
from optimizer.solve import solve
from optimizer.validate import validate_problem
from scenarios import build_scenario
from tests.builders import (
    HOUR,
    MINUTE,
    clock,
    make_elder,
    make_meal,
    make_problem,
    make_shift,
    make_station,
    make_travel,
    make_visit,
    make_worker,
    window,
)

PARAMS = SizingParams(on_time_share=1.0, levels_percent=(50, 100), solve=SolveParams(step_limit=100, explain=False))


def busy_day(num_visits=6, num_workers=6, **changes):
    """Visits of an hour that start in the same two hours at one place: a worker gives three of them on time."""
    visits = [
        make_visit(f"v{i}", 0, windows=(window("09:00", "11:00"),), service_duration_s=HOUR) for i in range(num_visits)
    ]
    workers = [make_worker(f"w{i}", pay=Pay(cents_per_hour=3000)) for i in range(num_workers)]
    problem = make_problem(visits, workers, **changes)
    return problem, make_travel(problem)


def test_the_fewest_workers_are_found_and_proven():
    found = size_fleet([busy_day()], PARAMS)
    assert found.found.num_workers == found.least_workers == 2
    assert found.found.on_time_share == 1.0


def test_every_day_must_be_served():
    found = size_fleet([busy_day(), busy_day(num_visits=9)], PARAMS)
    assert found.found.num_workers == found.least_workers == 3


def test_less_service_needs_no_more_workers():
    sizes = [size_fleet([busy_day()], replace(PARAMS, on_time_share=share)).found.num_workers for share in (0.5, 1.0)]
    assert sizes == [1, 2]


def test_a_fleet_that_is_too_small_grows():
    found = size_fleet([busy_day(num_workers=1)], PARAMS)
    assert found.types[0].num_now == 1
    assert found.found.num_workers == 2


def test_what_no_growth_reaches_is_refused():
    visit = make_visit(skills={"nursing": 1})
    problem = make_problem([visit])
    with pytest.raises(InputError, match=r"0\.0 % on time is the best"):
        size_fleet([(problem, make_travel(problem))], PARAMS)


def test_the_curve_shows_less_service_for_fewer_workers():
    half, full = size_fleet([busy_day()], PARAMS).curve
    assert (half.num_workers, half.on_time_share) == (1, 0.5)
    assert half.pay_cents * 2 == full.pay_cents


def test_a_larger_fleet_never_serves_less_than_a_part_of_it(monkeypatch):
    def hasty(problem, travel, params, start=None):
        """From nothing, it only ever finds work for one of many."""
        if start is None and len(problem.workers) > 2:
            problem = replace(problem, workers=problem.workers[:1])
        return solve(problem, travel, params, start=start)

    monkeypatch.setattr("optimizer.network.sizing.solve", hasty)
    found = size_fleet([busy_day(num_workers=2)], replace(PARAMS, levels_percent=(50, 100, 200)))
    assert [trial.on_time_share for trial in found.curve] == [0.5, 1.0, 1.0]


def test_a_fleet_too_small_for_a_visit_of_two_serves_nothing():
    problem, travel = busy_day(num_visits=1, num_workers=3)
    problem = replace(problem, visits=(replace(problem.visits[0], num_workers=2),))
    found = size_fleet([(problem, travel)], PARAMS)
    assert found.found.num_workers == 2
    assert found.curve[0].on_time_share == 0.0


@pytest.mark.parametrize("share", [0, 1.1])
def test_a_share_is_a_share(share):
    with pytest.raises(InputError, match="no share"):
        size_fleet([busy_day()], replace(PARAMS, on_time_share=share))


@pytest.mark.parametrize(("share", "least"), [(1.0, 2), (0.84, 2), (0.83, 2), (0.5, 1)])
def test_bound_counts_hours_in_the_stretch_of_the_visits(share, least):
    assert least_workers(*busy_day(), share) == least


def test_bound_takes_breaks_that_must_lie_in_the_stretch_off():
    rest = Break(break_id="rest", start_s=clock("10:00"), end_s=clock("10:30"), duration_s=HOUR)
    problem, travel = busy_day()
    workers = tuple(replace(worker, shifts=(make_shift(breaks=(rest,)),)) for worker in problem.workers)
    assert least_workers(replace(problem, workers=workers), travel, 1.0) == 3


def test_bound_says_when_no_number_of_workers_does():
    problem = make_problem([make_visit(skills={"nursing": 1})])
    assert least_workers(problem, make_travel(problem), 1.0) is None


def test_bound_knows_that_a_visit_lies_half_in_a_stretch_whatever_its_start():
    """Two hours of service begun between nine and ten: everybody is at work from ten to eleven."""
    visits = [
        make_visit(f"v{i}", 0, windows=(window("09:00", "10:00"),), service_duration_s=2 * HOUR) for i in range(3)
    ]
    problem = make_problem(visits, [make_worker(f"w{i}") for i in range(3)])
    assert least_workers(problem, make_travel(problem), 1.0) == 3


def test_bound_counts_the_shortest_way_into_each_place():
    """Twelve visits of five minutes within the hour, each ten minutes' way from the next: without ways one would do."""
    visits = [
        make_visit(f"v{i}", 10 * i, windows=(window("09:00", "09:55"),), service_duration_s=5 * MINUTE)
        for i in range(12)
    ]
    problem = make_problem(visits, [make_worker(f"w{i}") for i in range(3)])
    assert least_workers(problem, make_travel(problem), 1.0) == 3


def test_bound_counts_loadings_of_the_largest_vehicle():
    """Twelve meals at the station's door in an hour; each two of them take a loading of ten minutes."""
    station = make_station("s1", 0, loading_duration_s=10 * MINUTE, portions={"lunch": 12})
    meals = [
        make_meal(f"m{i}", 0, windows=(window("11:00", "12:00"),), service_duration_s=0, station_ids=("s1",))
        for i in range(12)
    ]
    vehicle = Vehicle(mode="walk", capacities={"portions": 2})
    shift = make_shift("11:00", "12:00")
    workers = [make_worker(f"w{i}", vehicle=vehicle, shifts=(shift,)) for i in range(3)]
    problem = make_problem(meals, workers, stations=(station,))
    assert least_workers(problem, make_travel(problem), 1.0) == 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_bound_is_never_above_a_fleet_that_serves_everybody_on_time(seed):
    rng = random.Random(seed)
    visits = [
        make_visit(
            f"v{i}",
            rng.randrange(60),
            windows=(window(f"{9 + rng.randrange(3):02d}:00", f"{12 + rng.randrange(2)}:00"),),
            service_duration_s=rng.randrange(5, 60) * MINUTE,
            skills={"nursing": 1} if rng.random() < 0.3 else {},
        )
        for i in range(10)
    ]
    workers = [make_worker(f"w{i}", skills={"nursing": 1} if i % 2 else {}) for i in range(6)]
    problem = make_problem(visits, workers)
    travel = make_travel(problem)
    for number in range(6, 0, -1):
        fewer = replace(problem, workers=problem.workers[:number])
        if any(visit.skills for visit in visits) and number == 1:
            break
        plan = solve(fewer, travel, SolveParams(step_limit=50, explain=False))
        if plan.unassigned:
            break
        bound = least_workers(fewer, travel, 1.0)
        assert bound is not None
        assert bound <= number


def test_workers_of_a_type_share_skills_mode_and_hours():
    assert type_of(make_worker(skills={"meal": 1, "check": 2})) == "check+meal, walk, 08:00-18:00"
    problem = make_problem([], [make_worker("a", pay=Pay(fixed_cents=5)), make_worker("b", skills={"meal": 1})])
    assert fleet_of(problem) == {"no skill, walk, 08:00-18:00": 1, "meal, walk, 08:00-18:00": 1}
    assert day_cents(problem, fleet_of(problem)) == 5


def test_a_smaller_fleet_is_part_of_a_larger_one_and_spread_alike():
    stations = (make_station("s1"), make_station("s2"))
    workers = [make_worker(f"w{i}", station_id="s1" if i < 4 else "s2") for i in range(6)]
    elder = make_elder(preferred_worker_ids=tuple(worker.worker_id for worker in workers))
    problem = make_problem([], workers, stations=stations, elders=(elder,))
    (name,) = fleet_of(problem)
    ids = [{w.worker_id for w in with_fleet(problem, {name: number}).workers} for number in range(7)]
    assert all(fewer < more for fewer, more in pairwise(ids))
    assert {problem.worker_by_id[worker_id].station_id for worker_id in ids[3]} == {"s1", "s2"}
    assert with_fleet(problem, {name: 0}).elders[0].preferred_worker_ids == ()


def test_a_larger_fleet_has_copies_that_nobody_knows():
    problem = make_problem([], [make_worker("a")])
    assert [w.worker_id for w in with_fleet(problem, {"no skill, walk, 08:00-18:00": 3}).workers] == ["a", "a+1", "a+2"]


def test_a_district_with_another_fleet_stays_sound():
    problem = build_scenario("xicheng-day").problem
    for factor in (0.5, 2):
        changed = with_fleet(problem, {name: round(number * factor) for name, number in fleet_of(problem).items()})
        assert [issue for issue in validate_problem(changed) if issue.severity == "error"] == []
