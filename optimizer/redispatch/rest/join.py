"""The whole day put together again: what is given, then what was decided about the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from optimizer.cost import cost_of
from optimizer.judge import with_figures
from optimizer.plan import Plan, Reason, Route, SolveStatus, Stop, StopKind, Unassigned
from optimizer.problem import Location, Shift
from optimizer.redispatch.day import Day
from optimizer.redispatch.rest.cut import Rest
from optimizer.redispatch.timeline import way_s
from optimizer.rules import Rule


def joined(day: Day, rest: Rest, plan: Plan, *, figures: bool = True) -> Plan:
    """The plan of the whole day: the committed stops, then `plan` of the rest; cost and key figures are the day's.

    Without `figures` there are no key figures: they take about as long as everything else. Stops print the ways of
    ``day.travel``; who goes around a closed street arrives later than these say.
    """
    whole = unpriced(day, rest, plan)
    if figures:
        return with_figures(day.problem, day.travel, whole)
    return replace(whole, cost=cost_of(day.problem, day.travel, whole), kpis={})


def unpriced(day: Day, rest: Rest, plan: Plan) -> Plan:
    """The same with the cost and the key figures of `plan`."""
    routes = whole_routes(day, rest, plan)
    served = {stop.visit_id for route in routes for stop in route.visit_stops}
    reasons = {item.visit_id: item for item in plan.unassigned}
    unassigned = tuple(
        unassigned_as(visit.visit_id, reasons, rest.lost)
        for visit in day.problem.visits
        if visit.visit_id not in served
    )
    is_incomplete = any(day.problem.visit_by_id[item.visit_id].mandatory for item in unassigned)
    return replace(
        plan,
        problem_name=day.problem.name,
        status=SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE,
        routes=routes,
        unassigned=unassigned,
    )


def whole_routes(day: Day, rest: Rest, plan: Plan) -> tuple[Route, ...]:
    """The routes of :func:`joined`."""
    given = {(route.worker_id, route.shift_id): route for route in rest.committed}
    decided = {(route.worker_id, route.shift_id): route for route in plan.routes}
    routes = (
        _joined_route(day, given.get(key), decided.get(key), shift, rest.problem.shift_by_id.get(key))
        for key, shift in day.problem.shift_by_id.items()
        if key in given or key in decided
    )
    return tuple(route for route in routes if len(route.stops) > 2)


def unassigned_as(visit_id: str, known: Mapping[str, Unassigned], lost: Mapping[str, str]) -> Unassigned:
    """A visit left out, with the reasons that are `known`, or why it is `lost` (:class:`Rest`)."""
    if visit_id in known:
        return known[visit_id]
    why = lost.get(visit_id)
    reasons = () if why is None else (Reason(rule=Rule.TIME_WINDOW, worker_ids=(), message=why),)
    return Unassigned(visit_id=visit_id, reasons=reasons)


def _joined_route(
    day: Day, given: Route | None, decided: Route | None, shift: Shift, shift_left: Shift | None
) -> Route:
    """One route of the whole day, from its start stop to its end stop; breaks still due are taken on the way home."""
    if given is None:
        assert decided is not None
        return replace(decided, stops=tuple(_printed(day, decided.worker_id, decided.stops)))
    last = given.stops[-1]
    if last.kind is StopKind.END:
        return given
    if decided is not None:
        leave = decided.stops[0]
        if leave.place == last.end_place:
            last = replace(last, departure_s=max(last.end_s, leave.departure_s))
        stops = (*given.stops[:-1], last, *decided.stops[1:])
    else:
        stops = given.stops
        if shift_left is not None and any(stop.kind is StopKind.VISIT for stop in stops):
            stops = (*stops, *_breaks_due(day, given, shift_left))
        mode = day.problem.worker_by_id[given.worker_id].vehicle.mode
        stops = (*stops, _next_stop(day, mode, stops[-1], StopKind.END, place=shift.end_place))
    return replace(given, stops=tuple(_printed(day, given.worker_id, stops)))


def _breaks_due(day: Day, given: Route, shift: Shift) -> Iterator[Stop]:
    """The mandatory breaks of a worker for whom no visit is left."""
    mode = day.problem.worker_by_id[given.worker_id].vehicle.mode
    last = given.stops[-1]
    for rest in sorted(shift.breaks, key=lambda rest: rest.start_s):
        if rest.mandatory:
            earliest_s = max(rest.start_s, shift.start_s)
            last = _next_stop(day, mode, last, StopKind.BREAK, place=rest.place, earliest_s=earliest_s)
            last = replace(last, break_id=rest.break_id, end_s=last.start_s + rest.duration_s)
            last = replace(last, departure_s=last.end_s)
            yield last


def _next_stop(day: Day, mode: str, last: Stop, kind: StopKind, *, place: Location | None, earliest_s: int = 0) -> Stop:
    """A stop of no duration at `place` (``None``: where the worker is), as soon as it can be reached."""
    place = place or last.end_place
    arrival_s = last.departure_s + way_s(day.ways, mode, last.end_place, place, last.departure_s)
    start_s = max(arrival_s, earliest_s)
    return Stop(
        kind=kind,
        place=place,
        end_place=place,
        arrival_s=arrival_s,
        start_s=start_s,
        end_s=start_s,
        departure_s=start_s,
    )


def _printed(day: Day, worker_id: str, stops: tuple[Stop, ...]) -> Iterator[Stop]:
    """`stops` with the ways, waits and pins that the whole day's facts say."""
    mode = day.problem.worker_by_id[worker_id].vehicle.mode
    before: Stop | None = None
    for stop in stops:
        duration_s = distance_m = 0
        if before is not None:
            way = day.travel.way(mode, before.end_place, stop.place, before.departure_s)
            duration_s, distance_m = way or (0, 0)
        visit = day.problem.visit_by_id.get(stop.visit_id or "")
        is_pinned = visit is not None and (bool(visit.pinned_worker_ids) or visit.pinned_start_s is not None)
        wait_s = stop.start_s - stop.arrival_s
        figures = (stop.travel_duration_s, stop.travel_distance_m, stop.wait_duration_s, stop.pinned)
        if figures != (duration_s, distance_m, wait_s, is_pinned):
            stop = replace(  # noqa: PLW2901
                stop,
                travel_duration_s=duration_s,
                travel_distance_m=distance_m,
                wait_duration_s=wait_s,
                pinned=is_pinned,
            )
        yield stop
        before = stop
