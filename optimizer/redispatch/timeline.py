"""Where everybody is: the published stops with their real or expected times, and which of them are given.

No news is good news: what nothing was reported about goes as planned, as far as what was reported about the stops
before it allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from optimizer.plan import Route, Stop, StopKind
from optimizer.problem import LinkKind, Location, Problem, Worker
from optimizer.reading import window_at
from optimizer.redispatch.day import Day, Delay, Record
from optimizer.travel import TravelMatrix

RouteKey = tuple[str, str]
"""Worker id and shift id."""

_Stock = tuple[str, str]
"""Station id and meal type."""

_MAX_ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One route of the published plan as it goes.

    Attributes
    ----------
    stops
        From the start stop to the end stop, with real or expected times.
    begun
        How many of `stops` have begun by now.
    committed
        How many of `stops` are given; the rest of the day decides about the others.
    """

    route: Route
    stops: tuple[Stop, ...]
    begun: int
    committed: int

    @property
    def key(self) -> RouteKey:
        """Worker id and shift id."""
        return self.route.worker_id, self.route.shift_id

    @property
    def given(self) -> tuple[Stop, ...]:
        """The committed stops."""
        return self.stops[: self.committed]

    @property
    def is_closed(self) -> bool:
        """Whether everything is given, the way home included."""
        return self.committed == len(self.stops)


def courses_of(day: Day, freeze_s: int) -> tuple[Course, ...]:
    """Every route of the published plan, with what has begun, is under way or starts within `freeze_s` committed.

    A visit of several workers starts when the last of them can, and is committed for all of them or for none. Whoever
    has loaded for a supply run brings it.
    """
    known = day.problem.shift_by_id
    routes = [route for route in day.plan.routes if (route.worker_id, route.shift_id) in known and route.stops]
    courses = [_course(day, route, {}) for route in routes]
    awaited: dict[str, int] = {}
    for _ in range(_MAX_ROUNDS):
        uneven = _awaited(day.problem, courses)
        if not uneven:
            break
        awaited |= uneven
        courses = [_course(day, course.route, awaited) if _has_any(course, awaited) else course for course in courses]
    starved = starved_loads(day.problem, courses)
    courses = [replace(course, committed=_committed(day, course, freeze_s, starved)) for course in courses]
    return _together(day.problem, courses)


def mode_of(day: Day, worker: Worker) -> str:
    """The mode a worker moves by for the rest of the day: that of the vehicle, or what replaces it."""
    for down in day.breakdowns:
        is_over = down.until_s is not None and down.until_s <= day.now_s
        if down.worker_id == worker.worker_id and down.fallback_mode is not None and not is_over:
            return down.fallback_mode
    return worker.vehicle.mode


def is_away(day: Day, worker_id: str, time_s: int) -> bool:
    """Whether a worker does not work at `time_s`."""
    return any(span.holds(time_s) for span in day.absences.get(worker_id, ()))


def is_prevented(day: Day, worker_id: str, stop: Stop) -> bool:
    """Whether a stop that has not begun cannot take place: cancelled, or one of the two is away."""
    if is_away(day, worker_id, stop.start_s):
        return True
    if stop.visit_id is None:
        return False
    visit = day.problem.visit_by_id.get(stop.visit_id)
    return visit is None or any(span.holds(stop.start_s) for span in day.elder_absences.get(visit.elder_id or "", ()))


def name_of(stop: Stop) -> str:
    """Id of what happens at a stop; empty for start and end."""
    return stop.visit_id or stop.station_id or stop.break_id or ""


def starved_loads(problem: Problem, courses: Iterable[Course]) -> frozenset[tuple[RouteKey, int]]:
    """Loadings (route and position) still to begin whose portions have not come in by then."""
    loads: dict[_Stock, list[tuple[int, bool, int, RouteKey, int]]] = defaultdict(list)
    arrivals: dict[_Stock, list[tuple[int, int]]] = defaultdict(list)
    for station in problem.stations:
        for wave in station.waves:
            for meal_type, portions in wave.portions.items():
                arrivals[station.station_id, meal_type].append((wave.ready_s, portions))
    for course in courses:
        for position, stop in enumerate(course.stops):
            visit = problem.visit_by_id.get(stop.visit_id or "")
            if visit is not None and visit.delivers_to_station_id is not None:
                for meal_type, portions in visit.demand.items():
                    arrivals[visit.delivers_to_station_id, meal_type].append((stop.end_s, portions))
            for meal_type, portions in stop.load.items():
                load = (stop.start_s, position >= course.begun, portions, course.key, position)
                loads[stop.station_id or "", meal_type].append(load)
    return frozenset(starved for key, wanted in loads.items() for starved in _starved(wanted, arrivals[key]))


def _starved(
    wanted: Iterable[tuple[int, bool, int, RouteKey, int]], arrivals: Collection[tuple[int, int]]
) -> Iterator[tuple[RouteKey, int]]:
    """Loadings, first come first served, that find too little of one meal type at one station."""
    taken = 0
    for start_s, is_open, portions, key, position in sorted(wanted):
        if is_open and taken + portions > sum(amount for ready_s, amount in arrivals if ready_s <= start_s):
            yield key, position
        else:
            taken += portions


def _awaited(problem: Problem, courses: Iterable[Course]) -> dict[str, int]:
    """Expected starts of visits to begin at which some of several workers would be sooner than the others."""
    starts: dict[str, set[int]] = defaultdict(set)
    for course in courses:
        for stop in course.stops[course.begun :]:
            visit = problem.visit_by_id.get(stop.visit_id or "")
            if visit is not None and visit.num_workers > 1:
                starts[visit.visit_id].add(stop.start_s)
    return {visit_id: max(of_visit) for visit_id, of_visit in starts.items() if len(of_visit) > 1}


def _has_any(course: Course, visit_ids: Collection[str]) -> bool:
    return any(stop.visit_id in visit_ids for stop in course.stops)


def _course(day: Day, route: Route, awaited: Mapping[str, int]) -> Course:
    """`route` with real or expected times; nothing that has not begun is committed yet."""
    reports = _reports(day, route)
    stops = _as_driven(day, route, reports)
    delays = [delay for delay in day.delays if delay.worker_id == route.worker_id]
    planned_legs = {(id(a), id(b)): b.arrival_s - a.departure_s for a, b in pairwise(route.stops)}
    timed = [_late_start(stops[0], delays)]
    for planned_before, stop in pairwise(stops):
        leg_s = _leg_s(day, route, timed[-1], stop, planned_legs.get((id(planned_before), id(stop))))
        planned = _held_back(stop, awaited)
        timed.append(_expected_stop(timed[-1], planned, leg_s, reports.get(id(stop)), delays))
    begun = 0
    for stop, planned in zip(timed[:-1], stops, strict=False):
        is_reported = id(planned) in reports
        if stop.start_s > day.now_s or not (is_reported or not is_prevented(day, route.worker_id, stop)):
            break
        begun += 1
    return Course(route=route, stops=tuple(timed), begun=begun, committed=begun)


def _held_back(stop: Stop, awaited: Mapping[str, int]) -> Stop:
    """`stop` not before all its workers can be there."""
    start_s = awaited.get(stop.visit_id or "", stop.start_s)
    if start_s <= stop.start_s:
        return stop
    end_s = start_s + stop.end_s - stop.start_s
    return replace(stop, start_s=start_s, end_s=end_s, departure_s=max(end_s, stop.departure_s))


def _reports(day: Day, route: Route) -> dict[int, Record]:
    """Reports by identity of the planned stop they are about, in all routes of the worker of `route`.

    Of several loadings at one station (or breaks of one name) a report is about the nearest one.
    """
    reports: dict[int, Record] = {}
    records = [record for record in day.records if record.worker_id == route.worker_id]
    planned = [
        stop for other in day.plan.routes if records and other.worker_id == route.worker_id for stop in other.stops
    ]
    for record in records:
        time_s = record.end_s if record.start_s is None else record.start_s
        stops = [
            stop
            for stop in planned
            if stop.kind is record.kind and name_of(stop) == record.name and id(stop) not in reports
        ]
        if stops and time_s is not None:
            reports[id(min(stops, key=lambda stop: abs(stop.start_s - time_s)))] = record
    return reports


def _as_driven(day: Day, route: Route, reports: Mapping[int, Record]) -> list[Stop]:
    """The stops in the order in which they are done: reported ones come before what was planned after their start."""
    stops = list(route.stops)
    last = max((position for position, stop in enumerate(stops) if id(stop) in reports), default=0)
    kept: list[Stop] = []
    pushed: list[Stop] = []
    for position, stop in enumerate(stops[: last + 1]):
        report = reports.get(id(stop))
        if position == 0 or report is not None:
            kept.append(stop)
        elif not is_prevented(day, route.worker_id, stop):
            next_start_s = next(r.start_s for s in stops[position:] if (r := reports.get(id(s))) is not None)
            is_past = next_start_s is None or stop.start_s < next_start_s
            (kept if is_past else pushed).append(stop)
    return [*kept, *pushed, *stops[last + 1 :]]


def _late_start(start: Stop, delays: Iterable[Delay]) -> Stop:
    """The start stop; a worker who is late before leaving leaves late."""
    delay_s = sum(delay.delay_s for delay in delays if delay.at_s < start.departure_s)
    late_s = start.departure_s + delay_s
    return replace(start, arrival_s=late_s, start_s=late_s, end_s=late_s, departure_s=late_s)


def _expected_stop(before: Stop, stop: Stop, leg_s: int, report: Record | None, delays: Iterable[Delay]) -> Stop:
    """`stop` after `before`: as planned where nothing is in the way, no sooner than the way allows, as reported."""
    arrival_s = before.departure_s + leg_s
    start_s = arrival_s if stop.kind is StopKind.END else max(arrival_s, stop.start_s)
    for delay in delays:
        if before.departure_s <= delay.at_s < start_s:
            arrival_s += delay.delay_s
            start_s = max(start_s, arrival_s)
    if report is not None and report.start_s is not None:
        start_s = report.start_s
    end_s = start_s + stop.end_s - stop.start_s
    end_s += sum(delay.delay_s for delay in delays if start_s <= delay.at_s < end_s and stop.kind is not StopKind.END)
    if report is not None and report.end_s is not None:
        end_s = report.end_s
        start_s = min(start_s, end_s)
    arrival_s = min(arrival_s, start_s)
    departure_s = max(end_s, stop.departure_s)
    if (arrival_s, start_s, end_s) == (stop.arrival_s, stop.start_s, stop.end_s):
        return stop
    return replace(
        stop,
        arrival_s=arrival_s,
        start_s=start_s,
        end_s=end_s,
        departure_s=departure_s,
        wait_duration_s=start_s - arrival_s,
    )


def _leg_s(day: Day, route: Route, before: Stop, stop: Stop, planned_s: int | None) -> int:
    """Seconds from `before` to `stop`: as planned, but no less than the way takes where something is in the way."""
    worker = day.problem.worker_by_id[route.worker_id]
    mode = mode_of(day, worker)
    is_as_planned = day.detoured is None and mode == worker.vehicle.mode
    if planned_s is not None and (is_as_planned or before.departure_s + planned_s <= day.now_s):
        return planned_s
    return max(planned_s or 0, way_s(day.ways, mode, before.end_place, stop.place, before.departure_s))


def way_s(travel: TravelMatrix, mode: str, origin: Location, destination: Location, departure_s: int) -> int:
    """Seconds of a way that somebody is on already; 0 where the matrix has none."""
    way = travel.way(mode, origin, destination, departure_s)
    return 0 if way is None else way[0]


def _committed(day: Day, course: Course, freeze_s: int, starved: Collection[tuple[RouteKey, int]]) -> int:
    """How many stops of `course` are given, looked at alone."""
    end = course.begun
    for position in range(max(1, course.begun), len(course.stops) - 1):
        stop = course.stops[position]
        is_soon = stop.start_s <= day.now_s + freeze_s or _is_supply_on_board(day.problem, course, position, end)
        if not is_soon or (course.key, position) in starved or not _can_be(day, course, stop):
            break
        end = position + 1
    return end


def _can_be(day: Day, course: Course, stop: Stop) -> bool:
    """Whether a stop that has not begun can take place when it is expected to."""
    if is_prevented(day, course.route.worker_id, stop):
        return False
    if stop.visit_id is not None:
        visit = day.problem.visit_by_id[stop.visit_id]
        is_pin_kept = visit.pinned_start_s in {None, stop.start_s}
        return is_pin_kept and window_at(visit.windows, stop.start_s) is not None
    if stop.break_id is not None:
        shift = day.problem.shift_by_id[course.key]
        return any(
            rest.break_id == stop.break_id and rest.start_s <= stop.start_s <= rest.end_s for rest in shift.breaks
        )
    return True


def _is_supply_on_board(problem: Problem, course: Course, position: int, committed: int) -> bool:
    """Whether a stop lies on the way of a supply run whose portions are loaded."""
    loads = [i for i, stop in enumerate(course.stops) if stop.kind is StopKind.LOAD]
    last_load = max((i for i in loads if i < committed), default=None)
    if last_load is None:
        return False
    next_load = min((i for i in loads if i > last_load), default=len(course.stops))
    runs = (
        i
        for i in range(last_load + 1, next_load)
        if (visit := problem.visit_by_id.get(course.stops[i].visit_id or "")) is not None
        and visit.delivers_to_station_id is not None
    )
    return position <= max(runs, default=-1)


def _together(problem: Problem, courses: list[Course]) -> tuple[Course, ...]:
    """`courses` cut back until what starts together is committed together."""
    by_key = {course.key: course for course in courses}
    where: dict[str, list[tuple[RouteKey, int]]] = defaultdict(list)
    for course in courses:
        for position, stop in enumerate(course.stops):
            if stop.visit_id is not None:
                where[stop.visit_id].append((course.key, position))
    bound: list[tuple[str, ...]] = [(visit.visit_id,) for visit in problem.visits if visit.num_workers > 1]
    bound += [(k.first_visit_id, k.second_visit_id) for k in problem.links if k.kind is LinkKind.SAME_START]
    is_settled = False
    while not is_settled:
        is_settled = True
        for visit_ids in bound:
            spots = [spot for visit_id in visit_ids for spot in where[visit_id]]
            if all(position < by_key[key].committed for key, position in spots):
                continue
            for key, position in spots:
                if by_key[key].begun <= position < by_key[key].committed:
                    by_key[key] = replace(by_key[key], committed=position)
                    is_settled = False
    return tuple(_from_home(course) for course in by_key.values())


def _from_home(course: Course) -> Course:
    """A start stop alone is not given before the worker has left."""
    return replace(course, committed=0) if course.committed == 1 and course.begun == 0 else course
