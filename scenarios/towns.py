"""Towns with streets: a dense inner city, a hilly town with stairs, a rural district, a given street graph.

A generator sketches streets in metres around a centre, and the sketch becomes a street graph. Homes stand a few metres
off its nodes, at *sites* between which every network has a way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Location, Network
from optimizer.travel.street_builder import StreetBuilder
from optimizer.travel.street_tags import Way
from optimizer.travel.streets import StreetGraph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

METRES_PER_DEGREE = 111_195.0
"""A degree of latitude on a sphere of 6,371 km radius."""

SITES_PER_NODE = 3
"""Buildings around one street node (assumed)."""

NO_HOMES = -1
"""Area of street nodes without houses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetClass:
    """A kind of street: speed of cars on it, who may use it, and how much longer it is than a straight line."""

    speed_kmh: float
    users: frozenset[Network] = frozenset(Network)
    length_factor: float = 1.0


# City vans 22 ± 6 km/h, mountain roads 25-35 km/h; how that spreads over the classes, and the factors: assumed.
AVENUE = StreetClass(speed_kmh=30)
LANE = StreetClass(speed_kmh=18)
VALLEY_ROAD = StreetClass(speed_kmh=32, length_factor=1.15)
HAIRPIN = StreetClass(speed_kmh=20, length_factor=1.2)
STAIRS = StreetClass(speed_kmh=math.inf, users=frozenset({Network.FOOT}), length_factor=1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Streets and the places where people live, each in a named area (a community or village).

    Attributes
    ----------
    site_lon, site_lat
        Degrees, float arrays of shape ``(num_sites,)``.
    site_area
        Index into ``area_names``, same shape.
    """

    streets: StreetGraph
    site_lon: Floats
    site_lat: Floats
    site_area: Ints
    area_names: tuple[str, ...]

    def place(self, site: int) -> Location:
        """Where a site is, to about 0.1 m."""
        return Location(lon=round(float(self.site_lon[site]), 6), lat=round(float(self.site_lat[site]), 6))

    def area_name(self, site: int) -> str:
        """The area a site lies in."""
        return self.area_names[int(self.site_area[site])]

    def sites_of(self, area: int) -> Ints:
        """Sites of an area, in ascending order."""
        return np.flatnonzero(self.site_area == area)

    def middle(self, sites: Ints) -> int:
        """The one of `sites` that is nearest to their middle."""
        east_m, north_m = _metres(self.site_lon[sites], self.site_lat[sites])
        return int(sites[np.argmin(np.hypot(east_m - np.median(east_m), north_m - np.median(north_m)))])


def dense_town(rng: np.random.Generator, centre: Location, area_names: Sequence[str], *, area_km2: float) -> Town:
    """An old inner city: lanes every 75 m between avenues, half of the cross lanes missing, many one-way for cars.

    The lane spacing is that of Beijing's hutongs (about 77 m); shares of missing and one-way lanes are assumed.
    """
    side_m = 1000 * np.sqrt(area_km2)
    num_rows, num_columns = round(side_m / 75) + 1, round(side_m / 95) + 1
    sketch = _Sketch(centre)
    nodes = sketch.grid(rng, num_rows, num_columns, east_step_m=95, north_step_m=75)
    for idx, row in enumerate(nodes):
        _dense_row(sketch, rng, row, is_avenue=idx % 7 == 0)
    for idx, column in enumerate(nodes.T):
        _dense_column(sketch, rng, column, is_avenue=idx % 6 == 0)
    return _split_into_areas(sketch.town(rng, ("",)), area_names)


def hilly_town(rng: np.random.Generator, centre: Location, area_names: Sequence[str]) -> Town:
    """Hillsides above a river road: terraces joined by hairpin roads at alternating ends and by steep stairs between.

    Each area is one hillside of six terraces, about 800 m by 500 m (assumed).
    """
    sketch = _Sketch(centre)
    river: list[int] = []
    for area in range(len(area_names)):
        west_m = 900.0 * (area - len(area_names) / 2)
        river.extend(_hillside(sketch, rng, west_m, area))
    sketch.way(river, AVENUE)
    return sketch.town(rng, area_names)


def rural_district(rng: np.random.Generator, centre: Location, town_name: str, village_names: Sequence[str]) -> Town:
    """A town from which valleys run into the mountains, with a village every three kilometres of each valley.

    Area 0 is the town; the villages follow in order of `village_names`, those nearest to the town first. Distances
    are assumed.
    """
    sketch = _Sketch(centre)
    gate = _market_town(sketch, rng)
    num_valleys = max(3, -(-len(village_names) // 4))
    heads = [gate] * num_valleys
    directions = 2 * np.pi * (np.arange(num_valleys) + rng.uniform(-0.2, 0.2, num_valleys)) / num_valleys
    for idx in range(len(village_names)):
        valley = idx % num_valleys
        heads[valley] = _valley(sketch, rng, heads[valley], float(directions[valley]))
        _village(sketch, rng, heads[valley], area=1 + idx)
    return sketch.town(rng, (town_name, *village_names))


def town_on_streets(
    rng: np.random.Generator, streets: StreetGraph, area_names: Sequence[str], *, area_km2: float
) -> Town:
    """A town on given streets: the square of `area_km2` around their middle, or all of them where they are smaller."""
    east_m, north_m = _metres(streets.lon, streets.lat)
    half_m = 500 * np.sqrt(area_km2)
    is_near = (np.abs(east_m - np.median(east_m)) <= half_m) & (np.abs(north_m - np.median(north_m)) <= half_m)
    nodes = np.flatnonzero(is_near & _reached_by_all(streets))
    town = _town_at(rng, streets, nodes, np.zeros(len(nodes), np.int64), ("",))
    return _split_into_areas(town, area_names)


def _dense_row(sketch: _Sketch, rng: np.random.Generator, nodes: Ints, *, is_avenue: bool) -> None:
    if is_avenue:
        sketch.way(nodes, AVENUE)
        return
    is_one_way = rng.random() < 0.35
    for first, second in pairwise(nodes[::-1] if rng.random() < 0.5 else nodes):
        if rng.random() < 0.94:
            sketch.street(first, second, LANE, one_way=is_one_way)


def _dense_column(sketch: _Sketch, rng: np.random.Generator, nodes: Ints, *, is_avenue: bool) -> None:
    for first, second in pairwise(nodes):
        if is_avenue or rng.random() < 0.55:
            sketch.street(first, second, AVENUE if is_avenue else LANE)


def _hillside(sketch: _Sketch, rng: np.random.Generator, west_m: float, area: int) -> list[int]:
    """Six terraces; returns the lowest, which lies on the river road."""
    wobble_m = rng.uniform(15, 35, 6)
    terraces = [
        [
            sketch.node(west_m + 60 * column, 90 * level + wobble_m[level] * np.sin(column / 2 + level), area)
            for column in range(13)
        ]
        for level in range(6)
    ]
    for level, (lower, upper) in enumerate(pairwise(terraces)):
        sketch.way(upper, LANE)
        _hairpin(sketch, lower, upper, end=-1 if level % 2 else 0)
        for column in range(2, 12, 3):
            sketch.street(lower[column], upper[column], STAIRS)
    return terraces[0]


def _hairpin(sketch: _Sketch, lower: list[int], upper: list[int], end: int) -> None:
    """A road from the `end` of one terrace to that of the next, swinging 80 m outwards."""
    (low_x, low_y), (up_x, up_y) = sketch.xy(lower[end]), sketch.xy(upper[end])
    bend = sketch.node((low_x + up_x) / 2 + (-80 if end == 0 else 80), (low_y + up_y) / 2)
    sketch.way([lower[end], bend, upper[end]], HAIRPIN)


def _market_town(sketch: _Sketch, rng: np.random.Generator) -> int:
    """A town of nine by nine crossings 110 m apart; returns the middle one."""
    nodes = sketch.grid(rng, 9, 9, east_step_m=110, north_step_m=110)
    for idx in range(9):
        for way in (nodes[idx], nodes[:, idx]):
            sketch.way(way, AVENUE if idx == 4 else LANE)
    return int(nodes[4, 4])


def _valley(sketch: _Sketch, rng: np.random.Generator, head: int, direction: float) -> int:
    """Three kilometres of road on from `head`, bending every 500 m; returns its end."""
    for bend in direction + rng.normal(0, 0.25, 6):
        x, y = sketch.xy(head)
        end = sketch.node(x + 500 * np.cos(bend), y + 500 * np.sin(bend))
        sketch.street(head, end, VALLEY_ROAD)
        head = end
    return head


def _village(sketch: _Sketch, rng: np.random.Generator, gate: int, area: int) -> None:
    """Fourteen crossings within 240 m of `gate`, each joined to the nearest one, some to a second."""
    x, y = sketch.xy(gate)
    nodes = [gate]
    for radius_m, angle in zip(rng.uniform(40, 240, 14), rng.uniform(0, 2 * np.pi, 14), strict=True):
        new = sketch.node(x + radius_m * np.cos(angle), y + radius_m * np.sin(angle), area)
        nearest, *others = sorted(nodes, key=partial(sketch.distance_m, new))
        sketch.street(nearest, new, LANE)
        if others and rng.random() < 0.25:
            sketch.street(others[0], new, LANE)
        nodes.append(new)


class _Sketch:
    """Streets while they are drawn, in metres east and north of a centre."""

    def __init__(self, centre: Location) -> None:
        self._centre = centre
        self._east_degrees = METRES_PER_DEGREE * np.cos(np.radians(centre.lat))
        self._builder = StreetBuilder()
        self._xy: list[tuple[float, float]] = []
        self._areas: list[int] = []

    def node(self, x: float, y: float, area: int = NO_HOMES) -> int:
        """Add a node; returns its index."""
        self._xy.append((float(x), float(y)))
        self._areas.append(area)
        lon, lat = self._centre.lon + x / self._east_degrees, self._centre.lat + y / METRES_PER_DEGREE
        return self._builder.add_node(float(lon), float(lat))

    def grid(
        self, rng: np.random.Generator, num_rows: int, num_columns: int, *, east_step_m: float, north_step_m: float
    ) -> Ints:
        """Add a grid around the centre, each node moved by some 8 m, all in area 0; returns its indices."""
        moved_m = rng.normal(0, 8, (num_rows, num_columns, 2))
        x = moved_m[..., 0] + east_step_m * (np.arange(num_columns) - (num_columns - 1) / 2)
        y = moved_m[..., 1] + north_step_m * (np.arange(num_rows) - (num_rows - 1) / 2)[:, None]
        nodes = [self.node(*xy, area=0) for xy in zip(x.ravel(), y.ravel(), strict=True)]
        return np.array(nodes).reshape(num_rows, num_columns)

    def xy(self, node: int) -> tuple[float, float]:
        """Metres east and north of the centre."""
        return self._xy[node]

    def distance_m(self, first: int, second: int) -> float:
        """Straight distance between two nodes."""
        return math.dist(self._xy[first], self._xy[second])

    def street(self, first: int, second: int, kind: StreetClass, *, one_way: bool = False) -> None:
        """Join two nodes; a one-way street is so for cars only."""
        backward = kind.users - {Network.CAR} if one_way else kind.users
        way = Way(forward=kind.users, backward=backward, speed_kmh=kind.speed_kmh)
        self._builder.add_way(int(first), int(second), kind.length_factor * self.distance_m(first, second), way)

    def way(self, nodes: Iterable[int], kind: StreetClass) -> None:
        """Join nodes one after the other."""
        for first, second in pairwise(nodes):
            self.street(first, second, kind)

    def town(self, rng: np.random.Generator, area_names: Sequence[str]) -> Town:
        """The town on these streets."""
        streets, areas = self._builder.build(), np.array(self._areas)
        nodes = np.flatnonzero(_reached_by_all(streets) & (areas != NO_HOMES))
        return _town_at(rng, streets, nodes, areas[nodes], area_names)


def _reached_by_all(streets: StreetGraph) -> Bools:
    """Nodes from which one comes to all others of them on foot, by bicycle and by car, and back."""
    foot, bicycle, car = (streets.largest_part(network) for network in Network)
    return foot & bicycle & car


def _town_at(
    rng: np.random.Generator, streets: StreetGraph, nodes: Ints, areas: Ints, area_names: Sequence[str]
) -> Town:
    """A town with houses 5 to 20 m from each of `nodes`."""
    homes = np.repeat(nodes, SITES_PER_NODE)
    distance_m, angle = rng.uniform(5, 20, len(homes)), rng.uniform(0, 2 * np.pi, len(homes))
    lat = streets.lat[homes]
    return Town(
        streets=streets,
        site_lon=streets.lon[homes] + distance_m * np.cos(angle) / (METRES_PER_DEGREE * np.cos(np.radians(lat))),
        site_lat=lat + distance_m * np.sin(angle) / METRES_PER_DEGREE,
        site_area=np.repeat(areas, SITES_PER_NODE),
        area_names=tuple(area_names),
    )


def _split_into_areas(town: Town, area_names: Sequence[str]) -> Town:
    """Cut the sites into areas of (almost) equal size, each time across the longer side."""
    site_area = np.zeros(len(town.site_lon), np.int64)
    _cut(*_metres(town.site_lon, town.site_lat), np.arange(len(site_area)), range(len(area_names)), site_area)
    return replace(town, site_area=site_area, area_names=tuple(area_names))


def _cut(east_m: Floats, north_m: Floats, sites: Ints, areas: range, site_area: Ints) -> None:
    if len(areas) == 1:
        site_area[sites] = areas[0]
        return
    across = max((east_m[sites], north_m[sites]), key=np.ptp)
    half = len(areas) // 2
    order = sites[np.argsort(across, kind="stable")]
    cut = len(sites) * half // len(areas)
    _cut(east_m, north_m, order[:cut], areas[:half], site_area)
    _cut(east_m, north_m, order[cut:], areas[half:], site_area)


def _metres(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Metres east and north of the origin of degrees, near enough within a district."""
    return lon * METRES_PER_DEGREE * np.cos(np.radians(np.mean(lat))), lat * METRES_PER_DEGREE
