"""Slots for one more visit in plans of 1,000 and 20,000 visits: a hundred questions, the finder warm.

``python -m benchmarks.test_slots`` prints the time of single questions, and of urgent insertions into a published day
that is kept ready (slot, next plan, its difference, who is told; what fits nowhere is left out), one after the other;
then of making the day ready again, which is nobody's request: median, 95th and 99th of a hundred, and the slowest, for
both sizes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from api.heap import settle_heap, spare_heap
from benchmarks.districts import DistrictsDay, districts_day
from optimizer.check import check_plan
from optimizer.redispatch.day import at, open_day
from optimizer.redispatch.events import VisitAdded
from optimizer.redispatch.params import RedispatchParams
from optimizer.redispatch.ready import ReadyDay
from optimizer.redispatch.slots import Slot, SlotFinder
from optimizer.units import SECONDS_PER_HOUR

NUM_DISTRICTS = {1_000: 5, 20_000: 100}
NUM_QUESTIONS = 100
_NOW_S, _READY_FOR_S = 8 * SECONDS_PER_HOUR, 300
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


def test_an_urgent_insertion_into_a_thousand_visits(benchmark: BenchmarkFixture) -> None:
    planned, _ = case(1_000)
    ready = ReadyDay(at(open_day(planned.problem, planned.travel, planned.plan), _NOW_S), _NOW_S + _READY_FOR_S)
    visit, elder = planned.new[0]
    event = VisitAdded(at_s=_NOW_S, visit=visit, elder=elder, urgent=True)
    inserted = benchmark(ready.inserted, event, RedispatchParams(figures=False))
    assert inserted is not None
    assert visit.visit_id in inserted[0].day.told


def test_taking_a_slot_in_a_thousand_visits(benchmark: BenchmarkFixture) -> None:
    day, finder = case(1_000)
    visit, elder = day.new[0]
    (slot,) = finder.best_slots(visit, elder, 1)
    taken = benchmark(finder.with_slot, slot, visit, elder).facts
    assert check_plan(taken.problem, taken.travel, taken.plan) == ()


def question_times(num_visits: int) -> Iterator[float]:
    """Milliseconds of each question."""
    day, finder = case(num_visits)
    for visit, elder in day.new:
        began_s = time.perf_counter()
        finder.best_slots(visit, elder)
        yield 1_000 * (time.perf_counter() - began_s)


def insertion_times(num_visits: int) -> Iterator[tuple[float, float]]:
    """Milliseconds of each insertion, and of making the day ready again."""
    planned, _ = case(num_visits)
    ready = ReadyDay(at(open_day(planned.problem, planned.travel, planned.plan), _NOW_S), _NOW_S + _READY_FOR_S)
    settle_heap()
    for visit, elder in planned.new:
        event = VisitAdded(at_s=_NOW_S, visit=visit, elder=elder, urgent=True)
        began_s = time.perf_counter()
        inserted = ready.inserted(event, RedispatchParams(figures=False))
        took_s = time.perf_counter() - began_s
        assert inserted is not None
        began_s = time.perf_counter()
        ready = inserted[1]()
        spare_heap()  # the service does so in the background, too
        yield 1_000 * took_s, 1_000 * (time.perf_counter() - began_s)


def main() -> None:
    """Print the times for both sizes."""
    for num_visits in NUM_DISTRICTS:
        list(question_times(num_visits))
        asked_ms = [took_ms for _ in range(5) for took_ms in question_times(num_visits)]
        inserted_ms, ready_ms = zip(*insertion_times(num_visits), strict=True)
        for name, took_ms in (("questions", asked_ms), ("insertions", inserted_ms), ("ready again", ready_ms)):
            figures = np.percentile(took_ms, [50, 95, 99, 100])
            names = ("median", "p95", "p99", "slowest")
            text = ", ".join(f"{name} {figure:.1f} ms" for name, figure in zip(names, figures, strict=True))
            print(f"{num_visits:,} visits, {len(took_ms)} {name}: {text}")


if __name__ == "__main__":
    main()
