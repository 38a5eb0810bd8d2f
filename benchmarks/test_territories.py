"""Speed of territories and of deciding who eats where: fixed districts, proven answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.network.dining import assign_meals
from optimizer.network.territories import make_territories
from optimizer.network.transport import NOWHERE, TransportModel, solve_transport
from optimizer.travel import build_travel
from scenarios import build_scenario

_SIDE_M = 6_000
_COMPACT_M = 900


def _model(num_persons: int, num_places: int) -> TransportModel:
    """Homes and stations at random in a square, a tenth more room than persons, ten stations to a centre."""
    rng = np.random.default_rng(0)
    homes, stations = (rng.random((number, 2)) * _SIDE_M for number in (num_persons, num_places))
    way_m = np.hypot(*(homes[:, None] - stations[None]).transpose(2, 0, 1))
    cost = (way_m + way_m**2 / _COMPACT_M).astype(np.int64)
    return TransportModel(
        cost=cost,
        skip_cost=np.full(num_persons, int(cost.max()) * num_persons),
        capacity=np.full(num_places, num_persons * 11 // 10 // num_places),
        overflow_cost=np.full(num_places, 600),
        centre=np.arange(num_places) // 10,
        centre_capacity=np.full(num_places // 10, num_persons // 200),
    )


@pytest.mark.parametrize(
    ("num_persons", "num_places", "cost"),
    [(5_000, 100, 2_920_947), (20_000, 200, 6_852_885), pytest.param(50_000, 500, 9_774_608, marks=pytest.mark.large)],
)
def test_territories_are_proven(benchmark: Any, num_persons: int, num_places: int, cost: int) -> None:
    plan = benchmark.pedantic(solve_transport, args=(_model(num_persons, num_places),), rounds=1)
    assert plan.cost == plan.bound == cost
    assert (plan.choice != NOWHERE).all()


def test_territories_of_a_city_on_streets(benchmark: Any) -> None:
    scenario = build_scenario("xicheng-day", size=8.8)
    found = benchmark.pedantic(
        make_territories, args=(scenario.problem,), kwargs={"streets": scenario.streets}, rounds=1
    )
    assert len(found.elders) > 4_900
    assert found.num_left_out == 0
    assert found.cost == found.bound


def test_meals_of_a_district(benchmark: Any) -> None:
    scenario = build_scenario("xicheng-day")
    travel = build_travel(scenario.problem, streets=scenario.streets)
    dining = benchmark.pedantic(assign_meals, args=(scenario.problem, travel), rounds=1)
    assert dining.num("none") == 0
    assert dining.gap_share <= 1e-4
