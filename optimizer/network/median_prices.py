r"""Prices of homes that bound a median from below, and the sets of sites they point to.

Let home :math:`i` pay :math:`\lambda_i \le F` to whoever takes it, and a unit of the budget cost :math:`\mu \ge 0`.
Site *j* alone then earns most with the (at most :math:`Q_j`) homes for which :math:`\tau_{ij} - \lambda_i` is least,

.. math:: v_j(\lambda) = \min \Bigl\{ \sum_{i \in S} (\tau_{ij} - \lambda_i) : |S| \le Q_j \Bigr\} \le 0,

and no choice of sites and homes costs less than

.. math:: L(\lambda, \mu) = \sum_i \lambda_i + \sum_{j\,\text{open}} v_j + \sum_{j\,\text{else}} \min(0, v_j + \mu f_j)
    - \mu B .

It is the Lagrangian relaxation of "every home goes once" (Christofides & Beasley 1982, European Journal of Operational
Research 10:19-28; with capacities Pirkul 1987, Computers & Operations Research 14:427-431), as strong as the linear
relaxation with :math:`x_{ij} \le y_j`. Prices rise for homes that nobody takes and fall for those taken twice
(subgradients with Polyak's steps; Held, Wolfe & Crowder 1974, Mathematical Programming 6:62-88). What would cost more
than an answer known if it were in the choice (or out of it) is decided: reduced-cost fixing
(Beasley 1993, European Journal of Operational Research 65:383-399).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.network.siting import SiteRule

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FIRST_STEP = 1.5
_LEAST_STEP = 0.003
_PATIENCE = 20
_LITTLE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class MedianTask:
    """Where homes may go.

    Parameters
    ----------
    time_s
        What each home costs at each site, at most `far_s`; shape ``(num_sites, num_homes)``.
    far_s
        What a home that goes nowhere costs.
    capacity
        Homes each site can serve, shape ``(num_sites,)``.
    """

    time_s: Ints
    far_s: int
    capacity: Ints
    rule: SiteRule

    @property
    def num_homes(self) -> int:
        """Number of homes."""
        return int(self.time_s.shape[1])


class Relaxed(NamedTuple):
    """The relaxation at given prices.

    ``site_value`` and ``last`` (the most that a home taken by it costs less its price) by site, ``num_served`` how
    often each home is taken, ``order`` the sites, most valuable for their price first, ``budget_prices`` two prices of
    a unit of the budget that are as good.
    """

    bound: float
    home_price: Floats
    site_value: Floats
    last: Floats
    num_served: Floats
    order: NDArray[np.intp]
    budget_prices: tuple[float, float]


class Open(NamedTuple):
    """What a better answer than the one known may still do: sites it may open or must, homes it may send where."""

    may_open: Bools
    must_open: Bools
    may_send: Bools
    may_skip: Bools


def relaxed(task: MedianTask, home_price: Floats) -> Relaxed:
    """Bound and choice at the prices given."""
    less = task.time_s - home_price
    np.minimum(less, 0.0, out=less)
    last = np.zeros(len(less))
    for site in np.flatnonzero((less < 0).sum(axis=1) > task.capacity).tolist():
        _keep_least(less[site], int(task.capacity[site]), last, site)
    site_value = less.sum(axis=1)
    share, order, budget_prices = _bought(task.rule, site_value)
    num_served = (share[:, None] * (less < 0)).sum(axis=0)
    bounds = (_bound(task.rule, home_price, site_value, price) for price in budget_prices)
    return Relaxed(max(bounds), home_price, site_value, last, num_served, order, budget_prices)


def climb(
    task: MedianTask,
    home_price: Floats,
    *,
    max_steps: int,
    deadline_s: float | None,
    best_known: Callable[[Relaxed], int],
) -> Relaxed:
    """The best bound found from `home_price` on.

    Parameters
    ----------
    deadline_s
        When to end at the latest, by :func:`time.monotonic`.
    best_known
        Told of each relaxation; says the least cost of any answer known.
    """
    best = relaxed(task, np.minimum(home_price, task.far_s))
    step, since_better = _FIRST_STEP, 0
    price = best.home_price
    found = best
    for _ in range(max_steps):
        value = best_known(found)
        if value - best.bound < 1 - _LITTLE or step < _LEAST_STEP:
            break
        if deadline_s is not None and time.monotonic() > deadline_s:
            break
        wanted = 1 - found.num_served
        wanted[(found.home_price >= task.far_s) & (wanted > 0)] = 0
        norm = float(wanted @ wanted)
        if norm < _LITTLE:
            break
        price = np.minimum(price + step * (1.02 * value - found.bound) / norm * wanted, task.far_s)
        found = relaxed(task, price)
        since_better += 1
        if found.bound > best.bound + _LITTLE * abs(best.bound):
            best, since_better = found, 0
        elif since_better >= _PATIENCE:
            step, since_better, price = step * 0.7, 0, best.home_price
    return best


def left_open(task: MedianTask, at: Relaxed, value: int) -> Open:
    """What an answer that costs less than `value` may do, by the prices of `at`."""
    room = value - 1 + _LITTLE * max(1.0, abs(value))
    num_sites = len(task.time_s)
    may_open, must_open = np.ones(num_sites, np.bool_), task.rule.is_open.copy()
    for price in at.budget_prices:
        bound = _bound(task.rule, at.home_price, at.site_value, price)
        gain = np.where(task.rule.is_open, -np.inf, at.site_value + price * task.rule.price)
        may_open &= bound + np.maximum(0.0, gain) <= room
        must_open |= bound - np.minimum(0.0, gain) > room
    price = at.budget_prices[0]
    bound = _bound(task.rule, at.home_price, at.site_value, price)
    entry = np.where(task.rule.is_open, 0.0, np.maximum(0.0, at.site_value + price * task.rule.price))
    more = np.maximum(0.0, task.time_s - at.home_price - at.last[:, None])
    may_send = (bound + entry[:, None] + more <= room) & may_open[:, None]
    return Open(may_open, must_open, may_send, bound + task.far_s - at.home_price <= room)


def _keep_least(row: Floats, count: int, last: Floats, site: int) -> None:
    """Zero all but the `count` least of `row`."""
    if count == 0:
        last[site] = row.min()
        row[:] = 0.0
        return
    order = np.argpartition(row, count - 1)
    last[site] = row[order[count - 1]]
    row[order[count:]] = 0.0


def _bought(rule: SiteRule, site_value: Floats) -> tuple[Floats, NDArray[np.intp], tuple[float, float]]:
    """How much of each site the budget buys (all but one wholly or not), their order, and prices of a unit."""
    price = np.where(rule.is_open, 0, rule.price)
    gain = np.divide(site_value, price, out=np.where(site_value < 0, -np.inf, 0.0), where=price > 0)
    gain[rule.is_open] = -np.inf
    order = np.argsort(gain, kind="stable")
    spent = np.cumsum(price[order])
    num = int(np.searchsorted(spent, rule.budget, side="right"))
    share = np.zeros(len(price))
    share[order[:num]] = 1.0
    if num == len(order):
        return share, order, (0.0, 0.0)
    left = rule.budget - (spent[num - 1] if num else 0)
    share[order[num]] = left / price[order[num]]
    after = -float(gain[order[num]])
    before = -float(gain[order[num - 1]]) if num and left == 0 and np.isfinite(gain[order[num - 1]]) else after
    return share, order, (after, before)


def _bound(rule: SiteRule, home_price: Floats, site_value: Floats, budget_price: float) -> float:
    bought = np.where(rule.is_open, site_value, np.minimum(0.0, site_value + budget_price * rule.price))
    return float(home_price.sum() + bought.sum() - budget_price * rule.budget)
