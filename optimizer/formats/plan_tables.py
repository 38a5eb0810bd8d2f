"""A plan as a workbook for people: one row a stop, one a route, one an unserved visit, and the key figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from optimizer.formats.cells import Cell
from optimizer.formats.dates import format_date_time
from optimizer.formats.workbook import save_workbook
from optimizer.plan import Plan, Route, Stop
from optimizer.problem import Problem
from optimizer.rules import COST_TERMS
from optimizer.units import SECONDS_PER_MINUTE, format_clock

Row = tuple[Cell, ...]


def write_plan_tables(problem: Problem, plan: Plan, path: Path) -> None:
    """Write the sheets ``stops``, ``routes``, ``unassigned``, ``cost`` and ``key figures`` into an .xlsx workbook.

    Durations are minutes, distances kilometres and money yuan, as the headers say.
    """
    save_workbook(
        path,
        [
            ("stops", [_STOP_HEADER, *_stop_rows(problem, plan)]),
            ("routes", [_ROUTE_HEADER, *(_route_row(problem, route) for route in plan.routes)]),
            ("unassigned", [_UNASSIGNED_HEADER, *_unassigned_rows(problem, plan)]),
            ("cost", [_COST_HEADER, *_cost_rows(plan)]),
            ("key figures", [("figure", "value"), *_figure_rows(plan)]),
        ],
    )


_STOP_HEADER: Row = (
    "worker_id",
    "worker",
    "shift_id",
    "stop",
    "what",
    "visit_id",
    "station_id",
    "elder",
    "address",
    "phone",
    "service",
    "portions",
    "arrival",
    "start",
    "end",
    "departure",
    "wait_min",
    "travel_min",
    "travel_km",
    "note",
)


def _stop_rows(problem: Problem, plan: Plan) -> Iterator[Row]:
    for route in plan.routes:
        name = problem.worker_by_id[route.worker_id].name
        for position, stop in enumerate(route.stops):
            yield (route.worker_id, name, route.shift_id, position, stop.kind.value, *_stop_cells(problem, stop))


def _stop_cells(problem: Problem, stop: Stop) -> Row:
    visit = None if stop.visit_id is None else problem.visit_by_id[stop.visit_id]
    elder = None if visit is None else problem.elder_of(visit)
    return (
        stop.visit_id,
        stop.station_id,
        elder.name if elder else None,
        elder.address if elder else None,
        elder.phone if elder else None,
        visit.service if visit else None,
        _amounts(visit.demand if visit else stop.load),
        *(_time(problem, time_s) for time_s in (stop.arrival_s, stop.start_s, stop.end_s, stop.departure_s)),
        _minutes(stop.wait_duration_s),
        _minutes(stop.travel_duration_s),
        stop.travel_distance_m / 1000,
        visit.note if visit else None,
    )


_ROUTE_HEADER: Row = (
    "worker_id",
    "worker",
    "shift_id",
    "mode",
    "departure",
    "return",
    "visits",
    "trips",
    "portions",
    "travel_min",
    "travel_km",
    "wait_min",
)


def _route_row(problem: Problem, route: Route) -> Row:
    worker = problem.worker_by_id[route.worker_id]
    loads = (amount for stop in route.stops for amount in stop.load.values())
    return (
        worker.worker_id,
        worker.name,
        route.shift_id,
        worker.vehicle.mode,
        _time(problem, route.stops[0].departure_s) if route.stops else None,
        _time(problem, route.stops[-1].arrival_s) if route.stops else None,
        len(route.visit_stops),
        len(route.trips),
        sum(loads),
        _minutes(sum(stop.travel_duration_s for stop in route.stops)),
        sum(stop.travel_distance_m for stop in route.stops) / 1000,
        _minutes(sum(stop.wait_duration_s for stop in route.stops)),
    )


_UNASSIGNED_HEADER: Row = ("visit_id", "elder", "service", "windows", "why", "remedy", "remedy_yuan")


def _unassigned_rows(problem: Problem, plan: Plan) -> Iterator[Row]:
    for item in plan.unassigned:
        visit = problem.visit_by_id[item.visit_id]
        elder = problem.elder_of(visit)
        remedy = item.remedies[0] if item.remedies else None
        windows = (f"{_time(problem, w.start_s)}-{_time(problem, w.end_s)}" for w in visit.windows)
        yield (
            item.visit_id,
            elder.name if elder else None,
            visit.service,
            "; ".join(windows),
            "\n".join(f"{reason.rule}: {reason.message}" for reason in item.reasons),
            remedy.message if remedy else None,
            None if remedy is None else remedy.price_cents / 100,
        )


_COST_HEADER: Row = ("term", "yuan", "what is charged", "per")


def _cost_rows(plan: Plan) -> Iterator[Row]:
    for term, cents in plan.cost.cents_by_term.items():
        yield (term.value, cents / 100, COST_TERMS[term].sentence, COST_TERMS[term].unit)
    yield ("total", plan.cost.total_cents / 100, None, None)


def _figure_rows(plan: Plan) -> Iterator[Row]:
    yield ("status", plan.status.value)
    yield from _flat("", plan.kpis)
    yield ("engine", plan.provenance.engine)
    yield ("seed", plan.provenance.seed)


def _flat(prefix: str, figures: Mapping[str, Any]) -> Iterator[Row]:
    """Figures of figures get names like ``by_priority.0.num_visits``."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield (f"{prefix}{name}", value if isinstance(value, (int, float, str)) else str(value or ""))


def _time(problem: Problem, time_s: int) -> str:
    """A clock time, with its date where the horizon has several days."""
    if problem.horizon.num_days == 1:
        return format_clock(time_s)
    return format_date_time(time_s, problem.horizon.first_date).replace("T", " ")


def _minutes(duration_s: int) -> float:
    return round(duration_s / SECONDS_PER_MINUTE, 2)


def _amounts(amounts: Mapping[str, int]) -> str:
    items: Iterable[tuple[str, int]] = sorted(amounts.items())
    return "; ".join(f"{name}:{amount}" for name, amount in items)
