"""``miyun-kitchen``: one central kitchen feeds a rural district by van, and villagers carry the last kilometre."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import (
    DEFAULT_MODES,
    Elder,
    Horizon,
    Location,
    Pay,
    Problem,
    Shift,
    Station,
    StationKind,
    SupplierKind,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, ceil_div, parse_clock
from scenarios import demand, staff
from scenarios.people import FRAIL_FIRST, Housing, draw_clients, draw_elders
from scenarios.scenario import Range, ScenarioInfo, Streams, World, scaled
from scenarios.towns import Town, rural_district

CENTRE = Location(lon=116.843, lat=40.376)
"""The town of Miyun."""

# A village of some 300 elders, of whom 5 % are brought a meal and 7 % eat at the dining point (2-6 % of elders a day in
# cities, more where the village helps): assumed. Villages without a point have a handful each.
NUM_POINTS = 12
NUM_DIRECT_VILLAGES = 6
NUM_CARAVAN_VILLAGES = 3
NUM_LUNCHES_AT_POINTS = 168
NUM_LUNCHES_DIRECT = 30
NUM_LUNCHES_IN_TOWN = 60
DINERS_PER_POINT = (15, 30)
NUM_NURSINGS = 8
NUM_CHECKS = 24

EARLY_WAVE_S = parse_clock("09:30")
LATE_WAVE_S = parse_clock("10:30")
"""Two waves of one kitchen; times assumed so that the farthest village eats before noon."""

SUPPLY_WINDOW = TimeWindow(start_s=parse_clock("09:40"), end_s=parse_clock("10:50"), soft_end_s=parse_clock("10:40"))
"""The end is the deadline: 70 minutes are left for the last kilometre (assumed)."""

HALF_ON_BOARD_S = demand.MAX_ON_BOARD_S // 2
"""Two hours from the kitchen to the elder: one in the van, one on the last kilometre."""

VILLAGE_HOUSING = Housing(ground_share=1.0, lift_share=0.0)
TOWN_HOUSING = Housing(ground_share=0.3, lift_share=0.2)
DIET_SHARES = {"normal": 0.68, "soft": 0.20, "diabetic": 0.10, "halal": 0.02}
"""Assumed; few of Miyun's villagers are Hui."""

MODES = tuple(replace(mode, speed_kmh=32.0) if mode.mode == "van" else mode for mode in DEFAULT_MODES)
"""Vans on mountain roads: 25-35 km/h (assumed)."""

VILLAGES = (
    *("溪翁庄", "穆家峪", "巨各庄", "十里堡", "河南寨", "西田各庄", "东邵渠"),
    *("大城子", "太师屯", "北庄", "高岭", "不老屯", "冯家峪", "石城", "古北口", "新城子"),
)

DRIVER = staff.Role(
    role="driver",
    skills=frozenset({"driving", demand.MEAL}),
    vehicle=staff.VAN,
    pay=Pay(cents_per_hour=3_000, cents_per_km=staff.VAN_CENTS_PER_KM),  # assumed
    shifts=(Shift(shift_id="morning", start_s=parse_clock("09:00"), end_s=parse_clock("13:00")),),
)
NEIGHBOUR = staff.Role(
    role="neighbour",
    skills=frozenset({demand.MEAL, "check"}),
    vehicle=staff.E_BIKE_SMALL,
    pay=Pay(cents_per_hour=1_500, cents_per_km=staff.E_BIKE_CENTS_PER_KM),  # a village's public-welfare post: assumed
    shifts=(staff.LUNCH_ROUND,),
)
ROAMING_NURSE = replace(
    staff.NURSE,
    vehicle=Vehicle(mode="van"),
    pay=Pay(cents_per_hour=5_000, cents_per_km=staff.VAN_CENTS_PER_KM, overtime_cents_per_hour=7_500),  # assumed
)
CARAVAN_CREW = staff.Role(
    role="caravan",
    skills=frozenset({"caravan"}),
    vehicle=Vehicle(mode="van", max_distance_m=150_000),
    pay=Pay(cents_per_hour=12_000, cents_per_km=staff.VAN_CENTS_PER_KM, overtime_cents_per_hour=18_000),
)
"""A van with a crew of three that works as one (range and pay assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Areas of the district by how meals get there; area 0 is the town."""

    points: tuple[int, ...]
    direct: tuple[int, ...]
    caravan: tuple[int, ...]


def build(streams: Streams, size: float, streets: StreetGraph | None) -> World:
    """The day at `size`."""
    areas = _areas(size)
    town = _district(streams, areas)
    kitchen, caravan_base, points = _stations(town, areas)
    elders = _elders(streams, size, town, areas)
    lunches = tuple(_lunch(elder) for elder in elders)
    supply = _supply_runs(streams, points, lunches)
    care = _care(streams, size, elders)
    caravan = tuple(_caravan_stop(town, area) for area in areas.caravan)
    stations = (_with_waves(kitchen, supply, lunches), caravan_base, *points)
    workers = _workers(streams, stations, (*supply, *lunches, *care, *caravan))
    problem = Problem(
        name="miyun-kitchen",
        description="A central kitchen with two waves, vans to village points, neighbours from there to the door.",
        horizon=Horizon(first_date=dt.date(2026, 3, 3)),
        stations=stations,
        elders=staff.with_history(streams.of("history"), elders, care, workers),
        visits=(*supply, *lunches, *care, *caravan),
        workers=workers,
        meal_types=demand.meal_types("lunch"),
        services=demand.SERVICES,
        modes=MODES,
    )
    return World(problem=problem, streets=town.streets, expected=_expected(size))


def _areas(size: float) -> Areas:
    """Points in two of three villages from the town outwards; the farthest villages see the caravan instead."""
    num_points, num_direct = scaled(NUM_POINTS, size), scaled(NUM_DIRECT_VILLAGES, size)
    near = range(1, 1 + num_points + num_direct)
    direct = tuple(near[round((i + 1) * len(near) / num_direct) - 1] for i in range(num_direct))
    return Areas(
        points=tuple(area for area in near if area not in direct),
        direct=direct,
        caravan=tuple(range(near.stop, near.stop + scaled(NUM_CARAVAN_VILLAGES, size))),
    )


def _district(streams: Streams, areas: Areas) -> Town:
    num = areas.caravan[-1]
    names = [f"{VILLAGES[i % 16]}{'' if num <= 16 else i // 16 + 1}村" for i in range(num)]
    return rural_district(streams.of("town"), CENTRE, "密云镇", names)


def _stations(town: Town, areas: Areas) -> tuple[Station, Station, tuple[Station, ...]]:
    """The kitchen, the caravan's base and the dining points."""
    kitchen = Station(
        station_id="kitchen",
        name="区中央厨房",
        place=town.place(town.middle(town.sites_of(0))),
        kind=StationKind.CENTRAL_KITCHEN,
        loading_duration_s=10 * SECONDS_PER_MINUTE,  # assumed
        supplier_kind=SupplierKind.CATERING,
        portion_price_cents=1_600,  # assumed, below the 20 yuan of the city
    )
    base = replace(
        kitchen, station_id="caravan-base", name="惠老大篷车基地", kind=StationKind.CARAVAN_BASE, supplier_kind=None
    )
    points = (
        Station(
            station_id=f"point-{number:02d}",
            name=f"{town.area_names[area]}幸福晚年驿站",
            place=town.place(town.middle(town.sites_of(area))),
            kind=StationKind.DINING_POINT,
            loading_duration_s=3 * SECONDS_PER_MINUTE,  # assumed
            seats=30,
            service_radius_m=1_000,  # meal-point rule, Beijing 2022
            parent_station_id="kitchen",
        )
        for number, area in enumerate(areas.points, 1)
    )
    return kitchen, base, tuple(points)


def _elders(streams: Streams, size: float, town: Town, areas: Areas) -> tuple[Elder, ...]:
    station_by_area = {area: f"point-{number:02d}" for number, area in enumerate(areas.points, 1)}
    rng = streams.of("elders")
    elders: list[Elder] = []
    for group, count, housing in (
        (areas.points, NUM_LUNCHES_AT_POINTS, VILLAGE_HOUSING),
        (areas.direct, NUM_LUNCHES_DIRECT, VILLAGE_HOUSING),
        ((0,), NUM_LUNCHES_IN_TOWN, TOWN_HOUSING),
    ):
        sites = rng.choice(np.flatnonzero(np.isin(town.site_area, group)), scaled(count, size))
        drawn = draw_elders(rng, town, sites, housing, diet_shares=DIET_SHARES, first_number=len(elders) + 1)
        homes = town.site_area[sites].tolist()
        elders += [
            replace(elder, station_id=station_by_area.get(area, "kitchen"))
            for elder, area in zip(drawn, homes, strict=True)
        ]
    return tuple(elders)


def _lunch(elder: Elder) -> Visit:
    """Only the elder's own point, or the kitchen, supplies it; an hour on board is left after the van."""
    lunch = demand.meal_visit(f"lunch-{elder.elder_id}", elder, "lunch", demand.LUNCH)
    lunch = replace(lunch, station_ids=(elder.station_id or "",))
    if elder.station_id == "kitchen":
        return lunch
    return replace(lunch, max_on_board_s=HALF_ON_BOARD_S, soft_on_board_s=HALF_ON_BOARD_S // 2)


def _supply_runs(streams: Streams, points: Sequence[Station], lunches: Sequence[Visit]) -> tuple[Visit, ...]:
    """One van load for each point: what is carried on from there, and what its diners eat."""
    rng = streams.of("diners")
    return tuple(
        Visit(
            visit_id=f"supply-{point.station_id}",
            service=demand.SUPPLY,
            place=point.place,
            windows=(SUPPLY_WINDOW,),
            service_duration_s=6 * SECONDS_PER_MINUTE,  # unloading two boxes: assumed
            demand=_portions(lunches, point.station_id, diners=int(rng.integers(*DINERS_PER_POINT, endpoint=True))),
            skills={"driving": 1},
            priority=3,
            max_on_board_s=HALF_ON_BOARD_S,
            soft_on_board_s=HALF_ON_BOARD_S // 2,
            station_ids=("kitchen",),
            delivers_to_station_id=point.station_id,
            counts_for_continuity=False,
        )
        for point in points
    )


def _portions(lunches: Sequence[Visit], station_id: str, *, diners: int = 0) -> dict[str, int]:
    """Portions of one station's lunches, and normal ones for its diners."""
    portions = Counter({"lunch": diners})
    for lunch in lunches:
        if station_id in lunch.station_ids:
            portions.update(lunch.demand)
    return {meal_type: count for meal_type, count in sorted(portions.items()) if count}


def _with_waves(kitchen: Station, supply: Sequence[Visit], lunches: Sequence[Visit]) -> Station:
    """The early wave is for the points, the late one for town and villages without a point; 5 % more each (assumed)."""
    to_points: Counter[str] = Counter()
    for run in supply:
        to_points.update(run.demand)
    waves = (("early", EARLY_WAVE_S, to_points), ("late", LATE_WAVE_S, _portions(lunches, "kitchen")))
    return replace(
        kitchen,
        waves=tuple(
            SupplyWave(
                wave_id=wave_id,
                ready_s=ready_s,
                portions={meal_type: ceil_div(count * 105, 100) for meal_type, count in sorted(portions.items())},
            )
            for wave_id, ready_s, portions in waves
        ),
    )


def _care(streams: Streams, size: float, elders: Sequence[Elder]) -> tuple[Visit, ...]:
    num_nursings, num_checks = scaled(NUM_NURSINGS, size), scaled(NUM_CHECKS, size)
    clients = draw_clients(streams.of("clients"), elders, num_nursings + num_checks, FRAIL_FIRST)
    return (
        *demand.home_visits(streams, demand.NURSING, clients[:num_nursings]),
        *demand.home_visits(streams, demand.CHECK, clients[num_nursings:]),
    )


def _caravan_stop(town: Town, area: int) -> Visit:
    """75 minutes of haircuts, blood pressure and small repairs in a remote village (assumed)."""
    return Visit(
        visit_id=f"caravan-{area:02d}",
        service=demand.CARAVAN,
        place=town.place(town.middle(town.sites_of(area))),
        windows=(TimeWindow(start_s=parse_clock("08:30"), end_s=parse_clock("15:00")),),
        service_duration_s=75 * SECONDS_PER_MINUTE,
        skills={"caravan": 1},
        priority=1,
        note=f"{town.area_names[area]}大篷车服务点",
    )


def _workers(streams: Streams, stations: Sequence[Station], visits: Sequence[Visit]) -> tuple[Worker, ...]:
    """Drivers, nurses and couriers at the kitchen, the caravan at its base, neighbours at every point."""
    kitchen, base, *points = stations
    lunches = [visit for visit in visits if visit.service == demand.MEAL]
    in_town = [lunch for lunch in lunches if "kitchen" in lunch.station_ids]
    work_s = {
        skill: staff.work_s(visits, skill, way_s=way_min * SECONDS_PER_MINUTE)
        for skill, way_min in (("driving", 16), ("nursing", 15), ("check", 15), ("caravan", 50))
    }
    drivers = staff.num_needed(work_s["driving"], 70 * SECONDS_PER_MINUTE)
    couriers = staff.num_needed(staff.work_s(in_town, demand.MEAL, way_s=60), 75 * SECONDS_PER_MINUTE)
    nurses = staff.num_needed(work_s["nursing"] + work_s["check"] // 2, 6 * SECONDS_PER_HOUR)
    crews = staff.num_needed(work_s["caravan"], 8 * SECONDS_PER_HOUR, slack_percent=5)
    neighbours = [_num_neighbours(lunches, point.station_id) for point in points]
    return (
        *_crew(streams, DRIVER, [kitchen], [drivers]),
        *_crew(streams, staff.COURIER, [kitchen], [couriers]),
        *_crew(streams, ROAMING_NURSE, [kitchen], [nurses]),
        *_crew(streams, CARAVAN_CREW, [base], [crews]),
        *_crew(streams, NEIGHBOUR, points, neighbours),
    )


def _num_neighbours(lunches: Sequence[Visit], station_id: str) -> int:
    own = [lunch for lunch in lunches if station_id in lunch.station_ids]
    return max(1, staff.num_needed(staff.work_s(own, demand.MEAL, way_s=60), 55 * SECONDS_PER_MINUTE))


def _crew(
    streams: Streams, role: staff.Role, stations: Sequence[Station], num_by_station: Sequence[int]
) -> tuple[Worker, ...]:
    return staff.hire(streams.of(f"workers/{role.role}"), role, stations, num_by_station)


def _expected(size: float) -> dict[str, Range]:
    """Counts are exact but for rounding; hours vary with the seed."""
    return {
        "num_meal_visits": Range(low=256 * size, high=260 * size),
        "num_visits": Range(low=300 * size, high=310 * size),
        "num_stations": Range(low=13 * size, high=15 * size),
        "required_hours": Range(low=25 * size, high=45 * size),
    }


INFO = ScenarioInfo(
    name="miyun-kitchen",
    purpose="Two echelons: kitchen waves, vans to village points against deadlines, the last kilometre by neighbours.",
    figures={"stations": "a kitchen, a caravan base and 12 points", "meals": "258", "home visits": "32"},
    build=build,
)
