"""The rest of a day as a problem of its own, and the whole day put together again.

What has begun, is under way or starts within the freeze is taken as given: every shift begins behind its last committed
stop, and what has been used up (waves, range, trips, working time) is gone. So the past is frozen by construction, and
what remains is an ordinary problem for the ordinary engines and the ordinary judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from optimizer.assign import stations_with_deliveries
from optimizer.plan import Draft, Route, RouteDraft, Step, Stop, StopKind
from optimizer.plan_supply import stations_left
from optimizer.problem import Problem, Shift
from optimizer.redispatch.day import Day
from optimizer.redispatch.params import FREEZE_S
from optimizer.redispatch.rest.focus import closed, concerned_worker_ids
from optimizer.redispatch.rest.visits import elders_left, served_by, visits_left
from optimizer.redispatch.rest.workers import workers_left
from optimizer.redispatch.timeline import Course, courses_of, starved_loads
from optimizer.repair import without_visits
from optimizer.travel import TravelMatrix


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What can still be decided of a day.

    Attributes
    ----------
    problem, travel
        An ordinary problem: shifts begin where and when their workers are free, visits are the open ones with what
        elders were told as their promise, portions on board are no demand any more.
    start
        The published plan's decisions as far as they are still open; they need not keep every rule.
    committed
        The stops that are given, by route, with their real or expected times; a start stop first, and an end stop
        where nothing of the route is open.
    on_board
        Worker who carries the portions, by visit id; such visits come before the worker's next loading.
    lost
        Why a visit cannot be served any more, by visit id; these are not in `problem`.
    notes
        What had to give way so that the rest is a sound problem.
    is_whole
        Whether anything is open for everybody; otherwise only for those concerned.
    """

    problem: Problem
    travel: TravelMatrix
    start: Draft
    committed: tuple[Route, ...] = ()
    on_board: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    is_whole: bool = True


def rest_of(day: Day, freeze_s: int = FREEZE_S, *, promised: bool = True, only_concerned: bool = False) -> Rest:
    """What can still be decided at ``day.now_s`` when stops within `freeze_s` are left as they are.

    Parameters
    ----------
    promised
        Whether anybody has been told anything; a free re-plan need not care.
    only_concerned
        Whether everything is given for workers whom what has happened does not concern
        (:mod:`optimizer.redispatch.rest.focus`).
    """
    courses = courses_of(day, freeze_s)
    worker_ids = frozenset(day.problem.worker_by_id)
    if only_concerned:
        worker_ids = concerned_worker_ids(day, courses)
        courses = closed(courses, worker_ids)
    committed = tuple(_given(course) for course in courses if course.committed)
    workers = workers_left(day, {course.key: course for course in courses}, worker_ids)
    served = served_by(courses)
    visits = visits_left(day, courses, served, workers.workers, promised=promised)
    supplied = stations_with_deliveries(day.problem, committed)
    problem = replace(
        day.problem,
        stations=stations_left(supplied, committed),
        elders=elders_left(day.problem, served),
        visits=visits.visits,
        workers=workers.workers,
        links=visits.links,
    )
    return Rest(
        problem=problem,
        travel=day.ways,
        start=on_board_first(_still_open(day, problem, courses), visits.on_board),
        committed=committed,
        on_board=visits.on_board,
        lost=visits.lost,
        notes=(*workers.notes, *visits.notes),
        is_whole=len(worker_ids) == len(day.problem.workers),
    )


def _given(course: Course) -> Route:
    """What is given of a route; the published route itself where that is all of it, as it was planned."""
    route, stops = course.route, course.given
    return route if stops == route.stops else replace(route, stops=stops)


def on_board_first(draft: Draft, on_board: Mapping[str, str]) -> Draft:
    """`draft` with what is on board handed over before the next loading: leftovers do not pass to the next trip."""
    if not on_board:
        return draft
    return Draft(routes=tuple(replace(route, steps=_on_board_first(route.steps, on_board)) for route in draft.routes))


def _still_open(day: Day, problem: Problem, courses: Iterable[Course]) -> Draft:
    """The published steps behind the given ones, of visits and shifts that the rest still has."""
    by_key = {course.key: course for course in courses}
    starved = starved_loads(day.problem, by_key.values())
    short_ids = {by_key[key].stops[position].station_id for key, position in starved}
    routes = []
    for course in by_key.values():
        shift = problem.shift_by_id.get(course.key)
        if shift is not None and not course.is_closed:
            steps = tuple(_open_steps(problem, shift, course.stops[course.committed : -1], short_ids))
            routes.append(RouteDraft(worker_id=course.key[0], shift_id=course.key[1], steps=steps))
    return without_visits(Draft(routes=tuple(routes)), [])


def _open_steps(
    problem: Problem, shift: Shift, stops: Iterable[Stop], short_ids: Collection[str | None]
) -> Iterator[Step]:
    """Steps of the stops that can still be; loadings at a station that is short wait for its stock."""
    break_ids = {rest.break_id for rest in shift.breaks}
    for stop in stops:
        if stop.visit_id is not None and stop.visit_id in problem.visit_by_id:
            yield Step(kind=StopKind.VISIT, visit_id=stop.visit_id)
        elif stop.station_id is not None:
            not_before_s = None if stop.station_id in short_ids else stop.start_s
            yield Step(kind=StopKind.LOAD, station_id=stop.station_id, not_before_s=not_before_s)
        elif stop.break_id in break_ids:
            yield Step(kind=StopKind.BREAK, break_id=stop.break_id)


def _on_board_first(steps: tuple[Step, ...], on_board: Mapping[str, str]) -> tuple[Step, ...]:
    first_load = next((i for i, step in enumerate(steps) if step.kind is StopKind.LOAD), len(steps))
    late = [step for step in steps[first_load:] if step.visit_id in on_board]
    if not late:
        return steps
    return (*steps[:first_load], *late, *(step for step in steps[first_load:] if step.visit_id not in on_board))
