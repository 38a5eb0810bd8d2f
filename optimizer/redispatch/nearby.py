"""The second tier: the search on a few routes near to what has changed, around everything else as it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.assign import stations_with_deliveries
from optimizer.engines import HeldSearch
from optimizer.params import SolveParams
from optimizer.plan import Draft, Plan, Route, RouteDraft, Sources, Step
from optimizer.plan_supply import stations_left
from optimizer.problem import Problem, Visit
from optimizer.redispatch.timeline import RouteKey
from optimizer.travel import TravelMatrix
from optimizer.travel.coordinates import great_circle_m

NUM_ROUTES = 6
"""So many routes are looked at, the changed ones first."""


@dataclass(frozen=True, kw_only=True)
class Nearby:
    """Some workers with their visits as a problem of their own, and the visits that stay when and where they are."""

    problem: Problem
    plan: Plan
    held_start_s: dict[str, int]
    outside: tuple[RouteDraft, ...]


def improved_nearby(
    problem: Problem,
    travel: TravelMatrix,
    plan: Plan,
    sources: Sources,
    worker_ids: Collection[str],
    *,
    seed: int,
    deadline_s: float,
    should_stop: Callable[[], bool],
) -> Draft:
    """The draft after the search has had until `deadline_s` (of ``time.monotonic()``) with the routes of `worker_ids`.

    What these visits have to do with others (links, second workers, elders who may meet few workers) keeps its worker
    and its start; portions that other routes load are gone.
    """
    part = nearby(problem, plan, worker_ids)
    params = SolveParams(seed=seed, num_workers=1)
    search = HeldSearch(part.problem, travel, sources, part.plan, params)
    if deadline_s > time.monotonic():
        search.improve(deadline_s, should_stop, lambda incumbent: None)
    routes = (replace(route, steps=tuple(_held(part, step) for step in route.steps)) for route in search.draft.routes)
    return Draft(routes=(*part.outside, *routes))


def nearby(problem: Problem, plan: Plan, worker_ids: Collection[str]) -> Nearby:
    """The problem of a few workers inside `plan`, with every visit that is not served."""
    inside = [route for route in plan.routes if route.worker_id in worker_ids]
    outside = [route for route in plan.routes if route.worker_id not in worker_ids]
    elsewhere = {stop.visit_id for route in outside for stop in route.visit_stops if stop.visit_id is not None}
    unserved = {item.visit_id for item in plan.unassigned}
    held = {
        stop.visit_id: (route.worker_id, stop.start_s)
        for route in inside
        for stop in route.visit_stops
        if stop.visit_id is not None and _is_bound(problem, problem.visit_by_id[stop.visit_id], elsewhere)
    }
    inner = {stop.visit_id for route in inside for stop in route.visit_stops}
    visits = []
    for visit in problem.visits:
        if visit.visit_id in held:
            visits.append(_pinned(visit, *held[visit.visit_id]))
        elif visit.visit_id in inner or (visit.visit_id in unserved and not _is_bound(problem, visit, elsewhere)):
            visits.append(visit)
    free_ids = {visit.visit_id for visit in visits} - held.keys()
    elder_ids = {visit.elder_id for visit in visits}
    supplied = stations_with_deliveries(problem, outside)
    part = replace(
        problem,
        elders=tuple(elder for elder in problem.elders if elder.elder_id in elder_ids),
        visits=tuple(visits),
        workers=tuple(worker for worker in problem.workers if worker.worker_id in worker_ids),
        links=tuple(k for k in problem.links if k.first_visit_id in free_ids and k.second_visit_id in free_ids),
        stations=stations_left(supplied, outside),
    )
    return Nearby(
        problem=part,
        plan=replace(plan, routes=tuple(inside)),
        held_start_s={visit_id: start_s for visit_id, (_, start_s) in held.items()},
        outside=tuple(route for route in plan.draft.routes if route.worker_id not in worker_ids),
    )


def nearest_worker_ids(problem: Problem, plan: Plan, changed: Iterable[RouteKey], limit: int = NUM_ROUTES) -> list[str]:
    """Workers of the `changed` routes and those whose stops come nearest to these or to unserved visits."""
    first = list(dict.fromkeys(worker_id for worker_id, _ in changed))[:limit]
    places = [problem.place_of(problem.visit_by_id[item.visit_id]) for item in plan.unassigned]
    places += [stop.place for route in plan.routes if route.worker_id in first for stop in route.visit_stops]
    if not places:
        return first
    points = np.array([(place.lon, place.lat) for place in places])
    others = [route for route in plan.routes if route.worker_id not in first and route.visit_stops]
    ranked = sorted(others, key=lambda route: _distance_m(route, points))
    return list(dict.fromkeys((*first, *(route.worker_id for route in ranked))))[:limit]


def _distance_m(route: Route, points: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Mean over `points` of the distance to the nearest stop of `route`."""
    stops = np.array([(stop.place.lon, stop.place.lat) for stop in route.visit_stops])
    between = great_circle_m(points[:, None, 0], points[:, None, 1], stops[None, :, 0], stops[None, :, 1])
    return float(between.min(axis=1).mean())


def _is_bound(problem: Problem, visit: Visit, elsewhere: Collection[str]) -> bool:
    """Whether a visit has to do with visits of other routes."""
    if visit.visit_id in elsewhere:
        return True
    links = problem.links_by_visit_id.get(visit.visit_id, ())
    if any(link.first_visit_id in elsewhere or link.second_visit_id in elsewhere for link in links):
        return True
    elder = problem.elder_of(visit)
    if elder is None or elder.max_distinct_workers is None:
        return False
    return any(problem.visit_by_id[visit_id].elder_id == elder.elder_id for visit_id in elsewhere)


def _pinned(visit: Visit, worker_id: str, start_s: int) -> Visit:
    return replace(visit, num_workers=1, pinned_worker_ids=(worker_id,), pinned_start_s=start_s)


def _held(part: Nearby, step: Step) -> Step:
    start_s = part.held_start_s.get(step.visit_id or "")
    return step if start_s is None else replace(step, not_before_s=start_s)
