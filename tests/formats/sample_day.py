"""A seeded day in a made-up town with a plan made by hand: what sheets and maps are drawn from in these tests."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import (
    Cost,
    Draft,
    Plan,
    Reason,
    Remedy,
    RemedyKind,
    RouteDraft,
    SolveStatus,
    Step,
    Unassigned,
    break_step,
    load_step,
    visit_step,
)
from optimizer.problem import (
    Break,
    Elder,
    ElderGroup,
    Horizon,
    Location,
    MealType,
    Problem,
    Promise,
    Service,
    Shift,
    Station,
    StationKind,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.rules import CostTerm, Rule
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix
from tests.builders import clock, window

MEAL_TYPES = ("lunch", "soft-lunch", "diabetic-lunch", "halal-lunch")
DIETS = ("normal", "soft", "diabetic", "halal")
NASTY_NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "#strong[*] _x_ $y$ @z <label> // \"q\" 'q' \\n",
    "Maximiliana-Konstantinopolitanischerdudelsackpfeifenmachergesellschaft",
    "阿不都热合曼·买买提依明·艾则孜江·吐尔逊",
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
_GIVEN = ("秀英", "桂兰", "建国", "玉珍", "德福", "淑华", "志强", "凤琴", "永贵", "素云", "明", "兰芳")
_CENTRE = (116.362, 39.912)
_METRE_LAT = 1 / 111_200
_METRE_LON = _METRE_LAT / math.cos(math.radians(_CENTRE[1]))


@dataclass(frozen=True, slots=True)
class SampleDay:
    """A problem, its plan and the streets of its town (``float64`` of shape ``(n, 4)``)."""

    problem: Problem
    plan: Plan
    streets: NDArray[np.float64]


def place(x_m: float, y_m: float) -> Location:
    """The place `x_m` metres east and `y_m` metres north of the town's centre."""
    return Location(lon=round(_CENTRE[0] + x_m * _METRE_LON, 6), lat=round(_CENTRE[1] + y_m * _METRE_LAT, 6))


def make_streets(num_per_side: int = 24, seed: int = 0) -> NDArray[np.float64]:
    """A bent grid of streets, 4 km across, with some blocks missing."""
    random = np.random.default_rng(seed)
    offset_m = np.linspace(-2000, 2000, num_per_side)
    bend_m = 12_000 / num_per_side
    x_m = offset_m[:, None] + random.normal(0, bend_m / 12, (num_per_side, num_per_side))
    y_m = offset_m[None, :] + random.normal(0, bend_m / 12, (num_per_side, num_per_side)) + x_m / 12
    lon, lat = _CENTRE[0] + x_m * _METRE_LON, _CENTRE[1] + y_m * _METRE_LAT
    down = np.stack([lon[:-1], lat[:-1], lon[1:], lat[1:]], axis=-1).reshape(-1, 4)
    across = np.stack([lon[:, :-1], lat[:, :-1], lon[:, 1:], lat[:, 1:]], axis=-1).reshape(-1, 4)
    streets = np.concatenate([down, across])
    return streets[random.random(len(streets)) > 0.1]


def make_day(
    *, num_meals: int = 110, num_care: int = 40, num_couriers: int = 5, num_carers: int = 4, seed: int = 0
) -> SampleDay:
    """Meals from two stations by e-bike, care on foot, a supply run by van; a few visits are left unassigned."""
    random = Random(seed)
    stations = _stations(num_meals)
    elders = tuple(_elder(random, idx) for idx in range(num_meals))
    meals = tuple(_meal(random, idx, elder) for idx, elder in enumerate(elders))
    care = tuple(_care(random, idx, elders[idx % len(elders)]) for idx in range(num_care))
    supply = _supply_visit(stations[1], meals)
    workers = (*_couriers(num_couriers, stations), *_carers(num_carers, stations[1]), _driver(stations[0]))
    problem = Problem(
        name="样例日 Sample day",
        horizon=Horizon(first_date=dt.date(2026, 3, 2)),
        stations=stations,
        elders=elders,
        visits=(*meals, *care, supply),
        workers=workers,
        meal_types=tuple(MealType(meal_type=name, diet=diet) for name, diet in zip(MEAL_TYPES, DIETS, strict=True)),
        services=(
            Service(service="meal", name="助餐"),
            Service(service="bath", name="助浴"),
            Service(service="check", name="巡视探访"),
            Service(service="supply", name="送餐到站"),
        ),
    )
    draft = Draft(routes=(*_meal_routes(problem, meals), *_care_routes(problem, care), _supply_route(supply)))
    plan = Plan(
        problem_name=problem.name,
        status=SolveStatus.INCOMPLETE,
        routes=time_draft(problem, straight_travel(problem), draft),
        unassigned=tuple(_unassigned(visit) for visit in meals if visit.visit_id not in draft.served_visit_ids),
        cost=Cost(cents_by_term={CostTerm.WORKED_TIME: 123_456, CostTerm.UNSERVED: 300_000}),
    )
    return SampleDay(problem, plan, make_streets())


def straight_travel(problem: Problem) -> TravelMatrix:
    """Straight lines, stretched by each mode's detour."""
    lon = np.array([place.lon for place in problem.places]) / _METRE_LON
    lat = np.array([place.lat for place in problem.places]) / _METRE_LAT
    straight_m = np.hypot(lon[:, None] - lon, lat[:, None] - lat)
    distance_m = {mode.mode: np.rint(straight_m * mode.detour_percent / 100) for mode in problem.modes}
    return TravelMatrix(
        places=problem.places,
        distance_m={mode: metres.astype(np.int32) for mode, metres in distance_m.items()},
        duration_s={
            mode.mode: np.ceil(distance_m[mode.mode] * 3.6 / mode.speed_kmh).astype(np.int32) for mode in problem.modes
        },
    )


def _stations(num_meals: int) -> tuple[Station, ...]:
    wave = dict.fromkeys(MEAL_TYPES, num_meals)
    return (
        Station(
            station_id="kitchen",
            name="中央厨房",
            place=place(-1700, -1500),
            kind=StationKind.CENTRAL_KITCHEN,
            waves=(SupplyWave(wave_id="early", ready_s=clock("09:30"), portions=wave),),
            loading_duration_s=600,
        ),
        Station(
            station_id="s1",
            name="广外街道驿站",
            place=place(-700, 300),
            waves=(
                SupplyWave(wave_id="first", ready_s=clock("10:20"), portions=wave),
                SupplyWave(wave_id="second", ready_s=clock("11:05"), portions=wave),
            ),
            loading_duration_s=300,
        ),
        Station(station_id="s2", name="月坛驿站", place=place(900, -200), loading_duration_s=300),
    )


def _elder(random: Random, idx: int) -> Elder:
    groups = [group for group in (ElderGroup.AGED_80_PLUS, ElderGroup.LIVING_ALONE) if random.random() < 0.2]
    name = random.choice(_SURNAMES) + random.choice(_GIVEN)
    return Elder(
        elder_id=f"e{idx + 1:03d}",
        place=place(random.uniform(-1900, 1900), random.uniform(-1900, 1900)),
        name=NASTY_NAMES[idx] if idx < len(NASTY_NAMES) else name,
        address=f"红莲南里{random.randint(1, 30)}号楼{random.randint(1, 6)}单元{random.randint(101, 699)}",
        phone=f"138{random.randint(0, 99_999_999):08d}",
        floor=random.randint(1, 6),
        has_lift=random.random() < 0.3,
        groups=tuple(groups),
        diet=random.choices(DIETS, weights=(60, 20, 12, 8))[0],
    )


def _meal(random: Random, idx: int, elder: Elder) -> Visit:
    portions = random.choices((1, 2), weights=(8, 2))[0]
    return Visit(
        visit_id=f"m{idx + 1:03d}",
        service="meal",
        elder_id=elder.elder_id,
        windows=(window("10:30", "12:30", soft_end_s=clock("11:50")),),
        service_duration_s=120 + 18 * (0 if elder.has_lift else elder.floor),
        demand={MEAL_TYPES[DIETS.index(elder.diet)]: portions},
        priority=len(elder.groups),
        max_on_board_s=7200,
        note="敲门后请等一会儿，老人行动慢" if idx % 9 == 0 else "",
        promise=Promise(start_s=clock("11:30")) if idx % 25 == 7 else None,
    )


def _care(random: Random, idx: int, elder: Elder) -> Visit:
    is_bath = idx % 8 == 0
    return Visit(
        visit_id=f"c{idx + 1:03d}",
        service="bath" if is_bath else "check",
        elder_id=elder.elder_id,
        windows=(window("08:30", "17:00"),),
        service_duration_s=3600 if is_bath else random.randrange(600, 1500, 60),
        num_workers=2 if is_bath else 1,
        skills={"bathing": 1} if is_bath else {},
    )


def _supply_visit(station: Station, meals: Sequence[Visit]) -> Visit:
    demand = {meal_type: sum(meal.demand.get(meal_type, 0) for meal in meals) for meal_type in MEAL_TYPES}
    return Visit(
        visit_id="supply-s2",
        service="supply",
        place=place(900, -200),
        windows=(TimeWindow(start_s=clock("09:30"), end_s=clock("10:40")),),
        service_duration_s=600,
        demand=demand,
        delivers_to_station_id="s2",
        station_ids=("kitchen",),
    )


def _couriers(num_couriers: int, stations: Sequence[Station]) -> tuple[Worker, ...]:
    homes = [stations[1 + idx % 2] for idx in range(num_couriers)]
    return tuple(
        Worker(
            worker_id=f"k{idx + 1:02d}",
            name=_SURNAMES[-1 - idx % len(_SURNAMES)] + "师傅",
            phone="13900000000",
            station_id=home.station_id,
            vehicle=Vehicle(mode="e-bike", vehicle_id=f"京A·{idx:04d}", capacities={"portions": 20}),
            shifts=(
                Shift(
                    shift_id="lunch",
                    start_s=clock("10:00"),
                    end_s=clock("13:30"),
                    start_place=home.place,
                    end_place=home.place,
                ),
            ),
        )
        for idx, home in enumerate(homes)
    )


def _carers(num_carers: int, home: Station) -> tuple[Worker, ...]:
    rest = Break(break_id="lunch", start_s=clock("11:30"), end_s=clock("14:00"), duration_s=2700)
    shift = Shift(
        shift_id="day",
        start_s=clock("08:00"),
        end_s=clock("18:00"),
        start_place=home.place,
        end_place=home.place,
        breaks=(rest,),
    )
    return tuple(
        Worker(
            worker_id=f"h{idx + 1:02d}",
            name=_SURNAMES[idx % len(_SURNAMES)] + "护士",
            station_id=home.station_id,
            skills={"bathing": 1},
            vehicle=Vehicle(mode="bicycle"),
            shifts=(shift,),
        )
        for idx in range(num_carers)
    )


def _driver(kitchen: Station) -> Worker:
    return Worker(
        worker_id="v01",
        name="郑司机",
        station_id=kitchen.station_id,
        vehicle=Vehicle(mode="van", vehicle_id="京B·8866", capacities={"portions": 10_000}),
        shifts=(
            Shift(
                shift_id="supply",
                start_s=clock("08:30"),
                end_s=clock("12:00"),
                start_place=kitchen.place,
                end_place=kitchen.place,
            ),
        ),
    )


def _meal_routes(problem: Problem, meals: Sequence[Visit]) -> list[RouteDraft]:
    """Sweep the elders of each side of the town around its station, in trips of at most twelve stops."""
    couriers = [worker for worker in problem.workers if worker.worker_id.startswith("k")]
    routes = []
    for station in problem.stations[1:]:
        team = [worker for worker in couriers if worker.station_id == station.station_id]
        is_west = station.station_id == "s1"
        mine = [visit for visit in meals[:-3] if (problem.place_of(visit).lon < place(100, 0).lon) == is_west]
        mine.sort(key=lambda visit: _angle(station.place, problem.place_of(visit)))
        for idx, worker in enumerate(team):
            share = mine[idx * len(mine) // len(team) : (idx + 1) * len(mine) // len(team)]
            steps: list[Step] = []
            for start in range(0, len(share), 12):
                trip = share[start : start + 12]
                steps += [load_step(station.station_id), *(visit_step(visit.visit_id) for visit in trip)]
            routes.append(RouteDraft(worker_id=worker.worker_id, shift_id="lunch", steps=tuple(steps)))
    return routes


def _care_routes(problem: Problem, care: Sequence[Visit]) -> list[RouteDraft]:
    """Baths first by pairs of carers, then check visits in turn, with a break before the afternoon."""
    carers = [worker for worker in problem.workers if worker.worker_id.startswith("h")]
    steps: dict[str, list[Step]] = {worker.worker_id: [] for worker in carers}
    baths = [visit for visit in care if visit.num_workers == 2]
    checks = [visit for visit in care if visit.num_workers == 1]
    for idx, visit in enumerate(baths):
        for carer in (carers[2 * idx % len(carers)], carers[(2 * idx + 1) % len(carers)]):
            steps[carer.worker_id].append(visit_step(visit.visit_id))
    for idx, carer in enumerate(carers):
        mine = [visit_step(visit.visit_id) for visit in checks[idx :: len(carers)]]
        steps[carer.worker_id] += [*mine[:3], break_step("lunch"), *mine[3:]]
    return [RouteDraft(worker_id=worker_id, shift_id="day", steps=tuple(mine)) for worker_id, mine in steps.items()]


def _supply_route(supply: Visit) -> RouteDraft:
    return RouteDraft(worker_id="v01", shift_id="supply", steps=(load_step("kitchen"), visit_step(supply.visit_id)))


def _unassigned(visit: Visit) -> Unassigned:
    return Unassigned(
        visit_id=visit.visit_id,
        reasons=(
            Reason(
                rule=Rule.CAPACITY,
                worker_ids=("k01", "k02"),
                message=f"visit '{visit.visit_id}': 21 portions do not fit the 20 of the vehicle; add a trip.",
            ),
        ),
        remedies=(
            Remedy(
                kind=RemedyKind.EXTEND_SHIFT,
                message="end the shift of 'k01' 20 minutes later",
                price_cents=1250,
                worker_id="k01",
                shift_id="lunch",
                change_s=1200,
            ),
        ),
        num_insertions_tried=84,
    )


def _angle(centre: Location, place: Location) -> float:
    return math.atan2(place.lat - centre.lat, place.lon - centre.lon)
