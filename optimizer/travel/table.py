"""Ways between few places and many: a rectangle, where a square matrix over all of them would be too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.fastest import Roads, Ways, dijkstra_ways, turned_round
from optimizer.travel.matrix import UNREACHABLE, round_up
from optimizer.travel.snapping import snap_places
from optimizer.travel.straight import walking_mode
from optimizer.travel.street_matrix import MAX_ACCESS_M
from optimizer.travel.streets import StreetGraph

_Whole = NDArray[np.int32]
_MS_PER_M_AT_1_KMH = 3600


@dataclass(frozen=True, kw_only=True, eq=False)
class TravelTable:
    """Ways by one mode from each origin (row) to each destination (column).

    Attributes
    ----------
    duration_s, distance_m
        Whole seconds and metres, ``int32`` arrays of shape ``(num_origins, num_destinations)``;
        :data:`optimizer.travel.UNREACHABLE` where there is no way.
    """

    origins: tuple[Location, ...]
    destinations: tuple[Location, ...]
    mode: str
    duration_s: _Whole
    distance_m: _Whole


def travel_table(
    origins: Sequence[Location],
    destinations: Sequence[Location],
    mode: TravelMode,
    *,
    modes: Sequence[TravelMode] = (),
    streets: StreetGraph | None = None,
    limit_s: int | None = None,
) -> TravelTable:
    """The table along `streets`, or by the straight line times the mode's detour where there are none.

    Its figures are those of :func:`optimizer.travel.build_travel` for the same places. Walking among `modes` (or else
    the default) is the pace from a place to the streets. Ways of more than `limit_s` seconds count as none, which makes
    large cities fast.

    Raises
    ------
    TravelError
        If a way takes more than 37 hours.
    """
    ends = (_degrees(origins), _degrees(destinations))
    ways = (
        _straight(*ends, mode)
        if streets is None
        else _along(streets, *ends, mode, walking_mode(modes), limit_s=limit_s)
    )
    if limit_s is not None:
        ways = tuple(np.where(ways[0] <= limit_s, way, np.int32(UNREACHABLE)) for way in ways)
    return TravelTable(
        origins=tuple(origins),
        destinations=tuple(destinations),
        mode=mode.mode,
        duration_s=ways[0],
        distance_m=ways[1],
    )


def _degrees(places: Sequence[Location]) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)


def _straight(origins: NDArray[np.float64], destinations: NDArray[np.float64], mode: TravelMode) -> tuple[_Whole, ...]:
    distance_m = great_circle_m(*origins.T[:, :, None], *destinations.T[:, None, :]) * (mode.detour_percent / 100)
    return round_up(distance_m / (mode.speed_kmh / 3.6)), round_up(distance_m)


def _along(
    streets: StreetGraph,
    origins: NDArray[np.float64],
    destinations: NDArray[np.float64],
    mode: TravelMode,
    walking: TravelMode,
    *,
    limit_s: int | None,
) -> tuple[_Whole, ...]:
    """Fastest ways, the walk to the streets and from them included; the same place is no way at all."""
    shape = len(origins), len(destinations)
    snapped = snap_places(streets, mode, *np.concatenate([origins, destinations]).T)
    if snapped is None or 0 in shape:
        nothing = np.full(shape, UNREACHABLE, dtype=np.int32)
        return nothing, nothing
    first, last = snapped.stops[: shape[0]], snapped.stops[shape[0] :]
    duration_ms, length_dm = _ways_between(snapped.roads, first, last, limit_s)
    access_m = snapped.access_m[: shape[0], None] + snapped.access_m[None, shape[0] :]
    is_near = snapped.access_m <= MAX_ACCESS_M
    is_open = (duration_ms >= 0) & is_near[: shape[0], None] & is_near[None, shape[0] :]
    is_here = (origins[:, None, :] == destinations[None, :, :]).all(axis=2)
    duration_s = round_up((duration_ms + access_m * (_MS_PER_M_AT_1_KMH / walking.speed_kmh)) / 1000)
    distance_m = round_up(length_dm / 10 + access_m)
    return _closed(duration_s, is_open, is_here), _closed(distance_m, is_open, is_here)


def _ways_between(
    roads: Roads, origins: NDArray[np.int64], destinations: NDArray[np.int64], limit_s: int | None
) -> Ways:
    """Ways by searches from the fewer ends, on roads turned round where those are the destinations."""
    if len(destinations) < len(origins):
        return Ways(*(way.T for way in _ways_between(turned_round(roads), destinations, origins, limit_s)))
    stops, row_of = np.unique(origins, return_inverse=True)
    return Ways(*(way[row_of] for way in dijkstra_ways(roads, stops, destinations, limit_s)))


def _closed(way: _Whole, is_open: NDArray[np.bool_], is_here: NDArray[np.bool_]) -> _Whole:
    closed = np.where(is_open, way, np.int32(UNREACHABLE))
    return np.where(is_here, np.int32(0), closed)
