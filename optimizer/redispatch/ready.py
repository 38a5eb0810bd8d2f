"""A day kept ready for one more visit: where it fits, and the next plan once a slot is taken, in milliseconds.

What a new visit changes is one route. So the rest of the day and its :class:`~optimizer.redispatch.slots.SlotFinder`
are made once for a published plan, and taking a slot judges, prices and prints that route alone; everything else of
the plan is the same object as before.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import partial

from optimizer.judge import judged_plan, unserved_cents
from optimizer.plan import Cost, Plan, Route, SolveStatus
from optimizer.problem import Elder, Problem, Shift, Visit, Worker
from optimizer.reading import read_plan
from optimizer.redispatch.day import Day, after, at
from optimizer.redispatch.diff import PlanDiff, Word, word_of
from optimizer.redispatch.events import VisitAdded
from optimizer.redispatch.params import FREEZE_S, RedispatchParams, Tier
from optimizer.redispatch.redispatch import Redispatch
from optimizer.redispatch.rest import rest_of, whole_routes, with_promise
from optimizer.redispatch.slots import PlanFacts, Position, RouteJudge, Slot, SlotFinder, route_facts
from optimizer.redispatch.slots.finder import status_of, with_left_out
from optimizer.rules import CostTerm

_NUM_SLOTS = 5
"""So many slots are looked at for one that keeps to the budget."""


class ReadyDay:
    """The rest of a published day, kept ready for questions up to a time.

    Parameters
    ----------
    day
        As it was published; no route is disturbed.
    until_s
        Questions may come up to then: what is given by then (``freeze_s`` included) is given in every answer.
    """

    def __init__(self, day: Day, until_s: int | None = None, freeze_s: int = FREEZE_S) -> None:
        self.day, self.freeze_s = day, freeze_s
        self.until_s = day.now_s if until_s is None else until_s
        self._rest = rest_of(at(day, self.until_s), freeze_s)
        base = judged_plan(self._rest.problem, self._rest.travel, self._rest.start)
        self._finder = SlotFinder(self._rest.problem, self._rest.travel, base, streets=day.streets)
        self._judge = RouteJudge(PlanFacts(day.problem, day.travel, day.plan))
        self._word = word_of(day.problem, day.plan, day.told)
        for facts in (self._finder.facts, self._judge.facts):
            facts.prepare()
        self._latest: tuple[VisitAdded, Day] | None = None

    @property
    def finder(self) -> SlotFinder:
        """Where one more visit fits into the rest of the day."""
        return self._finder

    def slot(
        self, visit: Visit, elder: Elder | None, key: tuple[str, str], position: int, load: str | None
    ) -> Slot | None:
        """One slot by its shift and position, and the station of its own loading; ``None`` where it is none any more.

        Raises
        ------
        InputError
            If the visit is served already, needs several workers, or is wrong in itself.
        """
        finder = self._finder
        question = finder.question(visit, elder)
        loads = [new for new in question.loads if new.station.station_id == load]
        numbers = [number for number, case in enumerate(finder.cases) if case.key == key]
        if not numbers or (load is not None and not loads):
            return None
        new_load = loads[0] if loads else None
        wanted = Position(route=numbers[0], position=position, load=new_load, estimate_cents=0.0)
        if not any(_is_same(wanted, possible) for possible in finder.positions(question)):
            return None
        trial = finder.trial(question, wanted)
        return trial.slot if trial.is_sound else None

    def inserted(
        self, event: VisitAdded, params: RedispatchParams = RedispatchParams()
    ) -> tuple[Redispatch, Callable[[], ReadyDay]] | None:
        """The next plan with the visit of `event` in its best slot, and what makes its day ready again.

        Where no gap of any route has room for it, it is left out. ``None`` where more has to be decided: the visit has
        gaps but no slot that is worth it and within the budget of `params`, it must begin before what is given here
        ends, its elder is away for a while, or another time is frozen than here.

        Raises
        ------
        InputError
            If the event does not agree with the day.
        """
        self._after(event)
        visit = event.visit
        if visit.num_workers > 1 or visit.elder_id in self.day.elder_absences or params.freeze_s != self.freeze_s:
            return None
        num = 1 if params.max_elders_told is None and params.max_workers_told is None else _NUM_SLOTS
        slots = self._finder.best_slots(visit, event.elder, num)
        if not slots and self._has_no_gap(visit, event.elder):
            return self._left_out(event)
        for slot in slots:
            if slot.extra_cents > unserved_cents(self.day.problem, visit):
                return None
            result, follow = self.taken(event, slot)
            if _is_allowed(result.diff, event, params):
                return result, follow
        return None

    def taken(self, event: VisitAdded, slot: Slot) -> tuple[Redispatch, Callable[[], ReadyDay]]:
        """The next plan, in which `slot` is taken for the visit of `event`, and what makes its day ready again.

        Raises
        ------
        InputError
            If the event does not agree with the day.
        """
        day = self._after(event)
        route = self._whole_route(day, slot.route)
        plan, judge = self._priced(day, route, event)
        result, word = self._published(day, plan, route)
        return result, partial(self._with_slot, result, judge, word, slot, event)

    def _has_no_gap(self, visit: Visit, elder: Elder | None) -> bool:
        if visit.windows[-1].end_s <= self.until_s + self.freeze_s:
            return False
        return next(self._finder.positions(self._finder.question(visit, elder)), None) is None

    def _left_out(self, event: VisitAdded) -> tuple[Redispatch, Callable[[], ReadyDay]]:
        """The next plan without the visit of `event`."""
        day = self._after(event)
        plan = with_left_out(day.problem, self.day.plan, event.visit)
        result, word = self._published(day, plan, None)
        note = f"visit {event.visit.visit_id!r} fits nowhere between others; only moving these can make room for it."
        judge = self._judge.with_facts(self._judge.facts.with_route(day.problem, day.travel, plan, None))
        return replace(result, notes=(note,)), partial(self._without, result.day, judge, word, event)

    def _published(self, day: Day, plan: Plan, route: Route | None) -> tuple[Redispatch, Word]:
        """`day` with `plan`, in which at most `route` is another one, and what elders are told then."""
        diff, word = self._word.diff(day.problem, day.plan, plan, route)
        published = replace(day, plan=plan, told=word.told, delays=())
        cents = plan.cost.total_cents
        return Redispatch(day=published, plan=plan, diff=diff, tier=Tier.INSERTION, cost_cents=cents), word

    def _after(self, event: VisitAdded) -> Day:
        """The day once `event` is known; slot after slot is tried for the same event."""
        if self._latest is None or self._latest[0] is not event:
            self._latest = event, after(self.day, event)
        return self._latest[1]

    def _whole_route(self, day: Day, route: Route) -> Route:
        """A route of the rest with what is given of it, along the ways of `day`, which knows the new visit's place."""
        key = route.worker_id, route.shift_id
        given = tuple(other for other in self._rest.committed if (other.worker_id, other.shift_id) == key)
        rest = replace(self._rest, committed=given)
        (whole,) = whole_routes(at(day, self.until_s), rest, Plan(status=SolveStatus.COMPLETE, routes=(route,)))
        return whole

    def _priced(self, day: Day, route: Route, event: VisitAdded) -> tuple[Plan, RouteJudge]:
        """The plan with one route changed, its cost the same as anew from all stops, and the judge of it."""
        facts, key = self._judge.facts, (route.worker_id, route.shift_id)
        worker, shift = _alone(day.problem, key)
        before = route_facts(facts, worker, shift)
        plan = _with_route(day.problem, self.day.plan, route)
        read = read_plan(day.problem, day.travel, replace(plan, routes=(route,)))
        changed = facts.with_route(day.problem, day.travel, plan, read.routes[0])
        now = route_facts(changed, worker, shift)
        verdict = self._judge.verdict(before, replace(read, problem=now.problem), event.visit)
        cents = Counter(self.day.plan.cost.cents_by_term)
        cents.update(verdict.cents_by_term)
        cost = Cost(cents_by_term={term: cents[term] for term in CostTerm if cents[term]})
        changed.plan = replace(plan, cost=cost)
        return changed.plan, self._judge.with_route_changed(changed, before, now)

    def _with_slot(self, result: Redispatch, judge: RouteJudge, word: Word, slot: Slot, event: VisitAdded) -> ReadyDay:
        """The next day kept ready: made of this one where the slot changes no more than its route."""
        day, told = result.day, [change for change in result.diff.visits if change.is_news]
        is_later = all(change.shift_s is None or change.shift_s > 0 for change in told)
        if slot.start_s <= self.until_s + self.freeze_s or day.detoured is not None or not is_later:
            return ReadyDay(day, max(day.now_s, self.until_s), self.freeze_s)
        known = {**self._rest.problem.visit_by_id, event.visit.visit_id: event.visit}
        promised = (with_promise(day, known[change.visit_id]) for change in told if change.visit_id in known)
        return self._gone_on(day, judge, word, self._finder.with_slot(slot, event.visit, event.elder, promised))

    def _without(self, day: Day, judge: RouteJudge, word: Word, event: VisitAdded) -> ReadyDay:
        """The next day kept ready where its new visit is left out."""
        if day.detoured is not None:
            return ReadyDay(day, max(day.now_s, self.until_s), self.freeze_s)
        return self._gone_on(day, judge, word, self._finder.with_visit_left_out(event.visit, event.elder))

    def _gone_on(self, day: Day, judge: RouteJudge, word: Word, finder: SlotFinder) -> ReadyDay:
        ready = copy(self)
        ready.day, ready._judge, ready._word, ready._finder, ready._latest = day, judge, word, finder, None
        ready._rest = replace(self._rest, problem=finder.facts.problem, travel=finder.facts.travel)
        return ready


def _is_allowed(diff: PlanDiff, event: VisitAdded, params: RedispatchParams) -> bool:
    """Whether a slot keeps to the stability budget; the elder of the new visit is told in any case."""
    num_elders, num_workers = len({*diff.elder_ids} - {event.visit.elder_id}), len(diff.worker_ids)
    return not (
        (params.max_elders_told is not None and num_elders > params.max_elders_told)
        or (params.max_workers_told is not None and num_workers > params.max_workers_told)
    )


def _alone(problem: Problem, key: tuple[str, str]) -> tuple[Worker, Shift]:
    return problem.worker_by_id[key[0]], problem.shift_by_id[key]


def _with_route(problem: Problem, plan: Plan, route: Route) -> Plan:
    """`plan` with a changed or further route, in the order of the problem's shifts."""
    routes, key = list(plan.routes), (route.worker_id, route.shift_id)
    numbers = [number for number, other in enumerate(routes) if (other.worker_id, other.shift_id) == key]
    if numbers:
        routes[numbers[0]] = route
    else:
        rank_by_key = {key: rank for rank, key in enumerate(problem.shift_by_id)}
        insort(routes, route, key=lambda other: rank_by_key[other.worker_id, other.shift_id])
    served = {stop.visit_id for stop in route.visit_stops}
    unassigned = tuple(item for item in plan.unassigned if item.visit_id not in served)
    return replace(
        plan,
        status=status_of(problem, unassigned),
        routes=tuple(routes),
        unassigned=unassigned,
        kpis={},
    )


def _is_same(wanted: Position, possible: Position) -> bool:
    return (wanted.route, wanted.position, wanted.load) == (possible.route, possible.position, possible.load)
