"""Rules of who may serve a visit, how often, and that every visit is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from optimizer.check.routes import at_stop
from optimizer.plan import Violation
from optimizer.problem import Elder
from optimizer.reading import ReadPlan, violation
from optimizer.rules import Rule
from optimizer.units import format_clock


def check_visit_once(reading: ReadPlan) -> Iterator[Violation]:
    """A served visit has one stop in the routes of exactly as many different workers as it needs."""
    for visit, stops in reading.served:
        workers = {stop.worker.worker_id for stop in stops}
        if len(stops) != visit.num_workers or len(workers) != visit.num_workers:
            text = f"has {len(stops)} stops by {len(workers)} workers, but needs one by each of {visit.num_workers}."
            yield of_visit(Rule.VISIT_ONCE, visit.visit_id, text)


def check_accounted(reading: ReadPlan) -> Iterator[Violation]:
    """Visits are served or listed as unassigned, once."""
    served = reading.plan.draft.served_visit_ids
    listed = Counter(unassigned.visit_id for unassigned in reading.plan.unassigned)
    for visit in reading.problem.visits:
        is_served, num_listed = visit.visit_id in served, listed[visit.visit_id]
        if is_served and num_listed:
            yield of_visit(Rule.ACCOUNTED, visit.visit_id, "is both served and listed as unassigned.")
        elif not is_served and num_listed == 0:
            yield of_visit(Rule.ACCOUNTED, visit.visit_id, "is neither served nor listed as unassigned.")
        elif num_listed > 1:
            yield of_visit(Rule.ACCOUNTED, visit.visit_id, f"is listed as unassigned {num_listed} times.")


def check_skill(reading: ReadPlan) -> Iterator[Violation]:
    """Workers have the skills their visits need."""
    for visit, stops in reading.served:
        for stop in stops:
            for skill, level in visit.skills.items():
                has = stop.worker.skills.get(skill, 0)
                if has < level:
                    text = f"needs {skill!r} at level {level}, but worker {stop.worker.worker_id!r} has level {has}."
                    yield at_stop(Rule.SKILL, stop, text)


def check_forbidden_worker(reading: ReadPlan) -> Iterator[Violation]:
    """Nobody is sent to an elder who refuses them."""
    for visit, stops in reading.served:
        elder = reading.problem.elder_of(visit)
        for stop in stops:
            if elder is not None and stop.worker.worker_id in elder.forbidden_worker_ids:
                text = f"is given by worker {stop.worker.worker_id!r}, whom elder {elder.elder_id!r} refuses."
                yield at_stop(Rule.FORBIDDEN_WORKER, stop, text)


def check_distinct_workers(reading: ReadPlan) -> Iterator[Violation]:
    """Elders with a largest number of different workers meet no more new ones than it leaves room for."""
    workers_by_elder_id: dict[str, dict[str, None]] = {}
    for visit, stops in reading.served:
        if visit.elder_id is not None and visit.counts_for_continuity:
            workers = workers_by_elder_id.setdefault(visit.elder_id, {})
            workers.update((stop.worker.worker_id, None) for stop in stops)
    for elder in reading.problem.elders:
        yield from _too_many_workers(elder, tuple(workers_by_elder_id.get(elder.elder_id, ())))


def check_reliability(reading: ReadPlan) -> Iterator[Violation]:
    """Workers are as reliable as their visits demand."""
    for visit, stops in reading.served:
        for stop in stops:
            share = stop.worker.reliability_share
            if share < visit.min_reliability_share:
                needs = f"needs a worker of reliability {visit.min_reliability_share}"
                yield at_stop(Rule.RELIABILITY, stop, f"{needs}, but {stop.worker.worker_id!r} has {share}.")


def check_pinned_worker(reading: ReadPlan) -> Iterator[Violation]:
    """Pinned workers serve; others only where more workers are needed than are pinned."""
    for visit, stops in reading.served:
        pinned = set(visit.pinned_worker_ids)
        serving = {stop.worker.worker_id for stop in stops}
        is_kept = serving <= pinned if len(pinned) >= visit.num_workers else pinned <= serving
        if pinned and not is_kept:
            text = f"is given by {_names(serving)}, but pinned to {_names(pinned)}."
            yield of_visit(Rule.PINNED_WORKER, visit.visit_id, text)


def check_pinned_start(reading: ReadPlan) -> Iterator[Violation]:
    """Visits pinned to a time start then."""
    for visit, stops in reading.served:
        for stop in stops:
            if visit.pinned_start_s is not None and stop.stop.start_s != visit.pinned_start_s:
                pin = format_clock(visit.pinned_start_s)
                text = f"starts at {format_clock(stop.stop.start_s)}, but is pinned to {pin}."
                yield at_stop(Rule.PINNED_START, stop, text)


def of_visit(rule: Rule, visit_id: str, text: str) -> Violation:
    """A violation of a visit as a whole; `text` follows the visit's name."""
    return violation(rule, f"visit {visit_id!r} {text}", visit_id=visit_id)


def _too_many_workers(elder: Elder, worker_ids: tuple[str, ...]) -> Iterator[Violation]:
    if elder.max_distinct_workers is None:
        return
    known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
    new = [worker_id for worker_id in worker_ids if worker_id not in known]
    room = max(0, elder.max_distinct_workers - len(known))
    if len(new) > room:
        limit = f"at most {elder.max_distinct_workers} different workers, {len(known)} of them known"
        text = f"elder {elder.elder_id!r} meets the new workers {_names(new)}; {limit}."
        yield violation(Rule.DISTINCT_WORKERS, text)


def _names(ids: list[str] | set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(ids))
