"""Fastest ways between stops in a road graph: how long they take, and how far they are.

Of several fastest ways the shortest counts, so that the answer is unique. Durations and lengths are whole numbers;
both engines are exact and agree to the last digit.
"""

from __future__ import annotations

import importlib.util
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import TravelError

_Ints = NDArray[np.int64]

_LENGTH_BITS = 26
_TOO_LONG_MS = 2**27
_ROWS_AT_ONCE = 256
_CCH_INFINITY = 2**31 - 1


class Roads(NamedTuple):
    """Directed edges of one mode between nodes ``0 … n - 1``.

    Every edge takes at least 1 ms.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    from_idx: NDArray[np.int64]
    to_idx: NDArray[np.int64]
    duration_ms: _Ints
    length_dm: _Ints


class Ways(NamedTuple):
    """Milliseconds and decimetres of the fastest ways from stop to stop, ``int64``, -1 where there is none."""

    duration_ms: _Ints
    length_dm: _Ints


def fastest_ways(roads: Roads, stops: NDArray[np.int64]) -> Ways:
    """Ways between all pairs of `stops` (nodes), by contraction hierarchy where that library is installed."""
    if importlib.util.find_spec("pyroutingkit") is None:
        return dijkstra_ways(roads, stops, stops)
    return contraction_ways(roads, stops)


def dijkstra_ways(
    roads: Roads, origins: NDArray[np.int64], destinations: NDArray[np.int64], limit_s: int | None = None
) -> Ways:
    """Ways by Dijkstra's algorithm: the reference.

    Duration and length make one number, ``duration_ms * 2**26 + length_dm``, so that one search finds the shortest of
    the fastest ways. A float holds it exactly up to 37 hours (and 6,700 km). Ways over `limit_s` seconds are not looked
    for.

    Raises
    ------
    TravelError
        If a fastest way takes longer.
    """
    from scipy.sparse.csgraph import dijkstra

    graph = least_key_graph(roads)
    parts = np.split(origins, range(_ROWS_AT_ONCE, len(origins), _ROWS_AT_ONCE))
    limit = np.inf if limit_s is None else limit_key(limit_s)
    keys = np.concatenate([dijkstra(graph, indices=part, limit=limit)[:, destinations] for part in parts])
    return split_keys(keys)


def split_keys(keys: NDArray[np.float64]) -> Ways:
    """Durations and lengths that least keys (:func:`least_key_graph`) are made of; infinite ones are no way.

    Raises
    ------
    TravelError
        If a way takes more than 37 hours.
    """
    is_reached = np.isfinite(keys)
    _check_range(keys.max(where=is_reached, initial=0) / 2**_LENGTH_BITS)
    exact = np.where(is_reached, keys, 0).astype(np.int64)
    duration_ms, length_dm = exact >> _LENGTH_BITS, exact & (2**_LENGTH_BITS - 1)
    return Ways(np.where(is_reached, duration_ms, -1), np.where(is_reached, length_dm, -1))


def contraction_ways(roads: Roads, stops: NDArray[np.int64]) -> Ways:
    """Ways by customizable contraction hierarchy (Dibbelt, Strasser & Wagner 2016), as RoutingKit implements it.

    The hierarchy tells the least weight of a way, not its parts. Lengths follow from three weights per edge: with
    `t` milliseconds, `l` decimetres and a large factor `k`, the least weight under ``k t + x l`` is a concave function
    of `x` whose slope at 0 is the length wanted; if its values at 0, 1 and 2 lie on one line, they show that slope.
    Rows with a pair that fails this (about none at city speeds) are left to :func:`dijkstra_ways`.
    """
    from pyroutingkit import CCHTopology

    topology = CCHTopology()
    ends = (roads.from_idx.astype(np.uint32), roads.to_idx.astype(np.uint32))
    topology.build(*ends, roads.lat.astype(np.float32), roads.lon.astype(np.float32), len(roads.lon))
    duration_ms = _least_weights(topology, roads.duration_ms, stops)
    _check_range(duration_ms.max(initial=0))
    factor = _factor(roads, int(duration_ms.max(initial=1)))
    weights = (factor * roads.duration_ms + times * roads.length_dm for times in (1, 2))
    once, twice = (_least_weights(topology, weight, stops) - factor * duration_ms for weight in weights)
    is_reached = duration_ms >= 0
    length_dm = np.where(is_reached, once, -1)
    doubtful = np.flatnonzero((is_reached & (twice != 2 * once)).any(axis=1))
    if len(doubtful):
        length_dm[doubtful] = dijkstra_ways(roads, stops[doubtful], stops).length_dm
    return Ways(duration_ms, length_dm)


def _factor(roads: Roads, longest_ms: int) -> int:
    """The largest `k` with which no fastest way's weight ``k t + 2 l`` reaches the hierarchy's infinity."""
    fastest_dm_per_ms = (roads.length_dm / roads.duration_ms).max(initial=0)
    return max(1, int(_CCH_INFINITY / max(longest_ms, 1) - 2 * fastest_dm_per_ms) - 1)


def limit_key(duration_s: int) -> float:
    """The key of :func:`least_key_graph` that no way of at most `duration_s` whole seconds exceeds."""
    return (duration_s * 1000 + 1) * 2.0**_LENGTH_BITS


def _check_range(longest_ms: float) -> None:
    if longest_ms >= _TOO_LONG_MS:
        raise TravelError("a way between two places takes more than 37 hours; plan for a smaller area.")


def _least_weights(topology: Any, weights: _Ints, stops: NDArray[np.int64]) -> _Ints:
    from pyroutingkit import CCHMetric

    metric = CCHMetric(topology)
    metric.customize(np.minimum(weights, _CCH_INFINITY).astype(np.uint32))
    least = metric.distances_many_to_many(stops.astype(np.uint32), stops.astype(np.uint32)).astype(np.int64)
    return np.where(least < _CCH_INFINITY, least, -1)


def turned_round(roads: Roads) -> Roads:
    """The same roads, every edge turned round: ways from a place there are ways to it here."""
    return roads._replace(from_idx=roads.to_idx, to_idx=roads.from_idx)


def least_key_graph(roads: Roads) -> Any:
    """Sparse matrix of the least key between any two nodes (summing parallels, as SciPy would, is no distance)."""
    from scipy.sparse import csr_array

    keys = roads.duration_ms * 2.0**_LENGTH_BITS + roads.length_dm
    order = np.lexsort((keys, roads.to_idx, roads.from_idx))
    tail, head = roads.from_idx[order], roads.to_idx[order]
    is_least = np.ones(len(order), dtype=np.bool_)
    is_least[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    shape = (len(roads.lon), len(roads.lon))
    return csr_array((keys[order][is_least], (tail[is_least], head[is_least])), shape=shape)
