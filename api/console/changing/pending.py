"""What an event is about, shown at once, while the plan that answers it is still being made."""

from __future__ import annotations

from api.console.day import Day
from optimizer.redispatch.events import Event, KitchenLate, StopDone, StopStarted, VisitAdded


def pending_visit_ids(day: Day, event: Event) -> tuple[str, ...]:
    """The visits of `day` still to come that an event touches by itself; none where that is left to the planner."""
    names = _concerned(day, event)
    from_s, until_s = getattr(event, "from_s", None) or event.at_s, getattr(event, "until_s", None)
    return tuple(
        row.visit_id
        for row in day.rows
        if row.start_s is not None
        and row.end_s is not None
        and not names.isdisjoint((row.visit_id, row.visit.elder_id, *row.worker_ids))
        and row.end_s > from_s
        and (until_s is None or row.start_s < until_s)
        and (not isinstance(event, KitchenLate) or row.visit.demand)
    )


def _concerned(day: Day, event: Event) -> set[str]:
    """Ids of the visits, elders and workers that an event is about; of a kitchen those who load there."""
    if isinstance(event, VisitAdded | StopStarted | StopDone):
        return set()
    if isinstance(event, KitchenLate):
        loads = ((route.worker_id, stop.station_id) for route in day.plan.routes for stop in route.stops)
        return {worker_id for worker_id, station_id in loads if station_id == event.station_id}
    names = (getattr(event, name, None) for name in ("visit_id", "elder_id", "worker_id"))
    return {name for name in names if name is not None}
