"""Ways around closed streets, and ways by a mode that nobody used before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, TravelMode
from optimizer.redispatch.events import StreetClosed
from optimizer.travel import StreetGraph, TravelMatrix
from optimizer.travel.coordinates import EARTH_RADIUS_M, great_circle_m
from optimizer.travel.lazy import LazyMatrix
from optimizer.travel.matrix import round_up
from optimizer.travel.straight import straight_matrix
from optimizer.travel.street_matrix import street_matrix

_Plane = NDArray[np.float64]


def detoured(
    travel: TravelMatrix,
    closures: Sequence[StreetClosed],
    modes: Sequence[TravelMode],
    streets: StreetGraph | None = None,
) -> TravelMatrix:
    """`travel` with nobody passing the closed circles.

    With `streets`, ways are found anew without the edges that touch a circle; no way gets shorter by that. Otherwise a
    way whose straight line crosses a circle becomes longer, in the same proportion as the shortest line around it:
    tangent, arc, tangent. Places inside a circle stay within reach, by the way there was.
    """
    if isinstance(travel, LazyMatrix):
        travel = straight_matrix(travel.places, travel.modes)
    duration_s, distance_m = dict(travel.duration_s), dict(travel.distance_m)
    if streets is not None:
        around = street_matrix(without_circles(streets, closures), travel.places, _modes_of(travel, modes))
        for mode in around.duration_s:
            is_open = around.duration_s[mode] >= 0
            is_longer = is_open & (around.duration_s[mode] > duration_s[mode]) & (duration_s[mode] >= 0)
            duration_s[mode] = np.where(is_longer, around.duration_s[mode], duration_s[mode])
            distance_m[mode] = np.where(is_longer, around.distance_m[mode], distance_m[mode])
    else:
        share = detour_share(travel.places, closures)
        duration_s = {mode: _times(figures, share) for mode, figures in duration_s.items()}
        distance_m = {mode: _times(figures, share) for mode, figures in distance_m.items()}
    return replace(
        travel, duration_s=duration_s, distance_m=distance_m, source=f"{travel.source}, around closed streets"
    )


def detour_share(places: Sequence[Location], closures: Iterable[StreetClosed]) -> _Plane:
    """How much longer the shortest line around the circles is than the straight one, by origin and destination.

    Shape ``(n, n)``, 1 where nothing is in the way; of several circles in the way the longest detour counts.
    """
    lon, lat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2).T
    share = np.ones((len(places), len(places)))
    for closure in closures:
        share = np.maximum(share, _share_around(lon, lat, closure))
    return share


def without_circles(streets: StreetGraph, closures: Iterable[StreetClosed]) -> StreetGraph:
    """`streets` without the edges that come within a circle."""
    is_open = np.ones(streets.num_edges, dtype=np.bool_)
    for closure in closures:
        x, y = _plane(streets.lon, streets.lat, closure.place)
        start, end = streets.from_idx, streets.to_idx
        is_open &= _distance_to_origin(x[start], y[start], x[end], y[end]) > closure.radius_m
    return replace(
        streets,
        from_idx=streets.from_idx[is_open],
        to_idx=streets.to_idx[is_open],
        length_m=streets.length_m[is_open],
        speed_kmh=streets.speed_kmh[is_open],
        foot=streets.foot[is_open],
        bicycle=streets.bicycle[is_open],
        car=streets.car[is_open],
        name_idx=streets.name_idx[is_open],
    )


def with_mode(travel: TravelMatrix, mode: TravelMode, streets: StreetGraph | None = None) -> TravelMatrix:
    """`travel` with the ways by one mode more."""
    if isinstance(travel, LazyMatrix):
        travel = straight_matrix(travel.places, travel.modes)
    alone = straight_matrix(travel.places, [mode]) if streets is None else street_matrix(streets, travel.places, [mode])
    return replace(
        travel,
        duration_s={**travel.duration_s, **alone.duration_s},
        distance_m={**travel.distance_m, **alone.distance_m},
        peaks={**travel.peaks, **alone.peaks},
    )


def _modes_of(travel: TravelMatrix, modes: Sequence[TravelMode]) -> list[TravelMode]:
    by_name: Mapping[str, TravelMode] = {mode.mode: mode for mode in modes}
    return [by_name[name] for name in travel.duration_s if name in by_name]


def _plane(lon: _Plane, lat: _Plane, origin: Location) -> tuple[_Plane, _Plane]:
    """Metres east and north of `origin`; true to scale for the width of a city."""
    x = np.radians(lon - origin.lon) * EARTH_RADIUS_M * np.cos(np.radians(origin.lat))
    return x, np.radians(lat - origin.lat) * EARTH_RADIUS_M


def _distance_to_origin(x_a: _Plane, y_a: _Plane, x_b: _Plane, y_b: _Plane) -> _Plane:
    """Distance of the origin from the segments a-b; arguments broadcast."""
    dx, dy = x_b - x_a, y_b - y_a
    length2 = np.maximum(dx * dx + dy * dy, 1e-9)
    along = np.clip(-(x_a * dx + y_a * dy) / length2, 0.0, 1.0)
    return np.asarray(np.hypot(x_a + along * dx, y_a + along * dy))


def _share_around(lon: _Plane, lat: _Plane, closure: StreetClosed) -> _Plane:
    radius = float(closure.radius_m)
    x, y = _plane(lon, lat, closure.place)
    from_centre = great_circle_m(lon, lat, closure.place.lon, closure.place.lat)
    is_outside = from_centre > radius
    crosses = _distance_to_origin(x[:, None], y[:, None], x[None, :], y[None, :]) < radius
    crosses &= is_outside[:, None] & is_outside[None, :]
    safe = np.maximum(from_centre, radius + 1e-6)
    tangent, touch = np.sqrt(safe**2 - radius**2), np.arccos(radius / safe)
    bearing = np.arctan2(y, x)
    turn = np.abs(bearing[:, None] - bearing[None, :])
    arc = np.minimum(turn, 2 * np.pi - turn) - touch[:, None] - touch[None, :]
    around = tangent[:, None] + tangent[None, :] + radius * np.maximum(arc, 0.0)
    straight = np.maximum(np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]), 1e-6)
    return np.where(crosses, np.maximum(around / straight, 1.0), 1.0)


def _times(figures: NDArray[np.int32], share: _Plane) -> NDArray[np.int32]:
    return np.where(figures < 0, figures, round_up(np.maximum(figures, 0) * share)).astype(np.int32)
