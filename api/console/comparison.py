"""What one plan changes of another, written out: figures, visits, and who must be told what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.console.day import Day
from api.console.targets import FIGURES, Figure, figures_of, yuan
from api.console.texts import Texts
from optimizer.formats.stop_facts import clock_on, name_of_worker
from optimizer.plan import Plan
from optimizer.redispatch.diff import ChangeKind, PlanDiff, Service, VisitChange, WorkerChange
from optimizer.units import SECONDS_PER_DAY

_MOST_FIRST = (ChangeKind.DROPPED, ChangeKind.ADDED, ChangeKind.REASSIGNED, ChangeKind.MOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A figure of both plans; ``is_better`` is None where neither value is the better one."""

    name: str
    before: str
    after: str
    change: str
    is_better: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A visit that is served otherwise, in words."""

    visit_id: str
    elder_id: str | None
    who: str
    phone: str
    service: str
    kind: ChangeKind
    before: str
    after: str
    is_news: bool


def figure_lines(texts: Texts, before: Plan, after: Plan) -> Iterator[FigureLine]:
    """Every figure that both plans have, then every cost term that either has."""
    old, new = figures_of(before), figures_of(after)
    for figure in FIGURES:
        first, second = old.get(figure.key), new.get(figure.key)
        if first is not None and second is not None:
            yield _figure_line(texts, figure, first, second)
    terms = dict.fromkeys((*before.cost.cents_by_term, *after.cost.cents_by_term))
    for term in terms:
        first, second = (plan.cost.cents_by_term.get(term, 0) for plan in (before, after))
        name = texts.text("compare.term", name=texts.of("term", term))
        is_better = None if first == second else second < first
        change = "" if first == second else yuan(second - first, signed=True)
        yield FigureLine(name=name, before=yuan(first), after=yuan(second), change=change, is_better=is_better)


def _figure_line(texts: Texts, figure: Figure, first: float, second: float) -> FigureLine:
    before, after = figure.written(texts, first), figure.written(texts, second)
    is_same = before == after
    sign = "+" if second > first else "−"
    is_better = None if is_same or figure.more_is_better is None else (second > first) is figure.more_is_better
    change = "" if is_same else f"{sign}{figure.written(texts, abs(second - first))}"
    return FigureLine(name=texts[f"kpi.{figure.name}"], before=before, after=after, change=change, is_better=is_better)


def changes_of(texts: Texts, after: Day, before: Day, diff: PlanDiff) -> list[Change]:
    """The changes of visits, those that matter most to somebody first; a few seconds are none."""
    changes = (_change(texts, after, before, change) for change in diff.visits)
    found = [change for change in changes if change.is_news or change.before != change.after]
    return sorted(found, key=lambda each: (_MOST_FIRST.index(each.kind), not each.is_news, each.who))


def _change(texts: Texts, after: Day, before: Day, change: VisitChange) -> Change:
    day = after if change.visit_id in after.row_by_visit_id else before
    row = day.row_by_visit_id[change.visit_id]
    elder = day.problem.elder_of(row.visit)
    return Change(
        visit_id=change.visit_id,
        elder_id=change.elder_id,
        who=row.who,
        phone="" if elder is None else elder.phone,
        service=row.service,
        kind=change.kind,
        before=_service(texts, before, change.before),
        after=_service(texts, after, change.after),
        is_news=change.is_news,
    )


def _service(texts: Texts, day: Day, service: Service | None) -> str:
    if service is None:
        return texts["state.unassigned"]
    names = "、".join(name_of_worker(day.problem.worker_by_id[worker_id]) for worker_id in service.worker_ids)
    return f"{clock_on(service.start_s // SECONDS_PER_DAY, service.start_s)} {names}"


def places_of(changes: Sequence[Change]) -> dict[str, str]:
    """The kind of change by elder (or by visit, where it is for no elder); the one that matters most counts."""
    found: dict[str, str] = {}
    for change in changes:
        found.setdefault(change.elder_id or change.visit_id, str(change.kind))
    return found


def workers_told(texts: Texts, after: Day, before: Day, diff: PlanDiff) -> list[tuple[str, str, str]]:
    """Name, phone and news of every worker who goes another way."""
    return [_worker_told(texts, after, before, change) for change in diff.workers]


def _worker_told(texts: Texts, after: Day, before: Day, change: WorkerChange) -> tuple[str, str, str]:
    day = after if change.worker_id in after.problem.worker_by_id else before
    worker = day.problem.worker_by_id[change.worker_id]
    return name_of_worker(worker), worker.phone, "；".join(worker_news(texts, after, before, change))


def visit_news(texts: Texts, day: Day, visit_id: str, before: Service | None, after: Service | None) -> str:
    """What an elder is told of a visit that `day` has: ``"meal: 11:02 Zhao Jing → 11:20 Qian Yong"``."""
    row = day.row_by_visit_id.get(visit_id)
    service = visit_id if row is None else row.service
    return f"{service}: {_service(texts, day, before)} → {_service(texts, day, after)}"


def worker_news(texts: Texts, after: Day, before: Day | None, change: WorkerChange) -> Iterator[str]:
    """What a worker is told: where they go besides, what others do instead, and what else is new on their way.

    `before` tells when that was which others do now; without it only what it was.
    """
    for visit_id in change.added_visit_ids:
        yield f"+ {_visit(after, visit_id)}{_address(after, visit_id)}"
    if change.removed_visit_ids:
        names = (_name(after, each) if before is None else _visit(before, each) for each in change.removed_visit_ids)
        yield f"− {'、'.join(names)}"
    others = [texts["compare.reordered"]] if change.is_reordered else []
    others += [texts["compare.moved"]] if change.is_moved else []
    if not (others or change.added_visit_ids or change.removed_visit_ids):
        others = [texts["compare.other_stops"]]
    if others:
        yield "；".join(others)


def _visit(day: Day, visit_id: str) -> str:
    row = day.row_by_visit_id.get(visit_id)
    start = "" if row is None or row.start_s is None else f"{clock_on(row.day, row.start_s)} "
    return f"{start}{_name(day, visit_id)}"


def _name(day: Day, visit_id: str) -> str:
    row = day.row_by_visit_id.get(visit_id)
    return visit_id if row is None else f"{row.who} {row.service}"


def _address(day: Day, visit_id: str) -> str:
    row = day.row_by_visit_id.get(visit_id)
    elder = None if row is None else day.problem.elder_of(row.visit)
    return f" · {elder.address}" if elder is not None and elder.address else ""
