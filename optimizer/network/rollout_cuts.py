r"""What a set of open sites is worth at most, as a straight line in the sites: cuts from cheapest cuts of a flow.

Elders of cells *c* (:math:`w_c` of them, in reach of the sites :math:`N_c`) find as many places as a flow from cells to
sites of :math:`Q_j` places has. A flow is never larger than a cut of its network: for every set *A* of cells

.. math:: \text{placed}(y) \le \sum_{c \in A} w_c + \sum_j \min\Bigl(Q_j, \sum_{c \notin A, j \in N_c} w_c\Bigr)\, y_j ,

and for the right *A* both sides are equal (Ford & Fulkerson 1956, Canadian Journal of Mathematics 8:399-404). So one
number for the elders with a place and such rows, added where an answer breaks them, stand for all ways of cells to
sites: Benders' decomposition as Cordeau, Furini & Ljubić (2019, European Journal of Operational Research 275:882-896)
do it for covers of any size. A row holds in every year.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from optimizer.errors import SolverBug

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_UNITS = 1_000_000
"""Units of flow of an elder: sites may be open in part while the linear relaxation is solved."""


class Cut(NamedTuple):
    """At most ``base`` elders and so many for each open and each upgraded site have a place."""

    base: int
    opened: Ints
    upgraded: Ints

    def most(self, is_open: Floats, is_upgraded: Floats) -> float:
        """Elders with a place at most."""
        return float(self.base + self.opened @ is_open + self.upgraded @ is_upgraded)


class Demand:
    """Cells of elders and the sites they reach.

    Parameters
    ----------
    weight, within
        Elders of each cell, and sites in reach; shapes ``(num_cells,)`` and ``(num_cells, num_sites)``.
    room, more
        Places of each site, and what an upgrade adds.
    """

    def __init__(self, weight: Ints, within: NDArray[np.bool_], room: Ints, more: Ints) -> None:
        rows, row_of = np.unique(within, axis=0, return_inverse=True)
        self._weight = np.bincount(row_of.ravel(), weight, len(rows)).astype(np.int64)
        self._within, self._room, self._more = rows, room, more
        self._cell, self._site = np.nonzero(rows)

    def cut(self, is_open: Floats, is_upgraded: Floats) -> Cut:
        """The row that holds `is_open` (and upgraded) sites down most.

        Raises
        ------
        SolverBug
            If the flow solver fails.
        """
        num_cells, num_sites = self._within.shape
        source, sink = num_cells + num_sites, num_cells + num_sites + 1
        shares = np.rint(_UNITS * np.clip(is_open, 0, 1)).astype(np.int64)
        places = self._room * shares + self._more * np.rint(_UNITS * np.clip(is_upgraded, 0, 1)).astype(np.int64)
        flow = max_flow.SimpleMaxFlow()
        cells, sites = np.arange(num_cells), np.arange(num_sites)
        flow.add_arcs_with_capacity(np.full(num_cells, source), cells, _UNITS * self._weight)
        flow.add_arcs_with_capacity(self._cell, num_cells + self._site, self._weight[self._cell] * shares[self._site])
        flow.add_arcs_with_capacity(num_cells + sites, np.full(num_sites, sink), places)
        if flow.solve(source, sink) != flow.OPTIMAL:
            raise SolverBug("the flow of elders to sites has no answer.")
        is_left = np.zeros(num_cells + num_sites + 2, dtype=np.bool_)
        is_left[flow.get_source_side_min_cut()] = True
        beyond = np.where(is_left[:num_cells], self._weight, 0)
        demand = beyond @ self._within
        opened = np.minimum(self._room, demand)
        grown = np.minimum(self._room + self._more, demand)
        return Cut(int(self._weight[~is_left[:num_cells]].sum()), opened, grown - opened)
