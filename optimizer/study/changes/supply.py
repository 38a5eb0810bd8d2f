"""Territories and portions after stations or demand have changed: kitchens cook what is ordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from optimizer.problem import Elder, Location, Problem, Station, SupplyWave, Visit
from optimizer.travel.coordinates import great_circle_m
from optimizer.units import ceil_div

_Portions = Mapping[str, Counter[str]]


def follow_supply(before: Problem, after: Problem, like: Mapping[str, str] | None = None) -> Problem:
    """`after` with portions in proportion to what each station's territory now eats.

    Waves and supply runs of a station with a territory follow that territory's demand by meal type; those of other
    stations (centres, kitchens) follow the whole demand. Portions are rounded up.

    Parameters
    ----------
    like
        By id of a new station that of the station whose waves it was given.
    """
    if not any(visit.demand for visit in before.visits):
        return after
    eaten_before, eaten_after = _eaten(before), _eaten(after)
    scaled: dict[str, _Factors] = {}
    for station in after.stations:
        model = (like or {}).get(station.station_id, station.station_id)
        own = eaten_before.get(model)
        has_territory = own is not None or station.station_id in eaten_after
        scaled[station.station_id] = (
            _Factors(own or Counter(), eaten_after.get(station.station_id, Counter()))
            if has_territory
            else _Factors(_total(eaten_before), _total(eaten_after))
        )
    return replace(
        after,
        stations=tuple(_with_waves(station, scaled[station.station_id]) for station in after.stations),
        visits=tuple(_with_run(visit, scaled) for visit in after.visits),
    )


class _Factors:
    """How portions of a station change: by meal type where it was eaten before, else all together."""

    def __init__(self, before: Counter[str], after: Counter[str]) -> None:
        self._before, self._after = before, after
        self._all = before.total(), after.total()

    def scaled(self, meal_type: str, portions: int) -> int:
        before, after = self._before[meal_type], self._after[meal_type]
        if not before:
            before, after = self._all
        return ceil_div(portions * after, before) if before else portions

    def new_meals(self) -> dict[str, int]:
        """Portions of meal types that were not eaten before."""
        return {name: count for name, count in self._after.items() if count and not self._before[name]}


def _eaten(problem: Problem) -> dict[str, Counter[str]]:
    """Portions by station whose territory eats them (``""``: nobody's territory)."""
    eaten: dict[str, Counter[str]] = {}
    for visit in problem.visits:
        elder = problem.elder_of(visit)
        if visit.demand and elder is not None:
            eaten.setdefault(elder.station_id or "", Counter()).update(visit.demand)
    return eaten


def _total(eaten: _Portions) -> Counter[str]:
    return sum(eaten.values(), Counter())


def _with_waves(station: Station, factors: _Factors) -> Station:
    """Waves scaled; a meal type new to the station comes with the first wave of its meal, or with the first at all."""
    waves = [
        replace(wave, portions={name: factors.scaled(name, count) for name, count in wave.portions.items()})
        for wave in station.waves
    ]
    cooked = {name for wave in station.waves for name in wave.portions}
    for name, count in factors.new_meals().items():
        if name not in cooked and waves:
            position = _first_wave_like(name, waves)
            waves[position] = replace(waves[position], portions={**waves[position].portions, name: count})
    return replace(station, waves=tuple(waves))


def _first_wave_like(meal_type: str, waves: Iterable[SupplyWave]) -> int:
    """The first wave with a type of the same meal (``lunch-soft`` is lunch), or the first."""
    meal = meal_type.split("-", maxsplit=1)[0]
    return next((idx for idx, wave in enumerate(waves) if any(n.split("-")[0] == meal for n in wave.portions)), 0)


def _with_run(visit: Visit, scaled: Mapping[str, _Factors]) -> Visit:
    factors = scaled.get(visit.delivers_to_station_id or "")
    if factors is None:
        return visit
    return replace(visit, demand={name: factors.scaled(name, count) for name, count in visit.demand.items()})


def territory_ids(problem: Problem) -> list[str]:
    """Stations with a territory, in the problem's order."""
    own = {elder.station_id for elder in problem.elders}
    return [station.station_id for station in problem.stations if station.station_id in own]


def with_nearest(problem: Problem, elders: Collection[str], station_ids: Collection[str]) -> Problem:
    """`problem` with these elders in the territory of the nearest of the stations (straight line)."""
    candidates = [problem.station_by_id[station_id] for station_id in station_ids]
    if not candidates:
        return problem

    def moved(elder: Elder) -> Elder:
        if elder.elder_id not in elders:
            return elder
        return replace(elder, station_id=nearest(elder.place, candidates).station_id)

    return replace(problem, elders=tuple(moved(elder) for elder in problem.elders))


def nearest(place: Location, stations: Collection[Station]) -> Station:
    """The nearest of `stations` (straight line); of equally near ones the first."""
    listed = list(stations)
    distance_m = great_circle_m(
        place.lon, place.lat, [station.place.lon for station in listed], [station.place.lat for station in listed]
    )
    return listed[int(np.argmin(distance_m))]
