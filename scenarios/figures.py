"""Key figures of a problem: what is asked for and what there is to meet it with."""

from __future__ import annotations

from optimizer.problem import Problem, Shift
from optimizer.units import SECONDS_PER_HOUR


def key_figures(problem: Problem) -> dict[str, float]:
    """Counts, and hours of service asked for and of work offered.

    ``required_hours`` is the service of all visits, all workers of a visit counted, without travel; ``offered_hours``
    the working time of all shifts, breaks taken off.
    """
    required_s = sum(visit.service_duration_s * visit.num_workers for visit in problem.visits)
    offered_s = sum(_offered_s(shift) for worker in problem.workers for shift in worker.shifts)
    return {
        "num_stations": len(problem.stations),
        "num_elders": len(problem.elders),
        "num_visits": len(problem.visits),
        "num_meal_visits": sum(visit.service == "meal" for visit in problem.visits),
        "num_portions": sum(sum(visit.demand.values()) for visit in problem.visits if visit.elder_id is not None),
        "num_two_worker_visits": sum(visit.num_workers > 1 for visit in problem.visits),
        "num_links": len(problem.links),
        "num_workers": len(problem.workers),
        "required_hours": required_s / SECONDS_PER_HOUR,
        "offered_hours": offered_s / SECONDS_PER_HOUR,
    }


def _offered_s(shift: Shift) -> int:
    present_s = shift.end_s - shift.start_s - sum(rest.duration_s for rest in shift.breaks)
    return present_s if shift.max_work_s is None else min(present_s, shift.max_work_s)
