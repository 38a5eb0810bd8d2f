"""``python -m benchmarks.redispatch SCENARIO``: what trouble costs on a real day, tier by tier, and how long it takes.

A day is planned once, published, and hit by one trouble after the other, each on the same published plan: an urgent
visit, a worker who falls ill or is late, a closed street, a late kitchen. Times are of the whole re-plan, from the
event to the next plan with its difference, without key figures.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median, quantiles
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from optimizer.params import SolveParams
from optimizer.plan import Plan
from optimizer.problem import Problem, TimeWindow, Visit
from optimizer.redispatch.day import Day, after, open_day
from optimizer.redispatch.events import Event, KitchenLate, StreetClosed, VisitAdded, WorkerIll, WorkerLate
from optimizer.redispatch.ready import ReadyDay
from optimizer.redispatch.redispatch import (
    Redispatch,
    RedispatchParams,
    Tier,
    price_of_stability,
    redispatch,
)
from optimizer.search.warmup import warm_up
from optimizer.solve import solve
from optimizer.travel import build_travel
from optimizer.units import SECONDS_PER_HOUR, format_clock, parse_clock
from scenarios import build_scenario

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()

_FAST = RedispatchParams(figures=False)
_READY_FOR_S = 300
"""Days are kept ready up to the next multiple of so many seconds, as the service does."""


@app.command()
def main(
    scenario: Annotated[str, typer.Argument(help="Scenario, e.g. xicheng-day.")] = "xicheng-day",
    size: Annotated[float, typer.Option(help="Size of the scenario; 1 is a district.")] = 1.0,
    plan_s: Annotated[float, typer.Option("--plan", help="Seconds for the published plan.")] = 10.0,
    improve_s: Annotated[float, typer.Option("--improve", help="Seconds for a background improvement.")] = 10.0,
    repeats: Annotated[int, typer.Option(help="Each tier is timed so often.")] = 5,
    urgent: Annotated[int, typer.Option(help="Urgent visits at random times, one at a time.")] = 40,
    seed: Annotated[int, typer.Option(help="Seed of scenario, plan and urgent visits.")] = 0,
) -> None:
    """Trouble on a published day: cost, people told and milliseconds by tier; then many urgent visits."""
    warm_up()
    world = build_scenario(scenario, seed=seed, size=size)
    travel = build_travel(world.problem, streets=world.streets)
    plan = solve(world.problem, travel, SolveParams(time_limit_s=plan_s, seed=seed))
    day = open_day(world.problem, travel, plan)
    out.print(
        f"{scenario}: {len(world.problem.visits)} visits, {len(world.problem.workers)} workers, "
        f"planned in {plan_s:g} s, {plan.cost.total_cents / 100:,.0f} yuan",
        highlight=False,
    )
    table = Table("trouble", "tier", "ms", "yuan", "elders", "workers", "unserved", title="One trouble each", box=None)
    for name, event in troubles(world.problem, plan, np.random.default_rng(seed)):
        troubled = after(day, event)
        for tier in Tier:
            count = 1 if tier is Tier.IMPROVEMENT else repeats
            ms, result = timed(troubled, replace(_FAST, improve_s=improve_s, seed=seed), tier, count)
            table.add_row(name, tier, f"{ms:,.0f}", *_figures(result))
    out.print(table)
    _print_urgent(day, plan, urgent, seed)
    _print_price(day, plan, improve_s, seed)


def troubles(problem: Problem, plan: Plan, random: np.random.Generator) -> Iterator[tuple[str, Event]]:
    """An urgent visit, a busy worker who falls ill or is late, a closed street, and the busiest kitchen late."""
    ten = parse_clock("10:10")
    yield "urgent visit at 10:10", VisitAdded(at_s=ten, visit=urgent_visit(problem, ten, random, "urgent"), urgent=True)
    half_past_nine = parse_clock("09:30")
    at_work = (route for route in plan.routes if route.stops[0].departure_s < half_past_nine)
    busiest = max(at_work, key=lambda route: sum(stop.start_s > half_past_nine for stop in route.visit_stops))
    yield "worker ill at 09:30", WorkerIll(at_s=half_past_nine, worker_id=busiest.worker_id)
    yield "the same 30 min late", WorkerLate(at_s=half_past_nine, worker_id=busiest.worker_id, delay_s=1800)
    place, noon = problem.stations[0].place, parse_clock("13:00")
    closed = StreetClosed(at_s=ten, place=place, radius_m=300, from_s=ten, until_s=noon)
    yield "street closed 10:10-13:00", closed
    loads = Counter(stop.station_id for route in plan.routes for stop in route.stops if stop.station_id is not None)
    station_id = loads.most_common(1)[0][0]
    yield "kitchen 25 min late", KitchenLate(at_s=parse_clock("10:00"), station_id=station_id, delay_s=1500)


def urgent_visit(problem: Problem, now_s: int, random: np.random.Generator, visit_id: str) -> Visit:
    """A quarter of an hour of care for somebody, within two hours from `now_s`."""
    care = [visit for visit in problem.visits if not visit.demand and visit.num_workers == 1]
    model = care[int(random.integers(len(care)))]
    elder = problem.elders[int(random.integers(len(problem.elders)))]
    return replace(
        model,
        visit_id=visit_id,
        elder_id=elder.elder_id,
        place=None,
        end_place=None,
        windows=(TimeWindow(start_s=now_s, end_s=now_s + 2 * SECONDS_PER_HOUR),),
        service_duration_s=900,
        priority=2,
        promise=None,
        pinned_worker_ids=(),
        pinned_start_s=None,
    )


def timed(day: Day, params: RedispatchParams, tier: Tier, count: int) -> tuple[float, Redispatch]:
    """Median milliseconds of so many equal re-plans, and the last one."""
    durations_s = []
    for _ in range(count):
        began_s = time.perf_counter()
        result = redispatch(day, params, tier)
        durations_s.append(time.perf_counter() - began_s)
    return 1000 * median(durations_s), result


def _figures(result: Redispatch) -> tuple[str, ...]:
    diff = result.diff
    return (
        f"{result.cost_cents / 100:,.0f}",
        str(len(diff.elder_ids)),
        str(len(diff.worker_ids)),
        str(len(result.plan.unassigned)),
    )


def _print_urgent(day: Day, plan: Plan, count: int, seed: int) -> None:
    """How long urgent visits at random times take, each on the published plan, and how many are served."""
    events = list(_urgent_events(day, plan, count, seed))
    for tier in (Tier.INSERTION, Tier.REPAIR):
        found = [timed(after(day, event), _FAST, tier, 1) for event in events]
        served = [result.plan.draft.served_visit_ids for _, result in found]
        num_served = sum(event.visit.visit_id in ids for event, ids in zip(events, served, strict=True))
        _print_durations(f"{count} urgent visits, {tier}", [ms for ms, _ in found], num_served)
    durations, num_served = [], 0
    for event in events:
        ready = ReadyDay(day, -(-event.at_s // _READY_FOR_S) * _READY_FOR_S)
        began_s = time.perf_counter()
        num_served += ready.inserted(event, _FAST) is not None
        durations.append(1000 * (time.perf_counter() - began_s))
    _print_durations(f"{count} urgent visits, insertion into a day kept ready", durations, num_served)


def _urgent_events(day: Day, plan: Plan, count: int, seed: int) -> Iterator[VisitAdded]:
    random = np.random.default_rng(seed)
    first_s = min(route.stops[0].departure_s for route in plan.routes)
    for number in range(count):
        now_s = int(random.integers(first_s, first_s + 8 * SECONDS_PER_HOUR))
        visit = urgent_visit(day.problem, now_s, random, f"urgent-{number}")
        yield VisitAdded(at_s=now_s, visit=visit, urgent=True)


def _print_durations(name: str, durations_ms: Sequence[float], num_served: int) -> None:
    p95 = quantiles(durations_ms, n=20)[-1]
    out.print(f"{name}: median {median(durations_ms):.0f} ms, p95 {p95:.0f} ms, {num_served} served", highlight=False)


def _print_price(day: Day, plan: Plan, improve_s: float, seed: int) -> None:
    """The price of stability after the worker has fallen ill."""
    event = dict(troubles(day.problem, plan, np.random.default_rng(seed)))["worker ill at 09:30"]
    price = price_of_stability(after(day, event), RedispatchParams(improve_s=improve_s, seed=seed))
    out.print(
        f"price of stability at {format_clock(event.at_s)}: {100 * price.share:.1f} % "
        f"({price.stable_cents / 100:,.0f} against {price.free_cents / 100:,.0f} yuan); promises kept "
        f"{price.promises_kept_stable} against {price.promises_kept_free} of {price.num_promises}, elders told "
        f"{price.stable_elders_told} against {price.free_elders_told}",
        highlight=False,
    )


if __name__ == "__main__":
    app()
