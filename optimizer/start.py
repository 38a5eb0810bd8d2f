"""The greedy start: a sound draft for any problem of any size, by cheapest insertion.

Visits go in one after the other, mandatory before optional, in one of several orders, each where it costs least
(Solomon 1987, insertion heuristics). Visits bound in time, and the workers of a two-worker visit, are placed together
or not at all. What does not fit stays out: the draft is sound, only incomplete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from optimizer.eligibility import other_visit_id
from optimizer.insertion import Attempt, Inserter
from optimizer.nodes import FAR_S
from optimizer.plan import Draft, Sources
from optimizer.problem import Link, LinkKind, Problem, Visit, missing_skills
from optimizer.travel import TravelMatrix

Window = tuple[int, int]

_NUM_FIRST_FOUND, _NUM_FIRST_TRIED = 12, 60
"""The first of several is tried in so many places at most, and in no more once so many have been found to do."""
_NUM_SECOND_TRIED = 6
"""The second one in so many around each."""


class InsertionOrder(StrEnum):
    """Which visits go in first; within each order those that few workers can serve and those bound in time lead."""

    NARROW = "narrow"
    """Narrow windows first; of equal ones those of high priority."""
    URGENT = "urgent"
    """High priority first, then early ends of windows."""
    LATE_WAVES = "late-waves"
    """Care first, then meals from the latest kitchen wave back to the earliest: late trips are the tight ones."""


def insert_greedily(
    problem: Problem,
    travel: TravelMatrix,
    sources: Sources,
    *,
    draft: Draft | None = None,
    order: InsertionOrder = InsertionOrder.NARROW,
    deadline_s: float | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Draft:
    """Insert every visit that `draft` (default: an empty one) does not serve, where it costs least.

    Parameters
    ----------
    sources
        Supply by visit id; visits with demand and no source stay out.
    deadline_s
        ``time.monotonic()`` value at which to stop and leave the rest out.
    should_stop
        Asked between insertions; true stops as the deadline does.
    """
    inserter = Inserter(problem, travel, sources, draft)
    served = set() if draft is None else draft.served_visit_ids
    waiting = [visit for visit in problem.visits if visit.visit_id not in served]
    rank = _ranking(problem, sources, order)
    for cluster in sorted(clusters_of(problem, waiting), key=rank):
        if (deadline_s is not None and time.monotonic() >= deadline_s) or (should_stop is not None and should_stop()):
            break
        place_cluster(inserter, cluster)
    return inserter.draft


def clusters_of(problem: Problem, visits: Iterable[Visit]) -> list[tuple[Visit, ...]]:
    """Visits grouped by timed links."""
    waiting = {visit.visit_id: visit for visit in visits}
    clusters = []
    while waiting:
        first_id = next(iter(waiting))
        clusters.append(_linked_with(problem, waiting, first_id))
        for visit in clusters[-1]:
            del waiting[visit.visit_id]
    return clusters


def place_cluster(inserter: Inserter, cluster: Sequence[Visit], *, at_any_price: bool = False) -> bool:
    """Put all visits of `cluster` into routes, where they cost least together; false (and no change) if that fails.

    A cluster whose links do not ask for all of its visits falls back on as many of them as fit. Optional visits are
    placed only where that costs less than leaving them out, unless `at_any_price`.
    """
    members = [visit for visit in cluster for _ in range(visit.num_workers)]
    limit_cents = float("inf") if at_any_price else _worth_cents(cluster)
    if _place_members(inserter, members, limit_cents):
        return True
    if len(cluster) == 1 or _must_be_together(inserter.problem, cluster):
        return False
    placed = [place_cluster(inserter, (visit,), at_any_price=at_any_price) for visit in cluster]
    return any(placed)


def _place_members(inserter: Inserter, members: Sequence[Visit], limit_cents: float) -> bool:
    """Place all `members` for at most `limit_cents`; false (and no change) if that fails."""
    window = bound_window(inserter, members[0])
    if len(members) == 1:
        attempt = inserter.best(members[0], window)
        if attempt is None or attempt.score_cents > limit_cents:
            return False
        inserter.insert(attempt, members[0], _held(inserter, members[0], attempt, window))
        return True
    return _place_together(inserter, members, window, limit_cents)


def _place_together(inserter: Inserter, members: Sequence[Visit], window: Window | None, limit_cents: float) -> bool:
    """Place the first two members at starts that suit both, the others around them; keep the cheapest way found."""
    before = inserter.snapshot()
    best_score, best_state, num_found = float("inf"), None, 0
    for attempt in _firsts(inserter, members, window)[:_NUM_FIRST_TRIED]:
        score = _place_around(inserter, members, attempt, window)
        if score is not None and score < best_score:
            best_score, best_state = score, inserter.snapshot()
        inserter.restore(before)
        num_found += score is not None
        if num_found == _NUM_FIRST_FOUND:
            break
    if best_state is None or best_score > limit_cents:
        return False
    inserter.restore(best_state)
    return True


def _firsts(inserter: Inserter, members: Sequence[Visit], window: Window | None) -> list[Attempt]:
    """Attempts of the first member, cheapest first; of a visit of several workers only those that somebody can join.

    These are ranked with their cheapest partner: the places that are best for one worker are often full for two.
    """
    attempts = sorted(inserter.attempts(members[0], window), key=lambda attempt: attempt.rank)
    if members[0] is not members[1]:
        return attempts
    joined = [(first, _partner(inserter, first, attempts)) for first in attempts]
    pairs = [(first, partner) for first, partner in joined if partner is not None]
    return [first for first, _ in sorted(pairs, key=lambda pair: pair[0].score_cents + pair[1].score_cents)]


def _partner(inserter: Inserter, first: Attempt, attempts: Iterable[Attempt]) -> Attempt | None:
    """The first of `attempts` in which another worker can start with `first`; an unused shift has others like it."""
    if not inserter.routes[first.key].is_used:
        return first
    for other in attempts:
        is_together = max(first.start_s, other.start_s) <= min(first.latest_s, other.latest_s)
        if is_together and other.key[0] != first.key[0]:
            return other
    return None


def _place_around(inserter: Inserter, members: Sequence[Visit], first: Attempt, window: Window | None) -> float | None:
    """Estimated cost of placing `members`, the first one as `first` says; None (and a changed state) if that fails."""
    before = inserter.snapshot()
    inserter.insert(first, members[0], window)
    reach = _reach(inserter.problem, members[0], members[1], (first.start_s, first.latest_s))
    seconds = sorted(inserter.attempts(members[1], reach), key=lambda attempt: attempt.rank)
    for second in seconds[:_NUM_SECOND_TRIED]:
        inserter.restore(before)
        first_s = _start_that_suits(inserter.problem, members, first.start_s, second.start_s)
        if first_s > first.latest_s or inserter.faults(first, members[0], (first_s, first_s)):
            continue
        inserter.insert(first, members[0], (first_s, first_s))
        second_window = second.start_s, second.start_s
        if inserter.faults(second, members[1], second_window):
            continue
        inserter.insert(second, members[1], second_window)
        score = _place_rest(inserter, members[2:], first.score_cents + second.score_cents)
        if score is not None:
            return score
    return None


def _place_rest(inserter: Inserter, members: Sequence[Visit], score: float) -> float | None:
    for visit in members:
        window = bound_window(inserter, visit)
        attempt = inserter.best(visit, window)
        if attempt is None:
            return None
        inserter.insert(attempt, visit, _held(inserter, visit, attempt, window))
        score += attempt.score_cents
    return score


def _start_that_suits(problem: Problem, members: Sequence[Visit], first_s: int, second_s: int) -> int:
    """Earliest start of the first member, not before `first_s`, that suits the second one's start `second_s`."""
    reach = _reach(problem, members[1], members[0], (second_s, second_s))
    return max(first_s, reach[0])


def _held(inserter: Inserter, visit: Visit, attempt: Attempt, window: Window | None) -> Window | None:
    """The exact start as a window for visits bound in time (later insertions must not move them), else `window`."""
    is_bound = visit.num_workers > 1 or visit.visit_id in inserter.factory.linked_visit_ids
    return (attempt.start_s, attempt.start_s) if is_bound else window


def bound_window(inserter: Inserter, visit: Visit) -> Window | None:
    """Starts of `visit` that its links to visits already placed (and its own other workers) allow; None: any."""
    window: Window | None = None
    if inserter.keys_by_visit_id.get(visit.visit_id):
        start_s = inserter.start_of(visit.visit_id)
        window = start_s, start_s
    for link in inserter.problem.links_by_visit_id.get(visit.visit_id, ()):
        other_id = other_visit_id(link, visit.visit_id)
        if link.kind.is_timed and inserter.keys_by_visit_id.get(other_id):
            start_s = inserter.start_of(other_id)
            other = inserter.problem.visit_by_id[other_id]
            bound = _link_reach(link, other, visit, (start_s, start_s))
            window = bound if window is None else (max(window[0], bound[0]), min(window[1], bound[1]))
    return window


def _reach(problem: Problem, origin: Visit, target: Visit, starts: Window) -> Window:
    """Starts of `target` that are possible while `origin` starts within `starts`."""
    if origin is target:
        return starts
    reach = (-FAR_S, FAR_S)
    for link in problem.links_by_visit_id.get(origin.visit_id, ()):
        if link.kind.is_timed and other_visit_id(link, origin.visit_id) == target.visit_id:
            bound = _link_reach(link, origin, target, starts)
            reach = max(reach[0], bound[0]), min(reach[1], bound[1])
    return reach


def _link_reach(link: Link, origin: Visit, target: Visit, starts: Window) -> Window:
    early_s, late_s = starts
    is_forward = link.first_visit_id == origin.visit_id
    if link.kind is LinkKind.SAME_START:
        return starts
    if link.kind is LinkKind.GAP:
        widest_s = FAR_S if link.max_gap_s is None else link.max_gap_s
        return (
            (early_s + link.min_gap_s, late_s + widest_s)
            if is_forward
            else (early_s - widest_s, late_s - link.min_gap_s)
        )
    if is_forward:
        return early_s + _longest_duration_s(origin), FAR_S
    return -FAR_S, late_s - _longest_duration_s(target)


def _longest_duration_s(visit: Visit) -> int:
    """Twice the nominal duration: enough for any pace that occurs; the judge has the last word."""
    return 2 * visit.service_duration_s


def _linked_with(problem: Problem, waiting: dict[str, Visit], first_id: str) -> tuple[Visit, ...]:
    """The waiting visits that timed links connect with one of them, earlier ends of links first."""
    found, frontier = {first_id}, [first_id]
    while frontier:
        visit_id = frontier.pop()
        for link in problem.links_by_visit_id.get(visit_id, ()):
            other_id = other_visit_id(link, visit_id)
            if link.kind.is_timed and other_id in waiting and other_id not in found:
                found.add(other_id)
                frontier.append(other_id)
    return tuple(sorted((waiting[visit_id] for visit_id in sorted(found)), key=_first_start_s))


def _first_start_s(visit: Visit) -> int:
    return min(window.start_s for window in visit.windows)


def _ranking(
    problem: Problem, sources: Sources, order: InsertionOrder
) -> Callable[[Sequence[Visit]], tuple[object, ...]]:
    """Sort key of clusters for an order of insertion."""
    num_able = _num_able_workers(problem)

    def hardness(cluster: Sequence[Visit]) -> tuple[bool, bool]:
        few_able = min(num_able[visit.visit_id] for visit in cluster) <= _NUM_FEW_ABLE
        return not few_able, len(cluster) == 1 and cluster[0].num_workers == 1

    def urgent(cluster: Sequence[Visit]) -> tuple[object, ...]:
        return -max(visit.priority for visit in cluster), hardness(cluster), _first_end_s(cluster)

    def late_waves(cluster: Sequence[Visit]) -> tuple[object, ...]:
        ready_s = min(sources[visit.visit_id].ready_s if visit.visit_id in sources else FAR_S for visit in cluster)
        return -ready_s, hardness(cluster), _first_end_s(cluster)

    def narrow(cluster: Sequence[Visit]) -> tuple[object, ...]:
        width_s = min(sum(window.end_s - window.start_s for window in visit.windows) for visit in cluster)
        return hardness(cluster), width_s, -max(visit.priority for visit in cluster), _first_end_s(cluster)

    keys = {InsertionOrder.URGENT: urgent, InsertionOrder.LATE_WAVES: late_waves, InsertionOrder.NARROW: narrow}
    key = keys[order]
    return lambda cluster: (not any(visit.mandatory for visit in cluster), *key(cluster), cluster[0].visit_id)


def _first_end_s(cluster: Sequence[Visit]) -> int:
    return min(window.end_s for visit in cluster for window in visit.windows)


_NUM_FEW_ABLE = 3


def _num_able_workers(problem: Problem) -> dict[str, int]:
    """Number of workers with the skills for each visit, by visit id."""
    num_by_skills: dict[tuple[tuple[str, int], ...], int] = {}
    num_able = {}
    for visit in problem.visits:
        skills = tuple(sorted(visit.skills.items()))
        if skills not in num_by_skills:
            able = (not missing_skills(worker, visit.skills) for worker in problem.workers)
            num_by_skills[skills] = sum(able)
        num_able[visit.visit_id] = num_by_skills[skills]
    return num_able


def _must_be_together(problem: Problem, cluster: Sequence[Visit]) -> bool:
    links = (link for visit in cluster for link in problem.links_by_visit_id.get(visit.visit_id, ()))
    return any(link.kind.is_timed and link.together for link in links)


def _worth_cents(cluster: Sequence[Visit]) -> float:
    """What placing `cluster` may cost: anything if one of its visits is mandatory, else what leaving it out costs."""
    return float("inf") if any(visit.mandatory for visit in cluster) else sum(visit.unserved_cents for visit in cluster)
