"""Isochrones: the ground from which one walks to a site within so many minutes, as polygons for any map program.

From each site one search over the streets turned round tells how long every crossing is away. A street counts as far
as somebody on it still arrives in time, and with it the ground up to :data:`BESIDE_STREET_M` to its sides; gaps inside
blocks up to :data:`LARGEST_BLOCK_M2` are filled, because their houses open on the streets around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from optimizer.errors import Issue, SourceError
from optimizer.problem import Location, TravelMode
from optimizer.travel.coordinates import EARTH_RADIUS_M
from optimizer.travel.fastest import Roads, least_key_graph, limit_key, split_keys, turned_round
from optimizer.travel.snapping import snap_places
from optimizer.travel.street_matrix import MAX_ACCESS_M
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_MINUTE

if TYPE_CHECKING:
    import geopandas

BESIDE_STREET_M = 60
"""Houses up to this far from a street within reach are within reach (assumed)."""

LARGEST_BLOCK_M2 = 100_000
"""Blocks up to this size whose streets are all within reach count as a whole (assumed)."""

_SIMPLER_BY_M = 5.0

LAYER_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
"""Formats that :func:`write_isochrones` knows, by suffix."""


class Isochrone(NamedTuple):
    """The ground within ``limit_s`` seconds of a site, in WGS 84 degrees; empty where the site is off the streets."""

    site_id: str
    limit_s: int
    ground: shapely.Geometry
    area_km2: float


class _Plane(NamedTuple):
    """Metres around a middle latitude."""

    lon: float
    lat: float
    lon_m: float
    lat_m: float

    def metres(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([(lon - self.lon) * self.lon_m, (lat - self.lat) * self.lat_m], axis=-1)

    def degrees(self, ground: shapely.Geometry) -> shapely.Geometry:
        scale = np.array([self.lon_m, self.lat_m])
        return shapely.transform(ground, lambda xy: np.round(xy / scale + (self.lon, self.lat), 6))


def isochrones(
    streets: StreetGraph, site_by_id: Mapping[str, Location], mode: TravelMode, limits_s: Sequence[int]
) -> list[Isochrone]:
    """The ground within each of `limits_s` of each site, by site and limit.

    Raises
    ------
    TravelError
        If a way takes more than 37 hours.
    """
    from scipy.sparse.csgraph import dijkstra

    places = np.array([(place.lon, place.lat) for place in site_by_id.values()], dtype=np.float64).reshape(-1, 2)
    snapped = snap_places(streets, mode, *places.T)
    if snapped is None:
        return [Isochrone(site_id, limit_s, shapely.Polygon(), 0.0) for site_id in site_by_id for limit_s in limits_s]
    roads, plane = snapped.roads, _plane_of(snapped.roads)
    graph, xy = least_key_graph(turned_round(roads)), plane.metres(roads.lon, roads.lat)
    found = []
    for site_id, stop, access_m in zip(site_by_id, snapped.stops.tolist(), snapped.access_m.tolist(), strict=True):
        access_ms = access_m * 3600 / mode.speed_kmh if access_m <= MAX_ACCESS_M else np.inf
        keys = dijkstra(graph, indices=stop, limit=limit_key(max(limits_s)))
        duration_ms = split_keys(keys).duration_ms
        for limit_s in limits_s:
            lines = _reached_lines(roads, xy, duration_ms, limit_s * 1000 - access_ms)
            ground = _ground(lines)
            found.append(Isochrone(site_id, limit_s, plane.degrees(ground), float(shapely.area(ground)) / 1e6))
    return found


def merged_ground(found: Sequence[Isochrone], limit_s: int) -> shapely.Geometry:
    """The ground within `limit_s` of any site."""
    return shapely.union_all([each.ground for each in found if each.limit_s == limit_s])


def isochrone_frame(found: Sequence[Isochrone]) -> geopandas.GeoDataFrame:
    """Isochrones as a layer with the columns ``site_id``, ``minutes``, ``area_km2`` and ``geometry`` (EPSG:4326)."""
    import geopandas

    rows = {
        "site_id": [each.site_id for each in found],
        "minutes": [each.limit_s / SECONDS_PER_MINUTE for each in found],
        "area_km2": [round(each.area_km2, 4) for each in found],
    }
    return geopandas.GeoDataFrame(rows, geometry=[each.ground for each in found], crs="EPSG:4326")


def write_isochrones(found: Sequence[Isochrone], path: Path) -> None:
    """Write :func:`isochrone_frame` as GeoPackage or GeoJSON, by the suffix of `path`.

    Raises
    ------
    SourceError
        If `path` has another suffix.
    """
    driver = LAYER_DRIVERS.get(path.suffix.lower())
    if driver is None:
        message = f"{path.suffix!r} is no map layer that is written here."
        issue = Issue(code="format-unknown", path=str(path), message=message, hint="End it in .gpkg or .geojson.")
        raise SourceError([issue])
    isochrone_frame(found).to_file(path, driver=driver, layer="isochrones")


def _plane_of(roads: Roads) -> _Plane:
    lon, lat = float(roads.lon.mean()), float(roads.lat.mean())
    lat_m = float(np.radians(EARTH_RADIUS_M))
    return _Plane(lon, lat, lat_m * float(np.cos(np.radians(lat))), lat_m)


def _reached_lines(
    roads: Roads, xy: NDArray[np.float64], duration_ms: NDArray[np.int64], limit_ms: float
) -> NDArray[np.float64]:
    """Parts of edges from which one arrives in time, whole streets once; shape ``(num_lines, 2, 2)``, metres."""
    left_ms = limit_ms - duration_ms[roads.to_idx]
    reached = np.flatnonzero((duration_ms[roads.to_idx] >= 0) & (left_ms > 0))
    share = np.minimum(1.0, left_ms[reached] / roads.duration_ms[reached])
    near, far = xy[roads.to_idx[reached]], xy[roads.from_idx[reached]]
    lines = np.stack([near, near + share[:, None] * (far - near)], axis=1)
    is_whole = share >= 1
    ends = np.sort(np.stack([roads.from_idx[reached], roads.to_idx[reached]], axis=1)[is_whole], axis=1)
    _, once = np.unique(ends, axis=0, return_index=True)
    return np.concatenate([lines[is_whole][once], lines[~is_whole]])


def _ground(lines: NDArray[np.float64]) -> shapely.Geometry:
    if not len(lines):
        return shapely.Polygon()
    streets = shapely.simplify(shapely.line_merge(shapely.multilinestrings(list(lines))), _SIMPLER_BY_M)
    ground = shapely.union_all(shapely.buffer(shapely.get_parts(streets), BESIDE_STREET_M, quad_segs=3))
    parts = [_filled(part) for part in shapely.get_parts(ground)]
    return shapely.simplify(shapely.union_all(parts), _SIMPLER_BY_M)


def _filled(part: shapely.Polygon) -> shapely.Polygon:
    holes = [ring for ring in part.interiors if shapely.Polygon(ring).area > LARGEST_BLOCK_M2]
    return shapely.Polygon(part.exterior, holes)
