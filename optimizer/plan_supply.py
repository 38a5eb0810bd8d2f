"""Where the portions of a finished plan come from, and what is left for visits it does not serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from optimizer.assign import assign_supply, stations_with_deliveries
from optimizer.plan import Plan, Route, Source, Sources, Stop
from optimizer.problem import Problem, Station, SupplyWave
from optimizer.travel import TravelMatrix


def plan_sources(problem: Problem, travel: TravelMatrix, plan: Plan) -> tuple[Problem, Sources]:
    """The problem with the plan's supply runs delivered, and a source for every visit that has or can get one.

    Served visits keep the station they are served from; the others are assigned what the plan leaves in stock.
    """
    supplied = stations_with_deliveries(problem, plan.routes)
    used = sources_in_use(problem, plan.routes)
    return supplied, {**used, **spare_sources(supplied, travel, plan.routes)}


def spare_sources(supplied: Problem, travel: TravelMatrix, routes: Iterable[Route]) -> Sources:
    """Sources for the visits that `routes` leave out, from what they leave in stock."""
    routes = tuple(routes)
    served = {stop.visit_id for route in routes for stop in route.visit_stops}
    visits = tuple(visit for visit in supplied.visits if visit.visit_id not in served)
    if not any(visit.demand for visit in visits):
        return {}
    left = replace(supplied, stations=stations_left(supplied, routes), visits=visits, links=())
    return assign_supply(left, travel).sources


def sources_in_use(problem: Problem, routes: Iterable[Route]) -> dict[str, Source]:
    """Station and loading time of every served visit with demand, by visit id."""
    sources = {}
    for trip in (trip for route in routes for trip in route.trips):
        load = trip.load_stop
        if load is None or load.station_id is None:
            continue
        for stop in trip.stops:
            if stop.visit_id is not None and problem.visit_by_id[stop.visit_id].demand:
                sources[stop.visit_id] = Source(station_id=load.station_id, ready_s=load.start_s)
    return sources


def stations_left(problem: Problem, routes: Iterable[Route]) -> tuple[Station, ...]:
    """The stations without the portions that `routes` load, each loading taken from the last wave before it first."""
    loads = [stop for route in routes for trip in route.trips if (stop := trip.load_stop) is not None]
    loads.sort(key=lambda stop: stop.start_s)
    loads_by_station_id: dict[str | None, list[Stop]] = defaultdict(list)
    for stop in loads:
        loads_by_station_id[stop.station_id].append(stop)
    return tuple(_less(station, loads_by_station_id[station.station_id]) for station in problem.stations)


def _less(station: Station, loads: Iterable[Stop]) -> Station:
    waves = sorted(station.waves, key=lambda wave: wave.ready_s)
    left = [dict(wave.portions) for wave in waves]
    for stop in loads:
        for meal_type, portions in stop.load.items():
            needed = portions
            for wave, stock in reversed(list(zip(waves, left, strict=True))):
                if wave.ready_s <= stop.start_s:
                    taken = min(needed, stock.get(meal_type, 0))
                    stock[meal_type] = stock.get(meal_type, 0) - taken
                    needed -= taken
    fresh = (_with_portions(wave, stock) for wave, stock in zip(waves, left, strict=True))
    return replace(station, waves=tuple(fresh))


def _with_portions(wave: SupplyWave, portions: dict[str, int]) -> SupplyWave:
    return replace(wave, portions={meal_type: amount for meal_type, amount in portions.items() if amount > 0})
