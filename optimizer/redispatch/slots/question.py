"""A new visit as a question: its times, its ways, who may serve it, and where its portions can come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.errors import InputError, InvalidProblem, Issue, Severity
from optimizer.problem import Elder, Link, Location, Station, Visit, Worker
from optimizer.reading import hands_over
from optimizer.redispatch.new_visit import alone
from optimizer.redispatch.slots.estimate import Asked, Interval, NewLoad
from optimizer.redispatch.slots.routes import PlanFacts
from optimizer.redispatch.slots.shifts import ShiftTable
from optimizer.redispatch.windows import cut
from optimizer.travel.matrix import WALK
from optimizer.travel.reach import Reach, Surroundings
from optimizer.validate import validate_problem

_NUM_STATIONS = 3
"""New loadings are tried at so many of the nearest stations that have the portions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A new visit with what is known about it before any position is looked at.

    Attributes
    ----------
    loads
        Loadings of its own that it may have, nearest station first; empty for a visit without demand.
    station_ids
        Stations whose trips it may ride along with.
    """

    visit: Visit
    elder: Elder | None
    links: tuple[Link, ...]
    asked: Asked
    loads: tuple[NewLoad, ...]
    station_ids: frozenset[str]


def question_of(
    facts: PlanFacts, shifts: ShiftTable, surroundings: Surroundings, visit: Visit, elder: Elder | None
) -> Question:
    """What is known about `visit`.

    Raises
    ------
    InputError
        If the visit is served already, needs several workers, or is wrong in itself.
    """
    problem = facts.problem
    _require_sound(facts, visit, elder)
    if elder is None and visit.elder_id is not None:
        elder = problem.elder_by_id[visit.elder_id]
    links = problem.links_by_visit_id.get(visit.visit_id, ())
    place, end_place = _ends_of(visit, elder)
    inward = surroundings.reach(place)
    stations = _suppliers(facts, visit, inward)
    asked = Asked(
        visit=visit,
        inward=inward,
        outward=inward if end_place == place else surroundings.reach(end_place),
        duration_s=shifts.durations_s(visit),
        fixed_cents=shifts.fixed_cents(visit, elder),
        may_serve=shifts.may_serve(visit, elder, links),
        intervals=_intervals(facts, visit, links),
    )
    return Question(
        visit=visit,
        elder=elder,
        links=links,
        asked=asked,
        loads=_new_loads(facts, visit, stations),
        station_ids=frozenset(station.station_id for station in stations),
    )


def _ends_of(visit: Visit, elder: Elder | None) -> tuple[Location, Location]:
    place = visit.place if visit.place is not None or elder is None else elder.place
    assert place is not None, f"visit {visit.visit_id!r} has neither place nor elder"
    return place, visit.end_place or place


def _require_sound(facts: PlanFacts, visit: Visit, elder: Elder | None) -> None:
    """Raise what is wrong with a new visit and its elder."""
    problem, path = facts.problem, "visit"
    if stops := facts.stops_of(visit.visit_id):
        text = f"visit {visit.visit_id!r} is already served by worker {stops[0].worker.worker_id!r}."
        raise InputError([Issue(code="already-served", path=path, message=text, hint="Give the new visit another id.")])
    if visit.num_workers != 1:
        text = f"visit {visit.visit_id!r} needs {visit.num_workers} workers; slots are for visits of one worker."
        hint = "Leave visits of several workers to re-planning."
        raise InputError([Issue(code="several-workers", path=path, message=text, hint=hint)])
    if elder is not None and problem.elder_by_id.get(elder.elder_id, elder) != elder:
        text = f"elder {elder.elder_id!r} is known with other facts."
        raise InputError([Issue(code="elder-known", path="elder", message=text, hint="Leave the elder out.")])
    for is_short in (True, False):
        issues = validate_problem(alone(problem, visit, elder, is_short=is_short))
        errors = [issue for issue in issues if issue.severity is Severity.ERROR]
        if not errors:
            return
    raise InvalidProblem(errors)


def _intervals(facts: PlanFacts, visit: Visit, links: Sequence[Link]) -> tuple[Interval, ...]:
    """Starts that windows and links leave; how long the visit takes whom is looked at later."""
    nobody = Worker(worker_id="", shifts=(), duration_percent=1)
    windows = cut(visit.windows, facts.free_starts(visit, nobody, links, None))
    intervals = [
        Interval(
            window.start_s,
            window.end_s,
            window.start_s if window.soft_start_s is None else window.soft_start_s,
            window.end_s if window.soft_end_s is None else window.soft_end_s,
        )
        for window in windows
    ]
    pinned_s = visit.pinned_start_s
    if pinned_s is None:
        return tuple(intervals)
    return tuple(
        interval._replace(start_s=pinned_s, end_s=pinned_s)
        for interval in intervals
        if interval.start_s <= pinned_s <= interval.end_s
    )


def _suppliers(facts: PlanFacts, visit: Visit, inward: Reach) -> list[Station]:
    """Stations that may supply `visit`, nearest first."""
    if not hands_over(visit):
        return []
    travel, mode = facts.travel, WALK if WALK in inward.inward else next(iter(inward.inward))
    distances = inward.inward[mode][1]
    allowed = []
    for station in facts.problem.stations:
        metres = int(distances[travel.idx_by_place[station.place]])
        is_near = station.service_radius_m is None or visit.delivers_to_station_id is not None
        is_near = is_near or mode != WALK or metres <= (station.service_radius_m or 0)
        if is_near and (not visit.station_ids or station.station_id in visit.station_ids):
            allowed.append((metres, station.station_id, station))
    return [station for _, _, station in sorted(allowed, key=lambda item: item[:2])]


def _new_loads(facts: PlanFacts, visit: Visit, stations: Sequence[Station]) -> tuple[NewLoad, ...]:
    """Loadings of its own that the visit may have: at the nearest stations that have its portions left."""
    loads: list[NewLoad] = []
    for station in stations:
        ready_s = facts.stock.earliest_s(station.station_id, visit.demand)
        if ready_s is not None and len(loads) < _NUM_STATIONS:
            place_idx = facts.travel.idx_by_place[station.place]
            loads.append(NewLoad(station=station, place_idx=place_idx, ready_s=max(ready_s, visit.ready_s or 0)))
    return tuple(loads)
