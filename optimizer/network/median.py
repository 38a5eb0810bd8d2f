r"""The sites to which all homes together walk least, with capacities where there are any.

ReVelle & Swain (1970, Geographical Analysis 2:30-42); with capacities :math:`Q_j` Mulvey & Beck (1984, European Journal
of Operational Research 18:339-348): with :math:`\tau_{ij} = \min(t_{ij}, F)`,

.. math:: \min \sum_{ij} \tau_{ij} x_{ij} + F \sum_i b_i, \quad \sum_j x_{ij} + b_i = 1, \quad x_{ij} \le y_j,
    \quad \sum_i x_{ij} \le Q_j y_j, \quad \sum_j f_j y_j \le B

A walk longer than the far limit :math:`F` (or no place at all, :math:`b_i = 1`) counts as :math:`F`. In turn:

1. Prices of homes (:mod:`optimizer.network.median_prices`) climb to a bound; the sites that they point to on the way
   are answers, once homes go to them by cheapest flow and every site has moved to the middle of its homes (Maranzana
   1964, Operational Research Quarterly 15:261-270).
2. Sites are swapped while that helps (Teitz & Bart 1968, Operations Research 16:955-961).
3. What cannot be in a better answer by the prices is left out, and HiGHS looks for one among what remains.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from optimizer.network.median_prices import MedianTask, Open, Relaxed, climb, left_open
from optimizer.network.mixed import MixedModel, Proof
from optimizer.network.siting import SiteChoice, SiteRule, require_rule, site_columns
from optimizer.network.transport import CLOSED, NOWHERE, TransportModel, solve_transport

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_MAX_STEPS = 1_500
_LOOK_EVERY = 10
_NUM_NEAR = 6
_SHARES = (0.4, 0.6, 1.0)
"""Of the time limit, when prices, swaps and the search for a better answer end."""


def median(
    duration_s: NDArray[np.int32],
    rule: SiteRule,
    *,
    far_s: int,
    capacity: Ints | None = None,
    time_limit_s: float | None = None,
) -> SiteChoice:
    """The sites to which all homes together walk least.

    Parameters
    ----------
    duration_s
        Seconds from home (row) to site, -1 where there is no way.
    far_s
        What no way, no place and every longer walk count as.
    capacity
        Homes each site can serve; ``None``: any number.
    time_limit_s
        Wall-clock limit; without one the answer is proven.

    Raises
    ------
    SolverBug
        If the answer breaks a limit when counted again.
    """
    deadlines_s = [None if time_limit_s is None else time.monotonic() + part * time_limit_s for part in _SHARES]
    time_s = np.where((duration_s < 0) | (duration_s > far_s), far_s, duration_s).T.astype(np.int64)
    room = np.full(len(time_s), time_s.shape[1]) if capacity is None else np.minimum(capacity, time_s.shape[1])
    task = MedianTask(time_s=np.ascontiguousarray(time_s), far_s=far_s, capacity=room.astype(np.int64), rule=rule)
    search = _Search(task)
    at = climb(task, _first_prices(task), max_steps=_MAX_STEPS, deadline_s=deadlines_s[0], best_known=search.look)
    search.swap(left_open(task, at, search.value), deadlines_s[1])
    bound = math.ceil(at.bound - 1e-6 * max(1.0, abs(at.bound)))
    if bound < search.value:
        left_s = None if deadlines_s[2] is None else max(0.1, deadlines_s[2] - time.monotonic())
        bound = max(bound, _search_whole(search, left_open(task, at, search.value), left_s))
    bound = min(bound, search.value)
    require_rule(rule, search.chosen)
    return SiteChoice(
        chosen=search.chosen,
        value=search.value,
        bound=bound,
        proof=Proof.OPTIMAL if bound == search.value else Proof.FEASIBLE,
        site_idx=search.site_idx,
    )


def served(task: MedianTask, chosen: Bools) -> tuple[Ints, int]:
    """Where each home goes under the sites chosen, and the walk of all: nearest site, or cheapest flow."""
    open_idx = np.flatnonzero(chosen)
    skipped = np.full(task.num_homes, task.far_s, dtype=np.int64)
    if not len(open_idx):
        return np.full(task.num_homes, NOWHERE), int(skipped.sum())
    ways = task.time_s[open_idx]
    nearest = ways.argmin(axis=0)
    if (np.bincount(nearest, minlength=len(open_idx)) > task.capacity[open_idx]).any():
        model = TransportModel(
            cost=np.where(ways < task.far_s, ways, CLOSED).T,
            skip_cost=skipped,
            capacity=task.capacity[open_idx],
            overflow_cost=np.zeros(len(open_idx), dtype=np.int64),
            centre=np.full(len(open_idx), NOWHERE),
            centre_capacity=np.zeros(0, dtype=np.int64),
        )
        choice = solve_transport(model).choice
        return np.where(choice == NOWHERE, NOWHERE, open_idx[choice]), model.cost_of(choice)
    least = ways.min(axis=0)
    return np.where(least < task.far_s, open_idx[nearest], NOWHERE), int(least.sum())


@dataclass(slots=True, eq=False)
class _Search:
    """The best answer known; no set of sites is looked at twice."""

    task: MedianTask
    chosen: Bools = field(init=False)
    site_idx: Ints = field(init=False)
    value: int = field(init=False)
    _seen: set[bytes] = field(init=False, default_factory=set)
    _num_looks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.chosen = self.task.rule.is_open.copy()
        self.site_idx, self.value = served(self.task, self.chosen)

    def look(self, at: Relaxed) -> int:
        """The least value known; now and then the sites that the prices point to are tried."""
        if self._num_looks % _LOOK_EVERY == 0:
            self.settle(_affordable(self.task.rule, at))
        self._num_looks += 1
        return self.value

    def settle(self, chosen: Bools) -> None:
        """Try `chosen`, then move every site to the middle of its homes, until that leads nowhere new."""
        while self.task.rule.allows(chosen) and chosen.tobytes() not in self._seen:
            site_idx = self._try(chosen)
            chosen = _middles(self.task, chosen, site_idx)

    def swap(self, left: Open, deadline_s: float | None) -> None:
        """Open another site, alone or for one nearby, as long as that helps; only what can lead to less is tried."""
        apart = cdist(self.task.time_s, self.task.time_s, "cityblock")
        near = apart.argsort(axis=1)[:, 1:]
        before = self.value + 1
        while self.value < before:
            before = self.value
            for site in np.flatnonzero(left.may_open & ~self.chosen).tolist():
                if deadline_s is not None and time.monotonic() > deadline_s:
                    return
                self._enter(site, near[site], left)

    def _enter(self, site: int, near: NDArray[np.intp], left: Open) -> None:
        leaving = [other for other in near.tolist() if self.chosen[other] and not left.must_open[other]]
        for other in [site, *leaving[:_NUM_NEAR]]:
            chosen = self.chosen.copy()
            chosen[other], chosen[site] = False, True
            before = self.value
            self.settle(chosen)
            if self.value < before:
                return

    def _try(self, chosen: Bools) -> Ints:
        """Where homes go under `chosen`, kept if it is the best so far."""
        self._seen.add(chosen.tobytes())
        site_idx, value = served(self.task, chosen)
        if value < self.value:
            self.chosen, self.site_idx, self.value = chosen, site_idx, value
        return site_idx


def _affordable(rule: SiteRule, at: Relaxed) -> Bools:
    """The sites that the prices point to, the most valuable for their price first, as far as the budget goes."""
    chosen, left = rule.is_open.copy(), rule.budget
    for site in at.order.tolist():
        if not chosen[site] and rule.price[site] <= left:
            chosen[site] = True
            left -= int(rule.price[site])
    return chosen


def _middles(task: MedianTask, chosen: Bools, site_idx: Ints) -> Bools:
    """Each chosen site moved to where its homes together walk least (if all have a place there)."""
    moved = task.rule.is_open.copy()
    for site in np.flatnonzero(chosen & ~task.rule.is_open).tolist():
        homes = np.flatnonzero(site_idx == site)
        walk = task.time_s[:, homes].sum(axis=1) if len(homes) else np.zeros(len(chosen), np.int64)
        is_possible = (task.capacity >= len(homes)) & ~moved
        is_possible[site] |= not moved[site]
        walk = np.where(is_possible, walk, np.iinfo(np.int64).max)
        best = site if walk[site] == walk.min() else int(walk.argmin())
        moved[best] = True
    return moved


def _first_prices(task: MedianTask) -> NDArray[np.float64]:
    """The walk to as near a site as each home could have if as many as can be paid for lay evenly."""
    num_sites = len(task.time_s)
    num_paid = int((np.cumsum(np.sort(np.where(task.rule.is_open, 0, task.rule.price))) <= task.rule.budget).sum())
    rank = min(num_sites - 1, num_sites // max(1, num_paid))
    return np.asarray(np.partition(task.time_s, rank, axis=0)[rank], dtype=np.float64)


def _search_whole(search: _Search, left: Open, time_limit_s: float | None) -> int:
    """Look for a better answer among all that is left; returns what every answer costs at least."""
    task = search.task
    site, home = np.nonzero(left.may_send)
    skipped = np.flatnonzero(left.may_skip)
    model = MixedModel()
    sites = site_columns(model, task.rule, may_open=left.may_open, must_open=left.must_open)
    sent = model.add(len(home), cost=task.time_s[site, home], is_whole=False)
    nowhere = model.add(len(skipped), cost=task.far_s, is_whole=False)
    model.bind(task.num_homes, (home, sent, 1), (skipped, nowhere, 1), lower=1, upper=1)
    model.bind(len(home), (np.arange(len(home)), sent, 1), (np.arange(len(home)), sites[site], -1), upper=0)
    if (task.capacity < task.num_homes).any():
        model.bind(len(sites), (site, sent, 1), (np.arange(len(sites)), sites, -task.capacity), upper=0)
    answer = model.solve(time_limit_s=time_limit_s)
    if answer.proof.has_values:
        search.settle(answer.values[sites] > 0.5)
    if answer.proof in {Proof.OPTIMAL, Proof.INFEASIBLE}:
        return search.value
    return math.ceil(max(0.0, answer.bound) * (1 - 1e-6) - 1e-6)
