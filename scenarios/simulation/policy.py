"""How a simulated day is dispatched: what is done about events, and how far the day bends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from optimizer.redispatch.params import RedispatchParams, Tier
from optimizer.units import SECONDS_PER_MINUTE


class Policy(StrEnum):
    """What is done about events."""

    STABLE = "stable"
    """Re-plan; what people were told has its price."""
    FREE = "free"
    """Re-plan as if nobody had been told anything."""
    NONE = "none"
    """Do nothing: everybody goes on with the plan of the morning as well as they can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatching:
    """How a day is dispatched.

    Attributes
    ----------
    tier
        How far the re-plan goes after an event; after a report from the road it is an insertion.
    notice_s
        A worker who falls behind the plan by more than this since the last re-plan brings about a new one, and who
        takes so much longer than expected for one thing says so.
    grace_s
        On the day itself, a visit may start and a shift may end so much later than planned; both at the prices of
        lateness and overtime. Who comes later than that comes in vain.
    door_s
        How long a worker waits where nobody opens.
    """

    policy: Policy = Policy.STABLE
    tier: Tier = Tier.REPAIR
    notice_s: int = 5 * SECONDS_PER_MINUTE
    grace_s: int = 30 * SECONDS_PER_MINUTE
    door_s: int = 5 * SECONDS_PER_MINUTE
    params: RedispatchParams = field(default_factory=lambda: RedispatchParams(figures=False))
