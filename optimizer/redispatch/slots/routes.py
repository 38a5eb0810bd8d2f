"""One route of a plan cut out as a problem of its own, so that it can be timed and judged without the others.

What is bound to visits in other routes keeps a start that suits these as they stand: nobody else is ever moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.plan import Draft, Plan, RouteDraft, Step, Stop, StopKind, break_step, load_step, visit_step
from optimizer.problem import Link, LinkKind, Problem, Shift, Visit, Worker, service_duration_s
from optimizer.reading import ReadPlan, ReadRoute, ReadStop, end_of, read_plan, start_of, visit_of
from optimizer.redispatch.slots.stock import Stock, station_ids_of, stock_view
from optimizer.redispatch.windows import Bounds, cut
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix

RouteKey = tuple[str, str]
"""Worker id and shift id."""


class PlanFacts:
    """A plan read against its problem, with what is looked up often; ``read_routes`` are those that are used."""

    def __init__(
        self,
        problem: Problem,
        travel: TravelMatrix,
        plan: Plan,
        read_routes: Mapping[RouteKey, ReadRoute] | None = None,
    ) -> None:
        self.problem, self.travel, self.plan = problem, travel, plan
        if read_routes is None:
            read = read_plan(problem, travel, plan).routes
            read_routes = {_key_of(route): route for route in read if route.is_used}
        self.read_routes = read_routes

    def prepare(self) -> None:
        """Look everything up now, so that no question has to wait for it."""
        for name in _LOOKED_UP:
            getattr(self, name)

    def with_route(self, problem: Problem, travel: TravelMatrix, plan: Plan, read: ReadRoute | None) -> PlanFacts:
        """The facts of `plan`, in which at most one route is another one, and of a problem with other visits.

        What was looked up already is brought up to date.
        """
        routes = dict(self.read_routes)
        if read is not None and read.is_used:
            routes[_key_of(read)] = read
        elif read is not None:
            routes.pop(_key_of(read), None)
        facts = PlanFacts(problem, travel, plan, routes)
        if read is None:
            known = {name: value for name, value in self.__dict__.items() if name in _LOOKED_UP}
            facts.__dict__.update(known)
        elif self.__dict__.keys() >= _LOOKED_UP:
            before = self.read_routes.get(_key_of(read))
            facts.stock = self.stock.with_route_changed(before, read)
            facts.stops_by_visit_id = _with_stops(self.stops_by_visit_id, before, read)
            facts.visit_ids_by_elder_id = _with_elders(self.visit_ids_by_elder_id, before, read, facts)
        return facts

    @cached_property
    def reading(self) -> ReadPlan:
        """The plan as the judge reads it."""
        routes = tuple(self.read_routes.values())
        reading = ReadPlan(problem=self.problem, travel=self.travel, plan=self.plan, routes=routes)
        if "stops_by_visit_id" in self.__dict__:
            reading.__dict__["stops_by_visit_id"] = self.stops_by_visit_id  # what it would work out again
        return reading

    @cached_property
    def stops_by_visit_id(self) -> Mapping[str, tuple[ReadStop, ...]]:
        """Stops that serve a visit, one per worker; visits not served are absent."""
        return self.reading.stops_by_visit_id

    @cached_property
    def stock(self) -> Stock:
        """What the stations have left."""
        return Stock(self.problem.stations, [stock_view(route) for route in self.read_routes.values()])

    @cached_property
    def visit_ids_by_elder_id(self) -> dict[str, list[str]]:
        """Served visits that count for continuity, by elder."""
        visit_ids: dict[str, list[str]] = {}
        for visit, _ in self.reading.served:
            if visit.elder_id is not None and visit.counts_for_continuity:
                visit_ids.setdefault(visit.elder_id, []).append(visit.visit_id)
        return visit_ids

    def stops_of(self, visit_id: str) -> tuple[ReadStop, ...]:
        """The stops that serve a visit, one per worker."""
        return self.stops_by_visit_id.get(visit_id, ())

    def views(self, visit_ids: Iterable[str], but: RouteKey) -> tuple[ReadRoute, ...]:
        """The routes other than `but` that serve any of `visit_ids`, with nothing but the stops that do."""
        stops_by_key: dict[RouteKey, list[ReadStop]] = {}
        for visit_id in visit_ids:
            for stop in self.stops_of(visit_id):
                stops_by_key.setdefault((stop.worker.worker_id, stop.shift.shift_id), []).append(stop)
        return tuple(
            replace(self.read_routes[key], stops=tuple(stops)) for key, stops in stops_by_key.items() if key != but
        )

    def free_starts(self, visit: Visit, worker: Worker, links: Iterable[Link], but: RouteKey | None) -> Bounds:
        """Starts of `visit` by `worker` that suit what `links` bind it to in routes other than `but`."""
        free = Bounds()
        for link in links:
            is_first = link.first_visit_id == visit.visit_id
            stops = self.stops_of(link.second_visit_id if is_first else link.first_visit_id)
            if link.kind.is_timed and stops and all(_key_of(stop) != but for stop in stops):
                free = free.within(_suiting(link, visit, worker, stops, is_first=is_first))
        return free


_LOOKED_UP = {"stock", "stops_by_visit_id", "visit_ids_by_elder_id"}


def _with_stops(
    known: Mapping[str, tuple[ReadStop, ...]], before: ReadRoute | None, after: ReadRoute
) -> dict[str, tuple[ReadStop, ...]]:
    """Stops by visit with those of one route in place of what it had before."""
    stops, key = dict(known), _key_of(after)
    for stop in () if before is None else before.visit_stops:
        visit_id = visit_of(stop).visit_id
        stops[visit_id] = tuple(other for other in stops[visit_id] if _key_of(other) != key)
    for stop in after.visit_stops:
        visit_id = visit_of(stop).visit_id
        stops[visit_id] = (*stops.get(visit_id, ()), stop)
    for stop in () if before is None else before.visit_stops:
        visit_id = visit_of(stop).visit_id
        if not stops[visit_id]:
            del stops[visit_id]
    return stops


def _with_elders(
    known: Mapping[str, list[str]], before: ReadRoute | None, after: ReadRoute, facts: PlanFacts
) -> dict[str, list[str]]:
    """Served visits that count for continuity, by elder, where one route is another one and the rest as before."""
    visit_ids = dict(known)
    for stop in (*(() if before is None else before.visit_stops), *after.visit_stops):
        visit = visit_of(stop)
        if visit.elder_id is not None and visit.counts_for_continuity:
            others = [name for name in visit_ids.get(visit.elder_id, ()) if name != visit.visit_id]
            visit_ids[visit.elder_id] = [*others, visit.visit_id] if facts.stops_of(visit.visit_id) else others
    return visit_ids


def _key_of(read: ReadRoute | ReadStop) -> RouteKey:
    return read.worker.worker_id, read.shift.shift_id


def _suiting(link: Link, visit: Visit, worker: Worker, others: tuple[ReadStop, ...], *, is_first: bool) -> Bounds:
    """Starts of `visit` that keep a timed link to a visit whose start stands."""
    start_s = start_of(others)
    if link.kind is LinkKind.SAME_START:
        return Bounds(start_s, start_s)
    if link.kind is LinkKind.BEFORE:
        latest_s = min(stop.stop.start_s for stop in others) - service_duration_s(visit, worker)
        return Bounds(latest_s=latest_s) if is_first else Bounds(end_of(others))
    if is_first:
        earliest_s = None if link.max_gap_s is None else start_s - link.max_gap_s
        return Bounds(earliest_s, start_s - link.min_gap_s)
    return Bounds(start_s + link.min_gap_s, None if link.max_gap_s is None else start_s + link.max_gap_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """One shift of a plan, used or not, as the judge needs it.

    Attributes
    ----------
    worker
        With this shift alone.
    read
        The route as it stands; ``None`` where the shift is not used.
    problem
        The facts of this route alone; links go to the visits of other routes, too.
    """

    worker: Worker
    shift: Shift
    read: ReadRoute | None
    problem: Problem

    @property
    def key(self) -> RouteKey:
        """Worker id and shift id."""
        return self.worker.worker_id, self.shift.shift_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCase(RouteFacts):
    """One shift of a plan with what it takes to time it anew.

    Attributes
    ----------
    timed
        The facts for the timing: windows clipped to starts that suit other routes, links inside the route only.
    draft
        Its steps; loadings may start as early as stock allows where that changes nothing by itself.
    """

    timed: Problem
    draft: RouteDraft


def route_facts(facts: PlanFacts, worker: Worker, shift: Shift) -> RouteFacts:
    """The facts of one shift."""
    read, alone = facts.read_routes.get((worker.worker_id, shift.shift_id)), replace(worker, shifts=(shift,))
    if read is None:
        return RouteFacts(worker=alone, shift=shift, read=None, problem=part_of(facts.problem, alone, (), (), ()))
    ids = dict.fromkeys(visit_of(stop).visit_id for stop in read.visit_stops)
    visits = tuple(facts.problem.visit_by_id[visit_id] for visit_id in ids)
    by_visit_id = facts.problem.links_by_visit_id
    links = tuple(dict.fromkeys(link for visit_id in ids for link in by_visit_id.get(visit_id, ())))
    stations = {stop.station.station_id for stop in read.load_stops if stop.station is not None}
    return RouteFacts(
        worker=alone, shift=shift, read=read, problem=part_of(facts.problem, alone, visits, links, stations)
    )


def route_case(facts: PlanFacts, worker: Worker, shift: Shift) -> RouteCase:
    """The case of one shift."""
    route = route_facts(facts, worker, shift)
    timed, draft = route.problem, _unused(worker, shift)
    if route.read is not None:
        ids, links = timed.visit_by_id, timed.links
        timed = replace(
            timed,
            visits=tuple(_clipped(facts, visit, route.worker, route.key) for visit in timed.visits),
            links=tuple(link for link in links if link.first_visit_id in ids and link.second_visit_id in ids),
        )
        draft = _draft_of(facts, timed, route.read)
    return RouteCase(worker=route.worker, shift=shift, read=route.read, problem=route.problem, timed=timed, draft=draft)


def touched_keys(facts: PlanFacts, read: ReadRoute | None) -> set[RouteKey]:
    """Routes that have to do with one: by visits linked in time, visits of several workers, or a station's stock."""
    if read is None:
        return set()
    keys: set[RouteKey] = set()
    for stop in read.visit_stops:
        visit_id = "" if stop.visit is None else stop.visit.visit_id
        links = facts.problem.links_by_visit_id.get(visit_id, ())
        for other_id in {visit_id, *(end for link in links for end in (link.first_visit_id, link.second_visit_id))}:
            keys.update(_key_of(other) for other in facts.stops_of(other_id))
    for station_id in station_ids_of(stock_view(read)):
        keys.update(_key_of(view) for view in facts.stock.views_by_station_id.get(station_id, ()))
    return keys


def part_of(
    problem: Problem, worker: Worker, visits: tuple[Visit, ...], links: tuple[Link, ...], station_ids: Iterable[str]
) -> Problem:
    """The facts of one worker with some visits, under the same prices."""
    elder_ids = dict.fromkeys(visit.elder_id for visit in visits if visit.elder_id is not None)
    return replace(
        problem,
        workers=(worker,),
        visits=visits,
        elders=tuple(problem.elder_by_id[elder_id] for elder_id in elder_ids),
        links=links,
        stations=tuple(problem.station_by_id[station_id] for station_id in sorted(station_ids)),
    )


def _clipped(facts: PlanFacts, visit: Visit, worker: Worker, key: RouteKey) -> Visit:
    free = facts.free_starts(visit, worker, facts.problem.links_by_visit_id.get(visit.visit_id, ()), key)
    if visit.num_workers > 1:
        start_s = start_of(facts.stops_of(visit.visit_id))
        free = Bounds(start_s, start_s)
    return visit if free == Bounds() else replace(visit, windows=cut(visit.windows, free))


def _unused(worker: Worker, shift: Shift) -> RouteDraft:
    """A shift of breaks alone."""
    rests = sorted(shift.breaks, key=lambda rest: rest.start_s)
    steps = tuple(break_step(rest.break_id) for rest in rests)
    return RouteDraft(worker_id=worker.worker_id, shift_id=shift.shift_id, steps=steps)


def _draft_of(facts: PlanFacts, timed: Problem, read: ReadRoute) -> RouteDraft:
    """The route's steps with loadings as early as stock allows, or as printed where that would move a visit."""
    stops = [stop.stop for stop in read.stops if stop.stop.kind not in {StopKind.START, StopKind.END}]
    worker_id, shift_id = read.worker.worker_id, read.shift.shift_id
    as_printed = RouteDraft(worker_id=worker_id, shift_id=shift_id, steps=tuple(_step_of(stop) for stop in stops))
    if not read.load_stops:
        return as_printed
    steps = tuple(_step_of(stop, earliest_load_s(facts.stock, stop)) for stop in stops)
    free = RouteDraft(worker_id=worker_id, shift_id=shift_id, steps=steps)
    (route,) = time_draft(timed, facts.travel, Draft(routes=(free,)))
    starts = [(stop.visit_id, stop.start_s) for stop in route.visit_stops]
    return free if starts == [(stop.stop.visit_id, stop.stop.start_s) for stop in read.visit_stops] else as_printed


def earliest_load_s(stock: Stock, stop: Stop, wanted: Mapping[str, int] | None = None) -> int | None:
    """Earliest time to which a loading can be moved, `wanted` portions more included; ``None`` where there are none."""
    if stop.station_id is None:
        return None
    return stock.earliest_s(stop.station_id, wanted or {}, stop.load, stop.start_s)


def _step_of(stop: Stop, load_s: int | None = None) -> Step:
    if stop.visit_id is not None:
        return visit_step(stop.visit_id)
    if stop.station_id is not None:
        return load_step(stop.station_id, stop.start_s if load_s is None else load_s)
    assert stop.break_id is not None, f"a {stop.kind} stop is no step"
    return break_step(stop.break_id)
