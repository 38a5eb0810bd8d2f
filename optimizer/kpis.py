"""Key figures of a plan: what the managers of a district ask for, derived again from the stops.

A figure without anything to measure (the on-time share of a plan that serves nothing) is ``None``, never 0 or NaN.
Shares lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from optimizer.cost import lateness_s, quantity_of, term_cents
from optimizer.plan import Plan
from optimizer.problem import Problem, Visit
from optimizer.reading import ReadPlan, ReadRoute, ReadStop, hands_over, read_plan, start_of, visit_of, window_at
from optimizer.rules import CostTerm
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_MINUTE

_PAY_TERMS = (CostTerm.FIXED, CostTerm.WORKED_TIME, CostTerm.OVERTIME, CostTerm.DISTANCE, CostTerm.VISITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Visits asked for and visits not served, of one priority or one group of elders."""

    num_visits: int
    num_unserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """Key figures of a plan; durations in seconds, distances in metres, money in yuan cents.

    Attributes
    ----------
    num_visits, num_served, num_unserved
        Visits of the problem, those the plan serves, those it does not.
    by_priority, by_group
        The same by priority (as text) and by elder group; an elder of several groups counts in each.
    unmet_priority_share
        Unserved visits over all visits, each weighted ``1 + priority``.
    group_gap_share
        Largest less smallest unserved share among elder groups; ``None`` below two groups.
    num_portions
        Portions handed over to elders and diners; those of supply runs are not counted a second time.
    on_time_share, on_time_10_min_share
        Served visits that start by the soft end of their window, and by ten minutes after it.
    lateness_p95_s
        95th percentile (nearest rank) of lateness over served visits.
    food_age_mean_s, food_age_p95_s, food_age_max_s
        Time from the end of loading to the hand-over, over visits with portions; supply runs are left out.
    food_over_60_min_share, food_over_120_min_share
        Share of those visits at which the portions are older than that.
    travel_distance_m, travel_duration_s, service_duration_s, wait_duration_s
        Totals of all used routes.
    paid_duration_s, overtime_s
        Time from departure to return, and the part of it after soft shift ends.
    travel_share
        Travel over paid time.
    num_workers_used, num_routes, num_trips
        Workers with a visit, routes with a visit, loadings on them.
    known_worker_share
        Visits and workers that count for continuity, of elders with a history, by a worker in that history.
    preferred_worker_share
        Visits and workers, of elders who name preferred workers, by one of those.
    workload_gini
        Gini coefficient of paid time over workers who have a shift: sum of ``|x_i - x_j|`` over ``2 n² mean``.
    sync_wait_mean_s
        Time the first worker waits for the others once the window is open, over visits of several workers.
    num_breaks_due, num_breaks_taken
        Breaks of used shifts, and those taken.
    cents_per_visit, cents_per_portion
        Pay per visit served; pay and meal price per portion, a route's pay shared equally among its visits.
    """

    num_visits: int
    num_served: int
    num_unserved: int
    by_priority: Mapping[str, Tally]
    by_group: Mapping[str, Tally]
    unmet_priority_share: float | None
    group_gap_share: float | None
    num_portions: int
    on_time_share: float | None
    on_time_10_min_share: float | None
    lateness_p95_s: int | None
    food_age_mean_s: float | None
    food_age_p95_s: int | None
    food_age_max_s: int | None
    food_over_60_min_share: float | None
    food_over_120_min_share: float | None
    travel_distance_m: int
    travel_duration_s: int
    service_duration_s: int
    wait_duration_s: int
    paid_duration_s: int
    overtime_s: int
    travel_share: float | None
    num_workers_used: int
    num_routes: int
    num_trips: int
    known_worker_share: float | None
    preferred_worker_share: float | None
    workload_gini: float | None
    sync_wait_mean_s: float | None
    num_breaks_due: int
    num_breaks_taken: int
    cents_per_visit: float | None
    cents_per_portion: float | None


def kpis_of(problem: Problem, travel: TravelMatrix, plan: Plan) -> Kpis:
    """Key figures of `plan`. Never raises on account of the plan; stops that name unknown things are left out."""
    reading = read_plan(problem, travel, plan)
    by_group = _tallies(reading, _groups_of)
    late_s = [lateness_s(visit, start_of(stops)) for visit, stops in reading.served]
    ages_s = _food_ages(reading)
    quantity = {term: quantity_of(term, reading) for term in CostTerm}
    num_unserved = quantity[CostTerm.UNSERVED]
    return Kpis(
        num_visits=len(problem.visits),
        num_served=len(problem.visits) - num_unserved,
        num_unserved=num_unserved,
        by_priority=_tallies(reading, lambda _, visit: (str(visit.priority),)),
        by_group=by_group,
        unmet_priority_share=_unmet_priority_share(reading),
        group_gap_share=_group_gap_share(by_group.values()),
        num_portions=sum(_portions(stop) for stop in reading.visit_stops),
        on_time_share=_share(value <= 0 for value in late_s),
        on_time_10_min_share=_share(value <= 10 * SECONDS_PER_MINUTE for value in late_s),
        lateness_p95_s=_p95(late_s),
        food_age_mean_s=_mean(ages_s),
        food_age_p95_s=_p95(ages_s),
        food_age_max_s=max(ages_s, default=None),
        food_over_60_min_share=_share(age_s > 60 * SECONDS_PER_MINUTE for age_s in ages_s),
        food_over_120_min_share=_share(age_s > 120 * SECONDS_PER_MINUTE for age_s in ages_s),
        travel_distance_m=quantity[CostTerm.DISTANCE],
        travel_duration_s=quantity[CostTerm.TRAVEL_TIME],
        service_duration_s=sum(stop.duration_s for stop in reading.visit_stops),
        wait_duration_s=quantity[CostTerm.WAITING],
        paid_duration_s=quantity[CostTerm.WORKED_TIME],
        overtime_s=quantity[CostTerm.OVERTIME],
        travel_share=_ratio(quantity[CostTerm.TRAVEL_TIME], quantity[CostTerm.WORKED_TIME]),
        num_workers_used=len({route.worker.worker_id for route in reading.used_routes}),
        num_routes=len(reading.used_routes),
        num_trips=sum(len(route.load_stops) for route in reading.used_routes),
        known_worker_share=_known_worker_share(reading),
        preferred_worker_share=_preferred_worker_share(reading),
        workload_gini=gini(_paid_by_worker(reading)),
        sync_wait_mean_s=_mean(_sync_waits(reading)),
        num_breaks_due=sum(len(route.shift.breaks) for route in reading.used_routes),
        num_breaks_taken=sum(len(route.break_stops) for route in reading.used_routes),
        cents_per_visit=_ratio(
            sum(_pay_cents(reading, route) for route in reading.used_routes), len(problem.visits) - num_unserved
        ),
        cents_per_portion=_cents_per_portion(reading),
    )


def _tallies(reading: ReadPlan, keys_of: Callable[[ReadPlan, Visit], Iterable[str]]) -> dict[str, Tally]:
    """Visits and unserved visits by key, in order of keys; a visit counts under each of its keys."""
    counts: dict[str, list[int]] = {}
    for visit in reading.problem.visits:
        for key in keys_of(reading, visit):
            count = counts.setdefault(key, [0, 0])
            count[0] += 1
            count[1] += visit.visit_id not in reading.stops_by_visit_id
    return {key: Tally(num_visits=count[0], num_unserved=count[1]) for key, count in sorted(counts.items())}


def _groups_of(reading: ReadPlan, visit: Visit) -> Iterable[str]:
    elder = reading.problem.elder_of(visit)
    return () if elder is None else dict.fromkeys(group.value for group in elder.groups)


def _unmet_priority_share(reading: ReadPlan) -> float | None:
    visits = reading.problem.visits
    unmet = sum(1 + visit.priority for visit in visits if visit.visit_id not in reading.stops_by_visit_id)
    return _ratio(unmet, sum(1 + visit.priority for visit in visits))


def _group_gap_share(tallies: Iterable[Tally]) -> float | None:
    shares = [tally.num_unserved / tally.num_visits for tally in tallies]
    return max(shares) - min(shares) if len(shares) > 1 else None


def _food_ages(reading: ReadPlan) -> list[int]:
    """Seconds on board of what is handed over to people, by visit."""
    return [
        stop.food_age_s
        for stop in reading.visit_stops
        if stop.food_age_s is not None and visit_of(stop).delivers_to_station_id is None
    ]


def _portions(stop: ReadStop) -> int:
    """Portions that a stop hands over to people."""
    visit = visit_of(stop)
    return 0 if visit.delivers_to_station_id is not None else sum(visit.demand.values())


def _known_worker_share(reading: ReadPlan) -> float | None:
    known = []
    for stop in reading.visit_stops:
        elder = reading.problem.elder_of(visit_of(stop))
        if elder is not None and visit_of(stop).counts_for_continuity and any(elder.worker_history.values()):
            known.append(elder.worker_history.get(stop.worker.worker_id, 0) > 0)
    return _share(known)


def _preferred_worker_share(reading: ReadPlan) -> float | None:
    preferred = []
    for stop in reading.visit_stops:
        elder = reading.problem.elder_of(visit_of(stop))
        if elder is not None and elder.preferred_worker_ids:
            preferred.append(stop.worker.worker_id in elder.preferred_worker_ids)
    return _share(preferred)


def _paid_by_worker(reading: ReadPlan) -> list[int]:
    """Paid seconds of every worker who has a shift."""
    paid_s = {worker.worker_id: 0 for worker in reading.problem.workers if worker.shifts}
    for route in reading.used_routes:
        paid_s[route.worker.worker_id] += route.return_s - route.departure_s
    return list(paid_s.values())


def gini(values: Iterable[float]) -> float | None:
    """Gini coefficient of values that are not negative; the double sum over sorted values in closed form."""
    ordered = sorted(values)
    weighted = sum((2 * rank - len(ordered) - 1) * value for rank, value in enumerate(ordered, start=1))
    return _ratio(max(0, weighted), len(ordered) * sum(ordered))


def _sync_waits(reading: ReadPlan) -> list[int]:
    return [_sync_wait_s(visit, stops) for visit, stops in reading.served if visit.num_workers > 1]


def _sync_wait_s(visit: Visit, stops: Sequence[ReadStop]) -> int:
    """Wait of the first worker for the others; waiting for the window to open is not waiting for anybody."""
    start_s = start_of(stops)
    window = window_at(visit.windows, start_s)
    opens_s = start_s if window is None else window.start_s
    return start_s - min(start_s, max(opens_s, min(stop.stop.arrival_s for stop in stops)))


def _pay_cents(reading: ReadPlan, route: ReadRoute) -> int:
    alone = replace(reading, routes=(route,))
    return sum(term_cents(term, alone) for term in _PAY_TERMS)


def _cents_per_portion(reading: ReadPlan) -> float | None:
    pay_cents = 0.0
    for route in reading.used_routes:
        num_handovers = sum(hands_over(visit_of(stop)) for stop in route.visit_stops)
        pay_cents += _pay_cents(reading, route) * num_handovers / len(route.visit_stops)
    num_portions = sum(_portions(stop) for stop in reading.visit_stops)
    return _ratio(pay_cents + term_cents(CostTerm.MEALS, reading), num_portions)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _share(flags: Iterable[bool]) -> float | None:
    values = list(flags)
    return _ratio(sum(values), len(values))


def _mean(values: Sequence[int]) -> float | None:
    return fmean(values) if values else None


def _p95(values: Sequence[int]) -> int | None:
    """95th percentile by nearest rank: the smallest value that at least 95 % do not exceed."""
    return sorted(values)[-(-95 * len(values) // 100) - 1] if values else None
