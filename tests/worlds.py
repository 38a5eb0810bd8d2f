"""Random small problems for property tests: every rule of the model turns up, and most of what is asked can be done."""

from __future__ import annotations

import random

from optimizer.plan import Source
from optimizer.problem import (
    Break,
    Elder,
    Link,
    LinkKind,
    Pay,
    Problem,
    Promise,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from tests.builders import HOUR, MINUTE, at, clock, make_problem, make_shift, make_station

SKILLS = ("bath", "nurse")


def random_problem(seed: int, *, num_visits: int = 12, num_workers: int = 4) -> Problem:
    """A day on the line with two stations, meals and care, links, breaks, soft limits and prices."""
    rng = random.Random(seed)
    elders = tuple(_elder(rng, number, num_workers) for number in range(num_visits))
    visits = tuple(_visit(rng, number, elder) for number, elder in enumerate(elders))
    return make_problem(
        visits,
        [_worker(rng, number) for number in range(num_workers)],
        elders=elders,
        stations=(_station(rng, "s1", 0), _station(rng, "s2", rng.randrange(10, 40))),
        links=tuple(_links(rng, visits)),
    )


def nearest_sources(problem: Problem) -> dict[str, Source]:
    """Every visit with demand from the first wave of a station that may supply it, stock permitting or not."""
    sources = {}
    for visit in problem.visits:
        allowed = visit.station_ids or tuple(station.station_id for station in problem.stations)
        if visit.demand:
            station = problem.station_by_id[allowed[0]]
            ready_s = max(station.waves[0].ready_s, visit.ready_s or 0)
            sources[visit.visit_id] = Source(station_id=station.station_id, ready_s=ready_s)
    return sources


def _station(rng: random.Random, station_id: str, minutes: int) -> Station:
    waves = tuple(
        SupplyWave(wave_id=f"w{number}", ready_s=clock("08:00") + number * HOUR, portions={"lunch": 40})
        for number in range(rng.choice((1, 2)))
    )
    return make_station(station_id, minutes, waves=waves, loading_duration_s=rng.choice((0, 5 * MINUTE)))


def _elder(rng: random.Random, number: int, num_workers: int) -> Elder:
    names = [f"w{worker}" for worker in range(num_workers)]
    return Elder(
        elder_id=f"e{number}",
        place=at(rng.randrange(-30, 60)),
        forbidden_worker_ids=tuple(rng.sample(names, 1)) if rng.random() < 0.1 else (),
        preferred_worker_ids=tuple(rng.sample(names, 1)) if rng.random() < 0.2 else (),
        max_distinct_workers=rng.choice((None, None, 1, 2)),
        worker_history={rng.choice(names): 3} if rng.random() < 0.3 else {},
    )


def _visit(rng: random.Random, number: int, elder: Elder) -> Visit:
    is_meal = rng.random() < 0.5
    needs_skill = not is_meal and rng.random() < 0.3
    return Visit(
        visit_id=f"v{number}",
        service="meal" if is_meal else "care",
        elder_id=elder.elder_id,
        windows=tuple(_windows(rng)),
        service_duration_s=rng.choice((2, 10, 25)) * MINUTE,
        end_place=at(rng.randrange(-30, 60)) if not is_meal and rng.random() < 0.1 else None,
        demand={"lunch": rng.choice((1, 2, 5))} if is_meal else {},
        skills={rng.choice(SKILLS): 1} if needs_skill else {},
        num_workers=2 if not is_meal and rng.random() < 0.15 else 1,
        priority=rng.randrange(3),
        mandatory=rng.random() < 0.8,
        unserved_cents=rng.choice((0, 500, 20_000)),
        ready_s=clock("09:30") if is_meal and rng.random() < 0.2 else None,
        max_on_board_s=rng.choice((None, 40 * MINUTE, 2 * HOUR)) if is_meal else None,
        soft_on_board_s=20 * MINUTE if is_meal else None,
        station_ids=("s2",) if is_meal and rng.random() < 0.3 else (),
        counts_for_continuity=not is_meal,
        promise=Promise(worker_ids=("w0",), start_s=clock("10:00")) if rng.random() < 0.1 else None,
    )


def _windows(rng: random.Random) -> list[TimeWindow]:
    start_s = clock("08:00") + rng.randrange(0, 5 * 60, 15) * MINUTE
    end_s = start_s + rng.choice((15, 60, 180)) * MINUTE
    windows = [TimeWindow(start_s=start_s, end_s=end_s, soft_end_s=rng.choice((None, (start_s + end_s) // 2)))]
    if rng.random() < 0.2:
        windows.append(TimeWindow(start_s=end_s + HOUR, end_s=end_s + 2 * HOUR))
    return windows


def _worker(rng: random.Random, number: int) -> Worker:
    breaks = (
        Break(break_id="lunch", start_s=clock("11:30"), end_s=clock("13:00"), duration_s=30 * MINUTE),
        Break(
            break_id="tea", start_s=clock("15:00"), end_s=clock("16:00"), duration_s=600, mandatory=False, place=at(0)
        ),
    )
    shift = make_shift(
        breaks=breaks[: rng.choice((0, 1, 2))],
        soft_end_s=clock("16:00"),
        max_work_s=rng.choice((None, 6 * HOUR)),
        max_trips=rng.choice((None, 1, 2)),
        start_place=rng.choice((None, at(0))),
        end_place=rng.choice((None, at(0))),
    )
    return Worker(
        worker_id=f"w{number}",
        shifts=(shift,),
        skills={skill: 1 for skill in SKILLS if rng.random() < 0.6},
        vehicle=Vehicle(capacities={"portions": rng.choice((4, 10))}, max_distance_m=rng.choice((None, 200_000))),
        pay=Pay(
            fixed_cents=1000, cents_per_hour=2500, cents_per_km=20, cents_per_visit=100, overtime_cents_per_hour=4000
        ),
        duration_percent=rng.choice((80, 100, 120)),
    )


def _links(rng: random.Random, visits: tuple[Visit, ...]) -> list[Link]:
    links = []
    free = [visit.visit_id for visit in visits if visit.num_workers == 1]
    rng.shuffle(free)
    for kind in rng.sample(list(LinkKind), 2):
        if len(free) >= 2 and kind is not LinkKind.NOT_CONSECUTIVE_DAYS:
            first, second = free.pop(), free.pop()
            max_gap_s = 3 * HOUR if kind is LinkKind.GAP else None
            links.append(Link(kind=kind, first_visit_id=first, second_visit_id=second, max_gap_s=max_gap_s))
    return links
