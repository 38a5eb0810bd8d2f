"""Meal visits and home visits with the durations, windows and frequencies of the six helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.network.priority import priority_of
from optimizer.problem import Elder, ElderGroup, Link, LinkKind, Location, MealType, Service, TimeWindow, Visit
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, parse_clock
from scenarios.network import ride_s
from scenarios.people import is_frail
from scenarios.scenario import Streams

DIETS: Mapping[str, str] = {"normal": "普通", "soft": "软食", "diabetic": "糖尿病餐", "halal": "清真"}

LUNCH = TimeWindow(
    start_s=parse_clock("10:30"),
    end_s=parse_clock("12:00"),
    soft_start_s=parse_clock("11:00"),  # core of the lunch window 11:00-12:00: assumed
    soft_end_s=parse_clock("11:45"),  # last drop by 11:45: couriers in Shanghai, 2017
)
DINNER = TimeWindow(start_s=parse_clock("16:30"), end_s=parse_clock("18:00"), soft_end_s=parse_clock("17:45"))

MAX_ON_BOARD_S = 2 * SECONDS_PER_HOUR
"""Cooked meals are eaten within two hours or heated again (rule of Jurong; GB 31654)."""
SOFT_ON_BOARD_S = SECONDS_PER_HOUR
"""Target: handed over within an hour of packing (assumed)."""

SHORTEST_SLOT_S = 45 * SECONDS_PER_MINUTE
"""No window of a home visit is shorter (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareService:
    """A home service of the catalogue.

    Attributes
    ----------
    minutes
        Shortest, most frequent and longest duration.
    slots
        Intervals of the start that elders choose from.
    min_reliability_share
        Baths and escorts hang on one person turning up, so 0.95 there (assumed).
    """

    service: str
    name: str
    skill: str
    minutes: tuple[int, int, int]
    slots: tuple[tuple[str, str], ...]
    price_cents: int
    min_reliability_share: float = 0.0

    def draw_duration_s(self, rng: np.random.Generator) -> int:
        """A duration from the triangular distribution of `minutes`, in steps of five minutes."""
        return 5 * SECONDS_PER_MINUTE * round(rng.triangular(*self.minutes) / 5)

    def draw_windows(self, rng: np.random.Generator, duration_s: int) -> tuple[TimeWindow, ...]:
        """One of the slots, or with probability 0.2 each of them (assumed); nothing may end after 16:45."""
        latest_s = parse_clock("16:45") - duration_s
        slots = [(parse_clock(start), min(parse_clock(end), latest_s)) for start, end in self.slots]
        windows = tuple(_slot(start_s, end_s) for start_s, end_s in slots if end_s - start_s >= SHORTEST_SLOT_S)
        return windows if rng.random() < 0.2 else (windows[rng.integers(len(windows))],)


def _slot(start_s: int, end_s: int) -> TimeWindow:
    """A slot of whose minutes the last fifteen count as late."""
    return TimeWindow(start_s=start_s, end_s=end_s, soft_end_s=end_s - 15 * SECONDS_PER_MINUTE)


# Minutes: bath, cleaning, escort, mobility, nursing and check visit as in the range of local service sheets (assumed).
# Slots: assumed. Prices: bath 99 yuan attended (Shanghai); about 50 yuan an hour of ordinary care and 12 yuan a short
# visit follow from 150 yuan a month; the others are assumed.
BATHING = CareService(
    service="bathing",
    name="助浴",
    skill="bathing",
    minutes=(60, 75, 90),
    slots=(("08:45", "10:30"), ("13:30", "15:15")),
    price_cents=9_900,
    min_reliability_share=0.95,
)
CLEANING = CareService(
    service="cleaning",
    name="助洁",
    skill="cleaning",
    minutes=(60, 120, 180),
    slots=(("08:30", "10:30"), ("13:00", "15:00")),
    price_cents=10_000,
)
NURSING = CareService(
    service="nursing",
    name="康复护理",
    skill="nursing",
    minutes=(30, 60, 90),
    slots=(("08:30", "10:00"), ("09:30", "11:00"), ("13:30", "15:00"), ("14:30", "16:00")),
    price_cents=12_000,
)
MOBILITY = CareService(
    service="mobility",
    name="助行",
    skill="mobility",
    minutes=(30, 60, 90),
    slots=(("08:30", "10:30"), ("14:00", "15:30")),
    price_cents=5_000,
)
ESCORT = CareService(
    service="escort",
    name="助医陪诊",
    skill="escort",
    minutes=(120, 180, 240),
    slots=(("08:15", "10:00"), ("12:45", "13:45")),
    price_cents=15_000,
    min_reliability_share=0.95,
)
CHECK = CareService(
    service="check",
    name="巡视探访",
    skill="check",
    minutes=(10, 20, 30),
    slots=(("09:00", "11:30"), ("13:30", "16:00")),
    price_cents=1_200,
)
CARE_SERVICES = (BATHING, CLEANING, NURSING, MOBILITY, ESCORT, CHECK)

MEAL = "meal"
GLUCOSE = "glucose-check"
SUPPLY = "supply"
CARAVAN = "caravan"

SERVICES = (
    Service(service=MEAL, name="助餐", price_cents=200),  # delivery 2 yuan: price sheet of Jurong
    *(Service(service=care.service, name=care.name, price_cents=care.price_cents) for care in CARE_SERVICES),
    Service(service=GLUCOSE, name="餐后血糖监测", price_cents=3_000),  # assumed
    Service(service=SUPPLY, name="配送到站点"),
    Service(service=CARAVAN, name="惠老服务大篷车"),
)


def meal_types(*meals: str) -> tuple[MealType, ...]:
    """Every diet of each of `meals` ("lunch", "dinner"); halal portions travel in a box of their own."""
    names = {"lunch": "午餐", "dinner": "晚餐"}
    return tuple(
        MealType(
            meal_type=meal_type(meal, diet),
            name=f"{name}{names[meal]}",
            diet=diet,
            uses={"halal_box" if diet == "halal" else "portions": 1},
        )
        for meal in meals
        for diet, name in DIETS.items()
    )


def meal_type(meal: str, diet: str) -> str:
    """Id of a meal type: the meal, and the diet where it is not the normal one."""
    return meal if diet == "normal" else f"{meal}-{diet}"


def drop_duration_s(elder: Elder) -> int:
    """Seconds of one hand-over: 1.5 min, 0.3 min a floor of stairs, and 1 to 2 min more for the frail (assumed).

    With the way between doors this gives the 2.4 to 3.2 min a drop of Shanghai's couriers in 2017.
    """
    stairs_s = 0 if elder.has_lift else 18 * (elder.floor - 1)
    frail_s = 120 if ElderGroup.DISABLED in elder.groups else 60 * is_frail(elder)
    return 90 + stairs_s + frail_s


def meal_visit(visit_id: str, elder: Elder, meal: str, window: TimeWindow) -> Visit:
    """One portion of `meal` in the elder's diet, handed over at the door."""
    return Visit(
        visit_id=visit_id,
        service=MEAL,
        elder_id=elder.elder_id,
        windows=(window,),
        service_duration_s=drop_duration_s(elder),
        demand={meal_type(meal, elder.diet): 1},
        skills={MEAL: 1},
        priority=priority_of(elder),
        max_on_board_s=MAX_ON_BOARD_S,
        soft_on_board_s=SOFT_ON_BOARD_S,
        counts_for_continuity=False,
    )


def care_visit(visit_id: str, care: CareService, elder: Elder, rng: np.random.Generator) -> Visit:
    """A home visit; disabled elders are bathed, and carried down stairs, by two workers."""
    duration_s = care.draw_duration_s(rng)
    return Visit(
        visit_id=visit_id,
        service=care.service,
        elder_id=elder.elder_id,
        windows=care.draw_windows(rng, duration_s),
        service_duration_s=duration_s,
        skills={care.skill: 1},
        num_workers=2 if _needs_two(care, elder) else 1,
        priority=priority_of(elder),
        min_reliability_share=care.min_reliability_share,
    )


def _needs_two(care: CareService, elder: Elder) -> bool:
    has_stairs = elder.floor > 2 and not elder.has_lift
    return ElderGroup.DISABLED in elder.groups and (care is BATHING or (care is MOBILITY and has_stairs))


def home_visits(streams: Streams, care: CareService, elders: Iterable[Elder]) -> list[Visit]:
    """One visit of `care` to each of `elders`, numbered from 1."""
    rng = streams.of(f"visits/{care.service}")
    return [care_visit(f"{care.service}-{i:03d}", care, elder, rng) for i, elder in enumerate(elders, 1)]


def escorts_in_two_legs(
    streams: Streams, elders: Iterable[Elder], hospitals: Sequence[Location]
) -> tuple[list[Visit], list[Link]]:
    """Escorts to one of `hospitals` and, as a visit of its own that anybody may give, home again."""
    rng = streams.of("visits/escorts in two legs")
    visits: list[Visit] = []
    links: list[Link] = []
    for number, elder in enumerate(elders, 1):
        hospital = hospitals[int(rng.integers(len(hospitals)))]
        legs, link = _escort_legs(f"escort-{number:03d}", elder, hospital, rng)
        visits += legs
        links.append(link)
    return visits, links


def _escort_legs(
    visit_id: str, elder: Elder, hospital: Location, rng: np.random.Generator
) -> tuple[tuple[Visit, Visit], Link]:
    """To the hospital and registered there, and 2 to 3.5 hours later home again (times assumed)."""
    taxi_s = ride_s(elder.place, hospital, speed_kmh=20)  # vans in a city: 22 ± 6 km/h, assumed
    to_hospital = replace(
        care_visit(f"{visit_id}-out", ESCORT, elder, rng),
        windows=(_slot(parse_clock("08:15"), parse_clock("10:00")),),
        end_place=hospital,
        service_duration_s=taxi_s + 30 * SECONDS_PER_MINUTE,
    )
    home = replace(
        to_hospital,
        visit_id=f"{visit_id}-home",
        place=hospital,
        end_place=elder.place,
        windows=(TimeWindow(start_s=parse_clock("10:15"), end_s=parse_clock("13:30")),),
        service_duration_s=taxi_s + 15 * SECONDS_PER_MINUTE,
    )
    gap = Link(
        kind=LinkKind.GAP,
        first_visit_id=to_hospital.visit_id,
        second_visit_id=home.visit_id,
        min_gap_s=2 * SECONDS_PER_HOUR,
        max_gap_s=3 * SECONDS_PER_HOUR + 30 * SECONDS_PER_MINUTE,
    )
    return (to_hospital, home), gap


def glucose_check(visit_id: str, elder: Elder, lunch_id: str) -> tuple[Visit, Link]:
    """A nurse measures the blood sugar 30 to 60 minutes after lunch was handed over (times assumed).

    Lunch comes even where the nurse cannot: the link does not bind them together.
    """
    visit = Visit(
        visit_id=visit_id,
        service=GLUCOSE,
        elder_id=elder.elder_id,
        windows=(TimeWindow(start_s=LUNCH.start_s + 30 * SECONDS_PER_MINUTE, end_s=parse_clock("13:15")),),
        service_duration_s=20 * SECONDS_PER_MINUTE,
        skills={NURSING.skill: 1},
        priority=priority_of(elder),
    )
    after_lunch = Link(
        kind=LinkKind.GAP,
        first_visit_id=lunch_id,
        second_visit_id=visit_id,
        min_gap_s=30 * SECONDS_PER_MINUTE,
        max_gap_s=60 * SECONDS_PER_MINUTE,
        together=False,
    )
    return visit, after_lunch
