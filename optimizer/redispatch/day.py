"""The state of a day: facts as now known, the published plan, what people were told and what has happened.

Nothing is changed in place: :func:`after` gives the day after an event, :func:`publish` the day after a new plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.plan import Plan, StopKind
from optimizer.problem import Problem
from optimizer.redispatch.diff import Service, services_of
from optimizer.redispatch.events import Event, StreetClosed, VehicleDown
from optimizer.travel import StreetGraph, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``from_s`` up to but excluding ``until_s`` (``None``: for the rest of the horizon)."""

    from_s: int
    until_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was reported about one stop of the published plan: when it started and ended, as far as known."""

    worker_id: str
    kind: StopKind
    name: str
    start_s: int | None = None
    end_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A worker reported to be ``delay_s`` late, at ``at_s``."""

    worker_id: str
    at_s: int
    delay_s: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """What is known of a day at ``now_s``.

    Attributes
    ----------
    problem
        The day's facts: visits added are in it, cancelled ones are not, waves are ready when they are said to be.
    travel
        Over all places of `problem`, with every street open.
    plan
        The plan as published last, of the whole day.
    told
        What elders were told of each visit, by visit id; a plan that moves a visit within its tolerance tells nothing.
    records, delays
        Reports from the road. No news is good news: a stop that nothing was reported about goes as planned.
    absences, elder_absences
        When workers and elders are away, by id.
    breakdowns, closures
        Vehicles that fail and streets that are closed.
    urgent_visit_ids
        Added visits that come first.
    streets
        What `travel` was measured on; ``None`` where that is not known and new ways are measured by the straight line.
    """

    problem: Problem
    travel: TravelMatrix
    plan: Plan
    now_s: int = 0
    told: Mapping[str, Service] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    delays: tuple[Delay, ...] = ()
    absences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    elder_absences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    breakdowns: tuple[VehicleDown, ...] = ()
    closures: tuple[StreetClosed, ...] = ()
    urgent_visit_ids: frozenset[str] = frozenset()
    streets: StreetGraph | None = None


def open_day(
    problem: Problem, travel: TravelMatrix, plan: Plan, *, now_s: int = 0, streets: StreetGraph | None = None
) -> Day:
    """The day of a published plan, before anything has happened; everybody has been told what `plan` says."""
    return Day(problem=problem, travel=travel, plan=plan, now_s=now_s, told=services_of(plan), streets=streets)


def after(day: Day, event: Event) -> Day:
    """`day` once `event` is known: facts and clock are new, the plan is what it was.

    Raises
    ------
    InputError
        With everything about the event that does not agree with the day: unknown or doubled ids, an event older than
        what is known already, a visit cancelled after it has begun.
    """
    raise NotImplementedError


def publish(day: Day, plan: Plan) -> Day:
    """`day` with `plan` published; who is told something new knows it from here on."""
    raise NotImplementedError
