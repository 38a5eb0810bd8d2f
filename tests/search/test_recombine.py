"""Recombination of pooled routes: equal to brute force on small pools, never worse than what is there."""

from itertools import combinations

import numpy as np
import pytest

from optimizer.params import CostWeights
from optimizer.problem import Break
from optimizer.search.arrays import NUM_POOLED, Instance
from optimizer.search.build import make_instance
from optimizer.search.recombine import Column, contest_of, pooled_columns, program_of, recombine
from optimizer.search.state import make_state
from tests.builders import (
    HOUR,
    MINUTE,
    clock,
    make_elder,
    make_problem,
    make_shift,
    make_travel,
    make_visit,
    make_worker,
)

EFFORT = {"seed": 1, "time_limit_s": 60.0}


def instance_of(num_visits: int = 4, workers=None, *, elder_ids=(), **changes) -> Instance:
    """Visits v0, v1, ... by default for two exchangeable workers; `elder_ids` say whose they are."""
    visits = [
        make_visit(f"v{number}", 5 + number, elder_id=elder_ids[number] if elder_ids else None)
        for number in range(num_visits)
    ]
    problem = make_problem(visits, workers or [make_worker("a"), make_worker("b")], **changes)
    return make_instance(problem, make_travel(problem), {})


def column(cents: float, *tokens: int, route: int = 0) -> Column:
    return Column(route=route, tokens=tokens, cents=cents)


def unused_cents(instance: Instance, route: int) -> float:
    shift = instance.shifts[route]
    return float((min(shift["end_s"], shift["soft_end_s"]) - shift["start_s"]) * shift["idle_cents_per_s"])


def cost_of(instance: Instance, columns, rows) -> float:
    """Price of a plan; every used row must be a column of its kind of shift."""
    kinds = instance.shifts["kind"]
    price = {}
    for item in columns:
        key = kinds[item.route], frozenset(t for t in item.tokens if t < instance.num_visits)
        price[key] = min(item.cents, price.get(key, np.inf))
    total, served = 0.0, []
    for route, row in enumerate(rows):
        visits = frozenset(t for t in row if t < instance.num_visits)
        total += price[kinds[route], visits] if visits else unused_cents(instance, route)
        served += visits
    assert len(served) == len(set(served))
    absent = sorted(set(range(instance.num_visits)) - set(served))
    return total + float(instance.nodes["absent_cents"][absent].sum())


def meets_limits(instance: Instance, rows) -> bool:
    met = {
        (int(instance.nodes["elder"][visit]), int(instance.shifts["worker"][route]))
        for route, row in enumerate(rows)
        for visit in row
        if instance.nodes["elder"][visit] >= 0
    }
    new = [elder for elder, worker in met if not instance.known[elder, worker]]
    return all(new.count(elder) <= limit for elder, limit in enumerate(instance.met_limits))


def brute_force_cents(instance: Instance, columns) -> float:
    """The cheapest plan among all sets of columns."""
    kinds = instance.shifts["kind"]
    best = np.inf
    for size in range(instance.num_shifts + 1):
        for chosen in combinations(columns, size):
            rows = [[] for _ in range(instance.num_shifts)]
            for item in chosen:
                free = [r for r in range(instance.num_shifts) if kinds[r] == kinds[item.route] and not rows[r]]
                if not free:
                    break
                rows[free[0]] = list(item.tokens)
            else:
                visits = [token for row in rows for token in row]
                if len(visits) == len(set(visits)) and meets_limits(instance, rows):
                    best = min(best, cost_of(instance, columns, rows))
    return best


def random_columns(instance: Instance, seed: int, count: int = 18) -> list[Column]:
    rng = np.random.default_rng(seed)
    columns = []
    for _ in range(count):
        visits = rng.permutation(instance.num_visits)[: rng.integers(1, 4)].tolist()
        route = int(rng.integers(instance.num_shifts))
        columns.append(column(float(rng.integers(100, 900)) + len(visits) * 150.5, *visits, route=route))
    return columns


def unused_rows(instance: Instance) -> list[list[int]]:
    return [list(range(shift["break_from"], shift["break_to"])) for shift in instance.shifts]


@pytest.mark.parametrize("seed", range(8))
def test_small_pools_are_recombined_as_by_brute_force(seed):
    workers = [make_worker("a"), make_worker("b"), make_worker("c", shifts=(make_shift("09:00", "12:00"),))]
    instance = instance_of(7, workers, weights=CostWeights(mandatory_cents=600, idle_cents_per_hour=30))
    columns = random_columns(instance, seed)
    rows = recombine(instance, columns, unused_rows(instance), **EFFORT)
    assert rows is not None
    assert cost_of(instance, columns, rows) == pytest.approx(brute_force_cents(instance, columns))


@pytest.mark.parametrize("seed", range(8))
def test_elders_meet_as_few_new_workers_as_they_limit(seed):
    elders = (
        make_elder("e1", max_distinct_workers=1),
        make_elder("e2", max_distinct_workers=2, worker_history={"b": 3}),
    )
    workers = [make_worker(name) for name in "abc"]
    instance = instance_of(
        6,
        workers,
        elders=elders,
        elder_ids=("e1", "e1", "e1", "e2", "e2", "e2"),
        weights=CostWeights(mandatory_cents=900),
    )
    columns = random_columns(instance, seed)
    rows = recombine(instance, columns, unused_rows(instance), **EFFORT)
    assert rows is not None
    assert meets_limits(instance, rows)
    assert cost_of(instance, columns, rows) == pytest.approx(brute_force_cents(instance, columns))


def test_a_staying_route_counts_towards_the_limit_of_an_elder():
    instance = instance_of(2, elders=(make_elder(max_distinct_workers=1),), elder_ids=("e1", "e1"))
    columns = [column(10, 1, route=1)]
    assert recombine(instance, columns, [[0], []], **EFFORT) is None
    assert recombine(instance, [column(10, 1, route=0)], [[], [0]], **EFFORT) is None


def test_the_best_pairing_of_two_plans_is_found():
    instance = instance_of(4)
    columns = [column(100, 0, 1), column(300, 2, 3, route=1), column(280, 0, 2), column(90, 3, 2, route=1)]
    assert recombine(instance, columns, [[0, 1], [2, 3]], **EFFORT) == [[0, 1], [3, 2]]


def test_no_more_routes_of_a_kind_than_it_has_shifts():
    instance = instance_of(3, weights=CostWeights(mandatory_cents=10_000))
    columns = [column(10, 0), column(10, 1), column(10, 2), column(500, 0, 1)]
    rows = recombine(instance, columns, [[], []], **EFFORT)
    assert rows is not None
    assert sorted(visit for row in rows for visit in row) == [0, 1, 2]
    assert [0, 1] in rows


def test_a_visit_dearer_to_serve_than_to_leave_out_is_left_out():
    instance = instance_of(2, weights=CostWeights(mandatory_cents=50))
    columns = [column(10, 0), column(100, 0, 1)]
    assert recombine(instance, columns, [[0, 1], []], **EFFORT) == [[0], []]


def test_a_locked_visit_stays_covered_whatever_that_costs():
    instance = instance_of(2, weights=CostWeights(mandatory_cents=50))
    nodes = instance.nodes.copy()
    nodes["is_locked"][1] = 1
    columns = [column(10, 0), column(100, 0, 1)]
    assert recombine(instance._replace(nodes=nodes), columns, [[0, 1], []], **EFFORT) is None


def test_a_route_takes_the_breaks_of_the_shift_it_goes_to():
    rests = tuple(
        Break(break_id=name, start_s=clock(start), end_s=clock(start) + HOUR, duration_s=10 * MINUTE)
        for name, start in (("noon", "12:00"), ("tea", "09:00"))
    )
    workers = [make_worker(name, shifts=(make_shift(breaks=rests),)) for name in "ab"]
    instance = instance_of(4, workers)
    noon_a, tea_a, noon_b, tea_b = range(5, 9)
    columns = [
        column(100, 0, tea_a, 1, noon_a),
        column(100, 2, tea_a, noon_a, 3),
        column(400, 0, tea_a, 2, noon_a),
        column(400, tea_b, 1, noon_b, 3, route=1),
    ]
    incumbent = [[0, tea_a, 2, noon_a], [tea_b, 1, noon_b, 3]]
    rows = recombine(instance, columns, incumbent, **EFFORT)
    assert rows == [[0, tea_a, 1, noon_a], [2, tea_b, noon_b, 3]]
    whole = column(1, 3, noon_a, 2, tea_a, 1, 0)
    assert recombine(instance, [*columns, whole], incumbent, **EFFORT) == [[3, noon_a, 2, tea_a, 1, 0], [tea_b, noon_b]]


def test_a_route_without_a_known_price_stays_with_its_visits_and_its_shift():
    instance = instance_of(4)
    columns = [column(90, 2), column(90, 3), column(100, 2, 3), column(1, 1, 2, 3), column(1, 0)]
    assert recombine(instance, columns, [[0, 1], []], **EFFORT) == [[0, 1], [2, 3]]


def test_an_unchanged_route_keeps_its_shift_and_others_go_where_they_were_found():
    instance = instance_of(6, [make_worker(name) for name in "abc"])
    columns = [column(9, 0, 1), column(9, 2, 3), column(9, 4, 5), column(1, 2, 4, route=2), column(1, 3, 5)]
    rows = recombine(instance, columns, [[2, 3], [0, 1], [4, 5]], **EFFORT)
    assert rows == [[3, 5], [0, 1], [2, 4]]


def test_a_cheaper_order_of_the_same_visits_is_taken():
    instance = instance_of(2)
    assert recombine(instance, [column(20, 0, 1), column(10, 1, 0)], [[0, 1], []], **EFFORT) == [[1, 0], []]


@pytest.mark.parametrize("seed", range(4))
def test_the_best_plan_is_never_replaced(seed):
    instance = instance_of(6, weights=CostWeights(mandatory_cents=600))
    columns = random_columns(instance, seed)
    best = recombine(instance, columns, unused_rows(instance), **EFFORT)
    assert best is not None
    assert recombine(instance, columns, best, **EFFORT) is None


def test_nothing_is_found_without_time_or_columns():
    instance = instance_of(2)
    assert recombine(instance, [column(1, 0)], [[], []], seed=1, time_limit_s=0.0) is None
    assert recombine(instance, [], [[], []], **EFFORT) is None


def test_terms_over_all_routes_are_not_recombined():
    instance = instance_of(2, weights=CostWeights(imbalance_cents_per_hour=100))
    assert instance.is_coupled
    assert recombine(instance, [column(1, 0)], [[], []], **EFFORT) is None


@pytest.mark.parametrize("max_columns", [10, 60, 20_000])
def test_equal_seeds_and_deterministic_times_give_equal_plans(max_columns):
    workers = [make_worker(f"w{number}") for number in range(8)]
    instance = instance_of(24, workers, weights=CostWeights(mandatory_cents=600))
    columns = random_columns(instance, seed=3, count=400)
    incumbent = unused_rows(instance)
    work = {"seed": 5, "time_limit_s": 0.0, "deterministic_time": 0.5, "max_columns": max_columns}
    first, second = (recombine(instance, columns, incumbent, **work) for _ in range(2))
    assert first == second
    assert first is None or cost_of(instance, columns, first) < cost_of(instance, columns, incumbent)


def test_the_incumbent_solves_the_model_at_its_own_price():
    instance = instance_of(
        4,
        elders=(make_elder(max_distinct_workers=1),),
        elder_ids=("e1", "e1", None, None),
        weights=CostWeights(idle_cents_per_hour=60),
    )
    columns = [column(100, 2, 3, route=1), column(70, 0, 1), column(5, 0, route=1), column(5, 1)]
    incumbent = [[0, 1], [2, 3]]
    program = program_of(instance, contest_of(instance, columns, incumbent))
    assert program.is_solved_by(program.current)
    assert program.current_cost == pytest.approx(170 - unused_cents(instance, 0) - unused_cents(instance, 1))


def test_pools_are_united_at_the_cheapest_price_and_void_rows_left_out():
    instance = instance_of(3)
    states = [make_state(instance, seed) for seed in (1, 2)]
    for state, cents in zip(states, (50.0, 40.0), strict=True):
        state.pool_tokens[:5] = [0, 1, 2, 0, 2]
        state.pool_rows[:4] = [[0, 0, 2, 77], [-1, 2, 3, 78], [1, 3, 5, 79 + int(cents)], [0, 0, 1, 5]]
        state.pool_cents[:4] = cents
        state.counters[NUM_POOLED] = 3
    found = pooled_columns(states)
    assert sorted(found, key=lambda item: (item.cents, item.tokens)) == [
        column(40.0, 0, 1),
        column(40.0, 0, 2, route=1),
        column(50.0, 0, 2, route=1),
    ]
