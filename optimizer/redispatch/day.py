"""The state of a day: facts as now known, the published plan, what people were told and what has happened.

Nothing is changed in place: :func:`after` gives the day after an event, :func:`publish` the day after a new plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean
from optimizer.plan import Plan, StopKind
from optimizer.problem import Problem, SupplyWave
from optimizer.redispatch.closures import detoured, with_mode
from optimizer.redispatch.diff import PlanDiff, Service, diff_plans, services_of, told_after
from optimizer.redispatch.events import (
    ElderAbsent,
    Event,
    KitchenLate,
    StopDone,
    StopStarted,
    StreetClosed,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
)
from optimizer.redispatch.new_visit import alone
from optimizer.redispatch.windows import Span
from optimizer.travel import StreetGraph, TravelMatrix
from optimizer.travel.reach import Surroundings
from optimizer.units import format_clock
from optimizer.validate import ERROR_CODES, validate_problem


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
        Vehicles that fail and streets that are closed or will be.
    detoured
        `travel` around the closures; ``None`` where there are none.
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
    detoured: TravelMatrix | None = None
    urgent_visit_ids: frozenset[str] = frozenset()
    streets: StreetGraph | None = None

    @property
    def ways(self) -> TravelMatrix:
        """Travel as it is now, around closed streets.

        A closure still to come counts from the moment it is known: nobody is planned into it.
        """
        return self.travel if self.detoured is None else self.detoured


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
    issues = tuple(event_issues(day, event))
    if issues:
        raise InputError(issues)
    return at(_known(day, event), event.at_s)


def at(day: Day, now_s: int) -> Day:
    """`day` at a later time at which nothing new is known; streets closed until then are open again.

    Raises
    ------
    InputError
        If time would run backwards.
    """
    if now_s < day.now_s:
        message = f"{format_clock(now_s)} is past: the day is known up to {format_clock(day.now_s)}."
        raise InputError([Issue(code="event-past", path="now", message=message, hint="Go forwards.")])
    closures = tuple(closure for closure in day.closures if closure.until_s > now_s)
    later = replace(day, now_s=now_s, closures=closures)
    return later if closures == day.closures else replace(later, detoured=_detoured(later))


def publish(day: Day, plan: Plan, diff: PlanDiff | None = None) -> Day:
    """`day` with `plan` published; those to whom it is news know it from here on.

    `diff` is that from ``day.plan`` and what was told, where it is at hand.
    """
    diff = diff or diff_plans(day.problem, day.plan, plan, told=day.told)
    told = told_after(day.told, diff)
    for visit_id in told.keys() - day.problem.visit_by_id.keys():
        del told[visit_id]
    return replace(day, plan=plan, told=told, delays=())


def _known(day: Day, event: Event) -> Day:
    """The facts of `day` with those of `event`, whatever the clock says."""
    known = day
    match event:
        case VisitAdded():
            known = _with_visit(day, event)
        case VisitCancelled():
            known = replace(day, problem=_without_visit(day.problem, event.visit_id))
        case ElderAbsent():
            span = Span(from_s=event.from_s, until_s=event.until_s)
            known = replace(day, elder_absences=_with_span(day.elder_absences, event.elder_id, span))
        case WorkerIll():
            span = Span(from_s=event.at_s if event.from_s is None else event.from_s)
            known = replace(day, absences=_with_span(day.absences, event.worker_id, span))
        case WorkerLate():
            delay = Delay(worker_id=event.worker_id, at_s=event.at_s, delay_s=event.delay_s)
            known = replace(day, delays=(*day.delays, delay))
        case WorkerBack():
            known = _with_worker_back(day, event)
        case VehicleDown():
            known = _with_breakdown(day, event)
        case KitchenLate():
            known = replace(day, problem=_with_late_waves(day.problem, event))
        case StreetClosed():
            closed = replace(day, closures=(*day.closures, event))
            known = replace(closed, detoured=_detoured(closed))
        case StopStarted() | StopDone():
            known = replace(day, records=_with_report(day.records, event))
    return known


def _with_visit(day: Day, event: VisitAdded) -> Day:
    problem = day.problem.with_visit(event.visit, event.elder)
    mentioned = (None if event.elder is None else event.elder.place, event.visit.place, event.visit.end_place)
    places = [place for place in mentioned if place is not None]
    travel = Surroundings(day.travel, problem.modes, day.streets).with_places(places)
    urgent = day.urgent_visit_ids | {event.visit.visit_id} if event.urgent else day.urgent_visit_ids
    grown = replace(day, problem=problem, travel=travel, urgent_visit_ids=urgent)
    return grown if travel is day.travel else replace(grown, detoured=_detoured(grown))


def _without_visit(problem: Problem, visit_id: str) -> Problem:
    links = (link for link in problem.links if visit_id not in {link.first_visit_id, link.second_visit_id})
    visits = (visit for visit in problem.visits if visit.visit_id != visit_id)
    return replace(problem, visits=tuple(visits), links=tuple(links))


def _with_span(spans: Mapping[str, tuple[Span, ...]], name: str, span: Span) -> dict[str, tuple[Span, ...]]:
    return {**spans, name: (*spans.get(name, ()), span)}


def _with_worker_back(day: Day, event: WorkerBack) -> Day:
    """Absences and breakdowns of the worker end when they are back."""
    spans = (_ended(span, event.from_s) for span in day.absences.get(event.worker_id, ()))
    absences = {**day.absences, event.worker_id: tuple(span for span in spans if span is not None)}
    breakdowns = (
        down
        if down.worker_id != event.worker_id or (down.until_s is not None and down.until_s <= event.from_s)
        else replace(down, until_s=max(down.from_s, event.from_s))
        for down in day.breakdowns
    )
    return replace(day, absences=absences, breakdowns=tuple(breakdowns))


def _ended(span: Span, until_s: int) -> Span | None:
    """`span` up to `until_s` at the latest; None where nothing is left of it."""
    if span.from_s >= until_s:
        return None
    return span if span.until_s is not None and span.until_s <= until_s else replace(span, until_s=until_s)


def _with_breakdown(day: Day, event: VehicleDown) -> Day:
    broken = replace(day, breakdowns=(*day.breakdowns, event))
    if event.fallback_mode is None:
        span = Span(from_s=event.from_s, until_s=event.until_s)
        return replace(broken, absences=_with_span(day.absences, event.worker_id, span))
    if event.fallback_mode in day.travel.duration_s:
        return broken
    mode = next(mode for mode in day.problem.modes if mode.mode == event.fallback_mode)
    rolling = replace(broken, travel=with_mode(day.travel, mode, day.streets))
    return replace(rolling, detoured=_detoured(rolling))


def _with_late_waves(problem: Problem, event: KitchenLate) -> Problem:
    """Waves of the station with their new times; without a wave's name all those that are not ready yet."""

    def is_late(wave: SupplyWave) -> bool:
        if event.wave_id is not None:
            return wave.wave_id == event.wave_id
        return wave.ready_s + event.delay_s > event.at_s

    stations = []
    for station in problem.stations:
        if station.station_id == event.station_id:
            waves = (replace(w, ready_s=w.ready_s + event.delay_s) if is_late(w) else w for w in station.waves)
            station = replace(station, waves=tuple(waves))  # noqa: PLW2901
        stations.append(station)
    return replace(problem, stations=tuple(stations))


def _detoured(day: Day) -> TravelMatrix | None:
    return detoured(day.travel, day.closures, day.problem.modes, day.streets) if day.closures else None


def _with_report(records: tuple[Record, ...], event: StopStarted | StopDone) -> tuple[Record, ...]:
    """`records` with what `event` adds to the one of its stop, or with a new one; a loading may be reported twice."""
    kind, name = named_stop(event)
    started_s = event.start_s if isinstance(event, StopStarted) else None
    ended_s = event.end_s if isinstance(event, StopDone) else None
    fresh = Record(worker_id=event.worker_id, kind=kind, name=name, start_s=started_s, end_s=ended_s)
    for position in range(len(records) - 1, -1, -1):
        known = records[position]
        if (known.worker_id, known.kind, known.name) == (event.worker_id, kind, name) and known.end_s is None:
            if ended_s is None:
                break
            return (*records[:position], replace(known, end_s=ended_s), *records[position + 1 :])
    return (*records, fresh)


def named_stop(event: StopStarted | StopDone) -> tuple[StopKind, str]:
    """Kind and id of the stop that a report is about."""
    if event.visit_id is not None:
        return StopKind.VISIT, event.visit_id
    if event.station_id is not None:
        return StopKind.LOAD, event.station_id
    assert event.break_id is not None, "a report names a stop"
    return StopKind.BREAK, event.break_id


def event_issues(day: Day, event: Event) -> Iterator[Issue]:
    """Everything about `event` that does not agree with `day`."""
    if event.at_s < day.now_s:
        message = f"the event became known at {format_clock(event.at_s)}, but the day is at {format_clock(day.now_s)}."
        yield _issue("event-past", "at", message, "Report events in the order in which they became known.")
    yield from _reference_issues(day, event)
    match event:
        case VisitAdded():
            yield from _added_issues(day, event)
        case VisitCancelled():
            yield from _begun_issues(day, event)
        case ElderAbsent() | VehicleDown() | StreetClosed():
            if event.until_s is not None and event.until_s <= event.from_s:
                span = f"{format_clock(event.from_s)}-{format_clock(event.until_s)}"
                yield _issue("span-reversed", "until", f"{span} ends before it begins.", "Swap the two times.")
        case StopStarted() | StopDone():
            yield from _report_issues(day, event)


def _reference_issues(day: Day, event: Event) -> Iterator[Issue]:
    problem = day.problem
    known_ids: dict[str, Mapping[str, object]] = {
        "visit_id": problem.visit_by_id,
        "worker_id": problem.worker_by_id,
        "elder_id": problem.elder_by_id,
        "station_id": problem.station_by_id,
        "fallback_mode": {mode.mode: mode for mode in problem.modes},
    }
    for key, known in known_ids.items():
        name = getattr(event, key, None)
        if name is not None and name not in known:
            noun = key.removesuffix("_id").replace("fallback_", "")
            hint = did_you_mean(name, known) or "Correct the id."
            yield _issue(f"unknown-{noun}", key, f"the day has no {noun} {name!r}.", hint)
    if isinstance(event, KitchenLate) and event.wave_id is not None and event.station_id in problem.station_by_id:
        wave_ids = [wave.wave_id for wave in problem.station_by_id[event.station_id].waves]
        if event.wave_id not in wave_ids:
            message = f"station {event.station_id!r} has no wave {event.wave_id!r}."
            yield _issue("unknown-wave", "wave_id", message, did_you_mean(event.wave_id, wave_ids) or "Correct the id.")


def _added_issues(day: Day, event: VisitAdded) -> Iterator[Issue]:
    """Whether the new visit and its elder are sound facts by themselves and new."""
    problem, visit, elder = day.problem, event.visit, event.elder
    if visit.visit_id in problem.visit_by_id:
        yield _issue("id-duplicate", "visit.visit_id", f"there is a visit {visit.visit_id!r} already.", "Rename it.")
    if elder is not None and elder.elder_id in problem.elder_by_id:
        message = f"the day knows elder {elder.elder_id!r} already."
        yield _issue("id-duplicate", "elder.elder_id", message, "Leave the elder out.")
        elder = None
    if not any(found.code in ERROR_CODES for found in validate_problem(alone(problem, visit, elder, is_short=True))):
        return
    elders = problem.elders if elder is None else (*problem.elders, elder)
    for found in validate_problem(replace(problem, elders=elders, visits=(visit,), links=())):
        if found.code in ERROR_CODES and found.path.startswith(("visits[0]", f"elders[{len(problem.elders)}]")):
            path = found.path.replace("visits[0]", "visit").replace(f"elders[{len(problem.elders)}]", "elder")
            yield replace(found, path=path)


def _begun_issues(day: Day, event: VisitCancelled) -> Iterator[Issue]:
    for record in day.records:
        if (record.kind, record.name) == (StopKind.VISIT, event.visit_id):
            message = f"visit {event.visit_id!r} has begun; what has begun cannot be cancelled."
            yield _issue("visit-begun", "visit_id", message, "Report its end.")
            return


def _report_issues(day: Day, event: StopStarted | StopDone) -> Iterator[Issue]:
    key, time_s = ("start", event.start_s) if isinstance(event, StopStarted) else ("end", event.end_s)
    if time_s > event.at_s:
        message = f"{format_clock(time_s)} is still to come at {format_clock(event.at_s)}."
        yield _issue("report-ahead", key, message, "Report what has happened, when it has.")
    kind, name = named_stop(event)
    stops = (s for route in day.plan.routes if route.worker_id == event.worker_id for s in route.stops)
    if not any((stop.kind, name) == (kind, stop.visit_id or stop.station_id or stop.break_id) for stop in stops):
        message = f"the published plan has no {kind} {name!r} for worker {event.worker_id!r}."
        yield _issue("not-in-plan", f"{kind}_id" if kind is not StopKind.LOAD else "station_id", message, "")


def _issue(code: str, path: str, message: str, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)
