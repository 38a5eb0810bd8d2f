"""What elders have been told: a plan becomes the promises of the problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from optimizer.plan import Draft, Plan, Step
from optimizer.problem import Problem, Promise, Visit
from optimizer.study.changes.change import Change, Draw
from optimizer.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncePlan(Change):
    """The plan of the problem as it is has been announced: who comes, and when, is promised.

    The promises come with the run (:class:`Announcement`), since they are known only when that plan has been made.
    """

    word: ClassVar[str] = "announce-plan"
    tolerance_s: Seconds = 900

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem as it is."""
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A plan as it was announced: who comes and when by visit, and the decisions it came from."""

    promises: Mapping[str, Promise]
    draft: Draft


def announcement_of(plan: Plan) -> Announcement:
    """`plan` as it would be announced: every visit it serves is promised."""
    promises: dict[str, Promise] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            visit_id = stop.visit_id or ""
            others = promises[visit_id].worker_ids if visit_id in promises else ()
            promises[visit_id] = Promise(worker_ids=(*others, route.worker_id), start_s=stop.start_s)
    return Announcement(promises=promises, draft=plan.draft)


def with_promises(problem: Problem, announced: Announcement, tolerance_s: int) -> Problem:
    """`problem` with what was promised; of workers who are not there any more nothing is promised."""

    def promised(visit: Visit) -> Visit:
        promise = announced.promises.get(visit.visit_id)
        if promise is None:
            return visit
        workers = tuple(name for name in promise.worker_ids if name in problem.worker_by_id)
        return replace(visit, promise=replace(promise, worker_ids=workers, tolerance_s=tolerance_s))

    return replace(problem, visits=tuple(promised(visit) for visit in problem.visits))


def what_is_left(draft: Draft, problem: Problem) -> Draft:
    """The part of `draft` whose shifts, visits, stations and breaks `problem` still has."""
    routes = []
    for route in draft.routes:
        shift = problem.shift_by_id.get((route.worker_id, route.shift_id))
        if shift is not None:
            breaks = {rest.break_id for rest in shift.breaks}
            steps = tuple(step for step in route.steps if _is_there(step, problem, breaks))
            routes.append(replace(route, steps=steps))
    return Draft(routes=tuple(routes))


def _is_there(step: Step, problem: Problem, break_ids: set[str]) -> bool:
    if step.visit_id is not None:
        return step.visit_id in problem.visit_by_id
    if step.station_id is not None:
        return step.station_id in problem.station_by_id
    return step.break_id in break_ids
