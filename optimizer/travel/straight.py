"""Travel by the straight line, made longer by each mode's detour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.problem import DEFAULT_MODES, Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.matrix import WALK, TravelMatrix, round_up

_M_PER_S_AT_1_KMH = 1 / 3.6


def straight_matrix(places: Sequence[Location], modes: Sequence[TravelMode]) -> TravelMatrix:
    """Great-circle distances times each mode's ``detour_percent``, at its speed; symmetric, everything reachable."""
    lon, lat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2).T
    straight_m = great_circle_m(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    distance_m = {mode.mode: straight_m * (mode.detour_percent / 100) for mode in modes}
    duration_s = {mode.mode: round_up(distance_m[mode.mode] / (mode.speed_kmh * _M_PER_S_AT_1_KMH)) for mode in modes}
    return TravelMatrix(
        places=tuple(places),
        duration_s=duration_s,
        distance_m={mode: round_up(metres) for mode, metres in distance_m.items()},
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source="straight line times detour",
    )


def walking_mode(modes: Sequence[TravelMode]) -> TravelMode:
    """The mode "walk" among `modes`, or else the default one."""
    return next(mode for mode in (*modes, *DEFAULT_MODES) if mode.mode == WALK)
