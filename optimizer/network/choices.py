r"""One option for each of many persons under few common limits: exact, by column generation and reduced costs.

Types :math:`t` of :math:`N_t` equal persons, options :math:`o \in O_t` with values :math:`V_{to}` and uses
:math:`a_{tor}` of common limits :math:`b_r`, whole numbers :math:`\lambda_{to}` of persons by option:

.. math:: \max \sum_{to} V_{to} \lambda_{to} \quad \text{with} \quad \sum_o \lambda_{to} = N_t, \quad
    \sum_{to} a_{tor} \lambda_{to} \le b_r, \quad \lambda_{to} \in \mathbb{Z}_{\ge 0}

It is the multiple-choice knapsack problem with several knapsacks (Kellerer, Pferschy & Pisinger 2004, ch. 11), seen as
the master of Dantzig & Wolfe (1960). Its linear relaxation is solved over a growing set of options: each round adds the
options that the prices of the limits make best. The whole-number problem over these options gives a first answer, and
every option whose reduced cost is larger than the distance of that answer to the relaxation can be in no better one
(reduced-cost fixing; Nemhauser & Wolsey 1988, II.5.2). The few that are left are solved to the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from optimizer.errors import SolverBug
from optimizer.network.mixed import MixedModel, Proof

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_LITTLE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """The options of one type of `count` persons.

    ``value`` is whole and has the shape ``(num_options,)``; ``use`` is not negative, ``(num_options, num_limits)``.
    """

    count: int
    value: Ints
    use: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """Persons by option of each type (options with none left out), their value, and a bound on every value."""

    counts: tuple[dict[int, int], ...]
    value: int
    bound: int
    proof: Proof


def choose_options(
    types: Sequence[Options], limits: Ints, start: Sequence[set[int]], *, time_limit_s: float | None = None
) -> Choice:
    """The most valuable choice.

    Parameters
    ----------
    start
        Options of each type that together hold a choice within the limits.
    time_limit_s
        Wall-clock limit of each of the two whole-number problems.

    Raises
    ------
    SolverBug
        If the start holds no choice within the limits, or the answer breaks a limit when counted again.
    """
    if not types:
        return Choice(counts=(), value=0, bound=0, proof=Proof.OPTIMAL)
    pool = [sorted(each) for each in start]
    relaxed, gaps = _relax(types, limits, pool)
    most = int(np.floor(relaxed + _LITTLE * max(1.0, abs(relaxed) * 1e-3)))
    first = _whole(types, limits, pool, most, time_limit_s)
    if first.value >= most or not first.proof.has_values:
        return first
    margin = relaxed - first.value + _LITTLE
    kept = [np.flatnonzero(gap <= margin).tolist() for gap in gaps]
    final = _whole(types, limits, [sorted({*a, *b}) for a, b in zip(kept, pool, strict=True)], most, time_limit_s)
    return final if final.value > first.value or final.proof is Proof.OPTIMAL else first


def _relax(types: Sequence[Options], limits: Ints, pool: list[list[int]]) -> tuple[float, list[Floats]]:
    """Value of the linear relaxation, and how much each option of each type falls short of its type's best."""
    while True:
        value, person_price, limit_price = _relaxed_prices(types, limits, pool)
        num_added = 0
        gaps: list[Floats] = []
        for number, each in enumerate(types):
            gap = person_price[number] - (each.value - each.use @ limit_price)
            gaps.append(gap)
            best = int(gap.argmin())
            if gap[best] < -_LITTLE * max(1.0, abs(person_price[number])) and best not in pool[number]:
                pool[number].append(best)
                num_added += 1
        if not num_added:
            return value, gaps


def _relaxed_prices(
    types: Sequence[Options], limits: Ints, pool: Sequence[Sequence[int]]
) -> tuple[float, Floats, Floats]:
    """Optimal value over the pool, and the prices of a person of each type and of a unit of each limit."""
    number, value, use = _columns(types, pool)
    counts = np.array([each.count for each in types])
    rows: Any = csr_array(use.T)  # SciPy's types do not know that sparse rows are welcome
    members: Any = csr_array((np.ones(len(number)), (number, np.arange(len(number)))), shape=(len(types), len(number)))
    result: Any = linprog(-value, A_ub=rows, b_ub=limits, A_eq=members, b_eq=counts, method="highs")
    if result.x is None:
        raise SolverBug(f"the options to start with hold no choice within the limits: {result.message}")
    return -float(result.fun), -result.eqlin.marginals, np.maximum(0.0, -result.ineqlin.marginals)


def _columns(types: Sequence[Options], pool: Sequence[Sequence[int]]) -> tuple[Ints, Ints, Ints]:
    """Type, value and uses of every option in the pool."""
    number = np.repeat(np.arange(len(types)), [len(options) for options in pool])
    value = np.concatenate([each.value[options] for each, options in zip(types, pool, strict=True)])
    use = np.concatenate([each.use[options] for each, options in zip(types, pool, strict=True)])
    return number, value, use


def _whole(
    types: Sequence[Options], limits: Ints, pool: Sequence[Sequence[int]], most: int, time_limit_s: float | None
) -> Choice:
    """The best whole choice over the pool; `most` bounds every choice's value, in the pool or not."""
    number, value, use = _columns(types, pool)
    counts = np.array([each.count for each in types])
    model = MixedModel()
    columns = model.add(len(number), cost=-value, upper=counts[number])
    model.bind(len(types), (number, columns, 1), lower=counts, upper=counts)
    option, limit = np.nonzero(use)
    model.bind(len(limits), (limit, columns[option], use[option, limit]), upper=limits)
    answer = model.solve(time_limit_s=time_limit_s)
    if not answer.proof.has_values:
        return Choice(counts=tuple({} for _ in types), value=0, bound=most, proof=answer.proof)
    chosen = np.rint(answer.values[columns]).astype(np.int64)
    if (chosen @ use > limits).any() or (np.bincount(number, chosen, len(types)) != counts).any():
        raise SolverBug("a choice of options breaks a limit when counted again.")
    flat = [option for options in pool for option in options]
    found: tuple[dict[int, int], ...] = tuple({} for _ in types)
    for column in np.flatnonzero(chosen).tolist():
        found[int(number[column])][flat[column]] = int(chosen[column])
    total = int(chosen @ value)
    bound = min(most, max(total, int(np.floor(-answer.bound + _LITTLE)))) if answer.proof is Proof.FEASIBLE else total
    return Choice(counts=found, value=total, bound=bound, proof=answer.proof)
