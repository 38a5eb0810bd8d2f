"""What the care map draws and gives away: one GeoJSON layer per kind, as files and as a table."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from api.console.care import PER_ELDERS, Care, Reach, Share, community_of
from optimizer.formats.map_layers import layers_to_geojson, write_geopackage
from optimizer.travel.coordinates import EARTH_RADIUS_M
from optimizer.travel.isochrones import merged_ground
from optimizer.units import SECONDS_PER_MINUTE

CELL_M = 250
"""Side of a cell of the density."""
AROUND_HOME_M = 220
"""The ground of a community goes so far from its homes at most."""
NUM_CLASSES = 4
_BLURRED_MIN = 5
_HAIR_M = 6
_DECIMALS = 5
_TIDY_DEG = 3e-5

Feature = dict[str, Any]


class CareLayer(StrEnum):
    """What the care map draws."""

    AREAS = "areas"
    """Ground within so many minutes of any station, and of each."""
    DENSITY = "density"
    """Elders by square cell."""
    COMMUNITIES = "communities"
    """Ground around the homes of each community, with its demand and supply."""
    ELDERS = "elders"
    """Homes, with how each stands."""
    STATIONS = "stations"
    """Stations that elders walk to, with room and load."""


class CareFile(StrEnum):
    """What can be taken along of the care map."""

    GEOPACKAGE = "gpkg"
    GEOJSON = "geojson"
    TABLE = "csv"


class CareLayers:
    """The layers of one care map, each made when it is first asked for."""

    def __init__(self, care: Care) -> None:
        self.care = care
        self._makers: Mapping[CareLayer, Callable[[], Iterator[Feature]]] = {
            CareLayer.AREAS: self._areas,
            CareLayer.DENSITY: self._density,
            CareLayer.COMMUNITIES: self._communities,
            CareLayer.ELDERS: self._elders,
            CareLayer.STATIONS: self._stations,
        }
        self._kept: dict[CareLayer, bytes] = {}

    def features(self, layer: CareLayer) -> list[Feature]:
        """The features of a layer."""
        return list(self._makers[layer]())

    def packed(self, layer: CareLayer) -> bytes:
        """A layer as GeoJSON, compressed."""
        if layer not in self._kept:
            tree = {"type": "FeatureCollection", "features": self.features(layer)}
            self._kept[layer] = gzip.compress(orjson.dumps(tree), 5)
        return self._kept[layer]

    def file(self, kind: CareFile) -> bytes:
        """All layers, or the table of communities, as a file."""
        if kind is CareFile.TABLE:
            return community_table(self.care.communities)
        layers = {str(layer): self.features(layer) for layer in CareLayer}
        if kind is CareFile.GEOJSON:
            return layers_to_geojson(layers)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "care.gpkg"
            write_geopackage(layers, path)
            return path.read_bytes()

    @cached_property
    def density_edges(self) -> tuple[int, ...]:
        """Elders of a cell at which each class of the density begins, the first one at 1."""
        most = max(self._cells.values(), default=1)
        return tuple(sorted({max(1, -(-most * part // NUM_CLASSES) + (part > 0)) for part in range(NUM_CLASSES)}))

    @cached_property
    def supply_edges(self) -> tuple[int, ...]:
        """Places for 100 elders at which each class of the supply begins, between the least and the most there is."""
        found = [_per_hundred(share) for share in self.care.communities]
        least, most = min(found, default=0), max(found, default=0)
        return tuple(sorted({least + (most - least) * part // NUM_CLASSES for part in range(NUM_CLASSES)}))

    def _areas(self) -> Iterator[Feature]:
        """Widest first, so that the nearer ground is drawn above it."""
        circle = self.care.circle
        for limit_s in reversed(circle.ring_limits_s):
            facts = {"minutes": limit_s / SECONDS_PER_MINUTE}
            if circle.rings:
                yield _feature(_rounded(merged_ground(circle.rings, limit_s)), {**facts, "station_id": None})
            for ring in circle.rings:
                if ring.limit_s == limit_s:
                    yield _feature(_rounded(ring.ground), {**facts, "station_id": ring.site_id})

    @cached_property
    def _cells(self) -> Counter[tuple[int, int]]:
        """Elders by column and row of the grid."""
        if not len(self._lon_lat):
            return Counter()
        cells = np.floor(self._lon_lat * self._metres_per_deg / CELL_M).astype(int)
        return Counter(map(tuple, cells.tolist()))

    def _density(self) -> Iterator[Feature]:
        size = CELL_M / self._metres_per_deg
        for (column, row), number in sorted(self._cells.items()):
            west, south = column * size[0], row * size[1]
            cell = shapely.box(west, south, west + size[0], south + size[1])
            per_km2 = round(number * 1e6 / CELL_M**2)
            yield _feature(
                _rounded(cell),
                {
                    "elders": number,
                    "elders_per_km2": per_km2,
                    "class": int(np.searchsorted(self.density_edges, number, side="right")) - 1,
                },
            )

    def _communities(self) -> Iterator[Feature]:
        grounds = self._grounds()
        for share in self.care.communities:
            supply_class = int(np.searchsorted(self.supply_edges[1:], _per_hundred(share), side="right"))
            yield _feature(grounds[share.name], {**community_facts(share), "class": supply_class})

    def _grounds(self) -> dict[str, shapely.Geometry]:
        """Ground nearer to a home of the community than to one of another, and not far from it."""
        homes, first = np.unique(self._lon_lat * self._metres_per_deg, axis=0, return_index=True)
        names = [community_of(self.care.problem.elders[row]) for row in first.tolist()]
        around = np.array(shapely.buffer(shapely.points(homes), AROUND_HOME_M, quad_segs=4), dtype=object, ndmin=1)
        if len(homes) > 1:
            whole = shapely.box(*shapely.total_bounds(around))
            cells = shapely.voronoi_polygons(shapely.multipoints(homes), extend_to=whole, ordered=True)
            around = shapely.intersection(around, shapely.get_parts(cells))
        by_name: dict[str, list[shapely.Geometry]] = {share.name: [] for share in self.care.communities}
        for name, ground in zip(names, around.tolist(), strict=True):
            by_name[name].append(ground)
        scale = self._metres_per_deg
        return {
            name: _rounded(shapely.transform(_whole(parts), lambda xy: xy / scale)) for name, parts in by_name.items()
        }

    def _elders(self) -> Iterator[Feature]:
        nearest_s, site_idx = self.care.coverage.catchment.nearest_s.tolist(), self.care.coverage.site_idx.tolist()
        for row, elder in enumerate(self.care.problem.elders):
            facts = {
                "elder_id": elder.elder_id,
                "name": elder.name or elder.elder_id,
                "community": community_of(elder),
                "groups": [str(group) for group in elder.groups],
                "reach": str(self.care.reach[row]),
                "walk_min": self._walk_min(nearest_s[row]),
                "station_id": self._place_of(row, site_idx),
            }
            yield _feature(shapely.Point(self._lon_lat[row]), facts)

    def _walk_min(self, nearest_s: int) -> int | None:
        """Minutes begun; for those who do not see homes to within five, for exact ways would lead to the door."""
        if nearest_s < 0:
            return None
        step = 1 if self._shows_persons else _BLURRED_MIN
        return -(-nearest_s // (step * SECONDS_PER_MINUTE)) * step

    def _place_of(self, row: int, site_idx: Sequence[int]) -> str | None:
        reach = self.care.reach[row]
        return self.care.circle.stations[site_idx[row]].station_id if reach is Reach.PLACED else None

    @property
    def _shows_persons(self) -> bool:
        return self.care.problem is self.care.day.world.problem

    def _stations(self) -> Iterator[Feature]:
        for load in self.care.stations:
            facts = {
                "station_id": load.station.station_id,
                "name": load.station.name or load.station.station_id,
                "level": str(load.station.kind),
                "room": load.room,
                "elders_within_reach": load.num_around,
                "elders_with_a_place": load.num_placed,
            }
            yield _feature(shapely.Point(load.station.place.lon, load.station.place.lat), facts)

    @cached_property
    def _lon_lat(self) -> NDArray[np.float64]:
        """Homes as they are shown; shape ``(num_elders, 2)``, degrees."""
        homes = [(elder.place.lon, elder.place.lat) for elder in self.care.problem.elders]
        return np.array(homes, dtype=np.float64).reshape(-1, 2)

    @cached_property
    def _metres_per_deg(self) -> NDArray[np.float64]:
        north = float(np.radians(EARTH_RADIUS_M))
        middle = float(self._lon_lat[:, 1].mean()) if len(self._lon_lat) else 0.0
        return np.array([north * float(np.cos(np.radians(middle))), north])


def _per_hundred(share: Share) -> int:
    return round(PER_ELDERS * share.places_per_elder)


def community_facts(share: Share) -> dict[str, Any]:
    """Demand and supply of a community as a record."""
    return {
        "community": share.name,
        "elders": share.num_elders,
        "within_reach": share.num_covered,
        "within_reach_percent": round(100 * share.covered_share, 1),
        "beyond_reach": share.num_reach[Reach.BEYOND],
        "with_a_place": share.num_reach[Reach.PLACED],
        "places": round(share.places, 1),
        "places_per_100_elders": round(PER_ELDERS * share.places_per_elder, 1),
        "mean_walk_min": None if share.walk_mean_s is None else round(share.walk_mean_s / SECONDS_PER_MINUTE, 1),
    }


def community_table(communities: Sequence[Share]) -> bytes:
    """The communities as CSV; UTF-8 with a mark, which makes Excel read it as UTF-8."""
    stream = io.StringIO(newline="")
    rows = [community_facts(share) for share in communities]
    if rows:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def _feature(geometry: shapely.Geometry, properties: Mapping[str, Any]) -> Feature:
    tree = orjson.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "geometry": tree, "properties": dict(properties)}


def _whole(parts: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """The union of `parts` in metres, without the hairlines between them."""
    return shapely.buffer(shapely.buffer(shapely.union_all(parts), _HAIR_M), -_HAIR_M)


def _rounded(ground: shapely.Geometry) -> shapely.Geometry:
    simple = shapely.simplify(ground, _TIDY_DEG)
    return shapely.transform(simple, lambda xy: np.round(xy, _DECIMALS))
