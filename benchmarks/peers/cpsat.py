"""OR-Tools CP-SAT on small days of care: bonds between visits, lunch, soft windows and all prices in one exact model.

Every shift is a circuit over the visits that its worker may do; a way is taken with lunch before it or without. States:
skills and refusals, several windows with soft ends, same start, gaps, order, same and different workers, optional
visits, one lunch in a shift, soft ends of shifts, and the prices of travel, waiting, idle time, lateness, imbalance,
workers who are not preferred, missed lunch, overtime, used shifts and visits left out. It uses a thread per core.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from ortools.sat.python import cp_model

from benchmarks.peers import Unsupported
from benchmarks.peers.tours import Clock
from optimizer.judge import unserved_cents
from optimizer.plan import Draft, RouteDraft, Step, break_step, visit_step
from optimizer.problem import Break, Link, LinkKind, Problem, Shift, Visit, Worker, missing_skills
from optimizer.reading import hands_over
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR

MAX_WAYS = 12_000
"""Ways of workers between visits beyond which a question is refused: it would take the time to write it down."""

RESERVE_S = 0.1
"""Kept back for handing the answer over."""

HOME = 0
"""Number of a circuit's begin and end."""

_STATED_LINKS = {
    LinkKind.SAME_START,
    LinkKind.GAP,
    LinkKind.BEFORE,
    LinkKind.SAME_WORKER,
    LinkKind.DIFFERENT_WORKER,
}

Literal = Any
"""A truth value of CP-SAT, or its negation."""


class CpSat:
    """One model, solved until the time is up or the best plan proven."""

    def warm_up(self) -> None:
        """Nothing beside the import."""

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The best plan found; none where there is not time for any."""
        clock = Clock(time_s)
        refuse(problem, travel)
        model = _Model(problem, travel)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = clock.left_s(RESERVE_S)
        solver.parameters.num_workers = os.cpu_count() or 1
        solver.parameters.random_seed = seed
        status = solver.solve(model.cp)
        return model.draft(solver) if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else Draft()


def make() -> CpSat:
    """The adapter."""
    return CpSat()


def refuse(problem: Problem, travel: TravelMatrix) -> None:
    """Refuse what the model cannot state, and what is too large for it.

    Raises
    ------
    Unsupported
        Naming the first rule, or the size.
    """
    if any(travel.peaks.values()):
        raise Unsupported("speed by time of day")
    for name, is_in in _UNSTATED:
        if is_in(problem):
            raise Unsupported(name)
    num_ways = sum((1 + len(_able(problem, worker))) ** 2 for worker in problem.workers)
    if num_ways > MAX_WAYS:
        raise Unsupported(f"more than {MAX_WAYS:,} ways of workers between visits")


def _any_visit(has: Callable[[Visit], object]) -> Callable[[Problem], bool]:
    return lambda problem: any(has(visit) for visit in problem.visits)


def _any_worker(has: Callable[[Worker], object]) -> Callable[[Problem], bool]:
    return lambda problem: any(has(worker) for worker in problem.workers)


def _any_shift(has: Callable[[Shift], object]) -> Callable[[Problem], bool]:
    return _any_worker(lambda worker: any(has(shift) for shift in worker.shifts))


_UNSTATED: tuple[tuple[str, Callable[[Problem], bool]], ...] = (
    ("portions and loading", _any_visit(hands_over)),
    ("visits of several workers", _any_visit(lambda visit: visit.num_workers > 1)),
    ("pins", _any_visit(lambda visit: visit.pinned_worker_ids or visit.pinned_start_s is not None)),
    ("promises", _any_visit(lambda visit: visit.promise is not None)),
    ("reliability", _any_visit(lambda visit: visit.min_reliability_share > 0)),
    ("soft starts of windows", _any_visit(lambda visit: any(w.soft_start_s is not None for w in visit.windows))),
    ("lateness in percent", _any_visit(lambda visit: visit.lateness_percent != 100)),
    ("several shifts of a worker", _any_worker(lambda worker: len(worker.shifts) != 1)),
    (
        "pace by worker",
        _any_worker(lambda worker: worker.duration_percent != 100 or worker.duration_percent_by_service),
    ),
    ("range", _any_worker(lambda worker: worker.vehicle.max_distance_m is not None)),
    ("load carried over", _any_worker(lambda worker: worker.carried_load_s or worker.fair_share_s is not None)),
    (
        "pay by hour, kilometre or visit",
        _any_worker(lambda worker: worker.pay.cents_per_hour or worker.pay.cents_per_km or worker.pay.cents_per_visit),
    ),
    ("shifts without places", _any_shift(lambda shift: shift.start_place is None or shift.end_place is None)),
    ("limits of working time", _any_shift(lambda shift: shift.max_work_s is not None)),
    ("several breaks in a shift", _any_shift(lambda shift: len(shift.breaks) > 1)),
    ("breaks at a place", _any_shift(lambda shift: any(rest.place is not None for rest in shift.breaks))),
    ("bonds of other kinds", lambda problem: any(link.kind not in _STATED_LINKS for link in problem.links)),
    ("continuity", lambda problem: any(e.worker_history or e.max_distinct_workers is not None for e in problem.elders)),
    ("hard terms", lambda problem: bool(problem.hard_terms)),
)


def _able(problem: Problem, worker: Worker) -> list[int]:
    """Positions of the visits that `worker` may do."""
    refusing = {elder.elder_id for elder in problem.elders if worker.worker_id in elder.forbidden_worker_ids}
    return [
        position
        for position, visit in enumerate(problem.visits)
        if not missing_skills(worker, visit.skills) and visit.elder_id not in refusing
    ]


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one visit to another by number in the circuit, and whether lunch comes before it."""

    origin: int
    target: int
    after_break: bool
    is_taken: Literal


@dataclass(slots=True)
class Round:
    """One worker's circuit: visit number n stands for ``visits[n - 1]``, a position in the problem.

    ``departure`` and ``back`` are equal, and so cost nothing, where the shift is not used.
    """

    worker: Worker
    shift: Shift
    visits: list[int]
    is_used: Literal
    serves: Mapping[int, Literal]
    departure: Any
    back: Any
    ways: list[Way] = field(default_factory=list)
    break_start: Any = None
    travel: Any = 0
    service: Any = 0
    rest: Any = 0

    @property
    def one_break(self) -> Break | None:
        """The shift's break, where it has one."""
        return next(iter(self.shift.breaks), None)

    @property
    def soft_end_s(self) -> int:
        """When idle time ends and overtime begins."""
        return self.shift.end_s if self.shift.soft_end_s is None else self.shift.soft_end_s


class _Model:
    """Variables, rules and prices of one problem."""

    def __init__(self, problem: Problem, travel: TravelMatrix) -> None:
        self.problem, self.cp = problem, cp_model.CpModel()
        self._units = travel.duration_s
        self._idx = travel.idx_by_place
        self._position = {visit.visit_id: number for number, visit in enumerate(problem.visits)}
        self.starts = [self._start(visit) for visit in problem.visits]
        self.served = [self.cp.new_bool_var(f"served {visit.visit_id}") for visit in problem.visits]
        self.rounds = [self._round(worker) for worker in problem.workers]
        self._prices: list[tuple[int, Any]] = []
        self._serve_once()
        for circuit in self.rounds:
            self._travel(circuit)
            self._take_break(circuit)
        for link in problem.links:
            self._link(link)
        self._price_rounds()
        self._price_visits()
        self._price_balance()
        self._minimize()

    # Variables

    def _start(self, visit: Visit) -> Any:
        spans = [[window.start_s, window.end_s] for window in visit.windows]
        return self.cp.new_int_var_from_domain(cp_model.Domain.from_intervals(spans), f"start {visit.visit_id}")

    def _time(self, shift: Shift, name: str) -> Any:
        return self.cp.new_int_var(shift.start_s, shift.end_s, name)

    def _round(self, worker: Worker) -> Round:
        (shift,) = worker.shifts
        visits, name = _able(self.problem, worker), worker.worker_id
        return Round(
            worker=worker,
            shift=shift,
            visits=visits,
            is_used=self.cp.new_bool_var(f"used {name}"),
            serves={visit: self.cp.new_bool_var(f"{name} serves {visit}") for visit in visits},
            departure=self._time(shift, f"departure {name}"),
            back=self._time(shift, f"back {name}"),
        )

    # Rules

    def _serve_once(self) -> None:
        """A served visit is in one round."""
        for number, is_served in enumerate(self.served):
            able = [circuit.serves[number] for circuit in self.rounds if number in circuit.serves]
            self.cp.add(sum(able) == is_served)

    def _travel(self, circuit: Round) -> None:
        """One round through all that is served; nobody is anywhere before the way there is done."""
        lunch = [False, True] if circuit.shift.breaks else [False]
        numbers = range(len(circuit.visits) + 1)
        if circuit.shift.breaks:
            circuit.break_start = self.cp.new_int_var(
                circuit.shift.breaks[0].start_s, circuit.shift.breaks[0].end_s, f"break {circuit.worker.worker_id}"
            )
        circuit.ways = [
            Way(origin, target, after_break, self.cp.new_bool_var(""))
            for origin in numbers
            for target in numbers
            if origin != target
            for after_break in lunch
            if self._is_possible(circuit, origin, target)
        ]
        stays = [(number + 1, number + 1, ~circuit.serves[visit]) for number, visit in enumerate(circuit.visits)]
        self.cp.add_circuit(
            [
                (HOME, HOME, ~circuit.is_used),
                *stays,
                *((way.origin, way.target, way.is_taken) for way in circuit.ways),
            ]
        )
        for way in circuit.ways:
            self._follow(circuit, way)
        self.cp.add(circuit.departure == circuit.back).only_enforce_if(~circuit.is_used)
        circuit.travel = sum(self._way_s(circuit, way.origin, way.target) * way.is_taken for way in circuit.ways)
        durations = {visit: self.problem.visits[visit].service_duration_s for visit in circuit.visits}
        circuit.service = sum(durations[visit] * serves for visit, serves in circuit.serves.items())

    def _is_possible(self, circuit: Round, origin: int, target: int) -> bool:
        way_s = self._way_s(circuit, origin, target)
        if way_s < 0 or HOME in {origin, target}:
            return way_s >= 0
        first, second = (self.problem.visits[circuit.visits[number - 1]] for number in (origin, target))
        earliest_s = min(window.start_s for window in first.windows) + first.service_duration_s + way_s
        return earliest_s <= max(window.end_s for window in second.windows)

    def _follow(self, circuit: Round, way: Way) -> None:
        """Arrival is not before departure, the way, and the break before it."""
        left, arrival = self._left(circuit, way.origin), self._arrival(circuit, way.target)
        way_s = self._way_s(circuit, way.origin, way.target)
        if not way.after_break:
            self.cp.add(arrival >= left + way_s).only_enforce_if(way.is_taken)
            return
        rest = circuit.shift.breaks[0]
        self.cp.add(circuit.break_start >= left).only_enforce_if(way.is_taken)
        self.cp.add(arrival >= circuit.break_start + rest.duration_s + way_s).only_enforce_if(way.is_taken)

    def _left(self, circuit: Round, number: int) -> Any:
        if number == HOME:
            return circuit.departure
        visit = circuit.visits[number - 1]
        return self.starts[visit] + self.problem.visits[visit].service_duration_s

    def _arrival(self, circuit: Round, number: int) -> Any:
        return circuit.back if number == HOME else self.starts[circuit.visits[number - 1]]

    def _way_s(self, circuit: Round, origin: int, target: int) -> int:
        shift, problem = circuit.shift, self.problem
        visits = [problem.visits[visit] for visit in circuit.visits]
        here = shift.start_place if origin == HOME else problem.end_place_of(visits[origin - 1])
        there = shift.end_place if target == HOME else problem.place_of(visits[target - 1])
        assert here is not None
        assert there is not None
        return int(self._units[circuit.worker.vehicle.mode][self._idx[here], self._idx[there]])

    def _take_break(self, circuit: Round) -> None:
        """A mandatory break is taken in every shift that is used, another one at most once."""
        if circuit.one_break is None:
            return
        taken = sum(way.is_taken for way in circuit.ways if way.after_break)
        if circuit.one_break.mandatory:
            self.cp.add(taken == circuit.is_used)
        else:
            self.cp.add(taken <= circuit.is_used)
        circuit.rest = circuit.one_break.duration_s * taken

    def _link(self, link: Link) -> None:
        first, second = self._position[link.first_visit_id], self._position[link.second_visit_id]
        both = [self.served[first], self.served[second]]
        apart = self.starts[second] - self.starts[first]
        if link.kind.is_timed and link.together:
            self.cp.add(both[0] == both[1])
        if link.kind is LinkKind.SAME_START:
            self.cp.add(apart == 0).only_enforce_if(both)
        elif link.kind is LinkKind.GAP:
            self.cp.add(apart >= link.min_gap_s).only_enforce_if(both)
            if link.max_gap_s is not None:
                self.cp.add(apart <= link.max_gap_s).only_enforce_if(both)
        elif link.kind is LinkKind.BEFORE:
            self.cp.add(apart >= self.problem.visits[first].service_duration_s).only_enforce_if(both)
        else:
            self._link_workers(link.kind, first, second)

    def _link_workers(self, kind: LinkKind, first: int, second: int) -> None:
        both = [self.served[first], self.served[second]]
        for circuit in self.rounds:
            serves = [circuit.serves.get(visit, 0) for visit in (first, second)]
            if kind is LinkKind.DIFFERENT_WORKER:
                self.cp.add(serves[0] + serves[1] <= 1)
            else:
                self.cp.add(serves[0] == serves[1]).only_enforce_if(both)

    # Prices, in cents times 3,600

    def _charge(self, cents: int, quantity: Any) -> None:
        """Cents for each of what is counted."""
        self._prices.append((SECONDS_PER_HOUR * cents, quantity))

    def _charge_time(self, cents_per_hour: int, quantity_s: Any) -> None:
        self._prices.append((cents_per_hour, quantity_s))

    def _price_rounds(self) -> None:
        weights, highest = self.problem.weights, []
        for circuit in self.rounds:
            end = self.cp.new_int_var(circuit.soft_end_s, circuit.shift.end_s, "")
            self.cp.add(end >= circuit.back)
            work = circuit.travel + circuit.service + circuit.rest
            self.cp.add(circuit.back - circuit.departure >= work)
            idle = end - circuit.shift.start_s - work
            highest.append(idle)
            self._charge_time(weights.travel_cents_per_hour, circuit.travel)
            self._charge_time(weights.waiting_cents_per_hour, circuit.back - circuit.departure - work)
            self._charge_time(weights.idle_cents_per_hour, idle)
            self._charge_time(circuit.worker.pay.overtime_cents_per_hour, end - circuit.soft_end_s)
            self._charge(circuit.worker.pay.fixed_cents, circuit.is_used)
            self._price_break(circuit)
        self._charge_time(weights.highest_idle_cents_per_hour, self._largest(highest))

    def _price_break(self, circuit: Round) -> None:
        rest = circuit.one_break
        if rest is not None and not rest.mandatory:
            cents = self.problem.weights.missed_break_cents if rest.missed_cents is None else rest.missed_cents
            taken = sum(way.is_taken for way in circuit.ways if way.after_break)
            self._charge(cents, circuit.is_used - taken)

    def _price_visits(self) -> None:
        weights, problem = self.problem.weights, self.problem
        late = [self._lateness(number) for number in range(len(problem.visits))]
        for number, visit in enumerate(problem.visits):
            self._charge(unserved_cents(problem, visit), 1 - self.served[number])
            self._charge_time(weights.lateness_cents_per_hour, late[number])
            elder = problem.elder_of(visit)
            preferred = () if elder is None else elder.preferred_worker_ids
            for circuit in self.rounds:
                if preferred and number in circuit.serves and circuit.worker.worker_id not in preferred:
                    self._charge(weights.not_preferred_cents, circuit.serves[number])
        self._charge_time(weights.highest_lateness_cents_per_hour, self._largest(late))

    def _lateness(self, number: int) -> Any:
        """Seconds after the soft end of the window that the start lies in; 0 where the visit is not served."""
        visit = self.problem.visits[number]
        longest_s = max((w.lateness_s(w.end_s) for w in visit.windows), default=0)
        late = self.cp.new_int_var(0, longest_s, "")
        inside = [self.cp.new_bool_var("") for _ in visit.windows]
        self.cp.add_exactly_one(inside)
        for window, is_inside in zip(visit.windows, inside, strict=True):
            start = self.starts[number]
            self.cp.add_linear_constraint(start, window.start_s, window.end_s).only_enforce_if(is_inside)
            if window.soft_end_s is not None:
                self.cp.add(late >= start - window.soft_end_s).only_enforce_if([is_inside, self.served[number]])
        return late

    def _price_balance(self) -> None:
        """Deviation from the mean load, rounded up: the smallest whole number that is large enough."""
        cents = self.problem.weights.imbalance_cents_per_hour
        loads = [circuit.travel + circuit.service for circuit in self.rounds]
        for load in loads if cents else ():
            deviation = self.cp.new_int_var(0, self._horizon_s(), "")
            self.cp.add(len(loads) * deviation >= len(loads) * load - sum(loads))
            self.cp.add(len(loads) * deviation >= sum(loads) - len(loads) * load)
            self._charge_time(cents, deviation)

    def _largest(self, quantities: Sequence[Any]) -> Any:
        largest = self.cp.new_int_var(0, self._horizon_s(), "")
        for quantity in quantities:
            self.cp.add(largest >= quantity)
        return largest

    def _horizon_s(self) -> int:
        ends = [circuit.shift.end_s for circuit in self.rounds]
        return max(ends + [window.end_s for visit in self.problem.visits for window in visit.windows])

    def _minimize(self) -> None:
        """All prices over their greatest common divisor, which keeps numbers small."""
        divisor = reduce(math.gcd, (price for price, _ in self._prices), 0) or 1
        self.cp.minimize(sum(price // divisor * quantity for price, quantity in self._prices if price))

    # The answer

    def draft(self, solver: cp_model.CpSolver) -> Draft:
        """Rounds in order, each visit no sooner than in the solution."""
        routes = []
        for circuit in self.rounds:
            way_from = {way.origin: way for way in circuit.ways if solver.boolean_value(way.is_taken)}
            if HOME in way_from:
                steps = tuple(self._steps(solver, circuit, way_from))
                routes.append(
                    RouteDraft(worker_id=circuit.worker.worker_id, shift_id=circuit.shift.shift_id, steps=steps)
                )
        return Draft(routes=tuple(routes))

    def _steps(self, solver: cp_model.CpSolver, circuit: Round, way_from: Mapping[int, Way]) -> list[Step]:
        steps: list[Step] = []
        number = HOME
        while not steps or number != HOME:
            way = way_from[number]
            if way.after_break:
                steps.append(break_step(circuit.shift.breaks[0].break_id))
            number = way.target
            if number != HOME:
                visit = circuit.visits[number - 1]
                steps.append(visit_step(self.problem.visits[visit].visit_id, solver.value(self.starts[visit])))
        return steps
