"""Streets from GraphML, as NetworkX and OSMnx write it."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, SourceError
from optimizer.travel.coordinates import great_circle_m
from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import way_of
from optimizer.travel.streets import StreetGraph

_Position = tuple[float, float]

_DECIMALS = 7
_POSITION_KEYS = (("lon", "lat"), ("x", "y"))


def read_graphml(path: Path) -> StreetGraph:
    """Streets of a GraphML file.

    Nodes have ``lon`` and ``lat`` or OSMnx's ``x`` and ``y`` in degrees; edges may have ``length`` in metres, OSMnx's
    WKT ``geometry`` (its bends become nodes) and OpenStreetMap's tags (of a list, the first counts). Edges of a
    directed graph lead one way unless ``oneway`` says otherwise.

    Raises
    ------
    SourceError
        If nodes have no position or a length is no number; carries one issue per node and edge.
    SyntaxError
        If the file is not XML.
    """
    import networkx as nx

    graph = nx.read_graphml(path)
    positions = {node: _position(data) for node, data in graph.nodes(data=True)}
    issues = [_node_issue(path, node) for node, position in positions.items() if position is None]
    lengths: Iterable[tuple[object, object, object]] = graph.edges(data="length")
    issues += [_edge_issue(path, tail, head, length) for tail, head, length in lengths if not _is_length(length)]
    if issues:
        raise SourceError(issues)
    builder = StreetBuilder()
    idx_by_position: dict[_Position, int] = {}
    oneway = "yes" if graph.is_directed() else "no"
    for tail, head, data in graph.edges(data=True):
        bends = _bends(data, positions[tail], positions[head])
        for position in bends:
            if position not in idx_by_position:
                idx_by_position[position] = builder.add_node(*position)
        way = way_of({"oneway": oneway} | {key: _first(value) for key, value in data.items()})
        for (start, end), length_m in zip(pairwise(bends), _lengths_m(bends, data.get("length")), strict=True):
            builder.add_way(idx_by_position[start], idx_by_position[end], length_m, way)
    return builder.build()


def _position(data: Mapping[str, Any]) -> _Position | None:
    for lon_key, lat_key in _POSITION_KEYS:
        try:
            lon, lat = float(data[lon_key]), float(data[lat_key])
        except (KeyError, ValueError):
            continue
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            return round(lon, _DECIMALS), round(lat, _DECIMALS)
    return None


def _bends(data: Mapping[str, Any], start: Any, end: Any) -> list[_Position]:
    """Positions along the edge, both ends included."""
    if "geometry" not in data:
        return [start, end]
    from shapely import from_wkt

    inner = list(from_wkt(data["geometry"]).coords)[1:-1]
    return [start, *((round(lon, _DECIMALS), round(lat, _DECIMALS)) for lon, lat, *_ in inner), end]


def _lengths_m(bends: list[_Position], total: object) -> list[float | None]:
    """Lengths of the stretches between bends, adding up to the edge's length where it has one."""
    if total is None:
        return [None] * (len(bends) - 1)
    straight_m = [float(great_circle_m(*start, *end)) for start, end in pairwise(bends)]
    stretch = float(str(total)) / (sum(straight_m) or 1.0)
    return [round(length_m * stretch, 3) for length_m in straight_m]


def _first(value: object) -> str:
    text = str(value)
    return str(ast.literal_eval(text)[0]) if text.startswith("['") else text


def _is_length(value: object) -> bool:
    try:
        return value is None or 0 <= float(str(value)) < math.inf
    except ValueError:
        return False


def _node_issue(path: Path, node: object) -> Issue:
    message = f"node {node!r} has no longitude and latitude in degrees."
    hint = "Give it lon and lat (or x and y), and project the graph back to WGS 84."
    return Issue(code="node-misplaced", path=f"{path.name}:{node}", message=message, hint=hint)


def _edge_issue(path: Path, tail: object, head: object, length: object) -> Issue:
    message = f"length {length!r} is not a number of metres."
    return Issue(code="number-wrong", path=f"{path.name}:{tail}->{head}:length", message=message, hint="Correct it.")
