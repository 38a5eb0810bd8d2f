"""The rows of the route sheets: every stop of every route in the words the worker reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import segno

from optimizer.formats.drawing import PathOf, Streets, number_ranges, sketch
from optimizer.formats.stop_facts import (
    clock_on,
    date_of,
    day_of,
    diet_of,
    fed_stops,
    name_of_service,
    name_of_station,
    name_of_visit,
    name_of_worker,
    partner_names,
    portion_texts,
    promised_window,
    routes_in_order,
)
from optimizer.formats.words import Words
from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.problem import Elder, Problem, Visit
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, ceil_div

STOPS_PER_CODE = 18
"""Stops in one QR code: small enough for an old phone's camera."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One route and all it takes to put it in words."""

    problem: Problem
    route: Route
    words: Words
    partners: Mapping[tuple[str, str], tuple[str, ...]]

    def clock(self, time_s: int) -> str:
        """A clock time of the route's day."""
        return clock_on(day_of(self.problem, self.route), time_s)

    def visit_at(self, stop: Stop) -> Visit:
        """The visit served at a visit stop."""
        return self.problem.visit_by_id[stop.visit_id or ""]


def route_pages(
    problem: Problem, plan: Plan, words: Words, streets: Streets | None, path_of: PathOf
) -> list[dict[str, Any]]:
    """One entry per route, in order of day and worker."""
    partners = partner_names(problem, plan)
    return [
        {
            **_head(reading),
            "totals": _totals(reading),
            "rows": _rows(reading),
            "sketch": sketch(problem, reading.route, streets, path_of),
            "codes": [_qr_svg(text) for text in route_codes(problem, reading.route)],
        }
        for reading in (_Reading(problem, route, words, partners) for route in routes_in_order(problem, plan))
    ]


def route_codes(problem: Problem, route: Route) -> list[str]:
    """What the QR codes of a route say: plain text any phone shows, with no name or address in it.

    The first line is ``YZ1 <date> <worker id> <shift id> <code>/<codes>``; each further line is a stop, ``<number>
    <HH:MM> <lat>,<lon> <visit id>``, with five decimals (about a metre) in WGS 84. A code holds up to
    :data:`STOPS_PER_CODE` stops.
    """
    day = day_of(problem, route)
    lines = [
        f"{number} {clock_on(day, stop.start_s)} {stop.place.lat:.5f},{stop.place.lon:.5f} {stop.visit_id}"
        for number, stop in enumerate(route.visit_stops, start=1)
    ]
    head = f"YZ1 {date_of(problem, day).isoformat()} {route.worker_id} {route.shift_id}"
    num_codes = ceil_div(len(lines), STOPS_PER_CODE)
    return [
        "\n".join([f"{head} {idx + 1}/{num_codes}", *lines[idx * STOPS_PER_CODE : (idx + 1) * STOPS_PER_CODE]])
        for idx in range(num_codes)
    ]


def _qr_svg(text: str) -> str:
    return segno.make_qr(text, error="l", boost_error=False).svg_inline(border=2, omitsize=True)


def _head(reading: _Reading) -> dict[str, Any]:
    problem, route, words = reading.problem, reading.route, reading.words
    worker = problem.worker_by_id[route.worker_id]
    shift = problem.shift_by_id[route.worker_id, route.shift_id]
    date = date_of(problem, day_of(problem, route))
    mode = words.of("mode", worker.vehicle.mode)
    return {
        "worker": name_of_worker(worker),
        "worker_id": worker.worker_id,
        "facts": [
            [words["date"], f"{date.isoformat()} {words[f'weekday.{date.weekday()}']}"],
            [words["shift"], f"{reading.clock(shift.start_s)}–{reading.clock(shift.end_s)}"],
            [words["vehicle"], " ".join(filter(None, (mode, worker.vehicle.vehicle_id)))],
            [words["station"], name_of_station(problem, worker.station_id) if worker.station_id else "—"],
            [words["phone"], worker.phone or "—"],
        ],
    }


def _totals(reading: _Reading) -> list[list[str]]:
    stops, words = reading.route.stops, reading.words
    visits = [reading.visit_at(stop) for stop in reading.route.visit_stops]
    return [
        [words["total_stops"], str(len(visits))],
        [words["total_portions"], str(sum(sum(visit.demand.values()) for visit in visits))],
        [words["total_distance"], f"{sum(stop.travel_distance_m for stop in stops) / 1000:.1f} km"],
        [words["total_travel"], _hours(sum(stop.travel_duration_s for stop in stops))],
        [words["total_work"], _hours(stops[-1].departure_s - stops[0].start_s)],
    ]


def _hours(duration_s: int) -> str:
    hours, rest_s = divmod(duration_s, SECONDS_PER_HOUR)
    return f"{hours}:{rest_s // SECONDS_PER_MINUTE:02d}"


def _rows(reading: _Reading) -> list[dict[str, Any]]:
    """The stops after the start as table rows; loads say which stops they are for."""
    route, words = reading.route, reading.words
    fed = {id(trip.load_stop): [number for number, _ in stops] for trip, stops in fed_stops(reading.problem, route)}
    rows, number = [], 0
    for stop in route.stops[1:-1]:
        if stop.kind is StopKind.VISIT:
            number += 1
            rows.append(_visit_row(reading, stop, number))
        elif stop.kind is StopKind.LOAD:
            rows.append(_load_row(reading, stop, fed.get(id(stop), [])))
        else:
            rows.append(_bar_row(reading, stop, words["break"], ""))
    return [*rows, _bar_row(reading, route.stops[-1], words["end"], _place_name(reading.problem, route.stops[-1]))]


def _bar_row(reading: _Reading, stop: Stop, title: str, text: str) -> dict[str, Any]:
    until = f"–{reading.clock(stop.end_s)}" if stop.end_s > stop.start_s else ""
    return {"kind": stop.kind, "time": reading.clock(stop.start_s), "until": until, "title": title, "text": text}


def _load_row(reading: _Reading, stop: Stop, numbers: list[int]) -> dict[str, Any]:
    words = reading.words
    return {
        **_bar_row(reading, stop, words["load"], name_of_station(reading.problem, stop.station_id or "")),
        "portions": portion_texts(reading.problem, stop.load, words),
        "stops": words.text("for_stops", numbers=number_ranges(numbers)) if numbers else "",
    }


def _place_name(problem: Problem, stop: Stop) -> str:
    names = (station.name or station.station_id for station in problem.stations if station.place == stop.place)
    return next(names, "")


def _visit_row(reading: _Reading, stop: Stop, number: int) -> dict[str, Any]:
    problem, words, visit = reading.problem, reading.words, reading.visit_at(stop)
    elder = problem.elder_of(visit)
    start_s, end_s = promised_window(visit, stop.start_s)
    return {
        "kind": stop.kind,
        "number": number,
        "time": reading.clock(stop.start_s),
        "window": f"{reading.clock(start_s)}–{reading.clock(end_s)}",
        "who": name_of_visit(problem, visit),
        "address": [] if elder is None else _address(elder, words),
        "service": name_of_service(problem, visit),
        "portions": portion_texts(problem, visit.demand, words),
        "diet": diet_of(problem, visit, words),
        "notes": _notes(reading, stop, visit),
    }


def _address(elder: Elder, words: Words) -> list[str]:
    lift = words["lift" if elder.has_lift else "no_lift"]
    way = " · ".join(filter(None, (words.text("floor", floor=elder.floor), lift, elder.phone)))
    return [elder.address, way] if elder.address else [way]


def _notes(reading: _Reading, stop: Stop, visit: Visit) -> list[str]:
    words = reading.words
    partners = reading.partners[visit.visit_id, reading.route.worker_id]
    notes = (
        words.text("with_partner", names=", ".join(partners)) if partners else "",
        words["pinned"] if stop.pinned else "",
        words["ends_at_other_place"] if stop.place != stop.end_place else "",
        visit.note,
    )
    return [note for note in notes if note]
