"""What became of a day: key figures of what really happened, and of the dispatching."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from optimizer.cost import cost_of, lateness_s
from optimizer.kpis import kpis_of
from optimizer.plan import Plan
from optimizer.problem import Problem, Visit
from optimizer.redispatch.diff import TOLERANCE_S, Service, services_of
from optimizer.redispatch.events import VisitAdded
from optimizer.rules import CostTerm
from scenarios.simulation.over import Played

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Key figures of a day as it went; a share without anything to measure is ``None``.

    Attributes
    ----------
    num_wanted, num_served
        Visits asked for and not called off by the elders, and those served.
    on_time_share
        Share of the visits wanted that started by the end of what was agreed; an unserved one is not on time.
    lateness_p50_s, lateness_p95_s, lateness_max_s
        Lateness over the visits served, most of them 0 (nearest rank).
    kept_share
        Share of the promises of the morning kept: the same workers, within a quarter of an hour. Visits called off by
        elders do not count.
    num_events, num_replans
        Events beside the stops, and re-plans made.
    elders_told, workers_told
        Elders and workers told something new, summed over all re-plans; the elder of a visit asked for on the day is
        told once at least.
    urgent_response_p50_s, urgent_response_p90_s
        From the call to the start of urgent visits served; ``num_urgent`` were asked for.
    replan_p50_s, replan_p95_s
        Time that a re-plan took.
    cost_cents, unserved_cents
        Cost of what happened, and the part of it that is the price of unserved visits.
    missed
        Why visits were not served although somebody was sent: number by reason.
    """

    num_wanted: int
    num_served: int
    on_time_share: float | None
    lateness_p50_s: int | None
    lateness_p95_s: int | None
    lateness_max_s: int | None
    kept_share: float | None
    num_events: int
    num_replans: int
    elders_told: int
    workers_told: int
    num_urgent: int
    num_urgent_served: int
    urgent_response_p50_s: int | None
    urgent_response_p90_s: int | None
    replan_p50_s: float | None
    replan_p95_s: float | None
    cost_cents: int
    unserved_cents: int
    travel_distance_m: int
    overtime_s: int
    missed: dict[str, int]

    @property
    def operating_cents(self) -> int:
        """Cost without the price of unserved visits."""
        return self.cost_cents - self.unserved_cents


def outcome_of(played: Played, promised: Plan) -> Outcome:
    """Key figures of a day that began with `promised`."""
    problem, travel, plan = played.problem, played.travel, played.plan
    services = services_of(plan)
    late_s = sorted(lateness_by_visit(problem, plan).values())
    cost = cost_of(problem, travel, plan)
    kpis = kpis_of(problem, travel, plan)
    urgent = [event for event in played.events if isinstance(event, VisitAdded) and event.urgent]
    waits_s = sorted(services[e.visit.visit_id].start_s - e.at_s for e in urgent if e.visit.visit_id in services)
    took_s = sorted(replan.duration_s for replan in played.replans)
    num_on_time = sum(late == 0 for late in late_s)
    return Outcome(
        num_wanted=len(problem.visits),
        num_served=len(late_s),
        on_time_share=num_on_time / len(problem.visits) if problem.visits else None,
        lateness_p50_s=_percentile(late_s, 50),
        lateness_p95_s=_percentile(late_s, 95),
        lateness_max_s=late_s[-1] if late_s else None,
        kept_share=_kept_share(problem, services_of(promised), services),
        num_events=len(played.events),
        num_replans=len(played.replans),
        elders_told=sum(len(replan.elder_ids) for replan in played.replans),
        workers_told=sum(len(replan.worker_ids) for replan in played.replans),
        num_urgent=len(urgent),
        num_urgent_served=len(waits_s),
        urgent_response_p50_s=_percentile(waits_s, 50),
        urgent_response_p90_s=_percentile(waits_s, 90),
        replan_p50_s=_percentile(took_s, 50),
        replan_p95_s=_percentile(took_s, 95),
        cost_cents=cost.total_cents,
        unserved_cents=cost.cents_by_term.get(CostTerm.UNSERVED, 0),
        travel_distance_m=kpis.travel_distance_m,
        overtime_s=kpis.overtime_s,
        missed=dict(sorted(Counter(played.missed.values()).items())),
    )


def lateness_by_visit(problem: Problem, plan: Plan) -> dict[str, int]:
    """Seconds after the end of what was agreed, by visit id, over the visits served."""
    services = services_of(plan)
    return {
        visit.visit_id: lateness_s(visit, services[visit.visit_id].start_s)
        for visit in problem.visits
        if visit.visit_id in services
    }


def due_s(visit: Visit) -> int:
    """When a visit should have started at the latest."""
    return max(window.end_s if window.soft_end_s is None else window.soft_end_s for window in visit.windows)


def _kept_share(problem: Problem, promised: dict[str, Service], given: dict[str, Service]) -> float | None:
    told = {visit_id: service for visit_id, service in promised.items() if visit_id in problem.visit_by_id}
    kept = sum(_is_kept(service, given.get(visit_id)) for visit_id, service in told.items())
    return kept / len(told) if told else None


def _is_kept(promised: Service, given: Service | None) -> bool:
    if given is None or given.worker_ids != promised.worker_ids:
        return False
    return abs(given.start_s - promised.start_s) <= TOLERANCE_S


def _percentile(ordered: Sequence[_Number], percent: int) -> _Number | None:
    """Nearest rank of ordered values."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None
