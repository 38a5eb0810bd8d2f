"""``beibei-three-helps``: meals, baths and medical escorts in three pilot communities of a hilly town."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from optimizer.problem import (
    Elder,
    Horizon,
    Link,
    Location,
    Pay,
    Problem,
    Shift,
    Station,
    StationKind,
    SupplierKind,
    Vehicle,
    Visit,
    Worker,
    WorkerKind,
)
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, parse_clock
from scenarios import demand, staff
from scenarios.network import Wave, portions_by_station, supply_waves, with_territories
from scenarios.people import FRAIL_FIRST, Housing, draw_clients, draw_elders
from scenarios.scenario import Range, ScenarioInfo, Streams, World, scaled
from scenarios.towns import Town, hilly_town

CENTRE = Location(lon=106.437, lat=29.826)
"""The town of Beibei on the Jialing."""

NUM_COMMUNITIES = 3
"""The pilot plan of 2020 begins with three communities."""

# Three communities of 3,400 elders, 4 % of them at lunch and 30 % of those at home (2-6 %, 20-40 %: assumed).
NUM_LUNCHES = 120
NUM_BATHS = 24
NUM_ROUND_TRIP_ESCORTS = 7
NUM_ESCORTS_IN_TWO_LEGS = 4
NUM_CHECKS = 30
"""Baths 1-4 a month, escorts 0.2-0.5 a month, weekly checks of those at high risk: a day of 300 clients (assumed)."""

WAVES = (
    Wave(wave_id="lunch-1", meal="lunch", ready_s=parse_clock("10:10"), percent=55),
    Wave(wave_id="lunch-2", meal="lunch", ready_s=parse_clock("10:55"), percent=45),
)
"""Assumed."""

HOUSING = Housing(ground_share=0.10, lift_share=0.25, highest_walk_up_floor=8)
"""Blocks of up to eight floors without a lift, entered from the slope: assumed."""

COMMUNITIES = ("朝阳", "天生", "龙凤桥", "北温泉", "东阳", "歇马", "澄江", "蔡家岗", "童家溪", "施家梁")

BATH_PROVIDER = staff.Role(
    role="provider",
    skills=frozenset({"bathing"}),
    vehicle=Vehicle(mode="van"),
    pay=Pay(fixed_cents=3_000, cents_per_visit=9_900, cents_per_km=staff.VAN_CENTS_PER_KM),
    kind=WorkerKind.PROVIDER,
    reliability=(0.96, 1.0),
)
"""Bids per bath and worker; 99 yuan for an attended bath in Shanghai, 140-500 in Kunming; the fixed part: assumed."""
PROVIDER_BIDS_PERCENT = (90, 100, 115, 130)
"""The bids of the pool in percent of that, by turns (assumed)."""

AFTERNOON = Shift(shift_id="afternoon", start_s=parse_clock("14:00"), end_s=parse_clock("16:00"))


def build(streams: Streams, size: float, streets: StreetGraph | None) -> World:
    """The day at `size`."""
    num = scaled(NUM_COMMUNITIES, size)
    names = [f"{COMMUNITIES[i % 10]}{'' if num <= 10 else i // 10 + 1}社区" for i in range(num)]
    town = hilly_town(streams.of("town"), CENTRE, names)
    stations = _stations(town)
    elders = _elders(streams, size, town, stations)
    lunches = _lunches(size, elders)
    care, links = _care(streams, size, elders, town)
    stations = _with_waves(stations, lunches, elders)
    workers = _workers(streams, town, stations, (*lunches, *care))
    problem = Problem(
        name="beibei-three-helps",
        description="Three hillside communities: lunches, baths from a pool of providers, escorts to hospital.",
        horizon=Horizon(first_date=dt.date(2026, 3, 3)),
        stations=stations,
        elders=staff.with_history(streams.of("history"), elders, care, workers),
        visits=(*lunches, *care),
        workers=workers,
        links=links,
        meal_types=demand.meal_types("lunch"),
        services=demand.SERVICES,
    )
    return World(problem=problem, streets=town.streets, expected=_expected(size))


def _stations(town: Town) -> tuple[Station, ...]:
    """A station in each community; the first is the street centre that backs the others up."""
    return tuple(
        Station(
            station_id=f"station-{1 + area:02d}",
            name=f"{name}养老服务站" if area else f"{name}街道养老服务中心",
            place=town.place(town.middle(town.sites_of(area))),
            kind=StationKind.STATION if area else StationKind.STREET_CENTRE,
            service_radius_m=1_500 if area else 4_000,  # the way round a slope is long: assumed
            loading_duration_s=5 * SECONDS_PER_MINUTE,
            seats=24,
            supplier_kind=SupplierKind.ELDER_CANTEEN,
            portion_price_cents=1_500,
            parent_station_id="station-01" if area else None,
        )
        for area, name in enumerate(town.area_names)
    )


def _elders(streams: Streams, size: float, town: Town, stations: Sequence[Station]) -> tuple[Elder, ...]:
    """Elders with a lunch first, then those who are escorted today."""
    escorted = NUM_ROUND_TRIP_ESCORTS + NUM_ESCORTS_IN_TWO_LEGS
    num = scaled(NUM_LUNCHES, size) + scaled(escorted, size)
    rng = streams.of("elders")
    elders = draw_elders(rng, town, rng.integers(len(town.site_lon), size=num), HOUSING)
    return with_territories(elders, stations)


def _lunches(size: float, elders: Sequence[Elder]) -> tuple[Visit, ...]:
    with_lunch = elders[: scaled(NUM_LUNCHES, size)]
    return tuple(demand.meal_visit(f"lunch-{elder.elder_id}", elder, "lunch", demand.LUNCH) for elder in with_lunch)


def _care(
    streams: Streams, size: float, elders: Sequence[Elder], town: Town
) -> tuple[tuple[Visit, ...], tuple[Link, ...]]:
    num_with_lunch = scaled(NUM_LUNCHES, size)
    with_lunch, escorted = elders[:num_with_lunch], iter(elders[num_with_lunch:])
    clients = iter(draw_clients(streams.of("clients"), with_lunch, num_with_lunch, FRAIL_FIRST))
    hospitals = [town.place(site) for site in streams.of("hospitals").choice(len(town.site_lon), 2).tolist()]
    round_trips = islice(escorted, scaled(NUM_ROUND_TRIP_ESCORTS, size))
    visits = [
        *demand.home_visits(streams, demand.BATHING, islice(clients, scaled(NUM_BATHS, size))),
        *demand.home_visits(streams, demand.ESCORT, round_trips),
        *demand.home_visits(streams, demand.CHECK, islice(clients, scaled(NUM_CHECKS, size))),
    ]
    legs, links = demand.escorts_in_two_legs(streams, escorted, hospitals)
    return (*visits, *legs), tuple(links)


def _with_waves(stations: Sequence[Station], visits: Sequence[Visit], elders: Sequence[Elder]) -> tuple[Station, ...]:
    """What each territory eats and 15 % more (assumed)."""
    portions = portions_by_station(visits, elders)
    return tuple(replace(each, waves=supply_waves(portions[each.station_id], WAVES, percent=115)) for each in stations)


def _workers(streams: Streams, town: Town, stations: Sequence[Station], visits: Sequence[Visit]) -> tuple[Worker, ...]:
    """Employees at the stations; providers and volunteers come from where they are."""
    even = [1.0] * len(stations)
    workers: list[Worker] = []
    for role, num in _num_by_role(visits):
        rng = streams.of(f"workers/{role.role}")
        is_local = role.kind is WorkerKind.EMPLOYEE
        homes = None if is_local else [town.place(site) for site in rng.integers(len(town.site_lon), size=num).tolist()]
        workers += staff.hire(rng, role, stations, staff.spread(num, even), homes=homes)
    return tuple(_with_terms(worker, number) for number, worker in enumerate(workers))


def _num_by_role(visits: Sequence[Visit]) -> list[tuple[staff.Role, int]]:
    """Roles and how many workers each needs; a third of the baths is done by the stations' own carers."""
    meals_s = staff.work_s(visits, demand.MEAL, way_s=75)
    work_s = {
        skill: staff.work_s(visits, skill, way_s=10 * SECONDS_PER_MINUTE) for skill in ("bathing", "escort", "check")
    }
    day_s, lunch_s = 330 * SECONDS_PER_MINUTE, 75 * SECONDS_PER_MINUTE
    return [
        (staff.COURIER, staff.num_needed(meals_s * 2 // 3, lunch_s)),
        (staff.WALKER, staff.num_needed(meals_s // 3, 55 * SECONDS_PER_MINUTE)),
        (staff.CARER, staff.num_needed(work_s["bathing"] // 3, day_s)),
        (staff.ESCORT_WORKER, staff.num_needed(work_s["escort"], 5 * SECONDS_PER_HOUR)),
        (BATH_PROVIDER, staff.num_needed(work_s["bathing"] * 2 // 3, day_s)),
        (staff.VOLUNTEER, staff.num_needed(work_s["check"], 90 * SECONDS_PER_MINUTE)),
    ]


def _with_terms(worker: Worker, number: int) -> Worker:
    """Providers bid by turns; every second volunteer comes in the afternoon."""
    if worker.kind is WorkerKind.PROVIDER:
        percent = PROVIDER_BIDS_PERCENT[number % len(PROVIDER_BIDS_PERCENT)]
        bid = BATH_PROVIDER.pay.cents_per_visit * percent // 100
        return replace(worker, pay=replace(worker.pay, cents_per_visit=bid))
    if worker.kind is WorkerKind.VOLUNTEER and number % 2:
        (morning,) = worker.shifts
        return replace(
            worker, shifts=(replace(AFTERNOON, start_place=morning.start_place, end_place=morning.end_place),)
        )
    return worker


def _expected(size: float) -> dict[str, Range]:
    """Counts are exact but for rounding; hours vary with the seed."""
    return {
        "num_meal_visits": Range(low=119 * size, high=121 * size),
        "num_visits": Range(low=185 * size, high=193 * size),
        "num_two_worker_visits": Range(low=2 * size, high=16 * size),
        "required_hours": Range(low=60 * size, high=100 * size),
    }


INFO = ScenarioInfo(
    name="beibei-three-helps",
    purpose="Stairs and slopes, baths by two from a pool of priced providers, escorts, volunteers who may not come.",
    figures={"stations": "3", "meals": "120", "home visits": "69"},
    build=build,
)
