"""A day that is over: the facts as they turned out, and what really happened as a plan like any other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from optimizer.plan import Plan, Route, SolveStatus, Stop, StopKind, Unassigned
from optimizer.problem import Problem, Visit
from optimizer.redispatch.day import Day
from optimizer.redispatch.events import Event
from optimizer.redispatch.windows import without
from optimizer.travel import TravelMatrix
from scenarios.simulation.crew import Mate

NOBODY_OPENS, CALLED_OFF, TOO_LATE, NO_PORTIONS = "nobody opens", "called off", "too late", "no portions"
"""Why a visit is not served although somebody was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """A re-plan: what brought it about, who was told something new, and how long it took."""

    at_s: int
    cause: str
    elder_ids: tuple[str, ...]
    worker_ids: tuple[str, ...]
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class Played:
    """A day that is over.

    Attributes
    ----------
    problem
        The facts as they turned out, with everything asked for and not called off.
    plan
        What really happened, as a plan without cost.
    missed
        Why visits were not served although somebody was sent, by visit id.
    events
        What happened beside stops, as it became known.
    replans
        Every re-plan, in order.
    """

    problem: Problem
    travel: TravelMatrix
    plan: Plan
    missed: Mapping[str, str]
    events: tuple[Event, ...]
    replans: tuple[Replan, ...]


def wanted(
    day: Day, lost: Iterable[Visit], served: Collection[str], missed: Mapping[str, str], no_shows: Collection[str]
) -> Problem:
    """The facts as they turned out: `lost` visits are wanted still, what elders called off is not."""
    kept = [
        visit
        for visit in day.problem.visits
        if visit.visit_id in served or not _is_called_off(day, visit, missed, no_shows)
    ]
    visits = (*kept, *(visit for visit in lost if visit.visit_id not in no_shows))
    names = {visit.visit_id for visit in visits}
    links = (k for k in day.problem.links if {k.first_visit_id, k.second_visit_id} <= names)
    return replace(day.problem, visits=visits, links=tuple(links))


def as_driven(problem: Problem, mates: Iterable[Mate]) -> Plan:
    """What really happened as a plan."""
    routes = tuple(
        Route(worker_id=mate.worker.worker_id, shift_id=shift_id, stops=_closed(stops))
        for mate in mates
        for shift_id, stops in mate.driven.items()
    )
    served = {stop.visit_id for route in routes for stop in route.visit_stops}
    unassigned = tuple(Unassigned(visit_id=v.visit_id) for v in problem.visits if v.visit_id not in served)
    status = SolveStatus.INCOMPLETE if unassigned else SolveStatus.COMPLETE
    return Plan(problem_name=problem.name, status=status, routes=routes, unassigned=unassigned)


def _is_called_off(day: Day, visit: Visit, missed: Mapping[str, str], no_shows: Collection[str]) -> bool:
    """Whether a visit was not served because of the elder: nobody opened, or they were away in all its windows."""
    spans = day.elder_absences.get(visit.elder_id or "", ())
    if not spans:
        return False
    is_in_vain = visit.visit_id in no_shows or missed.get(visit.visit_id) in {NOBODY_OPENS, CALLED_OFF}
    return is_in_vain or not without(visit.windows, spans, visit.service_duration_s)


def _closed(stops: list[Stop]) -> tuple[Stop, ...]:
    """The stops of a route, with an end where the worker stayed."""
    last = stops[-1]
    if last.kind is StopKind.END:
        return tuple(stops)
    end = Stop(
        kind=StopKind.END,
        place=last.end_place,
        end_place=last.end_place,
        arrival_s=last.departure_s,
        start_s=last.departure_s,
        end_s=last.departure_s,
        departure_s=last.departure_s,
    )
    return (*stops, end)
