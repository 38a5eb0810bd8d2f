"""Streets from line layers: GeoJSON, GeoPackage, Shapefile."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, SourceError
from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import way_of
from optimizer.travel.streets import StreetGraph

_DECIMALS = 7
"""Coordinates equal to this many decimals (about a centimetre) are the same node."""


def read_lines(path: Path) -> StreetGraph:
    """Streets of a layer of LineStrings; lines meet where they share coordinates.

    Properties are OpenStreetMap's tags (``highway``, ``oneway``, ``maxspeed``, ``name``, ``foot`` …), all optional.
    Layers in another coordinate system are projected back to WGS 84.

    Raises
    ------
    SourceError
        If a feature is not a line; carries one issue per feature.
    ValueError
        If the file cannot be parsed.
    """
    import geopandas

    layer = geopandas.read_file(path)
    layer = layer if layer.crs is None else layer.to_crs(4326)
    kinds = enumerate(layer.geometry.geom_type)
    issues = [_issue(path, row, kind) for row, kind in kinds if kind not in {"LineString", "MultiLineString"}]
    if issues:
        raise SourceError(issues)
    return _streets_of(layer.explode(ignore_index=True))


def _streets_of(layer: Any) -> StreetGraph:
    import pandas

    builder = StreetBuilder()
    idx_by_position: dict[tuple[float, float], int] = {}
    properties = layer.drop(columns=layer.geometry.name).to_dict("records")
    for line, tags in zip(layer.geometry, properties, strict=True):
        way = way_of({key: str(value) for key, value in tags.items() if not pandas.isna(value)})
        positions = [(round(lon, _DECIMALS), round(lat, _DECIMALS)) for lon, lat, *_ in line.coords]
        for position in positions:
            if position not in idx_by_position:
                idx_by_position[position] = builder.add_node(*position)
        for tail, head in pairwise(positions):
            builder.add_way(idx_by_position[tail], idx_by_position[head], None, way)
    return builder.build()


def _issue(path: Path, row: int, kind: object) -> Issue:
    where, message = f"{path.name}:features[{row}]", f"is {kind or 'empty'}, not a line."
    return Issue(code="geometry-wrong", path=where, message=message, hint="Remove the feature.")
