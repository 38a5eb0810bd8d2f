"""Streets from OpenStreetMap files (PBF or XML)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import Way, way_of
from optimizer.travel.streets import StreetGraph


def read_osm(path: Path) -> StreetGraph:
    """Streets of an OpenStreetMap file, every node of a way being a node of the graph.

    Ways clipped at the file's border lose the parts whose nodes are missing.

    Raises
    ------
    RuntimeError
        If the file cannot be parsed.
    """
    ways = list(_ways(path))
    builder = StreetBuilder()
    needed = {node for nodes, _ in ways for node in nodes}
    idx_by_node = {node: builder.add_node(lon, lat) for node, lon, lat in _nodes(path, needed)}
    for nodes, way in ways:
        for tail, head in pairwise(nodes):
            if tail in idx_by_node and head in idx_by_node:
                builder.add_way(idx_by_node[tail], idx_by_node[head], None, way)
    return builder.build()


def _ways(path: Path) -> Iterator[tuple[list[int], Way]]:
    """Nodes and use of every way that somebody may use."""
    import osmium

    for item in osmium.FileProcessor(path, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
        assert isinstance(item, osmium.osm.Way)
        way = way_of({tag.k: tag.v for tag in item.tags})
        if way.forward or way.backward:
            yield [node.ref for node in item.nodes], way


def _nodes(path: Path, needed: set[int]) -> Iterator[tuple[int, float, float]]:
    import osmium

    for item in osmium.FileProcessor(path, osmium.osm.NODE).with_filter(osmium.filter.IdFilter(needed)):
        assert isinstance(item, osmium.osm.Node)
        yield item.id, item.location.lon, item.location.lat
