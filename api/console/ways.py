"""Ways along the streets, looked up once: the versions of a day have nearly all of them in common."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from optimizer.formats.drawing import PathOf
from optimizer.problem import Location
from optimizer.travel import StreetGraph

MAX_GRAPHS = 8
MAX_WAYS = 50_000

_Known = dict[tuple[str, Location, Location], Sequence[Location]]


class KnownWays:
    """The ways last asked for, by the streets they go along."""

    def __init__(self) -> None:
        self._by_streets: OrderedDict[int, tuple[StreetGraph, _Known]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, path_of: PathOf, streets: StreetGraph) -> PathOf:
        """The same as `path_of`, which is asked only where a way along `streets` is not known yet."""
        known = self._known_on(streets)

        def remembered(mode: str, origin: Location, destination: Location) -> Sequence[Location]:
            key = mode, origin, destination
            way = known.get(key)
            if way is None:
                way = path_of(mode, origin, destination)
                if len(known) < MAX_WAYS:
                    known[key] = way
            return way

        return remembered

    def _known_on(self, streets: StreetGraph) -> _Known:
        with self._lock:
            _, known = self._by_streets.setdefault(id(streets), (streets, {}))
            self._by_streets.move_to_end(id(streets))
            while len(self._by_streets) > MAX_GRAPHS:
                self._by_streets.popitem(last=False)
            return known
