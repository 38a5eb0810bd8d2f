"""Changes of what a plan is charged for and what it must keep: prices, terms and rules on or off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, ClassVar

from optimizer.params import CostWeights
from optimizer.problem import Elder, LinkKind, Problem, Shift, Station, Vehicle, Visit, Worker
from optimizer.rules import COST_TERMS, CostTerm, Rule
from optimizer.study.changes.change import Change, Draw, Fault, Noun, share_of
from optimizer.units import Cents, Count

WEIGHT_BY_TERM: Mapping[CostTerm, str] = {
    term: info.price.split(",")[0]
    for term, info in COST_TERMS.items()
    if info.price.split(",")[0] in CostWeights.__dataclass_fields__ and term is not CostTerm.UNSERVED
}
"""The one price of each term that can be switched; the others are priced by workers, stations or visits."""

SWITCHED_ON_CENTS: Mapping[CostTerm, int] = {
    CostTerm.TRAVEL_TIME: 1_000,
    CostTerm.WAITING: 1_000,
    CostTerm.IDLE: 500,
    CostTerm.HIGHEST_IDLE: 1_000,
    CostTerm.HIGHEST_LATENESS: 6_000,
    CostTerm.EARLINESS: 600,
    CostTerm.IMBALANCE: 1_000,
}
"""Price of a term that is switched on where the problem has none (assumed; other terms take their default)."""


class TermState(StrEnum):
    """What becomes of a cost term."""

    OFF = "off"
    PRICED = "priced"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWeights(Change):
    """Set prices of cost terms in cents, or in percent of what they are."""

    word: ClassVar[str] = "change-weights"
    cents: Annotated[dict[str, Cents], Noun.WEIGHT] = field(default_factory=dict)
    percent: Annotated[dict[str, Count], Noun.WEIGHT] = field(default_factory=dict)

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with these prices."""
        scaled = {name: share_of(getattr(problem.weights, name), percent) for name, percent in self.percent.items()}
        return replace(problem, weights=replace(problem.weights, **{**scaled, **self.cents}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTerm(Change):
    """Switch a cost term off, to a price, or to a hard rule (its quantity must be zero)."""

    word: ClassVar[str] = "switch-term"
    term: CostTerm
    state: TermState

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """A term whose price does not stand among the weights can only be hard."""
        if self.state is not TermState.HARD and self.term not in WEIGHT_BY_TERM:
            hint = f"Can be switched: {', '.join(WEIGHT_BY_TERM)}."
            yield Fault("term", f"the price of {str(self.term)!r} is {COST_TERMS[self.term].price}.", hint)

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem with the term in its new state."""
        soft = tuple(term for term in problem.hard_terms if term is not self.term)
        if self.state is TermState.HARD:
            return replace(problem, hard_terms=(*soft, self.term))
        name = WEIGHT_BY_TERM[self.term]
        cents = 0 if self.state is TermState.OFF else getattr(problem.weights, name) or self._usual_cents(name)
        return replace(problem, hard_terms=soft, weights=replace(problem.weights, **{name: cents}))

    def _usual_cents(self, name: str) -> int:
        return int(getattr(CostWeights(), name)) or SWITCHED_ON_CENTS[self.term]


def _visits(change: Callable[[Visit], Visit]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, visits=tuple(change(visit) for visit in problem.visits))


def _elders(change: Callable[[Elder], Elder]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, elders=tuple(change(elder) for elder in problem.elders))


def _workers(change: Callable[[Worker], Worker]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, workers=tuple(change(worker) for worker in problem.workers))


def _shifts(change: Callable[[Shift], Shift]) -> Callable[[Problem], Problem]:
    return _workers(lambda worker: replace(worker, shifts=tuple(change(shift) for shift in worker.shifts)))


def _vehicles(change: Callable[[Vehicle], Vehicle]) -> Callable[[Problem], Problem]:
    return _workers(lambda worker: replace(worker, vehicle=change(worker.vehicle)))


def _stations(change: Callable[[Station], Station]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, stations=tuple(change(station) for station in problem.stations))


def _no_links(kind: LinkKind) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, links=tuple(link for link in problem.links if link.kind is not kind))


def _roomy(problem: Problem) -> Problem:
    """Vehicles with room for every portion there is."""
    room: dict[str, int] = {}
    for visit in problem.visits:
        for name, amount in problem.vehicle_use_of(visit.demand).items():
            room[name] = room.get(name, 0) + amount

    def larger(vehicle: Vehicle) -> Vehicle:
        return replace(
            vehicle, capacities={**vehicle.capacities, **{n: room.get(n, c) for n, c in vehicle.capacities.items()}}
        )

    return _vehicles(larger)(problem)


RULES_OFF: Mapping[Rule, Callable[[Problem], Problem]] = {
    Rule.WORKING_TIME: _shifts(lambda shift: replace(shift, max_work_s=None)),
    Rule.BREAK: _shifts(lambda shift: replace(shift, breaks=())),
    Rule.RANGE: _vehicles(lambda vehicle: replace(vehicle, max_distance_m=None)),
    Rule.TRIPS: _shifts(lambda shift: replace(shift, max_trips=None)),
    Rule.SKILL: _visits(lambda visit: replace(visit, skills={})),
    Rule.FORBIDDEN_WORKER: _elders(lambda elder: replace(elder, forbidden_worker_ids=())),
    Rule.DISTINCT_WORKERS: _elders(lambda elder: replace(elder, max_distinct_workers=None)),
    Rule.RELIABILITY: _visits(lambda visit: replace(visit, min_reliability_share=0.0)),
    Rule.PINNED_WORKER: _visits(lambda visit: replace(visit, pinned_worker_ids=())),
    Rule.PINNED_START: _visits(lambda visit: replace(visit, pinned_start_s=None)),
    Rule.CAPACITY: _roomy,
    Rule.SUPPLIER: lambda problem: _stations(lambda station: replace(station, service_radius_m=None))(
        _visits(lambda visit: replace(visit, station_ids=()))(problem)
    ),
    Rule.OPENING: _stations(lambda station: replace(station, opening=())),
    Rule.LOADING: _stations(lambda station: replace(station, loading_duration_s=0)),
    Rule.READY_TIME: _visits(lambda visit: replace(visit, ready_s=None)),
    Rule.TIME_ON_BOARD: _visits(lambda visit: replace(visit, max_on_board_s=None)),
    Rule.SAME_START: _no_links(LinkKind.SAME_START),
    Rule.GAP: _no_links(LinkKind.GAP),
    Rule.BEFORE: _no_links(LinkKind.BEFORE),
    Rule.SAME_WORKER: _no_links(LinkKind.SAME_WORKER),
    Rule.DIFFERENT_WORKER: _no_links(LinkKind.DIFFERENT_WORKER),
    Rule.NOT_CONSECUTIVE_DAYS: _no_links(LinkKind.NOT_CONSECUTIVE_DAYS),
    Rule.TOGETHER: lambda problem: replace(
        problem, links=tuple(replace(link, together=False) for link in problem.links)
    ),
}
"""How a problem is freed from a rule, for the rules that facts can be freed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOffRules(Change):
    """Free the problem from rules, to see what they cost."""

    word: ClassVar[str] = "switch-off-rules"
    rules: tuple[Rule, ...]

    def faults(self, problem: Problem) -> Iterator[Fault]:
        """Rules without which a plan would be none."""
        for rule in self.rules:
            if rule not in RULES_OFF:
                hint = f"Can be switched off: {', '.join(RULES_OFF)}."
                yield Fault("rules", f"no plan can do without the rule {str(rule)!r}.", hint)

    def apply(self, problem: Problem, draw: Draw) -> Problem:
        """The problem without these rules."""
        for rule in self.rules:
            problem = RULES_OFF[rule](problem)
        return problem
