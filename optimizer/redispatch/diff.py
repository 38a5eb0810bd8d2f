"""What changed from one plan to another: by visit and by worker, and who must be told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, ClassVar

from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.problem import Problem, Promise
from optimizer.units import WIRE, Clock

TOLERANCE_S = Promise().tolerance_s
"""A visit moved by no more than this is no news, unless its promise has a tolerance of its own."""


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
    """A visit that is served otherwise than before; ``shift_s`` is its new start less its old one.

    ``before`` is what the elder was told. ``is_news`` is false where only the start moved, by no more than the
    promise's tolerance.
    """

    visit_id: str
    kind: ChangeKind
    elder_id: str | None
    before: Service | None
    after: Service | None
    shift_s: int | None
    is_news: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerChange:
    """A worker who goes another way than before: visits that came and went, and whether what stayed is in order.

    ``is_moved`` says that some stop starts at a time beyond the tolerance of what it was.
    """

    worker_id: str
    added_visit_ids: tuple[str, ...] = ()
    removed_visit_ids: tuple[str, ...] = ()
    is_reordered: bool = False
    is_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """The way from one plan to another.

    ``elder_ids`` must be told something new, and so must ``worker_ids``; ``visits`` also has changes within tolerance,
    which are no news.
    """

    plan_id: str = ""
    against_id: str = ""
    cost_cents_change: int
    visits: tuple[VisitChange, ...]
    elder_ids: tuple[str, ...]
    worker_ids: tuple[str, ...]
    workers: tuple[WorkerChange, ...] = ()


def diff_plans(
    problem: Problem,
    before: Plan,
    after: Plan,
    *,
    against_id: str = "",
    plan_id: str = "",
    told: Mapping[str, Service] | None = None,
) -> PlanDiff:
    """What changed from `before` to `after`; `problem` is that of `after`.

    Elders compare with what they were `told`, by visit id (default: what `before` says); visits that the problem no
    longer has change nothing for them.
    """
    old, new = services_of(before) if told is None else told, services_of(after)
    kept = {id(route) for route in before.routes} & {id(route) for route in after.routes}
    worker_ids = {route.worker_id for plan in (before, after) for route in plan.routes if id(route) not in kept}
    diff = _diff(before, after, _visit_changes(problem, old, new), worker_ids)
    return replace(diff, plan_id=plan_id, against_id=against_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What elders were told beside what the plan says, kept up as routes change, so that a diff looks at these alone.

    ``told`` and ``planned`` are by visit id, and so is ``apart``: in what the plan differs from what was told.
    """

    told: Mapping[str, Service]
    planned: Mapping[str, Service]
    apart: Mapping[str, VisitChange]

    def diff(self, problem: Problem, before: Plan, after: Plan, route: Route | None) -> tuple[PlanDiff, Word]:
        """The same as :func:`diff_plans`, and the word once that is told, where `route` alone is another one.

        It serves all that it has served before; visits of several workers keep their time.
        """
        if route is None:
            return _diff(before, after, self.apart.values(), ()), self
        changed = {}
        for stop in route.visit_stops:
            assert stop.visit_id is not None
            known = self.planned.get(stop.visit_id)
            if known is None or known.worker_ids == (route.worker_id,):
                changed[stop.visit_id] = Service(worker_ids=(route.worker_id,), start_s=stop.start_s)
        changes = _visit_changes(problem, {name: self.told.get(name) for name in changed}, changed)
        kept = (change for name, change in self.apart.items() if name not in changed)
        diff = _diff(before, after, [*kept, *changes], {route.worker_id})
        return diff, Word(
            told=told_after(self.told, diff),
            planned={**self.planned, **changed},
            apart={change.visit_id: change for change in diff.visits if not change.is_news},
        )


def word_of(problem: Problem, plan: Plan, told: Mapping[str, Service]) -> Word:
    """What elders were told beside what `plan` says."""
    planned = services_of(plan)
    return Word(
        told=told,
        planned=planned,
        apart={change.visit_id: change for change in _visit_changes(problem, told, planned)},
    )


def told_after(told: Mapping[str, Service], diff: PlanDiff) -> dict[str, Service]:
    """What elders were told once everybody knows the news of `diff`."""
    known = dict(told)
    for change in diff.visits:
        if change.is_news and change.after is not None:
            known[change.visit_id] = change.after
        elif change.is_news:
            known.pop(change.visit_id, None)
    return known


def _diff(before: Plan, after: Plan, changes: Iterable[VisitChange], worker_ids: Collection[str]) -> PlanDiff:
    """The diff with these changes of visits, where no workers but these may go another way."""
    visits = tuple(sorted(changes, key=attrgetter("visit_id")))
    workers = _worker_changes(before, after, worker_ids)
    elder_ids = {change.elder_id for change in visits if change.elder_id is not None and change.is_news}
    return PlanDiff(
        cost_cents_change=after.cost.total_cents - before.cost.total_cents,
        visits=visits,
        elder_ids=tuple(sorted(elder_ids)),
        worker_ids=tuple(change.worker_id for change in workers),
        workers=workers,
    )


def services_of(plan: Plan) -> dict[str, Service]:
    """Who gives each served visit and when, by visit id."""
    found: dict[str, list[tuple[str, int]]] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            if stop.visit_id is not None:
                found.setdefault(stop.visit_id, []).append((route.worker_id, stop.start_s))
    return {
        visit_id: Service(worker_ids=tuple(sorted(who for who, _ in given)), start_s=min(start for _, start in given))
        for visit_id, given in found.items()
    }


def _visit_changes(
    problem: Problem, before: Mapping[str, Service | None], after: Mapping[str, Service]
) -> list[VisitChange]:
    return [
        _visit_change(problem, visit_id, before.get(visit_id), after.get(visit_id))
        for visit_id in {**before, **after}
        if before.get(visit_id) != after.get(visit_id)
    ]


def _visit_change(problem: Problem, visit_id: str, before: Service | None, after: Service | None) -> VisitChange:
    visit = problem.visit_by_id.get(visit_id)
    kind = _kind(before, after)
    shift_s = None if before is None or after is None else after.start_s - before.start_s
    tolerance_s = TOLERANCE_S if visit is None or visit.promise is None else visit.promise.tolerance_s
    return VisitChange(
        visit_id=visit_id,
        kind=kind,
        elder_id=None if visit is None else visit.elder_id,
        before=before,
        after=after,
        shift_s=shift_s,
        is_news=kind is not ChangeKind.MOVED or shift_s is None or abs(shift_s) > tolerance_s,
    )


def _kind(before: Service | None, after: Service | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    if after is None:
        return ChangeKind.DROPPED
    return ChangeKind.MOVED if before.worker_ids == after.worker_ids else ChangeKind.REASSIGNED


def _worker_changes(before: Plan, after: Plan, worker_ids: Collection[str]) -> tuple[WorkerChange, ...]:
    """Those of the workers whose stops are others, stand in another order or start at a time beyond the tolerance."""
    old, new = (_stops_by_worker_id(plan, worker_ids) for plan in (before, after))
    changes = (
        _worker_change(worker_id, old.get(worker_id, []), new.get(worker_id, [])) for worker_id in {**old, **new}
    )
    return tuple(sorted((change for change in changes if change is not None), key=lambda change: change.worker_id))


def _stops_by_worker_id(plan: Plan, worker_ids: Collection[str]) -> dict[str, list[Stop]]:
    stops: dict[str, list[Stop]] = {}
    for route in sorted((r for r in plan.routes if r.worker_id in worker_ids), key=_first_departure_s):
        inner = (stop for stop in route.stops if stop.kind not in {StopKind.START, StopKind.END})
        stops.setdefault(route.worker_id, []).extend(inner)
    return stops


def _first_departure_s(route: Route) -> int:
    return route.stops[0].departure_s if route.stops else 0


def _worker_change(worker_id: str, before: list[Stop], after: list[Stop]) -> WorkerChange | None:
    old, new = ([(s.visit_id, s.station_id, s.break_id) for s in stops] for stops in (before, after))
    old_visits, new_visits = ([name[0] for name in names if name[0] is not None] for names in (old, new))
    added = tuple(name for name in new_visits if name not in old_visits)
    removed = tuple(name for name in old_visits if name not in new_visits)
    kept_before, kept_after = ([name for name in names if name in other] for names, other in ((old, new), (new, old)))
    is_moved = old == new and any(
        abs(now.start_s - then.start_s) > TOLERANCE_S for then, now in zip(before, after, strict=True)
    )
    if old == new and not is_moved:
        return None
    return WorkerChange(
        worker_id=worker_id,
        added_visit_ids=added,
        removed_visit_ids=removed,
        is_reordered=kept_before != kept_after,
        is_moved=is_moved,
    )
