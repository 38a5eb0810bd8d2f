"""Stations: territories, and waves that bring what the territories eat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import Elder, Location, Station, SupplyWave, Visit
from optimizer.travel.coordinates import great_circle_m
from optimizer.units import SECONDS_PER_MINUTE, Count, ceil_div


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A kitchen wave: when it is ready, and which percentage of a day's portions of one meal it brings."""

    wave_id: str
    meal: str
    ready_s: int
    percent: int


def with_territories(elders: Sequence[Elder], stations: Sequence[Station]) -> tuple[Elder, ...]:
    """Elders, each in the territory of the nearest station (straight line)."""
    nearest = nearest_places([elder.place for elder in elders], [station.place for station in stations])
    return tuple(
        replace(elder, station_id=stations[idx].station_id) for elder, idx in zip(elders, nearest, strict=True)
    )


def nearest_places(places: Sequence[Location], candidates: Sequence[Location]) -> list[int]:
    """For each place the index of the nearest candidate (straight line)."""
    lon, lat = _degrees(places)
    candidate_lon, candidate_lat = _degrees(candidates)
    distance_m = great_circle_m(lon[:, None], lat[:, None], candidate_lon, candidate_lat)
    return [int(idx) for idx in distance_m.argmin(axis=1)]


def ride_s(origin: Location, destination: Location, *, speed_kmh: float, detour: float = 1.4) -> int:
    """Seconds of a ride, rounded up to five minutes; the detour of streets is 1.3 to 1.4 (assumed)."""
    distance_m = float(great_circle_m(origin.lon, origin.lat, destination.lon, destination.lat))
    return 5 * SECONDS_PER_MINUTE * ceil_div(int(detour * distance_m / speed_kmh * 3.6), 5 * SECONDS_PER_MINUTE)


def portions_by_station(visits: Iterable[Visit], elders: Iterable[Elder]) -> dict[str, Counter[str]]:
    """Portions by meal type that the elders of each territory get."""
    station_by_elder = {elder.elder_id: elder.station_id for elder in elders}
    portions: dict[str, Counter[str]] = {}
    for visit in visits:
        station_id = station_by_elder.get(visit.elder_id or "")
        if visit.demand and station_id is not None:
            portions.setdefault(station_id, Counter()).update(visit.demand)
    return portions


def supply_waves(portions: Mapping[str, Count], waves: Sequence[Wave], *, percent: int) -> tuple[SupplyWave, ...]:
    """Waves that together bring `percent` of `portions`, each rounded up, in the shares of the waves."""
    return tuple(
        SupplyWave(
            wave_id=wave.wave_id,
            ready_s=wave.ready_s,
            portions={
                meal_type: ceil_div(count * wave.percent * percent, 10_000)
                for meal_type, count in sorted(portions.items())
                if meal_type.split("-")[0] == wave.meal
            },
        )
        for wave in waves
    )


def _degrees(places: Sequence[Location]) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    return np.array([place.lon for place in places]), np.array([place.lat for place in places])
