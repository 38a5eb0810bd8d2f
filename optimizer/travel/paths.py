"""The course of a way along the streets, for maps: which places are passed from one place to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from optimizer.problem import Location, TravelMode
from optimizer.travel.fastest import least_key_graph, limit_key
from optimizer.travel.matrix import TravelMatrix
from optimizer.travel.snapping import Snapped, snap_places
from optimizer.travel.streets import StreetGraph


class StreetPaths:
    """Finds the fastest way's course between two places of a travel matrix, for the modes given.

    Searches are cut off at the way's known duration, so that short ways cost little. Called with a mode's name and two
    places it returns the places passed, both ends included; the two ends alone where the mode has no way.
    """

    def __init__(self, streets: StreetGraph, travel: TravelMatrix, modes: Sequence[TravelMode]) -> None:
        self._streets, self._travel = streets, travel
        self._modes = {mode.mode: mode for mode in modes}
        self._snapped: dict[str, Snapped | None] = {}
        self._graphs: dict[str, Any] = {}
        self._known: dict[tuple[str, Location, Location], tuple[Location, ...]] = {}

    def __call__(self, mode: str, origin: Location, destination: Location) -> Sequence[Location]:
        """The places passed from `origin` to `destination` by `mode`."""
        key = mode, origin, destination
        if key not in self._known:
            self._known[key] = (origin, *self._course(mode, origin, destination), destination)
        return self._known[key]

    def _course(self, mode: str, origin: Location, destination: Location) -> tuple[Location, ...]:
        from scipy.sparse.csgraph import dijkstra

        snapped = self._snap(mode)
        if snapped is None or origin == destination or self._travel.way(mode, origin, destination, 0) is None:
            return ()
        row, column = self._travel.idx_by_place[origin], self._travel.idx_by_place[destination]
        first, last = int(snapped.stops[row]), int(snapped.stops[column])
        limit = limit_key(int(self._travel.duration_s[mode][row, column]))
        _, predecessors = dijkstra(self._graphs[mode], indices=[first], return_predecessors=True, limit=limit)
        before = predecessors[0]
        nodes = [last]
        while nodes[-1] != first and before[nodes[-1]] >= 0:
            nodes.append(int(before[nodes[-1]]))
        if nodes[-1] != first:
            return ()
        lon, lat = snapped.roads.lon, snapped.roads.lat
        return tuple(Location(lon=float(lon[node]), lat=float(lat[node])) for node in reversed(nodes))

    def _snap(self, mode: str) -> Snapped | None:
        if mode not in self._snapped:
            places = np.array([(place.lon, place.lat) for place in self._travel.places])
            snapped = snap_places(self._streets, self._modes[mode], *places.T)
            self._snapped[mode] = snapped
            self._graphs[mode] = None if snapped is None else least_key_graph(snapped.roads)
        return self._snapped[mode]
