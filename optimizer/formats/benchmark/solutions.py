"""Solutions in the field's own files: ``Route #1: 5 3 7`` and ``Cost: 827``, customers by number, 0 for a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.errors import Issue, SourceError
from optimizer.formats.benchmark.care_solutions import care_draft, read_care_solution, write_care_solution
from optimizer.formats.benchmark.instance import SHIFT_ID, BenchmarkInstance
from optimizer.formats.benchmark.stated import Faults
from optimizer.formats.issues import shown
from optimizer.plan import Draft, Plan, Route, RouteDraft, Step, StopKind, load_step, visit_step
from optimizer.rules import CostTerm

RELOAD = 0
"""Stands inside a route for loading again."""

_ROUTE = re.compile(r"^\s*Route\s*#?\s*(\d+)\s*:(.*)$", re.IGNORECASE)
_COST = re.compile(r"^\s*Cost\b\s*:?\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What a solution file says: the k-th route is that of the k-th vehicle; the cost is ``None`` where not told."""

    routes: tuple[tuple[int, ...], ...]
    cost: float | None = None


def read_solution(text: str, name: str = "solution") -> Solution:
    """The solution in `text`; lines that are neither routes nor the cost are passed over.

    Raises
    ------
    SourceError
        With every fault: a customer or cost that is no number, routes out of order, or no route at all.
    """
    faults = Faults(name)
    routes: list[tuple[int, ...]] = []
    cost: float | None = None
    for line, content in enumerate(text.splitlines(), start=1):
        if route := _ROUTE.match(content):
            if int(route[1]) != len(routes) + 1:
                message = f"route #{route[1]} comes after {len(routes)} routes."
                faults.note("bad-route", line, message, "Number the routes from 1.")
            routes.append(tuple(faults.whole(line, "the customer", word) for word in route[2].split()))
        elif found := _COST.match(content):
            cost = float(faults.number(line, "the cost", found[1].strip(), most=10**12))
    if not routes:
        faults.note("bad-route", None, "there is no route.", "Write them as Route #1: 5 3 7.")
    faults.raise_any()
    return Solution(routes=tuple(routes), cost=cost)


def read_draft(instance: BenchmarkInstance, text: str, name: str = "solution") -> Draft:
    """The draft that a solution file of the instance's family states.

    Raises
    ------
    SourceError
        With every fault.
    """
    if instance.is_care:
        return care_draft(instance, read_care_solution(text, name))
    return solution_draft(instance, read_solution(text, name).routes)


def solution_draft(instance: BenchmarkInstance, routes: Sequence[Sequence[int]]) -> Draft:
    """The draft of `routes`: the k-th is driven by the k-th vehicle, which loads first and at every :data:`RELOAD`.

    Raises
    ------
    SourceError
        With every customer that the instance does not have, and where there are more routes than vehicles.
    """
    workers = instance.problem.workers
    issues = list(_unknown_numbers(instance, routes))
    if len(routes) > len(workers):
        message = f"there are {len(routes)} routes and {len(workers)} vehicles."
        issues.append(Issue(code="bad-route", path="routes", message=message, hint="Use no more than there are."))
    if issues:
        raise SourceError(issues)
    return Draft(
        routes=tuple(
            RouteDraft(
                worker_id=worker.worker_id, shift_id=SHIFT_ID, steps=tuple(_steps(worker.station_id or "", route))
            )
            for worker, route in zip(workers, routes, strict=False)
            if route
        )
    )


def solution_routes(instance: BenchmarkInstance, plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Customers of every route of `plan` by number; where the family lists them, vehicles that stay home have none."""
    route_by_worker_id = {route.worker_id: route for route in plan.routes}
    routes = (route_by_worker_id.get(worker.worker_id) for worker in instance.problem.workers)
    numbers = (() if route is None else _numbers(route) for route in routes)
    return tuple(route for route in numbers if route or instance.lists_unused)


def write_solution(instance: BenchmarkInstance, plan: Plan) -> str:
    """The solution file of `plan`, written as the family writes its own: routes and their distance, or JSON."""
    if instance.is_care:
        return write_care_solution(instance, plan)
    lines = [
        f"Route #{position}: {' '.join(map(str, route))}".rstrip()
        for position, route in enumerate(solution_routes(instance, plan), start=1)
    ]
    units = plan.cost.cents_by_term.get(CostTerm.DISTANCE, 0)
    cost = f"Cost: {units}" if instance.cost_divisor == 1 else f"Cost {units / instance.cost_divisor}"
    return "\n".join([*lines, cost]) + "\n"


def _unknown_numbers(instance: BenchmarkInstance, routes: Sequence[Sequence[int]]) -> Iterator[Issue]:
    for position, route in enumerate(routes):
        for number in route:
            if number != RELOAD and str(number) not in instance.problem.visit_by_id:
                message = f"{shown(number)} is no customer of {instance.name}."
                yield Issue(code="bad-route", path=f"routes[{position}]", message=message, hint="Correct the number.")


def _steps(station_id: str, route: Sequence[int]) -> Iterator[Step]:
    yield load_step(station_id)
    for number in route:
        yield load_step(station_id) if number == RELOAD else visit_step(str(number))


def _numbers(route: Route) -> tuple[int, ...]:
    stops = [stop for stop in route.stops if stop.kind in {StopKind.VISIT, StopKind.LOAD}]
    return tuple(RELOAD if stop.visit_id is None else int(stop.visit_id) for stop in stops[1:])
