"""A roll-out as decided, and its figures counted again by plain code from the openings alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import SolverBug
from optimizer.network.catchment import Catchment
from optimizer.network.coverage import coverage_of
from optimizer.network.mixed import Proof
from optimizer.network.sites import CommunityKind, RollOut, Site


class Step(StrEnum):
    """What is done at a site."""

    OPEN = "open"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Opening:
    """In ``year`` (1 is the first) a site is opened or upgraded."""

    year: int
    site_id: str
    step: Step = Step.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """One year of a roll-out; elders are those listed, money in yuan cents.

    Attributes
    ----------
    num_covered, num_placed
        Elders with an open site within reach, and those with a place there.
    covered_by_group
        Share within reach by elder group.
    communities_covered, communities
        Communities covered, and all, by kind.
    """

    year: int
    spent_cents: int
    num_open: int
    num_covered: int
    num_placed: int
    covered_by_group: Mapping[str, float]
    communities_covered: Mapping[CommunityKind, int]
    communities: Mapping[CommunityKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOutPlan:
    """Which site, when; what it costs and covers; and how good it can be at best.

    Attributes
    ----------
    num_short
        Communities (and years) that targets and pilots are short of.
    num_short_bound
        Fewest that any roll-out within the budgets is short of, proven.
    value, bound
        The goal's value and its best possible one, proven, with targets met as well as here: elder-years with a place
        (``cover``), per mille of the worst group in the last year (``worst-group``), yuan cents (``cost``).
    """

    openings: tuple[Opening, ...]
    years: tuple[YearFigures, ...]
    num_short: int
    num_short_bound: int
    value: int
    bound: int
    proof: Proof

    @property
    def gap_share(self) -> float:
        """Largest possible distance to the best value, as a share of the larger of the two."""
        return abs(self.value - self.bound) / max(1, abs(self.value), abs(self.bound))

    @property
    def total_cents(self) -> int:
        """Money of all years."""
        return sum(year.spent_cents for year in self.years)


def first_years(roll_out: RollOut, openings: Sequence[Opening]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Year in which each site is open, and is upgraded, for the first time.

    0 where it always is, one more than there are years where it never is; arrays of shape ``(num_sites,)``.
    """
    never = roll_out.num_years + 1
    idx_by_id = {site.site_id: idx for idx, site in enumerate(roll_out.sites)}
    opened = np.array([0 if site.is_open else never for site in roll_out.sites])
    upgraded = np.full(len(roll_out.sites), never)
    for opening in openings:
        (opened if opening.step is Step.OPEN else upgraded)[idx_by_id[opening.site_id]] = opening.year
    return opened, upgraded


def figures_of(roll_out: RollOut, catchment: Catchment, openings: Sequence[Opening]) -> tuple[YearFigures, ...]:
    """Figures of every year, counted from walking times, prices and capacities; sites are columns of `catchment`."""
    opened, upgraded = first_years(roll_out, openings)
    return tuple(_figures(roll_out, catchment, year, opened, upgraded) for year in range(1, roll_out.num_years + 1))


def require_kept(roll_out: RollOut, openings: Sequence[Opening], years: Sequence[YearFigures]) -> None:
    """Refuse openings that break a budget, are too many or come too early, and upgrades of what is closed.

    Raises
    ------
    SolverBug
        If any rule is broken: it is the solver's fault, never the planner's.
    """
    opened, upgraded = first_years(roll_out, openings)
    for site, open_year, upgrade_year in zip(roll_out.sites, opened.tolist(), upgraded.tolist(), strict=True):
        if 0 < open_year < roll_out.first_year_of(site):
            raise SolverBug(f"site {site.site_id!r} opens in year {open_year}, before it may.")
        if upgrade_year <= roll_out.num_years and (upgrade_year < open_year or site.upgrade_capacity is None):
            raise SolverBug(f"site {site.site_id!r} is upgraded in year {upgrade_year}, which it cannot be.")
    opened_by_year = Counter(opening.year for opening in openings if opening.step is Step.OPEN)
    if roll_out.max_openings is not None and max(opened_by_year.values(), default=0) > roll_out.max_openings:
        raise SolverBug(f"more than {roll_out.max_openings} sites open in one year.")
    spent, budget = [year.spent_cents for year in years], list(roll_out.budget_cents)
    if roll_out.carries_over:
        spent, budget = list(accumulate(spent)), list(accumulate(budget))
    for number, (cents, limit) in enumerate(zip(spent, budget, strict=True), start=1):
        if cents > limit:
            raise SolverBug(f"{cents / 100:,.2f} yuan are spent by year {number}, but there are {limit / 100:,.2f}.")


def num_short_of(
    roll_out: RollOut, catchment: Catchment, openings: Sequence[Opening], years: Sequence[YearFigures]
) -> int:
    """Communities that targets are short of, over all targets, and pilots not covered when the pilot years end."""
    short = 0
    for target in roll_out.targets:
        year = years[target.year - 1]
        wanted = communities_wanted(target.share, year.communities[target.kind])
        short += max(0, wanted - year.communities_covered[target.kind])
    opened, _ = first_years(roll_out, openings)
    within = catchment.within[:, opened <= roll_out.pilot_end_year]
    by_community = community_cover(roll_out, catchment, np.asarray(within.any(axis=1)))
    return short + sum(not covered for name, covered in by_community.items() if roll_out.is_pilot(name))


def communities_wanted(share: float, num_communities: int) -> int:
    """Fewest whole communities that make up `share` of them."""
    return int(np.ceil(share * num_communities - 1e-9))


def community_cover(roll_out: RollOut, catchment: Catchment, is_covered: NDArray[np.bool_]) -> dict[str, bool]:
    """Whether each community is covered, given which elders are."""
    rows_by_name: dict[str, list[int]] = {}
    for row, elder in enumerate(catchment.elders):
        rows_by_name.setdefault(elder.community, []).append(row)
    return {
        name: int(is_covered[rows].sum()) >= elders_wanted(roll_out.covered_share, len(rows))
        for name, rows in rows_by_name.items()
    }


def elders_wanted(share: float, num_elders: int) -> int:
    """Fewest whole elders that make up `share` of them."""
    return int(np.ceil(share * num_elders - 1e-9))


def _figures(
    roll_out: RollOut, catchment: Catchment, year: int, opened: NDArray[np.int64], upgraded: NDArray[np.int64]
) -> YearFigures:
    is_open = opened <= year
    idx = np.flatnonzero(is_open)
    seen = Catchment(elders=catchment.elders, duration_s=catchment.duration_s[:, idx], limit_s=catchment.limit_s)
    coverage = coverage_of(seen, [_capacity(roll_out.sites[i], is_upgraded=upgraded[i] <= year) for i in idx.tolist()])
    by_community = community_cover(roll_out, catchment, np.asarray(seen.within.any(axis=1)))
    kinds = {name: roll_out.kind_of(name) for name in by_community}
    spent = sum(
        _spent(site, year, int(open_year), int(upgrade_year))
        for site, open_year, upgrade_year in zip(roll_out.sites, opened, upgraded, strict=True)
    )
    return YearFigures(
        year=year,
        spent_cents=spent,
        num_open=len(idx),
        num_covered=coverage.total.num_covered,
        num_placed=coverage.total.num_placed,
        covered_by_group={name: each.covered_share for name, each in coverage.by_group.items()},
        communities_covered={
            kind: sum(by_community[name] for name in kinds if kinds[name] is kind) for kind in CommunityKind
        },
        communities={kind: sum(each is kind for each in kinds.values()) for kind in CommunityKind},
    )


def _capacity(site: Site, *, is_upgraded: bool) -> int | None:
    return site.upgrade_capacity if is_upgraded else site.capacity


def _spent(site: Site, year: int, open_year: int, upgrade_year: int) -> int:
    cents = site.open_cents * (open_year == year) + site.yearly_cents * (open_year <= year)
    return cents + site.upgrade_cents * (upgrade_year == year) + site.upgrade_yearly_cents * (upgrade_year <= year)
