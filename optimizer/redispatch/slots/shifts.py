"""Which shifts may serve a new visit wherever it stands, how long that takes there, and what it costs whoever comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.eligibility import fits, other_visit_id
from optimizer.problem import Elder, Link, LinkKind, Visit, Worker, missing_skills, service_duration_s
from optimizer.redispatch.slots.routes import PlanFacts, RouteCase


class ShiftTable:
    """The shifts of a plan by number; workers who differ in nothing but their names are asked once."""

    def __init__(self, facts: PlanFacts, cases: Sequence[RouteCase]) -> None:
        self._facts = facts
        self.worker_ids = [case.worker.worker_id for case in cases]
        self._numbers: dict[str, list[int]] = defaultdict(list)
        kinds: dict[str, int] = {}
        self._examples: list[Worker] = []
        kind_of = []
        for number, case in enumerate(cases):
            self._numbers[case.worker.worker_id].append(number)
            kind = kinds.setdefault(_kind_of(case.worker), len(kinds))
            if kind == len(self._examples):
                self._examples.append(case.worker)
            kind_of.append(kind)
        self._kind = np.array(kind_of, dtype=np.int64)
        self._start_cents = np.array([0.0 if case.read is not None else case.worker.pay.fixed_cents for case in cases])
        self._visit_cents = np.array([float(case.worker.pay.cents_per_visit) for case in cases])

    def may_serve(self, visit: Visit, elder: Elder | None, links: Iterable[Link]) -> NDArray[np.bool_]:
        """Shifts of workers against whom no rule stands that holds wherever the visit is put."""
        allowed = self._by_kind(lambda worker: self._is_able(visit, worker)).astype(np.bool_)
        if visit.pinned_worker_ids:
            allowed &= self._named(visit.pinned_worker_ids)
        if elder is not None:
            allowed &= ~self._named(elder.forbidden_worker_ids)
            if visit.counts_for_continuity and elder.max_distinct_workers is not None:
                allowed &= self._within_continuity(elder, elder.max_distinct_workers)
        for link in links:
            stops = self._facts.stops_of(other_visit_id(link, visit.visit_id))
            others = {stop.worker.worker_id for stop in stops}
            if link.kind is LinkKind.SAME_WORKER and others:
                allowed &= self._named(others)
            elif link.kind in {LinkKind.DIFFERENT_WORKER, LinkKind.SAME_START}:
                allowed &= ~self._named(others)
        return allowed

    def durations_s(self, visit: Visit) -> NDArray[np.int64]:
        """Service of `visit` at each worker's pace."""
        return self._by_kind(lambda worker: service_duration_s(visit, worker))

    def fixed_cents(self, visit: Visit, elder: Elder | None) -> NDArray[np.float64]:
        """What the visit costs in each shift wherever it stands: the first visit of a shift also its fixed price."""
        weights = self._facts.problem.weights
        cents: NDArray[np.float64] = self._start_cents + self._visit_cents
        if elder is not None and elder.preferred_worker_ids:
            cents = cents + weights.not_preferred_cents * ~self._named(elder.preferred_worker_ids)
        known = [] if elder is None else [name for name, count in elder.worker_history.items() if count > 0]
        if known and visit.counts_for_continuity:
            cents = cents + weights.new_worker_cents * ~self._named(known)
        if visit.promise is not None and visit.promise.worker_ids:
            cents = cents + weights.promise_worker_cents * ~self._named(visit.promise.worker_ids)
        return cents

    def _is_able(self, visit: Visit, worker: Worker) -> bool:
        is_reliable = worker.reliability_share >= visit.min_reliability_share
        has_room = not visit.demand or fits(self._facts.problem, visit.demand, worker)
        return is_reliable and has_room and not missing_skills(worker, visit.skills)

    def _within_continuity(self, elder: Elder, limit: int) -> NDArray[np.bool_]:
        """Shifts of workers whom the elder knows or meets, or all of them where there is room for one more."""
        known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
        visit_ids = self._facts.visit_ids_by_elder_id.get(elder.elder_id, ())
        met = {stop.worker.worker_id for visit_id in visit_ids for stop in self._facts.stops_of(visit_id)} - known
        if len(met) < max(0, limit - len(known)):
            return np.ones(len(self._kind), dtype=np.bool_)
        return self._named(known | met)

    def _named(self, worker_ids: Iterable[str]) -> NDArray[np.bool_]:
        named = np.zeros(len(self._kind), dtype=np.bool_)
        for worker_id in worker_ids:
            named[self._numbers.get(worker_id, [])] = True
        return named

    def _by_kind(self, answer: Callable[[Worker], int]) -> NDArray[np.int64]:
        return np.array([answer(worker) for worker in self._examples], dtype=np.int64)[self._kind]


def _kind_of(worker: Worker) -> str:
    paces = sorted(worker.duration_percent_by_service.items())
    capacities = sorted(worker.vehicle.capacities.items())
    skills = sorted(worker.skills.items())
    return repr((skills, worker.reliability_share, capacities, worker.duration_percent, paces))
