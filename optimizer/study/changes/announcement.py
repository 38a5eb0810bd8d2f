"""What elders have been told: a plan becomes the promises of the problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from optimizer.plan import Plan
from optimizer.problem import Problem, Promise, Visit
from optimizer.study.changes.change import Change, Draw
from optimizer.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncePlan(Change):
    """The plan of the problem as it is has been announced: who comes, and when, is promised.

    The promises come with the run (:func:`with_promises`), since they are known only when that plan has been made.
    """

    word: ClassVar[str] = "announce-plan"
    tolerance_s: Seconds = 900

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem as it is."""
        return problem


def promises_of(plan: Plan) -> dict[str, Promise]:
    """Who comes and when, by visit served."""
    promises: dict[str, Promise] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            visit_id = stop.visit_id or ""
            others = promises[visit_id].worker_ids if visit_id in promises else ()
            promises[visit_id] = Promise(worker_ids=(*others, route.worker_id), start_s=stop.start_s)
    return promises


def with_promises(problem: Problem, promises: Mapping[str, Promise], tolerance_s: int) -> Problem:
    """`problem` with these promises; workers who are not there any more are not promised."""

    def promised(visit: Visit) -> Visit:
        promise = promises.get(visit.visit_id)
        if promise is None:
            return visit
        workers = tuple(name for name in promise.worker_ids if name in problem.worker_by_id)
        return replace(visit, promise=replace(promise, worker_ids=workers, tolerance_s=tolerance_s))

    return replace(problem, visits=tuple(promised(visit) for visit in problem.visits))
