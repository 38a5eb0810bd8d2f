"""Every gap of every route as one row of flat arrays: what the test of a new visit needs, in constant time per gap.

What lies before and behind a gap is a segment in the sense of Vidal, Crainic, Gendreau & Prins (2013): least duration,
time warp, and the earliest and latest departure with that duration. Two segments join in constant time, so that a new
visit in the gap gives the whole route's duration, wait and return, without walking along it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.nodes import FAR_S, Node, NodeFactory
from optimizer.plan import StopKind
from optimizer.problem import Problem
from optimizer.reading import hands_over
from optimizer.redispatch.slots.routes import RouteCase
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR

GRID_S = (0, 60, 150, 300, 600, 900, 1500, 2400, 4800, 9600)
"""Delays in seconds for which the price of delaying what is behind a gap is kept; in between it is interpolated."""

_GRID = np.array(GRID_S, dtype=np.float64)

NOWHERE = -1
"""Place of a neighbour that is wherever the worker is."""

_SEGMENT = ("duration_s", "warp_s", "earliest_s", "latest_s")

GAP = np.dtype(
    [
        ("position", "i4"),  # stops before it, the start stop not counted
        ("from_idx", "i4"),  # place that is left, or NOWHERE
        ("to_idx", "i4"),  # place that is next, or NOWHERE
        ("old_s", "i4"),  # way from one to the other
        ("old_m", "i4"),
        ("free_s", "i4"),  # earliest departure from the stop before
        ("next_s", "i4"),  # earliest arrival at the next placed stop
        *((f"before_{name}", "i8") for name in _SEGMENT),
        *((f"between_{name}", "i8") for name in _SEGMENT),  # breaks taken wherever the worker is
        *((f"behind_{name}", "i8") for name in _SEGMENT),
        ("delay_cents", "f8", (len(GRID_S),)),
        ("load_position", "i4"),  # of the loading that feeds this gap, or -1
        ("on_board_s", "i4"),  # travel and service since that loading
        ("on_board_slack_s", "i4"),  # what can be added before food behind it is too old
        ("may_load", "?"),  # a loading here cuts nothing off
        ("age_cents", "f8", (len(GRID_S),)),  # of the food behind it, by what is added
    ]
)


class Segment(NamedTuple):
    """Part of a route: least duration, time warp, first and last departure with that duration (numbers or arrays)."""

    duration_s: Any
    warp_s: Any
    earliest_s: Any
    latest_s: Any

    @property
    def finish_s(self) -> Any:
        """Earliest time at which it can be over."""
        return self.earliest_s + self.duration_s


NOTHING = Segment(0, 0, -FAR_S, FAR_S)


def joined(
    first: Segment,
    travel_s: Any,
    second: Segment,
    larger: Callable[[Any, Any], Any] = max,
    smaller: Callable[[Any, Any], Any] = min,
) -> Segment:
    """The two segments with a way between them; `larger` and `smaller` are NumPy's where the segments hold arrays."""
    shift_s = first.duration_s - first.warp_s + travel_s
    wait_s = larger(second.earliest_s - shift_s - first.latest_s, 0)
    warp_s = larger(first.earliest_s + shift_s - second.latest_s, 0)
    return Segment(
        first.duration_s + second.duration_s + travel_s + wait_s,
        first.warp_s + second.warp_s + warp_s,
        larger(second.earliest_s - shift_s, first.earliest_s) - wait_s,
        smaller(second.latest_s - shift_s, first.latest_s) + warp_s,
    )


class Loading(NamedTuple):
    """A loading of a route: its position among the nodes, latest start, and portions by meal type."""

    position: int
    station_id: str
    latest_s: int
    portions: Mapping[str, int]


class RouteGaps(NamedTuple):
    """Gaps of one route (``GAP`` rows) and figures of the route as it stands.

    ``busy_s`` is travel, loading, service and rest; waits are the rest of ``duration_s``.
    """

    gaps: NDArray[np.void]
    duration_s: int
    busy_s: int
    distance_m: int
    loads: tuple[Loading, ...]


def gaps_of(case: RouteCase, travel: TravelMatrix) -> RouteGaps:
    """The gaps of one shift; those of a route that breaks a window as it stands lead nowhere."""
    return _Walk(case, travel).gaps()


class _Walk:
    """One walk along a route's nodes, forwards for what lies before each gap, backwards for what lies behind."""

    def __init__(self, case: RouteCase, travel: TravelMatrix) -> None:
        factory = NodeFactory(case.timed, travel)
        self.case, self.legs = case, factory.legs(case.worker)
        self.nodes = factory.route_nodes(case.draft)
        self.places = _places_left(self.nodes)
        self.segments = [_segment_of(node, case) for node in self.nodes]
        self.legs_s, self.arrivals, self.starts = self._forwards()
        self.before = self._before()
        self.behind = self._behind()

    def _forwards(self) -> tuple[list[int], list[int], list[int]]:
        """Ways, earliest arrivals and earliest starts of all nodes."""
        legs_s, arrivals, starts = [0], [self.nodes[0].earliest_s], [self.nodes[0].earliest_s]
        for position, node in enumerate(self.nodes[1:], start=1):
            free_s = starts[-1] + self.nodes[position - 1].duration_s
            leg_s = self._leg_s(self.places[position - 1], node, free_s)
            legs_s.append(leg_s)
            arrivals.append(free_s + leg_s)
            starts.append(node.first_start_s(free_s + leg_s))
        return legs_s, arrivals, starts

    def _leg_s(self, here_idx: int, node: Node, free_s: int) -> int:
        return 0 if node.is_floating or here_idx == NOWHERE else self.legs.duration_s(here_idx, node.place_idx, free_s)

    def _before(self) -> list[Segment]:
        segments = [self.segments[0]]
        for leg_s, segment in zip(self.legs_s[1:], self.segments[1:], strict=True):
            segments.append(joined(segments[-1], leg_s, segment))
        return segments

    def _behind(self) -> list[Segment]:
        segments = [self.segments[-1]]
        for position in range(len(self.nodes) - 2, -1, -1):
            segments.append(joined(self.segments[position], self.legs_s[position + 1], segments[-1]))
        return segments[::-1]

    def gaps(self) -> RouteGaps:
        """One row per gap, and the route's own figures."""
        num_gaps = len(self.nodes) - 1
        gaps = np.zeros(num_gaps, dtype=GAP)
        delays = _delay_cents(self.case, self.nodes, self.arrivals, self.starts)
        trips = _trips(self.nodes, self.legs_s, self.case.problem.weights.food_age_cents_per_hour / SECONDS_PER_HOUR)
        for position in range(num_gaps):
            gaps[position] = (*self._gap(position, delays), *trips[position])
        used, whole = self.case.read is not None, self.before[-1]
        return RouteGaps(
            gaps=gaps,
            duration_s=whole.duration_s if used else 0,
            busy_s=sum(self.legs_s) + sum(node.duration_s for node in self.nodes) if used else 0,
            distance_m=sum(self._leg_m(k) for k in range(num_gaps)) if used else 0,
            loads=tuple(
                Loading(position, node.station_id, self.behind[position].latest_s, node.load)
                for position, node in enumerate(self.nodes)
                if node.station_id is not None
            ),
        )

    def _gap(self, position: int, delays: Sequence[NDArray[np.float64]]) -> tuple[Any, ...]:
        following = next(
            (k for k in range(position + 1, len(self.nodes)) if not self.nodes[k].is_floating), len(self.nodes) - 1
        )
        node, between = self.nodes[following], NOTHING
        for k in range(position + 1, following):
            between = joined(between, 0, self.segments[k])
        free_s = self.starts[position] + self.nodes[position].duration_s
        is_way = self.places[position] != NOWHERE and not node.is_floating
        return (
            position,
            self.places[position],
            NOWHERE if node.is_floating else node.place_idx,
            self.legs_s[following] if is_way else 0,
            self._leg_m(following - 1) if is_way else 0,
            free_s,
            self.arrivals[following],
            *self.before[position],
            *between,
            *self.behind[following],
            delays[following],
        )

    def _leg_m(self, position: int) -> int:
        here_idx, node = self.places[position], self.nodes[position + 1]
        return 0 if node.is_floating or here_idx == NOWHERE else self.legs.distance_m(here_idx, node.place_idx)


def _places_left(nodes: Sequence[Node]) -> list[int]:
    """Where the worker is after each node: :data:`NOWHERE` up to the first node that has a place."""
    places, here_idx = [], NOWHERE
    for node in nodes:
        here_idx = here_idx if node.is_floating else node.end_idx
        places.append(here_idx)
    return places


def _segment_of(node: Node, case: RouteCase) -> Segment:
    earliest_s, latest_s = node.earliest_s, FAR_S
    if node.windows:
        earliest_s = max(earliest_s, node.windows[0][0])
        latest_s = node.windows[-1][1]
    if node.kind in {StopKind.START, StopKind.END}:
        earliest_s, latest_s = max(earliest_s, case.shift.start_s), case.shift.end_s
    return Segment(node.duration_s, 0, earliest_s, latest_s)


def _trips(nodes: Sequence[Node], legs_s: Sequence[int], cents_per_s: float) -> list[tuple[Any, ...]]:
    """The columns of each gap that have to do with food: its loading and age, what may be added, at what price."""
    busy_s, fed_by = 0, -1
    since: list[tuple[int, int]] = []
    ages: list[int] = []
    for position, (node, leg_s) in enumerate(zip(nodes, legs_s, strict=True)):
        ages.append(busy_s + leg_s)
        busy_s += leg_s + node.duration_s
        if node.kind is StopKind.LOAD:
            busy_s, fed_by = 0, position
        since.append((fed_by, busy_s))
    fresh = FAR_S, True, np.zeros(len(GRID_S))
    slack_s, may_load, cents = fresh
    rows: list[tuple[Any, ...]] = []
    for position in range(len(nodes) - 2, -1, -1):
        behind, age_s = nodes[position + 1], ages[position + 1]
        if behind.kind is StopKind.LOAD:
            slack_s, may_load, cents = fresh
        elif behind.visit is not None and hands_over(behind.visit):
            limit_s, soft_s = behind.visit.max_on_board_s, behind.visit.soft_on_board_s
            slack_s, may_load = min(slack_s, FAR_S if limit_s is None else limit_s - age_s), False
            if soft_s is not None:
                cents = cents + (np.maximum(0, age_s + _GRID - soft_s) - max(0, age_s - soft_s)) * cents_per_s
        rows.append((*since[position], slack_s, may_load, cents))
    return rows[::-1]


def _delay_cents(
    case: RouteCase, nodes: Sequence[Node], arrivals: Sequence[int], starts: Sequence[int]
) -> list[NDArray[np.float64]]:
    """Price of arriving at each node later by each delay of the grid: lateness, moved promises and overtime behind."""
    found = [np.zeros(len(GRID_S))]
    for node, arrival_s, start_s in zip(nodes[::-1], arrivals[::-1], starts[::-1], strict=True):
        delays = np.maximum(0.0, _GRID - (start_s - arrival_s))
        own = _own_delay_cents(case, node, start_s, delays)
        if own is None and not found[-1].any():
            found.append(found[-1])
        else:
            found.append((0.0 if own is None else own) + np.interp(delays, _GRID, found[-1]))
    return found[:0:-1]


def _own_delay_cents(case: RouteCase, node: Node, start_s: int, delays: NDArray[np.float64]) -> Any:
    """Price of starting one node later by `delays`; ``None`` where it has none."""
    if node.kind is StopKind.END:
        soft_end_s, cents = case.shift.soft_end_s, case.worker.pay.overtime_cents_per_hour
        if soft_end_s is None or not cents:
            return None
        over = np.maximum(0.0, start_s + delays - soft_end_s)
        return (over - over[0]) * (cents / SECONDS_PER_HOUR)
    if node.visit is None or (not any(soft is not None for soft in node.soft_ends) and node.visit.promise is None):
        return None
    prices = [_start_cents(case.problem, node, int(start_s + delay)) for delay in delays]
    return np.array(prices) - prices[0]


def _start_cents(problem: Problem, node: Node, start_s: int) -> float:
    """Price of a start; behind the last window, where nobody is late in the judge's sense, it goes on rising."""
    assert node.visit is not None
    weights, late_s = problem.weights, 0
    for (_, end_s), soft_end_s in zip(node.windows, node.soft_ends, strict=True):
        late_s = 0 if soft_end_s is None else max(0, start_s - soft_end_s)
        if start_s <= end_s:
            break
    cents = weights.lateness_cents_per_hour * node.visit.lateness_percent / 100 * late_s
    promise = node.visit.promise
    if promise is not None and promise.start_s is not None:
        moved_s = max(0, abs(start_s - promise.start_s) - promise.tolerance_s)
        cents += weights.promise_moved_cents_per_hour * moved_s
    return cents / SECONDS_PER_HOUR
