"""The rest of a day as a problem of its own, and the whole day put together again.

What has begun, is under way or starts within the freeze is taken as given: every shift begins behind its last committed
stop, and what has been used up (waves, range, trips, working time) is gone. So the past is frozen by construction, and
what remains is an ordinary problem for the ordinary engines and the ordinary judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from optimizer.assign import stations_with_deliveries
from optimizer.judge import with_figures
from optimizer.plan import Draft, Plan, Reason, Route, RouteDraft, SolveStatus, Step, Stop, StopKind, Unassigned
from optimizer.plan_supply import stations_left
from optimizer.problem import Problem, Shift
from optimizer.redispatch.day import Day
from optimizer.redispatch.rest_visits import elders_left, served_by, visits_left
from optimizer.redispatch.rest_workers import workers_left
from optimizer.redispatch.timeline import Course, courses_of, starved_loads, way_s
from optimizer.repair import without_visits
from optimizer.rules import Rule
from optimizer.travel import TravelMatrix

FREEZE_S = 1200
"""Stops that start within so many seconds from now are not changed any more."""


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
        The stops that are given, by route, with their real or expected times; a start stop first, no end stop.
    on_board
        Worker who carries the portions, by visit id; such visits come before the worker's next loading.
    lost
        Why a visit cannot be served any more, by visit id; these are not in `problem`.
    notes
        What had to give way so that the rest is a sound problem.
    """

    problem: Problem
    travel: TravelMatrix
    start: Draft
    committed: tuple[Route, ...] = ()
    on_board: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def rest_of(day: Day, freeze_s: int = FREEZE_S, *, promised: bool = True) -> Rest:
    """What can still be decided at ``day.now_s`` when stops within `freeze_s` are left as they are.

    Without `promised` nobody has been told anything: what a free re-plan may do.
    """
    courses = courses_of(day, freeze_s)
    committed = tuple(replace(course.route, stops=course.given) for course in courses if course.committed)
    workers = workers_left(day, {course.key: course for course in courses})
    visits = visits_left(day, courses, workers.workers, promised=promised)
    supplied = stations_with_deliveries(day.problem, committed)
    problem = replace(
        day.problem,
        stations=stations_left(supplied, committed),
        elders=elders_left(day.problem, served_by(courses)),
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
    )


def on_board_first(draft: Draft, on_board: Mapping[str, str]) -> Draft:
    """`draft` with what is on board handed over before the next loading: leftovers do not pass to the next trip."""
    if not on_board:
        return draft
    return Draft(routes=tuple(replace(route, steps=_on_board_first(route.steps, on_board)) for route in draft.routes))


def joined(day: Day, rest: Rest, plan: Plan) -> Plan:
    """The plan of the whole day: the committed stops, then `plan` of the rest; cost and key figures are the day's.

    Stops print the ways of ``day.travel``; who goes around a closed street arrives later than these say.
    """
    routes = whole_routes(day, rest, plan)
    served = {stop.visit_id for route in routes for stop in route.visit_stops}
    reasons = {item.visit_id: item for item in plan.unassigned}
    unassigned = tuple(
        _unassigned(visit.visit_id, reasons, rest.lost) for visit in day.problem.visits if visit.visit_id not in served
    )
    is_incomplete = any(day.problem.visit_by_id[item.visit_id].mandatory for item in unassigned)
    whole = replace(
        plan,
        problem_name=day.problem.name,
        status=SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE,
        routes=routes,
        unassigned=unassigned,
    )
    return with_figures(day.problem, day.travel, whole)


def whole_routes(day: Day, rest: Rest, plan: Plan) -> tuple[Route, ...]:
    """The routes of :func:`joined`."""
    given = {(route.worker_id, route.shift_id): route for route in rest.committed}
    decided = {(route.worker_id, route.shift_id): route for route in plan.routes}
    routes = (
        _joined_route(day, given.get(key), decided.get(key), shift)
        for key, shift in day.problem.shift_by_id.items()
        if key in given or key in decided
    )
    return tuple(route for route in routes if len(route.stops) > 2)


def _unassigned(visit_id: str, known: Mapping[str, Unassigned], lost: Mapping[str, str]) -> Unassigned:
    if visit_id in known:
        return known[visit_id]
    why = lost.get(visit_id)
    reasons = () if why is None else (Reason(rule=Rule.TIME_WINDOW, worker_ids=(), message=why),)
    return Unassigned(visit_id=visit_id, reasons=reasons)


def _still_open(day: Day, problem: Problem, courses: Iterable[Course]) -> Draft:
    """The published steps behind the given ones, of visits and shifts that the rest still has."""
    by_key = {course.key: course for course in courses}
    starved = starved_loads(day.problem, by_key.values())
    short_ids = {by_key[key].stops[position].station_id for key, position in starved}
    routes = []
    for course in by_key.values():
        shift = problem.shift_by_id.get(course.key)
        if shift is not None:
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


def _joined_route(day: Day, given: Route | None, decided: Route | None, shift: Shift) -> Route:
    """One route of the whole day, from its start stop to its end stop."""
    if given is None:
        assert decided is not None
        return replace(decided, stops=tuple(_printed(day, decided.worker_id, decided.stops)))
    last = given.stops[-1]
    if decided is not None:
        leave = decided.stops[0]
        if leave.place == last.end_place:
            last = replace(last, departure_s=max(last.end_s, leave.departure_s))
        stops = (*given.stops[:-1], last, *decided.stops[1:])
    else:
        stops = (*given.stops, _homecoming(day, given, shift))
    return replace(given, stops=tuple(_printed(day, given.worker_id, stops)))


def _homecoming(day: Day, given: Route, shift: Shift) -> Stop:
    """The end stop of a worker for whom nothing is left to do."""
    last = given.stops[-1]
    place = shift.end_place or last.end_place
    mode = day.problem.worker_by_id[given.worker_id].vehicle.mode
    time_s = last.departure_s + way_s(day.ways, mode, last.end_place, place, last.departure_s)
    return Stop(
        kind=StopKind.END,
        place=place,
        end_place=place,
        arrival_s=time_s,
        start_s=time_s,
        end_s=time_s,
        departure_s=time_s,
    )


def _printed(day: Day, worker_id: str, stops: tuple[Stop, ...]) -> Iterator[Stop]:
    """`stops` with the ways, waits and pins that the whole day's facts say."""
    mode = day.problem.worker_by_id[worker_id].vehicle.mode
    before: Stop | None = None
    for stop in stops:
        duration_s = distance_m = 0
        if before is not None:
            duration_s = way_s(day.travel, mode, before.end_place, stop.place, before.departure_s)
            distance_m = _way_m(day.travel, mode, before, stop)
        visit = day.problem.visit_by_id.get(stop.visit_id or "")
        is_pinned = visit is not None and (bool(visit.pinned_worker_ids) or visit.pinned_start_s is not None)
        wait_s = stop.start_s - stop.arrival_s
        figures = (stop.travel_duration_s, stop.travel_distance_m, stop.wait_duration_s, stop.pinned)
        if figures != (duration_s, distance_m, wait_s, is_pinned):
            stop = replace(  # noqa: PLW2901
                stop,
                travel_duration_s=duration_s,
                travel_distance_m=distance_m,
                wait_duration_s=wait_s,
                pinned=is_pinned,
            )
        yield stop
        before = stop


def _way_m(travel: TravelMatrix, mode: str, before: Stop, stop: Stop) -> int:
    if not {before.end_place, stop.place} <= travel.idx_by_place.keys():
        return 0
    return max(0, travel.distance_row(mode, travel.idx_by_place[before.end_place])[travel.idx_by_place[stop.place]])
