"""The answer: a solution of the model as routes."""

from __future__ import annotations

from collections.abc import Iterator

from ortools.sat.python import cp_model

from benchmarks.peers.cpsat.variables import HOME, Round, Variables
from optimizer.plan import Draft, RouteDraft, Step, break_step, visit_step
from optimizer.problem import Problem


def draft_of(problem: Problem, variables: Variables, solver: cp_model.CpSolver) -> Draft:
    """Rounds in order, each visit no sooner than in the solution."""
    routes = []
    for circuit in variables.rounds:
        steps = tuple(_steps(problem, variables, circuit, solver))
        if steps:
            worker_id, shift_id = circuit.worker.worker_id, circuit.shift.shift_id
            routes.append(RouteDraft(worker_id=worker_id, shift_id=shift_id, steps=steps))
    return Draft(routes=tuple(routes))


def _steps(problem: Problem, variables: Variables, circuit: Round, solver: cp_model.CpSolver) -> Iterator[Step]:
    way_from = {way.origin: way for way in circuit.ways if solver.boolean_value(way.is_taken)}
    way = way_from.get(HOME)
    while way is not None:
        if way.after_break and circuit.one_break is not None:
            yield break_step(circuit.one_break.break_id)
        if way.target == HOME:
            return
        visit = circuit.visits[way.target - 1]
        yield visit_step(problem.visits[visit].visit_id, solver.value(variables.starts_s[visit]))
        way = way_from[way.target]
