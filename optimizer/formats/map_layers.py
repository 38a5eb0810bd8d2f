"""Layers of GeoJSON features as files for map programs: one GeoJSON collection, or one GeoPackage with a table each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MapLayers = Mapping[str, Sequence[Mapping[str, Any]]]
"""GeoJSON features (WGS 84) by name of layer."""


def layers_to_geojson(layers: MapLayers) -> bytes:
    """All features as one collection (RFC 7946), each with the name of its layer in the property ``layer``."""
    features = [
        {**feature, "properties": {"layer": name, **feature["properties"]}}
        for name, members in layers.items()
        for feature in members
    ]
    tree = {"type": "FeatureCollection", "features": features}
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def write_geopackage(layers: MapLayers, path: Path) -> None:
    """One table a layer (EPSG:4326); lists become text with semicolons, layers without features are left out."""
    import geopandas

    for name, features in layers.items():
        if features:
            plain = [{**feature, "properties": _plain(feature["properties"])} for feature in features]
            geopandas.GeoDataFrame.from_features(plain, crs="EPSG:4326").to_file(path, driver="GPKG", layer=name)


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in properties.items()
    }
