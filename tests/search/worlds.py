"""Random problems of routes alone (no links, one worker a visit), rich in every other rule, or plain."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.params import CostWeights
from optimizer.problem import (
    Break,
    Elder,
    Location,
    MealType,
    Pay,
    Problem,
    Promise,
    Shift,
    SpeedSlice,
    Station,
    SupplyWave,
    TimeWindow,
    Vehicle,
    Visit,
    Worker,
)
from optimizer.rules import CostTerm
from optimizer.travel import TravelMatrix
from tests.builders import HOUR, MINUTE, clock, make_problem

SKILLS = ("bath", "nurse")
MODES = ("walk", "e-bike")


def rich_problem(seed: int, *, num_visits: int = 9, num_workers: int = 3, has_hard_terms: bool = True) -> Problem:
    """Meals and care with every rule of a single route, and every price."""
    rng = random.Random(seed)
    elders = tuple(_elder(rng, number, num_workers) for number in range(max(1, num_visits // 2)))
    visits = tuple(_visit(rng, number, rng.choice(elders), num_workers) for number in range(num_visits))
    visits = tuple(_pinned(rng, visit, num_workers) for visit in visits)
    terms = [term for term in CostTerm if rng.random() < 0.1] if has_hard_terms and rng.random() < 0.3 else []
    return make_problem(
        visits,
        [_worker(rng, number) for number in range(num_workers)],
        elders=elders,
        stations=tuple(_station(rng, number) for number in range(rng.choice((1, 2, 3)))),
        meal_types=(MealType(meal_type="lunch"), MealType(meal_type="soft", uses={"portions": 1, "boxes": 2})),
        weights=_weights(rng),
        hard_terms=tuple(terms),
    )


def early_problem(seed: int, **sizes: int) -> Problem:
    """A rich problem in which no rule or price sees how late a route leaves: lateness has a price, and overtime."""
    rich = rich_problem(seed, has_hard_terms=False, **sizes)
    untimed = {"waiting", "idle", "highest_idle", "highest_lateness", "earliness", "food_age", "imbalance"}
    return replace(
        rich,
        visits=tuple(
            replace(visit, windows=_one_soft(visit.windows), promise=None, max_on_board_s=None, soft_on_board_s=None)
            for visit in rich.visits
        ),
        workers=tuple(
            replace(
                worker,
                pay=replace(worker.pay, cents_per_hour=0),
                vehicle=replace(worker.vehicle, max_distance_m=None),
                shifts=tuple(
                    replace(shift, max_work_s=None, breaks=shift.breaks if shift.start_place else ())
                    for shift in worker.shifts
                ),
            )
            for worker in rich.workers
        ),
        weights=replace(rich.weights, **{f"{name}_cents_per_hour": 0 for name in untimed}),
    )


def _one_soft(windows: tuple[TimeWindow, ...]) -> tuple[TimeWindow, ...]:
    """Windows of which none but a single one has soft ends."""
    if len(windows) == 1:
        return windows
    return tuple(replace(window, soft_start_s=None, soft_end_s=None) for window in windows)


def plain_problem(seed: int, *, num_visits: int = 8, num_workers: int = 3) -> Problem:
    """What constant-time tests price exactly: single hard windows, trips, ready times, working time, pay."""
    rng = random.Random(seed)
    stations = tuple(
        replace(_station(rng, number), opening=rng.choice(((), (_span(rng, 7, 12),))))
        for number in range(rng.choice((1, 2)))
    )
    visits = tuple(
        Visit(
            visit_id=f"v{number}",
            service="care",
            place=_place(rng),
            end_place=_place(rng) if rng.random() < 0.1 else None,
            windows=(_span(rng, 7, 16),),
            service_duration_s=rng.choice((0, 5, 20)) * MINUTE,
            demand={"lunch": rng.choice((1, 2, 4))} if rng.random() < 0.7 else {},
            ready_s=rng.choice((None, None, clock("09:30"), clock("11:00"))),
            station_ids=("s0",) if rng.random() < 0.2 else (),
            promise=Promise(worker_ids=("w0",)) if rng.random() < 0.02 else None,
        )
        for number in range(num_visits)
    )
    is_paid, is_limited = rng.random() < 0.5, rng.random() < 0.3
    workers = [
        Worker(
            worker_id=f"w{number}",
            shifts=(
                Shift(
                    shift_id="day",
                    start_s=clock("07:30"),
                    end_s=clock("17:00"),
                    start_place=_place(rng),
                    end_place=_place(rng),
                    max_work_s=rng.choice((3, 6)) * HOUR if is_limited else None,
                    max_trips=rng.choice((None, None, 0, 1, 2)),
                ),
            ),
            vehicle=Vehicle(mode=rng.choice(MODES), capacities={"portions": rng.choice((4, 7))}),
            pay=Pay(
                fixed_cents=rng.choice((0, 900)),
                cents_per_hour=2500 if is_paid else 0,
                cents_per_km=rng.choice((0, 70)),
                cents_per_visit=rng.choice((0, 100)),
            ),
        )
        for number in range(num_workers)
    ]
    weights = CostWeights(travel_cents_per_hour=1800)
    return make_problem(visits, workers, stations=stations, weights=weights)


def random_travel(problem: Problem, seed: int, *, has_peaks: bool = True, has_gaps: bool = True) -> TravelMatrix:
    """Ways in the plane, longer one way than the other, by two modes; now and then peaks, and pairs without a way."""
    rng = np.random.default_rng(seed)
    places = problem.places
    points = np.array([(place.lon, place.lat) for place in places]) * 1000
    straight = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    modes = sorted({worker.vehicle.mode for worker in problem.workers} | {"walk"})
    duration_s, distance_m = {}, {}
    for mode in modes:
        detour = rng.uniform(1.0, 1.3, straight.shape)
        np.fill_diagonal(detour, 1.0)
        seconds = np.rint(straight * detour * (60 if mode == "walk" else 25)).astype(np.int32)
        metres = np.rint(straight * detour * 80).astype(np.int32)
        if has_gaps and rng.random() < 0.2:
            no_way = (rng.random(straight.shape) < 0.03) & ~np.eye(len(places), dtype=bool)
            seconds[no_way] = metres[no_way] = -1
        duration_s[mode], distance_m[mode] = seconds, metres
    slow = SpeedSlice(start_s=clock("08:30"), end_s=clock("10:00"), speed_percent=60)
    fast = SpeedSlice(start_s=clock("12:00"), end_s=clock("13:30"), speed_percent=130)
    peaks: dict[str, Any] = {}
    if has_peaks and rng.random() < 0.4:
        peaks = {modes[-1]: (slow, fast)}
    return TravelMatrix(places=places, duration_s=duration_s, distance_m=distance_m, peaks=peaks, source="random")


def _place(rng: random.Random) -> Location:
    return Location(lon=116 + rng.randrange(30) / 1000, lat=40 + rng.randrange(30) / 1000)


def _span(rng: random.Random, first_hour: int, last_hour: int) -> TimeWindow:
    start_s = rng.randrange(first_hour * 60, last_hour * 60, 15) * MINUTE
    return TimeWindow(start_s=start_s, end_s=start_s + rng.choice((15, 60, 180, 480)) * MINUTE)


def _softened(rng: random.Random, window: TimeWindow) -> TimeWindow:
    third_s = (window.end_s - window.start_s) // 3
    return replace(
        window,
        soft_start_s=rng.choice((None, None, window.start_s + third_s)),
        soft_end_s=rng.choice((None, window.end_s - third_s)),
    )


def _station(rng: random.Random, number: int) -> Station:
    waves = [SupplyWave(wave_id="w0", ready_s=clock("07:45"), portions={"lunch": 500, "soft": 500})]
    if rng.random() < 0.3:
        first = SupplyWave(wave_id="w1", ready_s=clock("07:00"), portions={"lunch": 3})
        waves = [first, SupplyWave(wave_id="w2", ready_s=clock("09:15"), portions={"lunch": 500, "soft": 500})]
    return Station(
        station_id=f"s{number}",
        place=_place(rng),
        waves=tuple(waves),
        opening=tuple(_span(rng, 7, 13) for _ in range(rng.choice((0, 0, 1, 2)))),
        loading_duration_s=rng.choice((0, 5 * MINUTE)),
        portion_price_cents=rng.choice((0, 30)),
        service_radius_m=rng.choice((None, None, 2500)),
    )


def _elder(rng: random.Random, number: int, num_workers: int) -> Elder:
    names = [f"w{worker}" for worker in range(num_workers)]
    return Elder(
        elder_id=f"e{number}",
        place=_place(rng),
        forbidden_worker_ids=tuple(rng.sample(names, 1)) if rng.random() < 0.15 else (),
        preferred_worker_ids=tuple(rng.sample(names, rng.randrange(1, num_workers + 1))) if rng.random() < 0.4 else (),
        max_distinct_workers=rng.choice((None, None, None, 1, 2)),
        worker_history={rng.choice(names): rng.randrange(3)} if rng.random() < 0.4 else {},
    )


def _visit(rng: random.Random, number: int, elder: Elder, num_workers: int) -> Visit:
    is_meal = rng.random() < 0.5
    windows = tuple(_softened(rng, _span(rng, 7, 15)) for _ in range(rng.choice((1, 1, 1, 2, 3))))
    names = [f"w{worker}" for worker in range(num_workers)]
    promise = Promise(
        worker_ids=tuple(rng.choices(names, k=rng.choice((0, 1, 2)))),
        start_s=rng.choice((None, windows[0].start_s + 20 * MINUTE)),
        tolerance_s=rng.choice((0, 900)),
    )
    return Visit(
        visit_id=f"v{number}",
        service="meal" if is_meal else "care",
        elder_id=elder.elder_id,
        place=_place(rng) if rng.random() < 0.2 else None,
        end_place=_place(rng) if rng.random() < 0.15 else None,
        windows=windows,
        service_duration_s=rng.choice((0, 2, 10, 25)) * MINUTE + rng.choice((0, 7)),
        demand={rng.choice(("lunch", "soft")): rng.choice((1, 2, 5))} if is_meal else {},
        skills={rng.choice(SKILLS): rng.choice((1, 2))} if not is_meal and rng.random() < 0.2 else {},
        priority=rng.randrange(3),
        mandatory=rng.random() < 0.7,
        unserved_cents=rng.choice((0, 500, 20_000)),
        lateness_percent=rng.choice((50, 100, 300)),
        ready_s=rng.choice((clock("08:30"), clock("09:30"))) if is_meal and rng.random() < 0.3 else None,
        max_on_board_s=rng.choice((None, 40 * MINUTE, 2 * HOUR)) if is_meal else None,
        soft_on_board_s=rng.choice((None, 10 * MINUTE)) if is_meal else None,
        station_ids=("s0",) if is_meal and rng.random() < 0.3 else (),
        min_reliability_share=rng.choice((0.0, 0.0, 0.0, 0.9)),
        counts_for_continuity=rng.random() < 0.7,
        promise=promise if rng.random() < 0.25 else None,
    )


def _pinned(rng: random.Random, visit: Visit, num_workers: int) -> Visit:
    if rng.random() < 0.1:
        visit = replace(visit, pinned_worker_ids=(f"w{rng.randrange(num_workers)}",))
    if rng.random() < 0.1:
        window = rng.choice(visit.windows)
        visit = replace(visit, pinned_start_s=rng.choice((window.start_s, window.end_s)))
    return visit


def _worker(rng: random.Random, number: int) -> Worker:
    shifts = [_shift(rng, "day", clock("07:30"), clock("17:30"))]
    if rng.random() < 0.3:
        shifts = [
            _shift(rng, "morning", clock("07:30"), clock("12:30")),
            _shift(rng, "late", clock("12:30"), clock("18:30")),
        ]
    return Worker(
        worker_id=f"w{number}",
        shifts=tuple(shifts),
        skills={skill: rng.choice((1, 2)) for skill in SKILLS if rng.random() < 0.7},
        vehicle=Vehicle(
            mode=rng.choice(MODES),
            capacities={"portions": rng.choice((5, 12)), "boxes": rng.choice((6, 20))},
            max_distance_m=rng.choice((None, None, 9_000)),
        ),
        pay=Pay(
            fixed_cents=rng.choice((0, 1000)),
            cents_per_hour=rng.choice((0, 2500)),
            cents_per_km=rng.choice((0, 20)),
            cents_per_visit=rng.choice((0, 100)),
            overtime_cents_per_hour=rng.choice((0, 4000)),
        ),
        duration_percent=rng.choice((80, 100, 120)),
        duration_percent_by_service={"care": 150} if rng.random() < 0.2 else {},
        reliability_share=rng.choice((1.0, 1.0, 0.8)),
        fair_share_s=rng.choice((None, None, 3 * HOUR)),
        carried_load_s=rng.choice((0, 0, 1000, -700)),
    )


def _shift(rng: random.Random, shift_id: str, start_s: int, end_s: int) -> Shift:
    middle_s = (start_s + end_s) // 2
    lunch = Break(
        break_id="lunch",
        start_s=middle_s - HOUR,
        end_s=middle_s + HOUR,
        duration_s=30 * MINUTE,
        place=rng.choice((None, None, _place(rng))),
    )
    tea = Break(
        break_id="tea",
        start_s=end_s - 3 * HOUR,
        end_s=end_s - HOUR,
        duration_s=10 * MINUTE,
        mandatory=False,
        place=rng.choice((None, _place(rng))),
        missed_cents=rng.choice((None, 300)),
    )
    return Shift(
        shift_id=shift_id,
        start_s=start_s,
        end_s=end_s,
        soft_end_s=rng.choice((None, end_s - 2 * HOUR)),
        start_place=rng.choice((None, _place(rng), _place(rng))),
        end_place=rng.choice((None, _place(rng), _place(rng))),
        breaks=rng.choice(((), (), (lunch,), (tea,), (lunch, tea), (tea, lunch))),
        max_work_s=rng.choice((None, None, 5 * HOUR)),
        max_trips=rng.choice((None, None, 1, 2)),
    )


def _weights(rng: random.Random) -> CostWeights:
    def some(*prices: int) -> int:
        return rng.choice((0, *prices))

    return CostWeights(
        travel_cents_per_hour=some(1800),
        waiting_cents_per_hour=some(700),
        idle_cents_per_hour=some(300),
        highest_idle_cents_per_hour=some(500),
        lateness_cents_per_hour=some(6000),
        highest_lateness_cents_per_hour=some(900),
        earliness_cents_per_hour=some(400),
        food_age_cents_per_hour=some(600),
        imbalance_cents_per_hour=some(800),
    )
