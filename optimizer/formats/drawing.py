"""What maps on paper and on screen share: the legs of a route along the streets, and a small sketch of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Route, StopKind
from optimizer.problem import Location, Problem, TravelMode
from optimizer.travel import StreetGraph, TravelMatrix
from optimizer.travel.paths import StreetPaths

Streets = NDArray[np.float64]
"""Line segments of shape ``(n, 4)``: longitude and latitude of one end, then of the other, in degrees."""

PathOf = Callable[[str, Location, Location], Sequence[Location]]
"""The places passed from one place to another by a travel mode, both ends included; empty where unknown."""

SKETCH_WIDTH_MM, SKETCH_HEIGHT_MM = 118.0, 66.0
_MARGIN_MM = 5.0
_MARKER_MM = 4.6
_SMALLEST_EXTENT_DEG = 0.002
_STREET_GRID_MM = 0.4


def straight_path(_mode: str, origin: Location, destination: Location) -> Sequence[Location]:
    """The path of those who have no streets: a straight line."""
    return (origin, destination)


def path_finder(streets: StreetGraph | None, travel: TravelMatrix, modes: Sequence[TravelMode]) -> PathOf:
    """How ways of `travel` are drawn: along the streets, or straight where there are none."""
    return straight_path if streets is None else StreetPaths(streets, travel, modes)


def leg_paths(problem: Problem, route: Route, path_of: PathOf = straight_path) -> list[Sequence[Location]]:
    """For every stop of `route` the path that leads to it; the first is empty.

    An escort's way from the start to the end of its visit belongs to the leg after it.
    """
    mode = problem.worker_by_id[route.worker_id].vehicle.mode
    legs: list[Sequence[Location]] = [()]
    for before, stop in zip(route.stops, route.stops[1:], strict=False):
        escort = _path(mode, before.place, before.end_place, path_of)
        way = _path(mode, before.end_place, stop.place, path_of)
        legs.append((*escort, *(way[1:] if escort else way)))
    return legs


def _path(mode: str, origin: Location, destination: Location, path_of: PathOf) -> Sequence[Location]:
    if origin == destination:
        return ()
    return path_of(mode, origin, destination) or (origin, destination)


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on the map in millimetres: equirectangular, north up, the origin in the top left corner."""

    west: float
    north: float
    mm_per_deg_lon: float
    mm_per_deg_lat: float

    def to_mm(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Millimetres right and down; works on numbers and arrays alike."""
        return (lon - self.west) * self.mm_per_deg_lon, (self.north - lat) * self.mm_per_deg_lat


def frame_around(places: Iterable[Location]) -> Frame:
    """The frame of a sketch in which all `places` lie inside the margin."""
    lon, lat = np.array([(place.lon, place.lat) for place in places]).T
    middle_lon, middle_lat = (lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2
    squeeze = math.cos(math.radians(middle_lat))
    width_deg = max(np.ptp(lon) * squeeze, _SMALLEST_EXTENT_DEG)
    height_deg = max(np.ptp(lat), _SMALLEST_EXTENT_DEG)
    inner_mm = SKETCH_WIDTH_MM - 2 * _MARGIN_MM, SKETCH_HEIGHT_MM - 2 * _MARGIN_MM
    scale = float(min(inner_mm[0] / width_deg, inner_mm[1] / height_deg))
    return Frame(
        west=float(middle_lon) - SKETCH_WIDTH_MM / 2 / (scale * squeeze),
        north=float(middle_lat) + SKETCH_HEIGHT_MM / 2 / scale,
        mm_per_deg_lon=scale * squeeze,
        mm_per_deg_lat=scale,
    )


def sketch(problem: Problem, route: Route, streets: Streets | None, path_of: PathOf) -> dict[str, Any]:
    """The drawing of one route for the sheet template: an SVG of its lines and the markers to set on top.

    Visits that would lie on top of each other share a marker, e.g. ``"3–5"``.
    """
    legs = leg_paths(problem, route, path_of)
    frame = frame_around([*(place for leg in legs for place in leg), *(stop.place for stop in route.stops)])
    lines = [_street_line(frame, streets)] if streets is not None else []
    lines += [_polyline(frame, leg) for leg in legs if leg]
    view_box = f'viewBox="0 0 {SKETCH_WIDTH_MM} {SKETCH_HEIGHT_MM}"'
    return {
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" {view_box}>{"".join(lines)}</svg>',
        "width_mm": SKETCH_WIDTH_MM,
        "height_mm": SKETCH_HEIGHT_MM,
        "markers": _markers(frame, route),
        "loads": [_spot(frame, stop.place) for stop in route.stops if stop.kind is StopKind.LOAD],
    }


def _street_line(frame: Frame, streets: Streets) -> str:
    """All streets in the frame as one SVG path; what vanishes or coincides at print size is left out."""
    x1, y1 = frame.to_mm(streets[:, 0], streets[:, 1])
    x2, y2 = frame.to_mm(streets[:, 2], streets[:, 3])
    is_inside = (np.maximum(x1, x2) > 0) & (np.minimum(x1, x2) < SKETCH_WIDTH_MM)
    is_inside &= (np.maximum(y1, y2) > 0) & (np.minimum(y1, y2) < SKETCH_HEIGHT_MM)
    cells = np.rint(np.column_stack([x1, y1, x2, y2])[is_inside] / _STREET_GRID_MM).astype(int)
    cells = np.unique(cells, axis=0)
    cells = cells[(cells[:, :2] != cells[:, 2:]).any(axis=1)] * _STREET_GRID_MM
    data = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in cells.tolist())
    return f'<path d="{data}" fill="none" stroke="#d5dad8" stroke-width="0.35"/>'


def _polyline(frame: Frame, path: Sequence[Location]) -> str:
    points = " ".join("{:.2f},{:.2f}".format(*frame.to_mm(place.lon, place.lat)) for place in path)
    return (
        f'<polyline points="{points}" fill="none" stroke="#0b6e69" stroke-width="0.7" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _spot(frame: Frame, place: Location) -> dict[str, float]:
    x_mm, y_mm = frame.to_mm(place.lon, place.lat)
    return {"x": round(x_mm, 2), "y": round(y_mm, 2)}


def _markers(frame: Frame, route: Route) -> list[dict[str, Any]]:
    groups: list[tuple[dict[str, float], list[int]]] = []
    for number, stop in enumerate(route.visit_stops, start=1):
        spot = _spot(frame, stop.place)
        for centre, numbers in groups:
            if math.hypot(centre["x"] - spot["x"], centre["y"] - spot["y"]) < _MARKER_MM:
                numbers.append(number)
                break
        else:
            groups.append((spot, [number]))
    return [{**spot, "text": number_ranges(numbers)} for spot, numbers in groups]


def number_ranges(numbers: Sequence[int]) -> str:
    """Rising numbers in short: ``"1–3, 7"``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
