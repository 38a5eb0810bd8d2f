"""Leaving people in peace: who is told something new by a plan, and which changes are worth telling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.plan import Draft, Plan, RouteDraft
from optimizer.problem import Problem
from optimizer.redispatch.day import Day
from optimizer.redispatch.diff import diff_plans
from optimizer.redispatch.rest import Rest, whole_routes
from optimizer.redispatch.timeline import RouteKey


@dataclass(frozen=True, slots=True)
class News:
    """Elders and workers who must be told something new."""

    elder_ids: frozenset[str] = frozenset()
    worker_ids: frozenset[str] = frozenset()

    def beside(self, other: News) -> News:
        """Those here who are not in `other`."""
        return News(self.elder_ids - other.elder_ids, self.worker_ids - other.worker_ids)

    def __len__(self) -> int:
        return len(self.elder_ids) + len(self.worker_ids)


class Stability:
    """What the plans of one rest of a day tell to whom, and which of their changes are worth it.

    Parameters
    ----------
    base
        The published plan with only those changes that nobody has a choice about; whom it tells something new is told
        in any case, and so are the elders of visits that are new since.
    max_elders_told, max_workers_told
        So many others may be told something new; ``None``: no limit.
    min_gain_cents
        A change is worth it if it saves so much for everybody whom it disturbs.
    inevitable
        Who is told in any case, where that is known.
    """

    def __init__(
        self,
        day: Day,
        rest: Rest,
        base: Plan,
        *,
        max_elders_told: int | None = None,
        max_workers_told: int | None = None,
        min_gain_cents: int = 0,
        inevitable: News | None = None,
    ) -> None:
        self._day, self._rest, self._min_gain_cents = day, rest, min_gain_cents
        self._max_elders, self._max_workers = max_elders_told, max_workers_told
        self._base, self._known_inevitable = base, inevitable

    @cached_property
    def inevitable(self) -> News:
        """Who is told something new whatever is decided."""
        if self._known_inevitable is not None:
            return self._known_inevitable
        told = self.news(self._base)
        return News(told.elder_ids | _new_elder_ids(self._day), told.worker_ids)

    @property
    def is_limited(self) -> bool:
        """Whether there is a budget."""
        return self._max_elders is not None or self._max_workers is not None

    def news(self, plan: Plan) -> News:
        """Whom a plan of the rest tells something new."""
        whole = replace(plan, routes=whole_routes(self._day, self._rest, plan))
        diff = diff_plans(self._day.problem, self._day.plan, whole, told=self._day.told)
        return News(frozenset(diff.elder_ids), frozenset(diff.worker_ids))

    def allows(self, plan: Plan) -> bool:
        """Whether `plan` keeps to the budget."""
        return not self.is_limited or self._allows(self.news(plan))

    def worthwhile(self, before: Plan, found: Plan) -> Plan:
        """`before` with those changes of `found` that save enough for the people they disturb, within the budget.

        Plans change in pieces that do not touch each other: routes between which visits move. All of `found` is taken
        if it is worth it; else pieces one after the other, the most saved per person told first. Whatever comes out
        has passed the judge.
        """
        told = self.news(before)
        if self._is_worth_it(before, found, told, self.news(found)):
            return found
        trials = []
        for piece in pieces_of(self._rest.problem, before.draft, found.draft):
            trial = _with_piece(self._rest, before, piece)
            if trial is not None and _gain(before, trial) > 0:
                rank = _gain(before, trial) / (1 + len(self.news(trial).beside(told)))
                trials.append((rank, piece, trial))
        plan = before
        for _, piece, alone in sorted(trials, key=lambda item: item[0], reverse=True):
            trial = alone if plan is before else _with_piece(self._rest, plan, piece)
            if trial is not None and self._is_worth_it(plan, trial, told, tells := self.news(trial)):
                plan, told = trial, tells
        return plan

    def _is_worth_it(self, before: Plan, after: Plan, told: News, tells: News) -> bool:
        gain = _gain(before, after)
        return gain > 0 and gain >= self._min_gain_cents * len(tells.beside(told)) and self._allows(tells)

    def _allows(self, news: News) -> bool:
        if not self.is_limited:
            return True
        told = news.beside(self.inevitable)
        is_over_elders = self._max_elders is not None and len(told.elder_ids) > self._max_elders
        is_over_workers = self._max_workers is not None and len(told.worker_ids) > self._max_workers
        return not (is_over_elders or is_over_workers)


def pieces_of(problem: Problem, before: Draft, after: Draft) -> Iterator[dict[RouteKey, RouteDraft | None]]:
    """The changed routes of `after` (``None``: no longer used), in groups between which no visit moves."""
    old, new = _routes_by_key(before), _routes_by_key(after)
    changed = [key for key in {**old, **new} if _visits_and_rests(old.get(key)) != _visits_and_rests(new.get(key))]
    group_of = {key: {key} for key in changed}

    def unite(keys: list[RouteKey]) -> None:
        for key in keys[1:]:
            merged = group_of[keys[0]] | group_of[key]
            for member in merged:
                group_of[member] = merged

    keys_by_visit_id: dict[str, list[RouteKey]] = defaultdict(list)
    for key in changed:
        for route in (old.get(key), new.get(key)):
            for visit_id in () if route is None else route.visit_ids:
                keys_by_visit_id[visit_id].append(key)
    for keys in keys_by_visit_id.values():
        unite(keys)
    for link in problem.links:
        unite([*keys_by_visit_id.get(link.first_visit_id, ()), *keys_by_visit_id.get(link.second_visit_id, ())])
    seen: set[RouteKey] = set()
    for key in changed:
        if key not in seen:
            seen |= group_of[key]
            yield {member: new.get(member) for member in sorted(group_of[key])}


def _gain(before: Plan, after: Plan) -> int:
    return before.cost.total_cents - after.cost.total_cents


def _with_piece(rest: Rest, plan: Plan, piece: Mapping[RouteKey, RouteDraft | None]) -> Plan | None:
    """`plan` with some routes replaced; ``None`` where the judge refuses it."""
    routes = {**_routes_by_key(plan.draft), **piece}
    draft = Draft(routes=tuple(route for route in routes.values() if route is not None))
    changed = judged_plan(rest.problem, rest.travel, draft)
    return None if check_plan(rest.problem, rest.travel, changed) else changed


def _new_elder_ids(day: Day) -> frozenset[str]:
    """Elders of the visits that the published plan knows nothing about."""
    known = day.plan.draft.served_visit_ids | {item.visit_id for item in day.plan.unassigned}
    new = (visit.elder_id for visit in day.problem.visits if visit.visit_id not in known)
    return frozenset(elder_id for elder_id in new if elder_id is not None)


def _routes_by_key(draft: Draft) -> dict[RouteKey, RouteDraft]:
    return {(route.worker_id, route.shift_id): route for route in draft.routes}


def _visits_and_rests(route: RouteDraft | None) -> list[tuple[str | None, ...]]:
    if route is None:
        return []
    return [(step.visit_id, step.station_id, step.break_id) for step in route.steps]
