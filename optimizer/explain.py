"""Why is a visit not served, and what would serve it? Answered by trying, never by guessing.

For every worker and shift the visit is tried at every position (with a loading of its own where it needs one); the
rules met at the position that comes closest are the reasons. Then single changes of the facts are tried: a wider
window, a later shift end, a skill, more portions, more room, a visit of lower priority given up. A change is reported
only after the changed problem with the visit inserted has passed the judge; its price is the difference in cost.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from optimizer.check import check_plan
from optimizer.insertion import Attempt, Inserter, RouteKey
from optimizer.judge import judged_plan, unserved_cents
from optimizer.plan import Draft, Plan, Reason, Remedy, RemedyKind, Sources, Unassigned
from optimizer.problem import LinkKind, Problem, Visit, Worker, missing_skills
from optimizer.remedies import apply_remedy, source_after, suppliers_by_distance, widened, with_visit
from optimizer.repair import without_visits
from optimizer.rules import RULES, Rule
from optimizer.start import bound_window, clusters_of, place_cluster
from optimizer.travel import TravelMatrix
from optimizer.units import ceil_div

_STEP_S = 300
"""Windows and shifts are widened in steps of five minutes."""
_WIDEST_S = 2 * 3600
"""Windows and shifts are widened by at most two hours."""
_NUM_TRIED = 6
"""So many changes of a kind are made and judged before it is given up."""
_RULE_BY_LINK = {LinkKind.SAME_START: Rule.SAME_START, LinkKind.GAP: Rule.GAP, LinkKind.BEFORE: Rule.BEFORE}


def explain_unassigned(
    problem: Problem,
    travel: TravelMatrix,
    sources: Sources,
    plan: Plan,
    *,
    visit_ids: Sequence[str] | None = None,
    deadline_s: float | None = None,
) -> tuple[Unassigned, ...]:
    """Reasons and remedies for the visits that `plan` leaves unassigned.

    Parameters
    ----------
    sources
        Supply the plan was made with.
    visit_ids
        Which unassigned visits to explain; default: all of them.
    deadline_s
        ``time.monotonic()`` value at which to stop. Reasons are looked for first, then remedies, both for the visits
        that matter most first; what was not reached has none (and no insertions tried).
    """
    explainer = _Explainer(problem, travel, sources, plan)
    wanted = [item.visit_id for item in plan.unassigned] if visit_ids is None else visit_ids
    visits = sorted((problem.visit_by_id[visit_id] for visit_id in wanted), key=_weight, reverse=True)
    in_time = (visit for visit in visits if deadline_s is None or time.monotonic() < deadline_s)
    told = {visit.visit_id: explainer.reasons(visit) for visit in in_time}
    for visit in visits:
        if visit.visit_id in told and (deadline_s is None or time.monotonic() < deadline_s):
            told[visit.visit_id] = replace(told[visit.visit_id], remedies=explainer.remedies(visit, deadline_s))
    return tuple(told.get(visit_id, Unassigned(visit_id=visit_id)) for visit_id in wanted)


def carry_out(
    problem: Problem, travel: TravelMatrix, sources: Sources, plan: Plan, *, visit_id: str, remedy: Remedy
) -> tuple[Problem, Draft | None]:
    """The problem after `remedy`, and the routes of `plan` with the visit in them; nothing else is moved.

    The arguments are those that the remedy was found with (:func:`explain_unassigned`). ``None`` instead of routes
    where the visit does not fit, which happens only when it was found for another plan.
    """
    key = None if remedy.worker_id is None or remedy.shift_id is None else (remedy.worker_id, remedy.shift_id)
    explainer = _Explainer(problem, travel, sources, plan)
    return explainer.carried_out(problem.visit_by_id[visit_id], _Trial(remedy, key))


@dataclass(frozen=True, slots=True)
class _Trial:
    """A change to try: the remedy without its price, and the route in which the visit is to be inserted."""

    remedy: Remedy
    key: RouteKey | None = None


class _Explainer:
    """One plan under question: its routes ready for insertion, and its cost."""

    def __init__(self, problem: Problem, travel: TravelMatrix, sources: Sources, plan: Plan) -> None:
        self.problem, self.travel, self.sources, self.draft = problem, travel, dict(sources), plan.draft
        self.inserter = Inserter(problem, travel, sources, self.draft)
        self.total_cents = plan.cost.total_cents
        self.unserved = [visit for visit in problem.visits if visit.visit_id not in self.draft.served_visit_ids]

    def reasons(self, visit: Visit) -> Unassigned:
        """Rules in the way by worker, and how many insertions were tried."""
        workers_by_rule: dict[Rule, list[str]] = defaultdict(list)
        num_tried = 0
        for key, state in self.inserter.routes.items():
            faults, num_here = self._least_faults(key, visit, state.worker)
            num_tried += num_here
            for rule in faults or self._bonds(visit):
                if state.worker.worker_id not in workers_by_rule[rule]:
                    workers_by_rule[rule].append(state.worker.worker_id)
        ordered = sorted(workers_by_rule.items(), key=lambda item: (-len(item[1]), item[0]))
        reasons = tuple(_reason(visit, rule, worker_ids) for rule, worker_ids in ordered)
        return Unassigned(visit_id=visit.visit_id, reasons=reasons, num_insertions_tried=num_tried)

    def _bonds(self, visit: Visit) -> set[Rule]:
        """Rules that bind `visit` to other routes: in the way where it would fit a route taken alone."""
        links = self.problem.links_by_visit_id.get(visit.visit_id, ())
        bonds = {_RULE_BY_LINK[link.kind] for link in links if link.kind.is_timed}
        return bonds | {Rule.SAME_START} if visit.num_workers > 1 else bonds

    def _worker_can(self, key: RouteKey, visit: Visit) -> bool:
        return not self.inserter.worker_faults(visit, self.inserter.routes[key].worker)

    def _least_faults(self, key: RouteKey, visit: Visit, worker: Worker) -> tuple[frozenset[Rule], int]:
        """Rules broken at the position that breaks fewest; rules that hold for the worker anywhere come first."""
        faults = self.inserter.worker_faults(visit, worker)
        if faults:
            return faults, 1
        window = bound_window(self.inserter, visit)
        tried = [self.inserter.faults(attempt, visit, window) for attempt in self.inserter.attempts_in(key, visit)]
        if not tried:
            return frozenset({Rule.CAPACITY}), 1
        return min(tried, key=lambda rules: (len(rules), sorted(rules))), len(tried)

    def remedies(self, visit: Visit, deadline_s: float | None) -> tuple[Remedy, ...]:
        """Of each kind the change that looks cheapest and passes the judge; insertion where nothing is in the way.

        What is not reached by the deadline is left out.
        """
        inserted = self._inserted(self.problem, self.sources, visit)
        if inserted is not None:
            remedy = Remedy(kind=RemedyKind.INSERT, message="Insert it: nothing is in the way.", price_cents=0)
            priced = self._priced(remedy, self.problem, inserted)
            return () if priced is None else (priced,)
        found = [self._first_that_works(visit, trials, deadline_s) for trials in self._trials(visit)]
        return tuple(sorted((remedy for remedy in found if remedy is not None), key=lambda remedy: remedy.price_cents))

    def _trials(self, visit: Visit) -> Iterator[Iterator[_Trial]]:
        """One stream of changes to try for each kind of remedy, the one that looks cheapest first."""
        yield self._wider_windows(visit)
        yield self._later_shifts(visit)
        yield self._taught_skills(visit)
        yield self._more_portions(visit)
        yield self._more_capacity(visit)
        yield self._swaps(visit)

    def _first_that_works(self, visit: Visit, trials: Iterator[_Trial], deadline_s: float | None) -> Remedy | None:
        for trial in islice(trials, _NUM_TRIED):
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return None
            remedy = self._try(visit, trial)
            if remedy is not None:
                return remedy
        return None

    def _try(self, visit: Visit, trial: _Trial) -> Remedy | None:
        """The remedy with its price, if the changed problem with the visit inserted passes the judge."""
        problem, inserted = self.carried_out(visit, trial)
        return None if inserted is None else self._priced(trial.remedy, problem, inserted)

    def carried_out(self, visit: Visit, trial: _Trial) -> tuple[Problem, Draft | None]:
        """The changed problem, and the routes with the visit in them, or None where it does not fit."""
        remedy, problem, sources, draft = trial.remedy, self.problem, self.sources, self.draft
        if remedy.kind is RemedyKind.SWAP:
            assert remedy.dropped_visit_id is not None
            draft = without_visits(draft, [remedy.dropped_visit_id])
        elif remedy.kind is not RemedyKind.INSERT:
            problem = apply_remedy(problem, visit.visit_id, remedy)
        if remedy.kind is RemedyKind.MORE_PORTIONS:
            sources = {**sources, visit.visit_id: source_after(problem, remedy, visit)}
        return problem, self._inserted(problem, sources, problem.visit_by_id[visit.visit_id], draft, trial.key)

    def _inserted(
        self,
        problem: Problem,
        sources: Sources,
        visit: Visit,
        draft: Draft | None = None,
        key: RouteKey | None = None,
    ) -> Draft | None:
        """The draft with `visit` in it (in route `key` if given), or None where it does not fit."""
        is_same = problem is self.problem and draft is None and sources is self.sources
        inserter = self.inserter if is_same else Inserter(problem, self.travel, sources, draft or self.draft)
        before = inserter.snapshot()
        cluster = self._cluster(problem, visit)
        if key is not None and len(cluster) == visit.num_workers == 1:
            attempt = inserter.best(visit, key=key)
            fits = attempt is not None
            if attempt is not None:
                inserter.insert(attempt, visit)
        else:
            fits = place_cluster(inserter, cluster, at_any_price=True)
        inserted = inserter.draft if fits else None
        inserter.restore(before)
        return inserted

    def _cluster(self, problem: Problem, visit: Visit) -> tuple[Visit, ...]:
        """`visit` with the unserved visits that timed links bind it to."""
        unserved = [problem.visit_by_id[other.visit_id] for other in self.unserved]
        return next(cluster for cluster in clusters_of(problem, unserved) if visit in cluster)

    def _priced(self, remedy: Remedy, problem: Problem, draft: Draft) -> Remedy | None:
        """`remedy` with the price of `draft`, or None where the judge refuses that."""
        plan = judged_plan(problem, self.travel, draft)
        if check_plan(problem, self.travel, plan):
            return None
        served = draft.served_visit_ids
        saved_cents = sum(unserved_cents(self.problem, other) for other in self.unserved if other.visit_id in served)
        return replace(remedy, price_cents=plan.cost.total_cents - (self.total_cents - saved_cents))

    def _open_attempts(self, visit: Visit, rule: Rule) -> Iterator[Attempt]:
        """Attempts in routes of able workers whose only fault is `rule`."""
        for key in self.inserter.routes:
            if self._worker_can(key, visit):
                for attempt in self.inserter.attempts_in(key, visit):
                    if self.inserter.faults(attempt, visit) <= {rule}:
                        yield attempt

    def _wider_windows(self, visit: Visit) -> Iterator[_Trial]:
        if visit.pinned_start_s is not None:
            return
        wide = replace(visit, windows=widened(self.problem, visit, _WIDEST_S))
        inserter = Inserter(with_visit(self.problem, wide), self.travel, self.sources, self.draft)
        changes = sorted({_window_change_s(visit, attempt) for attempt in inserter.attempts(wide)})
        for change_s in [change_s for change_s in changes if 0 < change_s <= _WIDEST_S][:4]:
            minutes = change_s // 60
            message = f"Widen the window of visit {visit.visit_id!r} by {minutes} min at both ends."
            yield _Trial(Remedy(kind=RemedyKind.WIDEN_WINDOW, message=message, price_cents=0, change_s=change_s))

    def _later_shifts(self, visit: Visit) -> Iterator[_Trial]:
        needed: dict[RouteKey, int] = {}
        for attempt in self._open_attempts(visit, Rule.SHIFT):
            over_s = self.inserter.end_of(attempt, visit) - self.inserter.routes[attempt.key].shift.end_s
            needed[attempt.key] = min(over_s, needed.get(attempt.key, over_s))
        for key, over_s in sorted(needed.items(), key=lambda item: item[1])[:4]:
            change_s = ceil_div(over_s, _STEP_S) * _STEP_S
            if change_s <= _WIDEST_S:
                message = f"Extend shift {key[1]!r} of worker {key[0]!r} by {change_s // 60} min."
                remedy = Remedy(kind=RemedyKind.EXTEND_SHIFT, message=message, price_cents=0, change_s=change_s)
                yield _Trial(replace(remedy, worker_id=key[0], shift_id=key[1]), key)

    def _taught_skills(self, visit: Visit) -> Iterator[_Trial]:
        """Workers who lack one skill only, those first in whose routes the visit would cost least."""
        unskilled, seen = replace(visit, skills={}), set()
        for attempt in sorted(self.inserter.attempts(unskilled), key=lambda attempt: attempt.rank):
            lacking = missing_skills(self.inserter.routes[attempt.key].worker, visit.skills)
            if len(lacking) != 1 or attempt.key in seen or self.inserter.faults(attempt, unskilled):
                continue
            seen.add(attempt.key)
            ((skill, level),), worker_id = lacking.items(), attempt.key[0]
            message = f"Teach worker {worker_id!r} skill {skill!r} at level {level}."
            remedy = Remedy(kind=RemedyKind.ADD_SKILL, message=message, price_cents=0, worker_id=worker_id)
            yield _Trial(replace(remedy, skill=skill, level=level), attempt.key)

    def _more_portions(self, visit: Visit) -> Iterator[_Trial]:
        if not visit.demand or visit.visit_id in self.sources:
            return
        for station in suppliers_by_distance(self.problem, self.travel, visit)[:4]:
            amount = dict(visit.demand)
            text = ", ".join(f"{portions} × {meal_type}" for meal_type, portions in amount.items())
            message = f"Cook {text} more at station {station.station_id!r}."
            remedy = Remedy(kind=RemedyKind.MORE_PORTIONS, message=message, price_cents=0, amount=amount)
            yield _Trial(replace(remedy, station_id=station.station_id))

    def _more_capacity(self, visit: Visit) -> Iterator[_Trial]:
        if not visit.demand or visit.visit_id not in self.sources:
            return
        amount = self.problem.vehicle_use_of(visit.demand)
        text = ", ".join(f"{size} × {name}" for name, size in amount.items())
        for key, state in self.inserter.routes.items():
            if self.inserter.worker_faults(visit, state.worker) <= {Rule.CAPACITY}:
                message = f"Give worker {key[0]!r} room for {text} more."
                remedy = Remedy(kind=RemedyKind.MORE_CAPACITY, message=message, price_cents=0, amount=amount)
                yield _Trial(replace(remedy, worker_id=key[0]), key)

    def _swaps(self, visit: Visit) -> Iterator[_Trial]:
        """Visits that matter less and in whose place this one fits, those that matter least first."""
        linked = self.inserter.factory.linked_visit_ids
        before = self.inserter.snapshot()
        found = []
        for key, state in before[0].items():
            others = [node.visit for node in state.visit_nodes if node.visit is not None]
            for other in others if self._worker_can(key, visit) else ():
                if other.visit_id not in linked and _matters_less(other, visit):
                    self.inserter.remove(other.visit_id)
                    attempt = self.inserter.best(visit, key=key)
                    if attempt is not None:
                        lost_cents = unserved_cents(self.problem, other)
                        found.append((lost_cents + attempt.score_cents, other.visit_id, key))
                    self.inserter.restore(before)
        for _, other_id, key in sorted(found):
            message = f"Give up visit {other_id!r}, which has a lower priority."
            remedy = Remedy(kind=RemedyKind.SWAP, message=message, price_cents=0, dropped_visit_id=other_id)
            yield _Trial(remedy, key)


def _reason(visit: Visit, rule: Rule, worker_ids: Sequence[str]) -> Reason:
    who = f"worker {worker_ids[0]!r}" if len(worker_ids) == 1 else f"{len(worker_ids)} workers"
    law = RULES[rule].sentence[0].lower() + RULES[rule].sentence[1:]
    message = f"Rule {str(rule)!r} keeps visit {visit.visit_id!r} from {who}: {law} {RULES[rule].hint}"
    return Reason(rule=rule, worker_ids=tuple(worker_ids), message=message)


def _weight(visit: Visit) -> tuple[bool, int]:
    return visit.mandatory, visit.priority


def _matters_less(other: Visit, visit: Visit) -> bool:
    if other.num_workers > 1 or other.pinned_worker_ids or other.pinned_start_s is not None:
        return False
    return _weight(other) < _weight(visit)


def _window_change_s(visit: Visit, attempt: Attempt) -> int:
    """Seconds, in five-minute steps, by which some window must grow to meet the starts possible at `attempt`."""
    gaps = (max(0, attempt.start_s - window.end_s, window.start_s - attempt.latest_s) for window in visit.windows)
    return ceil_div(min(gaps), _STEP_S) * _STEP_S
