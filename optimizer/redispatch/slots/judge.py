"""The judge on one changed route: the same checks and charges as for a whole plan, and the same figures.

Rules of a single route are checked on the new route alone; rules between visits on it and on those stops of other
routes that its visits have to do with; stock on all loadings of the stations it uses. What a plan costs is a sum over
routes and visits, rounded once per price, so that the difference follows from the totals and the old and new charges of
the route; the three terms that look at everybody are worked out again over all workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.check import CHECKS
from optimizer.cost import CHARGES, idle_s, lateness_s, term_cents
from optimizer.plan import Cost, Plan, SolveStatus, Violation
from optimizer.problem import Visit
from optimizer.reading import ReadPlan, ReadRoute, start_of, violation
from optimizer.redispatch.slots.routes import PlanFacts, RouteFacts, RouteKey
from optimizer.redispatch.slots.stock import station_ids_of, stock_view
from optimizer.rules import CostTerm, Rule
from optimizer.units import SECONDS_PER_HOUR, price

_BETWEEN_VISITS = frozenset(
    {
        Rule.VISIT_ONCE,
        Rule.DISTINCT_WORKERS,
        Rule.PINNED_WORKER,
        Rule.SAME_START,
        Rule.GAP,
        Rule.BEFORE,
        Rule.SAME_WORKER,
        Rule.DIFFERENT_WORKER,
        Rule.NOT_CONSECUTIVE_DAYS,
        Rule.TOGETHER,
    }
)
_ELSEWHERE = frozenset({Rule.ACCOUNTED, Rule.STOCK, Rule.HARD_TERM})
_OF_ROUTE = tuple(rule for rule in CHECKS if rule not in _BETWEEN_VISITS | _ELSEWHERE)

_OF_VISITS = frozenset(
    {
        CostTerm.LATENESS,
        CostTerm.EARLINESS,
        CostTerm.FOOD_AGE,
        CostTerm.NOT_PREFERRED,
        CostTerm.NEW_WORKER,
        CostTerm.PROMISE_MOVED,
        CostTerm.PROMISE_WORKER,
    }
)
_OF_EVERYBODY = (CostTerm.HIGHEST_IDLE, CostTerm.HIGHEST_LATENESS, CostTerm.IMBALANCE)
_SUMMED = tuple(term for term in CHARGES if term not in {*_OF_EVERYBODY, CostTerm.UNSERVED})
_PRICES = {
    CostTerm.TRAVEL_TIME: "travel_cents_per_hour",
    CostTerm.WAITING: "waiting_cents_per_hour",
    CostTerm.IDLE: "idle_cents_per_hour",
    CostTerm.LATENESS: "lateness_cents_per_hour",
    CostTerm.EARLINESS: "earliness_cents_per_hour",
    CostTerm.FOOD_AGE: "food_age_cents_per_hour",
    CostTerm.NOT_PREFERRED: "not_preferred_cents",
    CostTerm.NEW_WORKER: "new_worker_cents",
    CostTerm.PROMISE_MOVED: "promise_moved_cents_per_hour",
    CostTerm.PROMISE_WORKER: "promise_worker_cents",
}
"""Terms with a single price; at a price of 0 they need not be looked at unless they are hard."""

Charges = dict[CostTerm, Counter[tuple[int, int]]]
"""Quantity by term and price (cents, unit)."""

_NO_PLAN = Plan(status=SolveStatus.COMPLETE, routes=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge says of a plan with one route changed: what is wrong, or what the change adds to each term."""

    violations: tuple[Violation, ...]
    cents_by_term: Mapping[CostTerm, int]

    @property
    def extra_cents(self) -> int:
        """What the change adds to the cost of the plan."""
        return sum(self.cents_by_term.values())


class RouteJudge:
    """Judges plans that differ from a given one in a single route, which serves one visit more."""

    def __init__(self, facts: PlanFacts, totals: Charges | None = None) -> None:
        self.facts = facts
        weights, hard = facts.problem.weights, facts.problem.hard_terms
        self._terms = [
            term for term in _SUMMED if term in hard or term not in _PRICES or getattr(weights, _PRICES[term])
        ]
        self._totals = totals if totals is not None else _charges(self._terms, facts.reading, facts.reading)
        self._charges_by_key: dict[RouteKey, Charges] = {}
        prices = (
            weights.highest_idle_cents_per_hour,
            weights.highest_lateness_cents_per_hour,
            weights.imbalance_cents_per_hour,
        )
        self._watched = [
            (term, cents) for term, cents in zip(_OF_EVERYBODY, prices, strict=True) if cents or term in hard
        ]

    def verdict(self, case: RouteFacts, read: ReadPlan, visit: Visit) -> Verdict:
        """The judge on the plan in which another route takes the place of the one of `case`.

        Parameters
        ----------
        read
            That route alone, read against the facts of `case` with `visit` and the stations that it loads at.
        """
        (read_route,) = read.routes
        before, after = self._charges_of(case), self._charges_with(case, read)
        cents = {term: _difference(self._totals[term], before[term], after[term]) for term in self._terms}
        hard = [term for term in self.facts.problem.hard_terms if term in self._totals]
        quantities = {term: self._totals[term].total() - before[term].total() + after[term].total() for term in hard}
        for term, cents_per_hour in self._watched:
            old, new = self._everybody(term, case, case.read), self._everybody(term, case, read_route, visit)
            cents[term] = price(new, cents_per_hour, SECONDS_PER_HOUR) - price(old, cents_per_hour, SECONDS_PER_HOUR)
            quantities[term] = new
        found = [*self._violations(case, read, visit), *self._hard(quantities)]
        return Verdict(
            violations=tuple(found), cents_by_term={term: amount for term, amount in cents.items() if amount}
        )

    def _violations(self, case: RouteFacts, read: ReadPlan, visit: Visit) -> Iterable[Violation]:
        yield from read.faults
        for rule in _OF_ROUTE:
            yield from CHECKS[rule](read)
        yield from self._violations_between(case, read, visit)
        yield from self._violations_of_stock(case, read)

    def _violations_between(self, case: RouteFacts, read: ReadPlan, visit: Visit) -> Iterable[Violation]:
        problem = read.problem
        visit_ids = {end for link in problem.links for end in (link.first_visit_id, link.second_visit_id)}
        visit_ids |= {other.visit_id for other in problem.visits if other.num_workers > 1}
        others: list[Visit] = []
        if visit.elder_id is not None and visit.counts_for_continuity:
            same_elder = self.facts.visit_ids_by_elder_id.get(visit.elder_id, [])
            visit_ids.update(same_elder)
            known = {other.visit_id for other in problem.visits}
            others = [self.facts.problem.visit_by_id[name] for name in same_elder if name not in known]
        views = self.facts.views(sorted(visit_ids - {visit.visit_id}), case.key)
        whole = replace(problem, visits=(*problem.visits, *others)) if others else problem
        reading = replace(read, problem=whole, routes=(*read.routes, *views))
        for rule in CHECKS:
            if rule in _BETWEEN_VISITS:
                yield from CHECKS[rule](reading)

    def _violations_of_stock(self, case: RouteFacts, read: ReadPlan) -> Iterable[Violation]:
        (route,) = read.routes
        view = stock_view(route)
        station_ids = station_ids_of(view)
        if not station_ids:
            return
        others = {
            id(other): other
            for station_id in station_ids
            for other in self.facts.stock.views_by_station_id.get(station_id, ())
            if (other.worker.worker_id, other.shift.shift_id) != case.key
        }
        stations = tuple(self.facts.problem.station_by_id[station_id] for station_id in sorted(station_ids))
        reading = replace(read, problem=replace(read.problem, stations=stations), routes=(view, *others.values()))
        yield from (found for found in CHECKS[Rule.STOCK](reading) if found.station_id in station_ids)

    def _hard(self, quantities: Mapping[CostTerm, int]) -> Iterable[Violation]:
        for term in self.facts.problem.hard_terms:
            if quantities.get(term, 0):
                yield violation(Rule.HARD_TERM, f"the hard term {term} must be zero, but is {quantities[term]}.")

    def remember(self, cases: Iterable[RouteFacts]) -> None:
        """Work out the charges of routes as they stand, so that no question has to wait for them."""
        for case in cases:
            self._charges_of(case)

    def _charges_of(self, case: RouteFacts) -> Charges:
        """Charges of a route as it stands."""
        charges = self._charges_by_key.get(case.key)
        if charges is None:
            routes = () if case.read is None else (case.read,)
            read = ReadPlan(problem=case.problem, travel=self.facts.travel, plan=_NO_PLAN, routes=routes)
            charges = self._charges_by_key[case.key] = self._charges_with(case, read)
        return charges

    def _charges_with(self, case: RouteFacts, read: ReadPlan) -> Charges:
        """Charges of a route and its visits; the other workers of a visit of several count with it."""
        shared = [other.visit_id for other in read.problem.visits if other.num_workers > 1]
        views = self.facts.views(shared, case.key)
        return _charges(self._terms, read, replace(read, routes=(*read.routes, *views)) if views else read)

    @cached_property
    def cost(self) -> Cost:
        """Cost of the plan as it stands."""
        cents = {term: sum(price(amount, *key) for key, amount in self._totals[term].items()) for term in self._terms}
        everybody = (CostTerm.UNSERVED, *(term for term, cents_per_hour in self._watched if cents_per_hour))
        cents |= {term: term_cents(term, self.facts.reading) for term in everybody}
        return Cost(cents_by_term={term: cents[term] for term in CostTerm if cents.get(term)})

    def with_route_changed(self, facts: PlanFacts, before: RouteFacts, after: RouteFacts) -> RouteJudge:
        """The judge of the plan of `facts`, in which one route differs; what the others are charged is kept."""
        judge = self.with_facts(facts)
        judge._charges_by_key.pop(before.key, None)
        old, new = self._charges_of(before), judge._charges_of(after)
        judge._totals = {term: _sum(self._totals[term], old[term], new[term]) for term in self._terms}
        return judge

    def with_facts(self, facts: PlanFacts) -> RouteJudge:
        """The judge of the same routes under facts that charge them the same."""
        judge = RouteJudge(facts, self._totals)
        judge._charges_by_key = dict(self._charges_by_key)
        return judge

    def _everybody(self, term: CostTerm, case: RouteFacts, read: ReadRoute | None, visit: Visit | None = None) -> int:
        """Quantity of a term that looks at all routes, with `read` in place of the route of `case`."""
        routes = {key: route for key, route in self.facts.read_routes.items() if key != case.key}
        if read is not None:
            routes[case.key] = read
        if term is CostTerm.HIGHEST_IDLE:
            shifts = self.facts.problem.shift_by_id
            return max((idle_s(shift, routes.get(key)) for key, shift in shifts.items()), default=0)
        if term is CostTerm.HIGHEST_LATENESS:
            return max((_highest_lateness_s(self.facts, route, visit) for route in routes.values()), default=0)
        return self._imbalance_s(routes.values())

    def _imbalance_s(self, routes: Iterable[ReadRoute]) -> int:
        workers = self.facts.problem.workers
        load_by_worker_id = {worker.worker_id: worker.carried_load_s for worker in workers}
        for route in routes:
            load_by_worker_id[route.worker.worker_id] += route.load_s
        loads = np.array(list(load_by_worker_id.values()), dtype=np.int64)
        fair = np.array([-1 if worker.fair_share_s is None else worker.fair_share_s for worker in workers])
        from_mean = -(-np.abs(loads * len(loads) - loads.sum()) // max(1, len(loads)))
        return int(np.where(fair >= 0, np.abs(loads - fair), from_mean).sum())


def _highest_lateness_s(facts: PlanFacts, route: ReadRoute, visit: Visit | None) -> int:
    latest = 0
    for stop in route.visit_stops:
        assert stop.visit is not None
        is_shared = stop.visit.num_workers > 1 and stop.visit != visit
        start_s = start_of(facts.stops_of(stop.visit.visit_id)) if is_shared else stop.stop.start_s
        latest = max(latest, lateness_s(stop.visit, start_s))
    return latest


def _charges(terms: Iterable[CostTerm], of_routes: ReadPlan, of_visits: ReadPlan) -> Charges:
    charges: Charges = {}
    for term in terms:
        quantities = charges[term] = Counter()
        for charge in CHARGES[term](of_visits if term in _OF_VISITS else of_routes):
            quantities[charge.cents, charge.unit] += charge.quantity
    return charges


def _difference(
    total: Counter[tuple[int, int]], before: Counter[tuple[int, int]], after: Counter[tuple[int, int]]
) -> int:
    """Change of a term's cents where charges `before` become `after`; rounded per price over the whole plan."""
    cents = 0
    for key in before.keys() | after.keys():
        if before[key] != after[key]:
            cents += price(total[key] - before[key] + after[key], *key) - price(total[key], *key)
    return cents


def _sum(
    total: Counter[tuple[int, int]], before: Counter[tuple[int, int]], after: Counter[tuple[int, int]]
) -> Counter[tuple[int, int]]:
    changed = Counter(total)
    changed.update(after)
    changed.subtract(before)
    return changed
