"""Rules of a single visit: when it starts and who may give it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from optimizer.problem import Elder, Visit, Worker
from optimizer.routing.constraints.restrict import allow_vehicles, restrict_start, vehicles_of
from optimizer.routing.nodes import pinned_to
from optimizer.routing.variables import Variables


def add_time_windows(variables: Variables) -> None:
    """Service starts inside one of the visit's windows."""
    for idx, node in variables.nodes.visit_nodes:
        restrict_start(variables, idx, [(window.start_s, window.end_s) for window in node.visit.windows])


def add_pinned_starts(variables: Variables) -> None:
    """Visits pinned to a time start then."""
    for idx, node in variables.nodes.visit_nodes:
        pinned_s = node.visit.pinned_start_s
        if pinned_s is not None:
            restrict_start(variables, idx, [(pinned_s, pinned_s)])


def add_skills(variables: Variables) -> None:
    """Workers have every skill the visit needs."""
    _require_worker(variables, lambda visit, worker: _has_skills(worker, visit.skills))


def _has_skills(worker: Worker, skills: Mapping[str, int]) -> bool:
    return all(worker.skills.get(skill, 0) >= level for skill, level in skills.items())


def add_reliability(variables: Variables) -> None:
    """Workers are as reliable as the visit demands."""
    _require_worker(variables, lambda visit, worker: worker.reliability_share >= visit.min_reliability_share)


def add_forbidden_workers(variables: Variables) -> None:
    """Nobody is sent whom the elder refuses."""
    problem = variables.nodes.problem

    def is_welcome(visit: Visit, worker: Worker) -> bool:
        elder = problem.elder_of(visit)
        return elder is None or worker.worker_id not in elder.forbidden_worker_ids

    _require_worker(variables, is_welcome)


def add_pinned_workers(variables: Variables) -> None:
    """Visits pinned to workers are given by them; others join only where more are needed than are pinned."""
    for idx, node in variables.nodes.visit_nodes:
        pinned = pinned_to(node)
        if pinned:
            allow_vehicles(variables, idx, vehicles_of(variables, pinned))


def add_distinct_workers(variables: Variables) -> None:
    """An elder meets no more new workers than the limit leaves beyond those the history knows."""
    visits_by_elder: dict[str, list[int]] = defaultdict(list)
    for idx, node in variables.nodes.visit_nodes:
        if node.visit.elder_id is not None and node.visit.counts_for_continuity:
            visits_by_elder[node.visit.elder_id].append(idx)
    for elder in variables.nodes.problem.elders:
        if elder.max_distinct_workers is not None:
            _limit_new_workers(variables, elder, visits_by_elder[elder.elder_id])


def _limit_new_workers(variables: Variables, elder: Elder, indices: Sequence[int]) -> None:
    known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
    assert elder.max_distinct_workers is not None, f"elder {elder.elder_id!r} has no limit"
    num_new = elder.max_distinct_workers - len(known)
    if num_new <= 0:
        for idx in indices:
            allow_vehicles(variables, idx, vehicles_of(variables, known))
    elif num_new < len(indices):
        solver = variables.solver
        comes = []
        for worker in variables.nodes.problem.workers:
            if worker.worker_id not in known:
                vehicles = sorted(vehicles_of(variables, {worker.worker_id}))
                gives = [solver.IsMemberVar(variables.vehicle(idx), vehicles) for idx in indices]
                comes.append(solver.Max(gives).Var())
        solver.Add(solver.Sum(comes) <= num_new)


def _require_worker(variables: Variables, may_give: Callable[[Visit, Worker], bool]) -> None:
    """Let only those workers give a visit who may."""
    for idx, node in variables.nodes.visit_nodes:
        vehicles = variables.nodes.vehicles
        able = {vehicle for vehicle, (worker, _) in enumerate(vehicles) if may_give(node.visit, worker)}
        if len(able) < len(vehicles):
            allow_vehicles(variables, idx, able)
