"""The judge on a district's day: a thousand hand-overs by 25 couriers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.kpis import kpis_of
from optimizer.plan import Draft, Plan, RouteDraft, SolveStatus, load_step, visit_step
from optimizer.problem import (
    Elder,
    Horizon,
    Location,
    MealType,
    Pay,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR
from optimizer.validate import validate_problem

NUM_VISITS, NUM_WORKERS = 1_000, 25
HOME = Location(lon=116.36, lat=39.91)

Case = tuple[Problem, TravelMatrix, Plan]


@pytest.fixture(scope="module")
def case() -> Case:
    problem = _problem()
    travel = _travel(problem)
    routes = time_draft(problem, travel, _draft(problem))
    return problem, travel, Plan(status=SolveStatus.COMPLETE, routes=routes)


def test_check_plan_of_a_thousand_visits(benchmark: BenchmarkFixture, case: Case) -> None:
    assert benchmark(check_plan, *case) == ()


def test_cost_of_a_thousand_visits(benchmark: BenchmarkFixture, case: Case) -> None:
    assert benchmark(cost_of, *case).total_cents == 5_069_767


def test_kpis_of_a_thousand_visits(benchmark: BenchmarkFixture, case: Case) -> None:
    assert benchmark(kpis_of, *case).num_portions == NUM_VISITS


def test_validate_a_thousand_visits(benchmark: BenchmarkFixture, case: Case) -> None:
    problem, travel, _ = case
    assert benchmark(validate_problem, problem, travel) == ()


def _problem() -> Problem:
    elders = tuple(Elder(elder_id=f"e{k}", place=_place(k)) for k in range(NUM_VISITS))
    window = TimeWindow(start_s=8 * SECONDS_PER_HOUR, end_s=20 * SECONDS_PER_HOUR, soft_end_s=12 * SECONDS_PER_HOUR)
    shift = Shift(
        shift_id="day",
        start_s=8 * SECONDS_PER_HOUR,
        end_s=22 * SECONDS_PER_HOUR,
        start_place=HOME,
        end_place=HOME,
    )
    wave = SupplyWave(wave_id="w1", ready_s=0, portions={"lunch": NUM_VISITS})
    return Problem(
        name="judge benchmark",
        horizon=Horizon(first_date=dt.date(2026, 3, 2)),
        meal_types=(MealType(meal_type="lunch"),),
        stations=(Station(station_id="s1", place=HOME, waves=(wave,), portion_price_cents=900),),
        elders=elders,
        visits=tuple(
            Visit(
                visit_id=f"m{k}",
                service="meal",
                elder_id=f"e{k}",
                windows=(window,),
                service_duration_s=150,
                demand={"lunch": 1},
                soft_on_board_s=SECONDS_PER_HOUR,
            )
            for k in range(NUM_VISITS)
        ),
        workers=tuple(
            Worker(
                worker_id=f"a{i}",
                shifts=(shift,),
                vehicle=Vehicle(mode="e-bike", capacities={"portions": 40}),
                pay=Pay(cents_per_hour=2_800, cents_per_km=20),
            )
            for i in range(NUM_WORKERS)
        ),
    )


def _place(k: int) -> Location:
    """Homes on a spiral around the station, two kilometres at most from it."""
    radius, angle = 0.02 * k / NUM_VISITS, 2.4 * k
    return Location(lon=HOME.lon + radius * np.cos(angle).item(), lat=HOME.lat + radius * np.sin(angle).item())


def _travel(problem: Problem) -> TravelMatrix:
    """Straight lines at 4 m/s, with a degree taken for 100 km either way."""
    lon = np.array([place.lon for place in problem.places])
    lat = np.array([place.lat for place in problem.places])
    metres = np.hypot(lon[:, None] - lon, lat[:, None] - lat) * 100_000
    return TravelMatrix(
        places=problem.places,
        duration_s={"e-bike": np.ceil(metres / 4).astype(np.int32)},
        distance_m={"e-bike": np.rint(metres).astype(np.int32)},
    )


def _draft(problem: Problem) -> Draft:
    """Every worker takes every 25th visit, after one loading."""
    return Draft(
        routes=tuple(
            RouteDraft(
                worker_id=worker.worker_id,
                shift_id="day",
                steps=(
                    load_step("s1"),
                    *(visit_step(visit.visit_id) for visit in problem.visits[i::NUM_WORKERS]),
                ),
            )
            for i, worker in enumerate(problem.workers)
        )
    )
