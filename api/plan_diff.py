"""What changed from one plan to another: by visit, and who must be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.units import WIRE, Clock


class ChangeKind(StrEnum):
    """What happened to a visit."""

    ADDED = "added"
    """Served now, not before."""
    DROPPED = "dropped"
    """Served before, not now."""
    REASSIGNED = "reassigned"
    """Other workers; perhaps another time too."""
    MOVED = "moved"
    """The same workers at another time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who gives a visit, and when it starts."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_ids: tuple[str, ...]
    start_s: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChange:
    """A visit that is served otherwise than before; ``shift_s`` is its new start less its old one."""

    visit_id: str
    kind: ChangeKind
    elder_id: str | None
    before: Service | None
    after: Service | None
    shift_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """The way from one plan to another.

    ``elder_ids`` are told something new; ``worker_ids`` have a route that changed in any way.
    """

    plan_id: str
    against_id: str
    cost_cents_change: int
    visits: tuple[VisitChange, ...]
    elder_ids: tuple[str, ...]
    worker_ids: tuple[str, ...]


def diff_plans(problem: Problem, before: Plan, after: Plan, *, against_id: str, plan_id: str) -> PlanDiff:
    """What changed from `before` to `after`; `problem` is that of `after`."""
    old, new = _services(before), _services(after)
    changes = [_change(problem, visit_id, old.get(visit_id), new.get(visit_id)) for visit_id in sorted(old | new)]
    visits = tuple(change for change in changes if change is not None)
    return PlanDiff(
        plan_id=plan_id,
        against_id=against_id,
        cost_cents_change=after.cost.total_cents - before.cost.total_cents,
        visits=visits,
        elder_ids=tuple(sorted({change.elder_id for change in visits if change.elder_id is not None})),
        worker_ids=_changed_workers(before, after),
    )


def _services(plan: Plan) -> dict[str, Service]:
    found: dict[str, list[tuple[str, int]]] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            if stop.visit_id is not None:
                found.setdefault(stop.visit_id, []).append((route.worker_id, stop.start_s))
    return {
        visit_id: Service(worker_ids=tuple(sorted(who for who, _ in given)), start_s=min(start for _, start in given))
        for visit_id, given in found.items()
    }


def _change(problem: Problem, visit_id: str, before: Service | None, after: Service | None) -> VisitChange | None:
    if before == after:
        return None
    visit = problem.visit_by_id.get(visit_id)
    return VisitChange(
        visit_id=visit_id,
        kind=_kind(before, after),
        elder_id=None if visit is None else visit.elder_id,
        before=before,
        after=after,
        shift_s=None if before is None or after is None else after.start_s - before.start_s,
    )


def _kind(before: Service | None, after: Service | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    if after is None:
        return ChangeKind.DROPPED
    return ChangeKind.MOVED if before.worker_ids == after.worker_ids else ChangeKind.REASSIGNED


def _changed_workers(before: Plan, after: Plan) -> tuple[str, ...]:
    old, new = ({(r.worker_id, r.shift_id): r.stops for r in plan.routes} for plan in (before, after))
    return tuple(sorted({key[0] for key in old | new if old.get(key) != new.get(key)}))
