"""Whom an event concerns: workers whose plan cannot stay, and those near to what has to be placed anew.

What happens in a district of a hundred workers concerns a few of them. For the others everything is given, so that the
rest of the day is a small problem and a re-plan takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from optimizer.problem import Location, Problem, Visit, Worker, missing_skills
from optimizer.redispatch.day import Day
from optimizer.redispatch.timeline import Course, RouteKey, is_prevented, mode_of, starved_loads, way_s
from optimizer.travel.coordinates import great_circle_m

_NUM_NEAREST = 8
"""So many able workers, by distance, are looked at for each visit that has to be placed."""


def concerned_worker_ids(day: Day, courses: Sequence[Course]) -> frozenset[str]:
    """Workers whose published stops cannot stay as they are, those near to open visits, and their partners."""
    starved = starved_loads(day.problem, courses)
    disturbed = {course.route.worker_id for course in courses if is_disturbed(day, course, starved)}
    to_place = [*_new_visits(day), *_displaced_visits(day, courses, disturbed)]
    where = list(_open_places(day, courses)) if to_place else []
    near = {worker_id for visit in to_place for worker_id in _nearest_able(day.problem, where, visit)}
    return frozenset(_with_partners(day.problem, courses, disturbed | near))


def closed(courses: Iterable[Course], worker_ids: Collection[str]) -> tuple[Course, ...]:
    """`courses` with everything given for those who are not among `worker_ids`."""
    return tuple(
        course if course.route.worker_id in worker_ids else replace(course, committed=len(course.stops))
        for course in courses
    )


def is_disturbed(day: Day, course: Course, starved: Collection[tuple[RouteKey, int]]) -> bool:
    """Whether what is still to begin of a route cannot go as published."""
    worker = day.problem.worker_by_id[course.route.worker_id]
    open_stops = course.stops[course.begun :]
    if open_stops != course.route.stops[len(course.route.stops) - len(open_stops) :]:
        return True
    if mode_of(day, worker) != worker.vehicle.mode:
        return len(open_stops) > 1
    if any(is_prevented(day, worker.worker_id, stop) for stop in open_stops[:-1]):
        return True
    if any((course.key, position) in starved for position in range(course.begun, len(course.stops))):
        return True
    return day.detoured is not None and _is_held_up(day, worker, course)


def _is_held_up(day: Day, worker: Worker, course: Course) -> bool:
    """Whether a way still to come takes longer around a closed street than the plan allows for."""
    for before, stop in pairwise(course.stops[max(0, course.begun - 1) :]):
        needed_s = way_s(day.ways, worker.vehicle.mode, before.end_place, stop.place, before.departure_s)
        if before.departure_s + needed_s > stop.arrival_s > day.now_s:
            return True
    return False


def _new_visits(day: Day) -> Iterator[Visit]:
    """Visits that the published plan knows nothing about."""
    known = {item.visit_id for item in day.plan.unassigned}
    known |= {stop.visit_id or "" for route in day.plan.routes for stop in route.visit_stops}
    return (visit for visit in day.problem.visits if visit.visit_id not in known)


def _displaced_visits(day: Day, courses: Iterable[Course], disturbed: Collection[str]) -> Iterator[Visit]:
    """Open visits of those whose plan cannot stay."""
    for course in courses:
        if course.route.worker_id in disturbed:
            for stop in course.stops[course.begun :]:
                if stop.visit_id in day.problem.visit_by_id:
                    assert stop.visit_id is not None
                    yield day.problem.visit_by_id[stop.visit_id]


def _nearest_able(problem: Problem, where: Sequence[tuple[str, Location]], visit: Visit) -> list[str]:
    """Workers with the skills for `visit` whose open stops, by worker id in `where`, come nearest to it."""
    here, wanted = problem.place_of(visit), _NUM_NEAREST * visit.num_workers
    points = np.array([(place.lon, place.lat) for _, place in where]).reshape(-1, 2)
    nearest: dict[str, bool] = {}
    for k in np.argsort(great_circle_m(points[:, 0], points[:, 1], here.lon, here.lat), kind="stable").tolist():
        worker_id, _ = where[k]
        if worker_id not in nearest:
            nearest[worker_id] = not missing_skills(problem.worker_by_id[worker_id], visit.skills)
            if sum(nearest.values()) == wanted:
                break
    return [worker_id for worker_id, is_able in nearest.items() if is_able]


def _open_places(day: Day, courses: Sequence[Course]) -> Iterator[tuple[str, Location]]:
    """Worker and place of every stop still to begin, and where shifts without a route begin."""
    used = {course.key for course in courses}
    for course in courses:
        for stop in course.stops[max(0, course.begun - 1) :]:
            yield course.route.worker_id, stop.place
    for worker in day.problem.workers:
        for shift in worker.shifts:
            if (worker.worker_id, shift.shift_id) not in used and shift.start_place and shift.end_s > day.now_s:
                yield worker.worker_id, shift.start_place


def _with_partners(problem: Problem, courses: Sequence[Course], worker_ids: Collection[str]) -> set[str]:
    """`worker_ids` and all who share an open visit, or one bound to it in time, with one of them."""
    workers_of: dict[str, set[str]] = {}
    for course in courses:
        for stop in course.stops[course.begun :]:
            if stop.visit_id is not None:
                workers_of.setdefault(stop.visit_id, set()).add(course.route.worker_id)
    groups = [group for group in workers_of.values() if len(group) > 1]
    groups += [
        workers_of.get(link.first_visit_id, set()) | workers_of.get(link.second_visit_id, set())
        for link in problem.links
    ]
    found = set(worker_ids)
    is_settled = False
    while not is_settled:
        size = len(found)
        for group in groups:
            if group & found:
                found |= group
        is_settled = len(found) == size
    return found
