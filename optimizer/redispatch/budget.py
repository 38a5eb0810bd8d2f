"""Many visits placed anew while few people may be told something: which workers take them, and around whom.

Whoever takes a visit is told, so a budget of workers says whose routes are open. They are chosen one after the other,
each time the one whose routes take most of what still waits (greedy coverage: Nemhauser, Wolsey & Fisher 1978). In
their routes every visit stays with its worker and near the time that its elder was told, so that no elder but those of
the waiting visits hears anything.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.insertion import Inserter
from optimizer.judge import timed_plan, unserved_cents
from optimizer.plan import Draft, Plan, Sources
from optimizer.problem import Problem, Visit
from optimizer.redispatch.diff import TOLERANCE_S, Service, services_of
from optimizer.redispatch.nearby import improved_nearby
from optimizer.redispatch.windows import Bounds, clipped
from optimizer.start import clusters_of, place_cluster
from optimizer.travel import TravelMatrix

_NUM_TRIED = 8
"""So many workers, those who could take most by first sight, are tried in each round."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Visits to be placed into a plan, the most urgent clusters first, and where their portions can come from."""

    problem: Problem
    travel: TravelMatrix
    sources: Sources
    plan: Plan
    clusters: Sequence[Sequence[Visit]]


def placed_in_few_routes(waiting: Waiting, free_ids: Collection[str], limit: int | None, *, seconds: float) -> Draft:
    """The draft with as many waiting visits as go into the routes of few workers, with nobody else's times touched.

    Parameters
    ----------
    free_ids
        Workers who are told something in any case.
    limit
        So many others may take visits; ``None``: all of them.
    seconds
        Time for the search in their routes.
    """
    steady = replace(waiting, problem=_steady(waiting.problem, waiting.plan))
    if limit is None:
        worker_ids = frozenset(worker.worker_id for worker in steady.problem.workers)
        draft = _placed(steady, steady.plan.draft, worker_ids)
    else:
        worker_ids, draft = _taken_by_few(steady, frozenset(free_ids), limit)
    start = timed_plan(steady.problem, steady.travel, draft)
    found = improved_nearby(
        steady.problem,
        steady.travel,
        start,
        steady.sources,
        worker_ids,
        seed=0,
        deadline_s=time.monotonic() + seconds,
        should_stop=lambda: False,
    )
    return _placed(steady, found, worker_ids)


def _steady(problem: Problem, plan: Plan) -> Problem:
    """`problem` with every served visit held to its workers, and to its time within what its elder takes as kept."""
    services = services_of(plan)
    visits = (_held(visit, services[v]) if (v := visit.visit_id) in services else visit for visit in problem.visits)
    return replace(problem, visits=tuple(visits))


def _held(visit: Visit, service: Service) -> Visit:
    promise = visit.promise
    told_s = service.start_s if promise is None or promise.start_s is None else promise.start_s
    tolerance_s = TOLERANCE_S if promise is None else promise.tolerance_s
    kept = clipped(visit.windows, Bounds(told_s - tolerance_s, told_s + tolerance_s))
    is_kept = any(window.start_s <= service.start_s <= window.end_s for window in kept)
    return replace(visit, windows=kept if is_kept else visit.windows, pinned_worker_ids=service.worker_ids)


def _taken_by_few(waiting: Waiting, free_ids: frozenset[str], limit: int) -> tuple[frozenset[str], Draft]:
    """`free_ids` and up to `limit` others who together take most of what waits, and the draft in which they do."""
    worker_ids, draft = free_ids, _placed(waiting, waiting.plan.draft, free_ids)
    for _ in range(limit):
        best_cents, best_id, best_draft = _left_cents(waiting, draft), "", draft
        for worker_id in _promising(waiting, draft, worker_ids):
            trial = _placed(waiting, draft, {*worker_ids, worker_id})
            if (cents := _left_cents(waiting, trial)) < best_cents:
                best_cents, best_id, best_draft = cents, worker_id, trial
        if not best_id:
            break
        worker_ids, draft = worker_ids | {best_id}, best_draft
    return worker_ids, draft


def _promising(waiting: Waiting, draft: Draft, but: Collection[str]) -> list[str]:
    """Workers who could take most of what still waits if each visit came alone."""
    inserter = Inserter(waiting.problem, waiting.travel, waiting.sources, draft)
    worth: Counter[str] = Counter()
    for visit in _left(waiting, draft):
        cents = unserved_cents(waiting.problem, visit)
        worth.update(dict.fromkeys({attempt.key[0] for attempt in inserter.attempts(visit)}, cents))
    return [worker_id for worker_id, _ in worth.most_common() if worker_id not in but][:_NUM_TRIED]


def _placed(waiting: Waiting, draft: Draft, worker_ids: Collection[str]) -> Draft:
    """`draft` with what still waits put into the routes of `worker_ids`; visits of several workers first."""
    visits = _left(waiting, draft)
    if not visits:
        return draft
    workers = (
        worker if worker.worker_id in worker_ids else replace(worker, shifts=()) for worker in waiting.problem.workers
    )
    inside = Draft(routes=tuple(route for route in draft.routes if route.worker_id in worker_ids))
    outside = tuple(route for route in draft.routes if route.worker_id not in worker_ids)
    inserter = Inserter(replace(waiting.problem, workers=tuple(workers)), waiting.travel, waiting.sources, inside)
    rank: Mapping[str, int] = {visit.visit_id: number for number, visit in enumerate(visits)}
    for cluster in sorted(
        clusters_of(waiting.problem, visits),
        key=lambda cluster: (len(cluster) == 1 and cluster[0].num_workers == 1, rank[cluster[0].visit_id]),
    ):
        place_cluster(inserter, cluster)
    return Draft(routes=(*outside, *inserter.draft.routes))


def _left(waiting: Waiting, draft: Draft) -> list[Visit]:
    """What `draft` leaves waiting, the most urgent first."""
    served = draft.served_visit_ids
    return [visit for cluster in waiting.clusters for visit in cluster if visit.visit_id not in served]


def _left_cents(waiting: Waiting, draft: Draft) -> int:
    return sum(unserved_cents(waiting.problem, visit) for visit in _left(waiting, draft))
