"""The rest of a day as a problem of its own, and the whole day put together again.

What has begun, is under way or starts within the freeze is taken as given: every shift begins behind its last committed
stop, and what has been used up (waves, range, trips, working time) is gone. So the past is frozen by construction, and
what remains is an ordinary problem for the ordinary engines and the ordinary judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from optimizer.assign import stations_with_deliveries
from optimizer.cost import cost_of
from optimizer.judge import with_figures
from optimizer.plan import Draft, Plan, Reason, Route, RouteDraft, SolveStatus, Step, Stop, StopKind, Unassigned
from optimizer.plan_supply import stations_left
from optimizer.problem import Location, Problem, Shift
from optimizer.redispatch.day import Day
from optimizer.redispatch.focus import closed, concerned_worker_ids
from optimizer.redispatch.params import FREEZE_S
from optimizer.redispatch.rest_visits import elders_left, served_by, visits_left
from optimizer.redispatch.rest_workers import workers_left
from optimizer.redispatch.timeline import Course, courses_of, starved_loads, way_s
from optimizer.repair import without_visits
from optimizer.rules import Rule
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
        (:mod:`optimizer.redispatch.focus`).
    """
    courses = courses_of(day, freeze_s)
    worker_ids = frozenset(day.problem.worker_by_id)
    if only_concerned:
        worker_ids = concerned_worker_ids(day, courses)
        courses = closed(courses, worker_ids)
    committed = tuple(replace(course.route, stops=course.given) for course in courses if course.committed)
    workers = workers_left(day, {course.key: course for course in courses}, worker_ids)
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
        is_whole=len(worker_ids) == len(day.problem.workers),
    )


def on_board_first(draft: Draft, on_board: Mapping[str, str]) -> Draft:
    """`draft` with what is on board handed over before the next loading: leftovers do not pass to the next trip."""
    if not on_board:
        return draft
    return Draft(routes=tuple(replace(route, steps=_on_board_first(route.steps, on_board)) for route in draft.routes))


def joined(day: Day, rest: Rest, plan: Plan, *, figures: bool = True) -> Plan:
    """The plan of the whole day: the committed stops, then `plan` of the rest; cost and key figures are the day's.

    Without `figures` there are no key figures: they take about as long as everything else. Stops print the ways of
    ``day.travel``; who goes around a closed street arrives later than these say.
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
    if figures:
        return with_figures(day.problem, day.travel, whole)
    return replace(whole, cost=cost_of(day.problem, day.travel, whole), kpis={})


def whole_routes(day: Day, rest: Rest, plan: Plan) -> tuple[Route, ...]:
    """The routes of :func:`joined`."""
    given = {(route.worker_id, route.shift_id): route for route in rest.committed}
    decided = {(route.worker_id, route.shift_id): route for route in plan.routes}
    routes = (
        _joined_route(day, given.get(key), decided.get(key), shift, rest.problem.shift_by_id.get(key))
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


def _joined_route(
    day: Day, given: Route | None, decided: Route | None, shift: Shift, shift_left: Shift | None
) -> Route:
    """One route of the whole day, from its start stop to its end stop; breaks still due are taken on the way home."""
    if given is None:
        assert decided is not None
        return replace(decided, stops=tuple(_printed(day, decided.worker_id, decided.stops)))
    last = given.stops[-1]
    if last.kind is StopKind.END:
        return given
    if decided is not None:
        leave = decided.stops[0]
        if leave.place == last.end_place:
            last = replace(last, departure_s=max(last.end_s, leave.departure_s))
        stops = (*given.stops[:-1], last, *decided.stops[1:])
    else:
        stops = given.stops
        if shift_left is not None and any(stop.kind is StopKind.VISIT for stop in stops):
            stops = (*stops, *_breaks_due(day, given, shift_left))
        mode = day.problem.worker_by_id[given.worker_id].vehicle.mode
        stops = (*stops, _next_stop(day, mode, stops[-1], StopKind.END, place=shift.end_place))
    return replace(given, stops=tuple(_printed(day, given.worker_id, stops)))


def _breaks_due(day: Day, given: Route, shift: Shift) -> Iterator[Stop]:
    """The mandatory breaks of a worker for whom no visit is left."""
    mode = day.problem.worker_by_id[given.worker_id].vehicle.mode
    last = given.stops[-1]
    for rest in sorted(shift.breaks, key=lambda rest: rest.start_s):
        if rest.mandatory:
            earliest_s = max(rest.start_s, shift.start_s)
            last = _next_stop(day, mode, last, StopKind.BREAK, place=rest.place, earliest_s=earliest_s)
            last = replace(last, break_id=rest.break_id, end_s=last.start_s + rest.duration_s)
            last = replace(last, departure_s=last.end_s)
            yield last


def _next_stop(day: Day, mode: str, last: Stop, kind: StopKind, *, place: Location | None, earliest_s: int = 0) -> Stop:
    """A stop of no duration at `place` (``None``: where the worker is), as soon as it can be reached."""
    place = place or last.end_place
    arrival_s = last.departure_s + way_s(day.ways, mode, last.end_place, place, last.departure_s)
    start_s = max(arrival_s, earliest_s)
    return Stop(
        kind=kind,
        place=place,
        end_place=place,
        arrival_s=arrival_s,
        start_s=start_s,
        end_s=start_s,
        departure_s=start_s,
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
