"""What goes otherwise on a day: seeded events at documented rates, for any problem of one day.

Rates without a source are assumed and meant to be replaced by a district's own figures. Each kind of event has its own
stream of random numbers, so that changing one rate leaves the other events as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from optimizer.problem import Elder, Network, Problem, Shift, TimeWindow, Visit, Worker, missing_skills
from optimizer.redispatch.events import (
    ElderAbsent,
    Event,
    KitchenLate,
    StreetClosed,
    VehicleDown,
    VisitAdded,
    VisitCancelled,
    WorkerBack,
    WorkerIll,
    WorkerLate,
)
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from scenarios.scenario import Streams

URGENT_PREFIX = "urgent"
"""Urgent visits are called ``urgent-1``, ``urgent-2`` and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRates:
    """How often a day goes otherwise than planned; every rate is per day unless it says something else.

    Attributes
    ----------
    help_calls_per_elder
        Help calls of an elder who is connected: 2.4 million in eleven years of Shanghai's 安康通 with 80,000 users at
        the end, at a mean of 40,000 users (assumed) 5.5 a year.
    help_visit_share
        Share of help calls that need somebody to come (assumed; most are settled by telephone).
    care_cancelled_share, care_no_show_share
        Share of home visits called off on the day, and of those at which nobody opens. Together 6 %: of 125,000 booked
        rides of elders to their doctors in Delaware, 2008-2010, 6 % did not take place; who of the two is assumed.
    meal_cancelled_share, meal_no_show_share
        The same of meals (assumed: a third of that, somebody who eats is at home).
    requests_share
        Further visits asked for on the day, over visits planned (assumed).
    ill_share
        Share of workers with a shift who fall out: 5.1 days lost to sickness a year in England's social care in
        2019/20 (9.5 in the year after), over 225 working days.
    ill_in_shift_share, back_share
        Of those, who fall ill while at work, and who are back after two hours (both assumed).
    late_share
        Share of workers who begin late, by 10-30 minutes (assumed).
    breakdown_share
        Share of vehicles that break down (assumed).
    kitchen_late_share
        Share of waves that are late, by 10-30 minutes (assumed).
    street_closures
        Mean number of places that nobody can pass for one to three hours (assumed).
    """

    help_calls_per_elder: float = 5.5 / 365
    help_visit_share: float = 0.2
    care_cancelled_share: float = 0.04
    care_no_show_share: float = 0.02
    meal_cancelled_share: float = 0.013
    meal_no_show_share: float = 0.007
    requests_share: float = 0.01
    ill_share: float = 5.1 / 225
    ill_in_shift_share: float = 0.5
    back_share: float = 0.2
    late_share: float = 0.05
    breakdown_share: float = 0.005
    kitchen_late_share: float = 0.05
    street_closures: float = 0.2

    def times(self, factor: float) -> EventRates:
        """Everything that can happen `factor` times as often; shares stay below 1."""
        kept = {"help_visit_share", "ill_in_shift_share", "back_share"}
        changed = {item.name: getattr(self, item.name) * factor for item in fields(self) if item.name not in kept}
        return replace(
            self, **{name: min(value, 1.0) if name.endswith("_share") else value for name, value in changed.items()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvents:
    """What happens on a day beside the noise of the road.

    Attributes
    ----------
    events
        In the order in which they become known.
    no_show_visit_ids
        Visits at which nobody opens; that is known when the worker stands at the door.
    """

    events: tuple[Event, ...] = ()
    no_show_visit_ids: frozenset[str] = frozenset()


PEAK_HOURS = frozenset({7, 8, 9, 18, 19, 20})
"""Hours in which twice as many call for help (assumed)."""

_NOTICE_S = SECONDS_PER_HOUR
_REACH_S, _LATEST_REACH_S = 30 * SECONDS_PER_MINUTE, 90 * SECONDS_PER_MINUTE
_HELP_MINUTES = (20, 40, 90)
_LATE_MINUTES = (10, 15, 30)
_CLOSURE_RADIUS_M = 150
_WINDOW_LEFT_S = 30 * SECONDS_PER_MINUTE


def draw_events(problem: Problem, seed: int, rates: EventRates = EventRates()) -> DayEvents:
    """The events of one day of `problem`; the same arguments give the same events."""
    streams = Streams(f"{problem.name}/events", seed)
    worked = [(worker, shift) for worker in problem.workers for shift in worker.shifts]
    if not worked or not problem.visits:
        return DayEvents()
    cancelled, no_shows = _lost_visits(streams, problem, rates)
    events = [
        *cancelled,
        *_help_visits(streams, problem, rates, worked),
        *_requests(streams, problem, rates),
        *_illnesses(streams, worked, rates),
        *_late_workers(streams, worked, rates),
        *_breakdowns(streams, problem, worked, rates),
        *_late_kitchens(streams, problem, rates),
        *_closures(streams, problem, rates, worked),
    ]
    return DayEvents(events=tuple(sorted(events, key=lambda event: event.at_s)), no_show_visit_ids=no_shows)


def _lost_visits(
    streams: Streams, problem: Problem, rates: EventRates
) -> tuple[list[VisitCancelled | ElderAbsent], frozenset[str]]:
    """Cancellations, one to two hours before the window opens, and the visits at which nobody opens.

    Who calls off one of several visits is away for the rest of the day: nobody is brought home from where they never
    went.
    """
    rng = streams.of("visits lost")
    num_by_elder: dict[str, int] = {}
    for visit in problem.visits:
        if visit.elder_id is not None:
            num_by_elder[visit.elder_id] = num_by_elder.get(visit.elder_id, 0) + 1
    cancelled: list[VisitCancelled | ElderAbsent] = []
    no_shows: set[str] = set()
    for visit in problem.visits:
        drawn, notice_s = rng.random(), int(rng.integers(1, 2 * _NOTICE_S))
        if visit.elder_id is None:
            continue
        cancelled_share = rates.meal_cancelled_share if visit.demand else rates.care_cancelled_share
        no_show_share = rates.meal_no_show_share if visit.demand else rates.care_no_show_share
        opens_s = min(window.start_s for window in visit.windows)
        at_s = max(0, opens_s - notice_s)
        if drawn < cancelled_share:
            if num_by_elder[visit.elder_id] > 1:
                cancelled.append(ElderAbsent(at_s=at_s, elder_id=visit.elder_id, from_s=at_s))
            else:
                cancelled.append(VisitCancelled(at_s=at_s, visit_id=visit.visit_id))
        elif drawn < cancelled_share + no_show_share:
            no_shows.add(visit.visit_id)
    return cancelled, frozenset(no_shows)


def _help_visits(
    streams: Streams, problem: Problem, rates: EventRates, worked: Sequence[tuple[Worker, Shift]]
) -> Iterator[VisitAdded]:
    """Help calls as a non-homogeneous Poisson process over the working day, by thinning (Lewis & Shedler 1979)."""
    rng = streams.of("help")
    first_s, last_s = _working_day(worked)
    weight_of_day = 24 + len(PEAK_HOURS)
    calls_per_hour = 2 * len(problem.elders) * rates.help_calls_per_elder / weight_of_day
    num = rng.poisson(calls_per_hour * rates.help_visit_share * (last_s - first_s) / SECONDS_PER_HOUR)
    everyday = _everyday_visit(problem)
    number = 0
    for at_s in sorted(rng.uniform(first_s, last_s, num).astype(int).tolist()):
        elder = problem.elders[int(rng.integers(len(problem.elders)))]
        minutes = 5 * round(rng.triangular(*_HELP_MINUTES) / 5)
        is_kept = at_s // SECONDS_PER_HOUR % 24 in PEAK_HOURS or rng.random() < 0.5
        if is_kept:
            number += 1
            window = TimeWindow(start_s=at_s, end_s=at_s + _LATEST_REACH_S, soft_end_s=at_s + _REACH_S)
            visit = Visit(
                visit_id=f"{URGENT_PREFIX}-{number}",
                service=everyday.service,
                elder_id=elder.elder_id,
                windows=(window,),
                service_duration_s=minutes * SECONDS_PER_MINUTE,
                skills=everyday.skills,
                priority=3,
            )
            yield VisitAdded(at_s=at_s, visit=visit, urgent=True)


def _everyday_visit(problem: Problem) -> Visit:
    """The visit that most workers could give, meals aside where there are others: what whoever comes to help can do."""
    care = [visit for visit in problem.visits if visit.elder_id and not visit.demand] or problem.visits
    return max(care, key=lambda v: sum(not missing_skills(worker, v.skills) for worker in problem.workers))


def _requests(streams: Streams, problem: Problem, rates: EventRates) -> Iterator[VisitAdded]:
    """Further visits like planned ones for other elders, asked for some hours ahead."""
    rng = streams.of("requests")
    models = [v for v in problem.visits if v.elder_id and not v.demand and v.num_workers == 1 and v.end_place is None]
    num = rng.poisson(rates.requests_share * len(problem.visits))
    if not models:
        return
    for number in range(1, num + 1):
        model = models[int(rng.integers(len(models)))]
        elder = problem.elders[int(rng.integers(len(problem.elders)))]
        window = model.windows[-1]
        at_s = window.end_s - int(rng.integers(SECONDS_PER_HOUR, 4 * SECONDS_PER_HOUR))
        start_s = max(window.start_s, at_s + _WINDOW_LEFT_S)
        at_s = max(0, at_s)
        if start_s <= window.end_s:
            yield VisitAdded(
                at_s=at_s, visit=_like(model, f"request-{number}", elder, replace(window, start_s=start_s))
            )


def _like(model: Visit, visit_id: str, elder: Elder, window: TimeWindow) -> Visit:
    """A visit like `model` for somebody else, who takes whoever comes."""

    def inside(time_s: int | None) -> int | None:
        return None if time_s is None else max(time_s, window.start_s)

    window = replace(window, soft_start_s=inside(window.soft_start_s), soft_end_s=inside(window.soft_end_s))
    return replace(
        model,
        visit_id=visit_id,
        elder_id=elder.elder_id,
        place=None,
        windows=(window,),
        pinned_worker_ids=(),
        pinned_start_s=None,
        promise=None,
    )


def _illnesses(
    streams: Streams, worked: Sequence[tuple[Worker, Shift]], rates: EventRates
) -> Iterator[WorkerIll | WorkerBack]:
    """Who does not come, known up to an hour before, and who falls ill at work."""
    rng = streams.of("ill")
    for worker, shift in _first_shifts(worked):
        is_ill, in_shift, is_back = rng.random(3) < (rates.ill_share, rates.ill_in_shift_share, rates.back_share)
        part = rng.random()
        if not is_ill:
            continue
        before_s = max(0, shift.start_s - int(part * _NOTICE_S))
        at_s = shift.start_s + int(part * (shift.end_s - shift.start_s)) if in_shift else before_s
        yield WorkerIll(at_s=at_s, worker_id=worker.worker_id)
        back_s = at_s + 2 * SECONDS_PER_HOUR
        if is_back and back_s < shift.end_s:
            yield WorkerBack(at_s=back_s - _WINDOW_LEFT_S, worker_id=worker.worker_id, from_s=back_s)


def _late_workers(streams: Streams, worked: Sequence[tuple[Worker, Shift]], rates: EventRates) -> Iterator[WorkerLate]:
    rng = streams.of("late")
    for worker, shift in _first_shifts(worked):
        is_late, minutes = rng.random() < rates.late_share, round(rng.triangular(*_LATE_MINUTES))
        if is_late:
            at_s = max(0, shift.start_s - 10 * SECONDS_PER_MINUTE)
            yield WorkerLate(at_s=at_s, worker_id=worker.worker_id, delay_s=minutes * SECONDS_PER_MINUTE)


def _breakdowns(
    streams: Streams, problem: Problem, worked: Sequence[tuple[Worker, Shift]], rates: EventRates
) -> Iterator[VehicleDown]:
    """Vehicles that fail for the rest of the day; who rode a bicycle goes on foot, who drove waits for two hours."""
    rng = streams.of("breakdowns")
    networks = {mode.mode: mode.network for mode in problem.modes}
    walks = "walk" in networks
    for worker, shift in _first_shifts(worked):
        is_down, part = rng.random() < rates.breakdown_share, rng.random()
        if is_down and worker.vehicle.mode != "walk":
            at_s = shift.start_s + int(part * (shift.end_s - shift.start_s))
            on_foot = walks and networks[worker.vehicle.mode] is Network.BICYCLE
            yield VehicleDown(
                at_s=at_s,
                worker_id=worker.worker_id,
                from_s=at_s,
                until_s=None if on_foot else at_s + 2 * SECONDS_PER_HOUR,
                fallback_mode="walk" if on_foot else None,
            )


def _late_kitchens(streams: Streams, problem: Problem, rates: EventRates) -> Iterator[KitchenLate]:
    rng = streams.of("kitchens")
    for station in problem.stations:
        for wave in station.waves:
            is_late, minutes = rng.random() < rates.kitchen_late_share, round(rng.triangular(*_LATE_MINUTES))
            if is_late:
                yield KitchenLate(
                    at_s=max(0, wave.ready_s - 10 * SECONDS_PER_MINUTE),
                    station_id=station.station_id,
                    wave_id=wave.wave_id,
                    delay_s=minutes * SECONDS_PER_MINUTE,
                )


def _closures(
    streams: Streams, problem: Problem, rates: EventRates, worked: Sequence[tuple[Worker, Shift]]
) -> Iterator[StreetClosed]:
    rng = streams.of("streets")
    first_s, last_s = _working_day(worked)
    for _ in range(rng.poisson(rates.street_closures) if problem.elders else 0):
        elder = problem.elders[int(rng.integers(len(problem.elders)))]
        at_s, hours = int(rng.uniform(first_s, last_s)), int(rng.integers(1, 4))
        yield StreetClosed(
            at_s=at_s,
            place=elder.place,
            radius_m=_CLOSURE_RADIUS_M,
            from_s=at_s,
            until_s=at_s + hours * SECONDS_PER_HOUR,
        )


def _first_shifts(worked: Sequence[tuple[Worker, Shift]]) -> Iterator[tuple[Worker, Shift]]:
    """Every worker with their first shift."""
    seen: set[str] = set()
    for worker, shift in sorted(worked, key=lambda pair: pair[1].start_s):
        if worker.worker_id not in seen:
            seen.add(worker.worker_id)
            yield worker, shift


def _working_day(worked: Sequence[tuple[Worker, Shift]]) -> tuple[int, int]:
    """From the first start of a shift to an hour before the last end."""
    first_s = min(shift.start_s for _, shift in worked)
    return first_s, max(first_s + 1, max(shift.end_s for _, shift in worked) - SECONDS_PER_HOUR)
