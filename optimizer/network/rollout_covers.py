r"""The smallest sets of sites that cover a community: what "covered" means, without a word about single elders.

A community wants so many of its elders within reach. With :math:`\mathcal{P}` the sets of sites that reach so many and
none of whose sites can be spared, :math:`\lambda_P \ge 0` for "this set is open" and :math:`v` for "covered",

.. math:: v = \sum_{P \in \mathcal{P}} \lambda_P, \qquad \sum_{P \ni j} \lambda_P \le y_j \;\; \forall j

describes the convex hull of open sites :math:`y` and the truth about the community: what is open covers it where it
contains a *P*, so for :math:`v = 1` the open sites are the dominant of these sets, and for :math:`v = 0` they are any
(union of polyhedra; Balas 1998, Discrete Applied Mathematics 89:3-44). Elders counted one by one only say
:math:`v \le \sum_c w_c z_c / W`, by which sites open in part cover in part. Sites that reach the same elders stand for
each other and share a row. Few sites reach one community, so the sets are few: 2 to 156 in communities of 59 to 88
elders that 12 to 38 of 100 sites reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_MAX_STEPS = 20_000
"""Most sets looked at before a community is left to its elders: about 0.1 s."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covers:
    """The smallest sets that cover a community.

    Attributes
    ----------
    sites
        Positions of sites, those together that reach the same elders and stand for each other.
    sets
        Positions in ``sites`` of each smallest set.
    """

    sites: tuple[Ints, ...]
    sets: tuple[tuple[int, ...], ...]


def smallest_covers(weight: Ints, within: NDArray[np.bool_], wanted: int) -> Covers | None:
    """All smallest sets of sites with `wanted` elders within reach; ``None`` where they are too many to list.

    Parameters
    ----------
    weight, within
        Elders of each cell, and the sites in its reach; shapes ``(num_cells,)`` and ``(num_cells, num_sites)``.
    wanted
        Elders that must be within reach, 1 at least.
    """
    kinds, kind_of = np.unique(within.T, axis=0, return_inverse=True)
    order = np.argsort(-(kinds @ weight), kind="stable")
    sets = _Search([_bits(kinds[kind], weight) for kind in order.tolist()], wanted).sets()
    if sets is None:
        return None
    sites = (np.flatnonzero(kind_of.ravel() == kind) for kind in order.tolist())
    return Covers(sites=tuple(sites), sets=sets)


def _bits(is_reached: NDArray[np.bool_], weight: Ints) -> int:
    """Elders of the cells in reach, a bit for each elder."""
    return int("".join(np.repeat(np.where(is_reached, "1", "0"), weight).tolist()) or "0", 2)


class _Search:
    """Sets grown site by site in one order; a branch ends where it covers, never will, or has a site to spare."""

    def __init__(self, reach: Sequence[int], wanted: int) -> None:
        self._reach, self._wanted = reach, wanted
        self._rest = [0]
        for elders in reversed(reach):
            self._rest.append(self._rest[-1] | elders)
        self._rest.reverse()
        self._sets: list[tuple[int, ...]] = []
        self._num_steps = 0

    def sets(self) -> tuple[tuple[int, ...], ...] | None:
        """Every smallest set, or nothing after too many steps."""
        self._grow((), 0, 0)
        return tuple(self._sets) if self._num_steps <= _MAX_STEPS else None

    def _grow(self, chosen: tuple[int, ...], elders: int, start: int) -> None:
        self._num_steps += 1
        for site in range(start, len(self._reach)):
            if self._num_steps > _MAX_STEPS or (elders | self._rest[site]).bit_count() < self._wanted:
                return
            grown, both = (*chosen, site), elders | self._reach[site]
            if both.bit_count() >= self._wanted:
                if not self._has_spare(grown):
                    self._sets.append(grown)
            elif both != elders:
                self._grow(grown, both, site + 1)

    def _has_spare(self, chosen: tuple[int, ...]) -> bool:
        """Whether the set still covers without one of its sites."""
        for spare in chosen:
            elders = 0
            for site in chosen:
                elders |= 0 if site == spare else self._reach[site]
            if elders.bit_count() >= self._wanted:
                return True
        return False
