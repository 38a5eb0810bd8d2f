"""What the browser draws: one GeoJSON collection per map layer, and the time line; compressed and drawn once."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from api.console.day import Day, VisitRow, VisitState
from optimizer.formats.drawing import PathOf, leg_paths
from optimizer.formats.map_data import street_lines
from optimizer.formats.stop_facts import day_of, name_of_worker, routes_in_order
from optimizer.plan import Route, Stop, StopKind
from optimizer.problem import Elder, Location
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

    @cached_property
    def streets(self) -> bytes:
        """The streets of the problem as one multi-line."""
        streets = self.day.streets
        lines = [] if streets is None else [line.tolist() for line in street_lines(segments_of(streets))]
        rounded = [[[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in line] for line in lines]
        return _packed([_feature("MultiLineString", rounded, {})] if lines else [])

    @cached_property
    def places(self) -> bytes:
        """Stations, elders who are visited, and visits that are at no elder's home."""
        return _packed([*self._elders(), *self._other_places(), *self._stations()])

    @cached_property
    def routes(self) -> bytes:
        """One line per worker and shift, with the time and position of every stop on it."""
        return _packed([self._route(number, route) for number, route in self._numbered() if route.stops])

    @cached_property
    def time_line(self) -> bytes:
        """Who does what when: rows, bars, links, and the day's length."""
        return gzip.compress(orjson.dumps(self.time_line_facts()), 5)

    def time_line_facts(self) -> dict[str, Any]:
        """The time line before it is compressed."""
        rows = self.day.row_by_visit_id
        return {
            "rows": [self._time_line_row(day, worker_id) for day, worker_id in self._row_by_key],
            "bars": [bar for row, route in self._numbered() for bar in _bars(self.day, row, route)],
            "links": [
                [link.first_visit_id, link.second_visit_id, str(link.kind)]
                for link in self.day.problem.links
                if link.first_visit_id in rows and link.second_visit_id in rows
            ],
        }

    @cached_property
    def _row_by_key(self) -> dict[tuple[int, str], int]:
        """Number of the row of each worker by day: one, however many shifts it has."""
        routes = routes_in_order(self.day.problem, self.day.plan)
        keys = dict.fromkeys((day_of(self.day.problem, route), route.worker_id) for route in routes)
        return {key: number for number, key in enumerate(keys)}

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
            elder = self.day.problem.elder_by_id[elder_id]
            rows = [self.day.row_by_visit_id[visit_id] for visit_id in visit_ids]
            yield _feature("Point", _at(elder.place), {"kind": "elder", "id": elder_id, **_elder_facts(elder, rows)})

    def _other_places(self) -> Iterator[Feature]:
        for row in self.day.rows:
            if row.visit.elder_id is None:
                facts = {"kind": "visit", "id": row.visit_id, "name": row.who, "state": row.state, "days": [row.day]}
                yield _feature("Point", _at(row.place), facts)

    def _stations(self) -> Iterator[Feature]:
        for station in self.day.problem.stations:
            name = station.name or station.station_id
            facts = {"kind": "station", "id": station.station_id, "name": name, "level": station.kind}
            yield _feature("Point", _at(station.place), facts)

    def _route(self, number: int, route: Route) -> Feature:
        line: list[list[float]] = [_at(route.stops[0].place)]
        stays: list[list[int]] = []
        legs = leg_paths(self.day.problem, route, self.path_of)
        for stop, leg in zip(route.stops, legs, strict=True):
            line += [_at(place) for place in leg[1:]]
            stays.append([stop.arrival_s, stop.departure_s, len(line) - 1])
        facts = {
            "kind": "route",
            "id": route.worker_id,
            "number": number,
            "name": name_of_worker(self.day.problem.worker_by_id[route.worker_id]),
            "day": day_of(self.day.problem, route),
            "stays": stays,
        }
        return _feature("LineString", line if len(line) > 1 else line * 2, facts)


def segments_of(streets: StreetGraph) -> Any:
    """The streets as an array of segments of shape ``(m, 4)``, degrees."""
    ends = (streets.lon[streets.from_idx], streets.lat[streets.from_idx])
    return np.column_stack([*ends, streets.lon[streets.to_idx], streets.lat[streets.to_idx]])


def _packed(features: Sequence[Feature]) -> bytes:
    return gzip.compress(orjson.dumps({"type": "FeatureCollection", "features": features}), 5)


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def _at(place: Location) -> list[float]:
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
