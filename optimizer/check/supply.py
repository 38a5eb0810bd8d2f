"""Rules of portions: where they come from, when, how many fit and how long they are under way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby

from optimizer.check.routes import at_stop
from optimizer.plan import Violation
from optimizer.problem import Station, Visit
from optimizer.reading import (
    ReadPlan,
    ReadRoute,
    ReadStop,
    end_of,
    format_windows,
    hands_over,
    violation,
    visit_of,
    window_at,
)
from optimizer.rules import Rule
from optimizer.units import format_clock


def check_loaded(reading: ReadPlan) -> Iterator[Violation]:
    """Nothing is handed over that the trip has not loaded; leftovers do not pass to the next trip."""
    for route in reading.routes:
        yield from _overdrawn(route)


def check_capacity(reading: ReadPlan) -> Iterator[Violation]:
    """Loads fit the vehicle; a capacity that it does not name is zero."""
    for stop in reading.load_stops:
        capacities = stop.worker.vehicle.capacities
        for name, used in reading.problem.vehicle_use_of(stop.stop.load).items():
            if used > capacities.get(name, 0):
                has = capacities.get(name, 0)
                yield at_stop(Rule.CAPACITY, stop, f"takes {used} of {name!r}, but the vehicle has {has}.")


def check_supplier(reading: ReadPlan) -> Iterator[Violation]:
    """Portions come from a station that may supply the visit."""
    for stop, station in _supplied(reading):
        visit = visit_of(stop)
        if visit.station_ids and station.station_id not in visit.station_ids:
            allowed = ", ".join(map(repr, visit.station_ids))
            yield at_stop(Rule.SUPPLIER, stop, f"is supplied by {station.station_id!r}; only {allowed} may.")
        if station.service_radius_m is not None and visit.delivers_to_station_id is None:
            distance_m = reading.travel.walking_distance_m(station.place, reading.problem.place_of(visit))
            if distance_m > station.service_radius_m:
                text = f"lies {distance_m} m from {station.station_id!r}, whose radius is {station.service_radius_m} m."
                yield at_stop(Rule.SUPPLIER, stop, text)


def check_stock(reading: ReadPlan) -> Iterator[Violation]:
    """Stations hand out no more than has come in by then; one violation per moment and meal type."""
    arrivals, loads = _arrivals(reading), _loads(reading)
    for (station_id, meal_type), taken in loads.items():
        came = sorted(arrivals[station_id, meal_type])
        stock = handed_out = position = 0
        for time_s, of_moment in groupby(sorted(taken), key=lambda event: event[0]):
            handed_out += sum(portions for _, portions in of_moment)
            while position < len(came) and came[position][0] <= time_s:
                stock += came[position][1]
                position += 1
            if handed_out > stock:
                until = f"by {format_clock(time_s)} station {station_id!r} has handed out"
                text = f"{until} more {meal_type!r} portions ({handed_out}) than have come in ({stock})."
                yield violation(Rule.STOCK, text, station_id=station_id)


def check_opening(reading: ReadPlan) -> Iterator[Violation]:
    """Loading starts while the station is open; one without opening hours always is."""
    for stop in reading.load_stops:
        opening = _station_of(stop).opening
        if opening and window_at(opening, stop.stop.start_s) is None:
            text = f"starts at {format_clock(stop.stop.start_s)}, outside {format_windows(opening)}."
            yield at_stop(Rule.OPENING, stop, text)


def check_loading(reading: ReadPlan) -> Iterator[Violation]:
    """Loading lasts at least as long as the station needs."""
    for stop in reading.load_stops:
        needed_s = _station_of(stop).loading_duration_s
        if stop.duration_s < needed_s:
            yield at_stop(Rule.LOADING, stop, f"lasts {stop.duration_s} s, but takes {needed_s} s.")


def check_ready_time(reading: ReadPlan) -> Iterator[Violation]:
    """Trips are not loaded before the goods of their visits are ready."""
    for stop in reading.visit_stops:
        visit, load_stop = visit_of(stop), stop.load_stop
        if visit.ready_s is None or load_stop is None or not hands_over(visit):
            continue
        if load_stop.stop.start_s < visit.ready_s:
            loaded = format_clock(load_stop.stop.start_s)
            text = f"has its goods loaded at {loaded}, before they are ready at {format_clock(visit.ready_s)}."
            yield at_stop(Rule.READY_TIME, stop, text)


def check_time_on_board(reading: ReadPlan) -> Iterator[Violation]:
    """Portions are handed over before they are too old."""
    for stop in reading.visit_stops:
        limit_s, age_s = visit_of(stop).max_on_board_s, stop.food_age_s
        if limit_s is not None and age_s is not None and age_s > limit_s:
            yield at_stop(Rule.TIME_ON_BOARD, stop, f"is served {age_s} s after loading; {limit_s} s are allowed.")


def _supplied(reading: ReadPlan) -> Iterator[tuple[ReadStop, Station]]:
    """Stops at which portions are handed over, with the station these come from."""
    for stop in reading.visit_stops:
        if stop.load_stop is not None and hands_over(visit_of(stop)):
            yield stop, _station_of(stop.load_stop)


def _station_of(stop: ReadStop) -> Station:
    assert stop.station is not None, f"a {stop.stop.kind} stop loads nothing"
    return stop.station


def _overdrawn(route: ReadRoute) -> Iterator[Violation]:
    on_board: Counter[str] = Counter()
    for stop in route.stops:
        if stop.station is not None:
            on_board = Counter(stop.stop.load)
        elif stop.visit is not None:
            yield from _missing(stop, stop.visit, on_board)
            on_board.subtract(stop.visit.demand)


def _missing(stop: ReadStop, visit: Visit, on_board: Counter[str]) -> Iterator[Violation]:
    for meal_type, portions in visit.demand.items():
        left = max(0, on_board[meal_type])
        if portions > left:
            text = f"needs {portions} portions of {meal_type!r}, but the trip has {left} left."
            yield at_stop(Rule.LOADED, stop, text)


def _arrivals(reading: ReadPlan) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """``(time, portions)`` of waves and of supply runs served, by station and meal type."""
    arrivals: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for station in reading.problem.stations:
        for wave in station.waves:
            for meal_type, portions in wave.portions.items():
                arrivals[station.station_id, meal_type].append((wave.ready_s, portions))
    for stops in reading.stops_by_visit_id.values():
        visit = visit_of(stops[0])
        if visit.delivers_to_station_id is not None:
            for meal_type, portions in visit.demand.items():
                arrivals[visit.delivers_to_station_id, meal_type].append((end_of(stops), portions))
    return arrivals


def _loads(reading: ReadPlan) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """``(time, portions)`` of loadings, by station and meal type, in order of routes."""
    loads: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for stop in reading.load_stops:
        for meal_type, portions in stop.stop.load.items():
            loads[_station_of(stop).station_id, meal_type].append((stop.stop.start_s, portions))
    return loads
