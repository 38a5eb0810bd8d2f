"""Ourselves, as anybody calls us: :func:`optimizer.solve.solve` with a time limit and a seed.

States every rule of the problem; uses a process per core.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.solve import solve
from optimizer.travel import TravelMatrix

WARM_UP = "optimizer.search.warmup"


class Yizhan:
    """Our own solver."""

    def warm_up(self) -> None:
        """Compile the search, where this version has one."""
        if find_spec(WARM_UP.rpartition(".")[0]) is not None and find_spec(WARM_UP) is not None:
            import_module(WARM_UP).warm_up()

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The plan's draft."""
        return solve(problem, travel, SolveParams(time_limit_s=time_s, seed=seed, explain=False)).draft


def make() -> Yizhan:
    """The adapter."""
    return Yizhan()
