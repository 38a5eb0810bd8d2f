"""Travel by the straight line, made longer by each mode's detour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import DEFAULT_MODES, Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.matrix import WALK, TravelMatrix, round_up

_M_PER_S_AT_1_KMH = 1 / 3.6


def straight_matrix(places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    """Great-circle distances times each mode's ``detour_percent``, at its speed; symmetric, everything reachable."""
    lon, lat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2).T
    straight_m = great_circle_m(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    ways = {mode.mode: straight_ways(straight_m, mode) for mode in modes}
    return TravelMatrix(
        places=tuple(places),
        duration_s={mode: duration_s for mode, (duration_s, _) in ways.items()},
        distance_m={mode: distance_m for mode, (_, distance_m) in ways.items()},
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source="straight line times detour",
    )


def straight_ways(straight_m: NDArray[np.float64], mode: TravelMode) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Whole seconds and metres by `mode` over great-circle distances, both rounded up."""
    distance_m = straight_m * (mode.detour_percent / 100)
    return round_up(distance_m / (mode.speed_kmh * _M_PER_S_AT_1_KMH)), round_up(distance_m)


def walking_mode(modes: Sequence[TravelMode]) -> TravelMode:
    """The mode "walk" among `modes`, or else the default one."""
    return next(mode for mode in (*modes, *DEFAULT_MODES) if mode.mode == WALK)
