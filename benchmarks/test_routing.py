"""The routing model on one station's noon: building it, and a fixed number of steps of its search."""

from __future__ import annotations

import datetime as dt
import random
import time

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.params import SolveParams
from optimizer.plan import Draft, RouteDraft, Source, load_step, visit_step
from optimizer.problem import (
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
from optimizer.routing import improve
from optimizer.routing.engine import build_model
from optimizer.routing.nodes import make_nodes
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR

NUM_VISITS, NUM_WORKERS = 60, 8
HOME = Location(lon=116.36, lat=39.91)
READY_S = 10 * SECONDS_PER_HOUR

Case = tuple[Problem, TravelMatrix, dict[str, Source], Draft]


@pytest.fixture(scope="module")
def case() -> Case:
    problem = _problem(random.Random(1))
    travel = _travel(problem)
    sources = {visit.visit_id: Source(station_id="s1", ready_s=READY_S) for visit in problem.visits}
    return problem, travel, sources, _start(problem)


def test_build_the_model_of_sixty_meals(benchmark: BenchmarkFixture, case: Case) -> None:
    problem, travel, sources, start = case
    nodes = make_nodes(problem, travel, sources, start)
    assert len(benchmark(build_model, nodes).nodes.visit_nodes) == NUM_VISITS


def test_two_hundred_steps_on_sixty_meals(benchmark: BenchmarkFixture, case: Case) -> None:
    problem, travel, sources, start = case

    def run() -> Draft:
        params = SolveParams(step_limit=200)
        return improve(problem, travel, start, sources, params, deadline_s=time.monotonic() + 600)

    plan = judged_plan(problem, travel, benchmark(run))
    assert check_plan(problem, travel, plan) == ()
    assert plan.cost.total_cents == 726_763


def _problem(rng: random.Random) -> Problem:
    """Meals within three kilometres, up to an hour on board, carried six at a time."""
    shift = Shift(
        shift_id="noon",
        start_s=9 * SECONDS_PER_HOUR,
        end_s=14 * SECONDS_PER_HOUR,
        start_place=HOME,
        end_place=HOME,
    )
    station = Station(
        station_id="s1",
        place=HOME,
        loading_duration_s=300,
        waves=(SupplyWave(wave_id="w1", ready_s=READY_S, portions={"lunch": NUM_VISITS}),),
    )
    return Problem(
        name="routing benchmark",
        horizon=Horizon(first_date=dt.date(2026, 3, 2)),
        meal_types=(MealType(meal_type="lunch"),),
        stations=(station,),
        visits=tuple(_visit(rng, k) for k in range(NUM_VISITS)),
        workers=tuple(
            Worker(
                worker_id=f"a{i}",
                shifts=(shift,),
                vehicle=Vehicle(mode="e-bike", capacities={"portions": 6}),
                pay=Pay(fixed_cents=2_000, cents_per_hour=2_800, cents_per_km=20),
            )
            for i in range(NUM_WORKERS)
        ),
    )


def _visit(rng: random.Random, k: int) -> Visit:
    start_s = 11 * SECONDS_PER_HOUR + rng.choice((0, 1800))
    return Visit(
        visit_id=f"m{k}",
        service="meal",
        place=Location(lon=HOME.lon + rng.uniform(-0.02, 0.02), lat=HOME.lat + rng.uniform(-0.02, 0.02)),
        windows=(TimeWindow(start_s=start_s, end_s=start_s + SECONDS_PER_HOUR),),
        service_duration_s=120,
        demand={"lunch": 1},
        max_on_board_s=SECONDS_PER_HOUR,
    )


def _start(problem: Problem) -> Draft:
    """Every worker takes six meals on one trip, in no good order."""
    return Draft(
        routes=tuple(
            RouteDraft(
                worker_id=worker.worker_id,
                shift_id="noon",
                steps=(load_step("s1"), *(visit_step(visit.visit_id) for visit in problem.visits[6 * i : 6 * i + 6])),
            )
            for i, worker in enumerate(problem.workers)
        )
    )


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
