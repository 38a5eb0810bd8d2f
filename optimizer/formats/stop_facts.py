"""What people ask about a stop of a plan: for whom, where, when promised, with whom, and by when to hand over."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping

from optimizer.formats.words import Words
from optimizer.plan import Plan, Route, Stop, StopKind, Trip
from optimizer.problem import LinkKind, Problem, TimeWindow, Visit, Worker
from optimizer.units import SECONDS_PER_DAY, SECONDS_PER_MINUTE, format_clock

NORMAL_DIET = "normal"


def day_of(problem: Problem, route: Route) -> int:
    """The day of the horizon on which the shift of `route` begins, counted from 0."""
    return problem.shift_by_id[route.worker_id, route.shift_id].start_s // SECONDS_PER_DAY


def routes_in_order(problem: Problem, plan: Plan) -> list[Route]:
    """The routes by day, worker and time."""
    return sorted(plan.routes, key=lambda route: (day_of(problem, route), route.worker_id, route.stops[0].start_s))


def date_of(problem: Problem, day: int) -> dt.date:
    """The date of a day of the horizon."""
    return problem.horizon.first_date + dt.timedelta(days=day)


def clock_on(day: int, time_s: int) -> str:
    """``"HH:MM"`` on a day of the horizon, seconds dropped; past midnight the hours exceed 23."""
    return format_clock((time_s - day * SECONDS_PER_DAY) // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE)


def name_of_worker(worker: Worker) -> str:
    """The worker's name, or the id where there is none."""
    return worker.name or worker.worker_id


def name_of_station(problem: Problem, station_id: str) -> str:
    """The station's name, or the id where there is none."""
    return problem.station_by_id[station_id].name or station_id


def name_of_visit(problem: Problem, visit: Visit) -> str:
    """Whom a visit is for: the elder, the station supplied, or else the visit's own id."""
    if (elder := problem.elder_of(visit)) is not None:
        return elder.name or elder.elder_id
    if visit.delivers_to_station_id is not None:
        return name_of_station(problem, visit.delivers_to_station_id)
    return visit.visit_id


def name_of_service(problem: Problem, visit: Visit) -> str:
    """The name of a visit's service in the catalogue, or the service itself."""
    return next((item.name for item in problem.services if item.service == visit.service and item.name), visit.service)


def window_at(visit: Visit, start_s: int) -> TimeWindow:
    """The window that `start_s` lies in, or the nearest one."""
    return min(visit.windows, key=lambda window: max(window.start_s - start_s, start_s - window.end_s, 0))


def promised_window(visit: Visit, start_s: int) -> tuple[int, int]:
    """The interval the elder was told: the announced start with its tolerance, or else the window."""
    promise = visit.promise
    if promise is not None and promise.start_s is not None:
        return promise.start_s - promise.tolerance_s, promise.start_s + promise.tolerance_s
    window = window_at(visit, start_s)
    return window.start_s, window.end_s


def hand_over_by_s(visit: Visit, stop: Stop, load_stop: Stop | None) -> int:
    """Latest start of the hand-over: the window's end, or sooner where the time on board runs out."""
    end_s = window_at(visit, stop.start_s).end_s
    if load_stop is None or visit.max_on_board_s is None:
        return end_s
    return min(end_s, load_stop.end_s + visit.max_on_board_s)


def partner_names(problem: Problem, plan: Plan) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """By visit and worker id: who else is there, for visits of several workers and visits linked by same start."""
    workers: dict[str, list[str]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.visit_stops:
            assert stop.visit_id is not None
            workers[stop.visit_id].append(route.worker_id)
    names: dict[tuple[str, str], tuple[str, ...]] = {}
    for visit_id, worker_ids in workers.items():
        linked = [worker_id for other in _same_start_ids(problem, visit_id) for worker_id in workers.get(other, ())]
        for worker_id in worker_ids:
            others = dict.fromkeys(other for other in (*worker_ids, *linked) if other != worker_id)
            names[visit_id, worker_id] = tuple(name_of_worker(problem.worker_by_id[other]) for other in others)
    return names


def _same_start_ids(problem: Problem, visit_id: str) -> Iterator[str]:
    for link in problem.links_by_visit_id.get(visit_id, ()):
        if link.kind is LinkKind.SAME_START:
            yield link.second_visit_id if link.first_visit_id == visit_id else link.first_visit_id


def fed_stops(problem: Problem, route: Route) -> Iterator[tuple[Trip, list[tuple[int, Stop]]]]:
    """Every trip of `route` with the numbered visit stops that hand over portions from its load."""
    number = 0
    for trip in route.trips:
        fed = []
        for stop in trip.stops:
            if stop.kind is StopKind.VISIT:
                number += 1
                if problem.visit_by_id[stop.visit_id or ""].demand:
                    fed.append((number, stop))
        yield trip, fed


def portion_texts(problem: Problem, portions: Mapping[str, int], words: Words) -> list[str]:
    """``"Soft lunch ×2"`` for every meal type, in the problem's order of meal types."""
    order = list(problem.meal_type_by_id)
    ordered = sorted(portions.items(), key=lambda item: order.index(item[0]))
    return [f"{name_of_meal(problem, meal_type, words)} ×{count}" for meal_type, count in ordered if count]


def name_of_meal(problem: Problem, meal_type: str, words: Words) -> str:
    """The meal type's name, or a common word for its id, or the id."""
    return problem.meal_type_by_id[meal_type].name or words.of("meal", meal_type)


def diet_of(problem: Problem, visit: Visit, words: Words) -> str:
    """The diets of a visit's portions where they are not the normal one; empty otherwise."""
    diets = dict.fromkeys(problem.meal_type_by_id[meal_type].diet for meal_type in visit.demand)
    return " ".join(words.of("diet", diet) for diet in diets if diet != NORMAL_DIET)
