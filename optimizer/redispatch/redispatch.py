"""The next plan after something has happened, in three tiers, and the price of leaving people in peace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from optimizer.plan import Plan
from optimizer.redispatch.day import Day
from optimizer.redispatch.diff import PlanDiff
from optimizer.redispatch.rest import FREEZE_S


class Tier(StrEnum):
    """How far a re-plan goes; each tier begins with the result of the one before."""

    INSERTION = "insertion"
    """What cannot stay is taken out and put where it fits best; milliseconds."""
    REPAIR = "repair"
    """The search on the affected routes alone; a tenth of a second."""
    IMPROVEMENT = "improvement"
    """The search on the rest of the day; seconds, published only where worth it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedispatchParams:
    """How a re-plan is made.

    Parameters
    ----------
    freeze_s
        Stops that start within so many seconds stay as they are.
    max_elders_told, max_workers_told
        Stability budget: at most so many elders and workers are told something new, beside those whom the event itself
        leaves no choice (their worker fell ill, their visit was added); ``None``: no limit.
    repair_s, improve_s
        Time for tiers 2 and 3.
    min_gain_cents_per_change
        A background improvement is published if it saves at least so much per elder or worker told.
    seed
        Seed of every random choice.
    """

    freeze_s: int = FREEZE_S
    max_elders_told: int | None = None
    max_workers_told: int | None = None
    repair_s: float = 0.1
    improve_s: float = 10.0
    min_gain_cents_per_change: int = 500
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Redispatch:
    """The next plan.

    Attributes
    ----------
    day
        The day with `plan` published.
    plan
        Of the whole day, past stops included.
    diff
        From the plan published before; its elders and workers must be told.
    tier
        The tier that the plan comes from.
    cost_cents
        Cost of `plan` under the day's facts.
    notes
        What the dispatcher should know: facts that had to give way, improvements not worth their changes.
    """

    day: Day
    plan: Plan
    diff: PlanDiff
    tier: Tier
    cost_cents: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOfStability:
    """What it costs to keep to what people were told.

    ``share`` is ``stable_cents / free_cents - 1``; people told and promises kept are those of the stable and of the
    free plan.
    """

    stable_cents: int
    free_cents: int
    share: float
    stable_elders_told: int
    free_elders_told: int
    stable_workers_told: int
    free_workers_told: int
    promises_kept_stable: int
    promises_kept_free: int
    num_promises: int


def redispatch(
    day: Day,
    params: RedispatchParams = RedispatchParams(),
    tier: Tier = Tier.REPAIR,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Redispatch:
    """The next plan of `day`, up to `tier`.

    Raises
    ------
    SolverBug
        If the judge refuses the plan of the rest of the day.
    """
    raise NotImplementedError


def price_of_stability(day: Day, params: RedispatchParams = RedispatchParams()) -> PriceOfStability:
    """Cost of the stable re-plan against a free one, both given the same time."""
    raise NotImplementedError
