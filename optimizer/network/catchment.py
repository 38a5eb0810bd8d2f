"""Who can walk where in time: the ground that coverage and siting stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Elder, ElderGroup, Location, TravelMode
from optimizer.travel.streets import StreetGraph
from optimizer.travel.table import travel_table
from optimizer.units import SECONDS_PER_MINUTE

CIRCLE_S = 15 * SECONDS_PER_MINUTE
"""The 15-minute service circle."""

SLOW_WALK_KMH = 3.06
"""0.85 m/s, the middle of 0.8 to 0.9 m/s assumed for people over 80; the frail are taken to be no faster."""

SLOW_GROUPS = frozenset(
    {
        ElderGroup.AGED_80_PLUS,
        ElderGroup.DISABLED,
        ElderGroup.HALF_DISABLED,
        ElderGroup.SEVERELY_HANDICAPPED,
    }
)
"""Who walks at :data:`SLOW_WALK_KMH`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Catchment:
    """Walking times of elders to sites.

    Parameters
    ----------
    elders
        The people, in row order.
    duration_s
        ``int32`` of shape ``(num_elders, num_sites)``: seconds at each elder's own pace, -1 where there is no way or
        it takes longer than what was asked for.
    limit_s
        What counts as within reach, in seconds; the closed end belongs to it.
    """

    elders: tuple[Elder, ...]
    duration_s: NDArray[np.int32]
    limit_s: int

    @cached_property
    def within(self) -> NDArray[np.bool_]:
        """Which sites each elder reaches in time; shape ``(num_elders, num_sites)``."""
        return (self.duration_s >= 0) & (self.duration_s <= self.limit_s)

    @cached_property
    def nearest_s(self) -> NDArray[np.int32]:
        """Seconds to the nearest site, -1 where none is known; shape ``(num_elders,)``."""
        far = np.iinfo(np.int32).max
        nearest = np.where(self.duration_s < 0, far, self.duration_s).min(axis=1, initial=far)
        return np.where(nearest == far, np.int32(-1), nearest).astype(np.int32)


def catchment_of(
    elders: Sequence[Elder],
    sites: Sequence[Location],
    mode: TravelMode,
    *,
    streets: StreetGraph | None,
    limit_s: int = CIRCLE_S,
    known_s: int | None = None,
) -> Catchment:
    """Walking times of `elders` to `sites`, each at their own pace (:data:`SLOW_GROUPS` are slower than `mode`).

    Parameters
    ----------
    mode
        Walking, with the speed of those who are not slow.
    streets
        Real streets; by the straight line with a detour where there are none.
    known_s
        Ways are looked for up to this many seconds; by default up to twice `limit_s`.

    Raises
    ------
    TravelError
        If a way takes more than 37 hours.
    """
    search_s = 2 * limit_s if known_s is None else known_s
    homes = [elder.place for elder in elders]
    duration_s = travel_table(homes, sites, mode, modes=(mode,), streets=streets, limit_s=search_s).duration_s
    pace = np.array([pace_share(elder, mode) for elder in elders]).reshape(-1, 1)
    own_s = np.where(duration_s < 0, duration_s, np.ceil(duration_s * pace)).astype(np.int32)
    return Catchment(elders=tuple(elders), duration_s=own_s, limit_s=limit_s)


def pace_share(elder: Elder, mode: TravelMode) -> float:
    """How many times longer `elder` walks than `mode` says; 1 for those who are not slow."""
    return max(1.0, mode.speed_kmh / SLOW_WALK_KMH) if SLOW_GROUPS & set(elder.groups) else 1.0
