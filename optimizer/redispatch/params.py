"""How a re-plan is made: how far it goes, what stays, and how many people may be told something new."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.units import WIRE, Count

FREEZE_S = 1200
"""Stops that start within so many seconds from now are not changed any more."""
IMPROVE_S = 10.0
"""Time for a background improvement, in seconds."""


class Tier(StrEnum):
    """How far a re-plan goes; each tier begins with the result of the one before."""

    INSERTION = "insertion"
    """What cannot stay is taken out and put where it fits best; milliseconds."""
    REPAIR = "repair"
    """The search on the affected routes alone; a tenth of a second in all."""
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
    repair_s
        Time for tier 2 as a whole, insertion and judging included; the search in it has a fifth of this at least.
    improve_s
        Time for the search of tier 3.
    min_gain_cents_per_change
        A background improvement is published if it saves at least so much per elder or worker told.
    figures
        Whether the plan gets key figures; they take about as long as an insertion.
    seed
        Seed of every random choice.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    freeze_s: Count = FREEZE_S
    max_elders_told: Count | None = None
    max_workers_told: Count | None = None
    repair_s: float = 0.1
    improve_s: float = IMPROVE_S
    min_gain_cents_per_change: Count = 1000
    figures: bool = True
    seed: int = 0
