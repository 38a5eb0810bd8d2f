"""The travel matrix by the fastest ways along streets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, TravelMode
from optimizer.travel.fastest import Roads, Ways, fastest_ways
from optimizer.travel.matrix import UNREACHABLE, TravelMatrix, round_up
from optimizer.travel.snapping import Snapped, snap_places
from optimizer.travel.straight import walking_mode
from optimizer.travel.streets import StreetGraph

MAX_ACCESS_M = 1000
"""A place farther from the nearest street of a mode than this cannot be reached by it."""

SOURCE = "fastest ways along streets"
"""What a matrix made here names as its source."""

WaysFinder = Callable[[Roads, NDArray[np.int64]], Ways]

_MS_PER_M_AT_1_KMH = 3600


def street_matrix(
    streets: StreetGraph,
    places: Sequence[Location],
    modes: Sequence[TravelMode],
    *,
    max_access_m: int = MAX_ACCESS_M,
    find_ways: WaysFinder = fastest_ways,
) -> TravelMatrix:
    """Fastest ways along `streets` between `places`, and how far these ways are.

    Each place is joined to the nearest street of the mode; the walk between the two, in a straight line at walking
    pace, is part of the way at both ends. Durations and distances are rounded up. Places with the same coordinates
    are zero apart; a place farther than `max_access_m` from the streets is :data:`UNREACHABLE`
    (:func:`optimizer.travel.matrix.unreachable_pairs` lists such pairs).

    Raises
    ------
    TravelError
        If a way takes more than 37 hours.
    """
    positions = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
    positions, row = np.unique(positions, axis=0, return_inverse=True)
    duration_s, distance_m = {}, {}
    access_ms_per_m = _MS_PER_M_AT_1_KMH / walking_mode(modes).speed_kmh
    for mode in modes:
        snapped = snap_places(streets, mode, *positions.T)
        ways = _nothing(len(positions)) if snapped is None else _ways(snapped, find_ways, access_ms_per_m, max_access_m)
        duration_s[mode.mode], distance_m[mode.mode] = (way[np.ix_(row, row)] for way in ways)
    return TravelMatrix(
        places=tuple(places),
        duration_s=duration_s,
        distance_m=distance_m,
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source=SOURCE,
    )


def _ways(
    snapped: Snapped, find_ways: WaysFinder, access_ms_per_m: float, max_access_m: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Seconds and metres between snapped places, access at both ends included."""
    stops, stop_of_place = np.unique(snapped.stops, return_inverse=True)
    duration_ms, length_dm = (way[np.ix_(stop_of_place, stop_of_place)] for way in find_ways(snapped.roads, stops))
    access_m = snapped.access_m[:, None] + snapped.access_m[None, :]
    is_near = snapped.access_m <= max_access_m
    is_open = (duration_ms >= 0) & is_near[:, None] & is_near[None, :]
    duration_s = round_up((duration_ms + access_m * access_ms_per_m) / 1000)
    return _closed(duration_s, is_open), _closed(round_up(length_dm / 10 + access_m), is_open)


def _nothing(num_places: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    way = np.zeros((num_places, num_places), dtype=np.int32)
    return _closed(way, way > 0), _closed(way, way > 0)


def _closed(way: NDArray[np.int32], is_open: NDArray[np.bool_]) -> NDArray[np.int32]:
    closed = np.where(is_open, way, np.int32(UNREACHABLE))
    np.fill_diagonal(closed, 0)
    return closed
