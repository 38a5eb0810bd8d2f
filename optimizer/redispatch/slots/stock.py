"""What stations have left at each time of a plan, and from when on more can be taken without anybody going short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Station
from optimizer.reading import ReadRoute, ReadStop, visit_of

_Times = NDArray[np.int64]


class Stock:
    """Portions in stock by station and meal type: a step function of the time of day, the plan's loadings taken off.

    Parameters
    ----------
    views
        Of every route what touches stock (:func:`stock_view`).
    """

    def __init__(self, stations: Iterable[Station], views: Sequence[ReadRoute]) -> None:
        self._stations = {station.station_id: station for station in stations}
        self.views_by_station_id: defaultdict[str, list[ReadRoute]] = defaultdict(list)
        for view in views:
            for station_id in station_ids_of(view):
                self.views_by_station_id[station_id].append(view)
        self._profiles: dict[tuple[str, str], tuple[_Times, _Times]] = {}

    def with_route_changed(self, before: ReadRoute | None, after: ReadRoute) -> Stock:
        """The stock where the plan has the route `after` in place of `before`."""
        key, view = (after.worker.worker_id, after.shift.shift_id), stock_view(after)
        new_ids = station_ids_of(view)
        touched = new_ids | (set() if before is None else station_ids_of(stock_view(before)))
        stock = copy(self)
        stock.views_by_station_id = self.views_by_station_id.copy()
        for station_id in touched:
            known = self.views_by_station_id.get(station_id, ())
            others = [other for other in known if (other.worker.worker_id, other.shift.shift_id) != key]
            stock.views_by_station_id[station_id] = [*others, view] if station_id in new_ids else others
        stock._profiles = {key: profile for key, profile in self._profiles.items() if key[0] not in touched}
        return stock

    def profile(self, station_id: str, meal_type: str) -> tuple[_Times, _Times]:
        """Times at which the stock changes, ascending, and the portions left from each of them on."""
        key = station_id, meal_type
        if key not in self._profiles:
            self._profiles[key] = self._profile(station_id, meal_type)
        return self._profiles[key]

    def spare_at(self, station_id: str, meal_type: str, times_s: _Times) -> _Times:
        """Portions that can be taken at each of `times_s` so that every later loading still finds its own."""
        times, left = self.profile(station_id, meal_type)
        if not len(times):
            return np.zeros(len(times_s), dtype=np.int64)
        lasting = np.minimum.accumulate(left[::-1])[::-1]
        position = np.searchsorted(times, times_s, side="right") - 1
        return np.where(position < 0, 0, lasting[np.maximum(position, 0)])

    def earliest_s(
        self, station_id: str, wanted: Mapping[str, int], own: Mapping[str, int] | None = None, own_s: int = 0
    ) -> int | None:
        """Earliest time from which `wanted` portions by meal type can be taken; ``None`` where they never can.

        With `own` the loading exists: it takes these portions at `own_s`, and may take them earlier, too.
        """
        own = own or {}
        times_s = [0]
        for meal_type in {*wanted, *own}:
            time_s = self._earliest_s(
                *self.profile(station_id, meal_type), wanted.get(meal_type, 0), own.get(meal_type, 0), own_s
            )
            if time_s is None:
                return None
            times_s.append(time_s)
        return max(times_s)

    def _earliest_s(self, times: _Times, left: _Times, wanted: int, own: int, own_s: int) -> int | None:
        if wanted + own == 0:
            return 0
        if not len(times):
            return None
        short = np.flatnonzero(left < wanted + np.where(times < own_s, own, 0))
        first = 0 if not len(short) else int(short[-1]) + 1
        return int(times[first]) if first < len(times) else None

    def _profile(self, station_id: str, meal_type: str) -> tuple[_Times, _Times]:
        changes: dict[int, int] = defaultdict(int)
        for wave in self._stations[station_id].waves:
            changes[wave.ready_s] += wave.portions.get(meal_type, 0)
        for view in self.views_by_station_id[station_id]:
            for stop in view.load_stops:
                if stop.stop.station_id == station_id:
                    changes[stop.stop.start_s] -= stop.stop.load.get(meal_type, 0)
            for stop in view.visit_stops:
                visit = visit_of(stop)
                if visit.delivers_to_station_id == station_id:
                    changes[stop.stop.end_s] += visit.demand.get(meal_type, 0)
        times = np.array(sorted(changes), dtype=np.int64)
        return times, np.cumsum([changes[time_s] for time_s in times.tolist()], dtype=np.int64)


def stock_view(route: ReadRoute) -> ReadRoute:
    """`route` with nothing but its loadings and the supply runs it delivers."""
    return replace(route, stops=tuple(stop for stop in route.stops if _touches_stock(stop)))


def station_ids_of(view: ReadRoute) -> set[str]:
    """Stations that a route loads at or delivers to."""
    loaded = {stop.station.station_id for stop in view.load_stops if stop.station is not None}
    fed = {visit_of(stop).delivers_to_station_id for stop in view.visit_stops}
    return loaded | {station_id for station_id in fed if station_id is not None}


def _touches_stock(stop: ReadStop) -> bool:
    return stop.station is not None or (stop.visit is not None and stop.visit.delivers_to_station_id is not None)
