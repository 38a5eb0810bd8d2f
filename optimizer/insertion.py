"""Trying visits in routes: the one place where "would it fit there, and what would it cost?" is answered for a draft.

An :class:`Inserter` holds the routes of a draft as nodes with times and tries a visit at every position of every route,
trips and loadings included. The greedy start, the repair after an engine and the explanation of unserved visits all
ask it. A constant-time test with earliest and latest starts (Savelsbergh 1992) sorts out most positions; the others are
tried by timing the whole changed route.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.detour import Rates, detour_of
from optimizer.eligibility import Eligibility, fits, other_visit_id
from optimizer.nodes import Legs, Node, NodeFactory, earliest_starts, fill_loads
from optimizer.plan import Draft, RouteDraft, Sources, Step, StopKind, break_step, load_step, visit_step
from optimizer.problem import LinkKind, Problem, Shift, Visit, Worker
from optimizer.route_limits import is_past_trips, latest_starts, route_faults
from optimizer.rules import Rule
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_DAY

RouteKey = tuple[str, str]
"""Worker id and shift id."""


@dataclass(frozen=True, slots=True)
class RouteState:
    """One route while a plan is built: its nodes between start and end, and what the fast test needs."""

    worker: Worker
    shift: Shift
    legs: Legs
    nodes: tuple[Node, ...] = ()
    all_nodes: tuple[Node, ...] = ()
    starts: tuple[int, ...] = ()
    latest: tuple[int, ...] = ()

    @property
    def key(self) -> RouteKey:
        """Worker id and shift id."""
        return self.worker.worker_id, self.shift.shift_id

    @property
    def visit_nodes(self) -> Iterator[Node]:
        """Nodes that serve a visit."""
        return (node for node in self.nodes if node.visit is not None)

    @property
    def is_used(self) -> bool:
        """Whether it serves a visit."""
        return any(True for _ in self.visit_nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way of putting a visit into a route, not yet timed.

    ``position`` counts the nodes before it; ``new_trip`` means that a loading comes first. ``score_cents`` estimates
    the added cost; service can start from ``start_s`` to ``latest_s`` without breaking a later stop's window.
    """

    key: RouteKey
    position: int
    new_trip: bool
    score_cents: float
    start_s: int
    latest_s: int
    added_s: int = 0

    @property
    def rank(self) -> tuple[float, int]:
        """Cheaper first; of equal cost, the one that takes less time."""
        return self.score_cents, self.added_s


class Inserter:
    """Routes of a draft that visits can be tried in, put into and taken out of.

    Parameters
    ----------
    sources
        Supply of the visits with demand; one without a source cannot be inserted.
    draft
        Routes to begin with; they are taken as they are, sound or not.
    """

    def __init__(self, problem: Problem, travel: TravelMatrix, sources: Sources, draft: Draft | None = None) -> None:
        self.problem, self.travel, self.sources = problem, travel, sources
        self.factory = NodeFactory(problem, travel)
        self._eligibility = Eligibility(problem, sources, self._workers_of)
        self._visit_nodes: dict[tuple[str, int], Node] = {}
        self._kind_by_key = _kinds_of(problem)
        self.routes: dict[RouteKey, RouteState] = {}
        self.keys_by_visit_id: dict[str, list[RouteKey]] = {}
        drafts = {(route.worker_id, route.shift_id): route for route in (draft or Draft()).routes}
        self._frozen_starts = {} if draft is None else _linked_starts_of(problem, travel, draft)
        for worker in problem.workers:
            for shift in worker.shifts:
                state = RouteState(worker, shift, self.factory.legs(worker))
                self._put(state, self._first_nodes(worker, shift, drafts.get(state.key)))

    def worker_faults(self, visit: Visit, worker: Worker) -> frozenset[Rule]:
        """Rules that forbid `worker` to serve `visit` wherever it stands in the route, given who serves the others."""
        return self._eligibility.faults(visit, worker)

    @property
    def draft(self) -> Draft:
        """The routes that serve a visit, as bare decisions."""
        return Draft(routes=tuple(_draft_of(state) for state in self.routes.values() if state.is_used))

    def attempts(
        self, visit: Visit, window: tuple[int, int] | None = None, key: RouteKey | None = None
    ) -> Iterator[Attempt]:
        """Every position that the fast test does not refuse, in routes of workers who may serve `visit`.

        Only route `key` is tried if one is given. Of unused routes that differ in nothing but the worker's name one is.
        """
        named_worker_ids = self._eligibility.named_worker_ids(visit)
        tried_kinds: set[int] = set()
        for state in self.routes.values() if key is None else (self.routes[key],):
            if not state.is_used and state.worker.worker_id not in named_worker_ids:
                if self._kind_by_key[state.key] in tried_kinds:
                    continue
                tried_kinds.add(self._kind_by_key[state.key])
            if not self.worker_faults(visit, state.worker):
                yield from self._attempts_in(state, visit, window)

    def attempts_in(self, key: RouteKey, visit: Visit) -> Iterator[Attempt]:
        """Every position in one route, whether or not the fast test refuses it."""
        for position, new_trip in self._positions(self.routes[key], visit):
            yield Attempt(key=key, position=position, new_trip=new_trip, score_cents=0.0, start_s=0, latest_s=0)

    def best(self, visit: Visit, window: tuple[int, int] | None = None, key: RouteKey | None = None) -> Attempt | None:
        """The cheapest attempt (in route `key` if given) that keeps every rule, by estimated cost."""
        for attempt in sorted(self.attempts(visit, window, key), key=lambda attempt: attempt.rank):
            if not self.faults(attempt, visit, window):
                return attempt
        return None

    def faults(self, attempt: Attempt, visit: Visit, window: tuple[int, int] | None = None) -> frozenset[Rule]:
        """Rules that the route of `attempt` would break, found by timing the whole changed route."""
        state = self.routes[attempt.key]
        nodes = self._close(state, self._nodes_with(attempt, visit, window))
        return route_faults(state.shift, state.worker, state.legs, nodes) | self._day_faults(state, visit, nodes)

    def end_of(self, attempt: Attempt, visit: Visit) -> int:
        """When the route of `attempt` would return."""
        state = self.routes[attempt.key]
        return earliest_starts(self._close(state, self._nodes_with(attempt, visit, None)), state.legs)[-1]

    def insert(self, attempt: Attempt, visit: Visit, window: tuple[int, int] | None = None) -> None:
        """Carry out `attempt`."""
        self._put(self.routes[attempt.key], self._nodes_with(attempt, visit, window))

    def remove(self, visit_id: str) -> None:
        """Take a visit out of every route that serves it, and loadings that then feed nothing."""
        for key in self.keys_by_visit_id.get(visit_id, [])[:]:
            state = self.routes[key]
            kept = [node for node in state.nodes if node.visit is None or node.visit.visit_id != visit_id]
            self._put(state, self._with_loads(kept))

    def snapshot(self) -> tuple[dict[RouteKey, RouteState], dict[str, list[RouteKey]]]:
        """What :meth:`restore` needs to undo everything done from here on."""
        return dict(self.routes), {visit_id: keys[:] for visit_id, keys in self.keys_by_visit_id.items()}

    def restore(self, snapshot: tuple[dict[RouteKey, RouteState], dict[str, list[RouteKey]]]) -> None:
        """Go back to `snapshot`."""
        routes, keys_by_visit_id = snapshot
        self.routes = dict(routes)
        self.keys_by_visit_id = {visit_id: keys[:] for visit_id, keys in keys_by_visit_id.items()}

    def start_of(self, visit_id: str) -> int:
        """Start of a served visit (of its first worker)."""
        state = self.routes[self.keys_by_visit_id[visit_id][0]]
        return next(
            start_s
            for node, start_s in zip(state.all_nodes, state.starts, strict=True)
            if node.visit is not None and node.visit.visit_id == visit_id
        )

    def _day_faults(self, state: RouteState, visit: Visit, nodes: Sequence[Node]) -> frozenset[Rule]:
        links = self.problem.links_by_visit_id.get(visit.visit_id, ())
        spaced = [other_visit_id(link, visit.visit_id) for link in links if link.kind is LinkKind.NOT_CONSECUTIVE_DAYS]
        served = [visit_id for visit_id in spaced if self.keys_by_visit_id.get(visit_id)]
        if not served:
            return frozenset()
        starts = earliest_starts(nodes, state.legs)
        start_s = next(
            s
            for node, s in zip(nodes, starts, strict=True)
            if node.visit is not None and node.visit.visit_id == visit.visit_id
        )
        days = (self.start_of(visit_id) // SECONDS_PER_DAY for visit_id in served)
        too_close = any(abs(day - start_s // SECONDS_PER_DAY) < 2 for day in days)
        return frozenset({Rule.NOT_CONSECUTIVE_DAYS} if too_close else ())

    def visit_node(self, visit: Visit, worker: Worker, window: tuple[int, int] | None = None) -> Node:
        """Node of `visit` at the worker's pace, its start limited to `window` if one is given."""
        pace = worker.duration_percent_by_service.get(visit.service, worker.duration_percent)
        node = self._visit_nodes.get((visit.visit_id, pace))
        if node is None:
            node = self._visit_nodes[visit.visit_id, pace] = self.factory.visit_node(visit, worker)
        return node if window is None else narrowed(node, window)

    def _attempts_in(self, state: RouteState, visit: Visit, window: tuple[int, int] | None) -> Iterator[Attempt]:
        node = self.visit_node(visit, state.worker, window)
        if not node.windows:
            return
        last_start_s = node.windows[-1][1]
        with_load = [self._load_for(visit), node] if visit.visit_id in self.sources else []
        may_load = not is_past_trips(state.shift, state.nodes, num_added=1)
        rates = Rates.of(self.problem, state.worker, visit, is_used=state.is_used)
        for position, new_trip in self._positions(state, visit):
            free_s = state.starts[position] + state.all_nodes[position].duration_s
            if free_s > last_start_s:
                break
            if new_trip and not may_load:
                continue
            before, after = state.all_nodes[position], state.all_nodes[position + 1]
            detour = detour_of(state.legs, before, free_s, after, with_load if new_trip else [node])
            if detour.start_s <= last_start_s and detour.next_start_s <= state.latest[position + 1]:
                score_cents = rates.score_cents(detour, node)
                yield Attempt(
                    key=state.key,
                    position=position,
                    new_trip=new_trip,
                    score_cents=score_cents,
                    start_s=detour.start_s,
                    added_s=detour.added_s,
                    latest_s=min(last_start_s, state.latest[position + 1] - (detour.next_start_s - detour.start_s)),
                )

    def _load_for(self, visit: Visit) -> Node:
        source = self.sources[visit.visit_id]
        return self.factory.load_node(source.station_id, source.ready_s)

    def _positions(self, state: RouteState, visit: Visit) -> Iterator[tuple[int, bool]]:
        """Positions and whether a loading comes first, as far as trips and capacity allow."""
        if not visit.demand:
            yield from ((position, False) for position in range(len(state.nodes) + 1))
            return
        source = self.sources.get(visit.visit_id)
        if source is None:
            return
        load: Node | None = None
        for position in range(len(state.nodes) + 1):
            if position and state.nodes[position - 1].kind is StopKind.LOAD:
                load = state.nodes[position - 1]
            if load is not None and load.station_id == source.station_id:
                total = _sum_of(load.load, visit.demand)
                if fits(self.problem, total, state.worker):
                    yield position, False
            if not _feeds_later(state.nodes, position):
                yield position, True

    def _nodes_with(self, attempt: Attempt, visit: Visit, window: tuple[int, int] | None) -> list[Node]:
        state = self.routes[attempt.key]
        inserted = [self.visit_node(visit, state.worker, window)]
        if attempt.new_trip:
            inserted.insert(0, self._load_for(visit))
        nodes = [*state.nodes[: attempt.position], *inserted, *state.nodes[attempt.position :]]
        return self._with_loads(nodes) if visit.demand else nodes

    def _with_loads(self, nodes: Iterable[Node]) -> list[Node]:
        """`nodes` with loads made anew for what they feed; loads that feed nothing are left out."""
        fresh = [replace(node, load={}) if node.kind is StopKind.LOAD else node for node in nodes]
        fill_loads(fresh)
        load: Node | None = None
        for node in fresh:
            if node.kind is StopKind.LOAD:
                load = node
            elif load is not None and node.visit is not None and node.visit.visit_id in self.sources:
                load.earliest_s = max(load.earliest_s, self.sources[node.visit.visit_id].ready_s)
        return [node for node in fresh if node.kind is not StopKind.LOAD or node.load]

    def _close(self, state: RouteState, nodes: Sequence[Node]) -> list[Node]:
        """Nodes with the shift's start and end stops; floating breaks are where the node before them ends."""
        closed = self.factory.close_route(state.shift, nodes)
        for position, node in enumerate(closed):
            if node.kind is StopKind.BREAK and node.is_floating:
                here_idx = closed[position - 1].end_idx
                closed[position] = replace(node, place_idx=here_idx, end_idx=here_idx)
        return closed

    def _put(self, state: RouteState, nodes: Sequence[Node]) -> None:
        """Store `nodes` as the route of `state`."""
        for node in state.visit_nodes:
            assert node.visit is not None
            self.keys_by_visit_id[node.visit.visit_id].remove(state.key)
        closed = self._close(state, nodes)
        starts = earliest_starts(closed, state.legs)
        fresh = RouteState(
            worker=state.worker,
            shift=state.shift,
            legs=state.legs,
            nodes=tuple(closed[1:-1]),
            all_nodes=tuple(closed),
            starts=tuple(starts),
            latest=tuple(latest_starts(closed, state.legs, state.shift.end_s)),
        )
        self.routes[state.key] = fresh
        for node in fresh.visit_nodes:
            assert node.visit is not None
            self.keys_by_visit_id.setdefault(node.visit.visit_id, []).append(state.key)

    def _workers_of(self, visit_id: str) -> set[str]:
        return {key[0] for key in self.keys_by_visit_id.get(visit_id, ())}

    def _frozen(self, node: Node) -> Node:
        """`node` held at its start if it is linked in time: the visits it is linked to are not moved along."""
        start_s = None if node.visit is None else self._frozen_starts.get(node.visit.visit_id)
        return node if start_s is None else narrowed(node, (start_s, start_s))

    def _first_nodes(self, worker: Worker, shift: Shift, route: RouteDraft | None) -> list[Node]:
        """Nodes of a given route, or the breaks of an unused shift in order of their windows."""
        if route is not None:
            return self._with_loads(self._frozen(node) for node in self.factory.route_nodes(route)[1:-1])
        rests = sorted(shift.breaks, key=lambda rest: rest.start_s)
        return [self.factory.break_node(shift, rest.break_id, 0) for rest in rests]


def _linked_starts_of(problem: Problem, travel: TravelMatrix, draft: Draft) -> dict[str, int]:
    """Starts of the draft's visits that are linked in time or need several workers."""
    timed = (link for link in problem.links if link.kind.is_timed)
    linked = {visit_id for link in timed for visit_id in (link.first_visit_id, link.second_visit_id)}
    linked |= {visit.visit_id for visit in problem.visits if visit.num_workers > 1}
    stops = (stop for route in time_draft(problem, travel, draft) for stop in route.visit_stops)
    return {stop.visit_id: stop.start_s for stop in stops if stop.visit_id is not None and stop.visit_id in linked}


def narrowed(node: Node, window: tuple[int, int]) -> Node:
    """`node` with its start limited to the closed interval `window`."""
    kept = [
        (max(start_s, window[0]), min(end_s, window[1]), soft_end_s)
        for (start_s, end_s), soft_end_s in zip(node.windows, node.soft_ends, strict=True)
        if max(start_s, window[0]) <= min(end_s, window[1])
    ]
    return replace(
        node,
        earliest_s=max(node.earliest_s, window[0]),
        windows=tuple((start_s, end_s) for start_s, end_s, _ in kept),
        soft_ends=tuple(soft_end_s for _, _, soft_end_s in kept),
    )


def _feeds_later(nodes: Sequence[Node], position: int) -> bool:
    """Whether a loading at `position` would cut visits with demand off from theirs."""
    for node in nodes[position:]:
        if node.kind is StopKind.LOAD:
            return False
        if node.visit is not None and node.visit.demand:
            return True
    return False


def _sum_of(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {*first, *second}}


def _kinds_of(problem: Problem) -> dict[RouteKey, int]:
    """Number of the kind of every shift; shifts of one kind differ in nothing but names."""
    numbers: dict[str, int] = {}
    kind_by_key = {}
    for worker in problem.workers:
        nameless = replace(worker, worker_id="", name="", phone="", shifts=(), carried_load_s=0)
        for shift in worker.shifts:
            kind = repr((nameless, replace(shift, shift_id="")))
            kind_by_key[worker.worker_id, shift.shift_id] = numbers.setdefault(kind, len(numbers))
    return kind_by_key


def _draft_of(state: RouteState) -> RouteDraft:
    steps = tuple(_step_of(node) for node in state.nodes)
    return RouteDraft(worker_id=state.worker.worker_id, shift_id=state.shift.shift_id, steps=steps)


def _step_of(node: Node) -> Step:
    if node.visit is not None:
        not_before_s = node.earliest_s if node.is_fixed and node.earliest_s > 0 else None
        return visit_step(node.visit.visit_id, not_before_s)
    if node.station_id is not None:
        return load_step(node.station_id, node.earliest_s)
    assert node.break_id is not None
    return break_step(node.break_id)
