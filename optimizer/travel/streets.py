"""The street graph: nodes, directed edges, and who may use which of them how fast."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Network, TravelMode

_MS_PER_M_AT_1_KMH = 3600


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetGraph:
    """Streets as arrays: `n` nodes and `m` directed edges. Two graphs with equal contents are equal.

    Directions are explicit: a two-way street is two edges, and a street that is one-way for cars has a second edge
    that only those on foot may use. Parallel edges are allowed.

    Parameters
    ----------
    lon, lat
        ``float64`` of shape ``(n,)``: WGS 84 degrees of the nodes.
    from_idx, to_idx
        ``int32`` of shape ``(m,)``: nodes that each edge leaves and enters.
    length_m
        ``float64`` of shape ``(m,)``: metres, finite and not negative.
    speed_kmh
        ``float64`` of shape ``(m,)``: speed of a car on the edge; ``inf`` where the street has none of its own.
    foot, bicycle, car
        ``bool`` of shape ``(m,)``: who may use the edge in this direction.
    name_idx
        ``int32`` of shape ``(m,)``: position of the street's name in `names`, -1 for none.
    names
        Street names.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    from_idx: NDArray[np.int32]
    to_idx: NDArray[np.int32]
    length_m: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    foot: NDArray[np.bool_]
    bicycle: NDArray[np.bool_]
    car: NDArray[np.bool_]
    name_idx: NDArray[np.int32]
    names: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StreetGraph) and self.content_hash == other.content_hash

    def __hash__(self) -> int:
        return hash(self.content_hash)

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    @property
    def num_edges(self) -> int:
        """Number of directed edges."""
        return len(self.from_idx)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over nodes and edges: equal streets have equal hashes, however their names are numbered."""
        digest = hashlib.sha256(repr([self.name_of(edge_idx) for edge_idx in range(self.num_edges)]).encode())
        for array in (self.lon, self.lat, self.from_idx, self.to_idx, self.length_m, self.speed_kmh):
            digest.update(np.ascontiguousarray(array).tobytes())
        for network in Network:
            digest.update(self.allowed(network).tobytes())
        return digest.hexdigest()

    @property
    def segments(self) -> NDArray[np.float64]:
        """The streets as lines to draw, each once whatever its directions; shape ``(k, 4)``, degrees."""
        ends = np.sort(np.stack([self.from_idx, self.to_idx], axis=1), axis=1)
        first, second = np.unique(ends, axis=0).T
        return np.stack([self.lon[first], self.lat[first], self.lon[second], self.lat[second]], axis=1)

    def name_of(self, edge_idx: int) -> str:
        """Name of the street that an edge belongs to, empty for none."""
        name_idx = int(self.name_idx[edge_idx])
        return self.names[name_idx] if name_idx >= 0 else ""

    def allowed(self, network: Network) -> NDArray[np.bool_]:
        """Which edges belong to `network`; shape ``(m,)``."""
        by_network: Mapping[Network, NDArray[np.bool_]] = {
            Network.FOOT: self.foot,
            Network.BICYCLE: self.bicycle,
            Network.CAR: self.car,
        }
        return by_network[network]

    def edge_duration_ms(self, mode: TravelMode) -> NDArray[np.uint32]:
        """Milliseconds that `mode` takes for each edge, at least 1; shape ``(m,)``.

        ``mode.speed_kmh`` is a door-to-door average, stops and crossings included. On foot and by bicycle it holds on
        every edge; a car has it wherever the street is no slower: ``length / min(edge speed, mode speed)``.
        """
        speed_kmh = np.full(self.num_edges, mode.speed_kmh)
        if mode.network is Network.CAR:
            speed_kmh = np.minimum(self.speed_kmh, mode.speed_kmh)
        duration_ms = np.rint(self.length_m * _MS_PER_M_AT_1_KMH / speed_kmh)
        return np.asarray(np.maximum(duration_ms, 1), dtype=np.uint32)

    def largest_part(self, network: Network) -> NDArray[np.bool_]:
        """Which nodes belong to the largest strongly connected part of `network`; shape ``(n,)``.

        Inside it every node can be reached from every other. Empty where the network has no edge.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        edges = self.allowed(network)
        if not edges.any():
            return np.zeros(self.num_nodes, dtype=np.bool_)
        ends = (self.from_idx[edges], self.to_idx[edges])
        graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(self.num_nodes, self.num_nodes))
        _, part = connected_components(graph.tocsr(), directed=True, connection="strong")
        return np.asarray(part == np.bincount(part).argmax(), dtype=np.bool_)
