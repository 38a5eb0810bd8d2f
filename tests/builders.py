"""Small facts for tests: every builder has sensible defaults, so that a test shows only what matters to it.

Places lie on a line: ``at(7)`` is seven minutes and 3.5 km (by every mode) from ``at(0)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from optimizer.plan import (
    Draft,
    Plan,
    RouteDraft,
    SolveStatus,
    Step,
    StopKind,
    Unassigned,
    break_step,
    load_step,
    visit_step,
)
from optimizer.problem import (
    Elder,
    Horizon,
    Location,
    MealType,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from optimizer.units import parse_clock

MINUTE = 60
HOUR = 3600


def at(minutes: float) -> Location:
    """The place `minutes` along the line."""
    return Location(lon=116.0 + minutes / 1000, lat=40.0)


def clock(text: str) -> int:
    """Seconds of a clock time."""
    return parse_clock(text)


def window(start: str = "08:00", end: str = "18:00", **changes: Any) -> TimeWindow:
    """A time window from clock times."""
    return TimeWindow(start_s=clock(start), end_s=clock(end), **changes)


def make_station(
    station_id: str = "s1",
    minutes: float = 0,
    *,
    portions: dict[str, int] | None = None,
    ready: str = "06:00",
    **changes: Any,
) -> Station:
    """A station at the line's start, with one wave of `portions` (default: 1,000 lunches) ready early."""
    facts: dict[str, Any] = {
        "place": at(minutes),
        "waves": (SupplyWave(wave_id="w1", ready_s=clock(ready), portions=portions or {"lunch": 1000}),),
    }
    return Station(station_id=station_id, **{**facts, **changes})


def make_elder(elder_id: str = "e1", minutes: float = 10, **changes: Any) -> Elder:
    """An elder `minutes` along the line."""
    return Elder(**{"elder_id": elder_id, "place": at(minutes), **changes})


def make_visit(visit_id: str = "v1", minutes: float = 10, **changes: Any) -> Visit:
    """A ten-minute care visit at ``at(minutes)``, all day."""
    facts: dict[str, Any] = {
        "service": "check",
        "place": at(minutes),
        "windows": (window(),),
        "service_duration_s": 10 * MINUTE,
    }
    return Visit(visit_id=visit_id, **{**facts, **changes})


def make_meal(visit_id: str = "m1", minutes: float = 10, *, portions: int = 1, **changes: Any) -> Visit:
    """A two-minute hand-over of `portions` lunches at ``at(minutes)``."""
    facts: dict[str, Any] = {"service": "meal", "service_duration_s": 2 * MINUTE, "demand": {"lunch": portions}}
    return make_visit(visit_id, minutes, **{**facts, **changes})


def make_shift(start: str = "08:00", end: str = "18:00", shift_id: str = "day", **changes: Any) -> Shift:
    """A shift that starts and ends at ``at(0)``."""
    facts: dict[str, Any] = {"start_place": at(0), "end_place": at(0)}
    return Shift(shift_id=shift_id, start_s=clock(start), end_s=clock(end), **{**facts, **changes})


def make_worker(worker_id: str = "a", **changes: Any) -> Worker:
    """A worker on foot with one day shift and room for twenty portions."""
    facts: dict[str, Any] = {"shifts": (make_shift(),), "vehicle": Vehicle(capacities={"portions": 20})}
    return Worker(worker_id=worker_id, **{**facts, **changes})


def make_problem(visits: Sequence[Visit] = (), workers: Sequence[Worker] | None = None, **changes: Any) -> Problem:
    """A one-day problem with one station, one worker and one meal type."""
    facts: dict[str, Any] = {
        "name": "test",
        "horizon": Horizon(first_date=dt.date(2026, 3, 2)),
        "stations": (make_station(),),
        "meal_types": (MealType(meal_type="lunch"),),
        "visits": tuple(visits),
        "workers": tuple(workers if workers is not None else (make_worker(),)),
    }
    return Problem(**{**facts, **changes})


def make_travel(problem: Problem) -> TravelMatrix:
    """The line's travel matrix: a minute and 500 m per unit, by every mode of the problem and by walking."""
    lon = np.array([place.lon for place in problem.places])
    minutes = np.abs(lon[:, None] - lon[None, :]) * 1000
    duration_s = np.rint(minutes * MINUTE).astype(np.int32)
    distance_m = np.rint(minutes * 500).astype(np.int32)
    modes = {worker.vehicle.mode for worker in problem.workers} | {"walk"}
    return TravelMatrix(
        places=problem.places,
        duration_s=dict.fromkeys(sorted(modes), duration_s),
        distance_m=dict.fromkeys(sorted(modes), distance_m),
        source="line",
    )


def make_route(worker_id: str, *steps: str | Step, shift_id: str = "day") -> RouteDraft:
    """A route from visit ids; ``"load:s1"`` loads there, ``"break:lunch"`` takes that break."""
    return RouteDraft(worker_id=worker_id, shift_id=shift_id, steps=tuple(_step(step) for step in steps))


def make_draft(*routes: RouteDraft) -> Draft:
    """A draft of `routes`."""
    return Draft(routes=routes)


def make_plan(problem: Problem, *routes: RouteDraft) -> Plan:
    """The plan of `routes`, timed on the line; what they do not serve is listed as unassigned."""
    draft = make_draft(*routes)
    visit_ids = [visit.visit_id for visit in problem.visits if visit.visit_id not in draft.served_visit_ids]
    return Plan(
        status=SolveStatus.INCOMPLETE if visit_ids else SolveStatus.COMPLETE,
        routes=time_draft(problem, make_travel(problem), draft),
        unassigned=tuple(Unassigned(visit_id=visit_id) for visit_id in visit_ids),
    )


def _step(text: str | Step) -> Step:
    if isinstance(text, Step):
        return text
    kind, _, name = text.rpartition(":")
    if kind == StopKind.LOAD:
        return load_step(name)
    return break_step(name) if kind == StopKind.BREAK else visit_step(name)
