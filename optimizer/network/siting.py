r"""Where sites go when all is decided at once: the classical location models, exact, with their bound.

Homes :math:`i` with weights :math:`w_i`, candidate sites :math:`j` with prices :math:`f_j`, walking times
:math:`t_{ij}`, :math:`y_j \in \{0, 1\}` for "open". The rule of choice is :math:`\sum_j f_j y_j \le B`; with prices of
1 it says "at most *B* sites".

- **Maximal cover** (Church & ReVelle 1974, Papers of the Regional Science Association 32:101-118):

  .. math:: \max \sum_i w_i z_i, \quad z_i \le \sum_{j: t_{ij} \le T} y_j, \quad 0 \le z_i \le 1

- **Centre** (Hakimi 1964, Operations Research 12:450-459; Minieka 1970, SIAM Review 12:138-139): the least :math:`T`
  for which sites within the budget cover every home that any site can reach, by bisection over set covers.

Covers beyond 2,000 homes and 200 sites may end at a time limit with a gap, which is stated. The third classical model,
the median, is :mod:`optimizer.network.median`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import SolverBug
from optimizer.network.mixed import MixedModel, Proof
from optimizer.network.transport import NOWHERE

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteRule:
    """Which sets of sites may be chosen; all arrays have the shape ``(num_sites,)``.

    Parameters
    ----------
    price, budget
        The prices of the sites chosen sum up to at most `budget`. Sites already open have the price 0.
    is_open
        Sites that are open already and stay so.
    """

    price: Ints
    budget: int
    is_open: Bools

    @classmethod
    def at_most(cls, num_chosen: int, num_sites: int) -> SiteRule:
        """At most `num_chosen` of `num_sites` sites, none of which is open yet."""
        return cls(price=np.ones(num_sites, np.int64), budget=num_chosen, is_open=np.zeros(num_sites, np.bool_))

    def allows(self, chosen: Bools) -> bool:
        """Whether `chosen` keeps the budget and all open sites."""
        return bool(chosen[self.is_open].all() and self.price[chosen & ~self.is_open].sum() <= self.budget)


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteChoice:
    """Sites chosen, the value that was counted again for them, and the bound on any choice's value.

    ``bound`` is above (cover) or below (median, centre) every value that any choice can have; ``site_idx`` is where
    each home goes, :data:`~optimizer.network.transport.NOWHERE` for nowhere.
    """

    chosen: Bools
    value: int
    bound: int
    proof: Proof
    site_idx: Ints

    @property
    def gap_share(self) -> float:
        """Largest possible distance to the best value, as a share of the larger of the two."""
        return abs(self.value - self.bound) / max(1, abs(self.value), abs(self.bound))


def maximal_cover(within: Bools, weight: Ints, rule: SiteRule, *, time_limit_s: float | None = None) -> SiteChoice:
    """The sites that cover most weight; `within` has the shape ``(num_homes, num_sites)``.

    Raises
    ------
    SolverBug
        If the answer breaks the rule when counted again.
    """
    rows, row_of = np.unique(within, axis=0, return_inverse=True)
    row_weight = np.bincount(row_of, weight, len(rows))
    model = MixedModel()
    sites = site_columns(model, rule, may_open=np.ones(len(rule.price), np.bool_), must_open=rule.is_open)
    covered = model.add(len(rows), cost=-row_weight, is_whole=False)
    row, site = np.nonzero(rows)
    model.bind(len(rows), (np.arange(len(rows)), covered, 1), (row, sites[site], -1), upper=0)
    answer = model.solve(time_limit_s=time_limit_s)
    if not answer.proof.has_values:
        return _nothing_new(rule, answer.proof, 0, int(weight.sum()), len(within))
    chosen = answer.values[sites] > 0.5
    require_rule(rule, chosen)
    value = int(weight[within[:, chosen].any(axis=1)].sum())
    seen = within & chosen
    site_idx = np.where(seen.any(axis=1), seen.argmax(axis=1), NOWHERE)
    bound = max(value, int(np.floor(-answer.bound + 1e-6)))
    return SiteChoice(chosen=chosen, value=value, bound=bound, proof=answer.proof, site_idx=site_idx)


def centre(duration_s: NDArray[np.int32], rule: SiteRule, *, time_limit_s: float | None = None) -> SiteChoice:
    """The sites with which the longest walk is shortest; homes that no site reaches are left out of it.

    Raises
    ------
    SolverBug
        If the answer breaks the rule when counted again.
    """
    reachable = duration_s[(duration_s >= 0).any(axis=1)]
    limits = np.unique(reachable[reachable >= 0])
    best: Bools | None = None
    proof, low, high = Proof.OPTIMAL, 0, len(limits) - 1
    while low <= high:
        middle = (low + high) // 2
        chosen, part = _cover_all((reachable >= 0) & (reachable <= limits[middle]), rule, time_limit_s)
        proof = part if part is Proof.UNKNOWN else proof
        if chosen is None:
            low = middle + 1
        else:
            best, high = chosen, middle - 1
    if best is None:
        return _nothing_new(rule, Proof.INFEASIBLE if len(limits) else Proof.OPTIMAL, 0, 0, len(duration_s))
    require_rule(rule, best)
    far = np.iinfo(np.int32).max
    to_chosen = np.where((duration_s < 0) | ~best, far, duration_s)
    nearest = to_chosen.min(axis=1)
    value = int(nearest[(duration_s >= 0).any(axis=1)].max())
    bound = value if proof is Proof.OPTIMAL else int(limits[0])
    site_idx = np.where(nearest < far, to_chosen.argmin(axis=1), NOWHERE)
    proof = Proof.OPTIMAL if proof is Proof.OPTIMAL else Proof.FEASIBLE
    return SiteChoice(chosen=best, value=value, bound=bound, proof=proof, site_idx=site_idx)


def site_columns(model: MixedModel, rule: SiteRule, *, may_open: Bools, must_open: Bools) -> Ints:
    """Columns of `model` that say which sites are open, within the budget of `rule`."""
    sites = model.add(len(rule.price), lower=must_open, upper=may_open)
    model.bind(1, (0, sites, np.where(rule.is_open, 0, rule.price)), upper=rule.budget)
    return sites


def _cover_all(within: Bools, rule: SiteRule, time_limit_s: float | None) -> tuple[Bools | None, Proof]:
    """A cheapest set of sites that covers every home, where the budget allows one."""
    rows = np.unique(within, axis=0)
    if not rows.any(axis=1).all():
        return None, Proof.OPTIMAL
    model = MixedModel()
    sites = model.add(len(rule.price), cost=np.where(rule.is_open, 0, rule.price), lower=rule.is_open.astype(float))
    row, site = np.nonzero(rows)
    model.bind(len(rows), (row, sites[site], 1), lower=1)
    answer = model.solve(time_limit_s=time_limit_s)
    if answer.proof.has_values and answer.cost <= rule.budget + 1e-6:
        return answer.values > 0.5, Proof.OPTIMAL
    is_proven = answer.bound > rule.budget + 1e-6
    return None, Proof.OPTIMAL if is_proven else Proof.UNKNOWN


def _nothing_new(rule: SiteRule, proof: Proof, value: int, bound: int, num_homes: int) -> SiteChoice:
    """What is open already: nothing was found in time, or nothing can be."""
    nowhere = np.full(num_homes, NOWHERE)
    return SiteChoice(chosen=rule.is_open.copy(), value=value, bound=bound, proof=proof, site_idx=nowhere)


def require_rule(rule: SiteRule, chosen: Bools) -> None:
    """Make sure that an answer keeps the rule.

    Raises
    ------
    SolverBug
        If it does not.
    """
    if not rule.allows(chosen):
        raise SolverBug("the sites chosen break the budget or close an open site.")
