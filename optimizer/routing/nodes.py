"""From a problem to the indices of a routing model: which nodes there are, where they lie, who travels between them.

One vehicle per worker and shift. One node per visit and worker it needs, as many optional load nodes per station and
ready time as trips may want, one node per break that asks for a place; then the start and end places. Breaks without a
place are intervals, not nodes (:func:`optimizer.routing.constraints.add_breaks`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Draft, RouteDraft, Sources, StopKind
from optimizer.problem import Break, Location, Problem, Shift, Station, Visit, Worker, service_duration_s
from optimizer.travel import TravelMatrix

NO_WAY = 10**7
"""Seconds, or metres, from node to node where there is no way: beyond every horizon and range."""

MAX_LEVELS = 6
"""Ready times per station that get load nodes of their own; more are rounded down to these."""

SPARE_LOADS = 2
"""Load nodes per station and ready time beyond those of the start."""


@dataclass(frozen=True, slots=True)
class VisitNode:
    """One worker's part in a visit; ``copy`` counts from 0."""

    visit: Visit
    copy: int = 0


@dataclass(frozen=True, slots=True)
class LoadNode:
    """A loading at a station, not before ``ready_s``; any vehicle may use it, once."""

    station: Station
    ready_s: int


@dataclass(frozen=True, slots=True)
class BreakNode:
    """A break of one vehicle, at the break's own place."""

    rest: Break
    place: Location
    vehicle: int


StopNode = VisitNode | LoadNode | BreakNode


@dataclass(frozen=True, slots=True)
class Need:
    """What a visit with demand asks of its trip: one of these stations, loading not before ``ready_s``.

    ``is_open`` tells that no source was decided, so that the choice is the model's.
    """

    station_ids: frozenset[str]
    ready_s: int
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes and vehicles of one problem.

    Attributes
    ----------
    vehicles
        Worker and shift of each vehicle.
    stops
        Nodes ``0 .. len(stops) - 1``; those of start and end places follow.
    depots
        Start and end places, ``None`` standing for "anywhere".
    need_by_visit_id
        Supply asked by the visits with demand.
    """

    problem: Problem
    travel: TravelMatrix
    vehicles: tuple[tuple[Worker, Shift], ...]
    stops: tuple[StopNode, ...]
    depots: tuple[Location | None, ...]
    need_by_visit_id: Mapping[str, Need]

    def __len__(self) -> int:
        return len(self.stops) + len(self.depots)

    @property
    def starts(self) -> list[int]:
        """Start node of each vehicle."""
        return [self._depot(shift.start_place) for _, shift in self.vehicles]

    @property
    def ends(self) -> list[int]:
        """End node of each vehicle."""
        return [self._depot(shift.end_place) for _, shift in self.vehicles]

    @cached_property
    def visit_nodes(self) -> tuple[tuple[int, VisitNode], ...]:
        """Visit nodes with their indices."""
        return tuple((idx, stop) for idx, stop in enumerate(self.stops) if isinstance(stop, VisitNode))

    @cached_property
    def load_nodes(self) -> tuple[tuple[int, LoadNode], ...]:
        """Load nodes with their indices."""
        return tuple((idx, stop) for idx, stop in enumerate(self.stops) if isinstance(stop, LoadNode))

    @cached_property
    def break_nodes(self) -> tuple[tuple[int, BreakNode], ...]:
        """Break nodes with their indices."""
        return tuple((idx, stop) for idx, stop in enumerate(self.stops) if isinstance(stop, BreakNode))

    @cached_property
    def indices_by_visit_id(self) -> dict[str, list[int]]:
        """Node indices of each visit, one per worker it needs."""
        indices: dict[str, list[int]] = {}
        for idx, node in self.visit_nodes:
            indices.setdefault(node.visit.visit_id, []).append(idx)
        return indices

    def travel_s(self, mode: str) -> NDArray[np.int64]:
        """Seconds from the end of one node to the start of the next at the slowest time of day, shape ``(n, n)``."""
        return self._between(self.travel.longest_duration_s(mode))

    def distance_m(self, mode: str) -> NDArray[np.int64]:
        """Metres from the end of one node to the start of the next, shape ``(n, n)``."""
        return self._between(self.travel.distance_m[mode])

    def duration_s(self, worker: Worker) -> NDArray[np.int64]:
        """Seconds that `worker` spends at each node, shape ``(n,)``."""
        return np.array([_duration_s(stop, worker) for stop in self.stops] + [0] * len(self.depots), dtype=np.int64)

    def _between(self, matrix: NDArray[np.int32]) -> NDArray[np.int64]:
        origins, destinations = self._place_rows
        between = matrix[np.ix_(origins, destinations)].astype(np.int64)
        between[between < 0] = NO_WAY
        between[origins < 0, :] = 0
        between[:, destinations < 0] = 0
        return between

    @cached_property
    def _place_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Matrix rows of end places and of start places of all nodes; -1 stands for anywhere."""
        row = self.travel.idx_by_place
        depots = [-1 if place is None else row[place] for place in self.depots]
        ends = [row[_end_place(self.problem, stop)] for stop in self.stops]
        starts = [row[_start_place(self.problem, stop)] for stop in self.stops]
        return np.array(ends + depots, dtype=np.int64), np.array(starts + depots, dtype=np.int64)

    def _depot(self, place: Location | None) -> int:
        return len(self.stops) + self.depots.index(place)


def make_nodes(problem: Problem, travel: TravelMatrix, sources: Sources, start: Draft) -> Nodes:
    """Nodes for every visit, with enough load nodes for the trips of `start` and some more."""
    vehicles = tuple((worker, shift) for worker in problem.workers for shift in worker.shifts)
    needs = {visit.visit_id: _need(problem, travel, sources, visit) for visit in problem.visits if visit.demand}
    stops: list[StopNode] = [VisitNode(visit, copy) for visit in problem.visits for copy in range(visit.num_workers)]
    stops += _load_nodes(problem, needs, start)
    stops += _break_nodes(vehicles)
    places = (place for _, shift in vehicles for place in (shift.start_place, shift.end_place))
    return Nodes(
        problem=problem,
        travel=travel,
        vehicles=vehicles,
        stops=tuple(stops),
        depots=tuple(dict.fromkeys(places)),
        need_by_visit_id=needs,
    )


def pinned_to(node: VisitNode) -> frozenset[str]:
    """Workers one of whom must take this part of a visit; empty means anybody."""
    pinned = node.visit.pinned_worker_ids
    if len(pinned) >= node.visit.num_workers:
        return frozenset(pinned)
    return frozenset(pinned[node.copy : node.copy + 1])


def _need(problem: Problem, travel: TravelMatrix, sources: Sources, visit: Visit) -> Need:
    own_ready_s = visit.ready_s or 0
    source = sources.get(visit.visit_id)
    if source is not None:
        return Need(frozenset({source.station_id}), max(own_ready_s, source.ready_s))
    station_ids = (station.station_id for station in problem.stations if _may_supply(problem, travel, station, visit))
    return Need(frozenset(station_ids), own_ready_s, is_open=True)


def _may_supply(problem: Problem, travel: TravelMatrix, station: Station, visit: Visit) -> bool:
    if not station.waves or (visit.station_ids and station.station_id not in visit.station_ids):
        return False
    if station.service_radius_m is None or visit.delivers_to_station_id is not None:
        return True
    return travel.walking_distance_m(station.place, problem.place_of(visit)) <= station.service_radius_m


def _load_nodes(problem: Problem, needs: Mapping[str, Need], start: Draft) -> Iterator[LoadNode]:
    in_start = Counter(trip_need(route, position, needs) for route, position in _loads(start))
    num_carriers = sum(len(worker.shifts) for worker in problem.workers if any(worker.vehicle.capacities.values()))
    for station in problem.stations:
        ready_times = _ready_times(station, needs.values())
        for level, ready_s in enumerate(ready_times):
            until_s = ready_times[level + 1] if level + 1 < len(ready_times) else NO_WAY
            used = sum(
                count
                for (station_id, needed_s), count in in_start.items()
                if station_id == station.station_id and ready_s <= needed_s < until_s
            )
            num_visits = sum(station.station_id in need.station_ids for need in needs.values())
            for _ in range(max(used, min(num_visits, max(used + SPARE_LOADS, num_carriers)))):
                yield LoadNode(station, ready_s)


def _ready_times(station: Station, needs: Iterable[Need]) -> list[int]:
    """Ready times that load nodes of `station` are made for, ascending and at most :data:`MAX_LEVELS`."""
    times: set[int] = set()
    for need in needs:
        if station.station_id in need.station_ids:
            waves_s = [wave.ready_s for wave in station.waves] if need.is_open else [0]
            times.update(max(need.ready_s, wave_s) for wave_s in waves_s)
    ordered = sorted(times)
    if len(ordered) <= MAX_LEVELS:
        return ordered
    return [ordered[level * len(ordered) // MAX_LEVELS] for level in range(MAX_LEVELS)]


def _break_nodes(vehicles: Sequence[tuple[Worker, Shift]]) -> Iterator[BreakNode]:
    for vehicle, (_, shift) in enumerate(vehicles):
        for rest in shift.breaks:
            if rest.place is not None:
                yield BreakNode(rest, rest.place, vehicle)


def _loads(draft: Draft) -> Iterator[tuple[RouteDraft, int]]:
    for route in draft.routes:
        for position, step in enumerate(route.steps):
            if step.kind is StopKind.LOAD:
                yield route, position


def trip_need(route: RouteDraft, position: int, needs: Mapping[str, Need]) -> tuple[str, int]:
    """Station of the load at `position`, and from when on it may be: no sooner than meant, and all its goods ready."""
    load = route.steps[position]
    assert load.station_id is not None, f"step {position} of {route.worker_id!r} is no load"
    ready_s = load.not_before_s or 0
    for step in route.steps[position + 1 :]:
        if step.kind is StopKind.LOAD:
            break
        need = needs.get(step.visit_id or "")
        if need is not None:
            ready_s = max(ready_s, need.ready_s)
    return load.station_id, ready_s


def _duration_s(stop: StopNode, worker: Worker) -> int:
    match stop:
        case VisitNode(visit=visit):
            return service_duration_s(visit, worker)
        case LoadNode(station=station):
            return station.loading_duration_s
        case BreakNode(rest=rest):
            return rest.duration_s


def _start_place(problem: Problem, stop: StopNode) -> Location:
    match stop:
        case VisitNode(visit=visit):
            return problem.place_of(visit)
        case LoadNode(station=station):
            return station.place
        case BreakNode(place=place):
            return place


def _end_place(problem: Problem, stop: StopNode) -> Location:
    return problem.end_place_of(stop.visit) if isinstance(stop, VisitNode) else _start_place(problem, stop)
