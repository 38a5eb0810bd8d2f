"""The travel matrix: how long and how far from every place to every other, by mode and time of day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import TravelError
from optimizer.problem import Location, SpeedSlice
from optimizer.travel.coordinates import great_circle_m
from optimizer.units import LARGEST, SECONDS_PER_DAY

UNREACHABLE = -1
"""Stands in a matrix where there is no way from one place to the other."""

WALK = "walk"
"""The mode by which service radii are measured."""

_ROUNDING_NOISE = 1e-6
"""What floating-point sums may exceed a whole number by without being rounded up to the next."""


@dataclass(frozen=True, kw_only=True)
class TravelMatrix:
    """Travel durations and distances between places, one pair of matrices per travel mode.

    Parameters
    ----------
    places
        The places, in row order.
    duration_s
        By mode, ``int32`` array of shape ``(n, n)``: whole seconds at the mode's normal speed, row to column,
        :data:`UNREACHABLE` where there is no way. Need not be symmetric.
    distance_m
        By mode, ``int32`` array of shape ``(n, n)``: whole metres, same convention.
    peaks
        By mode, the parts of the day in which it moves at another speed (modes without peaks may be absent).
    source
        Where the figures come from, in words.
    """

    places: tuple[Location, ...]
    duration_s: Mapping[str, NDArray[np.int32]]
    distance_m: Mapping[str, NDArray[np.int32]]
    peaks: Mapping[str, tuple[SpeedSlice, ...]] = field(default_factory=dict)
    source: str = ""

    @cached_property
    def idx_by_place(self) -> dict[Location, int]:
        """Row of each place."""
        return {place: idx for idx, place in enumerate(self.places)}

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over places, arrays and peaks: equal matrices have equal hashes."""
        places = [(float(place.lon), float(place.lat), place.place_id) for place in self.places]
        digest = hashlib.sha256(repr((places, sorted(self.peaks.items()))).encode())
        for mode in sorted(self.duration_s):
            digest.update(mode.encode())
            digest.update(np.ascontiguousarray(self.duration_s[mode]).tobytes())
            digest.update(np.ascontiguousarray(self.distance_m[mode]).tobytes())
        return digest.hexdigest()

    def duration_row(self, mode: str, origin_idx: int) -> list[int]:
        """Durations from one place to all others as a plain list, kept for the next call: engines index it fast."""
        return self._row("duration_s", self.duration_s, mode, origin_idx)

    def distance_row(self, mode: str, origin_idx: int) -> list[int]:
        """Distances from one place to all others, likewise."""
        return self._row("distance_m", self.distance_m, mode, origin_idx)

    def _row(self, name: str, matrices: Mapping[str, NDArray[np.int32]], mode: str, origin_idx: int) -> list[int]:
        key = name, mode, origin_idx
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = matrices[mode][origin_idx].tolist()
        return row

    @cached_property
    def _rows(self) -> dict[tuple[str, str, int], list[int]]:
        return {}

    def __getstate__(self) -> dict[str, object]:
        """Everything but what can be made again: other processes start without it."""
        return {name: value for name, value in self.__dict__.items() if name != "_rows"}

    def way(self, mode: str, origin: Location, destination: Location, departure_s: int) -> tuple[int, int] | None:
        """Whole seconds and metres by `mode`, leaving at `departure_s`; ``None`` where there is no way.

        There is none from or to a place that the matrix does not know. Seconds are those of
        :meth:`travel_duration_s`.
        """
        origin_idx, destination_idx = self.idx_by_place.get(origin), self.idx_by_place.get(destination)
        if origin_idx is None or destination_idx is None:
            return None
        base_s, distance_m = self._base(mode, origin_idx, destination_idx)
        if base_s < 0 or distance_m < 0:
            return None
        return self.duration_at_s(mode, base_s, departure_s), distance_m

    def duration_at_s(self, mode: str, base_s: int, departure_s: int) -> int:
        """Seconds that a way of `base_s` outside the peaks takes when left at `departure_s`.

        With peaks the way is travelled at each part's speed in turn, so that nobody arrives earlier by leaving later
        (Ichoua, Gendreau & Potvin 2003).
        """
        peaks = self.peaks.get(mode, ())
        return _peak_duration_s(base_s, departure_s, peaks) if peaks else base_s

    def _base(self, mode: str, origin_idx: int, destination_idx: int) -> tuple[int, int]:
        """Seconds outside the peaks and metres; negative where there is no way."""
        here = origin_idx, destination_idx
        return int(self.duration_s[mode][here]), int(self.distance_m[mode][here])

    def travel_duration_s(self, mode: str, origin: Location, destination: Location, departure_s: int) -> int:
        """Whole seconds from `origin` to `destination` by `mode`, leaving at `departure_s` (:meth:`duration_at_s`).

        Raises
        ------
        TravelError
            If there is no way.
        """
        base_s = int(self.duration_s[mode][self.idx_by_place[origin], self.idx_by_place[destination]])
        if base_s < 0:
            raise TravelError(f"there is no way from {origin} to {destination} by {mode!r}.")
        return self.duration_at_s(mode, base_s, departure_s)

    def walking_distance_m(self, origin: Location, destination: Location) -> int:
        """Metres on foot from `origin` to `destination`, rounded up.

        The matrix's own figure for the mode "walk"; the great circle where it has none.
        """
        if WALK in self.distance_m:
            duration_s, distance_m = self._base(WALK, self.idx_by_place[origin], self.idx_by_place[destination])
            if duration_s >= 0:
                return distance_m
        return int(round_up(great_circle_m(origin.lon, origin.lat, destination.lon, destination.lat)))

    def longest_duration_s(self, mode: str) -> NDArray[np.int32]:
        """Durations by `mode` at its slowest time of day: an upper bound on every departure's duration."""
        slowest_percent = min((part.speed_percent for part in self.peaks.get(mode, ())), default=100)
        if slowest_percent >= 100:
            return self.duration_s[mode]
        base = self.duration_s[mode].astype(np.int64)
        return np.where(base < 0, base, -(-base * 100 // slowest_percent)).astype(np.int32)

    def shortest_duration_s(self, mode: str, *, no_way_s: int, where: Any = slice(None)) -> NDArray[np.int64]:
        """Durations by `mode` at its fastest time of day: below every departure's; `no_way_s` where there is none.

        `where` is an index of the part that is wanted, as of an array of shape ``(n, n)``.
        """
        fastest_percent = max([100, *(part.speed_percent for part in self.peaks.get(mode, ()))])
        base = self.duration_s[mode][where].astype(np.int64)
        return np.where(base < 0, no_way_s, base * 100 // fastest_percent)


class UnreachablePair(NamedTuple):
    """Two places without a way from the one to the other by a mode."""

    mode: str
    origin: Location
    destination: Location


def unreachable_pairs(travel: TravelMatrix) -> tuple[UnreachablePair, ...]:
    """Every pair of places without a way, by mode and row."""
    return tuple(
        UnreachablePair(mode, travel.places[origin], travel.places[destination])
        for mode, duration_s in travel.duration_s.items()
        for origin, destination in np.argwhere(duration_s == UNREACHABLE).tolist()
    )


def round_up(quantity: NDArray[np.float64]) -> NDArray[np.int32]:
    """Whole seconds or metres not below `quantity`, floating-point noise apart.

    Raises
    ------
    TravelError
        If one is larger than any way can be.
    """
    largest = quantity.max(initial=0.0)
    if not largest <= LARGEST:
        message = f"a way of {largest:g} seconds or metres is beyond {LARGEST:,}"
        raise TravelError(f"{message}; correct the places, or the speed and the detour of its mode.")
    return np.ceil(quantity - _ROUNDING_NOISE).astype(np.int32)


def _peak_duration_s(base_s: int, departure_s: int, peaks: tuple[SpeedSlice, ...]) -> int:
    """Seconds for a way of `base_s` seconds at normal speed; `left` counts hundredths of a second of that."""
    left, now_s = base_s * 100, departure_s
    while left > 0:
        percent, until_s = _speed_at(now_s, peaks)
        if left <= percent * (until_s - now_s):
            return now_s - departure_s - (-left // percent)
        left -= percent * (until_s - now_s)
        now_s = until_s
    return now_s - departure_s


def _speed_at(time_s: int, peaks: tuple[SpeedSlice, ...]) -> tuple[int, int]:
    """Speed in percent at `time_s` and the time at which it next changes."""
    day_s, clock_s = divmod(time_s, SECONDS_PER_DAY)
    next_change_s = SECONDS_PER_DAY
    for part in peaks:
        if part.start_s <= clock_s < part.end_s:
            return part.speed_percent, day_s * SECONDS_PER_DAY + part.end_s
        if part.start_s > clock_s:
            next_change_s = min(next_change_s, part.start_s)
    return 100, day_s * SECONDS_PER_DAY + next_change_s
