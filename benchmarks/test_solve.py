"""Planning a district's day: the greedy start, timing and judging, and one explanation, on fixed work."""

from __future__ import annotations

from functools import cache

from pytest_benchmark.fixture import BenchmarkFixture

from optimizer.assign import assign_supply
from optimizer.check import check_plan
from optimizer.decompose import split_by_routes
from optimizer.explain import explain_unassigned
from optimizer.judge import judged_plan
from optimizer.plan import Draft, Plan, Sources
from optimizer.problem import Problem
from optimizer.start import insert_greedily
from optimizer.travel import TravelMatrix, build_travel
from scenarios import build_scenario


@cache
def district() -> tuple[Problem, TravelMatrix, Sources]:
    """A third of ``xicheng-day`` with its supply."""
    scenario = build_scenario("xicheng-day", size=0.35)
    travel = build_travel(scenario.problem, streets=scenario.streets)
    return scenario.problem, travel, assign_supply(scenario.problem, travel).sources


@cache
def greedy_plan() -> Plan:
    """The greedy plan of the district."""
    problem, travel, sources = district()
    return judged_plan(problem, travel, insert_greedily(problem, travel, sources))


def test_greedy_start(benchmark: BenchmarkFixture) -> None:
    problem, travel, sources = district()
    draft = benchmark(insert_greedily, problem, travel, sources)
    assert len(draft.served_visit_ids) >= 0.98 * len(problem.visits)
    assert check_plan(problem, travel, judged_plan(problem, travel, draft)) == ()


def test_timing_and_price_of_a_draft(benchmark: BenchmarkFixture) -> None:
    problem, travel, _ = district()
    plan = greedy_plan()
    assert benchmark(judged_plan, problem, travel, plan.draft).cost == plan.cost


def test_cutting_a_plan_into_parts(benchmark: BenchmarkFixture) -> None:
    problem, _, sources = district()
    parts = benchmark(split_by_routes, problem, sources, greedy_plan())
    assert sum(len(draft.routes) for _, draft in parts) == len(greedy_plan().routes)


def test_explaining_ten_visits_of_an_empty_plan(benchmark: BenchmarkFixture) -> None:
    problem, travel, sources = district()
    plan = judged_plan(problem, travel, Draft())
    visit_ids = [visit.visit_id for visit in problem.visits[:10]]

    def explain() -> int:
        told = explain_unassigned(problem, travel, sources, plan, visit_ids=visit_ids)
        return sum(bool(item.remedies) for item in told)

    assert benchmark(explain) == len(visit_ids)
