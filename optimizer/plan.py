"""The decisions: a :class:`Draft` is who does what in which order, a :class:`Plan` that with times, cost and reasons.

Engines, hand-made plans and re-planning all speak drafts; :func:`optimizer.timing.time_draft` gives them times, and the
judge (:mod:`optimizer.check`, :mod:`optimizer.cost`) re-derives everything from the stops of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal

from optimizer.problem import Location
from optimizer.rules import CostTerm, Rule
from optimizer.units import WIRE, Cents, Clock, Count, Metres, Seconds


class StopKind(StrEnum):
    """What happens at a stop."""

    START = "start"
    LOAD = "load"
    VISIT = "visit"
    BREAK = "break"
    END = "end"


class SolveStatus(StrEnum):
    """How far a plan goes."""

    COMPLETE = "complete"
    """Every mandatory visit is served."""
    INCOMPLETE = "incomplete"
    """At least one mandatory visit is unassigned; the reasons are in the plan."""
    INVALID = "invalid"
    """A hand-made plan that breaks a rule; no engine's plan has this status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision of a route: load at a station, serve a visit, or take a break.

    Exactly the id that belongs to `kind` is set. ``not_before_s`` is the earliest start the planner wants (for a load:
    when the wave it takes from is ready); ``None`` leaves that to the timing.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: Literal[StopKind.LOAD, StopKind.VISIT, StopKind.BREAK]
    visit_id: str | None = None
    station_id: str | None = None
    break_id: str | None = None
    not_before_s: Clock | None = None


def visit_step(visit_id: str, not_before_s: int | None = None) -> Step:
    """Serve a visit."""
    return Step(kind=StopKind.VISIT, visit_id=visit_id, not_before_s=not_before_s)


def load_step(station_id: str, not_before_s: int | None = None) -> Step:
    """Load at a station whatever the visits up to the next load need."""
    return Step(kind=StopKind.LOAD, station_id=station_id, not_before_s=not_before_s)


def break_step(break_id: str) -> Step:
    """Take a break."""
    return Step(kind=StopKind.BREAK, break_id=break_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which station supplies a visit's portions, and when the wave they come from is ready."""

    station_id: str
    ready_s: int


Sources = Mapping[str, Source]
"""Supply decided before routing, by visit id; visits without demand are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDraft:
    """The steps of one worker's shift, in order, without times."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_id: str
    shift_id: str
    steps: tuple[Step, ...]

    @property
    def visit_ids(self) -> tuple[str, ...]:
        """Ids of the visits served, in order."""
        return tuple(step.visit_id for step in self.steps if step.visit_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Who does what in which order: the bare decisions of a plan. A shift without a route is not used."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    routes: tuple[RouteDraft, ...] = ()

    @property
    def served_visit_ids(self) -> frozenset[str]:
        """Ids of all visits that some route serves."""
        return frozenset(visit_id for route in self.routes for visit_id in route.visit_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a route with its times.

    ``arrival_s <= start_s <= end_s <= departure_s``; the wait is ``start_s - arrival_s``. Travel is that from the stop
    before. ``load`` is what a load stop takes on, by meal type. ``pinned`` repeats that the problem fixes this visit.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: StopKind
    place: Location
    end_place: Location
    arrival_s: Clock
    start_s: Clock
    end_s: Clock
    departure_s: Clock
    travel_duration_s: Seconds = 0
    travel_distance_m: Metres = 0
    wait_duration_s: Seconds = 0
    visit_id: str | None = None
    station_id: str | None = None
    break_id: str | None = None
    load: Mapping[str, Count] = field(default_factory=dict)
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """The stops between two loadings: a load stop (``None`` before the first loading) and what follows it."""

    load_stop: Stop | None
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The stops of one worker's shift, from a start stop to an end stop."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_id: str
    shift_id: str
    stops: tuple[Stop, ...]

    @property
    def trips(self) -> tuple[Trip, ...]:
        """The route cut at its load stops; a first part without loading counts only where it has stops."""
        trips: list[Trip] = []
        load_stop: Stop | None = None
        stops: list[Stop] = []
        for stop in self.stops:
            if stop.kind in {StopKind.START, StopKind.END}:
                continue
            if stop.kind is StopKind.LOAD:
                if load_stop is not None or stops:
                    trips.append(Trip(load_stop=load_stop, stops=tuple(stops)))
                load_stop, stops = stop, []
            else:
                stops.append(stop)
        if load_stop is not None or stops:
            trips.append(Trip(load_stop=load_stop, stops=tuple(stops)))
        return tuple(trips)

    @property
    def visit_stops(self) -> tuple[Stop, ...]:
        """The stops at which a visit is served, in order."""
        return tuple(stop for stop in self.stops if stop.kind is StopKind.VISIT)


class RemedyKind(StrEnum):
    """The single changes that :mod:`optimizer.explain` tries for an unserved visit."""

    INSERT = "insert"
    WIDEN_WINDOW = "widen-window"
    EXTEND_SHIFT = "extend-shift"
    ADD_SKILL = "add-skill"
    MORE_PORTIONS = "more-portions"
    MORE_CAPACITY = "more-capacity"
    SWAP = "swap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule in the way of a visit, and the workers in whose routes it was met when every insertion was tried."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    rule: Rule
    worker_ids: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One change that makes the visit servable, tried and judged; ``price_cents`` is the change of the plan's cost.

    The cost of leaving the visit unserved is not counted: the price is what serving it this way adds to the rest.
    Which of the optional fields are set depends on `kind`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: RemedyKind
    message: str
    price_cents: int
    worker_id: str | None = None
    shift_id: str | None = None
    change_s: int | None = None
    skill: str | None = None
    level: int | None = None
    station_id: str | None = None
    amount: Mapping[str, int] = field(default_factory=dict)
    dropped_visit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A visit that the plan does not serve, why not, and what would serve it (cheapest first)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    reasons: tuple[Reason, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    num_insertions_tried: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Cost of a plan by term, in yuan cents; terms of no cost are left out."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    cents_by_term: Mapping[CostTerm, Cents] = field(default_factory=dict)

    @property
    def total_cents(self) -> int:
        """Sum of all terms."""
        return sum(self.cents_by_term.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that a plan breaks, and where."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    rule: Rule
    message: str
    worker_id: str | None = None
    shift_id: str | None = None
    visit_id: str | None = None
    station_id: str | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a plan comes from: enough to make it again."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    engine: str
    seed: int = 0
    problem_hash: str = ""
    travel_hash: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    first_plan_s: float | None = None
    duration_s: float | None = None
    lower_bound_cents: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All decisions for one problem: routes with times, what is left unserved and why, cost and key figures.

    A visit of several workers appears as one stop in the route of each.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    schema_version: Literal[1] = 1
    problem_name: str = ""
    status: SolveStatus
    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...] = ()
    cost: Cost = Cost()
    kpis: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = Provenance(engine="hand")

    @property
    def draft(self) -> Draft:
        """The bare decisions; loads keep their printed start as the earliest one."""
        return Draft(routes=tuple(_draft_of(route) for route in self.routes))


def _draft_of(route: Route) -> RouteDraft:
    steps = (
        Step(
            kind=stop.kind,
            visit_id=stop.visit_id,
            station_id=stop.station_id,
            break_id=stop.break_id,
            not_before_s=stop.start_s if stop.kind is StopKind.LOAD else None,
        )
        for stop in route.stops
        if stop.kind is not StopKind.START and stop.kind is not StopKind.END
    )
    return RouteDraft(worker_id=route.worker_id, shift_id=route.shift_id, steps=tuple(steps))
