"""Which questions the model states, and which ones it refuses: for a rule that it leaves out, or for their size."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.peers import Unsupported
from optimizer.problem import LinkKind, Problem, Shift, Visit, Worker, missing_skills
from optimizer.reading import hands_over
from optimizer.travel import TravelMatrix

MAX_WAYS = 12_000
"""Ways of workers between visits beyond which a question is refused: it would take the time to write it down."""

_STATED_LINKS = {
    LinkKind.SAME_START,
    LinkKind.GAP,
    LinkKind.BEFORE,
    LinkKind.SAME_WORKER,
    LinkKind.DIFFERENT_WORKER,
}


def refuse(problem: Problem, travel: TravelMatrix) -> None:
    """Refuse what the model cannot state, and what is too large for it.

    Raises
    ------
    Unsupported
        Naming the first rule, or the size.
    """
    if any(travel.peaks.values()):
        raise Unsupported("speed by time of day")
    for name, is_in in _UNSTATED:
        if is_in(problem):
            raise Unsupported(name)
    num_ways = sum((1 + len(able_positions(problem, worker))) ** 2 for worker in problem.workers)
    if num_ways > MAX_WAYS:
        raise Unsupported(f"more than {MAX_WAYS:,} ways of workers between visits")


def _any_visit(has: Callable[[Visit], object]) -> Callable[[Problem], bool]:
    return lambda problem: any(has(visit) for visit in problem.visits)


def _any_worker(has: Callable[[Worker], object]) -> Callable[[Problem], bool]:
    return lambda problem: any(has(worker) for worker in problem.workers)


def _any_shift(has: Callable[[Shift], object]) -> Callable[[Problem], bool]:
    return _any_worker(lambda worker: any(has(shift) for shift in worker.shifts))


_UNSTATED: tuple[tuple[str, Callable[[Problem], bool]], ...] = (
    ("portions and loading", _any_visit(hands_over)),
    ("visits of several workers", _any_visit(lambda visit: visit.num_workers > 1)),
    ("pins", _any_visit(lambda visit: visit.pinned_worker_ids or visit.pinned_start_s is not None)),
    ("promises", _any_visit(lambda visit: visit.promise is not None)),
    ("reliability", _any_visit(lambda visit: visit.min_reliability_share > 0)),
    ("soft starts of windows", _any_visit(lambda visit: any(w.soft_start_s is not None for w in visit.windows))),
    ("lateness in percent", _any_visit(lambda visit: visit.lateness_percent != 100)),
    ("several shifts of a worker", _any_worker(lambda worker: len(worker.shifts) != 1)),
    (
        "pace by worker",
        _any_worker(lambda worker: worker.duration_percent != 100 or worker.duration_percent_by_service),
    ),
    ("range", _any_worker(lambda worker: worker.vehicle.max_distance_m is not None)),
    ("load carried over", _any_worker(lambda worker: worker.carried_load_s or worker.fair_share_s is not None)),
    (
        "pay by hour, kilometre or visit",
        _any_worker(lambda worker: worker.pay.cents_per_hour or worker.pay.cents_per_km or worker.pay.cents_per_visit),
    ),
    ("shifts without places", _any_shift(lambda shift: shift.start_place is None or shift.end_place is None)),
    ("limits of working time", _any_shift(lambda shift: shift.max_work_s is not None)),
    ("several breaks in a shift", _any_shift(lambda shift: len(shift.breaks) > 1)),
    ("breaks at a place", _any_shift(lambda shift: any(rest.place is not None for rest in shift.breaks))),
    ("bonds of other kinds", lambda problem: any(link.kind not in _STATED_LINKS for link in problem.links)),
    ("continuity", lambda problem: any(e.worker_history or e.max_distinct_workers is not None for e in problem.elders)),
    ("hard terms", lambda problem: bool(problem.hard_terms)),
)


def able_positions(problem: Problem, worker: Worker) -> list[int]:
    """Positions of the visits that `worker` has the skills for and is not refused at."""
    refusing = {elder.elder_id for elder in problem.elders if worker.worker_id in elder.forbidden_worker_ids}
    return [
        position
        for position, visit in enumerate(problem.visits)
        if not missing_skills(worker, visit.skills) and visit.elder_id not in refusing
    ]
