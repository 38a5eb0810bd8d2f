"""What a single route must keep, tested on its nodes while a plan is built (the judge tests finished plans anew)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from optimizer.nodes import FAR_S, Legs, Node, earliest_starts, just_in_time_starts
from optimizer.plan import StopKind
from optimizer.problem import Shift, Worker
from optimizer.rules import Rule

_RULE_BY_KIND = {StopKind.VISIT: Rule.TIME_WINDOW, StopKind.LOAD: Rule.OPENING, StopKind.BREAK: Rule.BREAK}


def route_faults(shift: Shift, worker: Worker, legs: Legs, nodes: Sequence[Node]) -> frozenset[Rule]:
    """Rules of time, distance and number of trips that a route from start to end stop breaks."""
    starts = earliest_starts(nodes, legs)
    if starts[-1] >= FAR_S:
        return frozenset({Rule.TRAVEL})
    faults = set(_window_faults(nodes, starts))
    if starts[-1] > shift.end_s:
        faults.add(Rule.SHIFT)
    if _is_range_exceeded(worker, legs, nodes):
        faults.add(Rule.RANGE)
    if is_past_trips(shift, nodes):
        faults.add(Rule.TRIPS)
    if shift.max_work_s is not None or _is_late_on_board(nodes, starts):
        starts = just_in_time_starts(nodes, legs, starts)
        if _is_late_on_board(nodes, starts):
            faults.add(Rule.TIME_ON_BOARD)
        if _is_work_exceeded(shift, nodes, starts):
            faults.add(Rule.WORKING_TIME)
    return frozenset(faults)


def is_past_trips(shift: Shift, nodes: Iterable[Node], num_added: int = 0) -> bool:
    """Whether `nodes` and `num_added` more loadings are more trips than `shift` allows."""
    if shift.max_trips is None:
        return False
    return sum(node.kind is StopKind.LOAD for node in nodes) + num_added > shift.max_trips


def latest_starts(nodes: Sequence[Node], legs: Legs, end_s: int) -> list[int]:
    """Latest start of every node that leaves all later ones inside their windows and the return not after `end_s`.

    Times on board and working time are not looked at. Where travel depends on the time of day the figures are a little
    too generous, never too strict (travel is taken at its earliest start's speed); the full test decides.
    """
    starts = earliest_starts(nodes, legs)
    latest = [end_s] * len(nodes)
    for position in range(len(nodes) - 2, -1, -1):
        node, follower = nodes[position], nodes[position + 1]
        departure_s = starts[position] + node.duration_s
        bound_s = legs.latest_departure_s(node.end_idx, follower.place_idx, latest[position + 1], departure_s)
        latest[position] = _last_start_by(node, bound_s - node.duration_s)
    return latest


def lateness_s(node: Node, start_s: int) -> int:
    """Seconds by which `start_s` lies after the soft end of its window."""
    for (window_start_s, window_end_s), soft_end_s in zip(node.windows, node.soft_ends, strict=True):
        if window_start_s <= start_s <= window_end_s:
            return 0 if soft_end_s is None else max(0, start_s - soft_end_s)
    return 0


def _last_start_by(node: Node, bound_s: int) -> int:
    for window_start_s, window_end_s in reversed(node.windows):
        if window_start_s <= bound_s:
            return min(window_end_s, bound_s)
    return -FAR_S if node.windows else bound_s


def _window_faults(nodes: Sequence[Node], starts: Sequence[int]) -> Iterator[Rule]:
    for node, start_s in zip(nodes, starts, strict=True):
        if node.kind in _RULE_BY_KIND and not _is_in_window(node, start_s):
            yield _RULE_BY_KIND[node.kind]


def _is_in_window(node: Node, start_s: int) -> bool:
    """A load without opening hours is always open; a visit whose windows were narrowed to nothing has none."""
    if not node.windows:
        return node.kind is StopKind.LOAD
    return any(window_start_s <= start_s <= window_end_s for window_start_s, window_end_s in node.windows)


def _is_late_on_board(nodes: Sequence[Node], starts: Sequence[int]) -> bool:
    loaded_s = 0
    for node, start_s in zip(nodes, starts, strict=True):
        if node.kind is StopKind.LOAD:
            loaded_s = start_s + node.duration_s
        elif start_s - loaded_s > _max_on_board_s(node):
            return True
    return False


def _max_on_board_s(node: Node) -> int:
    if node.visit is None or not node.visit.demand or node.visit.max_on_board_s is None:
        return FAR_S
    return node.visit.max_on_board_s


def _is_range_exceeded(worker: Worker, legs: Legs, nodes: Sequence[Node]) -> bool:
    limit_m = worker.vehicle.max_distance_m
    if limit_m is None:
        return False
    hops = pairwise(nodes)
    return sum(legs.distance_m(origin.end_idx, destination.place_idx) for origin, destination in hops) > limit_m


def _is_work_exceeded(shift: Shift, nodes: Sequence[Node], starts: Sequence[int]) -> bool:
    if shift.max_work_s is None:
        return False
    rest_s = sum(node.duration_s for node in nodes if node.kind is StopKind.BREAK)
    return starts[-1] - starts[0] - rest_s > shift.max_work_s
