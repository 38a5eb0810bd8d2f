"""Who cooks for which station of a day, and how many of its portions and seats are free."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.assign.options import SupplyOptions
from optimizer.assign.territories import centres_above
from optimizer.problem import Problem, Station, SupplyWave, Visit
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR, ceil_div

_LONGEST_WAIT_S = 2 * SECONDS_PER_HOUR
"""Brought portions are eaten within this time (a rule of hot meals)."""

Stock = dict[tuple[str, str], list[tuple[int, int]]]
"""Times and portions by cook and meal type."""


def meal_visits(problem: Problem) -> tuple[Visit, ...]:
    """Visits that hand portions over to an elder."""
    return tuple(v for v in problem.visits if v.elder_id is not None and any(v.demand.values()))


class Kitchens:
    """Who cooks for which station, with how many portions, and how many of its seats and portions are taken."""

    def __init__(self, problem: Problem, travel: TravelMatrix) -> None:
        self._problem = problem
        self.runs = [visit for visit in problem.visits if visit.delivers_to_station_id is not None]
        self.cook = {station.station_id: self._cook(station) for station in problem.stations}
        self.booked = self._booked()
        self.supply = SupplyOptions(self._stocked(), travel)
        self.stock = self._stock()

    def first_wave_s(self, cook: Station, demand: Mapping[str, int]) -> int | None:
        """When the cook first has these meal types; portions for other stations are taken from that wave."""
        times = [min((t for t, _ in self.stock[cook.station_id, name]), default=None) for name in demand]
        return None if None in times else max((time for time in times if time is not None), default=None)

    def _cook(self, station: Station) -> Station | None:
        if station.waves:
            return station
        runs = (run for run in self.runs if run.delivers_to_station_id == station.station_id)
        named = (self._problem.station_by_id[station_id] for run in runs for station_id in run.station_ids)
        above = centres_above(self._problem, station)
        return next((cook for cook in (*named, *above) if cook.waves), None)

    def _booked(self) -> dict[str, Counter[str]]:
        """What supply runs bring beside the portions of known elders: diners who are not in the problem."""
        booked = {}
        for run in self.runs:
            portions = Counter(run.demand)
            for visit in meal_visits(self._problem):
                if visit.station_ids == (run.delivers_to_station_id,):
                    portions.subtract(visit.demand)
            booked[run.delivers_to_station_id or ""] = +portions
        return booked

    def _stocked(self) -> Problem:
        """The problem in which fed stations can have whatever their kitchen cooks, from the end of their supply run."""
        stations = []
        for station in self._problem.stations:
            run = next((run for run in self.runs if run.delivers_to_station_id == station.station_id), None)
            cook = self.cook[station.station_id]
            if run is None or cook is None or cook is station:
                stations.append(station)
                continue
            last = max(run.windows, key=lambda window: window.end_s)
            ready_s = (last.soft_end_s or last.end_s) + run.service_duration_s
            portions: Counter[str] = Counter()
            for wave in cook.waves:
                portions.update(wave.portions)
            stations.append(replace(station, waves=(SupplyWave(wave_id="run", ready_s=ready_s, portions=portions),)))
        return replace(self._problem, stations=tuple(stations))

    def _stock(self) -> Stock:
        """Portions by cook and meal type as they become ready, less those booked at fed stations (the first ones)."""
        taken: Counter[tuple[str, str]] = Counter()
        for station_id, portions in self.booked.items():
            if (cook := self.cook[station_id]) is not None:
                taken.update({(cook.station_id, name): number for name, number in portions.items()})
        stock: Stock = defaultdict(list)
        for station in self._problem.stations:
            for wave in sorted(station.waves, key=lambda wave: wave.ready_s):
                for name, number in wave.portions.items():
                    gone = min(number, taken[station.station_id, name])
                    taken[station.station_id, name] -= gone
                    stock[station.station_id, name].append((wave.ready_s, number - gone))
        return stock

    def free_seats(self, station: Station, sittings_s: Sequence[int]) -> int:
        """Seats in each sitting, those of diners who are not in the problem taken off evenly."""
        booked = self.booked.get(station.station_id, Counter()).total()
        return max(0, station.seats - ceil_div(booked, max(1, len(self.served_sittings(station, sittings_s)))))

    def served_sittings(self, station: Station, sittings_s: Sequence[int]) -> list[int]:
        """Sittings for which there is anything to eat."""
        cook = self.cook[station.station_id]
        if cook is None:
            return []
        ready_s = min(wave.ready_s for wave in cook.waves)
        ends = [w.end_s for run in self.runs if run.delivers_to_station_id == station.station_id for w in run.windows]
        last_s = max(ends) + _LONGEST_WAIT_S if ends and not station.waves else None
        return [time for time in sittings_s if time >= ready_s and (last_s is None or time <= last_s)]

    def ready_for(self, station: Station, visit: Visit, sitting_s: int) -> int | None:
        """The wave a sitting eats from: the last one before it, or for fed stations the kitchen's first; if any."""
        cook = self.cook[station.station_id]
        if cook is None or not self.served_sittings(station, [sitting_s]):
            return None
        if cook is not station:
            return self.first_wave_s(cook, visit.demand)
        waves = (self.stock[cook.station_id, name] for name in visit.demand)
        return max((time for stock in waves for time, _ in stock if time <= sitting_s), default=None)
