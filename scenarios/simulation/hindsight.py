"""What a day would have cost had everything been known in the morning and nothing taken longer than planned."""

from __future__ import annotations

from dataclasses import replace

from optimizer.cost import cost_of
from optimizer.errors import InputError
from optimizer.redispatch.day import Day, after
from optimizer.redispatch.events import ElderAbsent, Event, StreetClosed, VehicleDown, VisitCancelled, WorkerIll
from optimizer.redispatch.params import Tier
from optimizer.redispatch.redispatch import redispatch
from scenarios.events import DayEvents
from scenarios.simulation.morning import Morning
from scenarios.simulation.over import wanted
from scenarios.simulation.policy import Dispatching


def hindsight_cents(morning: Morning, events: DayEvents, dispatching: Dispatching = Dispatching()) -> int:
    """Cost of the plan that the search finds for the day as it turned out, in yuan cents.

    Illness, delays, late kitchens, cancellations, no-shows and requests are known at the start of the day and nobody
    has been told anything; vehicles and streets are as planned. The price of knowing too late is what a day really
    cost above this.
    """
    day = morning.day(dispatching.grace_s)
    for visit_id in sorted(events.no_show_visit_ids):
        day = _known(day, VisitCancelled(at_s=0, visit_id=visit_id))
    for event in events.events:
        if not isinstance(event, VehicleDown | StreetClosed):
            day = _known(day, _in_the_morning(event))
    plan = redispatch(replace(day, told={}), dispatching.params, Tier.IMPROVEMENT).plan
    problem = wanted(day, (), plan.draft.served_visit_ids, {}, ())
    return cost_of(problem, day.travel, plan).total_cents


def _in_the_morning(event: Event) -> Event:
    """`event` known at once, about the same time of the day as before."""
    if isinstance(event, WorkerIll) and event.from_s is None:
        return replace(event, at_s=0, from_s=event.at_s)
    if isinstance(event, ElderAbsent):
        return replace(event, at_s=0, from_s=max(event.from_s, event.at_s))
    return replace(event, at_s=0)


def _known(day: Day, event: Event) -> Day:
    """`day` with `event`, or as it is where that no longer matters."""
    try:
        return after(day, event)
    except InputError:
        return day
