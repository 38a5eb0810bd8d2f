"""Days of any size: small districts side by side, each with a station, couriers on two rounds and carers, all planned.

Routes come first (nearest neighbours, one district after the other) and windows are put around the times they give, so
that a sound plan of 20,000 visits is there in seconds and no solver has a hand in it. Travel is by the straight line,
computed where it is read: a square matrix of that size would fill gigabytes.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.judge import judged_plan
from optimizer.plan import Draft, Plan, RouteDraft, Step, break_step, load_step, visit_step
from optimizer.problem import (
    DEFAULT_MODES,
    Break,
    Elder,
    Horizon,
    Location,
    MealType,
    Pay,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from optimizer.travel.lazy import lazy_matrix
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

VISITS_PER_DISTRICT = 200
_NUM_COURIERS, _MEALS_PER_ROUND = 6, 12
_NUM_CARERS, _CARE_PER_CARER = 4, 14
_SPACING_DEGREES, _RADIUS_DEGREES = 0.03, 0.008
_SKILLS = ("wash", "nurse")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictsDay:
    """A planned day, and new visits to ask for, each with the elder it is for."""

    problem: Problem
    travel: TravelMatrix
    plan: Plan
    new: tuple[tuple[Visit, Elder], ...]


def districts_day(num_districts: int, num_new: int, seed: int = 0) -> DistrictsDay:
    """A day of `num_districts` times 200 visits and its plan, with `num_new` new visits at places of their own."""
    rng = random.Random(seed)
    stations = tuple(_station(number) for number in range(num_districts))
    elders = [
        _elder(rng, f"e{number}-{k}", station)
        for number, station in enumerate(stations)
        for k in range(VISITS_PER_DISTRICT)
    ]
    workers = tuple(worker for station in stations for worker in _workers(station))
    visits = [_visit(rng, elder, k % VISITS_PER_DISTRICT) for k, elder in enumerate(elders)]
    problem = Problem(
        name=f"{num_districts} districts",
        horizon=Horizon(first_date=dt.date(2026, 3, 2)),
        stations=stations,
        elders=tuple(elders),
        visits=tuple(visits),
        workers=workers,
        meal_types=(MealType(meal_type="lunch"),),
    )
    travel = lazy_matrix(problem.places, [mode for mode in DEFAULT_MODES if mode.mode in {"e-bike", "walk"}])
    draft = Draft(routes=tuple(_routes(problem)))
    starts = {stop.visit_id: stop.start_s for route in time_draft(problem, travel, draft) for stop in route.visit_stops}
    narrow = tuple(_around(rng, visit, starts[visit.visit_id]) for visit in visits)
    problem = replace(problem, visits=narrow)
    new = tuple(_new(rng, number, stations[number % num_districts]) for number in range(num_new))
    return DistrictsDay(problem=problem, travel=travel, plan=judged_plan(problem, travel, draft), new=new)


def _clock(hours: float) -> int:
    return round(hours * SECONDS_PER_HOUR)


def _station(number: int) -> Station:
    place = Location(lon=116.0 + _SPACING_DEGREES * (number % 10), lat=39.8 + _SPACING_DEGREES * (number // 10))
    waves = tuple(
        SupplyWave(wave_id=f"w{k}", ready_s=_clock(10 + k), portions={"lunch": 80 + 10 * k}) for k in range(2)
    )
    return Station(station_id=f"s{number}", place=place, waves=waves, loading_duration_s=300, service_radius_m=5_000)


def _elder(rng: random.Random, elder_id: str, station: Station) -> Elder:
    place = Location(
        lon=station.place.lon + rng.uniform(-_RADIUS_DEGREES, _RADIUS_DEGREES),
        lat=station.place.lat + rng.uniform(-_RADIUS_DEGREES, _RADIUS_DEGREES),
    )
    return Elder(elder_id=elder_id, place=place)


def _visit(rng: random.Random, elder: Elder, number: int) -> Visit:
    """A lunch for the first elders of a district, care for the others; open all day for the time being."""
    window = TimeWindow(start_s=_clock(8), end_s=_clock(17))
    if number < 2 * _NUM_COURIERS * _MEALS_PER_ROUND:
        return Visit(
            visit_id=f"v-{elder.elder_id}",
            service="meal",
            elder_id=elder.elder_id,
            windows=(TimeWindow(start_s=_clock(10.5), end_s=_clock(14)),),
            service_duration_s=2 * SECONDS_PER_MINUTE,
            demand={"lunch": 1},
            max_on_board_s=_clock(1.5),
            soft_on_board_s=_clock(0.5),
        )
    return Visit(
        visit_id=f"v-{elder.elder_id}",
        service="care",
        elder_id=elder.elder_id,
        windows=(window,),
        service_duration_s=rng.choice((10, 15, 20)) * SECONDS_PER_MINUTE,
        skills={rng.choice(_SKILLS): 1} if rng.random() < 0.3 else {},
    )


def _workers(station: Station) -> Iterator[Worker]:
    rest = Break(break_id="rest", start_s=_clock(11.5), end_s=_clock(13.5), duration_s=_clock(0.5))
    for number in range(_NUM_COURIERS + _NUM_CARERS):
        is_courier = number < _NUM_COURIERS
        shift = Shift(
            shift_id="day",
            start_s=_clock(9.5 if is_courier else 8),
            end_s=_clock(14.5 if is_courier else 17.5),
            start_place=station.place,
            end_place=station.place,
            breaks=() if is_courier else (rest,),
        )
        yield Worker(
            worker_id=f"{station.station_id}-{number}",
            shifts=(shift,),
            station_id=station.station_id,
            skills={} if is_courier else dict.fromkeys(_SKILLS, 1),
            vehicle=Vehicle(mode="e-bike", capacities={"portions": _MEALS_PER_ROUND + 2 if is_courier else 0}),
            pay=Pay(cents_per_hour=2_800, cents_per_km=20, cents_per_visit=100),
        )


def _routes(problem: Problem) -> Iterator[RouteDraft]:
    """Visits dealt out in order of the compass around their station, each round by nearest neighbours."""
    for number, station in enumerate(problem.stations):
        ours = list(problem.visits[number * VISITS_PER_DISTRICT : (number + 1) * VISITS_PER_DISTRICT])
        meals, care = [visit for visit in ours if visit.demand], [visit for visit in ours if not visit.demand]
        workers = problem.workers[number * (_NUM_COURIERS + _NUM_CARERS) :]
        for k in range(_NUM_COURIERS):
            rounds = meals[2 * k * _MEALS_PER_ROUND :][: 2 * _MEALS_PER_ROUND]
            steps: list[Step] = []
            for of_round in (rounds[:_MEALS_PER_ROUND], rounds[_MEALS_PER_ROUND:]):
                steps += [load_step(station.station_id), *_nearest_first(problem, station.place, of_round)]
            yield RouteDraft(worker_id=workers[k].worker_id, shift_id="day", steps=tuple(steps))
        for k in range(_NUM_CARERS):
            visits = _nearest_first(problem, station.place, care[k * _CARE_PER_CARER :][:_CARE_PER_CARER])
            half = len(visits) // 2
            worker_id = workers[_NUM_COURIERS + k].worker_id
            yield RouteDraft(
                worker_id=worker_id, shift_id="day", steps=(*visits[:half], break_step("rest"), *visits[half:])
            )


def _nearest_first(problem: Problem, here: Location, visits: Sequence[Visit]) -> list[Step]:
    left, steps = list(visits), []
    while left:
        places = {visit.visit_id: problem.place_of(visit) for visit in left}
        nearest = min(left, key=lambda visit: _apart(here, places[visit.visit_id]))
        left.remove(nearest)
        here = places[nearest.visit_id]
        steps.append(visit_step(nearest.visit_id))
    return steps


def _apart(first: Location, second: Location) -> float:
    return (first.lon - second.lon) ** 2 + (first.lat - second.lat) ** 2


def _around(rng: random.Random, visit: Visit, start_s: int) -> Visit:
    """`visit` with a window around the time at which its route comes by."""
    if visit.demand:
        return visit
    before_s, after_s = (rng.choice((0.25, 0.5, 1.0)) * SECONDS_PER_HOUR for _ in range(2))
    window = TimeWindow(start_s=max(_clock(8), start_s - round(before_s)), end_s=start_s + round(after_s))
    return replace(visit, windows=(replace(window, soft_end_s=start_s + round(after_s / 2)),))


def _new(rng: random.Random, number: int, station: Station) -> tuple[Visit, Elder]:
    """An urgent visit at a new place: a lunch every third time, otherwise half an hour's help within two hours."""
    elder = _elder(rng, f"new{number}", station)
    start_s = _clock(rng.uniform(8.5, 14))
    care = Visit(
        visit_id=f"v-{elder.elder_id}",
        service="care",
        elder_id=elder.elder_id,
        windows=(TimeWindow(start_s=start_s, end_s=start_s + _clock(2)),),
        service_duration_s=15 * SECONDS_PER_MINUTE,
        skills={"nurse": 1} if rng.random() < 0.5 else {},
    )
    meal = replace(_visit(rng, elder, 0), windows=(TimeWindow(start_s=_clock(10.5), end_s=_clock(13)),))
    return (meal if number % 3 == 0 else care), elder
