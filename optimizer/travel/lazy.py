"""Straight-line travel for very many places: figures are computed where they are read, and no square array is kept.

A whole matrix of 20,000 places has 400 million entries per mode; a plan reads some ten thousand of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.matrix import TravelMatrix
from optimizer.travel.straight import straight_ways

Way = tuple[int, int]
"""Whole seconds and metres."""


@dataclass(frozen=True, kw_only=True)
class LazyMatrix(TravelMatrix):
    """A travel matrix by the straight line whose ``duration_s`` and ``distance_m`` answer like arrays, entry by entry.

    ``duration_s[mode][rows, columns]`` takes numbers, slices or arrays that broadcast, as an array does. What asks for
    a whole array (engines, files) needs :func:`optimizer.travel.straight.straight_matrix` instead.
    """

    modes: tuple[TravelMode, ...]
    degrees: NDArray[np.float64]
    """Longitude and latitude of each place, shape ``(n, 2)``."""
    known: Mapping[str, dict[tuple[int, int], Way]]
    """Single ways by mode that have been read, and are kept."""

    def with_places(self, places: Sequence[Location]) -> LazyMatrix:
        """The matrix with `places`, which it does not have, behind its own; nothing of these is made again."""
        number, degrees = len(self.places), np.concatenate([self.degrees, _degrees_of(places)])
        grown = _matrix((*self.places, *places), degrees, self.modes, self.known)
        idx_by_place = {**self.idx_by_place, **{place: number + k for k, place in enumerate(places)}}
        grown.__dict__["idx_by_place"] = idx_by_place  # what the cached property would work out again
        return grown

    def _base(self, mode: str, origin_idx: int, destination_idx: int) -> tuple[int, int]:
        return cast(_Table, self.duration_s[mode]).ways.single(origin_idx, destination_idx)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over places and modes: they say all there is to know."""
        return hashlib.sha256(repr((self.places, self.modes)).encode()).hexdigest()

    def duration_row(self, mode: str, origin_idx: int) -> list[int]:
        """Durations from one place, computed one by one where they are read."""
        return cast(list[int], _Row(self.duration_s[mode], origin_idx))

    def distance_row(self, mode: str, origin_idx: int) -> list[int]:
        """Distances from one place, likewise."""
        return cast(list[int], _Row(self.distance_m[mode], origin_idx))


_MANY_KNOWN = 1 << 18
"""So many single ways are kept at most, by mode."""


class _Ways:
    """Seconds and metres between places by one mode; single ones are kept, as a plan's are read again and again."""

    def __init__(self, degrees: NDArray[np.float64], mode: TravelMode, known: dict[tuple[int, int], Way]) -> None:
        self.degrees, self.mode, self.known = degrees, mode, known

    def between(self, rows: Any, columns: Any) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Seconds and metres from `rows` to `columns`: numbers, slices or arrays that broadcast."""
        lon, lat = self.degrees.T
        return straight_ways(great_circle_m(lon[rows], lat[rows], lon[columns], lat[columns]), self.mode)

    def single(self, row: int, column: int) -> Way:
        """Seconds and metres of one way."""
        way = self.known.get((row, column))
        if way is None:
            if len(self.known) >= _MANY_KNOWN:
                self.known.clear()
            duration_s, distance_m = self.between(row, column)
            way = self.known[row, column] = int(duration_s), int(distance_m)
        return way


class _Table:
    """Seconds (part 0) or metres (part 1) between places by one mode, computed when they are read."""

    def __init__(self, ways: _Ways, part: int) -> None:
        self.ways, self.part = ways, part

    @property
    def shape(self) -> tuple[int, int]:
        """As of the array it stands for."""
        return len(self.ways.degrees), len(self.ways.degrees)

    def __getitem__(self, key: Any) -> NDArray[np.int32]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        return self.ways.between(rows, columns)[self.part]


class _Row:
    """Figures of a table from one place, each looked at when it is read."""

    def __init__(self, table: NDArray[np.int32], origin_idx: int) -> None:
        self._table, self._origin_idx = cast(_Table, table), origin_idx

    def __getitem__(self, destination_idx: int) -> int:
        return self._table.ways.single(self._origin_idx, destination_idx)[self._table.part]


def lazy_matrix(places: Sequence[Location], modes: Sequence[TravelMode]) -> LazyMatrix:
    """What :func:`optimizer.travel.straight.straight_matrix` says of the same places, without its arrays."""
    return _matrix(tuple(places), _degrees_of(places), tuple(modes), {mode.mode: {} for mode in modes})


def _degrees_of(places: Sequence[Location]) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)


def _matrix(
    places: tuple[Location, ...],
    degrees: NDArray[np.float64],
    modes: tuple[TravelMode, ...],
    known: Mapping[str, dict[tuple[int, int], Way]],
) -> LazyMatrix:
    ways = {mode.mode: _Ways(degrees, mode, known[mode.mode]) for mode in modes}
    duration_s, distance_m = ({mode: _Table(of_mode, part) for mode, of_mode in ways.items()} for part in (0, 1))
    return LazyMatrix(
        places=places,
        duration_s=cast(dict[str, NDArray[np.int32]], duration_s),
        distance_m=cast(dict[str, NDArray[np.int32]], distance_m),
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source="straight line times detour",
        modes=modes,
        degrees=degrees,
        known=known,
    )
