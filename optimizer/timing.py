"""From bare sequences to stops with times: everything as early as it can be, then departures as late as they may be.

The earliest starts under the links between routes are a longest path over routes and links, found by repeated forward
passes, which rise monotonically to the least fixpoint. Then every route departs, and every trip loads, just in time
(:mod:`optimizer.nodes`). Infeasible sequences get times as well, late ones; saying what is wrong with them is the
judge's part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from optimizer.nodes import FAR_S, Legs, Node, NodeFactory, earliest_starts, just_in_time_starts
from optimizer.plan import Draft, Route, RouteDraft, Stop
from optimizer.problem import LinkKind, Problem
from optimizer.travel import TravelMatrix
from optimizer.validate import require_sound_draft

_MAX_ROUNDS = 500


def time_draft(problem: Problem, travel: TravelMatrix, draft: Draft) -> tuple[Route, ...]:
    """Give times to every route of `draft`; routes without a visit are left out.

    A load without ``not_before_s`` waits for the earliest wave (or supply run) that leaves enough portions after the
    loads before it in the draft.

    Raises
    ------
    InputError
        If the draft names a worker, shift, visit, station or break that the problem does not have, or a step does not
        name the one thing it is about.
    """
    require_sound_draft(problem, draft)
    factory = NodeFactory(problem, travel)
    routes = [route for route in draft.routes if route.visit_ids]
    nodes_by_route = [factory.route_nodes(route) for route in routes]
    legs_by_route = [factory.legs(problem.worker_by_id[route.worker_id]) for route in routes]
    starts_by_route = _linked_starts(problem, nodes_by_route, legs_by_route)
    if _settle_open_loads(problem, routes, nodes_by_route, starts_by_route):
        starts_by_route = _linked_starts(problem, nodes_by_route, legs_by_route)
    timed = []
    for route, nodes, legs, starts in zip(routes, nodes_by_route, legs_by_route, starts_by_route, strict=True):
        final = just_in_time_starts(nodes, legs, starts)
        timed.append(_route_of(travel, route, nodes, legs, final))
    return tuple(timed)


def _linked_starts(
    problem: Problem, nodes_by_route: Sequence[list[Node]], legs_by_route: Sequence[Legs]
) -> list[list[int]]:
    """Earliest starts of all routes under the timed links between them (least fixpoint, or the last round tried)."""
    starts_by_route = [earliest_starts(nodes, legs) for nodes, legs in zip(nodes_by_route, legs_by_route, strict=True)]
    where: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for route_idx, nodes in enumerate(nodes_by_route):
        for position, node in enumerate(nodes):
            if node.visit is not None and node.is_fixed:
                where[node.visit.visit_id].append((route_idx, position))
    for _ in range(_MAX_ROUNDS):
        raised = set()
        for visit_id, bound_s in _link_bounds(problem, where, nodes_by_route, starts_by_route).items():
            for route_idx, position in where[visit_id]:
                if starts_by_route[route_idx][position] < bound_s:
                    nodes_by_route[route_idx][position].earliest_s = bound_s
                    raised.add(route_idx)
        if not raised:
            break
        for route_idx in raised:
            starts_by_route[route_idx] = earliest_starts(nodes_by_route[route_idx], legs_by_route[route_idx])
    return starts_by_route


def _link_bounds(
    problem: Problem,
    where: Mapping[str, list[tuple[int, int]]],
    nodes_by_route: Sequence[list[Node]],
    starts_by_route: Sequence[list[int]],
) -> dict[str, int]:
    """Lower bounds that the links put on the starts of visits, given the starts of the others."""
    starts = {visit_id: max(starts_by_route[r][p] for r, p in stops) for visit_id, stops in where.items()}
    bounds = dict(starts)

    def raise_to(visit_id: str, bound_s: int) -> None:
        bounds[visit_id] = max(bounds[visit_id], bound_s)

    for link in problem.links:
        first, second = link.first_visit_id, link.second_visit_id
        if not link.kind.is_timed or first not in starts or second not in starts:
            continue
        if link.kind is LinkKind.SAME_START:
            raise_to(first, starts[second])
            raise_to(second, starts[first])
        elif link.kind is LinkKind.GAP:
            raise_to(second, starts[first] + link.min_gap_s)
            if link.max_gap_s is not None:
                raise_to(first, starts[second] - link.max_gap_s)
        else:
            raise_to(second, max(starts_by_route[r][p] + nodes_by_route[r][p].duration_s for r, p in where[first]))
    return bounds


def _settle_open_loads(
    problem: Problem,
    routes: Sequence[RouteDraft],
    nodes_by_route: Sequence[list[Node]],
    starts_by_route: Sequence[list[int]],
) -> bool:
    """Make loads without a stated earliest start wait for stock; true if any had to be moved."""
    arrivals = _stock_arrivals(problem, nodes_by_route, starts_by_route)
    taken: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    moved = False
    for route, nodes in zip(routes, nodes_by_route, strict=True):
        for step, node in zip(route.steps, nodes[1:-1], strict=True):
            if node.station_id is None:
                continue
            if step.not_before_s is None:
                ready_s = max(
                    (_stock_ready_s(arrivals, taken, node.station_id, *item) for item in node.load.items()), default=0
                )
                moved |= ready_s > node.earliest_s
                node.earliest_s = max(node.earliest_s, ready_s)
            for meal_type, portions in node.load.items():
                taken[node.station_id, meal_type].append((node.earliest_s, portions))
    return moved


def _stock_arrivals(
    problem: Problem, nodes_by_route: Sequence[list[Node]], starts_by_route: Sequence[list[int]]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """``(time, portions)`` of every arrival of stock, by station and meal type, in order of time."""
    arrivals: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for station in problem.stations:
        for wave in station.waves:
            for meal_type, portions in wave.portions.items():
                arrivals[station.station_id, meal_type].append((wave.ready_s, portions))
    for nodes, starts in zip(nodes_by_route, starts_by_route, strict=True):
        for node, start_s in zip(nodes, starts, strict=True):
            if node.visit is not None and node.visit.delivers_to_station_id is not None:
                for meal_type, portions in node.visit.demand.items():
                    key = (node.visit.delivers_to_station_id, meal_type)
                    arrivals[key].append((start_s + node.duration_s, portions))
    return {key: sorted(events) for key, events in arrivals.items()}


def _stock_ready_s(
    arrivals: Mapping[tuple[str, str], list[tuple[int, int]]],
    taken: Mapping[tuple[str, str], list[tuple[int, int]]],
    station_id: str,
    meal_type: str,
    portions: int,
) -> int:
    """Earliest time from which `portions` more can be taken for good; 0 where the stock never suffices."""
    events = arrivals.get((station_id, meal_type), [])
    demands = taken.get((station_id, meal_type), [])
    for ready_s, _ in events:
        later = [time_s for time_s, _ in (*events, *demands) if time_s >= ready_s]
        if all(
            sum(amount for time_s, amount in events if time_s <= moment_s)
            - sum(amount for time_s, amount in demands if time_s <= moment_s)
            >= portions
            for moment_s in later
        ):
            return ready_s
    return 0


def _route_of(
    travel: TravelMatrix, route: RouteDraft, nodes: Sequence[Node], legs: Legs, starts: Sequence[int]
) -> Route:
    stops = []
    departure_s, here_idx = starts[0], nodes[0].place_idx
    for node, start_s in zip(nodes, starts, strict=True):
        duration_s = legs.duration_s(here_idx, node.place_idx, departure_s)
        arrival_s = start_s if duration_s == FAR_S else departure_s + duration_s
        end_s = start_s + node.duration_s
        visit = node.visit
        stops.append(
            Stop(
                kind=node.kind,
                place=travel.places[node.place_idx],
                end_place=travel.places[node.end_idx],
                arrival_s=arrival_s,
                start_s=start_s,
                end_s=end_s,
                departure_s=end_s,
                travel_duration_s=0 if duration_s == FAR_S else duration_s,
                travel_distance_m=legs.distance_m(here_idx, node.place_idx),
                wait_duration_s=start_s - arrival_s,
                visit_id=None if visit is None else visit.visit_id,
                station_id=node.station_id,
                break_id=node.break_id,
                load=node.load,
                pinned=visit is not None and (bool(visit.pinned_worker_ids) or visit.pinned_start_s is not None),
            )
        )
        departure_s, here_idx = end_s, node.end_idx
    return Route(worker_id=route.worker_id, shift_id=route.shift_id, stops=tuple(stops))
