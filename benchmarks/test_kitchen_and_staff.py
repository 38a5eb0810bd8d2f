"""Speed of planning both echelons, and of the proof how few workers can do at all."""

from __future__ import annotations

from typing import Any

from optimizer.network.kitchen import KitchenParams, plan_kitchen
from optimizer.network.staff_bound import least_workers
from optimizer.params import SolveParams
from optimizer.travel import build_travel
from scenarios import build_scenario


def test_both_echelons_of_a_rural_district(benchmark: Any) -> None:
    scenario = build_scenario("miyun-kitchen")
    travel = build_travel(scenario.problem, streets=scenario.streets)
    params = KitchenParams(max_rounds=2, solve=SolveParams(step_limit=1_000, explain=False))
    kitchen = benchmark.pedantic(plan_kitchen, args=(scenario.problem, travel, params), rounds=1)
    assert kitchen.best_round.num_unserved == 0
    assert kitchen.best_round.num_late_runs == 0


def test_least_workers_of_a_district(benchmark: Any) -> None:
    scenario = build_scenario("xicheng-day")
    travel = build_travel(scenario.problem, streets=scenario.streets)
    assert benchmark.pedantic(least_workers, args=(scenario.problem, travel, 0.95), rounds=1) == 18
