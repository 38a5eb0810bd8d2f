"""What a day begins with, and how far it bends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from optimizer.plan import Plan
from optimizer.problem import Problem, TimeWindow, Visit, Worker
from optimizer.redispatch.day import Day, open_day
from optimizer.travel import StreetGraph, TravelMatrix


@dataclass(frozen=True, kw_only=True)
class Morning:
    """What a day begins with: the facts as planned, and the published plan."""

    problem: Problem
    travel: TravelMatrix
    plan: Plan
    streets: StreetGraph | None = None

    def day(self, grace_s: int) -> Day:
        """The day before anything has happened, on which starts and shift ends give way by `grace_s`."""
        return open_day(bent(self.problem, grace_s), self.travel, self.plan, streets=self.streets)


def bent(problem: Problem, grace_s: int) -> Problem:
    """`problem` as it is handled on the day: starts and shift ends give way by `grace_s`, as lateness and overtime."""
    return replace(
        problem,
        visits=tuple(_bent_visit(visit, grace_s) for visit in problem.visits),
        workers=tuple(_bent_worker(worker, grace_s) for worker in problem.workers),
    )


def _bent_visit(visit: Visit, grace_s: int) -> Visit:
    """A visit whose windows end later, but not within the next one."""
    ordered = sorted(visit.windows, key=lambda window: window.start_s)
    windows: list[TimeWindow] = []
    for window, following in pairwise([*ordered, None]):
        assert window is not None
        end_s = window.end_s + grace_s
        if following is not None:
            end_s = max(window.end_s, min(end_s, following.start_s - 1))
        soft_end_s = window.end_s if window.soft_end_s is None else window.soft_end_s
        windows.append(replace(window, end_s=end_s, soft_end_s=soft_end_s))
    return replace(visit, windows=tuple(windows))


def _bent_worker(worker: Worker, grace_s: int) -> Worker:
    """A worker whose shifts may end later, but not after the next one has begun."""
    shifts = []
    for shift in worker.shifts:
        later = (other.start_s for other in worker.shifts if other.start_s >= shift.end_s)
        end_s = min(shift.end_s + grace_s, min(later, default=shift.end_s + grace_s))
        soft_end_s = shift.end_s if shift.soft_end_s is None else shift.soft_end_s
        max_work_s = None if shift.max_work_s is None else shift.max_work_s + grace_s
        shifts.append(replace(shift, end_s=end_s, soft_end_s=soft_end_s, max_work_s=max_work_s))
    return replace(worker, shifts=tuple(shifts))
