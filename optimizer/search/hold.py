"""Holding what the search does not move: such visits keep their workers and starts.

Supply runs are held because what they bring is counted on from the time they end, and with them whatever is linked to
them; so are visits for whose several workers the search has no rule. A held visit, as a plan serves it, becomes one
visit for each of its workers, pinned to that worker and to its start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer.plan import Draft, Plan, RouteDraft, Sources
from optimizer.problem import LinkKind, Problem, Visit
from optimizer.reading import hands_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A problem without links to held visits, and the way back.

    ``visit_id_by_name`` leads from the ids of held visits in `problem` to those of the visits they stand for; visits
    that are to be held but not served are not part of `problem`.
    """

    problem: Problem
    sources: Sources
    start: Draft
    visit_id_by_name: Mapping[str, str]

    def original(self, draft: Draft) -> Draft:
        """A draft of `problem` as one of the original problem; held visits start no sooner than they did."""
        start_by_name = {name: self.problem.visit_by_id[name].pinned_start_s for name in self.visit_id_by_name}
        routes = []
        for route in draft.routes:
            steps = (
                replace(step, not_before_s=start_by_name[step.visit_id]) if step.visit_id in start_by_name else step
                for step in route.steps
            )
            routes.append(_renamed(replace(route, steps=tuple(steps)), self.visit_id_by_name))
        return Draft(routes=tuple(routes))


def held_visit_ids(problem: Problem) -> frozenset[str]:
    """Visits that the search does not move: supply runs, some of several workers, and all that are linked to these."""
    same_worker = {
        visit_id
        for link in problem.links
        if link.kind is LinkKind.SAME_WORKER
        for visit_id in (link.first_visit_id, link.second_visit_id)
    }
    held: set[str] = set()
    todo = [
        visit.visit_id
        for visit in problem.visits
        if visit.delivers_to_station_id is not None
        or (visit.num_workers > 1 and (hands_over(visit) or visit.visit_id in same_worker))
    ]
    while todo:
        visit_id = todo.pop()
        if visit_id not in held:
            held.add(visit_id)
            for link in problem.links_by_visit_id.get(visit_id, ()):
                todo += (link.first_visit_id, link.second_visit_id)
    return frozenset(held)


def hold_bound(problem: Problem, sources: Sources, plan: Plan) -> Held:
    """`problem` with :func:`held_visit_ids` as `plan` serves them; those that it leaves out are no part of it."""
    held = held_visit_ids(problem)
    visits = [visit for visit in problem.visits if visit.visit_id not in held]
    links = [link for link in problem.links if link.first_visit_id not in held]
    held_sources = dict(sources)
    visit_id_by_name: dict[str, str] = {}
    routes = []
    for route, bare in zip(plan.routes, plan.draft.routes, strict=True):
        name_by_visit_id = {}
        for stop in route.visit_stops:
            assert stop.visit_id is not None
            if stop.visit_id in held:
                name = name_by_visit_id[stop.visit_id] = f"{stop.visit_id}@{route.worker_id}"
                visit_id_by_name[name] = stop.visit_id
                visits.append(_pinned(problem.visit_by_id[stop.visit_id], name, route.worker_id, stop.start_s))
                if stop.visit_id in sources:
                    held_sources[name] = sources[stop.visit_id]
        routes.append(_renamed(bare, name_by_visit_id))
    return Held(
        problem=replace(problem, visits=tuple(visits), links=tuple(links)),
        sources=held_sources,
        start=Draft(routes=tuple(routes)),
        visit_id_by_name=visit_id_by_name,
    )


def _pinned(visit: Visit, name: str, worker_id: str, start_s: int) -> Visit:
    return replace(visit, visit_id=name, num_workers=1, pinned_worker_ids=(worker_id,), pinned_start_s=start_s)


def _renamed(route: RouteDraft, names: Mapping[str, str]) -> RouteDraft:
    steps = (
        replace(step, visit_id=names.get(step.visit_id, step.visit_id)) if step.visit_id is not None else step
        for step in route.steps
    )
    return replace(route, steps=tuple(steps))
