"""``tiny``: one station, four elders and seven visits that can be planned by hand."""

from __future__ import annotations

import datetime as dt

from optimizer.problem import (
    Elder,
    ElderGroup,
    Horizon,
    Link,
    LinkKind,
    Location,
    MealType,
    Problem,
    Shift,
    Station,
    SupplyWave,
    TimeWindow,
    Visit,
    Worker,
)
from optimizer.travel.streets import StreetGraph
from optimizer.units import SECONDS_PER_MINUTE, parse_clock
from scenarios.demand import LUNCH, MAX_ON_BOARD_S, SERVICES, SOFT_ON_BOARD_S
from scenarios.scenario import Range, ScenarioInfo, Streams, World
from scenarios.staff import CARER, COURIER, NURSE, Role

STATION_PLACE = Location(lon=116.3700, lat=39.9150)

ELDERS = (
    Elder(
        elder_id="wang",
        name="王秀英",
        phone="129-0000-0001",
        address="银杏胡同1号",
        place=Location(lon=116.3750, lat=39.9150),  # 430 m east of the station
        groups=(ElderGroup.LIVING_ALONE,),
        diet="diabetic",
        station_id="station",
    ),
    Elder(
        elder_id="li",
        name="李建国",
        phone="129-0000-0002",
        address="银杏胡同9号",
        place=Location(lon=116.3800, lat=39.9150),  # 850 m east
        groups=(ElderGroup.DISABLED,),
        station_id="station",
        worker_history={"carer": 6, "nurse": 2},
        preferred_worker_ids=("carer",),
    ),
    Elder(
        elder_id="zhang",
        name="张淑珍",
        phone="129-0000-0003",
        address="石榴院3号",
        place=Location(lon=116.3700, lat=39.9195),  # 500 m north
        groups=(ElderGroup.AGED_80_PLUS,),
        floor=4,
        station_id="station",
    ),
    Elder(
        elder_id="ma",
        name="马福生",
        phone="129-0000-0004",
        address="石榴院8号",
        place=Location(lon=116.3650, lat=39.9195),  # 660 m north-west
        diet="halal",
        station_id="station",
    ),
)
"""Four homes within a kilometre of the station; all assumed."""


def build(streams: Streams, size: float, streets: StreetGraph | None) -> World:
    """The same world for every seed."""
    problem = Problem(
        name="tiny",
        description="One station, four lunches, a bath by two, a check visit and a nurse after lunch.",
        horizon=Horizon(first_date=dt.date(2026, 3, 3)),
        stations=(_station(),),
        elders=ELDERS,
        visits=(*(_lunch(elder) for elder in ELDERS), *_care()),
        workers=_workers(),
        links=(_nurse_after_lunch(),),
        meal_types=(
            MealType(meal_type="lunch", name="午餐"),
            MealType(meal_type="lunch-diabetic", name="糖尿病午餐", diet="diabetic"),
            MealType(meal_type="lunch-halal", name="清真午餐", diet="halal", uses={"halal_box": 1}),
        ),
        services=SERVICES,
    )
    return World(problem=problem, streets=None, expected={"num_visits": Range(low=7, high=7)})


def _station() -> Station:
    portions = {"lunch": 2, "lunch-diabetic": 1, "lunch-halal": 1}
    return Station(
        station_id="station",
        name="银杏养老服务驿站",
        place=STATION_PLACE,
        waves=(SupplyWave(wave_id="lunch", ready_s=parse_clock("10:30"), portions=portions),),
        loading_duration_s=5 * SECONDS_PER_MINUTE,
        service_radius_m=1_500,
    )


def _lunch(elder: Elder) -> Visit:
    """Two minutes at the door, one more for the stairs of the fourth floor and two for the disabled."""
    minutes = {"wang": 2, "li": 4, "zhang": 3, "ma": 2}[elder.elder_id]
    return Visit(
        visit_id=f"lunch-{elder.elder_id}",
        service="meal",
        elder_id=elder.elder_id,
        windows=(LUNCH,),
        service_duration_s=minutes * SECONDS_PER_MINUTE,
        demand={"lunch" if elder.diet == "normal" else f"lunch-{elder.diet}": 1},
        skills={"meal": 1},
        priority={"wang": 1, "li": 3, "zhang": 2, "ma": 0}[elder.elder_id],
        max_on_board_s=MAX_ON_BOARD_S,
        soft_on_board_s=SOFT_ON_BOARD_S,
        counts_for_continuity=False,
    )


def _care() -> tuple[Visit, ...]:
    bath = Visit(
        visit_id="bath-li",
        service="bathing",
        elder_id="li",
        windows=(TimeWindow(start_s=parse_clock("09:00"), end_s=parse_clock("10:00")),),
        service_duration_s=60 * SECONDS_PER_MINUTE,
        skills={"bathing": 1},
        num_workers=2,
        priority=3,
    )
    check = Visit(
        visit_id="check-zhang",
        service="check",
        elder_id="zhang",
        windows=(TimeWindow(start_s=parse_clock("09:00"), end_s=parse_clock("15:00")),),
        service_duration_s=20 * SECONDS_PER_MINUTE,
        skills={"check": 1},
        priority=2,
    )
    nurse = Visit(
        visit_id="nurse-wang",
        service="glucose-check",
        elder_id="wang",
        windows=(TimeWindow(start_s=parse_clock("11:00"), end_s=parse_clock("13:00")),),
        service_duration_s=20 * SECONDS_PER_MINUTE,
        skills={"nursing": 1},
        priority=1,
    )
    return bath, check, nurse


def _nurse_after_lunch() -> Link:
    return Link(
        kind=LinkKind.GAP,
        first_visit_id="lunch-wang",
        second_visit_id="nurse-wang",
        min_gap_s=30 * SECONDS_PER_MINUTE,
        max_gap_s=60 * SECONDS_PER_MINUTE,
    )


def _workers() -> tuple[Worker, ...]:
    """A courier, a carer who may carry meals, and a nurse who may bathe."""
    return (
        _worker("courier", ("赵强", "129-0000-0005"), COURIER, ("10:00", "13:00"), skills={"meal": 1}),
        _worker(
            "carer", ("孙丽", "129-0000-0006"), CARER, ("08:00", "16:00"), skills={"bathing": 1, "check": 1, "meal": 1}
        ),
        _worker(
            "nurse",
            ("周敏", "129-0000-0007"),
            NURSE,
            ("08:00", "16:00"),
            skills={"bathing": 1, "check": 1, "nursing": 1},
        ),
    )


def _worker(
    worker_id: str, called: tuple[str, str], role: Role, hours: tuple[str, str], *, skills: dict[str, int]
) -> Worker:
    name, phone = called
    start_s, end_s = map(parse_clock, hours)
    shift = Shift(shift_id="day", start_s=start_s, end_s=end_s, start_place=STATION_PLACE, end_place=STATION_PLACE)
    return Worker(
        worker_id=worker_id,
        name=name,
        phone=phone,
        station_id="station",
        skills=skills,
        vehicle=role.vehicle,
        pay=role.pay,
        shifts=(shift,),
    )


INFO = ScenarioInfo(
    name="tiny",
    purpose="A morning that can be planned by hand: every kind of visit once.",
    figures={"stations": "1", "meals": "4", "home visits": "3", "workers": "3"},
    build=build,
    has_one_size=True,
)
