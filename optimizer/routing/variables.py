"""The variables of the routing model: who follows whom, with which vehicle and at what time.

OR-Tools' own names stay inside this package. Its *cumul* of a dimension at a node is what has gathered on the way
there; it grows by the *transit* of each arc and by a free, non-negative *slack*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp

from optimizer.problem import Break
from optimizer.routing.nodes import Nodes


@dataclass(frozen=True, kw_only=True, eq=False)
class Variables:
    """A routing model under construction, with its time dimension.

    Attributes
    ----------
    manager, model
        OR-Tools' index manager and routing model; stop nodes have the index of their position in ``nodes.stops``.
    time
        Dimension of the start of service, seconds after 00:00 of the first day.
    horizon_s
        No start is later than this.
    dimensions
        Dimensions by name.
    break_starts
        Start of each break that is an interval, by :func:`break_name`.
    """

    nodes: Nodes
    manager: Any
    model: Any
    horizon_s: int
    dimensions: dict[str, Any] = field(default_factory=dict)
    break_starts: dict[str, Any] = field(default_factory=dict)
    _evaluators: dict[bytes, int] = field(default_factory=dict)
    _next_starts: dict[int, Any] = field(default_factory=dict)

    @property
    def solver(self) -> Any:
        """The constraint solver under the routing model."""
        return self.model.solver()

    @property
    def time(self) -> Any:
        """The dimension of starts of service."""
        return self.dimensions["time"]

    @property
    def vehicles(self) -> range:
        """Indices of all vehicles."""
        return range(len(self.nodes.vehicles))

    def start(self, idx: int) -> Any:
        """Variable: start of service at a node."""
        return self.time.CumulVar(idx)

    def next_start(self, idx: int) -> Any:
        """Variable: start of service at the node after a node; made when first asked for."""
        if idx not in self._next_starts:
            starts = [self.start(other) for other in range(self.model.Size() + len(self.vehicles))]
            self._next_starts[idx] = self.solver.Element(starts, self.model.NextVar(idx)).Var()
        return self._next_starts[idx]

    def is_active(self, idx: int) -> Any:
        """Variable: 1 where a node is on some route."""
        return self.model.ActiveVar(idx)

    def vehicle(self, idx: int) -> Any:
        """Variable: the vehicle of a node, -1 where it is on no route."""
        return self.model.VehicleVar(idx)

    def both_active(self, first: int, second: int) -> Any:
        """Variable: 1 where two nodes are both on routes."""
        return (self.is_active(first) * self.is_active(second)).Var()

    def matrix_evaluator(self, matrix: NDArray[np.int64]) -> int:
        """Register values of arcs, shape ``(n, n)`` or ``(n, 1)``; equal matrices are registered once."""
        key = matrix.tobytes()
        if key not in self._evaluators:
            size = len(self.nodes)
            self._evaluators[key] = self.model.RegisterTransitMatrix(np.broadcast_to(matrix, (size, size)).tolist())
        return self._evaluators[key]

    def add_dimension(self, name: str, transits: Sequence[NDArray[np.int64]], capacities: Sequence[int]) -> Any:
        """Add a dimension with free slack; `transits` and `capacities` (largest cumuls) are those of each vehicle.

        A transit matrix has shape ``(n, n)``, or ``(n, 1)`` where the transit depends on the first node alone.
        """
        evaluators = [self.matrix_evaluator(matrix) for matrix in transits]
        slack = max(capacities, default=0)
        self.model.AddDimensionWithVehicleTransitAndCapacity(evaluators, slack, list(capacities), False, name)
        self.dimensions[name] = self.model.GetDimensionOrDie(name)
        return self.dimensions[name]

    def add_trip_dimension(
        self, name: str, transits: Sequence[NDArray[np.int64]], bases: Sequence[int], full: int, unloaded: int
    ) -> Any:
        """Add a dimension that every load node sets anew; it is at least `unloaded` before the first loading.

        `bases` holds its value after each load node, `full` its largest value, which it has at load nodes themselves.
        Slack lets it rise at any time, so only upper bounds on it mean anything.
        """
        loads = self.nodes.load_nodes
        reset = np.zeros((len(self.nodes), 1), dtype=np.int64)
        for (idx, _), base in zip(loads, bases, strict=True):
            reset[idx] = base - full
        dimension = self.add_dimension(name, [transit + reset for transit in transits], [full for _ in transits])
        for vehicle in self.vehicles:
            dimension.CumulVar(self.model.Start(vehicle)).SetMin(unloaded)
        for idx, _ in loads:
            dimension.CumulVar(idx).SetMin(full)
        return dimension


def break_name(rest: Break, vehicle: int) -> str:
    """Name of a break of one vehicle."""
    return f"{rest.break_id}/{vehicle}"


def make_variables(nodes: Nodes) -> Variables:
    """A model with routes and times, and no rule yet but that times follow each other."""
    manager = pywrapcp.RoutingIndexManager(len(nodes), len(nodes.vehicles), nodes.starts, nodes.ends)
    variables = Variables(
        nodes=nodes, manager=manager, model=pywrapcp.RoutingModel(manager), horizon_s=_horizon_s(nodes)
    )
    transits = [nodes.travel_s(worker.vehicle.mode) + nodes.duration_s(worker)[:, None] for worker, _ in nodes.vehicles]
    variables.add_dimension("time", transits, [variables.horizon_s for _ in nodes.vehicles])
    return variables


def _horizon_s(nodes: Nodes) -> int:
    ends = [shift.end_s for _, shift in nodes.vehicles]
    return max(ends, default=0)
