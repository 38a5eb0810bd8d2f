"""What may be chosen beside the facts: the prices of the cost terms and the parameters of one solve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from optimizer.units import WIRE, Cents, Count, Quantity, Seed


@dataclass(frozen=True, slots=True, kw_only=True)
class CostWeights:
    """Prices of everything a plan is charged for, in yuan cents per stated unit.

    One entry per priced member of :class:`optimizer.rules.CostTerm`; :data:`optimizer.rules.COST_TERMS` has the
    sentence and unit of each. Workers' own rates (hour, kilometre, visit, overtime) are facts of the worker.
    The defaults are assumptions for a Chinese city in 2024 (``docs/rules.md`` has the reasoning).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    mandatory_cents: Cents = 100_000
    """Price of a mandatory visit left unserved, times ``1 + priority``."""
    travel_cents_per_hour: Cents = 0
    """Price of an hour under way, on top of the worker's pay."""
    waiting_cents_per_hour: Cents = 0
    """Price of an hour waited at stops after the first."""
    idle_cents_per_hour: Cents = 0
    """Price of an hour of the shift neither travelled, loaded, served nor taken as a break (all workers)."""
    highest_idle_cents_per_hour: Cents = 0
    """Price of an hour of the largest idle time of any one shift."""
    lateness_cents_per_hour: Cents = 6_000
    """Price of an hour of start after the soft end of the window, times the visit's ``lateness_percent``."""
    highest_lateness_cents_per_hour: Cents = 0
    """Price of an hour of the largest lateness of any one visit."""
    earliness_cents_per_hour: Cents = 0
    """Price of an hour of start before the soft start of the window."""
    food_age_cents_per_hour: Cents = 600
    """Price of an hour by which a portion is handed over older than its soft age."""
    not_preferred_cents: Cents = 200
    """Price of a visit given by a worker whom the elder does not name as preferred (elders who name some)."""
    new_worker_cents: Cents = 100
    """Price of a visit by a worker unknown to the elder's history (elders who have one)."""
    imbalance_cents_per_hour: Cents = 0
    """Price of an hour by which a worker's load, carried-over load included, differs from the mean or fair share."""
    missed_break_cents: Cents = 5_000
    """Price of an optional break not taken, where the break names no price of its own."""
    promise_moved_cents_per_hour: Cents = 3_000
    """Price of an hour by which an announced start is moved beyond its tolerance."""
    promise_worker_cents: Cents = 500
    """Price of each announced worker who is replaced."""


MAX_PROCESSES = 64
"""Processes of one solve."""

Processes = Annotated[int, Quantity("1", maximum=MAX_PROCESSES)]


class Engine(StrEnum):
    """Which engine improves the start plan."""

    AUTO = "auto"
    SEARCH = "search"
    ORTOOLS = "ortools"


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveParams:
    """How one solve is run.

    Parameters
    ----------
    time_limit_s
        Wall-clock limit of the whole solve in seconds, kept within 10 %; 0 returns the first greedy plan. ``None``
        means 30 s, or no limit where there is a `step_limit`.
    step_limit
        Limit of improvement steps per part of the problem. With it the same `seed` gives the same plan on any
        machine, unless a `time_limit_s` beside it comes first; without it the clock decides.
    seed
        Seed of every random choice.
    engine
        Which engine improves the start plan; `AUTO` decides and says so in the plan's provenance.
    num_workers
        Processes used; 0 means one per core.
    explain
        Whether unassigned visits get verified reasons and priced remedies.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    time_limit_s: float | None = None
    step_limit: Count | None = None
    seed: Seed = 0
    engine: Engine = Engine.AUTO
    num_workers: Processes = 0
    explain: bool = True

    def __post_init__(self) -> None:
        if self.time_limit_s is not None and not self.time_limit_s >= 0:
            raise ValueError(f"time_limit_s = {self.time_limit_s}: a time limit is a number of seconds, 0 or more.")
