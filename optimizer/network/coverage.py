r"""The 15-minute circle: who has a site within walking reach, who has a *place* there, and how evenly that falls.

With :math:`t_{ij}` the time elder *i* walks to site *j*, :math:`T` the limit and :math:`Q_j` the places of a site:

- **plain** cover counts the elders with :math:`\min_j t_{ij} \le T`;
- **capacitated** cover counts those who have a place: with :math:`x_{ij} \in \{0, 1\}` for :math:`t_{ij} \le T`,

  .. math::

      \max \sum_{ij} w_i x_{ij} \quad \text{then} \quad \min \sum_{ij} t_{ij} x_{ij} \quad \text{with} \quad
      \sum_j x_{ij} \le 1, \quad \sum_i x_{ij} \le Q_j,

  a transportation problem (:mod:`optimizer.network.transport`), whose solutions are whole. The weights
  :math:`w_i = 1 + u_i` prefer urgent elders (:func:`~optimizer.network.priority.priority_of`); sets of elders that can
  be placed form a transversal matroid, so the heaviest one is also a largest one and nobody is given a place at the
  cost of two others;
- the **two-step floating catchment index** (Luo & Wang 2003, Environment and Planning B 30:865-884) gives each site
  the ratio of its places to the elders around it, :math:`R_j = Q_j / |\{i: t_{ij} \le T\}|`, and each elder the sum
  over the sites around them, :math:`A_i = \sum_{j: t_{ij} \le T} R_j`: places per elder, crowding included. Its Gini
  coefficient says how unevenly places fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import SolverBug
from optimizer.kpis import gini
from optimizer.network.catchment import Catchment
from optimizer.network.priority import priority_of
from optimizer.network.transport import CLOSED, NOWHERE, TransportModel, solve_transport

WHOLE_COMMUNITY_SHARE = 0.8
"""A community counts as covered from this share of its elders on (assumed; the policy texts do not say)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Elders of one group or community: all, those with a site within reach, and those with a place there."""

    num_elders: int
    num_covered: int
    num_placed: int

    @property
    def covered_share(self) -> float:
        """Share with a site within reach; 1 where there is nobody."""
        return self.num_covered / self.num_elders if self.num_elders else 1.0

    @property
    def placed_share(self) -> float:
        """Share with a place; 1 where there is nobody."""
        return self.num_placed / self.num_elders if self.num_elders else 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Coverage:
    """What :func:`coverage_of` finds out.

    Attributes
    ----------
    by_group, by_community
        Elders by group (one of several groups counts in each) and by community, in order of name.
    site_idx
        Site at which each elder has a place, :data:`NOWHERE` for none; ``int64`` of shape ``(num_elders,)``.
    load
        Elders with a place at each site; shape ``(num_sites,)``.
    access
        Two-step floating catchment index of each elder (places per elder); shape ``(num_elders,)``.
    access_gini
        Gini coefficient of `access`; ``None`` where nobody reaches a place.
    walk_mean_s
        Mean walk of those who have a place; ``None`` where nobody has.
    num_communities_covered
        Communities of whose elders :data:`WHOLE_COMMUNITY_SHARE` have a site within catchment.
    """

    catchment: Catchment
    total: Covered
    by_group: Mapping[str, Covered]
    by_community: Mapping[str, Covered]
    site_idx: NDArray[np.int64]
    load: NDArray[np.int64]
    access: NDArray[np.float64]
    access_gini: float | None
    walk_mean_s: float | None
    num_communities_covered: int


def coverage_of(catchment: Catchment, capacity: Sequence[int | None]) -> Coverage:
    """Plain and capacitated cover of the elders of `catchment`.

    Parameters
    ----------
    capacity
        Elders that each site can serve; ``None`` means any number, and counts as all elders in the catchment index.

    Raises
    ------
    ValueError
        If there are not as many capacities as sites.
    SolverBug
        If the flow's answer breaks a rule when counted again.
    """
    places = _places(catchment, capacity)
    site_idx = place_elders(catchment, places)
    is_covered = np.asarray(catchment.within.any(axis=1))
    is_placed = site_idx != NOWHERE
    access = catchment_index(catchment, places)
    by_community = _tally([(elder.community or "-",) for elder in catchment.elders], is_covered, is_placed)
    walk_s = catchment.duration_s[np.flatnonzero(is_placed), site_idx[is_placed]]
    return Coverage(
        catchment=catchment,
        total=_covered(np.ones(len(catchment.elders), dtype=np.bool_), is_covered, is_placed),
        by_group=_tally([tuple(map(str, elder.groups)) for elder in catchment.elders], is_covered, is_placed),
        by_community=by_community,
        site_idx=site_idx,
        load=np.bincount(site_idx[is_placed], minlength=len(places)),
        access=access,
        access_gini=gini(access.tolist()),
        walk_mean_s=float(walk_s.mean()) if len(walk_s) else None,
        num_communities_covered=sum(
            each.num_covered >= WHOLE_COMMUNITY_SHARE * each.num_elders for each in by_community.values()
        ),
    )


def place_elders(catchment: Catchment, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Site of each elder under `places` (one number a site): the most urgent first, as many as can, nearest sites.

    Raises
    ------
    SolverBug
        If the flow places anybody beyond reach or more than there are places.
    """
    num_sites = len(places)
    if num_sites == 0:
        return np.full(len(catchment.elders), NOWHERE, dtype=np.int64)
    model = TransportModel(
        cost=np.where(catchment.within, catchment.duration_s, CLOSED),
        skip_cost=_left_out_costs(catchment),
        capacity=places,
        overflow_cost=np.zeros(num_sites, dtype=np.int64),
        centre=np.full(num_sites, NOWHERE),
        centre_capacity=np.zeros(0, dtype=np.int64),
    )
    found = solve_transport(model).choice
    _recheck(catchment, places, found)
    return found


def catchment_index(catchment: Catchment, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Places per elder around each elder (two-step floating catchment); shape ``(num_elders,)``."""
    num_around = catchment.within.sum(axis=0)
    ratio = np.divide(places, num_around, out=np.zeros(len(places)), where=num_around > 0)
    return np.asarray(catchment.within @ ratio)


def _places(catchment: Catchment, capacity: Sequence[int | None]) -> NDArray[np.int64]:
    num_elders, num_sites = catchment.within.shape
    if len(capacity) != num_sites:
        raise ValueError(f"{len(capacity)} capacities for {num_sites} sites; give one for each.")
    return np.array([num_elders if each is None else each for each in capacity], dtype=np.int64)


def _left_out_costs(catchment: Catchment) -> NDArray[np.int64]:
    """More than all walks together for each elder without a place, times the elder's weight."""
    all_walks = 1 + len(catchment.elders) * catchment.limit_s
    return np.array([all_walks * (1 + priority_of(elder)) for elder in catchment.elders], dtype=np.int64)


def _recheck(catchment: Catchment, places: NDArray[np.int64], site_idx: NDArray[np.int64]) -> None:
    placed = np.flatnonzero(site_idx != NOWHERE)
    if not catchment.within[placed, site_idx[placed]].all():
        raise SolverBug("an elder was placed beyond reach.")
    if (np.bincount(site_idx[placed], minlength=len(places)) > places).any():
        raise SolverBug("a site was given more elders than it has places.")


def _tally(
    keys: Sequence[tuple[str, ...]], is_covered: NDArray[np.bool_], is_placed: NDArray[np.bool_]
) -> dict[str, Covered]:
    rows_by_key: dict[str, list[int]] = {}
    for row, names in enumerate(keys):
        for name in names:
            rows_by_key.setdefault(name, []).append(row)
    return {name: _covered(np.array(rows), is_covered, is_placed) for name, rows in sorted(rows_by_key.items())}


def _covered(rows: NDArray[np.generic], is_covered: NDArray[np.bool_], is_placed: NDArray[np.bool_]) -> Covered:
    return Covered(
        num_elders=len(is_covered[rows]),
        num_covered=int(is_covered[rows].sum()),
        num_placed=int(is_placed[rows].sum()),
    )
