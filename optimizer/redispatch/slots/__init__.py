"""Where one more visit fits into a plan, at what time and at what price; and why it fits nowhere."""

from optimizer.redispatch.slots.finder import SlotFinder
from optimizer.redispatch.slots.judge import RouteJudge
from optimizer.redispatch.slots.reasons import NoSlot, why_no_slot
from optimizer.redispatch.slots.routes import PlanFacts, route_facts
from optimizer.redispatch.slots.slot import MovedVisit, Position, Slot, Trial

__all__ = [
    "MovedVisit",
    "NoSlot",
    "PlanFacts",
    "Position",
    "RouteJudge",
    "Slot",
    "SlotFinder",
    "Trial",
    "route_facts",
    "why_no_slot",
]
