"""``xicheng-day``: one day of a dense inner city, meals and home visits in one plan."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from optimizer.params import CostWeights
from optimizer.problem import (
    Elder,
    ElderGroup,
    Horizon,
    Link,
    Location,
    Problem,
    Station,
    StationKind,
    SupplierKind,
    Visit,
    Worker,
)
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_MINUTE, parse_clock
from scenarios import demand, staff
from scenarios.network import (
    Wave,
    portions_by_station,
    supply_waves,
    with_territories,
)
from scenarios.people import FRAIL_FIRST, Housing, draw_clients, draw_elders
from scenarios.scenario import Range, ScenarioInfo, Streams, World, scaled
from scenarios.towns import Town, dense_town, town_on_streets

CENTRE = Location(lon=116.370, lat=39.915)
"""Somewhere in the west of Beijing's old city."""

# 8 stations at 3,400 elders each are 27,200 elders; Xicheng has some 6,600 per km² (337,000 on 50.7 km²): 4.1 km².
# 4 % of elders eat a subsidised lunch (2-6 %) and 45 % of those at home (20-40 %, more among the old city's oldest).
NUM_STATIONS = 8
AREA_KM2 = 4.1
STATIONS_PER_CENTRE = 8
NUM_LUNCHES = 490
NUM_DINNERS = 110

# 150 home visits: one to four baths and cleanings a month and fewer of the others (assumed) make this a day of some
# 900 clients. Who is cleaned for, escorted, or looked in on without a meal gets no lunch today (assumed).
NUM_BATHS = 26
NUM_CLEANINGS = 40
NUM_NURSINGS = 20
NUM_MOBILITY = 12
NUM_ROUND_TRIP_ESCORTS = 6
NUM_ESCORTS_IN_TWO_LEGS = 3
NUM_CHECKS_WITH_MEAL = 10
NUM_CHECKS_WITHOUT_MEAL = 20
NUM_GLUCOSE_CHECKS = 10

ALONE_FIRST = {ElderGroup.LIVING_ALONE: 3.0}
"""Who lives alone takes dinner three times as often (assumed)."""

WAVES = (
    Wave(wave_id="lunch-1", meal="lunch", ready_s=parse_clock("10:10"), percent=60),
    Wave(wave_id="lunch-2", meal="lunch", ready_s=parse_clock("11:00"), percent=40),
    Wave(wave_id="dinner", meal="dinner", ready_s=parse_clock("16:15"), percent=100),
)
"""Couriers leave at 10:00 in Shanghai (2017); the rest: assumed."""

HOUSING = Housing(ground_share=0.45, lift_share=0.20)
"""Courtyards, six-storey blocks and towers of the old city: assumed."""

CARE_SKILLS = ("bathing", "mobility", "cleaning", "nursing", "escort", "check")

SUBDISTRICTS = (
    *("什刹海", "新街口", "德胜", "月坛", "金融街", "广安门内", "椿树", "大栅栏"),
    *("天桥", "白纸坊", "牛街", "陶然亭", "展览路", "西长安街", "广安门外"),
)


def build(streams: Streams, size: float, streets: StreetGraph | None) -> World:
    """The day at `size`, on generated streets or on given ones."""
    town = _town(streams, size, streets)
    stations = _stations(town)
    centres = _centres(town, stations)
    elders = _elders(streams, size, town, stations)
    meals = _meals(streams, size, elders)
    care, links = _care(streams, size, elders, _hospitals(streams, town))
    visits = meals + care
    supplied = _supplied(stations, centres, visits, elders)
    workers = _workers(streams, town, supplied, visits, elders)
    problem = Problem(
        name="xicheng-day",
        description="One day of a dense inner city: two lunch waves, a dinner wave and six kinds of home visits.",
        horizon=Horizon(first_date=dt.date(2026, 3, 3)),
        stations=supplied,
        elders=staff.with_history(streams.of("history"), elders, care, workers),
        visits=visits,
        workers=workers,
        links=links,
        meal_types=demand.meal_types("lunch", "dinner"),
        services=demand.SERVICES,
        weights=CostWeights(earliness_cents_per_hour=200),
    )
    return World(problem=problem, streets=town.streets, expected=_expected(size))


def _town(streams: Streams, size: float, streets: StreetGraph | None) -> Town:
    num = scaled(NUM_STATIONS, size)
    names = [
        f"{SUBDISTRICTS[i % 15]}{'一二三四五六七八九十'[i // 15 % 10] if num > 15 else ''}社区" for i in range(num)
    ]
    rng = streams.of("town")
    if streets is not None:
        return town_on_streets(rng, streets, names, area_km2=AREA_KM2 * size)
    return dense_town(rng, CENTRE, names, area_km2=AREA_KM2 * size)


def _stations(town: Town) -> tuple[Station, ...]:
    """One station in the middle of each community; the meal-point rule of Beijing (2022) allows 1,000 m."""
    centre_ids = [f"centre-{1 + idx // STATIONS_PER_CENTRE}" for idx in range(len(town.area_names))]
    return tuple(
        Station(
            station_id=f"station-{1 + area:02d}",
            name=f"{name}养老服务驿站",
            place=town.place(town.middle(town.sites_of(area))),
            service_radius_m=1_000,
            seats=24,
            loading_duration_s=5 * SECONDS_PER_MINUTE,
            supplier_kind=SupplierKind.ELDER_CANTEEN,
            portion_price_cents=2_000,
            parent_station_id=centre_ids[area],
        )
        for area, name in enumerate(town.area_names)
    )


def _centres(town: Town, stations: Sequence[Station]) -> tuple[Station, ...]:
    """A street centre for every eight stations, in the middle of their communities."""
    centre_ids = list(dict.fromkeys(station.parent_station_id for station in stations))
    areas = [[i for i, station in enumerate(stations) if station.parent_station_id == id_] for id_ in centre_ids]
    return tuple(
        Station(
            station_id=str(centre_id),
            name=f"{town.area_names[group[0]]}街道区域养老服务中心",
            place=town.place(town.middle(np.flatnonzero(np.isin(town.site_area, group)))),
            kind=StationKind.STREET_CENTRE,
            service_radius_m=5_000,  # assumed: it reaches every territory it backs up
            loading_duration_s=5 * SECONDS_PER_MINUTE,
            supplier_kind=SupplierKind.CATERING,
            portion_price_cents=2_000,
        )
        for centre_id, group in zip(centre_ids, areas, strict=True)
    )


def _elders(streams: Streams, size: float, town: Town, stations: Sequence[Station]) -> tuple[Elder, ...]:
    """Elders with a lunch first, then those without."""
    without_meal = NUM_CLEANINGS + NUM_ROUND_TRIP_ESCORTS + NUM_ESCORTS_IN_TWO_LEGS + NUM_CHECKS_WITHOUT_MEAL
    num = scaled(NUM_LUNCHES, size) + scaled(without_meal, size)
    rng = streams.of("elders")
    elders = draw_elders(rng, town, rng.integers(len(town.site_lon), size=num), HOUSING)
    return with_territories(elders, stations)


def _meals(streams: Streams, size: float, elders: Sequence[Elder]) -> tuple[Visit, ...]:
    with_lunch = elders[: scaled(NUM_LUNCHES, size)]
    with_dinner = draw_clients(streams.of("dinners"), with_lunch, scaled(NUM_DINNERS, size), ALONE_FIRST)
    lunches = [demand.meal_visit(f"lunch-{elder.elder_id}", elder, "lunch", demand.LUNCH) for elder in with_lunch]
    dinners = [demand.meal_visit(f"dinner-{elder.elder_id}", elder, "dinner", demand.DINNER) for elder in with_dinner]
    return (*lunches, *dinners)


def _care(
    streams: Streams, size: float, elders: Sequence[Elder], hospitals: Sequence[Location]
) -> tuple[tuple[Visit, ...], tuple[Link, ...]]:
    num_with_lunch = scaled(NUM_LUNCHES, size)
    with_lunch, without = elders[:num_with_lunch], elders[num_with_lunch:]
    at_home = iter(draw_clients(streams.of("clients"), with_lunch, len(with_lunch), FRAIL_FIRST))
    others = iter(without)
    visits = [
        *demand.home_visits(streams, demand.BATHING, islice(at_home, scaled(NUM_BATHS, size))),
        *demand.home_visits(streams, demand.NURSING, islice(at_home, scaled(NUM_NURSINGS, size))),
        *demand.home_visits(streams, demand.MOBILITY, islice(at_home, scaled(NUM_MOBILITY, size))),
        *demand.home_visits(streams, demand.CLEANING, islice(others, scaled(NUM_CLEANINGS, size))),
        *demand.home_visits(streams, demand.ESCORT, islice(others, scaled(NUM_ROUND_TRIP_ESCORTS, size))),
    ]
    escorted = islice(others, scaled(NUM_ESCORTS_IN_TWO_LEGS, size))
    legs, leg_links = demand.escorts_in_two_legs(streams, escorted, hospitals)
    checked = [*islice(at_home, scaled(NUM_CHECKS_WITH_MEAL, size)), *others]
    checks = demand.home_visits(streams, demand.CHECK, checked)
    glucose, glucose_links = _glucose_checks(streams, size, with_lunch)
    return (*visits, *legs, *checks, *glucose), (*leg_links, *glucose_links)


def _glucose_checks(streams: Streams, size: float, with_lunch: Sequence[Elder]) -> tuple[list[Visit], list[Link]]:
    diabetic = [elder for elder in with_lunch if elder.diet == "diabetic"]
    elders = draw_clients(streams.of("glucose checks"), diabetic, scaled(NUM_GLUCOSE_CHECKS, size), {})
    pairs = [
        demand.glucose_check(f"glucose-{i:03d}", elder, f"lunch-{elder.elder_id}") for i, elder in enumerate(elders, 1)
    ]
    return [visit for visit, _ in pairs], [link for _, link in pairs]


def _hospitals(streams: Streams, town: Town) -> list[Location]:
    return [town.place(site) for site in streams.of("hospitals").choice(len(town.site_lon), 3, replace=False).tolist()]


def _supplied(
    stations: Sequence[Station], centres: Sequence[Station], visits: Sequence[Visit], elders: Sequence[Elder]
) -> tuple[Station, ...]:
    """Stations with what their territory eats and 5 % more, and centres with another 15 % of it (assumed)."""
    portions = portions_by_station(visits, elders)
    at_stations = [
        replace(each, waves=supply_waves(portions[each.station_id], WAVES, percent=105)) for each in stations
    ]
    backed_up = {centre.station_id: Counter[str]() for centre in centres}
    for station in stations:
        backed_up[station.parent_station_id or ""].update(portions[station.station_id])
    at_centres = [replace(each, waves=supply_waves(backed_up[each.station_id], WAVES, percent=15)) for each in centres]
    return (*at_stations, *at_centres)


def _workers(
    streams: Streams, town: Town, stations: Sequence[Station], visits: Sequence[Visit], elders: Sequence[Elder]
) -> tuple[Worker, ...]:
    """As many of each role as the work takes: at the stations by their share of the elders, nurses at the centres."""
    num_elders = Counter(elder.station_id for elder in elders)
    weights = [num_elders[station.station_id] for station in stations]
    nurse_weights = [float(station.kind is StationKind.STREET_CENTRE) for station in stations]
    workers: list[Worker] = []
    for role, num in _num_by_role(visits):
        rng = streams.of(f"workers/{role.role}")
        num_by_station = staff.spread(num, nurse_weights if role is staff.NURSE else weights)
        homes = None
        if role is staff.VOLUNTEER:
            homes = [town.place(site) for site in rng.integers(len(town.site_lon), size=num).tolist()]
        workers += staff.hire(rng, role, stations, num_by_station, homes=homes)
    return tuple(workers)


def _num_by_role(visits: Sequence[Visit]) -> list[tuple[staff.Role, int]]:
    """Roles and how many workers each needs.

    The time that a worker gives is what is left of the windows when loading, breaks and gaps between visits are taken
    off (assumed, and found enough by solving).
    """
    lunches = [visit for visit in visits if "lunch" in next(iter(visit.demand), "")]
    dinners = [visit for visit in visits if "dinner" in next(iter(visit.demand), "")]
    lunch_s, dinner_s = (staff.work_s(meals, demand.MEAL, way_s=45) for meals in (lunches, dinners))
    num_at_dinner = staff.num_needed(dinner_s, 75 * SECONDS_PER_MINUTE)
    num_at_lunch = staff.num_needed(lunch_s * 85 // 100, 75 * SECONDS_PER_MINUTE)
    by_skill = {skill: staff.work_s(visits, skill, way_s=6 * SECONDS_PER_MINUTE) for skill in CARE_SKILLS}
    day_s, escort_day_s = 390 * SECONDS_PER_MINUTE, 270 * SECONDS_PER_MINUTE
    return [
        (staff.SPLIT_COURIER, num_at_dinner),
        (staff.COURIER, max(1, num_at_lunch - num_at_dinner)),
        (staff.WALKER, staff.num_needed(lunch_s * 15 // 100, 60 * SECONDS_PER_MINUTE)),
        (staff.CARER, staff.num_needed(by_skill["bathing"] + by_skill["mobility"], day_s)),
        (staff.CLEANER, staff.num_needed(by_skill["cleaning"], day_s)),
        (staff.NURSE, staff.num_needed(by_skill["nursing"], day_s)),
        (staff.ESCORT_WORKER, staff.num_needed(by_skill["escort"], escort_day_s)),
        (staff.VOLUNTEER, staff.num_needed(by_skill["check"] // 2, 90 * SECONDS_PER_MINUTE)),
    ]


def _expected(size: float) -> dict[str, Range]:
    """Counts are exact but for rounding; hours vary with the seed."""
    return {
        "num_meal_visits": Range(low=599 * size, high=601 * size),
        "num_visits": Range(low=745 * size, high=755 * size),
        "num_two_worker_visits": Range(low=2 * size, high=20 * size),
        "required_hours": Range(low=200 * size, high=300 * size),
    }


INFO = ScenarioInfo(
    name="xicheng-day",
    purpose="The daily plan of a dense inner city: the meal chain and the care chain in one plan.",
    figures={"stations": "8 and a street centre", "meals": "600", "home visits": "150"},
    build=build,
    takes_streets=True,
)
