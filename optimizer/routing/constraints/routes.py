"""Rules of a whole route: its shift, working time, range, trips and breaks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.problem import Break, Shift
from optimizer.routing.constraints.restrict import allow_vehicles, forbid_vehicle, restrict_start
from optimizer.routing.nodes import NO_WAY
from optimizer.routing.variables import Variables, break_name


def add_shifts(variables: Variables) -> None:
    """Routes leave not before their shift starts and return not after it ends."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        variables.start(variables.model.Start(vehicle)).SetRange(shift.start_s, shift.end_s)
        variables.start(variables.model.End(vehicle)).SetRange(shift.start_s, shift.end_s)


def add_working_time(variables: Variables) -> None:
    """The time from departure to return, breaks taken off, is bounded; optional breaks are not taken off."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        if shift.max_work_s is not None:
            breaks_s = sum(rest.duration_s for rest in shift.breaks if rest.mandatory)
            variables.time.SetSpanUpperBoundForVehicle(shift.max_work_s + breaks_s, vehicle)


def add_range(variables: Variables) -> None:
    """Routes are no longer than the vehicle's range."""
    nodes = variables.nodes
    limits = [worker.vehicle.max_distance_m for worker, _ in nodes.vehicles]
    if any(limit is not None for limit in limits):
        distances = [nodes.distance_m(worker.vehicle.mode) for worker, _ in nodes.vehicles]
        ranges = [NO_WAY * len(nodes) if limit is None else limit for limit in limits]
        variables.add_dimension("distance", distances, ranges)


def add_trips(variables: Variables) -> None:
    """Routes load no more often than their shift allows."""
    nodes = variables.nodes
    limits = [shift.max_trips for _, shift in nodes.vehicles]
    if not nodes.load_nodes or all(limit is None for limit in limits):
        return
    is_load = np.zeros((len(nodes), 1), dtype=np.int64)
    is_load[[idx for idx, _ in nodes.load_nodes]] = 1
    most = [len(nodes.load_nodes) if limit is None else limit for limit in limits]
    variables.add_dimension("trips", [is_load for _ in limits], most)


def add_breaks(variables: Variables) -> None:
    """Breaks are taken between departure and return, outside visits, at their place where they have one."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        floating = floating_breaks(shift)
        if not all(_fits(shift, rest) for rest in floating):
            forbid_vehicle(variables, vehicle)
        elif floating:
            _add_floating_breaks(variables, vehicle, floating)
    for idx, node in variables.nodes.break_nodes:
        restrict_start(variables, idx, [(node.rest.start_s, node.rest.end_s)])
        allow_vehicles(variables, idx, {node.vehicle})
        if node.rest.mandatory:
            is_used = variables.model.ActiveVehicleVar(node.vehicle)
            variables.solver.Add(variables.is_active(idx) >= is_used)


def floating_breaks(shift: Shift) -> list[Break]:
    """Mandatory breaks that are taken wherever the worker is."""
    return [rest for rest in shift.breaks if rest.place is None and rest.mandatory]


def _fits(shift: Shift, rest: Break) -> bool:
    start_s = max(shift.start_s, rest.start_s)
    return start_s <= rest.end_s and start_s + rest.duration_s <= shift.end_s


def _add_floating_breaks(variables: Variables, vehicle: int, breaks: Sequence[Break]) -> None:
    """Intervals between the end of one node and the start of the next, early enough to travel afterwards."""
    solver, nodes = variables.solver, variables.nodes
    worker, _ = nodes.vehicles[vehicle]
    duration_s = nodes.duration_s(worker)
    intervals = []
    for rest in breaks:
        name = break_name(rest, vehicle)
        interval = solver.FixedDurationIntervalVar(rest.start_s, rest.end_s, rest.duration_s, False, name)
        solver.Add(interval.StartExpr() >= variables.start(variables.model.Start(vehicle)))
        solver.Add(interval.EndExpr() <= variables.start(variables.model.End(vehicle)))
        variables.break_starts[name] = interval.StartExpr().Var()
        intervals.append(interval)
        _rest_before_travel(variables, vehicle, rest)
    visit_s = [int(duration_s[variables.manager.IndexToNode(idx)]) for idx in range(variables.model.Size())]
    variables.time.SetBreakIntervalsOfVehicle(intervals, vehicle, visit_s)


def _rest_before_travel(variables: Variables, vehicle: int, rest: Break) -> None:
    """Whoever leaves a node before the break can be over has the break after the next node.

    OR-Tools lets a break interrupt the travel to the next node; a worker takes it before that travel. The two differ
    only where the break waits for its window.
    """
    model, solver, nodes = variables.model, variables.solver, variables.nodes
    duration_s = nodes.duration_s(nodes.vehicles[vehicle][0])
    earliest_end_s = rest.start_s + rest.duration_s
    end = variables.break_starts[break_name(rest, vehicle)] + rest.duration_s
    for idx in (*range(len(nodes.stops)), model.Start(vehicle)):
        stay_s = int(duration_s[variables.manager.IndexToNode(idx)])
        next_start = variables.next_start(idx)
        leaves = next_start - variables.time.FixedTransitVar(idx) + stay_s
        is_free = [
            solver.IsGreaterOrEqualCstVar(leaves, earliest_end_s),
            solver.IsGreaterVar(end, next_start),
            solver.IsDifferentCstVar(variables.vehicle(idx), vehicle),
        ]
        solver.Add(solver.Sum(is_free) >= 1)
