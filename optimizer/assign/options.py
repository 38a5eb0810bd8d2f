"""The supply options of a visit: stations in reach, waves in time, and what each costs in courier seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.assign.territories import backing_station_ids, home_station_ids, staff_by_station_id
from optimizer.plan import Source
from optimizer.problem import Problem, Station, SupplyWave, TimeWindow, Visit, Worker
from optimizer.reading import hands_over
from optimizer.travel import TravelMatrix
from optimizer.units import format_clock

_FAR_S = 10**8
_LEAD_S = 1800
"""Portions should be at the first door this long before its window, as other doors come first on a trip."""
_ENOUGH_SLACK_S = 7200
"""In a wide window, so much time before its end is soon enough."""
_LATE_SCALE_S = 14_400
"""A wave late by `x` seconds weighs ``x**2`` over this: an hour weighs a quarter; convex, so that early waves go to
early windows."""
_STALE_SHARE = 60
"""Seconds waiting at the station that weigh as much as one courier second."""
_OTHER_TERRITORY_S = 600
"""Weight of supply from another station than the elder's own."""
_OTHER_STAFF_S = 3600
"""Weight of supply that the station's own couriers cannot carry in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyOption:
    """One way to supply a visit: the wave of a station, what it costs and what work it gives the station's couriers.

    ``trip_s`` is the visit's share of the way out, back and of the loading: part of both ``cost`` and ``courier_s``.
    """

    source: Source
    wave_ready_s: int
    cost: int
    courier_s: int
    trip_s: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Couriers:
    """The workers who carry for a station: where they are based, how they move and how much one takes."""

    station_id: str
    workers: tuple[Worker, ...]

    @property
    def modes(self) -> frozenset[str]:
        """Their travel modes."""
        return frozenset(worker.vehicle.mode for worker in self.workers)

    def trip_share(self, use: dict[str, int]) -> float | None:
        """Share of a mean vehicle that `use` takes; ``None`` where it fits none."""
        fitting = [
            worker.vehicle.capacities
            for worker in self.workers
            if all(worker.vehicle.capacities.get(name, 0) >= amount for name, amount in use.items())
        ]
        if not fitting:
            return None
        shares = (amount * len(fitting) / sum(has[name] for has in fitting) for name, amount in use.items() if amount)
        return max(shares, default=0.0)

    def available_s(self, period: TimeWindow) -> int:
        """Seconds of their shifts inside `period`."""
        return sum(
            max(0, min(shift.end_s, period.end_s) - max(shift.start_s, period.start_s))
            for worker in self.workers
            for shift in worker.shifts
        )


class SupplyOptions:
    """Everything about stations, couriers and ways that options are made from.

    Travel is taken at the fastest time of day: an option left out is beyond every courier.
    """

    def __init__(self, problem: Problem, travel: TravelMatrix) -> None:
        self._problem = problem
        self._travel = travel
        self.meals = tuple(visit for visit in problem.visits if hands_over(visit))
        self.column = {visit.visit_id: column for column, visit in enumerate(self.meals)}

    def of(self, visit: Visit, num_stations: int) -> list[SupplyOption]:
        """Options of `visit` at the `num_stations` quickest stations that have one."""
        options: list[SupplyOption] = []
        for station in self._reachable(visit):
            found = list(self._from(visit, station))
            options += found
            num_stations -= bool(found)
            if num_stations == 0:
                break
        return options

    def stock(self, station: Station, meal_type: str) -> list[tuple[int, int]]:
        """Time and portions of the waves of a station that bring `meal_type`, in order of time."""
        waves = ((wave.ready_s, wave.portions.get(meal_type, 0)) for wave in station.waves)
        return sorted(wave for wave in waves if wave[1] > 0)

    def why_none(self, visit: Visit) -> str:
        """The first thing in the way of supplying `visit` at all, as a sentence; empty where it has options."""
        what = f"visit {visit.visit_id!r}"
        meals = ", ".join(f"{portions} of {name!r}" for name, portions in visit.demand.items() if portions)
        if not (allowed := list(self._cooking(visit))):
            return (
                f"{what} needs {meals}, which no station that may supply it has; add a wave, or allow another station."
            )
        if not (near := [station for station in allowed if self._is_in_radius(visit, station)]):
            station = min(allowed, key=lambda station: self._walk_m(visit, station) - (station.service_radius_m or 0))
            return (
                f"{what} lies {self._walk_m(visit, station)} m on foot from station {station.station_id!r}, whose "
                f"radius is {station.service_radius_m} m, and outside every other; widen a radius, or allow another "
                "station."
            )
        if not any(True for station in near for _ in self._from(visit, station)):
            last_s = max(window.end_s for window in _windows(visit))
            return (
                f"{what} cannot have {meals} from any station in reach by the end of its windows at "
                f"{format_clock(last_s)}; cook earlier, open earlier, or widen the window."
            )
        return ""

    def couriers(self, station: Station) -> Couriers:
        """The workers who carry for `station`."""
        return self._couriers[station.station_id]

    @cached_property
    def periods(self) -> tuple[TimeWindow, ...]:
        """Mealtimes: the stretches covered by the windows of the visits, gaps between them left out."""
        spans = sorted((min(w.start_s for w in _windows(v)), max(w.end_s for w in _windows(v))) for v in self.meals)
        periods: list[TimeWindow] = []
        for start_s, end_s in spans:
            if periods and start_s <= periods[-1].end_s:
                periods[-1] = replace(periods[-1], end_s=max(periods[-1].end_s, end_s))
            else:
                periods.append(TimeWindow(start_s=start_s, end_s=end_s))
        return tuple(periods)

    def period_of(self, visit: Visit) -> int:
        """Position of the mealtime of `visit` in :attr:`periods`."""
        start_s = _windows(visit)[0].start_s
        return next(idx for idx, period in enumerate(self.periods) if period.start_s <= start_s <= period.end_s)

    def _reachable(self, visit: Visit) -> Iterator[Station]:
        """Stations that may supply `visit` and have its meal types, the quickest first, the elder's own before all."""
        elder = self._problem.elder_of(visit)
        own_id = None if elder is None else elder.station_id
        column = self.column[visit.visit_id]
        stations = sorted(
            self._cooking(visit),
            key=lambda station: (station.station_id != own_id, self._direct_s[station.station_id][column]),
        )
        return (station for station in stations if self._is_in_radius(visit, station))

    def _cooking(self, visit: Visit) -> Iterator[Station]:
        """Stations allowed to supply `visit` that have enough of its meal types in the end."""
        for station in self._suppliers:
            named = not visit.station_ids or station.station_id in visit.station_ids
            if named and station.station_id != visit.delivers_to_station_id and self._has(station, visit):
                yield station

    def _has(self, station: Station, visit: Visit) -> bool:
        in_all = self._portions[station.station_id]
        return all(in_all.get(meal_type, 0) >= portions for meal_type, portions in visit.demand.items())

    def _is_in_radius(self, visit: Visit, station: Station) -> bool:
        if station.service_radius_m is None or visit.delivers_to_station_id is not None:
            return True
        return self._walk_m(visit, station) <= station.service_radius_m

    def _walk_m(self, visit: Visit, station: Station) -> int:
        return self._travel.walking_distance_m(station.place, self._problem.place_of(visit))

    def _from(self, visit: Visit, station: Station) -> Iterator[SupplyOption]:
        """One option for each wave of `station` whose portions can be at the door in time."""
        column = self.column[visit.visit_id]
        share = self.couriers(station).trip_share(self._problem.vehicle_use_of(visit.demand))
        own_s = _FAR_S if share is None else int(self._direct_s[station.station_id][column])
        any_s = int(self._any_direct_s[station.station_id][column])
        for wave in self._useful_waves(visit, station):
            ready_s = max(wave.ready_s, visit.ready_s or 0)
            for way_s, other_staff_s in ((own_s, 0), (any_s, _OTHER_STAFF_S)):
                wave_cost = _wave_cost(visit, station, ready_s, way_s)
                if wave_cost is not None:
                    trip_s = round((1.0 if share is None else share) * (2 * way_s + station.loading_duration_s))
                    yield SupplyOption(
                        source=Source(station_id=station.station_id, ready_s=ready_s),
                        wave_ready_s=wave.ready_s,
                        cost=trip_s + wave_cost + other_staff_s + self._territory_cost(visit, station),
                        courier_s=visit.service_duration_s + int(self._hop_s[column]) + trip_s,
                        trip_s=trip_s,
                    )
                    break

    def _useful_waves(self, visit: Visit, station: Station) -> Iterator[SupplyWave]:
        """Waves that bring a meal type of `visit` and by which there is enough of all; one per time."""
        wanted = {meal_type: portions for meal_type, portions in visit.demand.items() if portions}
        seen: set[int] = set()
        for wave in sorted(station.waves, key=lambda wave: wave.ready_s):
            by_then = [w.portions for w in station.waves if w.ready_s <= wave.ready_s]
            enough = all(sum(had.get(name, 0) for had in by_then) >= needed for name, needed in wanted.items())
            if enough and wave.ready_s not in seen and any(wave.portions.get(name, 0) for name in wanted):
                seen.add(wave.ready_s)
                yield wave

    def _territory_cost(self, visit: Visit, station: Station) -> int:
        elder = self._problem.elder_of(visit)
        own_id = None if elder is None else elder.station_id
        return 0 if own_id in {None, station.station_id} else _OTHER_TERRITORY_S

    @cached_property
    def _suppliers(self) -> tuple[Station, ...]:
        return tuple(station for station in self._problem.stations if station.waves)

    @cached_property
    def _portions(self) -> dict[str, dict[str, int]]:
        """Portions of all waves by station id and meal type."""
        portions: dict[str, dict[str, int]] = {}
        for station in self._suppliers:
            of_station = portions.setdefault(station.station_id, {})
            for wave in station.waves:
                for meal_type, number in wave.portions.items():
                    of_station[meal_type] = of_station.get(meal_type, 0) + number
        return portions

    @cached_property
    def _all_couriers(self) -> tuple[Worker, ...]:
        """Workers with room for something; everybody where nobody has."""
        workers = [worker for worker in self._problem.workers if any(worker.vehicle.capacities.values())]
        return tuple(workers or self._problem.workers)

    @cached_property
    def _couriers(self) -> dict[str, Couriers]:
        home = home_station_ids(self._problem, self._travel)
        staff = staff_by_station_id(self._problem, home, self._all_couriers)
        backing = backing_station_ids(self._problem, self._travel, staff)
        if not backing:
            return {s.station_id: Couriers(station_id=s.station_id, workers=()) for s in self._problem.stations}
        couriers = {base_id: Couriers(station_id=base_id, workers=tuple(workers)) for base_id, workers in staff.items()}
        return {station.station_id: couriers[backing[station.station_id]] for station in self._problem.stations}

    @cached_property
    def _columns(self) -> list[int]:
        return [self._travel.idx_by_place[self._problem.place_of(visit)] for visit in self.meals]

    @cached_property
    def _any_modes(self) -> frozenset[str]:
        return frozenset(worker.vehicle.mode for worker in self._all_couriers) or frozenset(self._travel.duration_s)

    @cached_property
    def _direct_s(self) -> dict[str, NDArray[np.int64]]:
        """Seconds to each meal visit by the best mode of the station's couriers, by station id."""
        return {s.station_id: self._row_s(s, self.couriers(s).modes or self._any_modes) for s in self._suppliers}

    @cached_property
    def _any_direct_s(self) -> dict[str, NDArray[np.int64]]:
        """Seconds to each meal visit by the best mode of any courier, by station id."""
        return {station.station_id: self._row_s(station, self._any_modes) for station in self._suppliers}

    def _row_s(self, station: Station, modes: frozenset[str]) -> NDArray[np.int64]:
        row = self._travel.idx_by_place[station.place]
        ways_s = [self._quickest_s(mode, (row, self._columns)) for mode in sorted(modes)]
        return np.asarray(np.min(ways_s, axis=0))

    def _quickest_s(self, mode: str, where: Any) -> NDArray[np.int64]:
        """Durations at the fastest time of day, of one part of the matrix."""
        return self._travel.shortest_duration_s(mode, no_way_s=_FAR_S, where=where)

    @cached_property
    def _hop_s(self) -> NDArray[np.int64]:
        """Seconds from the nearest other meal visit to each, by the best mode of any courier."""
        if len(self.meals) < 2:
            return np.zeros(len(self.meals), dtype=np.int64)
        hops = []
        for mode in sorted(self._any_modes):
            between_s = self._quickest_s(mode, np.ix_(self._columns, self._columns))
            np.fill_diagonal(between_s, _FAR_S)
            hops.append(between_s.min(axis=0))
        nearest_s = np.min(hops, axis=0)
        return np.where(nearest_s >= _FAR_S, 0, nearest_s)


def _windows(visit: Visit) -> Sequence[TimeWindow]:
    """Windows of `visit`; a pinned start is the only one."""
    if visit.pinned_start_s is None:
        return visit.windows
    return (TimeWindow(start_s=visit.pinned_start_s, end_s=visit.pinned_start_s),)


def _wave_cost(visit: Visit, station: Station, ready_s: int, way_s: int) -> int | None:
    """Cost of the time at which portions are ready, in the best window; ``None`` where they cannot be there in time.

    Late against the wish to be there :data:`_LEAD_S` before the window weighs by its square, early a little.
    """
    costs = []
    for window in _windows(visit):
        arrival_s = _first_arrival_s(visit, station, window, ready_s, way_s)
        if arrival_s is not None:
            start_s = window.start_s if window.soft_start_s is None else window.soft_start_s
            end_s = window.end_s if window.soft_end_s is None else window.soft_end_s
            late_s = arrival_s - max(start_s - _LEAD_S, end_s - _ENOUGH_SLACK_S)
            costs.append(late_s**2 // _LATE_SCALE_S if late_s > 0 else -late_s // _STALE_SHARE)
    return min(costs, default=None)


def _first_arrival_s(visit: Visit, station: Station, window: TimeWindow, ready_s: int, way_s: int) -> int | None:
    """Earliest time at the door, loading while the station is open; ``None`` where that is after the window.

    The same trip loaded as late as possible must keep the time on board.
    """
    loading_s = station.loading_duration_s
    if visit.max_on_board_s is not None and way_s > visit.max_on_board_s:
        return None
    for opening in station.opening or (TimeWindow(start_s=0, end_s=_FAR_S),):
        first_s = max(ready_s, opening.start_s)
        last_s = min(opening.end_s, window.end_s - way_s - loading_s)
        on_board_s = max(way_s, window.start_s - last_s - loading_s)
        if first_s <= last_s and (visit.max_on_board_s is None or on_board_s <= visit.max_on_board_s):
            return first_s + loading_s + way_s
    return None
