"""Workers: roles with skills, shifts, vehicles and pay; how many are needed; and whom the elders know already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import (
    Break,
    Elder,
    ElderGroup,
    Location,
    Pay,
    Shift,
    Station,
    Vehicle,
    Visit,
    Worker,
    WorkerKind,
)
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, ceil_div, parse_clock
from scenarios.demand import MEAL
from scenarios.people import WORKER_GIVEN_NAMES, draw_names, draw_phones

LUNCH_BREAK = Break(
    break_id="lunch",
    start_s=parse_clock("11:30"),
    end_s=parse_clock("12:45"),
    duration_s=45 * SECONDS_PER_MINUTE,  # 45 to 60 min within 11:30-13:30: assumed
)

DAY = Shift(
    shift_id="day",
    start_s=parse_clock("08:00"),
    soft_end_s=parse_clock("16:45"),
    end_s=parse_clock("17:15"),
    breaks=(LUNCH_BREAK,),
    max_work_s=8 * SECONDS_PER_HOUR,  # labour law: eight hours a day
)
ESCORT_DAY = replace(DAY, breaks=(replace(LUNCH_BREAK, start_s=parse_clock("11:00"), end_s=parse_clock("13:45")),))
"""Escorts eat before the hospital or when the elder is home again (assumed)."""
LUNCH_ROUND = Shift(shift_id="lunch", start_s=parse_clock("10:00"), end_s=parse_clock("13:00"))
DINNER_ROUND = Shift(shift_id="dinner", start_s=parse_clock("16:00"), end_s=parse_clock("19:00"))
"""Part-time couriers work three hours (assumed)."""

E_BIKE = Vehicle(mode="e-bike", capacities={"portions": 40, "halal_box": 10})
"""30 to 40 meals on one e-bike: couriers in Shanghai, 2017; the halal box: assumed."""
E_BIKE_SMALL = Vehicle(mode="e-bike", capacities={"portions": 20, "halal_box": 4})
ON_FOOT = Vehicle(mode="walk", capacities={"portions": 10, "halal_box": 2})
VAN = Vehicle(mode="van", capacities={"portions": 200, "halal_box": 40})
"""Ten insulated boxes of twenty portions, and two for halal meals: assumed."""

VAN_CENTS_PER_KM = 120
E_BIKE_CENTS_PER_KM = 10
"""Fuel or power and wear (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A kind of worker; worker ids begin with `role`.

    Reliability is drawn evenly from `reliability`; paces from 90 to 110 percent where `has_own_pace`.
    """

    role: str
    skills: frozenset[str]
    vehicle: Vehicle
    pay: Pay
    shifts: tuple[Shift, ...] = (DAY,)
    kind: WorkerKind = WorkerKind.EMPLOYEE
    reliability: tuple[float, float] = (0.97, 1.0)
    has_own_pace: bool = False


# Pay per hour: couriers 25-30 yuan; carers 8,000 yuan a month in 174 hours; the others between, all assumed.
COURIER = Role(
    role="courier",
    skills=frozenset({MEAL}),
    vehicle=E_BIKE,
    pay=Pay(cents_per_hour=2_800, cents_per_km=E_BIKE_CENTS_PER_KM),
    shifts=(LUNCH_ROUND,),
)
SPLIT_COURIER = replace(COURIER, role="split", shifts=(LUNCH_ROUND, DINNER_ROUND))
"""Comes for both rounds, with a free afternoon between."""
WALKER = Role(
    role="walker",
    skills=frozenset({MEAL, "check"}),
    vehicle=ON_FOOT,
    pay=Pay(cents_per_hour=2_500),
    shifts=(LUNCH_ROUND,),
)
CARER = Role(
    role="carer",
    skills=frozenset({MEAL, "bathing", "mobility", "check"}),
    vehicle=E_BIKE_SMALL,
    pay=Pay(cents_per_hour=4_600, cents_per_km=E_BIKE_CENTS_PER_KM, overtime_cents_per_hour=6_900),
    has_own_pace=True,
)
CLEANER = Role(
    role="cleaner",
    skills=frozenset({"cleaning", "check"}),
    vehicle=Vehicle(mode="e-bike"),
    pay=Pay(cents_per_hour=3_500, cents_per_km=E_BIKE_CENTS_PER_KM, overtime_cents_per_hour=5_250),
    has_own_pace=True,
)
NURSE = Role(
    role="nurse",
    skills=frozenset({"nursing", "check"}),
    vehicle=Vehicle(mode="e-bike"),
    pay=Pay(cents_per_hour=6_000, cents_per_km=E_BIKE_CENTS_PER_KM, overtime_cents_per_hour=9_000),
)
ESCORT_WORKER = Role(
    role="escort",
    skills=frozenset({"escort", "mobility", "check"}),
    vehicle=Vehicle(mode="e-bike"),
    pay=Pay(cents_per_hour=4_000, cents_per_km=E_BIKE_CENTS_PER_KM, overtime_cents_per_hour=6_000),
    shifts=(ESCORT_DAY,),
)
VOLUNTEER = Role(
    role="volunteer",
    skills=frozenset({"check"}),
    vehicle=Vehicle(mode="walk"),
    pay=Pay(),
    shifts=(Shift(shift_id="morning", start_s=parse_clock("09:00"), end_s=parse_clock("11:00")),),
    kind=WorkerKind.VOLUNTEER,
    reliability=(0.80, 0.95),
)
"""Two hours, credited to the time bank, 1 credit an hour; who turns up and how surely: assumed."""


def hire(
    rng: np.random.Generator,
    role: Role,
    stations: Sequence[Station],
    num_by_station: Sequence[int],
    *,
    homes: Sequence[Location] | None = None,
    first_number: int = 1,
) -> tuple[Worker, ...]:
    """Workers of `role`, `num_by_station[i]` of them at ``stations[i]``, where their shifts start and end.

    Parameters
    ----------
    homes
        Where the shifts start and end instead, one place for each worker (volunteers come from home).
    """
    bases = [station for station, num in zip(stations, num_by_station, strict=True) for _ in range(num)]
    names = draw_names(rng, len(bases), WORKER_GIVEN_NAMES)
    reliability = np.round(rng.uniform(*role.reliability, len(bases)), 2).tolist()
    pace = rng.choice([90, 100, 100, 110], len(bases)).tolist()
    phones = draw_phones(rng, len(bases))
    places = homes or [station.place for station in bases]
    return tuple(
        Worker(
            worker_id=f"{role.role}-{first_number + i:02d}",
            name=names[i],
            phone=phones[i],
            kind=role.kind,
            station_id=station.station_id,
            skills=dict.fromkeys(sorted(role.skills), 1),
            vehicle=role.vehicle,
            pay=role.pay,
            shifts=tuple(replace(shift, start_place=places[i], end_place=places[i]) for shift in role.shifts),
            duration_percent=pace[i] if role.has_own_pace else 100,
            reliability_share=reliability[i],
        )
        for i, station in enumerate(bases)
    )


def num_needed(required_s: int, available_s: int, *, slack_percent: int = 12) -> int:
    """Workers that `required_s` seconds of work take when each gives `available_s`, with slack for the unforeseen."""
    return ceil_div(required_s * (100 + slack_percent), available_s * 100)


def work_s(visits: Iterable[Visit], skill: str, *, way_s: int) -> int:
    """Seconds of work in the visits that need `skill`, all workers counted, with `way_s` travel for each visit."""
    return sum((visit.service_duration_s + way_s) * visit.num_workers for visit in visits if skill in visit.skills)


def spread(num: int, weights: Sequence[float]) -> list[int]:
    """`num` workers over places by `weights`: whole numbers by largest remainder."""
    exact = num * np.asarray(weights, dtype=float) / sum(weights)
    whole = np.floor(exact).astype(int)
    for idx in np.argsort(whole - exact, kind="stable")[: num - whole.sum()]:
        whole[idx] += 1
    return [int(count) for count in whole]


def with_history(
    rng: np.random.Generator, elders: Sequence[Elder], visits: Sequence[Visit], workers: Sequence[Worker]
) -> tuple[Elder, ...]:
    """Elders with the workers they have met in the last month, those they prefer, and the few they refuse.

    Of the elders with home visits, 30 % name whom they meet most often, 4 % refuse somebody, and every disabled one
    wants at most one new face (all assumed).
    """
    visits_by_elder: dict[str, list[Visit]] = {}
    for visit in visits:
        if visit.elder_id is not None and visit.counts_for_continuity:
            visits_by_elder.setdefault(visit.elder_id, []).append(visit)
    return tuple(
        _with_history(rng, elder, visits_by_elder[elder.elder_id], workers)
        if elder.elder_id in visits_by_elder
        else elder
        for elder in elders
    )


def _with_history(rng: np.random.Generator, elder: Elder, visits: list[Visit], workers: Sequence[Worker]) -> Elder:
    history: dict[str, int] = {}
    strangers: list[str] = []
    for visit in visits:
        able = [worker for worker in workers if may_serve(worker, visit)]
        near = [worker for worker in able if worker.station_id == elder.station_id]
        usual = near if len(near) > visit.num_workers else able
        num_known = min(len(usual), visit.num_workers + int(rng.integers(1, 3)))
        for idx in rng.choice(len(usual), num_known, replace=False).tolist():
            history[usual[idx].worker_id] = int(rng.integers(1, 9))
        strangers += [worker.worker_id for worker in able if worker.worker_id not in history]
    favourite = max(history, key=lambda worker_id: history[worker_id])
    names_favourite, refuses_somebody = rng.random() < 0.3, rng.random() < 0.04 and len(strangers) > 2
    return replace(
        elder,
        worker_history=history,
        preferred_worker_ids=(favourite,) if names_favourite else (),
        forbidden_worker_ids=(str(rng.choice(strangers)),) if refuses_somebody else (),
        max_distinct_workers=len(history) + 1 if ElderGroup.DISABLED in elder.groups else None,
    )


def may_serve(worker: Worker, visit: Visit) -> bool:
    """Whether the worker has the skills and the reliability the visit needs."""
    has_skills = all(worker.skills.get(skill, 0) >= level for skill, level in visit.skills.items())
    return has_skills and worker.reliability_share >= visit.min_reliability_share
