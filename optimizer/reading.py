"""A plan read against the facts: every stop with what it names, where that is and what the way there takes.

This is the common ground of judge, cost and key figures. Of what a plan prints, only ids, times and loads are taken
over; places, travel and supply are derived again from the problem and the travel matrix.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from optimizer.plan import Plan, Route, Stop, StopKind, Violation
from optimizer.problem import Break, Location, Problem, Shift, Station, TimeWindow, Visit, Worker
from optimizer.rules import RULES, Rule
from optimizer.travel import TravelMatrix
from optimizer.units import format_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStop:
    """A stop with the facts behind it.

    Attributes
    ----------
    place, end_place
        Where the facts put it, whatever it prints.
    left_s
        Departure from the stop before; the stop's own arrival for the first stop.
    travel_duration_s, travel_distance_m
        The way from the stop before by the worker's mode, leaving at `left_s`; ``None`` where there is no way.
    load_stop
        For visits: the load stop of their trip, ``None`` before the first loading.
    """

    stop: Stop
    worker: Worker
    shift: Shift
    place: Location
    end_place: Location
    left_s: int
    travel_duration_s: int | None = 0
    travel_distance_m: int | None = 0
    visit: Visit | None = None
    station: Station | None = None
    rest: Break | None = None
    load_stop: ReadStop | None = None

    @property
    def duration_s(self) -> int:
        """Seconds from start to end."""
        return self.stop.end_s - self.stop.start_s

    @property
    def wait_duration_s(self) -> int:
        """Seconds from arrival to start."""
        return self.stop.start_s - self.stop.arrival_s

    @property
    def food_age_s(self) -> int | None:
        """Seconds from the end of loading to the start of service; ``None`` where nothing loaded is handed over."""
        if self.visit is None or self.load_stop is None or not hands_over(self.visit):
            return None
        return self.stop.start_s - self.load_stop.stop.end_s


@dataclass(frozen=True, kw_only=True)
class ReadRoute:
    """A route whose worker and shift the problem has, with those of its stops that name known things."""

    route: Route
    worker: Worker
    shift: Shift
    stops: tuple[ReadStop, ...]

    @cached_property
    def visit_stops(self) -> tuple[ReadStop, ...]:
        """Stops at which a visit is served."""
        return tuple(stop for stop in self.stops if stop.visit is not None)

    @cached_property
    def load_stops(self) -> tuple[ReadStop, ...]:
        """Stops at which portions are loaded."""
        return tuple(stop for stop in self.stops if stop.station is not None)

    @cached_property
    def break_stops(self) -> tuple[ReadStop, ...]:
        """Stops at which a break is taken."""
        return tuple(stop for stop in self.stops if stop.rest is not None)

    @property
    def is_used(self) -> bool:
        """Whether the route serves a visit; one that serves none costs nothing."""
        return bool(self.visit_stops)

    @property
    def departure_s(self) -> int:
        """When the worker leaves the first stop."""
        return self.stops[0].stop.departure_s

    @property
    def return_s(self) -> int:
        """When the worker arrives at the last stop."""
        return self.stops[-1].stop.arrival_s

    @cached_property
    def travel_duration_s(self) -> int:
        """Seconds under way."""
        return sum(stop.travel_duration_s or 0 for stop in self.stops)

    @cached_property
    def travel_distance_m(self) -> int:
        """Metres under way."""
        return sum(stop.travel_distance_m or 0 for stop in self.stops)

    @cached_property
    def wait_duration_s(self) -> int:
        """Seconds between arrival and start, over all stops."""
        return sum(stop.wait_duration_s for stop in self.stops)

    @cached_property
    def load_s(self) -> int:
        """The worker's load: seconds of travel, loading and service."""
        return self.travel_duration_s + sum(stop.duration_s for stop in chain(self.load_stops, self.visit_stops))


@dataclass(frozen=True, kw_only=True)
class ReadPlan:
    """A plan read against the facts; `faults` are the references that lead nowhere."""

    problem: Problem
    travel: TravelMatrix
    plan: Plan
    routes: tuple[ReadRoute, ...]
    faults: tuple[Violation, ...] = field(default=())

    @cached_property
    def used_routes(self) -> tuple[ReadRoute, ...]:
        """Routes that serve a visit."""
        return tuple(route for route in self.routes if route.is_used)

    @cached_property
    def visit_stops(self) -> tuple[ReadStop, ...]:
        """Stops at which a visit is served, in order of routes."""
        return tuple(stop for route in self.routes for stop in route.visit_stops)

    @cached_property
    def load_stops(self) -> tuple[ReadStop, ...]:
        """Stops at which portions are loaded, in order of routes."""
        return tuple(stop for route in self.routes for stop in route.load_stops)

    @cached_property
    def stops_by_visit_id(self) -> dict[str, tuple[ReadStop, ...]]:
        """Stops that serve a visit, in order of routes, by visit id; visits not served are absent."""
        stops: dict[str, list[ReadStop]] = {}
        for stop in self.visit_stops:
            stops.setdefault(visit_of(stop).visit_id, []).append(stop)
        return {visit_id: tuple(of_visit) for visit_id, of_visit in stops.items()}

    @cached_property
    def served(self) -> tuple[tuple[Visit, tuple[ReadStop, ...]], ...]:
        """Served visits with their stops, in the problem's order."""
        stops = self.stops_by_visit_id
        return tuple((visit, stops[visit.visit_id]) for visit in self.problem.visits if visit.visit_id in stops)

    @cached_property
    def load_s_by_worker_id(self) -> dict[str, int]:
        """Seconds of travel, loading and service by worker id, every worker of the problem included."""
        load_s = dict.fromkeys(self.problem.worker_by_id, 0)
        for route in self.used_routes:
            load_s[route.worker.worker_id] += route.load_s
        return load_s


def read_plan(problem: Problem, travel: TravelMatrix, plan: Plan) -> ReadPlan:
    """Read `plan` against `problem` and `travel`.

    Never raises on account of the plan: what names an unknown thing becomes a fault and is left out. The problem must
    be sound and its places and modes must be in `travel`.
    """
    faults = list(_unknown_unassigned(problem, plan))
    routes: list[ReadRoute] = []
    for route in plan.routes:
        if (route.worker_id, route.shift_id) not in problem.shift_by_id:
            faults.append(_unknown_shift(problem, route))
            continue
        fault_by_position = _stop_faults(problem, route)
        faults += fault_by_position.values()
        routes.append(_read_route(problem, travel, route, fault_by_position))
    return ReadPlan(problem=problem, travel=travel, plan=plan, routes=tuple(routes), faults=tuple(faults))


def violation(
    rule: Rule,
    text: str,
    *,
    worker_id: str | None = None,
    shift_id: str | None = None,
    visit_id: str | None = None,
    station_id: str | None = None,
) -> Violation:
    """A violation whose message is `text` (the value and the law) and the rule's hint (the cure)."""
    return Violation(
        rule=rule,
        message=f"{text} {RULES[rule].hint}",
        worker_id=worker_id,
        shift_id=shift_id,
        visit_id=visit_id,
        station_id=station_id,
    )


def hands_over(visit: Visit) -> bool:
    """Whether `visit` hands over portions (and so needs a loading)."""
    return any(visit.demand.values())


def visit_of(stop: ReadStop) -> Visit:
    """The visit that `stop` serves; only for stops that serve one."""
    assert stop.visit is not None, f"a {stop.stop.kind} stop serves no visit"
    return stop.visit


def start_of(stops: Iterable[ReadStop]) -> int:
    """When a visit starts: when the last of its workers starts."""
    return max(stop.stop.start_s for stop in stops)


def end_of(stops: Iterable[ReadStop]) -> int:
    """When a visit has ended: when the last of its workers has ended."""
    return max(stop.stop.end_s for stop in stops)


def window_at(windows: Iterable[TimeWindow], start_s: int) -> TimeWindow | None:
    """The first window that contains `start_s`, both ends included."""
    return next((window for window in windows if window.start_s <= start_s <= window.end_s), None)


def format_windows(windows: Iterable[TimeWindow]) -> str:
    """Windows as ``"10:30-11:30, 16:00-17:00"``."""
    return ", ".join(f"{format_clock(window.start_s)}-{format_clock(window.end_s)}" for window in windows)


def _unknown_unassigned(problem: Problem, plan: Plan) -> Iterator[Violation]:
    for unassigned in plan.unassigned:
        if unassigned.visit_id not in problem.visit_by_id:
            text = f"the plan lists visit {unassigned.visit_id!r} as unassigned, which the problem does not have."
            yield violation(Rule.REFERENCE, text, visit_id=unassigned.visit_id)


def _unknown_shift(problem: Problem, route: Route) -> Violation:
    if route.worker_id not in problem.worker_by_id:
        text = f"the problem has no worker {route.worker_id!r}."
    else:
        text = f"worker {route.worker_id!r} has no shift {route.shift_id!r}."
    return violation(Rule.REFERENCE, text, worker_id=route.worker_id, shift_id=route.shift_id)


def _stop_faults(problem: Problem, route: Route) -> dict[int, Violation]:
    """What is wrong with the names in the stops, by position; sound stops are absent."""
    break_ids = {rest.break_id for rest in problem.shift_by_id[route.worker_id, route.shift_id].breaks}
    return {
        position: violation(
            Rule.REFERENCE,
            text,
            worker_id=route.worker_id,
            shift_id=route.shift_id,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
        )
        for position, stop in enumerate(route.stops)
        if (text := _wrong_name(problem, break_ids, stop)) is not None
    }


def _wrong_name(problem: Problem, break_ids: set[str], stop: Stop) -> str | None:
    """The first name in `stop` that is missing, unknown or of another kind, in words."""
    known_ids: dict[StopKind, Collection[str]] = {
        StopKind.VISIT: problem.visit_by_id,
        StopKind.LOAD: problem.station_by_id,
        StopKind.BREAK: break_ids,
    }
    named = {StopKind.VISIT: stop.visit_id, StopKind.LOAD: stop.station_id, StopKind.BREAK: stop.break_id}
    if stop.kind in known_ids and named[stop.kind] not in known_ids[stop.kind]:
        return f"a {stop.kind} stop names {named[stop.kind]!r}, which the problem does not have."
    for kind, name in named.items():
        if kind is not stop.kind and name is not None:
            return f"a {stop.kind} stop names {kind} {name!r}; it may name nothing of another kind."
    for meal_type in stop.load:
        if meal_type not in problem.meal_type_by_id:
            return f"a {stop.kind} stop loads meal type {meal_type!r}, which the problem does not have."
    return None


def _read_route(problem: Problem, travel: TravelMatrix, route: Route, faults: Container[int]) -> ReadRoute:
    """The route with its sound stops; one with a fault stays on the way but is not reported."""
    worker, shift = problem.worker_by_id[route.worker_id], problem.shift_by_id[route.worker_id, route.shift_id]
    rests = {rest.break_id: rest for rest in shift.breaks}
    places = _places_of(problem, travel, route, faults)
    stops: list[ReadStop] = []
    load_stop: ReadStop | None = None
    for position, stop in enumerate(route.stops):
        if position in faults:
            continue
        place, end_place = places[position]
        left_s = stop.arrival_s
        way: tuple[int, int] | None = (0, 0)
        if position > 0:
            left_s = route.stops[position - 1].departure_s
            way = travel.way(worker.vehicle.mode, places[position - 1][1], place, left_s)
        read = ReadStop(
            stop=stop,
            worker=worker,
            shift=shift,
            place=place,
            end_place=end_place,
            left_s=left_s,
            travel_duration_s=None if way is None else way[0],
            travel_distance_m=None if way is None else way[1],
            visit=None if stop.visit_id is None else problem.visit_by_id[stop.visit_id],
            station=None if stop.station_id is None else problem.station_by_id[stop.station_id],
            rest=None if stop.break_id is None else rests[stop.break_id],
            load_stop=load_stop,
        )
        if stop.kind is StopKind.LOAD:
            load_stop = read
        stops.append(read)
    return ReadRoute(route=route, worker=worker, shift=shift, stops=tuple(stops))


def _places_of(
    problem: Problem, travel: TravelMatrix, route: Route, faults: Container[int]
) -> list[tuple[Location, Location]]:
    """Where each stop begins and ends: as the facts fix it, else wherever the worker is.

    A stop with a fault is believed where its printed places are in the travel matrix.
    """
    fixed: list[tuple[Location, Location] | None] = []
    for position, stop in enumerate(route.stops):
        if position not in faults:
            fixed.append(_fixed_places(problem, route, stop))
        elif {stop.place, stop.end_place} <= travel.idx_by_place.keys():
            fixed.append((stop.place, stop.end_place))
        else:
            fixed.append(None)
    here = next((pair[0] for pair in fixed if pair is not None), None)
    places: list[tuple[Location, Location]] = []
    for stop, pair in zip(route.stops, fixed, strict=True):
        place, here = pair or (here or stop.place, here or stop.place)
        places.append((place, here))
    return places


def _fixed_places(problem: Problem, route: Route, stop: Stop) -> tuple[Location, Location] | None:
    """Begin and end of a sound stop; ``None`` where that is wherever the worker is."""
    shift = problem.shift_by_id[route.worker_id, route.shift_id]
    if stop.visit_id is not None:
        visit = problem.visit_by_id[stop.visit_id]
        return problem.place_of(visit), problem.end_place_of(visit)
    if stop.station_id is not None:
        place: Location | None = problem.station_by_id[stop.station_id].place
    elif stop.break_id is not None:
        place = next(rest.place for rest in shift.breaks if rest.break_id == stop.break_id)
    else:
        place = shift.start_place if stop.kind is StopKind.START else shift.end_place
    return None if place is None else (place, place)
