"""From what a benchmark file states to a problem with its travel matrix.

Depots are stations with ample goods from the start on, customers are visits, vehicles are workers with one shift each.
A vehicle that may not reload has ``max_trips=1``, and as every customer takes goods (one without demand takes a "call",
which needs no room), its one loading comes first. From depot to depot there is no way, so that a vehicle loads at its
own. Customers whom only some vehicles may serve need a skill that these have.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from optimizer.formats.benchmark.distances import distance_matrix, whole_units
from optimizer.formats.benchmark.stated import Stated, StatedNode, StatedVehicle
from optimizer.params import CostWeights
from optimizer.problem import (
    Horizon,
    Location,
    MealType,
    Pay,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    TravelMode,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.travel import UNREACHABLE, TravelMatrix
from optimizer.units import SECONDS_PER_DAY

GOODS, CALL, LOAD, MODE, SHIFT_ID = "goods", "call", "load", "van", "day"

FIRST_DATE = dt.date(2026, 3, 2)
_CENTRE_LON, _CENTRE_LAT, _EXTENT_DEGREES = 116.4, 39.9, 0.2
"""Where plans are drawn: instances lie in no country."""

_PAY = Pay(cents_per_km=1000)
"""A cent a metre."""

METRE_A_SECOND = TravelMode(mode=MODE, speed_kmh=3.6, detour_percent=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkInstance:
    """A public benchmark instance as an ordinary problem.

    Attributes
    ----------
    name
        As the file says, e.g. ``C101``.
    family
        ``vrptw``, ``mdvrptw``, ``sdvrptw``, ``mtvrptwr``, ``hhcrsp`` or ``uhhc``.
    travel
        The instance's own distances: metres, seconds and whole units are the same, and so are the arrays.
    scale
        Whole units per unit of distance in the file.
    cost_divisor
        ``plan.cost.total_cents / cost_divisor`` is the value in which results are published.
    lists_unused
        Whether the family's solution files list vehicles that stay at home.
    """

    name: str
    family: str
    problem: Problem
    travel: TravelMatrix
    scale: int
    cost_divisor: float
    lists_unused: bool

    @property
    def is_care(self) -> bool:
        """Whether it is of a home-care family, whose solution files are JSON."""
        return self.family in {"hhcrsp", "uhhc"}

    @property
    def solution_suffix(self) -> str:
        """How the names of the family's solution files end."""
        return ".sol.json" if self.is_care else ".sol"


def make_instance(stated: Stated) -> BenchmarkInstance:
    """The problem and the travel matrix of what a file states.

    Raises
    ------
    OverflowError
        If the points are so far apart and so finely stated that squares do not fit 64 bits.
    """
    family = stated.family
    units = distance_matrix([node.x for node in stated.nodes], [node.y for node in stated.nodes], family)
    depots = np.array(stated.depots)
    units[np.ix_(depots, depots)] = UNREACHABLE
    units[depots, depots] = 0
    maker = _Maker(stated, int(units.max()))
    rounding = "truncated" if family.is_truncated else "rounded"
    return BenchmarkInstance(
        name=stated.name,
        family=family.name,
        problem=maker.problem(),
        travel=TravelMatrix(
            places=maker.places,
            duration_s={MODE: units},
            distance_m={MODE: units},
            source=f"{stated.name}: Euclidean distances times {family.scale}, {rounding}",
        ),
        scale=family.scale,
        cost_divisor=family.cost_divisor,
        lists_unused=family.lists_unused,
    )


class _Maker:
    """One instance's facts, made from its nodes and vehicles."""

    def __init__(self, stated: Stated, longest: int) -> None:
        self._stated, self._longest = stated, longest
        self.places = drawn_places([(str(number), (node.x, node.y)) for number, node in enumerate(stated.nodes)])
        self._skills_by_vehicle, self._skill_by_customer = _skills(stated)

    def problem(self) -> Problem:
        depots = set(self._stated.depots)
        customers = [number for number in range(len(self._stated.nodes)) if number not in depots]
        visits = tuple(map(self._visit, customers))
        return Problem(
            name=self._stated.name,
            description=f"Benchmark instance of the family {self._stated.family.name}.",
            horizon=Horizon(first_date=FIRST_DATE, num_days=self._last_s() // SECONDS_PER_DAY + 1),
            stations=tuple(self._station(depot, visits) for depot in self._stated.depots),
            visits=visits,
            workers=tuple(self._worker(number, vehicle) for number, vehicle in enumerate(self._stated.vehicles)),
            meal_types=_meal_types(visits),
            modes=(METRE_A_SECOND,),
            weights=self._weights(len(visits)),
        )

    def _units(self, value: Decimal) -> int:
        return whole_units(value, self._stated.family)

    def _last_s(self) -> int:
        return max(self._units(node.last) for node in self._stated.nodes)

    def _window(self, node: StatedNode) -> TimeWindow:
        return TimeWindow(start_s=self._units(node.first), end_s=self._units(node.last))

    def _visit(self, number: int) -> Visit:
        node = self._stated.nodes[number]
        skill = self._skill_by_customer.get(number)
        return Visit(
            visit_id=str(number),
            service="delivery",
            place=self.places[number],
            windows=(self._window(node),),
            service_duration_s=self._units(node.service),
            demand={GOODS: node.demand} if node.demand else {CALL: 1},
            skills={} if skill is None else {skill: 1},
            ready_s=self._units(node.release) or None,
        )

    def _station(self, depot: int, visits: Sequence[Visit]) -> Station:
        portions = {
            meal_type.meal_type: sum(visit.demand.get(meal_type.meal_type, 0) for visit in visits)
            for meal_type in _meal_types(visits)
        }
        wave = SupplyWave(wave_id="all", ready_s=0, portions=portions)
        return Station(station_id=_station_id(depot), place=self.places[depot], waves=(wave,))

    def _worker(self, number: int, vehicle: StatedVehicle) -> Worker:
        opening = self._window(self._stated.nodes[vehicle.depot])
        home = self.places[vehicle.depot]
        shift = Shift(
            shift_id=SHIFT_ID,
            start_s=opening.start_s,
            end_s=opening.end_s,
            start_place=home,
            end_place=home,
            max_work_s=None if vehicle.max_duration is None else self._units(vehicle.max_duration),
            max_trips=None if vehicle.may_reload else 1,
        )
        limit_m = None if vehicle.max_distance is None else self._units(vehicle.max_distance)
        return Worker(
            worker_id=f"vehicle-{number + 1}",
            shifts=(shift,),
            station_id=_station_id(vehicle.depot),
            skills=dict.fromkeys(self._skills_by_vehicle[number], 1),
            vehicle=Vehicle(mode=MODE, capacities={LOAD: vehicle.capacity}, max_distance_m=limit_m),
            pay=_PAY,
        )

    def _weights(self, num_visits: int) -> CostWeights:
        """Nothing costs but distance, and no plan saves by leaving a customer out what that is charged."""
        most_legs = 2 * num_visits + len(self._stated.vehicles)
        return CostWeights(
            mandatory_cents=most_legs * self._longest + 1,
            lateness_cents_per_hour=0,
            food_age_cents_per_hour=0,
            not_preferred_cents=0,
            new_worker_cents=0,
            missed_break_cents=0,
            promise_moved_cents_per_hour=0,
            promise_worker_cents=0,
        )


def _station_id(depot: int) -> str:
    return f"depot-{depot}"


def _meal_types(visits: Sequence[Visit]) -> tuple[MealType, ...]:
    """Goods, and calls where a customer has no demand."""
    goods, call = MealType(meal_type=GOODS, uses={LOAD: 1}), MealType(meal_type=CALL, uses={})
    return (goods, call) if any(CALL in visit.demand for visit in visits) else (goods,)


def _skills(stated: Stated) -> tuple[list[list[str]], dict[int, str]]:
    """Skills of each vehicle, and the skill that each customer needs whom only some vehicles may serve."""
    customers_by_group: dict[tuple[int, ...], list[int]] = defaultdict(list)
    allowed_by_vehicle = {number: vehicle.allowed for number, vehicle in enumerate(stated.vehicles)}
    limited = [(number, allowed) for number, allowed in allowed_by_vehicle.items() if allowed is not None]
    for customer in range(len(stated.nodes)) if limited else ():
        barred = tuple(number for number, allowed in limited if customer not in allowed)
        if barred and customer not in stated.depots:
            customers_by_group[barred].append(customer)
    skills_by_vehicle: list[list[str]] = [[] for _ in stated.vehicles]
    skill_by_customer: dict[int, str] = {}
    for group, (barred, customers) in enumerate(customers_by_group.items(), start=1):
        for number in set(range(len(stated.vehicles))).difference(barred):
            skills_by_vehicle[number].append(f"group-{group}")
        skill_by_customer |= dict.fromkeys(customers, f"group-{group}")
    return skills_by_vehicle, skill_by_customer


def drawn_places(points: Sequence[tuple[str, tuple[Decimal, Decimal] | None]]) -> tuple[Location, ...]:
    """Every named point somewhere in WGS 84, in the shape of the plane; one without coordinates lies in the middle."""
    known = [point for _, point in points if point is not None]
    plane: NDArray[np.float64] = np.array(known or [(Decimal(0), Decimal(0))], dtype=np.float64)
    middle = (plane.max(axis=0) + plane.min(axis=0)) / 2
    degrees = _EXTENT_DEGREES / max(1e-9, float((plane.max(axis=0) - plane.min(axis=0)).max()))
    placed: NDArray[np.float64] = np.array(
        [middle if point is None else point for _, point in points], dtype=np.float64
    )
    east, north = ((placed - middle) * degrees).T
    lon = _CENTRE_LON + east / math.cos(math.radians(_CENTRE_LAT))
    lat = _CENTRE_LAT + north
    return tuple(
        Location(lon=at[0], lat=at[1], place_id=name)
        for (name, _), at in zip(points, np.round(np.stack([lon, lat], axis=1), 7).tolist(), strict=True)
    )
