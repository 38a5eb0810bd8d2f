"""What the map page is told about a plan: compact, with positions instead of ids and lines as short strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from optimizer.formats.drawing import PathOf, Streets, leg_paths
from optimizer.formats.stop_facts import (
    day_of,
    name_of_service,
    name_of_visit,
    name_of_worker,
    routes_in_order,
    window_at,
)
from optimizer.formats.words import load_words
from optimizer.plan import Plan, Route, Stop, Unassigned
from optimizer.problem import Elder, Location, Problem, Station, Visit
from optimizer.units import SECONDS_PER_DAY

UNITS_PER_DEG = 100_000
"""Coordinates on the page are whole hundred-thousandths of a degree (about a metre)."""

_STREET_TOLERANCE_DEG = 3e-5
_LEG_TOLERANCE_DEG = 2e-5


def map_data(problem: Problem, plan: Plan, streets: Streets | None, path_of: PathOf) -> dict[str, Any]:
    """The data of the map page; times are seconds after 00:00 of the first day."""
    elder_idx_by_id = {elder.elder_id: idx for idx, elder in enumerate(problem.elders)}
    visit_idx_by_id = {visit.visit_id: idx for idx, visit in enumerate(problem.visits)}
    called = {stop.visit_id: (route, stop) for route in plan.routes for stop in route.visit_stops}
    return {
        "words": load_words(),
        "name": problem.name,
        "status": plan.status,
        "first_date": problem.horizon.first_date.isoformat(),
        "units_per_deg": UNITS_PER_DEG,
        "streets": "" if streets is None else encode_lines(street_lines(streets)),
        "stations": [_station(station) for station in problem.stations],
        "elders": [_elder(elder) for elder in problem.elders],
        "visits": [_visit(problem, visit, elder_idx_by_id, called.get(visit.visit_id)) for visit in problem.visits],
        "links": _links(problem, visit_idx_by_id),
        "routes": [_route(problem, route, path_of, visit_idx_by_id) for route in routes_in_order(problem, plan)],
        "unassigned": [_unassigned(item, visit_idx_by_id) for item in plan.unassigned],
        "meals": {name: meal_type.name for name, meal_type in problem.meal_type_by_id.items()},
        "cost_cents": plan.cost.total_cents if plan.cost.cents_by_term else None,
        "lower_bound_cents": plan.provenance.lower_bound_cents,
    }


def street_lines(streets: Streets) -> list[NDArray[np.float64]]:
    """Segments joined to lines between crossings, each drawn once, small bends straightened."""
    cells = np.rint(streets.reshape(-1, 2, 2) * UNITS_PER_DEG).astype(np.int64)
    backward = (cells[:, 0, 0] > cells[:, 1, 0]) | (
        (cells[:, 0, 0] == cells[:, 1, 0]) & (cells[:, 0, 1] > cells[:, 1, 1])
    )
    cells[backward] = cells[backward, ::-1]
    cells = np.unique(cells[(cells[:, 0] != cells[:, 1]).any(axis=1)], axis=0)
    merged = shapely.line_merge(shapely.MultiLineString(list(cells / UNITS_PER_DEG)))
    simple = shapely.simplify(shapely.get_parts(merged), _STREET_TOLERANCE_DEG)
    return [shapely.get_coordinates(line) for line in simple]


def encode_lines(lines: Iterable[NDArray[np.float64]]) -> str:
    """Lines of ``(lon, lat)`` degrees as text, one word per line.

    Each word is a sequence of differences in :data:`UNITS_PER_DEG`, longitude first, in the variable-length digits of
    Google's encoded polyline format; the first point of every line counts from (0, 0).
    """
    return " ".join(_encode_line(line) for line in lines)


def _encode_line(line: NDArray[np.float64]) -> str:
    points = np.rint(line * UNITS_PER_DEG).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return "".join(_encode_number(int(step)) for step in steps.ravel())


def _encode_number(number: int) -> str:
    rest = number << 1 if number >= 0 else ~(number << 1)
    digits = []
    while rest >= 0x20:
        digits.append(chr((0x20 | (rest & 0x1F)) + 63))
        rest >>= 5
    return "".join([*digits, chr(rest + 63)])


def _at(place: Location) -> list[int]:
    return [round(place.lon * UNITS_PER_DEG), round(place.lat * UNITS_PER_DEG)]


def _station(station: Station) -> dict[str, Any]:
    waves = [{"ready": wave.ready_s, "portions": dict(wave.portions)} for wave in station.waves]
    return {
        "id": station.station_id,
        "name": station.name or station.station_id,
        "kind": station.kind,
        "at": _at(station.place),
        "waves": waves,
    }


def _elder(elder: Elder) -> dict[str, Any]:
    return {
        "id": elder.elder_id,
        "name": elder.name or elder.elder_id,
        "address": elder.address,
        "phone": elder.phone,
        "floor": elder.floor,
        "lift": elder.has_lift,
        "diet": elder.diet,
        "groups": list(elder.groups),
        "at": _at(elder.place),
    }


def _visit(
    problem: Problem, visit: Visit, elder_idx_by_id: Mapping[str, int], call: tuple[Route, Stop] | None
) -> dict[str, Any]:
    return {
        "id": visit.visit_id,
        "elder": None if visit.elder_id is None else elder_idx_by_id[visit.elder_id],
        "name": name_of_visit(problem, visit),
        "at": _at(problem.place_of(visit)),
        "service": name_of_service(problem, visit),
        "windows": [[window.start_s, window.end_s] for window in visit.windows],
        "portions": dict(visit.demand),
        "priority": visit.priority,
        "note": visit.note,
        **_state(problem, visit, call),
    }


def _state(problem: Problem, visit: Visit, call: tuple[Route, Stop] | None) -> dict[str, Any]:
    """Whether and on which day a visit is served, and how late; an unserved one belongs to its first window's day."""
    if call is None:
        first_s = min(window.start_s for window in visit.windows)
        return {"state": "unassigned", "day": first_s // SECONDS_PER_DAY, "late_s": 0}
    route, stop = call
    late_s = window_at(visit, stop.start_s).lateness_s(stop.start_s)
    return {"state": "late" if late_s else "served", "day": day_of(problem, route), "late_s": late_s}


def _links(problem: Problem, visit_idx_by_id: Mapping[str, int]) -> list[list[int]]:
    return [[visit_idx_by_id[link.first_visit_id], visit_idx_by_id[link.second_visit_id]] for link in problem.links]


def _route(problem: Problem, route: Route, path_of: PathOf, visit_idx_by_id: Mapping[str, int]) -> dict[str, Any]:
    worker = problem.worker_by_id[route.worker_id]
    station_idx = {station_id: idx for idx, station_id in enumerate(problem.station_by_id)}
    legs = leg_paths(problem, route, path_of)
    return {
        "worker": worker.worker_id,
        "name": name_of_worker(worker),
        "phone": worker.phone,
        "mode": worker.vehicle.mode,
        "vehicle": worker.vehicle.vehicle_id,
        "day": day_of(problem, route),
        "stops": [
            {
                "kind": stop.kind,
                "at": _at(stop.place),
                "times": [stop.arrival_s, stop.start_s, stop.end_s, stop.departure_s],
                "travel": [stop.travel_duration_s, stop.travel_distance_m],
                "leg": _encode_leg(leg),
                **_subject(stop, visit_idx_by_id, station_idx),
            }
            for stop, leg in zip(route.stops, legs, strict=True)
        ],
    }


def _subject(stop: Stop, visit_idx_by_id: Mapping[str, int], station_idx: Mapping[str, int]) -> dict[str, Any]:
    if stop.visit_id is not None:
        return {"visit": visit_idx_by_id[stop.visit_id]}
    if stop.station_id is not None:
        return {"station": station_idx[stop.station_id], "load": dict(stop.load)}
    return {}


def _encode_leg(leg: Sequence[Location]) -> str:
    if not leg:
        return ""
    line = shapely.simplify(shapely.linestrings([(place.lon, place.lat) for place in leg]), _LEG_TOLERANCE_DEG)
    return _encode_line(shapely.get_coordinates(line))


def _unassigned(item: Unassigned, visit_idx_by_id: Mapping[str, int]) -> dict[str, Any]:
    return {
        "visit": visit_idx_by_id[item.visit_id],
        "tried": item.num_insertions_tried,
        "reasons": [{"rule": reason.rule, "message": reason.message} for reason in item.reasons],
        "remedies": [
            {"kind": remedy.kind, "message": remedy.message, "cents": remedy.price_cents} for remedy in item.remedies
        ],
    }
