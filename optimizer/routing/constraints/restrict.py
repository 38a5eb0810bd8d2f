"""Taking values away from one node: starts, vehicles, or being served at all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from optimizer.problem import TimeWindow
from optimizer.routing.variables import Variables


def restrict_start(variables: Variables, idx: int, windows: Iterable[TimeWindow]) -> None:
    """Leave a node only the starts inside `windows`; none means any."""
    ordered = sorted((window.start_s, window.end_s) for window in windows)
    if not ordered:
        return
    start = variables.start(idx)
    last_s = max(end_s for _, end_s in ordered)
    if ordered[0][0] > variables.horizon_s:
        forbid(variables, idx)
        return
    start.SetRange(ordered[0][0], min(last_s, variables.horizon_s))
    for (_, end_s), (next_start_s, _) in pairwise(ordered):
        if end_s + 1 < next_start_s:
            start.RemoveInterval(end_s + 1, next_start_s - 1)


def allow_vehicles(variables: Variables, idx: int, allowed: set[int]) -> None:
    """Leave a node only these of its vehicles, or no route."""
    variables.vehicle(idx).RemoveValues([vehicle for vehicle in variables.vehicles if vehicle not in allowed])


def forbid(variables: Variables, idx: int) -> None:
    """Leave a node unserved."""
    variables.is_active(idx).SetValue(0)


def vehicles_of(variables: Variables, worker_ids: Iterable[str]) -> set[int]:
    """Vehicles of these workers, in all their shifts."""
    wanted = set(worker_ids)
    return {vehicle for vehicle, (worker, _) in enumerate(variables.nodes.vehicles) if worker.worker_id in wanted}
