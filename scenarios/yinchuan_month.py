"""``yinchuan-month``: a day drawn from the month of 2,000 elders who choose services for 150 yuan."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import (
    Elder,
    Horizon,
    Location,
    Problem,
    Service,
    Station,
    SupplierKind,
    Visit,
    Worker,
)
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_MINUTE, parse_clock
from scenarios import demand, staff
from scenarios.network import Wave, portions_by_station, supply_waves, with_territories
from scenarios.people import Housing, draw_elders
from scenarios.scenario import Range, ScenarioInfo, Streams, World, scaled
from scenarios.towns import Town, dense_town

CENTRE = Location(lon=106.275, lat=38.466)
"""Xingqing district, Yinchuan."""

NUM_ELDERS = 2_000
ALLOWANCE_CENTS = 15_000
"""2,000 elders with 150 yuan a month each: pilot plan of 2020."""

NUM_STATIONS = 6
AREA_KM2 = 9.0
SERVICE_DAYS_PER_MONTH = 26
"""Assumed; 20,400 elders at 3,400 a station, of whom every tenth is in the programme."""

HOUSING = Housing(ground_share=0.10, lift_share=0.35)
DIET_SHARES = {"normal": 0.52, "soft": 0.12, "diabetic": 0.12, "halal": 0.24}
"""Assumed; about a quarter of Yinchuan are Hui."""

MEAL_CENTS = 1_200
"""12 yuan: one of twelve short visits that 150 yuan buy."""

HOUR_OF_CLEANING = replace(demand.CLEANING, minutes=(50, 60, 75), price_cents=5_000)
"""50 yuan an hour of ordinary care, three of which 150 yuan buy."""
SHORT_NURSING = replace(demand.NURSING, minutes=(30, 35, 45), price_cents=6_000)
"""Assumed."""

CATALOGUE = (demand.BATHING, HOUR_OF_CLEANING, SHORT_NURSING, demand.CHECK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What an elder chooses for a month: times by service, and the share of elders who choose so (assumed)."""

    share: float
    times: Mapping[str, int]

    @property
    def price_cents(self) -> int:
        """Price of the month."""
        prices = {care.service: care.price_cents for care in CATALOGUE} | {demand.MEAL: MEAL_CENTS}
        return sum(times * prices[service] for service, times in self.times.items())


BASKETS = (
    Basket(share=0.35, times={"cleaning": 2, "check": 4}),
    Basket(share=0.20, times={"bathing": 1, "check": 4}),
    Basket(share=0.25, times={"cleaning": 3}),
    Basket(share=0.10, times={"nursing": 2, "check": 2}),
    Basket(share=0.10, times={demand.MEAL: 12}),
)

WAVES = (Wave(wave_id="lunch", meal="lunch", ready_s=parse_clock("10:15"), percent=100),)
"""Assumed."""

COMMUNITIES = (
    "凤凰北街",
    "解放西街",
    "文化街",
    "新华街",
    "玉皇阁北街",
    "前进街",
    "中山南街",
    "银古路",
    "胜利街",
    "丽景街",
)


def build(streams: Streams, size: float, streets: StreetGraph | None) -> World:
    """The day at `size`."""
    num = scaled(NUM_STATIONS, size)
    names = [f"{COMMUNITIES[i % 10]}{'' if num <= 10 else i // 10 + 1}社区" for i in range(num)]
    town = dense_town(streams.of("town"), CENTRE, names, area_km2=AREA_KM2 * size)
    stations = _stations(town)
    elders = _elders(streams, size, town, stations)
    visits = _visits_of_the_day(streams, elders)
    portions = portions_by_station(visits, elders)
    stations = tuple(
        replace(each, waves=supply_waves(portions.get(each.station_id, {}), WAVES, percent=115)) for each in stations
    )
    workers = _workers(streams, stations, visits, elders)
    problem = Problem(
        name="yinchuan-month",
        description="One day of the month of elders who choose services for 150 yuan from a priced catalogue.",
        horizon=Horizon(first_date=dt.date(2026, 3, 3)),
        stations=stations,
        elders=staff.with_history(streams.of("history"), elders, visits, workers),
        visits=visits,
        workers=workers,
        meal_types=demand.meal_types("lunch"),
        services=_services(),
    )
    return World(problem=problem, streets=town.streets, expected=_expected(size))


def _services() -> tuple[Service, ...]:
    care = (Service(service=each.service, name=each.name, price_cents=each.price_cents) for each in CATALOGUE)
    return (Service(service=demand.MEAL, name="老饭桌送餐", price_cents=MEAL_CENTS), *care)


def _stations(town: Town) -> tuple[Station, ...]:
    """A station with an old people's table in each community."""
    return tuple(
        Station(
            station_id=f"station-{1 + area:02d}",
            name=f"{name}老饭桌",
            place=town.place(town.middle(town.sites_of(area))),
            service_radius_m=2_000,  # assumed: wide blocks
            loading_duration_s=5 * SECONDS_PER_MINUTE,
            seats=30,
            supplier_kind=SupplierKind.ELDER_CANTEEN,
            portion_price_cents=MEAL_CENTS,
        )
        for area, name in enumerate(town.area_names)
    )


def _elders(streams: Streams, size: float, town: Town, stations: Sequence[Station]) -> tuple[Elder, ...]:
    rng = streams.of("elders")
    sites = rng.integers(len(town.site_lon), size=scaled(NUM_ELDERS, size))
    elders = draw_elders(rng, town, sites, HOUSING, diet_shares=DIET_SHARES)
    return with_territories([replace(elder, allowance_cents=ALLOWANCE_CENTS) for elder in elders], stations)


def _visits_of_the_day(streams: Streams, elders: Sequence[Elder]) -> tuple[Visit, ...]:
    """Each service of an elder's basket falls on a given day with probability times / service days."""
    clients = _clients_of_the_day(streams.of("day"), _baskets(streams.of("baskets"), len(elders)), elders)
    visits = [demand.meal_visit(f"lunch-{each.elder_id}", each, "lunch", demand.LUNCH) for each in clients[demand.MEAL]]
    for care in CATALOGUE:
        visits += demand.home_visits(streams, care, clients[care.service])
    return tuple(visits)


def _baskets(rng: np.random.Generator, num: int) -> list[Basket]:
    drawn = rng.choice(len(BASKETS), num, p=[basket.share for basket in BASKETS])
    return [BASKETS[idx] for idx in drawn.tolist()]


def _clients_of_the_day(
    rng: np.random.Generator, baskets: Sequence[Basket], elders: Sequence[Elder]
) -> dict[str, list[Elder]]:
    clients: dict[str, list[Elder]] = {service: [] for basket in BASKETS for service in basket.times}
    for elder, basket in zip(elders, baskets, strict=True):
        for service, times in basket.times.items():
            if rng.random() < times / SERVICE_DAYS_PER_MONTH:
                clients[service].append(elder)
    return clients


def _workers(
    streams: Streams, stations: Sequence[Station], visits: Sequence[Visit], elders: Sequence[Elder]
) -> tuple[Worker, ...]:
    num_elders = Counter(elder.station_id for elder in elders)
    weights = [float(num_elders[station.station_id]) for station in stations]
    workers: list[Worker] = []
    for role, num in _num_by_role(visits):
        rng = streams.of(f"workers/{role.role}")
        workers += staff.hire(rng, role, stations, staff.spread(num, weights))
    return tuple(workers)


def _num_by_role(visits: Sequence[Visit]) -> list[tuple[staff.Role, int]]:
    """Roles and how many workers each needs; carers and cleaners do the check visits beside."""
    work_s = {
        skill: staff.work_s(visits, skill, way_s=8 * SECONDS_PER_MINUTE)
        for skill in ("bathing", "cleaning", "nursing", "check")
    }
    day_s = 400 * SECONDS_PER_MINUTE
    return [
        (staff.COURIER, staff.num_needed(staff.work_s(visits, demand.MEAL, way_s=75), 75 * SECONDS_PER_MINUTE)),
        (staff.CARER, staff.num_needed(work_s["bathing"] + work_s["check"] // 4, day_s)),
        (staff.CLEANER, staff.num_needed(work_s["cleaning"] + work_s["check"] * 3 // 4, day_s)),
        (staff.NURSE, staff.num_needed(work_s["nursing"], day_s)),
    ]


def _expected(size: float) -> dict[str, Range]:
    """The day is drawn, so its visits vary (about 420 ± 20 at size 1)."""
    return {
        "num_elders": Range(low=1_999 * size, high=2_001 * size),
        "num_visits": Range(low=300 * size, high=480 * size),
        "required_hours": Range(low=180 * size, high=340 * size),
    }


INFO = ScenarioInfo(
    name="yinchuan-month",
    purpose="A day of purchased services: many short and long visits, few meals, halal for a quarter of the elders.",
    figures={"stations": "6", "elders": "2000", "visits": "about 420"},
    build=build,
)
