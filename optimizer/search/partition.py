r"""Set partitioning over binary variables: a linear relaxation to drop columns, CP-SAT to decide among the rest.

.. math::

    \min \; c^\top x \quad \text{with} \quad A x = 1, \quad B x \le b, \quad x \in \{0, 1\}^n

Any dual prices :math:`u` of :math:`A x = 1` and :math:`w \le 0` of :math:`B x \le b` give reduced costs
:math:`r = c - A^\top u - B^\top w` and the bound :math:`L = u^\top 1 + w^\top b + \sum_j \min(0, r_j)`. With a solution
of value :math:`z` in hand, no better one has a variable of :math:`r_j > z - L`: those are dropped without loss (reduced
cost fixing; Crowder, Johnson & Padberg 1983, Oper. Res. 31:803-834).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array

LEAST_GAIN = 1e-3
"""Gains below this, in units of the cost, count for nothing."""

_LARGEST_SUM = 2.0**52
"""All costs together as CP-SAT sees them: exact as ``float64`` and far from the end of 64 bits."""
_UNITS_PER_COST = 100
_LEAST_TIME_S = 0.02
_RELAXATION_SHARE = 0.6
"""Share of the time that the relaxation may take."""
_FIRST_VARIABLES = 1_500
_WIDENING = 2
_WHOLE_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Minimise ``cost @ x`` over binary ``x`` with ``parts @ x == 1`` and ``limited @ x <= limits``.

    Parameters
    ----------
    cost
        Shape ``(num_variables,)``.
    parts
        Zeros and ones, shape ``(num_parts, num_variables)``.
    limited, limits
        Whole numbers, shapes ``(num_limits, num_variables)`` and ``(num_limits,)``.
    current
        A solution to improve on, shape ``(num_variables,)``.
    """

    cost: NDArray[np.float64]
    parts: csc_array
    limited: csc_array
    limits: NDArray[np.int64]
    current: NDArray[np.bool_]

    @property
    def current_cost(self) -> float:
        """Cost of the solution to improve on."""
        return float(self.cost[self.current].sum())

    def only(self, kept: NDArray[np.intp]) -> Program:
        """The program with the `kept` variables alone."""
        return Program(
            cost=self.cost[kept],
            parts=self.parts[:, kept],
            limited=self.limited[:, kept],
            limits=self.limits,
            current=self.current[kept],
        )

    def choosing(self, chosen: NDArray[np.intp]) -> Program:
        """The program with the `chosen` variables as its current solution."""
        current = np.zeros(len(self.cost), dtype=bool)
        current[chosen] = True
        return replace(self, current=current)

    def is_solved_by(self, chosen: NDArray[np.bool_]) -> bool:
        """Whether `chosen` keeps to all rows."""
        return bool((self.parts @ chosen == 1).all() and (self.limited @ chosen <= self.limits).all())


@dataclass(frozen=True, kw_only=True, eq=False)
class Effort:
    """How long to try, and with which random numbers.

    Parameters
    ----------
    end_s
        When to stop, by :func:`time.monotonic`; not looked at where `deterministic_time` is given.
    deterministic_time
        CP-SAT's measure of work, which repeats.
    """

    seed: int
    end_s: float
    deterministic_time: float | None

    @property
    def left_s(self) -> float:
        """Seconds until the end."""
        return self.end_s - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether too little is left to begin anything."""
        if self.deterministic_time is not None:
            return self.deterministic_time <= 0
        return self.left_s < _LEAST_TIME_S

    def less(self, deterministic_time: float) -> Effort:
        """What is left after so much work."""
        if self.deterministic_time is None:
            return self
        return replace(self, deterministic_time=self.deterministic_time - deterministic_time)


@dataclass(frozen=True, kw_only=True, eq=False)
class Relaxation:
    """What the linear relaxation tells: a vertex, reduced costs, and a bound on every solution."""

    x: NDArray[np.float64]
    reduced: NDArray[np.float64]
    bound: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """What CP-SAT found, whether nothing is better, and how much work that was."""

    chosen: NDArray[np.bool_]
    is_best: bool
    deterministic_time: float


def improve(program: Program, effort: Effort) -> NDArray[np.bool_] | None:
    """A solution cheaper than the current one, or None where none was found; the best one if effort suffices.

    CP-SAT is first given the variables of least reduced cost alone, then more and more of them.
    """
    relaxation = None if effort.is_over else relax(program, effort)
    if relaxation is None:
        return None
    whole = relaxation.x > 0.5
    if np.abs(relaxation.x - whole).max() < _WHOLE_TOLERANCE and program.is_solved_by(whole):
        return whole if _gain(program, whole) > LEAST_GAIN else None
    best, size = program, _FIRST_VARIABLES
    while best.current_cost - relaxation.bound > LEAST_GAIN and not effort.is_over:
        surviving = survivors(best, relaxation)
        kept = np.sort(surviving[: int(best.current.sum()) + size])
        decision = _decide(best.only(kept), effort)
        best = best.choosing(kept[decision.chosen])
        if not decision.is_best or len(kept) == len(surviving):
            break
        effort, size = effort.less(decision.deterministic_time), size * _WIDENING
    return best.current if _gain(program, best.current) > LEAST_GAIN else None


def _gain(program: Program, chosen: NDArray[np.bool_]) -> float:
    return program.current_cost - float(program.cost[chosen].sum())


def relax(program: Program, effort: Effort) -> Relaxation | None:
    """The linear relaxation by HiGHS's interior point method, or None where it took too long."""
    result = cast(Any, linprog)(  # its stubs know no sparse matrices
        program.cost,
        A_ub=program.limited,
        b_ub=program.limits,
        A_eq=program.parts,
        b_eq=np.ones(program.parts.shape[0]),
        method="highs-ipm",
        options={} if effort.deterministic_time is not None else {"time_limit": _RELAXATION_SHARE * effort.left_s},
    )
    if result.status != 0:
        return None
    parts, limits = np.asarray(result.eqlin.marginals), np.minimum(0.0, result.ineqlin.marginals)
    reduced = program.cost - program.parts.T @ parts - program.limited.T @ limits
    bound = parts.sum() + limits @ program.limits + np.minimum(0.0, reduced).sum()
    return Relaxation(x=np.asarray(result.x), reduced=reduced, bound=float(bound))


def survivors(program: Program, relaxation: Relaxation) -> NDArray[np.intp]:
    """Variables that a better solution can have: those of the current one, then by reduced cost."""
    gap = program.current_cost - relaxation.bound
    kept = np.flatnonzero(program.current | (relaxation.reduced <= gap))
    rank = np.where(program.current[kept], -np.inf, relaxation.reduced[kept])
    return kept[np.argsort(rank, kind="stable")]


def _decide(program: Program, effort: Effort) -> Decision:
    """The best solution that CP-SAT finds, beginning with the current one."""
    units = min(_UNITS_PER_COST, _LARGEST_SUM / max(1.0, float(np.abs(program.cost).sum())))
    cost = np.rint(program.cost * units).astype(np.int64)
    model = cp_model.CpModel()
    variables = [model.new_bool_var("") for _ in cost]
    for row in _rows(program.parts):
        model.add_exactly_one(variables[number] for number in row.indices)
    for row, limit in zip(_rows(program.limited), program.limits.tolist(), strict=True):
        terms = [variables[number] for number in row.indices]
        model.add(cp_model.LinearExpr.weighted_sum(terms, row.data.astype(np.int64)) <= limit)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, cost))
    for variable, value in zip(variables, program.current.tolist(), strict=True):
        model.add_hint(variable, value)
    solver = _solver(effort)
    status = solver.solve(model)
    chosen = program.current
    if status in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        found = np.array([solver.boolean_value(variable) for variable in variables])
        chosen = found if _gain(program, found) > 0 else chosen
    return Decision(
        chosen=chosen,
        is_best=status == cp_model.OPTIMAL,
        deterministic_time=solver.response_proto.deterministic_time,
    )


def _rows(matrix: csc_array) -> list[csr_array]:
    by_row = csr_array(matrix)
    return [by_row[[number]] for number in range(by_row.shape[0])]


def _solver(effort: Effort) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2  # cuts and bounds of the relaxation matter more than propagation here
    solver.parameters.random_seed = effort.seed % 2**31
    solver.parameters.catch_sigint_signal = False  # else Ctrl-C would kill the caller from then on
    if effort.deterministic_time is None:
        solver.parameters.max_time_in_seconds = max(_LEAST_TIME_S, effort.left_s)
    else:
        solver.parameters.max_deterministic_time = effort.deterministic_time
    return solver
