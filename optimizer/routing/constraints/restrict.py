"""Taking values away from one node: starts, vehicles, or being served at all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from optimizer.routing.variables import Variables


def restrict_start(variables: Variables, idx: int, windows: Iterable[tuple[int, int]]) -> None:
    """Leave a node only the starts in these closed intervals; a node left none is not served."""
    start = variables.start(idx)
    gap_start_s = 0
    kept = sorted((max(first_s, start.Min()), min(last_s, start.Max())) for first_s, last_s in windows)
    kept = [(first_s, last_s) for first_s, last_s in kept if _has_value(start, first_s, last_s)]
    if not kept:
        forbid(variables, idx)
        return
    start.SetRange(kept[0][0], max(last_s for _, last_s in kept))
    for (_, last_s), (next_first_s, _) in pairwise(kept):
        gap_start_s = max(gap_start_s, last_s + 1)
        if gap_start_s < next_first_s:
            start.RemoveInterval(gap_start_s, next_first_s - 1)


def _has_value(variable: Any, low: int, high: int) -> bool:
    return any(variable.Contains(value) for value in range(low, high + 1))


def allow_vehicles(variables: Variables, idx: int, allowed: set[int]) -> None:
    """Leave a node only these of its vehicles, or no route."""
    variables.vehicle(idx).RemoveValues([vehicle for vehicle in variables.vehicles if vehicle not in allowed])


def forbid(variables: Variables, idx: int) -> None:
    """Leave a node unserved."""
    variables.is_active(idx).SetValue(0)


def forbid_vehicle(variables: Variables, vehicle: int) -> None:
    """Leave a vehicle unused."""
    for idx in range(len(variables.nodes.stops)):
        variables.vehicle(idx).RemoveValue(vehicle)


def vehicles_of(variables: Variables, worker_ids: Iterable[str]) -> set[int]:
    """Vehicles of these workers, in all their shifts."""
    wanted = set(worker_ids)
    return {vehicle for vehicle, (worker, _) in enumerate(variables.nodes.vehicles) if worker.worker_id in wanted}
