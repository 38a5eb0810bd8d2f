"""Goods: what visits take and vehicles hold, and which station supplies whom, from when on and at what price."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Sources
from optimizer.problem import Problem, Station, Visit
from optimizer.reading import hands_over
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens
from optimizer.travel import TravelMatrix


def loads_of(problem: Problem, tokens: Tokens) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """``(n, K)`` what each visit takes and ``(R, K)`` what each shift's vehicle holds, by the capacities visits use."""
    uses = [problem.vehicle_use_of(visit.demand) for visit in tokens.visits]
    names = sorted({name for use in uses for name in use})
    demand = np.array([[use.get(name, 0) for name in names] for use in uses], dtype=np.int32)
    held = [[worker.vehicle.capacities.get(name, 0) for name in names] for worker, _ in tokens.shifts]
    return (
        demand.reshape(tokens.num_visits, len(names)),
        np.array(held, dtype=np.int32).reshape(len(tokens.shifts), len(names)),
    )


def ready_of(problem: Problem, travel: TravelMatrix, sources: Sources, tokens: Tokens) -> NDArray[np.int32]:
    """From when on a visit's goods can be loaded at a station.

    Parameters
    ----------
    sources
        Supply decided beforehand, by visit id. Stations whose stock suffices for everybody are open to all beside it.

    Returns
    -------
    ready_s
        ``(n, S)`` seconds; :data:`optimizer.search.arrays.FAR_S` where that station does not supply that visit.
    """
    ready_s = np.full((tokens.num_visits, len(problem.stations)), FAR_S, dtype=np.int32)
    ample = ample_ready_s(problem)
    for row, visit in zip(ready_s, tokens.visits, strict=True):
        if not hands_over(visit):
            continue
        for number, station in enumerate(problem.stations):
            by_type = ample[station.station_id]
            all_s = max(by_type.get(name, FAR_S) for name, count in visit.demand.items() if count)
            if all_s < FAR_S and _may_supply(problem, travel, station, visit):
                row[number] = max(all_s, visit.ready_s or 0)
        source = sources.get(visit.visit_id)
        if source is not None:
            number = tokens.station_token[source.station_id] - tokens.num_visits
            row[number] = min(row[number], max(source.ready_s, visit.ready_s or 0))
    return ready_s


def supply_cents_of(problem: Problem, tokens: Tokens, tariff: Tariff) -> NDArray[np.float64]:
    """``(n, S)``: price of a visit's portions by station."""
    portions = np.array([sum(visit.demand.values()) if hands_over(visit) else 0 for visit in tokens.visits])
    prices = [tariff.each(station.portion_price_cents, CostTerm.MEALS) for station in problem.stations]
    return np.outer(portions, prices).astype(np.float64).reshape(tokens.num_visits, len(prices))


def ample_ready_s(problem: Problem) -> dict[str, dict[str, int]]:
    """By station and meal type, when its waves have brought as many portions as all visits together ask for."""
    wanted: dict[str, int] = defaultdict(int)
    for visit in problem.visits:
        for meal_type, portions in visit.demand.items():
            wanted[meal_type] += portions
    ready: dict[str, dict[str, int]] = {}
    for station in problem.stations:
        stock: dict[str, int] = defaultdict(int)
        of_station = ready.setdefault(station.station_id, {})
        for wave in sorted(station.waves, key=lambda wave: wave.ready_s):
            for meal_type, portions in wave.portions.items():
                stock[meal_type] += portions
                if stock[meal_type] >= wanted[meal_type]:
                    of_station.setdefault(meal_type, wave.ready_s)
    return ready


def _may_supply(problem: Problem, travel: TravelMatrix, station: Station, visit: Visit) -> bool:
    station_id = station.station_id
    if station_id == visit.delivers_to_station_id or (visit.station_ids and station_id not in visit.station_ids):
        return False
    if station.service_radius_m is None or visit.delivers_to_station_id is not None:
        return True
    return travel.walking_distance_m(station.place, problem.place_of(visit)) <= station.service_radius_m
