"""An urgent visit into a published district day, and the cut of the rest of the day, on fixed work."""

from __future__ import annotations

from functools import cache

import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.redispatch import urgent_visit
from optimizer.params import SolveParams
from optimizer.redispatch.day import Day, after, open_day
from optimizer.redispatch.events import VisitAdded
from optimizer.redispatch.redispatch import RedispatchParams, Tier, redispatch
from optimizer.redispatch.rest import rest_of
from optimizer.solve import solve
from optimizer.travel import build_travel
from optimizer.units import parse_clock
from scenarios import build_scenario


@cache
def troubled_day() -> Day:
    """A third of ``xicheng-day``, published, and an urgent visit at ten past ten."""
    scenario = build_scenario("xicheng-day", size=0.35)
    travel = build_travel(scenario.problem, streets=scenario.streets)
    plan = solve(scenario.problem, travel, SolveParams(step_limit=0, num_workers=1))
    now_s = parse_clock("10:10")
    visit = urgent_visit(scenario.problem, now_s, np.random.default_rng(0), "urgent")
    return after(open_day(scenario.problem, travel, plan), VisitAdded(at_s=now_s, visit=visit, urgent=True))


def test_rest_of_a_day(benchmark: BenchmarkFixture) -> None:
    rest = benchmark(rest_of, troubled_day())
    assert "urgent" in rest.problem.visit_by_id


def test_insertion_of_an_urgent_visit(benchmark: BenchmarkFixture) -> None:
    result = benchmark(redispatch, troubled_day(), RedispatchParams(figures=False), Tier.INSERTION)
    assert "urgent" in result.plan.draft.served_visit_ids
    assert len(result.diff.worker_ids) == 1
