r"""Baskets: the services each elder gets in a month, chosen from a priced catalogue (S14).

Elders :math:`e`, services :math:`s`; :math:`n_{es}` visits in the month, of which the *k*-th is worth
:math:`v_{es} \rho_s^{k-1}` (each further one a little less), priced :math:`p_s`, taking :math:`h_{es}` worker minutes
of skill :math:`q(s)`:

.. math::

    \max \sum_{e s} \sum_{k \le n_{es}} v_{es} \rho_s^{k-1} \quad \text{with} \quad
    \sum_s p_s n_{es} \le a_e, \quad \sum_{es} p_s n_{es} \le B, \quad
    \sum_{e,\, s: q(s) = q} h_{es} n_{es} \le H_q, \quad m_{es} \le n_{es} \le u_s

where entitlements :math:`m_{es}` that money or hours cannot meet are missed as little as possible, before anything else
is asked. It is a knapsack per elder (Kellerer, Pferschy & Pisinger 2004, ch. 9) tied together by few common limits.
Elders with equal allowance, worth, minutes and entitlements are of one *type*; with every basket that a type's
allowance buys as an option, :mod:`optimizer.network.choices` finds the best choice and proves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import InputError, Issue, SolverBug
from optimizer.formats.issues import choice_hint
from optimizer.network.choices import Choice, Options, choose_options
from optimizer.network.mixed import Proof
from optimizer.problem import Elder, ElderGroup
from optimizer.units import WIRE, Cents, Count, Percent

Ints = NDArray[np.int64]

WORTH_UNIT = 1000
"""Worth is counted in thousandths of a point, so that sums are whole."""

MAX_BASKETS = 50_000
"""Baskets that one allowance may buy; more means that services lack a sensible most in a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A service of the catalogue.

    Attributes
    ----------
    minutes, minutes_by_group
        Worker minutes of one visit (all workers together), and for elders of a group (the largest counts).
    max_times
        Most visits in a month.
    worth, worth_by_group
        Points that the first visit is worth, and for elders of a group (the highest counts).
    fade_percent
        What each further visit is worth, in percent of the one before.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    service: str
    price_cents: Cents
    skill: str = ""
    minutes: Count = 0
    minutes_by_group: Mapping[ElderGroup, Count] = field(default_factory=dict)
    max_times: Count = 4
    worth: Count = 10
    worth_by_group: Mapping[ElderGroup, Count] = field(default_factory=dict)
    fade_percent: Percent = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """Elders of a group are to get a service at least so many times; ``None`` means every elder."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    service: str
    times: Count
    group: ElderGroup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An elder's own worth of a service's first visit, in points, in place of the catalogue's; 0: not wanted."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    elder_id: str
    service: str
    worth: Count


@dataclass(frozen=True, kw_only=True)
class BasketRules:
    """The catalogue and what limits it in a month.

    Attributes
    ----------
    budget_cents
        Money for all baskets; ``None`` means as much as the allowances allow.
    minutes_by_skill
        Worker minutes there are; skills not named are not limited.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    offers: tuple[Offer, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    wishes: tuple[Wish, ...] = ()
    budget_cents: Cents | None = None
    minutes_by_skill: Mapping[str, Count] = field(default_factory=dict)

    @cached_property
    def wished_by_elder_id(self) -> dict[str, dict[str, int]]:
        """Own worth by service, by elder."""
        wished: dict[str, dict[str, int]] = {}
        for wish in self.wishes:
            wished.setdefault(wish.elder_id, {})[wish.service] = wish.worth
        return wished


@dataclass(frozen=True, slots=True, kw_only=True)
class Baskets:
    """Visits of the month by elder and service (zeros left out), and what was counted again for them.

    Attributes
    ----------
    worth, worth_bound
        Thousandths of a point reached, and the most that any baskets with as few misses can reach, proven.
    num_missed
        Visits that entitlements are short of; ``num_missed_bound`` is the fewest possible, proven.
    """

    times_by_elder_id: Mapping[str, Mapping[str, int]]
    worth: int
    worth_bound: int
    num_missed: int
    num_missed_bound: int
    spent_cents: int
    minutes_by_skill: Mapping[str, int]
    num_types: int
    proof: Proof

    @property
    def gap_share(self) -> float:
        """Largest possible distance to the best worth, as a share of it."""
        return (self.worth_bound - self.worth) / max(1, self.worth_bound)


class _Type(NamedTuple):
    """What tells elders apart: allowance, and by offer the worth, minutes and least times."""

    allowance_cents: int
    worth: tuple[int, ...]
    minutes: tuple[int, ...]
    least: tuple[int, ...]


def choose_baskets(elders: Sequence[Elder], rules: BasketRules, *, time_limit_s: float | None = None) -> Baskets:
    """The best baskets, proven as far as the time allows; elders of one type share theirs out in order of their id.

    Raises
    ------
    InputError
        If the rules name unknown services, entitle to more visits than are offered, or allow too many baskets to list.
    SolverBug
        If a limit is broken when counted again.
    """
    _require_sound(rules)
    members: dict[_Type, list[Elder]] = {}
    for elder in elders:
        members.setdefault(_type_of(elder, rules), []).append(elder)
    grids = {cents: _affordable(rules, cents) for cents in {each.allowance_cents for each in members}}
    missed, best = _choose(rules, members, grids, time_limit_s)
    times = _shared_out(rules, members, grids, best)
    worth, spent, minutes, num_missed = count_again(elders, rules, times)
    return Baskets(
        times_by_elder_id=times,
        worth=worth,
        worth_bound=max(worth, best.bound),
        num_missed=num_missed,
        num_missed_bound=max(0, -missed.bound),
        spent_cents=spent,
        minutes_by_skill=minutes,
        num_types=len(members),
        proof=best.proof if missed.proof is Proof.OPTIMAL else Proof.FEASIBLE,
    )


def count_again(
    elders: Sequence[Elder], rules: BasketRules, times_by_elder_id: Mapping[str, Mapping[str, int]]
) -> tuple[int, int, dict[str, int], int]:
    """Worth, money, minutes by skill and missed entitlements of baskets, by plain sums.

    Raises
    ------
    SolverBug
        If an allowance, the budget, a skill's minutes or a service's most times are exceeded.
    """
    worth = spent = missed = 0
    minutes: dict[str, int] = {offer.skill: 0 for offer in rules.offers}
    for elder in elders:
        times, kind, price = times_by_elder_id.get(elder.elder_id, {}), _type_of(elder, rules), 0
        for position, offer in enumerate(rules.offers):
            number = times.get(offer.service, 0)
            if number > offer.max_times:
                raise SolverBug(f"elder {elder.elder_id!r} gets {offer.service!r} {number} times.")
            price += number * offer.price_cents
            worth += sum(_worths(kind.worth[position], offer)[:number])
            minutes[offer.skill] += number * kind.minutes[position]
            missed += max(0, kind.least[position] - number)
        if price > elder.allowance_cents:
            raise SolverBug(f"elder {elder.elder_id!r}: {price / 100:.2f} yuan are above the allowance.")
        spent += price
    if rules.budget_cents is not None and spent > rules.budget_cents:
        raise SolverBug(f"baskets for {spent / 100:,.2f} yuan are above the budget.")
    for skill, limit in rules.minutes_by_skill.items():
        if minutes.get(skill, 0) > limit:
            raise SolverBug(f"baskets take {minutes[skill]} minutes of {skill!r}; there are {limit}.")
    return worth, spent, minutes, missed


def _require_sound(rules: BasketRules) -> None:
    known = [offer.service for offer in rules.offers]
    named = [("entitlements", each.service) for each in rules.entitlements]
    named += [("wishes", each.service) for each in rules.wishes]
    issues = [
        Issue(
            code="service-unknown",
            path=path,
            message=f"the catalogue has no service {service!r}.",
            hint=choice_hint(service, known),
        )
        for path, service in dict.fromkeys(named)
        if service not in known
    ]
    doubled = {service for service in known if known.count(service) > 1}
    issues += [
        Issue(code="id-duplicate", path="offers", message=f"service {each!r} is offered twice.", hint="Keep one.")
        for each in sorted(doubled)
    ]
    most = {offer.service: offer.max_times for offer in rules.offers}
    issues += [
        Issue(
            code="entitlement-too-large",
            path=f"entitlements[{position}].times",
            message=f"{each.times} visits of {each.service!r} are more than the {most[each.service]} offered a month.",
            hint="Raise the service's max_times, or entitle to less.",
        )
        for position, each in enumerate(rules.entitlements)
        if each.times > most.get(each.service, each.times)
    ]
    if issues:
        raise InputError(issues)


def _type_of(elder: Elder, rules: BasketRules) -> _Type:
    groups = set(elder.groups)
    wishes = rules.wished_by_elder_id.get(elder.elder_id, {})
    worth, minutes, least = [], [], []
    for offer in rules.offers:
        special = [points for group, points in offer.worth_by_group.items() if group in groups]
        worth.append(wishes.get(offer.service, max(special, default=offer.worth)))
        longer = [number for group, number in offer.minutes_by_group.items() if group in groups]
        minutes.append(max(longer, default=offer.minutes))
        due = [e.times for e in rules.entitlements if e.service == offer.service and (not e.group or e.group in groups)]
        least.append(max(due, default=0))
    return _Type(elder.allowance_cents, tuple(worth), tuple(minutes), tuple(least))


def _worths(first: int, offer: Offer) -> list[int]:
    """Worth of each visit in turn, in thousandths of a point."""
    return [round(first * WORTH_UNIT * (offer.fade_percent / 100) ** number) for number in range(offer.max_times)]


def _affordable(rules: BasketRules, allowance_cents: int) -> Ints:
    """Every basket that an allowance buys: times by offer, shape ``(num_baskets, num_offers)``; the empty one first."""
    grid = np.zeros((1, len(rules.offers)), dtype=np.int64)
    prices = np.array([offer.price_cents for offer in rules.offers], dtype=np.int64)
    for position, offer in enumerate(rules.offers):
        grid = np.repeat(grid, offer.max_times + 1, axis=0)
        grid[:, position] = np.tile(np.arange(offer.max_times + 1), len(grid) // (offer.max_times + 1))
        grid = grid[grid @ prices <= allowance_cents]
        if len(grid) > MAX_BASKETS:
            message = f"an allowance of {allowance_cents / 100:.2f} yuan buys more than {MAX_BASKETS:,} baskets."
            hint = "Lower the most times in a month of cheap services."
            raise InputError([Issue(code="too-many-baskets", path="offers", message=message, hint=hint)])
    return grid


def _choose(
    rules: BasketRules, members: Mapping[_Type, list[Elder]], grids: Mapping[int, Ints], time_limit_s: float | None
) -> tuple[Choice, Choice]:
    """Fewest misses (as a negative value), and the most worth with no more of them."""
    skills = sorted(rules.minutes_by_skill)
    most_cents = sum(each.allowance_cents * len(elders) for each, elders in members.items())
    budget = most_cents if rules.budget_cents is None else rules.budget_cents
    limits = np.array([budget, *(rules.minutes_by_skill[skill] for skill in skills)], dtype=np.int64)
    missing, worths = [], []
    for each, elders in members.items():
        grid = grids[each.allowance_cents]
        use, short = _uses(rules, each, grid, skills), np.maximum(0, np.array(each.least) - grid).sum(axis=1)
        missing.append(Options(count=len(elders), value=-short, use=use))
        with_short = np.concatenate([use, short[:, None]], axis=1)
        worths.append(Options(count=len(elders), value=_worth_of(rules, each, grid), use=with_short))
    missed = choose_options(missing, limits, [{0} for _ in missing], time_limit_s=time_limit_s)
    start = [set(counts) for counts in missed.counts] if missed.proof.has_values else [{0} for _ in missing]
    allowed = -missed.value if missed.proof.has_values else sum(int(-each.value[0]) * each.count for each in missing)
    return missed, choose_options(worths, np.append(limits, allowed), start, time_limit_s=time_limit_s)


def _uses(rules: BasketRules, each: _Type, grid: Ints, skills: Sequence[str]) -> Ints:
    """Money, and minutes of each skill, of every basket; shape ``(num_baskets, 1 + num_skills)``."""
    money = np.array([offer.price_cents for offer in rules.offers], dtype=np.int64)
    by_skill = [
        [each.minutes[position] if offer.skill == skill else 0 for position, offer in enumerate(rules.offers)]
        for skill in skills
    ]
    return grid @ np.array([money, *by_skill], dtype=np.int64).T


def _worth_of(rules: BasketRules, each: _Type, grid: Ints) -> Ints:
    worth = np.zeros(len(grid), dtype=np.int64)
    for position, offer in enumerate(rules.offers):
        worth += np.cumsum([0, *_worths(each.worth[position], offer)])[grid[:, position]]
    return worth


def _shared_out(
    rules: BasketRules, members: Mapping[_Type, list[Elder]], grids: Mapping[int, Ints], choice: Choice
) -> dict[str, dict[str, int]]:
    """Baskets of a type given to its elders in the order listed, those worth most first."""
    times: dict[str, dict[str, int]] = {}
    for (each, elders), counts in zip(members.items(), choice.counts, strict=True):
        grid = grids[each.allowance_cents]
        waiting = iter(elders)
        for basket in sorted(counts, key=lambda option: (-int(_worth_of(rules, each, grid[[option]])[0]), option)):
            numbers = zip(rules.offers, grid[basket].tolist(), strict=True)
            got = {offer.service: number for offer, number in numbers if number}
            for _ in range(counts[basket]):
                elder = next(waiting)
                if got:
                    times[elder.elder_id] = got
    return times
