"""The fast engine on fixed work: arrays, evaluation, ten thousand steps, recombination, a whole small solve."""

from __future__ import annotations

from functools import cache

import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.test_solve import district
from optimizer.formats.json import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from optimizer.judge import judged_plan
from optimizer.params import Engine, SolveParams
from optimizer.plan import Draft, SolveStatus
from optimizer.problem import Problem
from optimizer.search import kernel
from optimizer.search.arrays import BEST, INSTANCE, NOW, STATE, Instance, State
from optimizer.search.build import make_instance
from optimizer.search.bundle import table_of
from optimizer.search.hold import hold_bound
from optimizer.search.recombine import pooled_columns, recombine
from optimizer.search.settings import Settings
from optimizer.search.state import make_state
from optimizer.search.warmup import warm_up
from optimizer.solve import solve
from optimizer.start import insert_greedily

_SETTINGS = Settings()
_NUM_STEPS = 10_000
_HOT_CENTS = 300.0
_COLD_CENTS = 30.0


@cache
def free_district() -> tuple[Problem, Instance]:
    """A third of ``xicheng-day`` without what is linked, as a problem and as arrays."""
    warm_up()
    problem, travel, sources = district()
    held = hold_bound(problem, sources, judged_plan(problem, travel, Draft()))
    return held.problem, make_instance(held.problem, travel, held.sources)


def filled(seed: int) -> tuple[Instance, State]:
    """A first plan of the district: its facts, and the state of a search that has just begun."""
    _, instance = free_district()
    state = make_state(instance, seed)
    rows = [list(range(int(row["break_from"]), int(row["break_to"]))) for row in instance.shifts]
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    tokens = np.array([token for row in rows for token in row], dtype=np.int32)
    facts, table = tables(instance, state)
    kernel.lay_out(facts, table, tokens, starts)
    kernel.fill(facts, table, _SETTINGS.num_near)
    return instance, state


def tables(instance: Instance, state: State) -> tuple[np.ndarray, np.ndarray]:
    """What compiled functions take."""
    return table_of(INSTANCE, instance._asdict()), table_of(STATE, state._asdict())


def searched(instance: Instance, state: State) -> float:
    """Price of the best plan after ten thousand steps at a falling temperature."""
    mean_length = instance.num_visits / max(1, int((state.num_visits > 0).sum()))
    kernel.search(
        *tables(instance, state),
        _NUM_STEPS,
        _HOT_CENTS,
        _COLD_CENTS,
        _SETTINGS.num_removed,
        _SETTINGS.max_string,
        mean_length,
        _SETTINGS.num_near,
        _SETTINGS.min_routes,
    )
    return float(state.totals[BEST])


def test_arrays_of_a_problem(benchmark: BenchmarkFixture) -> None:
    problem, travel, sources = district()
    held = hold_bound(problem, sources, judged_plan(problem, travel, Draft()))
    instance = benchmark(make_instance, held.problem, travel, held.sources)
    assert instance.num_visits == sum(visit.num_workers for visit in held.problem.visits)


def test_evaluating_every_route(benchmark: BenchmarkFixture) -> None:
    instance, state = filled(1)
    rows = [state.slots["token"][route, 1 : count - 1].tolist() for route, count in enumerate(state.num_slots)]
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    tokens = np.array([token for row in rows for token in row], dtype=np.int32)
    before = float(state.totals[NOW])
    facts, table = tables(instance, state)
    assert benchmark(kernel.lay_out, facts, table, tokens, starts) == 0
    assert abs(float(state.totals[NOW]) - before) < 1e-3


def test_ten_thousand_steps(benchmark: BenchmarkFixture) -> None:
    _, state = filled(1)
    found = benchmark(lambda: searched(*filled(1)))
    assert found < float(state.totals[BEST])
    assert found == searched(*filled(1))


def test_recombining_the_routes_of_two_searches(benchmark: BenchmarkFixture) -> None:
    pairs = [filled(seed) for seed in (1, 2)]
    cents = min(searched(instance, state) for instance, state in pairs)
    instance, best = min(pairs, key=lambda pair: float(pair[1].totals[BEST]))
    columns = pooled_columns([state for _, state in pairs])
    rows = [best.best_tokens[route, 1 : count - 1].tolist() for route, count in enumerate(best.best_slots)]
    found = benchmark(recombine, instance, columns, rows, seed=0, time_limit_s=60.0, deterministic_time=1.0)
    if found is not None:
        state = make_state(instance, 3)
        starts = np.cumsum([0, *map(len, found)], dtype=np.int32)
        kernel.lay_out(*tables(instance, state), np.array([t for row in found for t in row], dtype=np.int32), starts)
        assert float(state.totals[NOW]) < cents + 1e-3


def test_first_plan(benchmark: BenchmarkFixture) -> None:
    problem, travel, _ = district()
    warm_up()
    plan = benchmark(solve, problem, travel, SolveParams(step_limit=0, explain=False))
    assert len(plan.unassigned) <= 0.02 * len(problem.visits)


def test_a_small_solve(benchmark: BenchmarkFixture) -> None:
    problem, travel, _ = district()
    warm_up()
    params = SolveParams(step_limit=2_000, engine=Engine.SEARCH, explain=False)
    plan = benchmark(solve, problem, travel, params)
    assert plan.status is not SolveStatus.INVALID
    assert plan.cost.total_cents < solve(problem, travel, SolveParams(step_limit=0, explain=False)).cost.total_cents


def test_problem_and_plan_through_json(benchmark: BenchmarkFixture) -> None:
    problem, travel, sources = district()
    plan = judged_plan(problem, travel, insert_greedily(problem, travel, sources))

    def there_and_back() -> tuple[object, object]:
        return (
            problem_from_json(problem_to_json(problem)),
            plan_from_json(plan_to_json(plan, problem.horizon), problem.horizon),
        )

    assert benchmark(there_and_back) == (problem, plan)
