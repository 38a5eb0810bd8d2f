"""Between drafts and routes of the routing model: node indices by vehicle, without start and end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.plan import Draft, RouteDraft, Step, StopKind, break_step, load_step, visit_step
from optimizer.problem import Shift
from optimizer.routing.nodes import BreakNode, LoadNode, Need, Nodes, VisitNode, pinned_to, trip_need
from optimizer.routing.variables import Variables, break_name

IndexRoutes = list[list[int]]
"""Node indices on the route of each vehicle, in order."""


def routes_of_draft(nodes: Nodes, draft: Draft, visit_ids: Iterable[str] | None = None) -> IndexRoutes:
    """Index routes of `draft`, or of that part of it that serves `visit_ids`; loads and breaks of unused routes go.

    What has no node left (a load beyond the last, a visit named twice) is left out.
    """
    kept = draft.served_visit_ids if visit_ids is None else set(visit_ids)
    free = _FreeNodes(nodes)
    by_shift = {(route.worker_id, route.shift_id): route for route in draft.routes}
    routes: IndexRoutes = []
    for vehicle, (worker, shift) in enumerate(nodes.vehicles):
        route = by_shift.get((worker.worker_id, shift.shift_id))
        routes.append([] if route is None else free.take_route(vehicle, without_other_visits(route, kept)))
    return routes


def without_other_visits(route: RouteDraft, kept: Iterable[str]) -> RouteDraft:
    """`route` with only the visits in `kept`, and no steps at all where none of its visits is."""
    wanted = set(kept)
    steps = tuple(step for step in route.steps if step.visit_id is None or step.visit_id in wanted)
    return replace(route, steps=steps if any(step.visit_id is not None for step in steps) else ())


class _FreeNodes:
    """Nodes not yet taken by a route, by what they stand for."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._visits = {visit_id: indices[:] for visit_id, indices in nodes.indices_by_visit_id.items()}
        self._loads: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for idx, load in nodes.load_nodes:
            self._loads[load.station.station_id].append((load.ready_s, idx))
        self._breaks = {(node.vehicle, node.rest.break_id): idx for idx, node in nodes.break_nodes}

    def take_route(self, vehicle: int, route: RouteDraft) -> list[int]:
        """Nodes for every step, as far as there are any."""
        taken = (self._take_step(vehicle, route, position) for position in range(len(route.steps)))
        return [idx for idx in taken if idx is not None]

    def _take_step(self, vehicle: int, route: RouteDraft, position: int) -> int | None:
        step = route.steps[position]
        if step.kind is StopKind.VISIT:
            return self._take_visit(vehicle, step)
        if step.kind is StopKind.BREAK:
            return self._breaks.pop((vehicle, step.break_id or ""), None)
        return self._take_load(*trip_need(route, position, self._nodes.need_by_visit_id))

    def _take_visit(self, vehicle: int, step: Step) -> int | None:
        """A free copy: the one pinned to this worker where there is one."""
        indices = self._visits.get(step.visit_id or "", [])
        worker, _ = self._nodes.vehicles[vehicle]
        for idx in indices:
            node = self._nodes.stops[idx]
            assert isinstance(node, VisitNode), f"node {idx} is no visit"
            if worker.worker_id in (pinned_to(node) or {worker.worker_id}):
                indices.remove(idx)
                return idx
        return None

    def _take_load(self, station_id: str, ready_s: int) -> int | None:
        """The latest load node that is ready by `ready_s`, else the earliest."""
        free = self._loads[station_id]
        if not free:
            return None
        by_then = [load for load in free if load[0] <= ready_s]
        best = max(by_then, key=lambda load: (load[0], -load[1])) if by_then else min(free)
        free.remove(best)
        return best[1]


def draft_of_assignment(variables: Variables, assignment: Any) -> Draft:
    """The draft of a solution."""
    return _sound_draft(variables, assignment.Value, _break_starts(assignment))


def draft_of_search(variables: Variables) -> Draft:
    """The draft of the solution that the search is just at."""

    def value(variable: Any) -> int:
        return int(variable.Min())

    return _sound_draft(variables, value, {name: value(start) for name, start in variables.break_starts.items()})


def _sound_draft(variables: Variables, value: Callable[[Any], int], break_starts: Mapping[str, int]) -> Draft:
    """Sequences alone, or with the model's starts as earliest ones where timing them anew would break a rule.

    That happens where waiting at the right place is what keeps a limit of working time or of time on board.
    """
    problem, travel = variables.nodes.problem, variables.nodes.travel
    draft = _draft(variables, value, break_starts, hold=False)
    is_sound = not check_plan(problem, travel, judged_plan(problem, travel, draft))
    return draft if is_sound else _draft(variables, value, break_starts, hold=True)


def _draft(variables: Variables, value: Callable[[Any], int], break_starts: Mapping[str, int], *, hold: bool) -> Draft:
    """Visits, loads that feed a visit, and breaks where they fall; `hold` keeps all from coming earlier."""
    nodes, routes = variables.nodes, []
    for vehicle, (worker, shift) in enumerate(nodes.vehicles):
        indices = _indices(variables, value, vehicle)
        if any(isinstance(nodes.stops[idx], VisitNode) for idx in indices):
            starts = [value(variables.start(idx)) for idx in indices]
            timed = _merge(_steps(nodes, indices, starts), _breaks_of(shift, vehicle, break_starts))
            steps = tuple(replace(step, not_before_s=start_s) if hold else step for start_s, step in timed)
            routes.append(RouteDraft(worker_id=worker.worker_id, shift_id=shift.shift_id, steps=steps))
    return Draft(routes=tuple(routes))


def _indices(variables: Variables, value: Callable[[Any], int], vehicle: int) -> list[int]:
    model, indices = variables.model, []
    idx = value(model.NextVar(model.Start(vehicle)))
    while not model.IsEnd(idx):
        indices.append(idx)
        idx = value(model.NextVar(idx))
    return indices


def _merge(stops: Iterable[tuple[int, Step]], breaks: Iterable[tuple[int, Step]]) -> Iterator[tuple[int, Step]]:
    """Steps with their starts; a break without a place comes before the first stop that starts after it."""
    waiting = list(breaks)
    for start_s, step in stops:
        while waiting and waiting[0][0] < start_s:
            yield waiting.pop(0)
        yield start_s, step
    yield from waiting


def _steps(nodes: Nodes, indices: Sequence[int], starts: Sequence[int]) -> Iterator[tuple[int, Step]]:
    """Steps of nodes with their starts; none for a load that feeds no visit."""
    for position, (idx, start_s) in enumerate(zip(indices, starts, strict=True)):
        match nodes.stops[idx]:
            case VisitNode(visit=visit):
                yield start_s, visit_step(visit.visit_id)
            case BreakNode(rest=rest):
                yield start_s, break_step(rest.break_id)
            case LoadNode(station=station, ready_s=ready_s):
                needs = _needs_fed(nodes, indices[position + 1 :])
                if needs:
                    ready_times = (ready_s if need.is_open else need.ready_s for need in needs)
                    yield start_s, load_step(station.station_id, max(ready_times))


def _needs_fed(nodes: Nodes, indices: Iterable[int]) -> list[Need]:
    """Needs of the visits up to the next load."""
    stops = takewhile(lambda stop: not isinstance(stop, LoadNode), (nodes.stops[idx] for idx in indices))
    visit_ids = (stop.visit.visit_id for stop in stops if isinstance(stop, VisitNode))
    return [nodes.need_by_visit_id[visit_id] for visit_id in visit_ids if visit_id in nodes.need_by_visit_id]


def _break_starts(assignment: Any) -> dict[str, int]:
    container = assignment.IntervalVarContainer()
    elements = (container.Element(position) for position in range(container.Size()))
    return {element.Var().Name(): element.StartMin() for element in elements}


def _breaks_of(shift: Shift, vehicle: int, break_starts: Mapping[str, int]) -> list[tuple[int, Step]]:
    """A vehicle's breaks without a place with their starts, in order of time."""
    names = {rest.break_id: break_name(rest, vehicle) for rest in shift.breaks}
    starts = sorted((break_starts[name], break_id) for break_id, name in names.items() if name in break_starts)
    return [(start_s, break_step(break_id)) for start_s, break_id in starts]
