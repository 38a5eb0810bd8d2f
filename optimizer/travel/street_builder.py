"""Makes a :class:`StreetGraph` of nodes and ways as a reader meets them."""

from __future__ import annotations

import numpy as np

from optimizer.problem import Network
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.street_tags import Way
from optimizer.travel.streets import StreetGraph

_Edge = tuple[int, int, float, float, frozenset[Network], str]


class StreetBuilder:
    """Collects nodes and directed edges, in order."""

    def __init__(self) -> None:
        self._positions: list[tuple[float, float]] = []
        self._edges: list[_Edge] = []
        self._seen: set[_Edge] = set()

    def add_node(self, lon: float, lat: float) -> int:
        """Add a node at WGS 84 degrees and return its position."""
        self._positions.append((lon, lat))
        return len(self._positions) - 1

    def add_edge(self, from_idx: int, to_idx: int, length_m: float | None, way: Way) -> None:
        """Add one directed edge for the forward users of `way`, straight if without `length_m`."""
        if length_m is None:
            length_m = self._straight_m(from_idx, to_idx)
        self._edges.append((from_idx, to_idx, length_m, way.speed_kmh, way.forward, way.name))

    def add_way(self, from_idx: int, to_idx: int, length_m: float | None, way: Way) -> None:
        """Add the edges of `way` between two nodes, each once even if the source draws both directions.

        Without `length_m` the way is straight. Directions that nobody may use and loops are left out.
        """
        if length_m is None:
            length_m = self._straight_m(from_idx, to_idx)
        for tail, head, users in ((from_idx, to_idx, way.forward), (to_idx, from_idx, way.backward)):
            edge = (tail, head, length_m, way.speed_kmh, users, way.name)
            if users and tail != head and edge not in self._seen:
                self._seen.add(edge)
                self._edges.append(edge)

    def build(self) -> StreetGraph:
        """The street graph of everything added."""
        positions = np.array(self._positions, dtype=np.float64).reshape(-1, 2)
        tails, heads, lengths, speeds, users, names = zip(*self._edges, strict=True) if self._edges else ((),) * 6
        idx_by_name = {name: idx for idx, name in enumerate(dict.fromkeys(filter(None, names)))}
        return StreetGraph(
            lon=positions[:, 0].copy(),
            lat=positions[:, 1].copy(),
            from_idx=np.array(tails, dtype=np.int32),
            to_idx=np.array(heads, dtype=np.int32),
            length_m=np.array(lengths, dtype=np.float64),
            speed_kmh=np.array(speeds, dtype=np.float64),
            foot=np.array([Network.FOOT in each for each in users], dtype=np.bool_),
            bicycle=np.array([Network.BICYCLE in each for each in users], dtype=np.bool_),
            car=np.array([Network.CAR in each for each in users], dtype=np.bool_),
            name_idx=np.array([idx_by_name.get(name, -1) for name in names], dtype=np.int32),
            names=tuple(idx_by_name),
        )

    def _straight_m(self, from_idx: int, to_idx: int) -> float:
        return float(great_circle_m(*self._positions[from_idx], *self._positions[to_idx]))
