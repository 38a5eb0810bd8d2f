"""Straight-line travel for very many places: figures are computed where they are read, and no square array is kept.

A whole matrix of 20,000 places has 400 million entries per mode; a plan reads some ten thousand of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.matrix import TravelMatrix
from optimizer.travel.straight import straight_ways


@dataclass(frozen=True, kw_only=True)
class LazyMatrix(TravelMatrix):
    """A travel matrix by the straight line whose ``duration_s`` and ``distance_m`` answer like arrays, entry by entry.

    ``duration_s[mode][rows, columns]`` takes numbers, slices or arrays that broadcast, as an array does. What asks for
    a whole array (engines, files) needs :func:`optimizer.travel.straight.straight_matrix` instead.
    """

    modes: tuple[TravelMode, ...]
    degrees: NDArray[np.float64]
    """Longitude and latitude of each place, shape ``(n, 2)``."""

    def with_places(self, places: Sequence[Location]) -> LazyMatrix:
        """The matrix with `places`, which it does not have, behind its own; nothing of these is made again."""
        number, (lon, lat) = len(self.places), np.concatenate([self.degrees, _degrees_of(places)]).T
        grown = _matrix((*self.places, *places), lon, lat, self.modes)
        idx_by_place = {**self.idx_by_place, **{place: number + k for k, place in enumerate(places)}}
        grown.__dict__["idx_by_place"] = idx_by_place  # what the cached property would work out again
        return grown

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


class _Table:
    """Seconds (or metres) between places by one mode, computed when they are read."""

    def __init__(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], mode: TravelMode, *, is_duration: bool
    ) -> None:
        self._lon, self._lat, self._mode, self._is_duration = lon, lat, mode, is_duration

    @property
    def shape(self) -> tuple[int, int]:
        """As of the array it stands for."""
        return len(self._lon), len(self._lon)

    def __getitem__(self, key: Any) -> NDArray[np.int32]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        straight_m = great_circle_m(self._lon[rows], self._lat[rows], self._lon[columns], self._lat[columns])
        duration_s, distance_m = straight_ways(straight_m, self._mode)
        return duration_s if self._is_duration else distance_m


@dataclass(frozen=True, slots=True)
class _Row:
    table: NDArray[np.int32]
    origin_idx: int

    def __getitem__(self, destination_idx: int) -> int:
        return int(self.table[self.origin_idx, destination_idx])


def lazy_matrix(places: Sequence[Location], modes: Sequence[TravelMode]) -> LazyMatrix:
    """What :func:`optimizer.travel.straight.straight_matrix` says of the same places, without its arrays."""
    lon, lat = _degrees_of(places).T
    return _matrix(tuple(places), lon, lat, tuple(modes))


def _degrees_of(places: Sequence[Location]) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)


def _matrix(
    places: tuple[Location, ...], lon: NDArray[np.float64], lat: NDArray[np.float64], modes: tuple[TravelMode, ...]
) -> LazyMatrix:
    duration_s = {mode.mode: _Table(lon, lat, mode, is_duration=True) for mode in modes}
    distance_m = {mode.mode: _Table(lon, lat, mode, is_duration=False) for mode in modes}
    return LazyMatrix(
        places=places,
        duration_s=cast(dict[str, NDArray[np.int32]], duration_s),
        distance_m=cast(dict[str, NDArray[np.int32]], distance_m),
        peaks={mode.mode: mode.peaks for mode in modes if mode.peaks},
        source="straight line times detour",
        modes=modes,
        degrees=np.stack([lon, lat], axis=1),
    )
