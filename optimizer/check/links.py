"""Rules of links between visits, and of the workers of one visit starting together."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.check.visits import of_visit
from optimizer.plan import Violation
from optimizer.problem import Link, LinkKind
from optimizer.reading import ReadPlan, ReadStop, end_of, start_of, violation
from optimizer.rules import Rule
from optimizer.units import SECONDS_PER_DAY, format_clock

_Stops = tuple[ReadStop, ...]


def check_same_start(reading: ReadPlan) -> Iterator[Violation]:
    """All workers of a visit start together, and so do visits linked by same start."""
    for visit in reading.problem.visits:
        stops = reading.stops_by_visit_id.get(visit.visit_id, ())
        starts = {stop.worker.worker_id: stop.stop.start_s for stop in reversed(stops)}
        if visit.num_workers > 1 and len(set(starts.values())) > 1:
            clocks = _clocks(set(starts.values()))
            yield of_visit(Rule.SAME_START, visit.visit_id, f"starts at {clocks} by its different workers.")
    for link, first, second in _linked(reading, LinkKind.SAME_START):
        if start_of(first) != start_of(second):
            clocks = _clocks({start_of(first), start_of(second)})
            yield _on_link(Rule.SAME_START, link, f"must start at the same time, but start at {clocks}.")


def check_gap(reading: ReadPlan) -> Iterator[Violation]:
    """The time between the starts lies between the link's minimum and maximum."""
    for link, first, second in _linked(reading, LinkKind.GAP):
        gap_s = start_of(second) - start_of(first)
        if gap_s < link.min_gap_s or (link.max_gap_s is not None and gap_s > link.max_gap_s):
            most = "" if link.max_gap_s is None else f", at most {link.max_gap_s} s"
            yield _on_link(Rule.GAP, link, f"start {gap_s} s apart; allowed are at least {link.min_gap_s} s{most}.")


def check_before(reading: ReadPlan) -> Iterator[Violation]:
    """The second starts when all workers of the first have ended, or later."""
    for link, first, second in _linked(reading, LinkKind.BEFORE):
        end_s, start_s = end_of(first), min(stop.stop.start_s for stop in second)
        if start_s < end_s:
            text = f"overlap: the first ends at {format_clock(end_s)}, the second starts at {format_clock(start_s)}."
            yield _on_link(Rule.BEFORE, link, text)


def check_same_worker(reading: ReadPlan) -> Iterator[Violation]:
    """Visits so linked share a worker."""
    for link, first, second in _linked(reading, LinkKind.SAME_WORKER):
        if not _worker_ids(first) & _worker_ids(second):
            yield _on_link(Rule.SAME_WORKER, link, "must share a worker, but do not.")


def check_different_worker(reading: ReadPlan) -> Iterator[Violation]:
    """Visits so linked share no worker."""
    for link, first, second in _linked(reading, LinkKind.DIFFERENT_WORKER):
        shared = _worker_ids(first) & _worker_ids(second)
        if shared:
            names = ", ".join(map(repr, sorted(shared)))
            yield _on_link(Rule.DIFFERENT_WORKER, link, f"must not share a worker, but share {names}.")


def check_not_consecutive_days(reading: ReadPlan) -> Iterator[Violation]:
    """A whole day lies between visits so linked."""
    for link, first, second in _linked(reading, LinkKind.NOT_CONSECUTIVE_DAYS):
        days = start_of(first) // SECONDS_PER_DAY, start_of(second) // SECONDS_PER_DAY
        if abs(days[0] - days[1]) < 2:
            text = f"fall on days {days[0] + 1} and {days[1] + 1}; a day must lie between them."
            yield _on_link(Rule.NOT_CONSECUTIVE_DAYS, link, text)


def check_together(reading: ReadPlan) -> Iterator[Violation]:
    """Visits linked in time and marked together are both served or neither is."""
    served = reading.stops_by_visit_id
    for link in reading.problem.links:
        is_served = link.first_visit_id in served, link.second_visit_id in served
        if link.kind.is_timed and link.together and is_served[0] != is_served[1]:
            lone = link.first_visit_id if is_served[0] else link.second_visit_id
            yield _on_link(Rule.TOGETHER, link, f"must be served together, but only {lone!r} is.")


def _linked(reading: ReadPlan, kind: LinkKind) -> Iterator[tuple[Link, _Stops, _Stops]]:
    """Links of one kind whose visits are both served, with the stops of each."""
    served = reading.stops_by_visit_id
    for link in reading.problem.links:
        if link.kind is kind and link.first_visit_id in served and link.second_visit_id in served:
            yield link, served[link.first_visit_id], served[link.second_visit_id]


def _on_link(rule: Rule, link: Link, text: str) -> Violation:
    """A violation of a link, placed at its second visit; `text` follows the names of both."""
    names = f"visits {link.first_visit_id!r} and {link.second_visit_id!r}"
    return violation(rule, f"{names} {text}", visit_id=link.second_visit_id)


def _worker_ids(stops: _Stops) -> set[str]:
    return {stop.worker.worker_id for stop in stops}


def _clocks(times: set[int]) -> str:
    return " and ".join(format_clock(time_s) for time_s in sorted(times))
