"""What is left of the visits: the open ones, with promises, and with what given stops and absences leave of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from optimizer.plan import Stop
from optimizer.problem import Elder, Link, LinkKind, Problem, Promise, Visit, Worker
from optimizer.reading import hands_over, window_at
from optimizer.redispatch.day import Day
from optimizer.redispatch.diff import TOLERANCE_S
from optimizer.redispatch.timeline import Course
from optimizer.redispatch.windows import Bounds, clipped, without
from optimizer.units import SECONDS_PER_DAY, format_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A visit that is given: when it starts and ends, and by whom."""

    start_s: int
    end_s: int
    worker_ids: frozenset[str]


@dataclass(slots=True)
class VisitsLeft:
    """The open visits of a day and the links between them.

    ``on_board`` has the carrier of portions already loaded, ``lost`` why a visit cannot be served any more.
    """

    visits: tuple[Visit, ...] = ()
    links: tuple[Link, ...] = ()
    on_board: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def visits_left(
    day: Day, courses: Iterable[Course], served: Mapping[str, Served], workers: Iterable[Worker], *, promised: bool
) -> VisitsLeft:
    """Open visits; `promised` keeps to what elders were told, as a promise and by never coming sooner than told.

    `served` are the given visits (:func:`served_by`).
    """
    working_ids = {worker.worker_id for worker in workers if worker.shifts}
    left = VisitsLeft()
    loaded = _on_board(day.problem, courses, working_ids)
    bounds, barred, needed = _links_to_given(day, served, left.notes)
    kept: dict[str, Visit] = {}
    for visit in day.problem.visits:
        if visit.visit_id in served:
            continue
        fresh = _visit_left(day, visit, bounds.get(visit.visit_id, Bounds()), loaded.get(visit.visit_id))
        if fresh is not None:
            fresh = _with_workers(fresh, needed.get(visit.visit_id), barred.get(visit.visit_id), day, working_ids)
        if fresh is None or (
            fresh.pinned_start_s is not None and window_at(fresh.windows, fresh.pinned_start_s) is None
        ):
            left.lost[visit.visit_id] = _why_lost(day, visit)
            continue
        kept[visit.visit_id] = with_promise(day, fresh) if promised else fresh
    _lose_partners(day.problem, served, kept, left.lost)
    left.visits = tuple(kept.values())
    left.links = tuple(k for k in day.problem.links if k.first_visit_id in kept and k.second_visit_id in kept)
    left.on_board = {visit_id: worker_id for visit_id, (worker_id, _) in loaded.items() if visit_id in kept}
    return left


def elders_left(problem: Problem, served: Mapping[str, Served]) -> tuple[Elder, ...]:
    """Elders who may meet so many workers only, with those whom they have met today among the known ones."""
    met: dict[str, set[str]] = defaultdict(set)
    for visit_id, given in served.items():
        visit = problem.visit_by_id.get(visit_id)
        if visit is not None and visit.elder_id is not None and visit.counts_for_continuity:
            met[visit.elder_id] |= given.worker_ids
    return tuple(_elder_left(elder, met.get(elder.elder_id, set())) for elder in problem.elders)


def served_by(courses: Iterable[Course]) -> dict[str, Served]:
    """Given visits by visit id."""
    stops: dict[str, list[tuple[str, Stop]]] = defaultdict(list)
    for course in courses:
        for stop in course.given:
            if stop.visit_id is not None:
                stops[stop.visit_id].append((course.route.worker_id, stop))
    return {
        visit_id: Served(
            start_s=max(stop.start_s for _, stop in given),
            end_s=max(stop.end_s for _, stop in given),
            worker_ids=frozenset(worker_id for worker_id, _ in given),
        )
        for visit_id, given in stops.items()
    }


def _elder_left(elder: Elder, met: Collection[str]) -> Elder:
    if elder.max_distinct_workers is None or not met:
        return elder
    history = dict(elder.worker_history)
    for worker_id in sorted(met):
        history[worker_id] = history.get(worker_id, 0) + 1
    return replace(elder, worker_history=history)


def _on_board(problem: Problem, courses: Iterable[Course], working_ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """Carrier and end of loading of what is on board of somebody who still works, by visit id."""
    found: dict[str, tuple[str, int]] = {}
    for course in courses:
        loads = [stop for stop in course.given if stop.station_id is not None]
        if not loads or course.route.worker_id not in working_ids:
            continue
        for stop in course.stops[course.committed :]:
            if stop.station_id is not None:
                break
            visit = problem.visit_by_id.get(stop.visit_id or "")
            if visit is not None and hands_over(visit):
                found[visit.visit_id] = (course.route.worker_id, loads[-1].end_s)
    return found


def _visit_left(day: Day, visit: Visit, bounds: Bounds, loaded: tuple[str, int] | None) -> Visit | None:
    """`visit` with what is left of its windows, its portions on board if they are; ``None`` where nothing is left."""
    windows = visit.windows
    if loaded is not None:
        worker_id, loaded_s = loaded
        if visit.max_on_board_s is not None:
            bounds = bounds.within(Bounds(latest_s=loaded_s + visit.max_on_board_s))
        visit = replace(
            visit,
            demand={},
            station_ids=(),
            ready_s=None,
            max_on_board_s=None,
            soft_on_board_s=None,
            pinned_worker_ids=(worker_id,),
        )
    if spans := day.elder_absences.get(visit.elder_id or ""):
        windows = without(windows, spans, visit.service_duration_s)
    windows = clipped(windows, bounds)
    if not windows:
        return None
    return visit if windows == visit.windows else replace(visit, windows=windows)


def with_promise(day: Day, visit: Visit) -> Visit:
    """`visit` with what the elder was told as its promise, if anything; it starts no sooner than they expect."""
    told = day.told.get(visit.visit_id)
    if told is None:
        return visit
    tolerance_s = TOLERANCE_S if visit.promise is None else visit.promise.tolerance_s
    promise = Promise(worker_ids=told.worker_ids, start_s=told.start_s, tolerance_s=tolerance_s)
    windows = clipped(visit.windows, Bounds(earliest_s=told.start_s - tolerance_s)) or visit.windows
    if visit.pinned_start_s is not None and window_at(windows, visit.pinned_start_s) is None:
        windows = visit.windows
    return replace(visit, promise=promise, windows=windows)


def _links_to_given(
    day: Day, served: Mapping[str, Served], notes: list[str]
) -> tuple[dict[str, Bounds], dict[str, set[str]], dict[str, set[str]]]:
    """What links to given visits leave of open ones: bounds of the start, workers barred and workers needed."""
    bounds: dict[str, Bounds] = defaultdict(Bounds)
    barred: dict[str, set[str]] = defaultdict(set)
    needed: dict[str, set[str]] = {}
    for link in day.problem.links:
        first, second = served.get(link.first_visit_id), served.get(link.second_visit_id)
        if (first is None) == (second is None):
            continue
        if second is None:
            assert first is not None
            given, open_id = first, link.second_visit_id
            found = _bounds_behind(link, first)
        else:
            given, open_id = second, link.first_visit_id
            found = _bounds_before(link, second)
            if link.kind is LinkKind.BEFORE:
                notes.append(f"visit {open_id!r} should have come before {link.second_visit_id!r}, which has begun.")
        bounds[open_id] = bounds[open_id].within(found)
        if link.kind is LinkKind.DIFFERENT_WORKER:
            barred[open_id] |= given.worker_ids
        if link.kind is LinkKind.SAME_WORKER:
            needed[open_id] = needed.get(open_id, set(given.worker_ids)) & given.worker_ids
    return bounds, barred, needed


def _bounds_behind(link: Link, first: Served) -> Bounds:
    """Starts of the second visit that a link leaves when the first is given."""
    if link.kind is LinkKind.SAME_START:
        return Bounds(first.start_s, first.start_s)
    if link.kind is LinkKind.GAP:
        return Bounds(
            first.start_s + link.min_gap_s, None if link.max_gap_s is None else first.start_s + link.max_gap_s
        )
    if link.kind is LinkKind.BEFORE:
        return Bounds(first.end_s)
    return _days_apart(first) if link.kind is LinkKind.NOT_CONSECUTIVE_DAYS else Bounds()


def _bounds_before(link: Link, second: Served) -> Bounds:
    """Starts of the first visit that a link leaves when the second is given."""
    if link.kind is LinkKind.SAME_START:
        return Bounds(second.start_s, second.start_s)
    if link.kind is LinkKind.GAP:
        return Bounds(
            None if link.max_gap_s is None else second.start_s - link.max_gap_s, second.start_s - link.min_gap_s
        )
    return _days_apart(second) if link.kind is LinkKind.NOT_CONSECUTIVE_DAYS else Bounds()


def _days_apart(given: Served) -> Bounds:
    """Starts from two days later on (what is still open lies behind what is given)."""
    return Bounds((given.start_s // SECONDS_PER_DAY + 2) * SECONDS_PER_DAY)


def _with_workers(
    visit: Visit, needed: set[str] | None, barred: set[str] | None, day: Day, working_ids: Collection[str]
) -> Visit | None:
    """`visit` with pins to those whom links and the day leave; ``None`` where that is nobody."""
    pinned = set(visit.pinned_worker_ids) & set(working_ids)
    if needed is not None:
        pinned = (pinned & needed) if pinned else needed & set(working_ids)
        if not pinned:
            return None
    if barred:
        elder = day.problem.elder_of(visit)
        refused = set() if elder is None else set(elder.forbidden_worker_ids)
        pinned = (pinned or set(day.problem.worker_by_id) - refused) - barred
        if not pinned:
            return None
    return visit if pinned == set(visit.pinned_worker_ids) else replace(visit, pinned_worker_ids=tuple(sorted(pinned)))


def _lose_partners(
    problem: Problem, served: Mapping[str, Served], kept: dict[str, Visit], lost: dict[str, str]
) -> None:
    """Take out of `kept` what may only be served together with something lost."""
    links = [link for link in problem.links if link.kind.is_timed and link.together]
    is_settled = False
    while not is_settled:
        is_settled = True
        for link in links:
            for visit_id, other_id in (
                (link.first_visit_id, link.second_visit_id),
                (link.second_visit_id, link.first_visit_id),
            ):
                if visit_id in kept and other_id in lost and other_id not in served:
                    del kept[visit_id]
                    lost[visit_id] = f"it is served together with visit {other_id!r} or not at all."
                    is_settled = False


def _why_lost(day: Day, visit: Visit) -> str:
    spans = day.elder_absences.get(visit.elder_id or "")
    if spans and not without(visit.windows, spans, visit.service_duration_s):
        return f"elder {visit.elder_id!r} is away from {format_clock(spans[-1].from_s)}."
    return "what has happened leaves none of its windows and workers."
