"""Speed of assignment before routing: meals to stations and waves, then the cut into parts."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from optimizer.assign import assign_supply, split_parts
from optimizer.problem import (
    DEFAULT_MODES,
    Elder,
    Horizon,
    Location,
    MealType,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.travel.straight import straight_matrix
from optimizer.units import parse_clock

_DIETS = {"normal": 0.6, "soft": 0.2, "diabetic": 0.1, "halal": 0.1}
_STATION_SPACING_DEGREES = 0.02


def _place(rng: random.Random, side: float) -> Location:
    return Location(lon=116 + side * rng.random(), lat=40 + side * rng.random())


def _station(rng: random.Random, number: int, side: float, portions_by_diet: dict[str, float]) -> Station:
    waves = tuple(
        SupplyWave(
            wave_id=ready,
            ready_s=parse_clock(ready),
            portions={diet: round(portions / 3 * rng.uniform(0.5, 1.5)) for diet, portions in portions_by_diet.items()},
        )
        for ready in ("10:00", "10:45", "11:15")
    )
    return Station(station_id=f"s{number}", place=_place(rng, side), waves=waves, loading_duration_s=300)


def _meal(rng: random.Random, number: int) -> Visit:
    start_s, end_s = parse_clock("10:30"), parse_clock("12:00")
    return Visit(
        visit_id=f"m{number}",
        elder_id=f"e{number}",
        service="meal",
        service_duration_s=120,
        windows=(TimeWindow(start_s=start_s + 900 * rng.randrange(3), end_s=end_s + 900 * rng.randrange(3)),),
        demand={rng.choices([*_DIETS], [*_DIETS.values()])[0]: rng.choice([1, 1, 1, 2])},
        priority=rng.randrange(4),
        max_on_board_s=7200,
    )


def _courier(station_id: str, number: int) -> Worker:
    shift = Shift(shift_id="lunch", start_s=parse_clock("09:30"), end_s=parse_clock("13:30"))
    vehicle = Vehicle(mode="e-bike", capacities={"portions": 20})
    return Worker(worker_id=f"{station_id}-{number}", station_id=station_id, shifts=(shift,), vehicle=vehicle)


def _district(num_meals: int, num_stations: int, *, stock_share: float) -> Problem:
    """Meals and stations spread over a square; the waves bring `stock_share` of the portions asked for."""
    rng = random.Random(0)
    side = _STATION_SPACING_DEGREES * num_stations**0.5
    portions = {diet: 1.25 * share * stock_share * num_meals / num_stations for diet, share in _DIETS.items()}
    stations = tuple(_station(rng, number, side, portions) for number in range(num_stations))
    num_couriers = round(num_meals / num_stations / 25)
    return Problem(
        name="district",
        horizon=Horizon(first_date=dt.date(2026, 3, 2)),
        stations=stations,
        elders=tuple(Elder(elder_id=f"e{number}", place=_place(rng, side)) for number in range(num_meals)),
        visits=tuple(_meal(rng, number) for number in range(num_meals)),
        workers=tuple(_courier(s.station_id, number) for s in stations for number in range(num_couriers)),
        meal_types=tuple(MealType(meal_type=diet) for diet in _DIETS),
    )


@pytest.mark.parametrize(("num_meals", "num_stations"), [(600, 12), pytest.param(5_000, 100, marks=pytest.mark.large)])
def test_supply_and_parts_of_a_district(benchmark: Any, num_meals: int, num_stations: int) -> None:
    problem = _district(num_meals, num_stations, stock_share=1.6)
    travel = straight_matrix(problem.places, [mode for mode in DEFAULT_MODES if mode.mode in {"walk", "e-bike"}])

    supply = benchmark.pedantic(assign_supply, (problem, travel), rounds=1)

    assert len(supply.sources) == num_meals
    assert supply.bound <= supply.cost <= 1.1 * supply.bound
    sizes = [len(part.problem.visits) for part in split_parts(problem, travel, supply)]
    assert sum(sizes) == num_meals
    assert max(sizes) <= 200
    assert len(sizes) <= num_meals / 60
