"""Rules of a single route: order, times, places, travel, shift, breaks, range and trips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from optimizer.plan import StopKind, Violation
from optimizer.problem import Break, Location, service_duration_s
from optimizer.reading import ReadPlan, ReadRoute, ReadStop, format_windows, violation, visit_of, window_at
from optimizer.rules import Rule
from optimizer.units import format_clock

_PLACE_RULES = {StopKind.START: Rule.SHIFT, StopKind.END: Rule.SHIFT, StopKind.BREAK: Rule.BREAK}
"""Which rule a stop at the wrong place breaks; for the other kinds that is the reference rule."""


def at_stop(rule: Rule, stop: ReadStop, text: str) -> Violation:
    """A violation at one stop; `text` follows the stop's name."""
    return violation(
        rule,
        f"{stop_name(stop)} {text}",
        worker_id=stop.worker.worker_id,
        shift_id=stop.shift.shift_id,
        visit_id=stop.stop.visit_id,
        station_id=stop.stop.station_id,
    )


def on_route(rule: Rule, route: ReadRoute, text: str) -> Violation:
    """A violation of a route as a whole; `text` follows the route's name."""
    worker_id, shift_id = route.worker.worker_id, route.shift.shift_id
    return violation(rule, f"shift {shift_id!r} of worker {worker_id!r} {text}", worker_id=worker_id, shift_id=shift_id)


def stop_name(stop: ReadStop) -> str:
    """What a message calls a stop."""
    printed = stop.stop
    if printed.visit_id is not None:
        return f"visit {printed.visit_id!r}"
    if printed.station_id is not None:
        return f"loading at station {printed.station_id!r}"
    if printed.break_id is not None:
        return f"break {printed.break_id!r}"
    return f"{printed.kind} of shift {stop.shift.shift_id!r}"


def check_reference(reading: ReadPlan) -> Iterator[Violation]:
    """Names lead somewhere; visits and loadings lie where the facts put them."""
    yield from reading.faults
    for route in reading.routes:
        yield from _misplaced(route, Rule.REFERENCE)


def check_times(reading: ReadPlan) -> Iterator[Violation]:
    """Stops are in order, and so are their times; what is printed about the way is what it takes."""
    for route in reading.routes:
        kinds = [stop.kind for stop in route.route.stops]
        if kinds[:1] != [StopKind.START] or kinds[-1:] != [StopKind.END]:
            yield on_route(Rule.TIMES, route, f"has the stops {kinds}: it must begin with a start and end with an end.")
        elif {StopKind.START, StopKind.END} & set(kinds[1:-1]) or len(kinds) < 2:
            yield on_route(Rule.TIMES, route, "has a start or end stop in its middle.")
        for stop in route.stops:
            yield from _times_of(stop)


def check_travel(reading: ReadPlan) -> Iterator[Violation]:
    """Nobody arrives sooner than the way allows."""
    for route in reading.routes:
        mode = route.worker.vehicle.mode
        for stop in route.stops:
            if stop.travel_duration_s is None:
                yield at_stop(Rule.TRAVEL, stop, f"cannot be reached by {mode!r} from the stop before.")
            elif stop.stop.arrival_s < stop.left_s + stop.travel_duration_s:
                earliest = format_clock(stop.left_s + stop.travel_duration_s)
                arrival = format_clock(stop.stop.arrival_s)
                yield at_stop(Rule.TRAVEL, stop, f"is reached at {arrival}, but by {mode!r} not before {earliest}.")


def check_service_duration(reading: ReadPlan) -> Iterator[Violation]:
    """Visits last at least as long as their worker needs."""
    for stop in reading.visit_stops:
        needed_s = service_duration_s(visit_of(stop), stop.worker)
        if stop.duration_s < needed_s:
            text = f"lasts {stop.duration_s} s, but worker {stop.worker.worker_id!r} needs {needed_s} s."
            yield at_stop(Rule.SERVICE_DURATION, stop, text)


def check_time_window(reading: ReadPlan) -> Iterator[Violation]:
    """Visits start inside one of their windows."""
    for stop in reading.visit_stops:
        windows = visit_of(stop).windows
        if window_at(windows, stop.stop.start_s) is None:
            text = f"starts at {format_clock(stop.stop.start_s)}, outside {format_windows(windows)}."
            yield at_stop(Rule.TIME_WINDOW, stop, text)


def check_shift(reading: ReadPlan) -> Iterator[Violation]:
    """A shift has one route, which keeps to its times and places."""
    num_routes = Counter((route.worker.worker_id, route.shift.shift_id) for route in reading.routes)
    first_route_of = {(route.worker.worker_id, route.shift.shift_id): route for route in reversed(reading.routes)}
    for key, count in num_routes.items():
        if count > 1:
            yield on_route(Rule.SHIFT, first_route_of[key], f"has {count} routes, but at most one is allowed.")
    for route in reading.routes:
        yield from _misplaced(route, Rule.SHIFT)
        if not route.stops:
            continue
        if route.departure_s < route.shift.start_s:
            times = f"{format_clock(route.departure_s)}, before its start at {format_clock(route.shift.start_s)}"
            yield on_route(Rule.SHIFT, route, f"leaves at {times}.")
        if route.return_s > route.shift.end_s:
            times = f"{format_clock(route.return_s)}, after its end at {format_clock(route.shift.end_s)}"
            yield on_route(Rule.SHIFT, route, f"returns at {times}.")


def check_working_time(reading: ReadPlan) -> Iterator[Violation]:
    """Routes are not longer than the shift's working time."""
    for route in reading.routes:
        limit_s = route.shift.max_work_s
        if limit_s is None or not route.stops:
            continue
        worked_s = route.return_s - route.departure_s - sum(stop.duration_s for stop in route.break_stops)
        if worked_s > limit_s:
            yield on_route(Rule.WORKING_TIME, route, f"works {worked_s} s, more than the {limit_s} s allowed.")


def check_break(reading: ReadPlan) -> Iterator[Violation]:
    """Mandatory breaks of used shifts are taken, and every break taken is taken properly."""
    for route in reading.routes:
        yield from _misplaced(route, Rule.BREAK)
        num_taken = Counter(stop.stop.break_id for stop in route.break_stops)
        for rest in route.shift.breaks:
            if rest.mandatory and route.is_used and not num_taken[rest.break_id]:
                yield on_route(Rule.BREAK, route, f"lacks its mandatory break {rest.break_id!r}.")
            if num_taken[rest.break_id] > 1:
                yield on_route(Rule.BREAK, route, f"takes break {rest.break_id!r} {num_taken[rest.break_id]} times.")
        for stop in route.break_stops:
            if stop.rest is not None:
                yield from _break_times(stop, stop.rest)


def check_range(reading: ReadPlan) -> Iterator[Violation]:
    """Routes stay within their vehicle's range."""
    for route in reading.routes:
        limit_m = route.worker.vehicle.max_distance_m
        if limit_m is not None and route.travel_distance_m > limit_m:
            text = f"travels {route.travel_distance_m} m, but its vehicle goes {limit_m} m at most."
            yield on_route(Rule.RANGE, route, text)


def check_trips(reading: ReadPlan) -> Iterator[Violation]:
    """Routes load no more often than their shift allows."""
    for route in reading.routes:
        limit, num_trips = route.shift.max_trips, len(route.load_stops)
        if limit is not None and num_trips > limit:
            yield on_route(Rule.TRIPS, route, f"loads {num_trips} times, but at most {limit} are allowed.")


def _misplaced(route: ReadRoute, rule: Rule) -> Iterator[Violation]:
    """Stops whose printed place is not where the facts put them, where that breaks `rule`."""
    for stop in route.stops:
        if _PLACE_RULES.get(stop.stop.kind, Rule.REFERENCE) is not rule:
            continue
        if (stop.stop.place, stop.stop.end_place) != (stop.place, stop.end_place):
            printed = f"{_degrees(stop.stop.place)} to {_degrees(stop.stop.end_place)}"
            text = f"is printed at {printed}, but lies at {_degrees(stop.place)} to {_degrees(stop.end_place)}."
            yield at_stop(rule, stop, text)


def _degrees(place: Location) -> str:
    name = f" ({place.place_id})" if place.place_id else ""
    return f"lon {place.lon}, lat {place.lat}{name}"


def _times_of(stop: ReadStop) -> Iterator[Violation]:
    printed = stop.stop
    times = (printed.arrival_s, printed.start_s, printed.end_s, printed.departure_s)
    if any(later < earlier for earlier, later in pairwise(times)):
        clocks = ", ".join(map(format_clock, times))
        yield at_stop(Rule.TIMES, stop, f"has arrival, start, end and departure {clocks}: they must follow each other.")
    derived = (stop.travel_duration_s, stop.travel_distance_m, stop.wait_duration_s)
    shown = (printed.travel_duration_s, printed.travel_distance_m, printed.wait_duration_s)
    if None not in derived and shown != derived:
        yield at_stop(Rule.TIMES, stop, f"prints travel (s), distance (m) and wait (s) {shown}; they are {derived}.")


def _break_times(stop: ReadStop, rest: Break) -> Iterator[Violation]:
    start_s = stop.stop.start_s
    if not rest.start_s <= start_s <= rest.end_s:
        window = f"{format_clock(rest.start_s)}-{format_clock(rest.end_s)}"
        yield at_stop(Rule.BREAK, stop, f"starts at {format_clock(start_s)}, outside {window}.")
    if stop.duration_s < rest.duration_s:
        yield at_stop(Rule.BREAK, stop, f"lasts {stop.duration_s} s instead of {rest.duration_s} s.")
