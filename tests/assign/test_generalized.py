"""The generalised assignment problem: equal to brute force where that is possible, sound where it is large."""

from itertools import product

import numpy as np
import pytest

from optimizer.assign import generalized
from optimizer.assign.generalized import NOBODY, AssignmentModel, solve_assignment
from optimizer.assign.limits import Limit, make_model


def random_model(seed: int, num_items: int, num_options: int, num_limits: int) -> AssignmentModel:
    """Items with equally many options, every other limit soft."""
    rng = np.random.default_rng(seed)
    total = num_items * num_options
    options = [(idx // num_options, int(rng.integers(0, 50))) for idx in range(total)]
    limits = [
        Limit(
            uses={option: int(rng.integers(1, 4)) for option in range(total) if rng.random() < 0.6},
            capacity=int(rng.integers(1, 2 + num_items)),
            excess_cost=7 * (number % 2),
        )
        for number in range(num_limits)
    ]
    return make_model(options, [int(rng.integers(20, 200)) for _ in range(num_items)], limits)


def is_within_hard_limits(model: AssignmentModel, choice: np.ndarray) -> bool:
    return bool(np.all((model.used(choice) <= model.capacity) | (model.excess_cost > 0)))


def brute_force_cost(model: AssignmentModel) -> int:
    choices = product(*([NOBODY, *model.options_of(item)] for item in range(model.num_items)))
    arrays = (np.array(choice) for choice in choices)
    return min(model.cost_of(choice) for choice in arrays if is_within_hard_limits(model, choice))


@pytest.mark.parametrize("seed", range(8))
def test_small_problems_are_solved_like_by_brute_force(seed):
    model = random_model(seed, num_items=5, num_options=3, num_limits=4)
    answer = solve_assignment(model)
    assert answer.cost == answer.bound == brute_force_cost(model)
    assert is_within_hard_limits(model, answer.choice)


@pytest.mark.parametrize("seed", range(3))
def test_relaxed_problems_keep_hard_limits_and_their_bound(seed, monkeypatch):
    model = random_model(seed, num_items=40, num_options=4, num_limits=12)
    optimum = solve_assignment(model)
    assert optimum.cost == optimum.bound
    monkeypatch.setattr(generalized, "_MAX_WHOLE_OPTIONS", 10)
    answer = solve_assignment(model)
    assert is_within_hard_limits(model, answer.choice)
    assert answer.bound <= optimum.cost <= answer.cost <= 1.05 * optimum.cost
    assert answer.cost == model.cost_of(answer.choice)


def test_equal_seeds_give_equal_answers(monkeypatch):
    monkeypatch.setattr(generalized, "_MAX_WHOLE_OPTIONS", 10)
    model = random_model(1, num_items=40, num_options=4, num_limits=12)
    answers = [solve_assignment(model, seed=3).choice.tolist() for _ in range(2)]
    assert answers[0] == answers[1]


def test_an_empty_problem_costs_nothing():
    answer = solve_assignment(make_model([], [], []))
    assert (answer.choice.tolist(), answer.cost, answer.bound) == ([], 0, 0)


def test_an_item_without_options_is_left_out():
    answer = solve_assignment(make_model([(1, 4)], [9, 9], []))
    assert answer.choice.tolist() == [NOBODY, 0]
    assert answer.cost == 13
