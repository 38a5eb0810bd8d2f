"""Ourselves, as anybody calls us: :func:`optimizer.solve.solve` with a time limit and a seed.

States every rule of the problem; uses a thread per core.
"""

from __future__ import annotations

from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.search.warmup import warm_up
from optimizer.solve import solve
from optimizer.travel import TravelMatrix


class Yizhan:
    """Our own solver."""

    def warm_up(self) -> None:
        """Compile the search."""
        warm_up()

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The plan's draft."""
        return solve(problem, travel, SolveParams(time_limit_s=time_s, seed=seed, explain=False)).draft


def make() -> Yizhan:
    """The adapter."""
    return Yizhan()
