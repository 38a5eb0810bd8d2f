"""Ways between a travel matrix and a place that may not be in it: the one row and the one column that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import TravelError
from optimizer.problem import Location, TravelMode
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.lazy import LazyMatrix
from optimizer.travel.matrix import TravelMatrix
from optimizer.travel.straight import straight_ways
from optimizer.travel.streets import StreetGraph
from optimizer.travel.table import travel_table

Ways = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Whole seconds and metres; :data:`optimizer.travel.UNREACHABLE` where there is no way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Ways by mode from every place of a matrix to one place (``inward``) and from there (``outward``).

    Each is a pair of ``int32`` arrays of shape ``(n,)``: whole seconds and metres.
    """

    place: Location
    inward: Mapping[str, Ways]
    outward: Mapping[str, Ways]


class Surroundings:
    """What new places are joined to: a travel matrix, and the streets it was made from, if any.

    Parameters
    ----------
    modes
        The problem's modes: speed and detour of those of the matrix.
    streets
        Ways of a new place run along them; without streets by the straight line times the mode's detour.
    """

    def __init__(self, travel: TravelMatrix, modes: Sequence[TravelMode], streets: StreetGraph | None = None) -> None:
        self.travel, self.streets = travel, streets
        self._modes = {mode.mode: mode for mode in modes}

    def reach(self, place: Location) -> Reach:
        """Ways between `place` and every place of the matrix.

        Raises
        ------
        TravelError
            If the place is new and a mode of the matrix is not among the modes.
        """
        if isinstance(self.travel, LazyMatrix):
            ways = self._straight(place, self.travel.modes)
            return Reach(place=place, inward=ways, outward=ways)
        idx = self.travel.idx_by_place.get(place)
        if idx is None:
            return self._reach_of_new(place)
        duration_s, distance_m = self.travel.duration_s, self.travel.distance_m
        return Reach(
            place=place,
            inward={mode: (duration_s[mode][:, idx], distance_m[mode][:, idx]) for mode in duration_s},
            outward={mode: (duration_s[mode][idx, :], distance_m[mode][idx, :]) for mode in duration_s},
        )

    def with_places(self, places: Sequence[Location]) -> TravelMatrix:
        """The matrix with a row and a column more for each of `places` that it does not have."""
        travel = self.travel
        new = [place for place in dict.fromkeys(places) if place not in travel.idx_by_place]
        if isinstance(travel, LazyMatrix):
            return travel.with_places(new) if new else travel
        for place in new:
            travel = _joined(travel, Surroundings(travel, tuple(self._modes.values()), self.streets).reach(place))
        return travel

    def _reach_of_new(self, place: Location) -> Reach:
        modes = [self._mode(name) for name in self.travel.duration_s]
        if self.streets is None:
            ways = self._straight(place, modes)
            return Reach(place=place, inward=ways, outward=ways)
        return Reach(
            place=place,
            inward={mode.mode: self._along(self._streets_back, place, mode) for mode in modes},
            outward={mode.mode: self._along(self.streets, place, mode) for mode in modes},
        )

    def _straight(self, place: Location, modes: Sequence[TravelMode]) -> dict[str, Ways]:
        straight_m = great_circle_m(self._degrees[:, 0], self._degrees[:, 1], place.lon, place.lat)
        return {mode.mode: straight_ways(straight_m, mode) for mode in modes}

    def _along(self, streets: StreetGraph, place: Location, mode: TravelMode) -> Ways:
        table = travel_table([place], self.travel.places, mode, modes=tuple(self._modes.values()), streets=streets)
        return table.duration_s[0], table.distance_m[0]

    @cached_property
    def _degrees(self) -> NDArray[np.float64]:
        """Longitude and latitude of each place, shape ``(n, 2)``."""
        if isinstance(self.travel, LazyMatrix):
            return self.travel.degrees
        return np.array([(place.lon, place.lat) for place in self.travel.places], dtype=np.float64).reshape(-1, 2)

    @cached_property
    def _streets_back(self) -> StreetGraph:
        """The streets with every edge turned round: ways from a place there are ways to it here."""
        assert self.streets is not None
        return replace(self.streets, from_idx=self.streets.to_idx, to_idx=self.streets.from_idx)

    def _mode(self, name: str) -> TravelMode:
        mode = self._modes.get(name)
        if mode is None:
            raise TravelError(
                f"a new place needs the speed of the travel mode {name!r}; add it to the problem's modes."
            )
        return mode


def _joined(travel: TravelMatrix, reach: Reach) -> TravelMatrix:
    """`travel` with the place of `reach` as its last row and column."""

    def grown(figures: Mapping[str, NDArray[np.int32]], part: int) -> dict[str, NDArray[np.int32]]:
        here = np.zeros((1, 1), dtype=np.int32)
        return {
            mode: np.block([[figure, reach.inward[mode][part][:, None]], [reach.outward[mode][part][None, :], here]])
            for mode, figure in figures.items()
        }

    return replace(
        travel,
        places=(*travel.places, reach.place),
        duration_s=grown(travel.duration_s, 0),
        distance_m=grown(travel.distance_m, 1),
    )
