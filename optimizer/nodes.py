"""Routes before they have times: their stops as nodes, and the two passes that give one route its starts.

The forward pass gives every node its earliest start; the second pass leaves the starts that bind (linked, promised, at
the end of a chain without waiting) where they are and moves departure and loadings as late as that allows, so that
waiting becomes free time and food stays fresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from optimizer.plan import RouteDraft, Step, StopKind
from optimizer.problem import Location, Problem, Shift, Visit, Worker, service_duration_s
from optimizer.reading import hands_over
from optimizer.travel import TravelMatrix

FAR_S = 10**8
"""Travel time that stands for "no way" inside a forward pass: later than any window."""


class Legs:
    """Travel times and distances of one mode by place index."""

    def __init__(self, travel: TravelMatrix, mode: str) -> None:
        self._travel, self._mode = travel, mode
        self._has_peaks = bool(travel.peaks.get(mode))

    def duration_s(self, origin_idx: int, destination_idx: int, departure_s: int) -> int:
        """Seconds from place to place, leaving at `departure_s`; :data:`FAR_S` where there is no way."""
        base_s = self._travel.duration_row(self._mode, origin_idx)[destination_idx]
        if base_s < 0:
            return FAR_S
        return self._travel.duration_at_s(self._mode, base_s, departure_s) if self._has_peaks else base_s

    def distance_m(self, origin_idx: int, destination_idx: int) -> int:
        """Metres from place to place; 0 where there is no way."""
        return max(0, self._travel.distance_row(self._mode, origin_idx)[destination_idx])

    def latest_departure_s(self, origin_idx: int, destination_idx: int, arrival_s: int, departure_s: int) -> int:
        """The latest departure found that arrives by `arrival_s`; `departure_s` is known to do so."""
        if not self._has_peaks:
            return arrival_s - self.duration_s(origin_idx, destination_idx, departure_s)
        early_s, late_s = departure_s, max(departure_s, arrival_s)
        while early_s < late_s:
            middle_s = (early_s + late_s + 1) // 2
            if middle_s + self.duration_s(origin_idx, destination_idx, middle_s) <= arrival_s:
                early_s = middle_s
            else:
                late_s = middle_s - 1
        return early_s


@dataclass(slots=True)
class Node:
    """One stop of a route before it has times: place indices, duration, windows and what it carries.

    A fixed node keeps its earliest start when departures are moved later; a floating one has no place of
    its own: a break or an end is where the node before it ends, a start where the node after it begins.
    """

    kind: StopKind
    place_idx: int
    end_idx: int
    duration_s: int = 0
    windows: tuple[tuple[int, int], ...] = ()
    soft_ends: tuple[int | None, ...] = ()
    earliest_s: int = 0
    is_fixed: bool = False
    is_floating: bool = False
    visit: Visit | None = None
    station_id: str | None = None
    break_id: str | None = None
    load: dict[str, int] = field(default_factory=dict)

    def first_start_s(self, time_s: int) -> int:
        """Earliest start at or after `time_s` that a window allows; `time_s` itself where none does any more."""
        time_s = max(time_s, self.earliest_s)
        for start_s, end_s in self.windows:
            if time_s <= end_s:
                return max(time_s, start_s)
        return time_s

    def last_start_s(self, start_s: int) -> int:
        """Latest start in the window of `start_s` that is no later in the soft sense than `start_s` is."""
        for (window_start_s, end_s), soft_end_s in zip(self.windows, self.soft_ends, strict=True):
            if window_start_s <= start_s <= end_s:
                return end_s if soft_end_s is None else max(start_s, min(end_s, soft_end_s))
        return start_s if self.windows else FAR_S


class NodeFactory:
    """Makes nodes for one problem and its travel matrix; holds what does not change between routes."""

    def __init__(self, problem: Problem, travel: TravelMatrix) -> None:
        self.problem, self.travel = problem, travel
        self._legs: dict[str, Legs] = {}
        timed = (link for link in problem.links if link.kind.is_timed)
        self.linked_visit_ids = {visit_id for link in timed for visit_id in (link.first_visit_id, link.second_visit_id)}

    def legs(self, worker: Worker) -> Legs:
        """Travel of the worker's mode."""
        mode = worker.vehicle.mode
        if mode not in self._legs:
            self._legs[mode] = Legs(self.travel, mode)
        return self._legs[mode]

    def visit_node(self, visit: Visit, worker: Worker) -> Node:
        """The node of `visit` at `worker`'s pace."""
        windows = tuple(sorted(visit.windows, key=lambda window: window.start_s))
        bounds = tuple((window.start_s, window.end_s) for window in windows)
        soft_ends = tuple(window.soft_end_s for window in windows)
        if visit.pinned_start_s is not None:
            bounds, soft_ends = ((visit.pinned_start_s, visit.pinned_start_s),), (None,)
        idx = self.travel.idx_by_place
        return Node(
            kind=StopKind.VISIT,
            place_idx=idx[self.problem.place_of(visit)],
            end_idx=idx[self.problem.end_place_of(visit)],
            duration_s=service_duration_s(visit, worker),
            windows=bounds,
            soft_ends=soft_ends,
            is_fixed=visit.visit_id in self.linked_visit_ids or visit.num_workers > 1 or visit.promise is not None,
            visit=visit,
        )

    def load_node(self, station_id: str, earliest_s: int) -> Node:
        """A loading at a station, not before `earliest_s`."""
        station = self.problem.station_by_id[station_id]
        opening = tuple(sorted((window.start_s, window.end_s) for window in station.opening))
        idx = self.travel.idx_by_place[station.place]
        return Node(
            kind=StopKind.LOAD,
            place_idx=idx,
            end_idx=idx,
            duration_s=station.loading_duration_s,
            windows=opening,
            soft_ends=(None,) * len(opening),
            earliest_s=earliest_s,
            station_id=station_id,
        )

    def break_node(self, shift: Shift, break_id: str, here_idx: int) -> Node:
        """A break of `shift`, taken at its place or else at `here_idx`."""
        rest = next(rest for rest in shift.breaks if rest.break_id == break_id)
        idx = here_idx if rest.place is None else self.travel.idx_by_place[rest.place]
        return Node(
            kind=StopKind.BREAK,
            place_idx=idx,
            end_idx=idx,
            duration_s=rest.duration_s,
            windows=((rest.start_s, rest.end_s),),
            soft_ends=(None,),
            is_floating=rest.place is None,
            break_id=break_id,
        )

    def close_route(self, shift: Shift, nodes: Sequence[Node]) -> list[Node]:
        """`nodes` between the shift's start and end stops."""
        first_idx = self._place_idx(shift.start_place, nodes[0].place_idx if nodes else 0)
        last_idx = self._place_idx(shift.end_place, nodes[-1].end_idx if nodes else first_idx)
        start = Node(
            kind=StopKind.START,
            place_idx=first_idx,
            end_idx=first_idx,
            earliest_s=shift.start_s,
            is_floating=shift.start_place is None,
        )
        end = Node(kind=StopKind.END, place_idx=last_idx, end_idx=last_idx, is_floating=shift.end_place is None)
        return [start, *nodes, end]

    def route_nodes(self, route: RouteDraft) -> list[Node]:
        """All nodes of a route; loads carry what the visits up to the next load need, once those are ready."""
        worker = self.problem.worker_by_id[route.worker_id]
        shift = self.problem.shift_by_id[route.worker_id, route.shift_id]
        here_idx = self._place_idx(shift.start_place, self._first_place_idx(shift, route.steps))
        nodes: list[Node] = []
        for step in route.steps:
            node = self._step_node(step, worker, shift, here_idx)
            nodes.append(node)
            here_idx = node.end_idx
        fill_loads(nodes)
        return self.close_route(shift, nodes)

    def _step_node(self, step: Step, worker: Worker, shift: Shift, here_idx: int) -> Node:
        if step.visit_id is not None:
            node = self.visit_node(self.problem.visit_by_id[step.visit_id], worker)
            node.earliest_s = step.not_before_s or 0
            return node
        if step.station_id is not None:
            return self.load_node(step.station_id, step.not_before_s or 0)
        assert step.break_id is not None
        return self.break_node(shift, step.break_id, here_idx)

    def _place_idx(self, place: Location | None, otherwise: int) -> int:
        return otherwise if place is None else self.travel.idx_by_place[place]

    def _first_place_idx(self, shift: Shift, steps: Iterable[Step]) -> int:
        """Where a route begins that has no start place: at the first step that has a place."""
        places = (self._place_of_step(shift, step) for step in steps)
        return next((self.travel.idx_by_place[place] for place in places if place is not None), 0)

    def _place_of_step(self, shift: Shift, step: Step) -> Location | None:
        if step.visit_id is not None:
            return self.problem.place_of(self.problem.visit_by_id[step.visit_id])
        if step.station_id is not None:
            return self.problem.station_by_id[step.station_id].place
        return next(rest.place for rest in shift.breaks if rest.break_id == step.break_id)


def fill_loads(nodes: Sequence[Node]) -> None:
    """Give every load node the portions and the ready time of the visits it feeds."""
    load: Node | None = None
    for node in nodes:
        if node.kind is StopKind.LOAD:
            load, node.load = node, {}
        elif load is not None and node.visit is not None and hands_over(node.visit):
            for meal_type, portions in node.visit.demand.items():
                load.load[meal_type] = load.load.get(meal_type, 0) + portions
            load.earliest_s = max(load.earliest_s, node.visit.ready_s or 0)


def earliest_starts(nodes: Sequence[Node], legs: Legs) -> list[int]:
    """Earliest start of every node, in order; late where windows have passed."""
    first = nodes[0]
    starts = [first.earliest_s]
    free_s, here_idx = first.earliest_s, first.end_idx
    for node in nodes[1:]:
        start_s = node.first_start_s(free_s + legs.duration_s(here_idx, node.place_idx, free_s))
        starts.append(start_s)
        free_s, here_idx = start_s + node.duration_s, node.end_idx
    return starts


def just_in_time_starts(nodes: Sequence[Node], legs: Legs, starts: Sequence[int]) -> list[int]:
    """Starts with departure and loadings moved as late as the rest allows; the return stays as early as it is."""
    latest = list(starts)
    for position in range(len(nodes) - 2, -1, -1):
        node, follower = nodes[position], nodes[position + 1]
        if node.is_fixed:
            continue
        departure_s = legs.latest_departure_s(
            node.end_idx, follower.place_idx, latest[position + 1], starts[position] + node.duration_s
        )
        last_s = min(departure_s - node.duration_s, node.last_start_s(starts[position]))
        latest[position] = max(starts[position], last_s)
    shifted = [
        replace(node, earliest_s=latest_s) if node.kind in {StopKind.START, StopKind.LOAD} else node
        for node, latest_s in zip(nodes, latest, strict=True)
    ]
    return earliest_starts(shifted, legs)
