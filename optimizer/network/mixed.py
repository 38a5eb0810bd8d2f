r"""Mixed-integer programs, built by blocks of rows and columns and solved by HiGHS.

.. math:: \min c^T x \quad \text{with} \quad l \le A x \le u,\; \underline{x} \le x \le \overline{x},\;
    x_i \in \mathbb{Z} \text{ for whole columns}

Cover and median models live on the strength of their linear relaxation, which is what HiGHS (Huangfu & Hall 2018,
Math. Program. Comput. 10:119-142) works with: a cover of 1,000 homes by 10 of 80 sites that it proves in 0.04 s was
still open after 20 s of CP-SAT.
"""

from __future__ import annotations

import ctypes
import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from optimizer.errors import SolverBug

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NO_GAP = 1e-7
_quiet = threading.RLock()


class Proof(StrEnum):
    """What is known about an answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"

    @property
    def has_values(self) -> bool:
        """Whether there is an answer at all."""
        return self in {Proof.OPTIMAL, Proof.FEASIBLE}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedAnswer:
    """Values by column (whole ones rounded), their cost, and a bound below which no cost lies."""

    proof: Proof
    values: Floats
    cost: float
    bound: float


class _Rows(NamedTuple):
    matrix: csr_array
    lower: Floats
    upper: Floats


class MixedModel:
    """A program under construction: columns and rows are added in blocks and named by their numbers."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Floats, Floats]] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._row_bounds: list[tuple[Floats, Floats]] = []
        self.num_columns = 0
        self.num_rows = 0

    def add(
        self,
        count: int,
        *,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = 1.0,
        is_whole: bool = True,
    ) -> Ints:
        """Add `count` columns, binary unless said otherwise; returns their numbers."""
        fill = (np.broadcast_to(np.asarray(part, dtype=np.float64), count) for part in (cost, lower, upper, is_whole))
        costs, lowers, uppers, wholes = fill
        self._columns.append((costs, lowers, uppers, wholes))
        self.num_columns += count
        return np.arange(self.num_columns - count, self.num_columns)

    def bind(
        self,
        count: int,
        *entries: tuple[ArrayLike, ArrayLike, ArrayLike],
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
    ) -> None:
        """Add `count` rows; `entries` are (row in this block, column, factor), each broadcast together."""
        for rows, columns, factors in entries:
            row, column, factor = np.broadcast_arrays(
                np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64), np.asarray(factors, dtype=float)
            )
            self._entries.append((self.num_rows + row.ravel(), column.ravel(), factor.ravel()))
        bounds = (np.broadcast_to(np.asarray(part, dtype=np.float64), count) for part in (lower, upper))
        self._row_bounds.append((next(bounds), next(bounds)))
        self.num_rows += count

    def solve(
        self,
        *,
        cost: Floats | None = None,
        time_limit_s: float | None = None,
        gap_share: float = _NO_GAP,
        is_relaxed: bool = False,
        closed: Ints | None = None,
    ) -> MixedAnswer:
        """The cheapest values by the costs of the columns, or by `cost` (one number a column).

        With `is_relaxed`, whole columns need not be whole; columns named in `closed` are zero.

        Raises
        ------
        SolverBug
            If the program is unbounded, or the values break a row when it is summed up again.
        """
        costs, lower, upper, is_whole = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        objective = costs if cost is None else cost
        is_whole = np.zeros_like(is_whole) if is_relaxed else is_whole
        if closed is not None:
            upper[closed] = 0.0
        rows = self._rows()
        with _silence():
            result: Any = milp(
                objective,
                integrality=is_whole,
                bounds=Bounds(lower, upper),
                constraints=[] if rows is None else [LinearConstraint(*rows)],
                options={"mip_rel_gap": gap_share, **({} if time_limit_s is None else {"time_limit": time_limit_s})},
            )
        if result.x is None:
            proof = {2: Proof.INFEASIBLE, 1: Proof.UNKNOWN}.get(result.status)
            if proof is None:
                raise SolverBug(f"the mixed-integer program was given up: {result.message}")
            bound = math.inf if proof is Proof.INFEASIBLE else -math.inf
            return MixedAnswer(proof=proof, values=np.zeros(0), cost=math.inf, bound=bound)
        values = np.where(is_whole > 0, np.rint(result.x), result.x)
        if rows is not None:
            _recheck(rows, values)
        bound = float(result.fun if result.mip_dual_bound is None else result.mip_dual_bound)
        proof = Proof.OPTIMAL if result.status == 0 else Proof.FEASIBLE
        return MixedAnswer(proof=proof, values=values, cost=float(objective @ values), bound=bound)

    def _rows(self) -> _Rows | None:
        if not self.num_rows:
            return None
        row, column, factor = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = csr_array((factor, (row, column)), shape=(self.num_rows, self.num_columns))
        lower, upper = (np.concatenate(part) for part in zip(*self._row_bounds, strict=True))
        return _Rows(matrix, lower, upper)


@contextmanager
def _silence() -> Iterator[None]:
    """No line of HiGHS on standard output: it prints one of its inner workings whatever it is told."""
    if os.name != "posix":
        yield
        return
    library = ctypes.CDLL(None)
    with _quiet, Path(os.devnull).open("w", encoding="utf-8") as nothing:
        library.fflush(None)
        kept = os.dup(1)
        os.dup2(nothing.fileno(), 1)
        try:
            yield
        finally:
            library.fflush(None)
            os.dup2(kept, 1)
            os.close(kept)


def _recheck(rows: _Rows, values: Floats) -> None:
    """Sum up every row again."""
    total = rows.matrix @ values
    slack = 1e-5 * (1 + abs(rows.matrix) @ np.abs(values))
    if ((total < rows.lower - slack) | (total > rows.upper + slack)).any():
        raise SolverBug("the answer of the mixed-integer program breaks one of its rows.")
