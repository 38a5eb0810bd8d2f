"""The next plan after something has happened, in three tiers, and the price of leaving people in peace."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from optimizer.cost import cost_of
from optimizer.engines import HeldSearch
from optimizer.formats.json import problem_hash
from optimizer.insertion import Inserter
from optimizer.judge import timed_plan, unserved_cents
from optimizer.params import CostWeights, SolveParams
from optimizer.plan import Draft, Plan, Provenance, Sources
from optimizer.plan_supply import plan_sources, sources_in_use
from optimizer.problem import Problem, Visit
from optimizer.redispatch.budget import Waiting, placed_in_few_routes
from optimizer.redispatch.day import Day, publish
from optimizer.redispatch.diff import PlanDiff, diff_plans
from optimizer.redispatch.nearby import NUM_ROUTES, improved_nearby, nearest_worker_ids
from optimizer.redispatch.params import RedispatchParams, Tier
from optimizer.redispatch.rest import Rest, joined, on_board_first, rest_of, unpriced
from optimizer.redispatch.stability import News, Stability, pieces_of
from optimizer.repair import drop_until_sound
from optimizer.solve import solve
from optimizer.start import clusters_of, place_cluster

__all__ = ["PriceOfStability", "Redispatch", "RedispatchParams", "Tier", "price_of_stability", "redispatch"]

_DEAR = 10
"""Under a budget, changes must be worth so many times as much in the second search."""
_JUDGING_SHARE = 0.4
_LEAST_SEARCH_SHARE = 0.2
"""Shares of the time of a repair: left for judging what was found, and what the search has even where insertion took
all of the time."""
_MANY, _MANY_LEFT = 3, 12
"""More open visits than this are put in by the search; and of those that found no place among the workers concerned,
with everybody."""
_NUM_TRIED_IN_BUDGET = 12
"""Positions tried for a visit whose best one disturbs too many people."""


@dataclass(frozen=True, kw_only=True)
class Redispatch:
    """The next plan.

    Attributes
    ----------
    day
        The day with `plan` published.
    plan
        Of the whole day, past stops included.
    diff
        From the plan published before; its elders and workers must be told.
    tier
        The tier that the plan comes from.
    cost_cents
        Cost of `plan` under the day's facts.
    notes
        What the dispatcher should know: facts that had to give way, improvements not worth their changes.
    """

    day: Day
    plan: Plan
    diff: PlanDiff
    tier: Tier
    cost_cents: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOfStability:
    """What it costs to keep to what people were told.

    ``share`` is ``stable_cents / free_cents - 1``; people told and promises kept are those of the stable and of the
    free plan.
    """

    stable_cents: int
    free_cents: int
    share: float
    stable_elders_told: int
    free_elders_told: int
    stable_workers_told: int
    free_workers_told: int
    promises_kept_stable: int
    promises_kept_free: int
    num_promises: int


def redispatch(
    day: Day,
    params: RedispatchParams = RedispatchParams(),
    tier: Tier = Tier.REPAIR,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Redispatch:
    """The next plan of `day`, up to `tier`.

    Whatever comes out has passed the judge on the rest of the day.
    """
    began_s = time.monotonic()
    stop = should_stop or (lambda: False)
    run = _Run(day, rest_of(day, params.freeze_s, only_concerned=True), params, stop)
    plan = run.inserted()
    if not run.rest.is_whole and run.leaves_out_new(plan):
        wide, start = run.widened(plan)
        found = wide.inserted(_MANY_LEFT)
        if found is not start:
            run, plan = wide, found
    reached = Tier.INSERTION
    if tier is not Tier.INSERTION:
        before = run.priced(plan)
        plan = run.repaired(before, _search_until_s(began_s, params.repair_s))
        reached = reached if plan is before else Tier.REPAIR
    if tier is Tier.IMPROVEMENT:
        wide, start = run.widened(plan)
        before = wide.priced(start)
        improved = wide.improved(before)
        if improved is not before and wide.whole_cents(improved) < run.whole_cents(plan):
            return wide.published(improved, Tier.IMPROVEMENT)
        run.notes.append("the search on the rest of the day found nothing worth telling people about.")
    return run.published(plan, reached)


def price_of_stability(day: Day, params: RedispatchParams = RedispatchParams()) -> PriceOfStability:
    """Cost of the stable re-plan against a free one, both given the same time.

    The free plan keeps what has begun but no promise; where the search finds none that is cheaper than the stable one,
    that one is the free plan as well.
    """
    stable = redispatch(day, params, Tier.IMPROVEMENT)
    rest = rest_of(day, params.freeze_s, promised=False)
    start = rest_of(stable.day, params.freeze_s, promised=False).start
    solve_params = SolveParams(time_limit_s=params.improve_s, seed=params.seed, explain=False)
    found = solve(rest.problem, rest.travel, solve_params, start=start)
    free = joined(day, rest, _on_board_kept(rest, found))
    if free.cost.total_cents > stable.cost_cents:
        free = stable.plan
    free_diff = diff_plans(day.problem, day.plan, free, told=day.told)
    free_cents = free.cost.total_cents
    return PriceOfStability(
        stable_cents=stable.cost_cents,
        free_cents=free_cents,
        share=stable.cost_cents / free_cents - 1 if free_cents else 0.0,
        stable_elders_told=len(stable.diff.elder_ids),
        free_elders_told=len(free_diff.elder_ids),
        stable_workers_told=len(stable.diff.worker_ids),
        free_workers_told=len(free_diff.worker_ids),
        promises_kept_stable=_promises_kept(day, stable.diff),
        promises_kept_free=_promises_kept(day, free_diff),
        num_promises=len(day.told),
    )


class _Run:
    """One re-plan: a rest of the day, what nobody has a choice about, and what people are told."""

    def __init__(
        self,
        day: Day,
        rest: Rest,
        params: RedispatchParams,
        should_stop: Callable[[], bool],
        inevitable: News | None = None,
    ) -> None:
        self.day, self.rest, self.params, self.should_stop = day, rest, params, should_stop
        self.problem, self.travel = rest.problem, rest.travel
        self.notes = list(rest.notes)
        self.dropped: dict[str, str] = {}
        self.base = self._sound(rest.start)
        self.stability = Stability(
            day,
            rest,
            self.base,
            max_elders_told=params.max_elders_told,
            max_workers_told=params.max_workers_told,
            min_gain_cents=params.min_gain_cents_per_change,
            inevitable=inevitable,
        )
        self.supplied, self.sources = plan_sources(self.problem, self.travel, self.base)

    def leaves_out_new(self, plan: Plan) -> bool:
        """Whether `plan` leaves out a visit that the published plan does not."""
        known = {item.visit_id for item in self.day.plan.unassigned}
        return any(item.visit_id not in known for item in plan.unassigned)

    def widened(self, plan: Plan) -> tuple[_Run, Plan]:
        """The same re-plan with everything open for everybody, and `plan` in it."""
        if self.rest.is_whole:
            return self, plan
        whole = replace(self.day, plan=unpriced(self.day, self.rest, plan), delays=())
        rest = rest_of(whole, self.params.freeze_s)
        run = _Run(self.day, rest, self.params, self.should_stop, self.stability.inevitable)
        run.notes, run.dropped = self.notes, self.dropped | run.dropped
        return run, run.base

    def priced(self, plan: Plan) -> Plan:
        """`plan` with its cost under the facts of the rest."""
        return replace(plan, cost=cost_of(self.problem, self.travel, plan))

    def inserted(self, many: int = _MANY) -> Plan:
        """The plan with every open visit put where it costs least, as far as it fits and the budget goes.

        More than `many` are put in by the search.
        """
        visits = [self.problem.visit_by_id[item.visit_id] for item in self.base.unassigned]
        if not visits:
            return self.base
        clusters = sorted(clusters_of(self.problem, visits), key=self._rank)
        if len(visits) <= many:
            draft = self._inserted(clusters)
        elif self.stability.is_limited:
            draft = self._in_few_routes(clusters)
        else:
            draft = self._searched(clusters)
        if draft.served_visit_ids == self.base.draft.served_visit_ids:
            return self.base
        plan = self._sound(draft)
        return plan if self.stability.allows(plan) else self.base

    def _inserted(self, clusters: Sequence[Sequence[Visit]]) -> Draft:
        """A few visits put in one after the other, each within the budget."""
        inserter = Inserter(self.supplied, self.travel, self.sources, self.base.draft)
        for cluster in clusters:
            before = inserter.snapshot()
            if place_cluster(inserter, cluster) and not self._is_allowed(inserter.draft):
                inserter.restore(before)
                self._place_within_budget(inserter, cluster)
        return inserter.draft

    def _searched(self, clusters: Sequence[Sequence[Visit]]) -> Draft:
        """Many visits put in by the search; around those of several workers, which come first."""
        start = self._placed(self.base.draft, (cluster for cluster in clusters if _needs_several(cluster)))
        params = SolveParams(seed=self.params.seed, num_workers=1)
        plan = timed_plan(self.problem, self.travel, start)
        draft = HeldSearch(self.supplied, self.travel, self.sources, plan, params).draft
        if not self.rest.is_whole:
            return draft  # everybody is asked about what is left out
        served = draft.served_visit_ids
        left = [visit for cluster in clusters for visit in cluster if visit.visit_id not in served]
        return self._placed(draft, clusters_of(self.problem, left))

    def _placed(self, draft: Draft, clusters: Iterable[Sequence[Visit]]) -> Draft:
        """`draft` with `clusters` put where they cost least."""
        waiting = list(clusters)
        if not waiting:
            return draft
        inserter = Inserter(self.supplied, self.travel, self.sources, draft)
        for cluster in waiting:
            place_cluster(inserter, cluster)
        return inserter.draft

    def _in_few_routes(self, clusters: Sequence[Sequence[Visit]]) -> Draft:
        """Many visits put into the routes of as many workers as may be told something."""
        waiting = Waiting(
            problem=self.supplied,
            travel=self.travel,
            sources=self.sources,
            plan=self.base,
            clusters=clusters,
        )
        free_ids = self.stability.inevitable.worker_ids
        return placed_in_few_routes(waiting, free_ids, self.params.max_workers_told, seconds=self.params.repair_s)

    def repaired(self, plan: Plan, deadline_s: float) -> Plan:
        """The plan after the search has had until a deadline with the routes around what has changed."""
        changed = [key for piece in pieces_of(self.problem, self.rest.start, plan.draft) for key in piece]
        if not changed and not plan.unassigned:
            return plan
        worker_ids = nearest_worker_ids(self.problem, plan, changed)
        return self._improved_among(plan, worker_ids, deadline_s, self.problem)

    def _improved_among(self, plan: Plan, worker_ids: Collection[str], deadline_s: float, problem: Problem) -> Plan:
        """The plan after the search has had until a deadline with a few workers, under the prices of `problem`."""
        draft = improved_nearby(
            problem,
            self.travel,
            plan,
            self._sources_for(plan),
            worker_ids,
            seed=self.params.seed,
            deadline_s=deadline_s,
            should_stop=self.should_stop,
        )
        return self._better(plan, draft)

    def _may_be_told(self, plan: Plan) -> list[str]:
        """Workers who are told something anyway, and the nearest others as far as the budget goes."""
        told = self.stability.inevitable.worker_ids | self.stability.news(plan).worker_ids
        limit = NUM_ROUTES + len(told)
        if self.params.max_workers_told is not None:
            limit = len(self.stability.inevitable.worker_ids) + self.params.max_workers_told
        keys = [key for key in self.problem.shift_by_id if key[0] in told]
        return nearest_worker_ids(self.problem, plan, keys, max(limit, len(told)))

    def improved(self, plan: Plan) -> Plan:
        """The plan after the search has had its time with the rest of the day.

        Promises are dearer in the search by what a change must be worth. With a budget, half of the time goes to a
        search among no more workers than may be told, in which promises are dearer still.
        """
        if not self.problem.visits:
            return plan
        seconds = self.params.improve_s / (2 if self.stability.is_limited else 1)
        dear = replace(self.problem, weights=self._dear_promises(1))
        params = SolveParams(time_limit_s=seconds, seed=self.params.seed, explain=False)
        found = solve(dear, self.travel, params, start=plan.draft, should_stop=self.should_stop)
        plan = self._better(plan, found.draft)
        if self.stability.is_limited:
            dearer = replace(self.problem, weights=self._dear_promises(_DEAR))
            plan = self._improved_among(plan, self._may_be_told(plan), time.monotonic() + seconds, dearer)
        return plan

    def whole_cents(self, plan: Plan) -> int:
        """Cost of the whole day with `plan`: idle time between given and open stops, which the rest does not see."""
        return joined(self.day, self.rest, plan, figures=False).cost.total_cents

    def published(self, plan: Plan, tier: Tier) -> Redispatch:
        """The whole day with `plan`, which has passed the judge."""
        unserved = {item.visit_id for item in plan.unassigned}
        self.notes += [
            f"visit {visit_id!r} could not stay where it was: {why}"
            for visit_id, why in self.dropped.items()
            if visit_id in unserved
        ]
        whole = joined(self.day, self.rest, plan, figures=self.params.figures)
        whole = replace(whole, provenance=self._provenance(tier))
        diff = diff_plans(self.day.problem, self.day.plan, whole, told=self.day.told)
        return Redispatch(
            day=publish(self.day, whole, diff),
            plan=whole,
            diff=diff,
            tier=tier,
            cost_cents=whole.cost.total_cents,
            notes=tuple(self.notes),
        )

    def _provenance(self, tier: Tier) -> Provenance:
        """Where the plan comes from; with key figures it also tells by hash of which facts."""
        return Provenance(
            engine=f"redispatch: {tier}",
            seed=self.params.seed,
            problem_hash=problem_hash(self.day.problem) if self.params.figures else "",
            travel_hash=self.day.travel.content_hash if self.params.figures else "",
            notes=tuple(self.notes),
        )

    def _sound(self, draft: Draft) -> Plan:
        """The plan of `draft`, without the visits that would break a rule; on-board portions first."""
        sound = drop_until_sound(self.problem, self.travel, on_board_first(draft, self.rest.on_board))
        self.dropped |= sound.dropped
        return sound.plan

    def _better(self, plan: Plan, draft: Draft) -> Plan:
        """`plan` with those changes of `draft` that are sound, cheaper and worth telling."""
        sound = drop_until_sound(self.problem, self.travel, on_board_first(draft, self.rest.on_board))
        return self.stability.worthwhile(plan, self.priced(sound.plan))

    def _rank(self, cluster: Sequence[Visit]) -> tuple[bool, bool, int, int, str]:
        """Urgent visits first, then mandatory ones, high priorities, early ends of windows."""
        return (
            not any(visit.visit_id in self.day.urgent_visit_ids for visit in cluster),
            not any(visit.mandatory for visit in cluster),
            -max(visit.priority for visit in cluster),
            min(window.end_s for visit in cluster for window in visit.windows),
            cluster[0].visit_id,
        )

    def _is_allowed(self, draft: Draft) -> bool:
        if not self.stability.is_limited:
            return True
        return self.stability.allows(timed_plan(self.problem, self.travel, on_board_first(draft, self.rest.on_board)))

    def _place_within_budget(self, inserter: Inserter, cluster: Sequence[Visit]) -> None:
        """Put a visit where few enough people are disturbed: the cheapest of so many positions tried, if any is."""
        (visit, *others) = cluster
        if others or visit.num_workers > 1:
            return
        limit_cents = unserved_cents(self.problem, visit)
        attempts = sorted(inserter.attempts(visit), key=lambda attempt: attempt.rank)
        for attempt in attempts[:_NUM_TRIED_IN_BUDGET]:
            if attempt.score_cents > limit_cents or inserter.faults(attempt, visit):
                continue
            before = inserter.snapshot()
            inserter.insert(attempt, visit)
            if self._is_allowed(inserter.draft):
                return
            inserter.restore(before)

    def _dear_promises(self, factor: int) -> CostWeights:
        """The prices, with promises dearer by `factor` times what a change must be worth (a move of ten minutes)."""
        weights, gain = self.problem.weights, self.params.min_gain_cents_per_change
        return replace(
            weights,
            promise_moved_cents_per_hour=weights.promise_moved_cents_per_hour + 6 * factor * gain,
            promise_worker_cents=weights.promise_worker_cents + factor * gain,
        )

    def _sources_for(self, plan: Plan) -> Sources:
        return {**self.sources, **sources_in_use(self.problem, plan.routes)}


def _needs_several(cluster: Sequence[Visit]) -> bool:
    """Whether visits have to be placed together."""
    return len(cluster) > 1 or cluster[0].num_workers > 1


def _search_until_s(began_s: float, repair_s: float) -> float:
    """When the search of a repair ends that began at `began_s`: judging what it found takes the rest of the time."""
    return max(began_s + (1 - _JUDGING_SHARE) * repair_s, time.monotonic() + _LEAST_SEARCH_SHARE * repair_s)


def _on_board_kept(rest: Rest, plan: Plan) -> Plan:
    """`plan` with portions on board handed over first, without what that makes impossible."""
    draft = on_board_first(plan.draft, rest.on_board)
    if draft == plan.draft:
        return plan
    sound = drop_until_sound(rest.problem, rest.travel, draft)
    return replace(sound.plan, cost=cost_of(rest.problem, rest.travel, sound.plan))


def _promises_kept(day: Day, diff: PlanDiff) -> int:
    broken = {change.visit_id for change in diff.visits if change.is_news}
    return sum(visit_id not in broken for visit_id in day.told)
