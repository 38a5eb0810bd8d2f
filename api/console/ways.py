"""Ways along the streets, looked up and simplified once: the versions of a day have nearly all of them in common."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely

from api.worlds import World
from optimizer.formats.drawing import PathOf
from optimizer.problem import Location
from optimizer.travel import StreetGraph, TravelMatrix

MAX_GRAPHS = 8
MAX_WAYS = 50_000
_TOLERANCE_DEG = 2e-5


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known of some streets; the last look-up goes on serving worlds of the same travel times."""

    streets: StreetGraph
    travel: TravelMatrix
    path_of: PathOf
    ways: dict[tuple[str, Location, Location], Sequence[Location]] = field(default_factory=dict)


class KnownWays:
    """The ways last asked for, by the streets they go along."""

    def __init__(self) -> None:
        self._by_streets: OrderedDict[int, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, world: World) -> PathOf:
        """The simplified course of ways in a world with streets."""
        known = self._known(world)

        def path_of(mode: str, origin: Location, destination: Location) -> Sequence[Location]:
            key = mode, origin, destination
            way = known.ways.get(key)
            if way is None:
                way = simplified(known.path_of(mode, origin, destination))
                if len(known.ways) < MAX_WAYS:
                    known.ways[key] = way
            return way

        return path_of

    def _known(self, world: World) -> _Known:
        streets = world.streets
        assert streets is not None, "ways are of streets"
        with self._lock:
            known = self._by_streets.get(id(streets))
            if known is None:
                known = _Known(streets=streets, travel=world.travel, path_of=world.path_of)
                self._by_streets[id(streets)] = known
            elif known.travel is not world.travel:
                known.travel, known.path_of = world.travel, world.path_of
            self._by_streets.move_to_end(id(streets))
            while len(self._by_streets) > MAX_GRAPHS:
                self._by_streets.popitem(last=False)
            return known


def simplified(way: Sequence[Location]) -> Sequence[Location]:
    """The places of a way without those that no map shows; both ends stay."""
    if len(way) < 3:
        return way
    line = shapely.linestrings([(place.lon, place.lat) for place in way])
    middle = shapely.get_coordinates(shapely.simplify(line, _TOLERANCE_DEG)).tolist()[1:-1]
    return (way[0], *(Location(lon=lon, lat=lat) for lon, lat in middle), way[-1])
