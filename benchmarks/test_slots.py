"""Slots for one more visit in plans of 1,000 and 20,000 visits: a hundred questions, the finder warm.

``python -m benchmarks.test_slots`` prints the time of single questions: median, 95th and 99th of a hundred, and the
slowest, for both sizes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.districts import DistrictsDay, districts_day
from optimizer.check import check_plan
from optimizer.redispatch.slots import Slot, SlotFinder

NUM_DISTRICTS = {1_000: 5, 20_000: 100}
NUM_QUESTIONS = 100
EXTRA_CENTS = {1_000: 69_324, 20_000: 73_066}
"""Prices of the best slots of all questions together."""


@cache
def case(num_visits: int) -> tuple[DistrictsDay, SlotFinder]:
    """A planned day and its finder."""
    day = districts_day(NUM_DISTRICTS[num_visits], NUM_QUESTIONS)
    return day, SlotFinder(day.problem, day.travel, day.plan)


def answers(day: DistrictsDay, finder: SlotFinder) -> list[tuple[Slot, ...]]:
    """The slots of every question."""
    return [finder.best_slots(visit, elder) for visit, elder in day.new]


@pytest.mark.parametrize("num_visits", [1_000, pytest.param(20_000, marks=pytest.mark.large)])
def test_a_hundred_questions(benchmark: BenchmarkFixture, num_visits: int) -> None:
    slots = benchmark(answers, *case(num_visits))
    assert sum(of_visit[0].extra_cents for of_visit in slots) == EXTRA_CENTS[num_visits]


def test_making_the_finder_of_a_thousand_visits(benchmark: BenchmarkFixture) -> None:
    day, _ = case(1_000)
    assert len(benchmark(SlotFinder, day.problem, day.travel, day.plan).cases) == len(day.problem.workers)


def test_taking_a_slot_in_a_thousand_visits(benchmark: BenchmarkFixture) -> None:
    day, finder = case(1_000)
    visit, elder = day.new[0]
    (slot,) = finder.best_slots(visit, elder, 1)
    taken = benchmark(finder.with_slot, slot, visit, elder).facts
    assert check_plan(taken.problem, taken.travel, taken.plan) == ()


def _milliseconds(num_visits: int) -> Iterator[float]:
    day, finder = case(num_visits)
    for visit, elder in day.new:
        began_s = time.perf_counter()
        finder.best_slots(visit, elder)
        yield 1_000 * (time.perf_counter() - began_s)


def main() -> None:
    """Print the time of single questions."""
    for num_visits in NUM_DISTRICTS:
        list(_milliseconds(num_visits))
        took_ms = np.array([list(_milliseconds(num_visits)) for _ in range(5)]).ravel()
        figures = np.percentile(took_ms, [50, 95, 99, 100])
        names = ("median", "p95", "p99", "slowest")
        text = ", ".join(f"{name} {figure:.1f} ms" for name, figure in zip(names, figures, strict=True))
        print(f"{num_visits:,} visits, {len(took_ms)} questions: {text}")


if __name__ == "__main__":
    main()
