"""What a plan costs: every term's quantity, derived again from the stops, times its price.

A term is a function from a plan read against the facts to charges. Quantities are whole seconds, metres or counts; they
are summed per term and price and rounded once, half up. Routes that serve no visit cost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from optimizer.plan import Cost, Plan
from optimizer.problem import Problem, Shift, Visit
from optimizer.reading import ReadPlan, ReadRoute, ReadStop, read_plan, start_of, visit_of, window_at
from optimizer.rules import CostTerm
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR, ceil_div, price

_METRES_PER_KM = 1000


@dataclass(frozen=True, slots=True)
class Charge:
    """A `quantity` at `cents` for every `unit` of it."""

    quantity: int
    cents: int
    unit: int = 1


def cost_of(problem: Problem, travel: TravelMatrix, plan: Plan) -> Cost:
    """Cost of `plan` by term, derived again from its stops; terms of no cost are left out.

    Never raises on account of the plan; stops that name unknown things cost nothing.
    """
    reading = read_plan(problem, travel, plan)
    cents = {term: term_cents(term, reading) for term in CostTerm}
    return Cost(cents_by_term={term: amount for term, amount in cents.items() if amount})


def quantities_of(problem: Problem, travel: TravelMatrix, plan: Plan) -> dict[CostTerm, int]:
    """Quantity of every term, priced or not: seconds for terms per hour, metres for distance, else counts."""
    reading = read_plan(problem, travel, plan)
    return {term: quantity_of(term, reading) for term in CostTerm}


def quantity_of(term: CostTerm, reading: ReadPlan) -> int:
    """Quantity of one term in a plan already read."""
    return sum(charge.quantity for charge in CHARGES[term](reading))


def term_cents(term: CostTerm, reading: ReadPlan) -> int:
    """Cents of one term in a plan already read: quantities summed per price, then rounded."""
    quantity_by_price: Counter[tuple[int, int]] = Counter()
    for charge in CHARGES[term](reading):
        quantity_by_price[charge.cents, charge.unit] += charge.quantity
    return sum(price(quantity, cents, unit) for (cents, unit), quantity in quantity_by_price.items())


def lateness_s(visit: Visit, start_s: int) -> int:
    """Seconds by which a start lies after the soft end of its window; 0 outside all windows, where a rule is broken."""
    window = window_at(visit.windows, start_s)
    return 0 if window is None else window.lateness_s(start_s)


def idle_s(shift: Shift, route: ReadRoute | None) -> int:
    """Seconds of `shift` (up to its soft end) before departure, after the return or waiting; all of it if unused."""
    end_s = shift.end_s if shift.soft_end_s is None else shift.soft_end_s
    if route is None:
        return end_s - shift.start_s
    before_s = max(0, route.departure_s - shift.start_s)
    return before_s + max(0, route.wait_duration_s) + max(0, end_s - route.return_s)


def _unserved(reading: ReadPlan) -> Iterator[Charge]:
    mandatory_cents = reading.problem.weights.mandatory_cents
    for visit in reading.problem.visits:
        if visit.visit_id not in reading.stops_by_visit_id:
            yield Charge(1, mandatory_cents * (1 + visit.priority) if visit.mandatory else visit.unserved_cents)


def _fixed(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        yield Charge(1, route.worker.pay.fixed_cents)


def _worked_time(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        worked_s = max(0, route.return_s - route.departure_s)
        yield Charge(worked_s, route.worker.pay.cents_per_hour, SECONDS_PER_HOUR)


def _overtime(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        if route.shift.soft_end_s is not None:
            over_s = max(0, route.return_s - route.shift.soft_end_s)
            yield Charge(over_s, route.worker.pay.overtime_cents_per_hour, SECONDS_PER_HOUR)


def _distance(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        yield Charge(route.travel_distance_m, route.worker.pay.cents_per_km, _METRES_PER_KM)


def _visits(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        yield Charge(len(route.visit_stops), route.worker.pay.cents_per_visit)


def _meals(reading: ReadPlan) -> Iterator[Charge]:
    for route in reading.used_routes:
        for stop in route.visit_stops:
            station = None if stop.load_stop is None else stop.load_stop.station
            cents = 0 if station is None else station.portion_price_cents
            yield Charge(sum(visit_of(stop).demand.values()), cents)


def _travel_time(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.travel_cents_per_hour
    for route in reading.used_routes:
        yield Charge(route.travel_duration_s, cents, SECONDS_PER_HOUR)


def _waiting(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.waiting_cents_per_hour
    for route in reading.used_routes:
        yield Charge(max(0, route.wait_duration_s), cents, SECONDS_PER_HOUR)


def _idle(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.idle_cents_per_hour
    for of_shift_s in _idle_by_shift(reading):
        yield Charge(of_shift_s, cents, SECONDS_PER_HOUR)


def _highest_idle(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.highest_idle_cents_per_hour
    yield Charge(max(_idle_by_shift(reading), default=0), cents, SECONDS_PER_HOUR)


def _lateness(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.lateness_cents_per_hour
    for visit, stops in reading.served:
        late_s = lateness_s(visit, start_of(stops))
        yield Charge(late_s, cents * visit.lateness_percent, 100 * SECONDS_PER_HOUR)


def _highest_lateness(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.highest_lateness_cents_per_hour
    highest_s = max((lateness_s(visit, start_of(stops)) for visit, stops in reading.served), default=0)
    yield Charge(highest_s, cents, SECONDS_PER_HOUR)


def _earliness(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.earliness_cents_per_hour
    for visit, stops in reading.served:
        window = window_at(visit.windows, start_of(stops))
        early_s = 0 if window is None else window.earliness_s(start_of(stops))
        yield Charge(early_s, cents, SECONDS_PER_HOUR)


def _food_age(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.food_age_cents_per_hour
    for visit, stops in reading.served:
        ages = [stop.food_age_s for stop in stops if stop.food_age_s is not None]
        if visit.soft_on_board_s is not None and ages:
            yield Charge(max(0, max(ages) - visit.soft_on_board_s), cents, SECONDS_PER_HOUR)


def _not_preferred(reading: ReadPlan) -> Iterator[Charge]:
    for visit, stops in reading.served:
        elder = reading.problem.elder_of(visit)
        if elder is not None and elder.preferred_worker_ids:
            others = _worker_ids(stops) - set(elder.preferred_worker_ids)
            yield Charge(len(others), reading.problem.weights.not_preferred_cents)


def _new_worker(reading: ReadPlan) -> Iterator[Charge]:
    for visit, stops in reading.served:
        elder = reading.problem.elder_of(visit)
        known = set() if elder is None else {name for name, count in elder.worker_history.items() if count > 0}
        if known and visit.counts_for_continuity:
            yield Charge(len(_worker_ids(stops) - known), reading.problem.weights.new_worker_cents)


def _imbalance(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.imbalance_cents_per_hour
    workers = reading.problem.workers
    loads = [reading.load_s_by_worker_id[worker.worker_id] + worker.carried_load_s for worker in workers]
    for worker, load_s in zip(workers, loads, strict=True):
        if worker.fair_share_s is not None:
            deviation_s = abs(load_s - worker.fair_share_s)
        else:
            deviation_s = ceil_div(abs(load_s * len(loads) - sum(loads)), len(loads))
        yield Charge(deviation_s, cents, SECONDS_PER_HOUR)


def _missed_break(reading: ReadPlan) -> Iterator[Charge]:
    general_cents = reading.problem.weights.missed_break_cents
    for route in reading.used_routes:
        taken = {stop.stop.break_id for stop in route.break_stops}
        for rest in route.shift.breaks:
            if not rest.mandatory and rest.break_id not in taken:
                yield Charge(1, general_cents if rest.missed_cents is None else rest.missed_cents)


def _promise_moved(reading: ReadPlan) -> Iterator[Charge]:
    cents = reading.problem.weights.promise_moved_cents_per_hour
    for visit, stops in reading.served:
        promise = visit.promise
        if promise is not None and promise.start_s is not None:
            moved_s = abs(start_of(stops) - promise.start_s)
            yield Charge(max(0, moved_s - promise.tolerance_s), cents, SECONDS_PER_HOUR)


def _promise_worker(reading: ReadPlan) -> Iterator[Charge]:
    for visit, stops in reading.served:
        if visit.promise is not None:
            replaced = set(visit.promise.worker_ids) - _worker_ids(stops)
            yield Charge(len(replaced), reading.problem.weights.promise_worker_cents)


def _worker_ids(stops: tuple[ReadStop, ...]) -> set[str]:
    return {stop.worker.worker_id for stop in stops}


def _idle_by_shift(reading: ReadPlan) -> Iterator[int]:
    routes = {(route.worker.worker_id, route.shift.shift_id): route for route in reading.used_routes}
    for key, shift in reading.problem.shift_by_id.items():
        yield idle_s(shift, routes.get(key))


CHARGES: Mapping[CostTerm, Callable[[ReadPlan], Iterable[Charge]]] = {
    CostTerm.UNSERVED: _unserved,
    CostTerm.FIXED: _fixed,
    CostTerm.WORKED_TIME: _worked_time,
    CostTerm.OVERTIME: _overtime,
    CostTerm.DISTANCE: _distance,
    CostTerm.VISITS: _visits,
    CostTerm.MEALS: _meals,
    CostTerm.TRAVEL_TIME: _travel_time,
    CostTerm.WAITING: _waiting,
    CostTerm.IDLE: _idle,
    CostTerm.HIGHEST_IDLE: _highest_idle,
    CostTerm.LATENESS: _lateness,
    CostTerm.HIGHEST_LATENESS: _highest_lateness,
    CostTerm.EARLINESS: _earliness,
    CostTerm.FOOD_AGE: _food_age,
    CostTerm.NOT_PREFERRED: _not_preferred,
    CostTerm.NEW_WORKER: _new_worker,
    CostTerm.IMBALANCE: _imbalance,
    CostTerm.MISSED_BREAK: _missed_break,
    CostTerm.PROMISE_MOVED: _promise_moved,
    CostTerm.PROMISE_WORKER: _promise_worker,
}
"""The charges of every term, in the order of :class:`~optimizer.rules.CostTerm`."""
