"""Problems and plans as GeoJSON (RFC 7946), for any map program; coordinates are WGS 84, longitude first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from optimizer.formats.drawing import PathOf, leg_paths, straight_path
from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.problem import Elder, Location, Problem, Visit
from optimizer.units import format_clock

Feature = dict[str, Any]


def problem_to_geojson(problem: Problem) -> bytes:
    """Stations, elders and the places of visits that are at no elder's home.

    Every feature has a property ``kind``: ``station``, ``elder`` or ``visit``.
    """
    return _collection(
        [
            *_stations(problem),
            *(_elder(elder, "elder") for elder in problem.elders),
            *(_visit(visit, visit.place) for visit in problem.visits if visit.place is not None),
        ]
    )


def plan_to_geojson(problem: Problem, plan: Plan, *, path_of: PathOf = straight_path) -> bytes:
    """Routes as lines, stops, stations, and the elders or places of visits left unserved.

    Every feature has a property ``kind``: ``route`` (one line per worker and shift), ``stop``, ``station`` or
    ``unassigned``. `path_of` gives the course of each way; without it ways are straight lines.
    """
    return _collection(
        [
            *_stations(problem),
            *(_route(problem, route, path_of) for route in plan.routes if route.stops),
            *(stop for route in plan.routes for stop in _stops(problem, route)),
            *_unassigned(problem, plan),
        ]
    )


def _collection(features: Sequence[Feature]) -> bytes:
    tree = {"type": "FeatureCollection", "features": features}
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _point(place: Location, properties: Mapping[str, Any]) -> Feature:
    return _feature({"type": "Point", "coordinates": _position(place)}, properties)


def _feature(geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> Feature:
    """A feature; properties that say nothing are left out."""
    stated = {name: value for name, value in properties.items() if value not in (None, "", [], {})}
    return {"type": "Feature", "geometry": geometry, "properties": stated}


def _position(place: Location) -> list[float]:
    return [place.lon, place.lat]


def _stations(problem: Problem) -> Iterator[Feature]:
    for station in problem.stations:
        facts = {"kind": "station", "station_id": station.station_id, "name": station.name, "level": station.kind}
        yield _point(station.place, {**facts, "seats": station.seats or None})


def _elder(elder: Elder, kind: str) -> Feature:
    facts = {"kind": kind, "elder_id": elder.elder_id, "name": elder.name, "address": elder.address}
    return _point(elder.place, {**facts, "community": elder.community, "groups": [str(g) for g in elder.groups]})


def _visit(visit: Visit, place: Location) -> Feature:
    return _point(place, {"kind": "visit", "visit_id": visit.visit_id, **_visit_facts(visit)})


def _visit_facts(visit: Visit) -> dict[str, Any]:
    windows = [f"{format_clock(window.start_s)}-{format_clock(window.end_s)}" for window in visit.windows]
    return {"service": visit.service, "elder_id": visit.elder_id, "windows": windows, "demand": dict(visit.demand)}


def _route(problem: Problem, route: Route, path_of: PathOf) -> Feature:
    worker = problem.worker_by_id[route.worker_id]
    line = _line(route, leg_paths(problem, route, path_of))
    facts = {
        "kind": "route",
        "worker_id": route.worker_id,
        "shift_id": route.shift_id,
        "name": worker.name,
        "mode": worker.vehicle.mode,
        "departure": format_clock(route.stops[0].departure_s),
        "return": format_clock(route.stops[-1].arrival_s),
        "num_visits": len(route.visit_stops),
        "travel_distance_m": sum(stop.travel_distance_m for stop in route.stops),
        "travel_duration_s": sum(stop.travel_duration_s for stop in route.stops),
    }
    return _feature({"type": "LineString", "coordinates": line}, facts)


def _line(route: Route, legs: Iterable[Sequence[Location]]) -> list[list[float]]:
    """The positions of a route without repetitions; two at least, as RFC 7946 demands of a line."""
    line = [_position(route.stops[0].place)]
    for place in (place for leg in legs for place in leg):
        if _position(place) != line[-1]:
            line.append(_position(place))
    return line if len(line) > 1 else line * 2


def _stops(problem: Problem, route: Route) -> Iterator[Feature]:
    for position, stop in enumerate(route.stops):
        facts = {"kind": "stop", "stop_kind": stop.kind, "worker_id": route.worker_id, "shift_id": route.shift_id}
        yield _point(stop.place, {**facts, "position": position, **_stop_facts(problem, stop)})


def _stop_facts(problem: Problem, stop: Stop) -> dict[str, Any]:
    times = {
        name: format_clock(time_s)
        for name, time_s in (("arrival", stop.arrival_s), ("start", stop.start_s), ("end", stop.end_s))
    }
    ids = {"visit_id": stop.visit_id, "station_id": stop.station_id, "break_id": stop.break_id}
    facts = _visit_facts(problem.visit_by_id[stop.visit_id]) if stop.kind is StopKind.VISIT and stop.visit_id else {}
    return {**times, **ids, "load": dict(stop.load), "wait_duration_s": stop.wait_duration_s or None, **facts}


def _unassigned(problem: Problem, plan: Plan) -> Iterator[Feature]:
    for item in plan.unassigned:
        visit = problem.visit_by_id[item.visit_id]
        facts = {"kind": "unassigned", "visit_id": item.visit_id, **_visit_facts(visit)}
        rules = [str(reason.rule) for reason in item.reasons]
        yield _point(problem.place_of(visit), {**facts, "rules": rules, "messages": [r.message for r in item.reasons]})
