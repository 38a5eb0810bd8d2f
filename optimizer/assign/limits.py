"""From options and limits by name to the arrays of the generalised assignment problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from optimizer.assign.generalized import AssignmentModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What options take, by their number, of something there is `capacity` of; more costs `excess_cost` (0: never)."""

    uses: Mapping[int, int]
    capacity: int
    excess_cost: int = 0


def make_model(
    options: Sequence[tuple[int, int]], skip_costs: Sequence[int], limits: Sequence[Limit]
) -> AssignmentModel:
    """The model of `options`, each an item and a cost, items in order."""
    rows = [row for row, limit in enumerate(limits) for _ in limit.uses]
    columns = [number for limit in limits for number in limit.uses]
    amounts = [amount for limit in limits for amount in limit.uses.values()]
    item_idx, cost = np.array(options, dtype=np.int64).reshape(-1, 2).T
    return AssignmentModel(
        item_idx=item_idx,
        cost=cost,
        skip_cost=np.array(skip_costs, dtype=np.int64),
        use=csr_array((np.array(amounts, dtype=np.int64), (rows, columns)), shape=(len(limits), len(options))),
        capacity=np.array([limit.capacity for limit in limits], dtype=np.int64),
        excess_cost=np.array([limit.excess_cost for limit in limits], dtype=np.int64),
    )
