"""Who may serve a visit at all, wherever it stands in a route, given who serves the other visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from optimizer.plan import Sources
from optimizer.problem import Link, LinkKind, Problem, Visit, Worker, missing_skills
from optimizer.rules import Rule


class Eligibility:
    """Answers for one problem; `workers_of` tells who serves a visit (by id) at the moment of asking."""

    def __init__(self, problem: Problem, sources: Sources, workers_of: Callable[[str], set[str]]) -> None:
        self._problem, self._sources, self._workers_of = problem, sources, workers_of
        self._continuity_visit_ids: dict[str, list[str]] = defaultdict(list)
        for visit in problem.visits:
            if visit.elder_id is not None and visit.counts_for_continuity:
                self._continuity_visit_ids[visit.elder_id].append(visit.visit_id)

    def faults(self, visit: Visit, worker: Worker) -> frozenset[Rule]:
        """Rules that forbid `worker` to serve `visit` wherever it stands in the route, given who serves the others."""
        faults = set()
        if missing_skills(worker, visit.skills):
            faults.add(Rule.SKILL)
        if worker.reliability_share < visit.min_reliability_share:
            faults.add(Rule.RELIABILITY)
        if not self._is_left_free_by_pins(visit, worker):
            faults.add(Rule.PINNED_WORKER)
        if worker.worker_id in self._workers_of(visit.visit_id):
            faults.add(Rule.VISIT_ONCE)
        if visit.demand:
            faults |= self._supply_faults(visit, worker)
        faults |= self._elder_faults(visit, worker) | self._link_faults(visit, worker)
        return frozenset(faults)

    def _is_left_free_by_pins(self, visit: Visit, worker: Worker) -> bool:
        """Whether `worker` is pinned to `visit`, or more workers are needed than the pinned ones still to come."""
        pinned, serving = set(visit.pinned_worker_ids), self._workers_of(visit.visit_id)
        return not pinned or worker.worker_id in pinned or visit.num_workers - len(serving) > len(pinned - serving)

    def _supply_faults(self, visit: Visit, worker: Worker) -> set[Rule]:
        if visit.visit_id not in self._sources:
            return {Rule.STOCK}
        return set() if fits(self._problem, visit.demand, worker) else {Rule.CAPACITY}

    def _elder_faults(self, visit: Visit, worker: Worker) -> set[Rule]:
        elder = self._problem.elder_of(visit)
        if elder is None:
            return set()
        faults = {Rule.FORBIDDEN_WORKER} if worker.worker_id in elder.forbidden_worker_ids else set()
        if visit.counts_for_continuity and elder.max_distinct_workers is not None:
            known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
            met = {worker_id for worker_id in self._met_by(elder.elder_id) if worker_id not in known}
            room = max(0, elder.max_distinct_workers - len(known))
            if worker.worker_id not in known | met and len(met) >= room:
                faults.add(Rule.DISTINCT_WORKERS)
        return faults

    def _link_faults(self, visit: Visit, worker: Worker) -> set[Rule]:
        faults = set()
        for link in self._problem.links_by_visit_id.get(visit.visit_id, ()):
            others = self._workers_of(other_visit_id(link, visit.visit_id))
            if link.kind is LinkKind.SAME_WORKER and others and worker.worker_id not in others:
                faults.add(Rule.SAME_WORKER)
            if link.kind is LinkKind.DIFFERENT_WORKER and worker.worker_id in others:
                faults.add(Rule.DIFFERENT_WORKER)
            if link.kind is LinkKind.SAME_START and worker.worker_id in others:
                faults.add(Rule.SAME_START)
        return faults

    def named_worker_ids(self, visit: Visit) -> set[str]:
        """Workers who are not like any other to the visit's elder."""
        elder = self._problem.elder_of(visit)
        if elder is None:
            return set(visit.pinned_worker_ids)
        return {
            *visit.pinned_worker_ids,
            *elder.preferred_worker_ids,
            *elder.forbidden_worker_ids,
            *elder.worker_history,
        }

    def _met_by(self, elder_id: str) -> set[str]:
        """Workers of the elder's served visits that count for continuity."""
        return {
            worker_id
            for visit_id in self._continuity_visit_ids.get(elder_id, ())
            for worker_id in self._workers_of(visit_id)
        }


def fits(problem: Problem, portions: Mapping[str, int], worker: Worker) -> bool:
    """Whether `portions` fit the worker's vehicle in each of its named capacities."""
    capacities = worker.vehicle.capacities
    return all(amount <= capacities.get(name, 0) for name, amount in problem.vehicle_use_of(portions).items())


def other_visit_id(link: Link, visit_id: str) -> str:
    """The other end of a link."""
    return link.second_visit_id if link.first_visit_id == visit_id else link.first_visit_id
