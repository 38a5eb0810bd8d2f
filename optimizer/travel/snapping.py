"""Joins places to the streets: each becomes a node on the nearest street of its mode."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import TravelMode
from optimizer.travel.coordinates import EARTH_RADIUS_M
from optimizer.travel.fastest import Roads
from optimizer.travel.streets import StreetGraph

_SHARE_DECIMALS = 9
"""Places this close along an edge (as a share of it) join it at the same point."""


class Snapped(NamedTuple):
    """Roads with the places in them.

    ``stops`` are the nodes of the places and ``access_m`` their distances from there in metres; shape ``(k,)``.
    """

    roads: Roads
    stops: NDArray[np.int64]
    access_m: NDArray[np.float64]


class _Edges(NamedTuple):
    """Directed edges; ``street_idx`` is the stretch (pair of nodes) that an edge and its opposite share."""

    from_idx: NDArray[np.int64]
    to_idx: NDArray[np.int64]
    duration_ms: NDArray[np.float64]
    length_dm: NDArray[np.float64]
    street_idx: NDArray[np.int64]


class _Cuts(NamedTuple):
    """Nodes put into stretches, each at a share of its stretch counted from the end with the lower number."""

    node_idx: NDArray[np.int64]
    street_idx: NDArray[np.int64]
    share: NDArray[np.float64]


def snap_places(
    streets: StreetGraph, mode: TravelMode, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> Snapped | None:
    """Join places (WGS 84 degrees, shape ``(k,)``) to the nearest street of the mode's largest connected part.

    A place becomes a node of its own in the street, so that ways begin and end in front of the door and run only in
    directions allowed. ``None`` where the mode has no streets.
    """
    part = streets.largest_part(mode.network)
    kept = streets.allowed(mode.network) & part[streets.from_idx] & part[streets.to_idx]
    kept &= streets.from_idx != streets.to_idx
    if not kept.any():
        return None
    edges, ends = _edges_within(streets, mode, part, kept)
    node_lon, node_lat = streets.lon[part], streets.lat[part]
    street_idx, share, access_m = _nearest(*_plane(node_lon, node_lat, lon, lat), ends)
    points = np.stack([street_idx, np.round(share, _SHARE_DECIMALS)])
    (street_idx, share), point_idx = np.unique(points, axis=1, return_inverse=True)
    cuts, node_idx = _cuts(street_idx.astype(np.int64), share, ends, len(node_lon))
    cut_lon, cut_lat = (_between(degrees, cuts, ends) for degrees in (node_lon, node_lat))
    roads = _roads(np.append(node_lon, cut_lon), np.append(node_lat, cut_lat), edges, _cut_edges(edges, cuts, ends))
    return Snapped(roads, node_idx[point_idx], access_m)


def _edges_within(
    streets: StreetGraph, mode: TravelMode, part: NDArray[np.bool_], kept: NDArray[np.bool_]
) -> tuple[_Edges, NDArray[np.int64]]:
    """The kept edges between the nodes of `part`, numbered anew, and the two nodes (lower first) of each stretch."""
    number = np.cumsum(part) - 1
    from_idx, to_idx = number[streets.from_idx[kept]], number[streets.to_idx[kept]]
    pairs = np.sort(np.stack([from_idx, to_idx], axis=1), axis=1)
    ends, street_idx = np.unique(pairs, axis=0, return_inverse=True)
    edges = _Edges(
        from_idx=from_idx,
        to_idx=to_idx,
        duration_ms=streets.edge_duration_ms(mode)[kept].astype(np.float64),
        length_dm=streets.length_m[kept] * 10,
        street_idx=street_idx,
    )
    return edges, ends


def _plane(
    node_lon: NDArray[np.float64], node_lat: NDArray[np.float64], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and places in metres on a plane that is true around the streets' middle latitude; shapes ``(·, 2)``."""
    m_per_degree = np.radians(EARTH_RADIUS_M)
    scale = np.array([m_per_degree * np.cos(np.radians((node_lat.min() + node_lat.max()) / 2)), m_per_degree])
    return np.stack([node_lon, node_lat], axis=1) * scale, np.stack([lon, lat], axis=1) * scale


def _nearest(
    nodes: NDArray[np.float64], places: NDArray[np.float64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """For each place its nearest stretch, the share of it at which that is, and the distance in metres."""
    import shapely

    stretches, points = np.asarray(shapely.linestrings(nodes[ends])), shapely.points(places)
    (_, nearest), distance_m = shapely.STRtree(stretches).query_nearest(points, all_matches=False, return_distance=True)
    share = shapely.line_locate_point(stretches[nearest], points, normalized=True)
    return nearest, np.nan_to_num(share), distance_m


def _cuts(
    street_idx: NDArray[np.int64], share: NDArray[np.float64], ends: NDArray[np.int64], num_nodes: int
) -> tuple[_Cuts, NDArray[np.int64]]:
    """Cuts for the points inside stretches, and the node of every point; a point at an end is the node there."""
    node_idx = ends[street_idx, (share > 0).astype(np.int64)]
    inside = (share > 0) & (share < 1)
    node_idx[inside] = num_nodes + np.arange(inside.sum())
    return _Cuts(node_idx[inside], street_idx[inside], share[inside]), node_idx


def _between(degrees: NDArray[np.float64], cuts: _Cuts, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    low, high = degrees[ends[cuts.street_idx]].T
    return np.asarray(low + cuts.share * (high - low))


def _cut_edges(edges: _Edges, cuts: _Cuts, ends: NDArray[np.int64]) -> _Edges:
    """The pieces of every edge that is cut, in both directions where there are two."""
    by_street = np.argsort(edges.street_idx, kind="stable")
    first, end = (np.searchsorted(edges.street_idx[by_street], cuts.street_idx, side) for side in ("left", "right"))
    cut_idx = np.repeat(np.arange(len(first)), end - first)
    rank = np.arange(len(cut_idx)) - np.repeat(np.cumsum(end - first) - (end - first), end - first)
    edge_idx = by_street[first[cut_idx] + rank]
    is_upward = edges.from_idx[edge_idx] == ends[edges.street_idx[edge_idx], 0]
    share = np.where(is_upward, cuts.share[cut_idx], 1 - cuts.share[cut_idx])
    order = np.lexsort((share, edge_idx))
    return _pieces(edges, edge_idx[order], share[order], cuts.node_idx[cut_idx[order]])


def _pieces(
    edges: _Edges, edge_idx: NDArray[np.int64], share: NDArray[np.float64], node_idx: NDArray[np.int64]
) -> _Edges:
    """Pieces up to each cut, and from each edge's last cut to its end; cuts come by edge and by share along it."""
    is_first, is_last = (np.ones(len(edge_idx), dtype=np.bool_) for _ in range(2))
    is_first[1:] = is_last[:-1] = edge_idx[1:] != edge_idx[:-1]
    before = np.where(is_first, 0.0, np.roll(share, 1))
    tail = np.where(is_first, edges.from_idx[edge_idx], np.roll(node_idx, 1))
    last_idx = edge_idx[is_last]
    whole_idx = np.append(edge_idx, last_idx)
    part = np.append(share - before, 1 - share[is_last])
    return _Edges(
        from_idx=np.append(tail, node_idx[is_last]),
        to_idx=np.append(node_idx, edges.to_idx[last_idx]),
        duration_ms=edges.duration_ms[whole_idx] * part,
        length_dm=edges.length_dm[whole_idx] * part,
        street_idx=edges.street_idx[whole_idx],
    )


def _roads(lon: NDArray[np.float64], lat: NDArray[np.float64], *edges: _Edges) -> Roads:
    from_idx, to_idx, duration_ms, length_dm, _ = (np.concatenate(arrays) for arrays in zip(*edges, strict=True))
    return Roads(
        lon=lon,
        lat=lat,
        from_idx=from_idx,
        to_idx=to_idx,
        duration_ms=np.maximum(np.rint(duration_ms), 1).astype(np.int64),
        length_dm=np.rint(length_dm).astype(np.int64),
    )
