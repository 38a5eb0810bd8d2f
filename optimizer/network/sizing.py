r"""Fewest workers by type that serve a set of days on time, and what service other numbers buy.

A fleet :math:`n` (:mod:`optimizer.network.fleet`) passes if, on every day, the plan found within the limits of a solve
serves at least the share *x* of all visits on time. More workers never serve less in truth, so a fleet below one that
failed is taken to fail, and one that serves less than a part of it is planned once more, from the plans of that part.
From a fleet that passes, the number of each type, the dearest first, falls by bisection to the least that passes with
the others as they are: at the end no type can give up one worker. Found fleets are upper bounds; what was refused was
refused by a heuristic within its limits, so only :mod:`optimizer.network.staff_bound` says what is impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer.cost import cost_of
from optimizer.errors import InputError, Issue
from optimizer.judge import unserved_cents
from optimizer.network.fleet import Fleet, day_cents, fleet_of, with_fleet
from optimizer.network.staff_bound import least_workers
from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.solve import solve
from optimizer.travel import TravelMatrix
from optimizer.units import ceil_div, scale_percent

Day = tuple[Problem, TravelMatrix]

_Key = tuple[tuple[str, int], ...]
"""A fleet as the key of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingParams:
    """What is asked of a fleet.

    Parameters
    ----------
    on_time_share
        Share of all visits of each day that must be served on time.
    levels_percent
        Fleets of the curve, in percent of the one found.
    lateness_percent
        What lateness costs while a day is planned, in percent of the problem's own price: at its own price, a minute
        late may well be cheaper than a minute's pay. Costs are told by the problem's own prices.
    max_growth_percent
        Where the present fleet fails, the largest one tried, in percent of it.
    solve
        Limits of each solve.
    """

    on_time_share: float = 0.95
    levels_percent: tuple[int, ...] = (60, 80, 90, 100, 110, 130)
    lateness_percent: int = 1000
    max_growth_percent: int = 200
    solve: SolveParams = SolveParams(time_limit_s=3.0, explain=False)


class Trial(NamedTuple):
    """A fleet and how it served: the worst day's shares, and means over days of cost (pay apart from penalties)."""

    num_workers: int
    on_time_share: float
    served_share: float
    pay_cents: int
    cost_cents: int
    fleet: str


class TypeSize(NamedTuple):
    """Present and found number of workers of a type."""

    type_name: str
    num_now: int
    num_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """The fleet found and the way to it.

    ``least_workers`` is a proven lower bound on any fleet of these types (``None``: none can do); ``curve`` are fleets
    around the one found, ``trials`` all fleets in the order of trying.
    """

    types: tuple[TypeSize, ...]
    found: Trial
    least_workers: int | None
    curve: tuple[Trial, ...]
    trials: tuple[Trial, ...]


def size_fleet(
    days: Sequence[Day], params: SizingParams = SizingParams(), *, on_trial: Callable[[Trial], None] | None = None
) -> Sizing:
    """The least fleet found for `days`.

    Raises
    ------
    InputError
        If there are no days, the share is no share, or not even the largest fleet tried serves enough.
    """
    _require_sound(days, params)
    office = _Office(days, params, on_trial or (lambda trial: None))
    now: dict[str, int] = {}
    for problem, _ in days:
        for name, number in fleet_of(problem).items():
            now[name] = max(number, now.get(name, 0))
    fleet = _reduced(office, _passing(office, now, params))
    levels = (
        {name: ceil_div(number * percent, 100) for name, number in fleet.items()} for percent in params.levels_percent
    )
    bounds = [least_workers(problem, travel, params.on_time_share) for problem, travel in days]
    return Sizing(
        types=tuple(TypeSize(name, now[name], fleet[name]) for name in now),
        found=office.trial(fleet),
        least_workers=None if None in bounds else max(bound for bound in bounds if bound is not None),
        curve=tuple(office.trial(level) for level in levels),
        trials=tuple(office.trials),
    )


class _Office:
    """Tries fleets, each once."""

    def __init__(self, days: Sequence[Day], params: SizingParams, on_trial: Callable[[Trial], None]) -> None:
        self._days, self._params, self._on_trial = days, params, on_trial
        self._known: dict[_Key, Trial] = {}
        self._drafts: dict[_Key, tuple[Draft, ...]] = {}
        self._refused: list[Fleet] = []

    @property
    def trials(self) -> list[Trial]:
        """Every fleet tried, in order."""
        return list(self._known.values())

    def passes(self, fleet: Fleet) -> bool:
        """Whether `fleet` serves every day as asked; fleets below one that does not are not tried."""
        if any(all(number <= other[name] for name, number in fleet.items()) for other in self._refused):
            return False
        has_passed = self.trial(fleet).on_time_share >= self._params.on_time_share
        if not has_passed:
            self._refused.append(dict(fleet))
        return has_passed

    def trial(self, fleet: Fleet) -> Trial:
        """How `fleet` serves the days."""
        key = _key(fleet)
        if key not in self._known:
            self._known[key] = self._tried(fleet)
            self._on_trial(self._known[key])
        return self._known[key]

    def _tried(self, fleet: Fleet) -> Trial:
        """The fleet by a search of its own, and by one that begins with a part of it where that serves more.

        More workers never serve less in truth; a search that found so had too little time.
        """
        found, drafts = self._served(fleet, None)
        part = self._best_part(fleet)
        if part is not None and self._known[part].on_time_share > found.on_time_share:
            again = self._served(fleet, self._drafts[part])
            found, drafts = max((found, drafts), again, key=lambda each: each[0].on_time_share)
        self._drafts[_key(fleet)] = drafts
        return found

    def _best_part(self, fleet: Fleet) -> _Key | None:
        """The fleet tried already that is part of `fleet` and has served most."""
        parts = (key for key in self._known if all(number <= fleet[name] for name, number in key))
        return max(parts, key=lambda key: self._known[key].on_time_share, default=None)

    def _served(self, fleet: Fleet, starts: Sequence[Draft] | None) -> tuple[Trial, tuple[Draft, ...]]:
        """How the fleet serves the days, from `starts` where they are given, and its plans."""
        on_time, served, cost_cents, drafts = [], [], 0, []
        for number, (problem, travel) in enumerate(self._days):
            staffed = with_fleet(problem, fleet)
            if any(visit.num_workers > len(staffed.workers) for visit in problem.visits):
                return _nothing_served(self._days, fleet), ()
            punctual = _punctual(staffed, self._params.lateness_percent)
            plan = solve(punctual, travel, self._params.solve, start=starts[number] if starts else None)
            share = plan.kpis["num_served"] / max(1, plan.kpis["num_visits"])
            served.append(share)
            on_time.append(share * (plan.kpis["on_time_share"] or 0.0))
            cost_cents += cost_of(staffed, travel, plan).total_cents
            drafts.append(plan.draft)
        trial = _trial(self._days, fleet, on_time_share=min(on_time), served_share=min(served), cost_cents=cost_cents)
        return trial, tuple(drafts)


def _key(fleet: Fleet) -> _Key:
    return tuple(sorted(fleet.items()))


def _nothing_served(days: Sequence[Day], fleet: Fleet) -> Trial:
    """What a fleet too small for a visit of several workers is taken for."""
    cost_cents = sum(unserved_cents(problem, visit) for problem, _ in days for visit in problem.visits)
    return _trial(days, fleet, on_time_share=0.0, served_share=0.0, cost_cents=cost_cents)


def _trial(days: Sequence[Day], fleet: Fleet, *, on_time_share: float, served_share: float, cost_cents: int) -> Trial:
    return Trial(
        num_workers=sum(fleet.values()),
        on_time_share=on_time_share,
        served_share=served_share,
        pay_cents=sum(day_cents(problem, fleet) for problem, _ in days) // len(days),
        cost_cents=cost_cents // len(days),
        fleet="; ".join(f"{number} {name}" for name, number in fleet.items()),
    )


def _punctual(problem: Problem, lateness_percent: int) -> Problem:
    """`problem` in which lateness costs `lateness_percent` of what it does."""
    cents = scale_percent(problem.weights.lateness_cents_per_hour, lateness_percent)
    return replace(problem, weights=replace(problem.weights, lateness_cents_per_hour=cents))


def _passing(office: _Office, now: Fleet, params: SizingParams) -> dict[str, int]:
    """The present fleet, or the first of those a tenth larger each time that passes."""
    for percent in range(100, params.max_growth_percent + 1, 10):
        fleet = {name: ceil_div(number * percent, 100) for name, number in now.items()}
        if office.passes(fleet):
            return fleet
    best = max(office.trials, key=lambda trial: trial.on_time_share)
    message = (
        f"{100 * best.on_time_share:.1f} % on time is the best that up to {params.max_growth_percent} % of the fleet "
        f"reach, but {100 * params.on_time_share:g} % are asked for."
    )
    hint = "Ask for less, widen windows, or give each solve more time."
    raise InputError([Issue(code="sizing", path="on time", message=message, hint=hint)])


def _reduced(office: _Office, fleet: Fleet) -> dict[str, int]:
    """The fleet with the number of each type, the dearest first, as small as passes with the others."""
    least = dict(fleet)
    for name in fleet:
        low, high = 0, least[name]
        while low < high:
            middle = (low + high) // 2
            if office.passes({**least, name: middle}):
                high = middle
            else:
                low = middle + 1
        least[name] = high
    return least


def _require_sound(days: Sequence[Day], params: SizingParams) -> None:
    if not days:
        raise InputError([Issue(code="sizing", path="days", message="there is no day.", hint="Name one.")])
    if not 0 < params.on_time_share <= 1:
        message = f"{params.on_time_share} is no share of visits."
        raise InputError([Issue(code="sizing", path="on time", message=message, hint="Write 0.95 for 95 %.")])
    if not any(problem.workers for problem, _ in days):
        raise InputError([Issue(code="sizing", path="workers", message="nobody works.", hint="Name one of each type.")])
