"""OR-Tools CP-SAT on small days of care: bonds between visits, lunch, soft windows and all prices in one exact model.

Every shift is a circuit over the visits that its worker may do; a way is taken with lunch before it or without. States:
skills and refusals, several windows with soft ends, same start, gaps, order, same and different workers, optional
visits, one lunch in a shift, soft ends of shifts, and the prices of travel, waiting, idle time, lateness, imbalance,
workers who are not preferred, missed lunch, overtime, used shifts and visits left out. It uses one thread: with two,
OR-Tools 9.15 spoils its memory in about one of a hundred solves of such models (in none of 170 with one); the process
dies.
"""

from __future__ import annotations

from ortools.sat.python import cp_model

from benchmarks.peers.cpsat.answer import draft_of
from benchmarks.peers.cpsat.prices import minimize_prices
from benchmarks.peers.cpsat.rules import add_rules
from benchmarks.peers.cpsat.statable import refuse
from benchmarks.peers.cpsat.variables import Variables, add_variables
from benchmarks.peers.tours import Clock
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

RESERVE_S = 0.1
"""Kept back for handing the answer over."""


class CpSat:
    """One model, solved until the time is up or the best plan proven."""

    def warm_up(self) -> None:
        """Nothing beside the import."""

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The best plan found; none where there is not time for any."""
        clock = Clock(time_s)
        refuse(problem, travel)
        model, variables = state(problem, travel)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = clock.left_s(RESERVE_S)
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        status = solver.solve(model)
        return draft_of(problem, variables, solver) if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else Draft()


def make() -> CpSat:
    """The adapter."""
    return CpSat()


def state(problem: Problem, travel: TravelMatrix) -> tuple[cp_model.CpModel, Variables]:
    """The model of a problem that is not refused, and what its solution is read from."""
    model = cp_model.CpModel()
    variables = add_variables(model, problem, travel)
    add_rules(model, problem, variables)
    minimize_prices(model, problem, variables)
    return model, variables
