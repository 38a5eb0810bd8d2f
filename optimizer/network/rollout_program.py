"""The mixed-integer program of a roll-out (formulated in :mod:`optimizer.network.rollout`)."""

from __future__ import annotations

import time
from dataclasses import replace
from math import gcd, inf

import numpy as np
from numpy.typing import NDArray

from optimizer.network.catchment import Catchment
from optimizer.network.mixed import MixedAnswer, MixedModel, Proof
from optimizer.network.rollout_cells import Cells, deciding_groups
from optimizer.network.rollout_covers import Covers, smallest_covers
from optimizer.network.rollout_cuts import Cut, Demand
from optimizer.network.rollout_plan import Opening, Step, communities_wanted, elders_wanted
from optimizer.network.sites import RollOut, SitingGoal

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_LOOSE = 0.005
"""As exact are relaxations, and answers to which rows are still added."""

_LITTLE = 1e-6
_LEAST_SHARE, _TIGHTEN_SHARE = 0.15, 0.4
"""Of the time limit, when the least sites of targets and the linear relaxation are done with."""

_MAX_SAME = 12
_MAX_TRIES = 6
_TRY_S, _PART_S = 2.0, 4.0
"""Longest solve of a few sites, and of the whole at first, in seconds."""


class RollOutProgram:
    """Columns and rows of one roll-out; years are positions from 0 here."""

    def __init__(self, roll_out: RollOut, catchment: Catchment) -> None:
        self._roll_out = roll_out
        groups = deciding_groups(catchment) if roll_out.goal is SitingGoal.WORST_GROUP else []
        self._cells = Cells.of(catchment, groups)
        self._model = MixedModel()
        self._scale_cents = _scale(roll_out)
        self._open, self._upgraded = self._site_columns()
        self._bind_budgets()
        self._bind_openings()
        self._near_by_year: dict[int, Ints] = {}
        self._demand = self._demand_of_sites()
        self._placed = self._placed_columns()
        self._short = self._target_columns()
        self._worst = self._worst_group_column() if groups else None

    def solve_short(self, time_limit_s: float | None) -> MixedAnswer:
        """Least shortfall of targets and pilots."""
        cost = self._zeros()
        cost[self._short] = 1
        return self._model.solve(cost=cost, time_limit_s=time_limit_s)

    def solve_goal(self, short: MixedAnswer, time_limit_s: float | None) -> MixedAnswer:
        """The goal at its best with no more shortfall than `short` has."""
        if len(self._short):
            self._model.bind(1, (0, self._short, 1), upper=round(float(short.values[self._short].sum())))
        cost = self._goal_cost()
        if self._roll_out.goal is SitingGoal.COST:
            return self._model.solve(cost=cost, time_limit_s=time_limit_s)
        now_s, limit_s = time.monotonic(), inf if time_limit_s is None else time_limit_s
        deadline_s = now_s + limit_s
        thrifty = self._least_opened(short, now_s + _LEAST_SHARE * limit_s)
        self._bind_site_years(deadline_s)
        bound, in_part = self._tighten(cost, now_s + _TIGHTEN_SHARE * limit_s)
        first = self._reordered(self._counted(thrifty, cost), cost, deadline_s)
        first = self._best_among(in_part, first, cost, deadline_s)
        return self._best_counted(first, bound, cost, deadline_s)

    def goal_bound(self, cost_bound: float) -> float:
        """What a bound on the program's cost says about the goal: elder-years, per mille, or cents."""
        if self._roll_out.goal is SitingGoal.COST:
            return cost_bound * self._scale_cents
        return -cost_bound * (1000 if self._roll_out.goal is SitingGoal.WORST_GROUP else 1) + 0.5 * (
            self._roll_out.goal is SitingGoal.COVER
        )

    @property
    def most(self) -> float:
        """A value of the goal that none is above; infinite for money."""
        tops = {SitingGoal.COVER: float(self._weight * self._num_years), SitingGoal.WORST_GROUP: 1000.0}
        return tops.get(self._roll_out.goal, inf)

    def openings(self, answer: MixedAnswer) -> tuple[Opening, ...]:
        """Which site opens or is upgraded when, by year and site."""
        found = []
        for columns, step in ((self._open, Step.OPEN), (self._upgraded, Step.UPGRADE)):
            is_done = answer.values[columns] > 0.5
            for idx in np.flatnonzero(is_done.any(axis=1)).tolist():
                site = self._roll_out.sites[idx]
                if step is Step.UPGRADE or not site.is_open:
                    found.append(Opening(year=1 + int(is_done[idx].argmax()), site_id=site.site_id, step=step))
        return tuple(sorted(found))

    @property
    def _num_years(self) -> int:
        return self._roll_out.num_years

    def _zeros(self) -> Floats:
        return np.zeros(self._model.num_columns)

    def _site_columns(self) -> tuple[Ints, Ints]:
        """Open and upgraded by site and year, once for good; shape ``(num_sites, num_years)`` each."""
        sites, model, shape = self._roll_out.sites, self._model, (len(self._roll_out.sites), self._num_years)
        year = np.arange(self._num_years)
        may_open = np.array([year + 1 >= self._roll_out.first_year_of(site) for site in sites]).reshape(shape)
        is_open = np.array([site.is_open for site in sites])[:, None] & np.ones(shape, dtype=np.bool_)
        may_grow = np.array([site.upgrade_capacity is not None for site in sites])[:, None] & (may_open | is_open)
        opened = model.add(may_open.size, lower=is_open.ravel(), upper=(may_open | is_open).ravel()).reshape(shape)
        upgraded = model.add(may_grow.size, upper=may_grow.ravel()).reshape(shape)
        for columns in (opened, upgraded):
            _bind_below(model, columns[:, :-1].ravel(), columns[:, 1:].ravel())
        _bind_below(model, upgraded.ravel(), opened.ravel())
        return opened, upgraded

    def _cost_of_year(self, year: int) -> Floats:
        """Money of one year by column of the sites, in units of the scale; what is open already was paid for."""
        sites, cost = self._roll_out.sites, self._zeros()
        opening = np.array([0 if site.is_open else site.open_cents for site in sites]) / self._scale_cents
        growing = np.array([site.upgrade_cents for site in sites]) / self._scale_cents
        cost[self._open[:, year]] += opening + np.array([site.yearly_cents for site in sites]) / self._scale_cents
        upkeep = np.array([site.upgrade_yearly_cents for site in sites]) / self._scale_cents
        cost[self._upgraded[:, year]] += growing + upkeep
        if year:
            cost[self._open[:, year - 1]] -= opening
            cost[self._upgraded[:, year - 1]] -= growing
        return cost

    def _bind_budgets(self) -> None:
        costs = np.array([self._cost_of_year(year) for year in range(self._num_years)])
        budgets = np.array(self._roll_out.budget_cents) / self._scale_cents
        if self._roll_out.carries_over:
            costs, budgets = costs.cumsum(axis=0), budgets.cumsum()
        row, column = np.nonzero(costs)
        self._model.bind(self._num_years, (row, column, costs[row, column]), upper=np.floor(budgets + 1e-9))

    def _bind_openings(self) -> None:
        """No more openings in a year than can be managed."""
        most = self._roll_out.max_openings
        if most is None:
            return
        new = np.flatnonzero([not site.is_open for site in self._roll_out.sites])
        for year in range(self._num_years):
            before = [(0, self._open[new, year - 1], -1)] if year else []
            self._model.bind(1, (0, self._open[new, year], 1), *before, upper=most)

    def _least_opened(self, best: MixedAnswer, deadline_s: float) -> MixedAnswer:
        """`best`, or what reaches the targets with less opened by their year, of which rows then say the least."""
        new = np.flatnonzero([not site.is_open for site in self._roll_out.sites])
        price = np.array([self._roll_out.sites[idx].open_cents for idx in new]) / self._scale_cents
        for year in sorted({target.year - 1 for target in self._roll_out.targets}):
            cost = self._zeros()
            cost[self._open[new, year]] = price
            answer = self._model.solve(
                cost=cost, time_limit_s=_left_s(min(deadline_s, time.monotonic() + _PART_S)), gap_share=_LOOSE
            )
            best = answer if answer.proof.has_values else best
            least = np.ceil(answer.bound - 1e-6) if np.isfinite(answer.bound) else 0.0
            self._model.bind(1, (0, self._open[new, year], price), lower=least)
        return best

    def _bind_site_years(self, deadline_s: float) -> None:
        """No more years of open sites than money allows, rounded down: relaxed, a site opens in part."""
        cost = self._zeros()
        cost[self._open] = -1
        answer = self._model.solve(cost=cost, time_limit_s=_left_s(deadline_s), is_relaxed=True)
        if answer.proof is Proof.OPTIMAL:
            self._model.bind(1, (0, self._open.ravel(), 1), upper=np.floor(-answer.bound + _LITTLE))

    def _tighten(self, cost: Floats, deadline_s: float) -> tuple[float, NDArray[np.bool_]]:
        """Add rows about places while the linear relaxation rises; returns what it costs at least, and its sites."""
        bound, num_same, in_part = -inf, 0, np.ones(len(self._open), dtype=np.bool_)
        while num_same < _MAX_SAME and time.monotonic() < deadline_s:
            answer = self._model.solve(cost=cost, time_limit_s=_left_s(deadline_s), is_relaxed=True)
            if answer.proof is not Proof.OPTIMAL:
                break
            num_same = 0 if answer.bound > bound + _LOOSE * abs(answer.bound) else num_same + 1
            bound = max(bound, answer.bound)
            in_part = answer.values[self._open[:, -1]] > _LITTLE
            if not self._cut_off(answer, self._weight * _LOOSE):
                break
        return bound, in_part

    def _best_counted(self, best: MixedAnswer, bound: float, cost: Floats, deadline_s: float) -> MixedAnswer:
        """The best answer found, its places counted, and what none can cost less than."""
        gap_share, part_s = _LOOSE, _PART_S
        while True:
            limit_s = _left_s(min(deadline_s, time.monotonic() + part_s))
            answer = self._model.solve(cost=cost, time_limit_s=limit_s, gap_share=gap_share)
            bound, is_cut_off = max(bound, answer.bound), False
            if answer.proof.has_values:
                is_cut_off = self._cut_off(answer, _LITTLE)
                counted = self._counted(answer, cost)
                best = self._reordered(counted, cost, deadline_s) if counted.cost < best.cost else best
            is_exact = answer.proof is Proof.OPTIMAL and not is_cut_off and gap_share == 0.0
            if is_exact or best.cost <= bound + _LITTLE:
                return replace(best, proof=Proof.OPTIMAL, bound=bound)
            if time.monotonic() > deadline_s:
                return replace(best, proof=Proof.FEASIBLE, bound=bound)
            if answer.proof is not Proof.OPTIMAL and not is_cut_off:
                part_s *= 2
            elif not is_cut_off:
                gap_share = 0.0

    def _reordered(self, best: MixedAnswer, cost: Floats, deadline_s: float) -> MixedAnswer:
        """`best`, or a better answer with no other sites than it opens by the last year."""
        return self._best_among(best.values[self._open[:, -1]] > 0.5, best, cost, deadline_s)

    def _best_among(self, sites: NDArray[np.bool_], best: MixedAnswer, cost: Floats, deadline_s: float) -> MixedAnswer:
        """`best`, or a better answer that opens no others than `sites`."""
        closed = self._open[~sites].ravel()
        for _ in range(_MAX_TRIES):
            limit_s = min(_TRY_S, deadline_s - time.monotonic())
            if limit_s <= 0:
                break
            answer = self._model.solve(cost=cost, time_limit_s=limit_s, gap_share=_LOOSE, closed=closed)
            if not answer.proof.has_values or answer.cost >= best.cost:
                break
            is_cut_off = self._cut_off(answer, _LITTLE)
            best = min(best, self._counted(answer, cost), key=lambda each: each.cost)
            if not is_cut_off:
                break
        return best

    def _cut_off(self, answer: MixedAnswer, tolerance: float) -> bool:
        """Whether in some year more elders have a place in `answer` than there are; rows then forbid that."""
        found: dict[bytes, Cut] = {}
        for year in range(self._num_years):
            is_open, is_upgraded = answer.values[self._open[:, year]], answer.values[self._upgraded[:, year]]
            cut = self._demand.cut(is_open, is_upgraded)
            if answer.values[self._placed[year]] > cut.most(is_open, is_upgraded) + tolerance:
                found[cut.opened.tobytes() + cut.upgraded.tobytes()] = cut
        for cut in found.values():
            self._bind_cut(cut)
        return bool(found)

    def _counted(self, answer: MixedAnswer, cost: Floats) -> MixedAnswer:
        """`answer` with the elders who have a place under its sites."""
        values = answer.values.copy()
        for year in range(self._num_years):
            is_open, is_upgraded = values[self._open[:, year]], values[self._upgraded[:, year]]
            values[self._placed[year]] = self._demand.cut(is_open, is_upgraded).most(is_open, is_upgraded)
        return replace(answer, values=values, cost=float(cost @ values))

    def _near(self, year: int) -> Ints:
        """Share of each cell within reach in a year; shape ``(num_cells,)``."""
        if year not in self._near_by_year:
            num_cells = len(self._cells.weight)
            near = self._model.add(num_cells, is_whole=False)
            cell, site = np.nonzero(self._cells.within)
            self._model.bind(num_cells, (np.arange(num_cells), near, 1), (cell, self._open[site, year], -1), upper=0)
            self._near_by_year[year] = near
        return self._near_by_year[year]

    def _demand_of_sites(self) -> Demand:
        sites, total = self._roll_out.sites, int(self._cells.weight.sum())
        room = np.array([total if site.capacity is None else site.capacity for site in sites], dtype=np.int64)
        grown = np.array([site.upgrade_capacity or 0 for site in sites], dtype=np.int64)
        return Demand(self._cells.weight, self._cells.within, room, np.maximum(0, grown - room))

    def _placed_columns(self) -> Ints:
        """Elders with a place by year; shape ``(num_years,)``."""
        if self._roll_out.goal is SitingGoal.COST:
            return np.zeros(0, dtype=np.int64)
        placed = self._model.add(self._num_years, upper=self._weight, is_whole=False)
        self._placed = placed
        nothing = np.zeros(len(self._roll_out.sites))
        self._bind_cut(self._demand.cut(nothing, nothing))
        return placed

    def _bind_cut(self, cut: Cut) -> None:
        """In no year do more elders have a place than `cut` says."""
        rows, opened, grown = (
            np.arange(self._num_years)[:, None],
            np.flatnonzero(cut.opened),
            np.flatnonzero(cut.upgraded),
        )
        self._model.bind(
            self._num_years,
            (rows[:, 0], self._placed, 1),
            (rows, self._open[opened].T, -cut.opened[opened]),
            (rows, self._upgraded[grown].T, -cut.upgraded[grown]),
            upper=cut.base,
        )

    @property
    def _weight(self) -> int:
        return int(self._cells.weight.sum())

    def _target_columns(self) -> Ints:
        """Shortfalls of targets and pilots."""
        short = [self._target_short(target.kind, target.share, target.year - 1) for target in self._roll_out.targets]
        pilots = [name for name in self._cells.communities if self._roll_out.is_pilot(name)]
        for name in pilots:
            covered = self._community_column(name, self._roll_out.pilot_end_year - 1)
            missing = self._model.add(1)
            self._model.bind(1, (0, [covered, missing[0]], 1), lower=1)
            short.append(missing)
        return np.concatenate(short) if short else np.zeros(0, dtype=np.int64)

    def _target_short(self, kind: str, share: float, year: int) -> Ints:
        names = [name for name in self._cells.communities if self._roll_out.kind_of(name) == kind]
        covered = [self._community_column(name, year) for name in names]
        wanted = communities_wanted(share, len(names))
        missing = self._model.add(1, upper=wanted)
        self._model.bind(1, (0, [*covered, missing[0]], 1), lower=wanted)
        return missing

    def _community_column(self, name: str, year: int) -> int:
        """Whether a community is covered in a year."""
        cells = np.flatnonzero(self._cells.community_idx == self._cells.communities.index(name))
        weight = self._cells.weight[cells]
        wanted = elders_wanted(self._roll_out.covered_share, int(weight.sum()))
        covers = smallest_covers(weight, self._cells.within[cells], wanted)
        covered = int(self._model.add(1)[0])
        if covers is None:
            self._model.bind(1, (0, covered, wanted), (0, self._near(year)[cells], -weight), upper=0)
        else:
            self._bind_covers(covered, covers, year)
        return covered

    def _bind_covers(self, covered: int, covers: Covers, year: int) -> None:
        """Covered where all sites of one of the sets are open."""
        sets = self._model.add(len(covers.sets), is_whole=False)
        self._model.bind(1, (0, covered, 1), (0, sets, -1), upper=0)
        rows, members = [row for each in covers.sets for row in each], np.repeat(sets, [len(s) for s in covers.sets])
        site_rows, sites = (
            np.repeat(range(len(covers.sites)), [len(s) for s in covers.sites]),
            np.concatenate(covers.sites),
        )
        self._model.bind(len(covers.sites), (rows, members, 1), (site_rows, self._open[sites, year], -1), upper=0)

    def _worst_group_column(self) -> Ints:
        """A share that no deciding group falls below in the last year."""
        worst = self._model.add(1, is_whole=False)
        for group in range(len(self._cells.groups)):
            cells = np.flatnonzero(self._cells.belongs[:, group])
            weight = self._cells.weight[cells]
            self._model.bind(
                1, (0, worst, 1), (0, self._near(self._num_years - 1)[cells], -weight / weight.sum()), upper=0
            )
        return worst

    def _goal_cost(self) -> Floats:
        money = self._zeros()
        for year in range(self._num_years):
            spent = self._cost_of_year(year)
            money += spent
        if self._roll_out.goal is SitingGoal.COST:
            return money
        most_money = max(1.0, sum(self._roll_out.budget_cents) / self._scale_cents)
        cover = 0.5 / most_money * money
        cover[self._placed] = -1
        if self._worst is None:
            return cover
        cost = cover * (0.5 / self._weight / (self._weight * self._num_years))
        cost[self._worst] = -1
        return cost


def _scale(roll_out: RollOut) -> int:
    """The largest sum of money that all prices are multiples of: with small whole numbers no cent is lost."""
    prices = [
        cents
        for site in roll_out.sites
        for cents in (site.open_cents, site.yearly_cents, site.upgrade_cents, site.upgrade_yearly_cents)
    ]
    return gcd(*prices) or 1


def _left_s(deadline_s: float) -> float | None:
    """Seconds until then, a moment at least."""
    return None if deadline_s == inf else max(0.1, deadline_s - time.monotonic())


def _bind_below(model: MixedModel, lower: Ints, upper: Ints) -> None:
    """Each of the first columns stays at or below its partner."""
    rows = np.arange(len(lower))
    if len(rows):
        model.bind(len(rows), (rows, lower, 1), (rows, upper, -1), upper=0)
