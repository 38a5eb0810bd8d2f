"""What the browser draws: one GeoJSON collection per map layer, and the time line; compressed and drawn once.

Every feature has an ``id`` that is the same in all versions of a day, so that versions can be compared.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from api.console.day import Day, VisitRow, VisitState, shift_of
from optimizer.formats.drawing import PathOf, leg_paths
from optimizer.formats.map_data import street_lines
from optimizer.formats.stop_facts import day_of, name_of_worker, routes_in_order
from optimizer.plan import Route, Stop, StopKind
from optimizer.problem import Elder, Location, Problem, Station
from optimizer.travel import StreetGraph
from optimizer.units import SECONDS_PER_DAY

_DECIMALS = 5
"""Of a degree: about a metre."""
_WORST_LAST = list(VisitState)

Feature = dict[str, Any]


class Layers:
    """The layers of one day, each made when it is first asked for; routes go by `path_of`."""

    def __init__(self, day: Day, path_of: PathOf) -> None:
        self.day, self.path_of = day, path_of
        self._drawn_by_shift: dict[tuple[str, str], _Drawn] = {}

    def take_over(self, before: Layers) -> None:
        """Take over what is drawn the same in another version."""
        for route in self.day.plan.routes:
            drawn = before._drawn_by_shift.get(shift_of(route))
            if drawn is not None and drawn.route == route:
                self._drawn_by_shift[shift_of(route)] = drawn

    @cached_property
    def streets(self) -> bytes:
        """The streets of the problem as one multi-line."""
        return streets_layer(self.day.streets)

    @cached_property
    def places(self) -> bytes:
        """Stations, elders who are visited, and visits that are at no elder's home."""
        return packed(list(self.place_by_id.values()))

    @cached_property
    def routes(self) -> bytes:
        """One line per worker and shift, with the time and position of every stop on it."""
        return packed(list(self.route_by_id.values()))

    @cached_property
    def time_line(self) -> bytes:
        """Who does what when: rows, bars and links."""
        bars = [bar for bars in self.bars_by_row.values() for bar in bars]
        return gzip.compress(orjson.dumps({"rows": self.rows, "bars": bars, "links": self.links}), 5)

    @cached_property
    def place_by_id(self) -> Mapping[str, Feature]:
        """The features of :attr:`places`."""
        return _by_id((*self._elders(), *self._other_places(), *self._stations()))

    @cached_property
    def route_by_id(self) -> Mapping[str, Feature]:
        """The features of :attr:`routes`."""
        return _by_id(self._route(number, route) for number, route in self._numbered if route.stops)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the time line, from the top."""
        return [self._time_line_row(day, worker_id) for day, worker_id in self._row_by_key]

    @cached_property
    def bars_by_row(self) -> Mapping[int, list[list[Any]]]:
        """The bars of the time line by the number of their row."""
        found: dict[int, list[list[Any]]] = defaultdict(list)
        for row, route in self._numbered:
            found[row] += _bars(self.day, row, route)
        return found

    @cached_property
    def links(self) -> list[list[str]]:
        """The links that the time line shows, each with its kind."""
        rows = self.day.row_by_visit_id
        return [
            [link.first_visit_id, link.second_visit_id, str(link.kind)]
            for link in self.day.problem.links
            if link.first_visit_id in rows and link.second_visit_id in rows
        ]

    @cached_property
    def _row_by_key(self) -> dict[tuple[int, str], int]:
        """Number of the row of each worker by day: one, however many shifts it has."""
        routes = routes_in_order(self.day.problem, self.day.plan)
        keys = dict.fromkeys((day_of(self.day.problem, route), route.worker_id) for route in routes)
        return {key: number for number, key in enumerate(keys)}

    @cached_property
    def _numbered(self) -> Sequence[tuple[int, Route]]:
        """The routes with the numbers of their rows."""
        problem = self.day.problem
        routes = routes_in_order(problem, self.day.plan)
        return [(self._row_by_key[day_of(problem, route), route.worker_id], route) for route in routes]

    def _time_line_row(self, day: int, worker_id: str) -> dict[str, Any]:
        worker = self.day.problem.worker_by_id[worker_id]
        shifts = [[s.start_s, s.end_s] for s in worker.shifts if s.start_s // SECONDS_PER_DAY == day]
        return {"worker": worker_id, "name": name_of_worker(worker), "day": day, "shifts": shifts}

    def _elders(self) -> Iterator[Feature]:
        for elder_id, visit_ids in self.day.visit_ids_by_elder_id.items():
            rows = [self.day.row_by_visit_id[visit_id] for visit_id in visit_ids]
            yield elder_feature(self.day.problem.elder_by_id[elder_id], rows)

    def _other_places(self) -> Iterator[Feature]:
        for row in self.day.rows:
            if row.visit.elder_id is None:
                yield visit_feature(row)

    def _stations(self) -> Iterator[Feature]:
        return map(station_feature, self.day.problem.stations)

    def _route(self, number: int, route: Route) -> Feature:
        drawn = self._drawn(route)
        return route_feature(self.day.problem, shift_of(route), number, drawn.line, drawn.stays)

    def _drawn(self, route: Route) -> _Drawn:
        """The way of a route, looked up once."""
        drawn = self._drawn_by_shift.get(shift_of(route))
        if drawn is None:
            drawn = self._drawn_by_shift[shift_of(route)] = _drawn(
                route, leg_paths(self.day.problem, route, self.path_of)
            )
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """The way of a route, and of every stop its times and its position on the way."""

    route: Route
    line: list[list[float]]
    stays: list[list[int]]


def _drawn(route: Route, legs: Iterable[Sequence[Location]]) -> _Drawn:
    line: list[list[float]] = [at(route.stops[0].place)]
    stays: list[list[int]] = []
    for stop, leg in zip(route.stops, legs, strict=True):
        line += [at(place) for place in leg[1:]]
        stays.append([stop.arrival_s, stop.departure_s, len(line) - 1])
    return _Drawn(route=route, line=line, stays=stays)


def _by_id(features: Iterable[Feature]) -> dict[str, Feature]:
    return {feature["id"]: feature for feature in features}


def streets_layer(streets: StreetGraph | None) -> bytes:
    """Streets as one multi-line; nothing where there are none."""
    if streets is None:
        return packed([])
    lines = [
        [[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in line.tolist()]
        for line in street_lines(streets.segments)
    ]
    return packed([_feature("streets", "MultiLineString", lines, {})])


def elder_feature(elder: Elder, rows: Sequence[VisitRow]) -> Feature:
    """An elder who is visited, in the worst state of all visits."""
    facts = {"kind": "elder", "id": elder.elder_id, **_elder_facts(elder, rows)}
    return _feature(f"elder/{elder.elder_id}", "Point", at(elder.place), facts)


def visit_feature(row: VisitRow) -> Feature:
    """A visit that is at no elder's home."""
    facts = {"kind": "visit", "id": row.visit_id, "name": row.who, "state": row.state, "days": [row.day]}
    return _feature(f"visit/{row.visit_id}", "Point", at(row.place), facts)


def station_feature(station: Station) -> Feature:
    """A station."""
    name = station.name or station.station_id
    facts = {"kind": "station", "id": station.station_id, "name": name, "level": station.kind}
    return _feature(f"station/{station.station_id}", "Point", at(station.place), facts)


def route_feature(
    problem: Problem, shift: tuple[str, str], number: int, line: list[list[float]], stays: list[list[int]]
) -> Feature:
    """The way of somebody in a shift; `number` chooses the colour."""
    facts = {
        "kind": "route",
        "id": shift[0],
        "number": number,
        "name": name_of_worker(problem.worker_by_id[shift[0]]),
        "day": problem.shift_by_id[shift].start_s // SECONDS_PER_DAY,
        "stays": stays,
    }
    return _feature("/".join(("route", *shift)), "LineString", line if len(line) > 1 else line * 2, facts)


def packed(features: Sequence[Feature]) -> bytes:
    """Features as a compressed GeoJSON collection."""
    return gzip.compress(orjson.dumps({"type": "FeatureCollection", "features": features}), 5)


def _feature(name: str, kind: str, coordinates: Any, properties: dict[str, Any]) -> Feature:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}


def at(place: Location) -> list[float]:
    """A place as GeoJSON has it, to about a metre."""
    return [round(place.lon, _DECIMALS), round(place.lat, _DECIMALS)]


def _elder_facts(elder: Elder, rows: Sequence[VisitRow]) -> dict[str, Any]:
    return {
        "name": elder.name or elder.elder_id,
        "groups": [str(group) for group in elder.groups],
        "priority": max(row.visit.priority for row in rows),
        "state": max((row.state for row in rows), key=_WORST_LAST.index),
        "days": sorted({row.day for row in rows}),
    }


def _bars(day: Day, number: int, route: Route) -> Iterator[list[Any]]:
    """Bars as ``[row, kind, start_s, end_s, id, state, label, window_start_s, window_end_s]``, as far as they go."""
    left_s = route.stops[0].departure_s if route.stops else 0
    for stop in route.stops:
        if stop.travel_duration_s:
            yield [number, "travel", max(left_s, stop.arrival_s - stop.travel_duration_s), stop.arrival_s]
        if stop.start_s > stop.arrival_s and stop.kind is not StopKind.START:
            yield [number, "wait", stop.arrival_s, stop.start_s]
        make = _BARS.get(stop.kind)
        if make is not None:
            yield [number, *make(day, stop)]
        left_s = stop.departure_s


def _visit_bar(day: Day, stop: Stop) -> list[Any]:
    row = day.row_by_visit_id[stop.visit_id or ""]
    return ["visit", stop.start_s, stop.end_s, row.visit_id, row.state, f"{row.who} · {row.service}", *row.window]


def _load_bar(day: Day, stop: Stop) -> list[Any]:
    station = day.problem.station_by_id[stop.station_id or ""]
    label = f"{station.name or station.station_id} · {sum(stop.load.values())}"
    return ["load", stop.start_s, stop.end_s, station.station_id, "", label]


def _break_bar(day: Day, stop: Stop) -> list[Any]:
    return ["break", stop.start_s, stop.end_s, stop.break_id, "", ""]


_BARS: dict[StopKind, Callable[[Day, Stop], list[Any]]] = {
    StopKind.VISIT: _visit_bar,
    StopKind.LOAD: _load_bar,
    StopKind.BREAK: _break_bar,
}


def hours_of(day: Day, number: int) -> tuple[int, int]:
    """First departure and last return on a day of the horizon, whole hours; 8 to 18 o'clock where nobody is out."""
    stops = [route.stops for route in day.plan.routes if route.stops and day_of(day.problem, route) == number]
    if not stops:
        return number * SECONDS_PER_DAY + 8 * 3600, number * SECONDS_PER_DAY + 18 * 3600
    first_s = min(each[0].departure_s for each in stops)
    last_s = max(each[-1].arrival_s for each in stops)
    return first_s // 3600 * 3600, -(-last_s // 3600) * 3600
