"""Where does one more visit fit into a plan, at what time and at what price? Answered in milliseconds, by the judge.

A :class:`SlotFinder` is made once for a plan and kept in memory. A question then takes one pass over flat arrays of all
gaps between stops (:mod:`~optimizer.redispatch.slots.estimate`), and the judge on the few changed routes that look
cheapest (:mod:`~optimizer.redispatch.slots.judge`): what is offered is sound, and its price is exact. Nobody in another
route is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.judge import unserved_cents
from optimizer.plan import Cost, Draft, Plan, Route, SolveStatus, Step, StopKind, Unassigned, load_step, visit_step
from optimizer.problem import Elder, Link, Problem, Station, Visit
from optimizer.reading import ReadRoute, hands_over, read_plan
from optimizer.redispatch.slots.estimate import GapTable, NewLoad, Options
from optimizer.redispatch.slots.gaps import gaps_of
from optimizer.redispatch.slots.judge import RouteJudge
from optimizer.redispatch.slots.question import Question, question_of
from optimizer.redispatch.slots.routes import PlanFacts, RouteCase, earliest_load_s, route_case, touched_keys
from optimizer.redispatch.slots.shifts import ShiftTable
from optimizer.redispatch.slots.slot import MovedVisit, Position, Slot, Trial
from optimizer.redispatch.slots.travel import PartMatrix, part_matrix, with_reached
from optimizer.redispatch.windows import cut
from optimizer.remedies import with_visit
from optimizer.rules import CostTerm
from optimizer.timing import time_draft
from optimizer.travel import StreetGraph, TravelMatrix
from optimizer.travel.reach import Surroundings

_JUDGED_PER_SLOT = 3
"""So many positions are judged for each slot that is asked for, at most."""
_REFUSED_PER_SLOT = 20
"""So many, as long as the judge has refused them all."""
_FEW = 64


class SlotFinder:
    """A plan kept ready for the question where one more visit fits.

    Parameters
    ----------
    plan
        A plan that the judge accepts; a route that breaks a rule as it stands gets no slots.
    streets
        The streets that `travel` was made from: ways to places that are not in it run along them, otherwise by the
        straight line times the mode's detour.
    """

    def __init__(
        self, problem: Problem, travel: TravelMatrix, plan: Plan, *, streets: StreetGraph | None = None
    ) -> None:
        self.facts = PlanFacts(problem, travel, plan)
        self.surroundings = Surroundings(travel, problem.modes, streets)
        shifts = [(worker, shift) for worker in problem.workers for shift in worker.shifts]
        self._cases = [route_case(self.facts, worker, shift) for worker, shift in shifts]
        self._parts = [gaps_of(case, travel) for case in self._cases]
        self._judge = RouteJudge(self.facts)
        self._judge.remember(self._cases)
        self._index()
        for number in range(len(self._cases)):
            self._matrix(number, None)

    def _index(self) -> None:
        """What is looked up in a question, from cases and parts."""
        facts = self.facts
        self._table = GapTable(facts.problem, facts.travel, self._cases, self._parts)
        self._shifts = ShiftTable(facts, self._cases)
        self._matrices: dict[tuple[int, str | None], PartMatrix] = {}

    @property
    def cases(self) -> Sequence[RouteCase]:
        """Every shift of the problem with its route, by number."""
        return self._cases

    def best_slots(
        self, visit: Visit, elder: Elder | None = None, n: int = 5, *, exhaustive: bool = False
    ) -> tuple[Slot, ...]:
        """The best slots for `visit`, cheapest first, at most one per shift.

        Positions go before the judge in the order of their estimated price, until no estimate is below the price of
        the `n` slots known, or three times as many have been judged.

        Parameters
        ----------
        visit
            A visit that the plan does not serve; the problem may know it (with its links) or not.
        elder
            Whom it is for, where the problem does not know them.
        n
            Number of slots wanted.
        exhaustive
            Judge every position that may do, whatever its estimate: the best slot is then the best there is.

        Returns
        -------
        tuple[Slot, ...]
            Empty where nothing fits; :func:`optimizer.redispatch.slots.reasons.why_no_slot` says why.

        Raises
        ------
        InputError
            If the visit is served already, needs several workers, or is wrong in itself.
        """
        question = self.question(visit, elder)
        best: dict[int, Slot] = {}
        for num_judged, position in enumerate(self._worth_judging(question, best, n, exhaustive=exhaustive)):
            trial = self.trial(question, position)
            known = best.get(position.route)
            if trial.is_sound and (known is None or trial.slot.extra_cents < known.extra_cents):
                best[position.route] = trial.slot
            if not exhaustive and num_judged >= n * (_JUDGED_PER_SLOT if best else _REFUSED_PER_SLOT):
                break
        return tuple(sorted(best.values(), key=lambda slot: (slot.extra_cents, slot.start_s))[:n])

    def _worth_judging(
        self, question: Question, best: Mapping[int, Slot], n: int, *, exhaustive: bool
    ) -> Iterator[Position]:
        """Positions in order of their estimates, as long as one may better the slots that `best` has by then."""
        for position in self.positions(question):
            known = best.get(position.route)
            if not exhaustive and _is_settled(best.values(), n, position.estimate_cents):
                break
            if exhaustive or known is None or position.estimate_cents < known.extra_cents:
                yield position

    def question(self, visit: Visit, elder: Elder | None = None) -> Question:
        """What is known about `visit` before any position is looked at.

        Raises
        ------
        InputError
            If the visit is served already, needs several workers, or is wrong in itself.
        """
        return question_of(self.facts, self._shifts, self.surroundings, visit, elder)

    def positions(self, question: Question) -> Iterator[Position]:
        """Every position that may do, cheapest first by estimate."""
        options = self.options(question)
        for k in _ascending(options.cents):
            row = options.rows[k]
            yield Position(
                route=int(self._table.route[row]),
                position=int(self._table.columns["position"][row]),
                load=None if options.load[k] < 0 else question.loads[options.load[k]],
                estimate_cents=float(options.cents[k]),
            )

    def options(self, question: Question) -> Options:
        """Every position that may do, with its estimated price."""
        rows = self._table.rows_in_time(question.asked)
        found = [
            self._table.options(question.asked, of_load, load, number)
            for of_load, load, number in self._ways_to_serve(question, rows)
        ]
        return Options(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def nearly(self, question: Question) -> list[Position]:
        """For every shift that may serve the visit the position that fails by the least time, least first."""
        rows = np.flatnonzero(question.asked.may_serve[self._table.route])
        nearest: dict[int, tuple[int, Position]] = {}
        for of_load, load, _ in self._ways_to_serve(question, rows):
            missing = self._table.missing_s(question.asked, of_load, load)
            for k in np.argsort(missing, kind="stable").tolist():
                route, missing_s = int(self._table.route[of_load[k]]), int(missing[k])
                if route not in nearest or missing_s < nearest[route][0]:
                    place = int(self._table.columns["position"][of_load[k]])
                    position = Position(route=route, position=place, load=load, estimate_cents=0.0)
                    nearest[route] = missing_s, position
        return [position for _, position in sorted(nearest.values(), key=lambda item: item[0])]

    def _ways_to_serve(
        self, question: Question, rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NewLoad | None, int]]:
        """Gaps in which the visit can be put as it is, and those for each loading of its own, with its number."""
        if not hands_over(question.visit):
            yield rows, None, -1
            return
        yield self._table.rows_with_room(rows, question.visit, question.station_ids, self.facts.stock), None, -1
        for number, load in enumerate(question.loads):
            yield self._table.rows_for_loading(rows), load, number

    def trial(self, question: Question, position: Position) -> Trial:
        """One position as the judge sees it."""
        case, load = self._cases[position.route], position.load
        visit, elder = question.visit, question.elder
        station_id = None if load is None else load.station.station_id
        free = self.facts.free_starts(visit, case.worker, question.links, None)
        timed_visit = replace(visit, windows=cut(visit.windows, free))
        added = () if load is None else (load.station,)
        travel = with_reached(self._matrix(position.route, load), (question.asked.inward, question.asked.outward))
        timed = _grown(case.timed, timed_visit, elder, (), added)
        draft = replace(case.draft, steps=self._steps(case, visit, position.position, load))
        (route,) = time_draft(timed, travel, Draft(routes=(draft,)))
        problem = _grown(case.problem, visit, elder, question.links, added)
        read = read_plan(problem, travel, Plan(status=SolveStatus.COMPLETE, routes=(route,)))
        verdict = self._judge.verdict(case, read, visit)
        slot = Slot(
            visit_id=visit.visit_id,
            worker_id=case.key[0],
            shift_id=case.key[1],
            position=position.position,
            start_s=next(stop.start_s for stop in route.visit_stops if stop.visit_id == visit.visit_id),
            loads_at=station_id,
            extra_cents=verdict.extra_cents,
            cents_by_term=verdict.cents_by_term,
            moved=_moved(case, route),
            route=route,
        )
        return Trial(slot=slot, violations=verdict.violations)

    def _steps(self, case: RouteCase, visit: Visit, position: int, load: NewLoad | None) -> tuple[Step, ...]:
        """The steps of the route with the visit, its own loading or more on the one that it rides along with."""
        steps = list(case.draft.steps)
        put_in = [visit_step(visit.visit_id)]
        if load is not None:
            put_in.insert(0, load_step(load.station.station_id, load.ready_s))
        elif hands_over(visit):
            feeding = max(k for k in range(position) if steps[k].kind is StopKind.LOAD)
            assert case.read is not None
            stop = case.read.stops[feeding + 1].stop
            earliest_s = earliest_load_s(self.facts.stock, stop, visit.demand)
            if earliest_s is None or steps[feeding].not_before_s == stop.start_s:
                earliest_s = max(earliest_s or 0, stop.start_s)
            steps[feeding] = replace(steps[feeding], not_before_s=earliest_s)
        return (*steps[:position], *put_in, *steps[position:])

    def _matrix(self, number: int, load: NewLoad | None) -> PartMatrix:
        """Ways between the places of a route, and of a loading put into it."""
        key = number, None if load is None else load.station.station_id
        if key not in self._matrices:
            case = self._cases[number]
            places = dict.fromkeys((*case.problem.places, *(() if load is None else (load.station.place,))))
            self._matrices[key] = part_matrix(self.facts.travel, tuple(places), case.worker.vehicle.mode)
        return self._matrices[key]

    def problem_with(self, visit: Visit, elder: Elder | None = None) -> Problem:
        """The facts with the new visit (in place of the one of its id, if there is one) and the new elder."""
        problem = self.facts.problem
        new = None if elder is None or elder.elder_id in problem.elder_by_id else elder
        if visit.visit_id not in problem.visit_by_id:
            return problem.with_visit(visit, new)
        elders = problem.elders if new is None else (*problem.elders, new)
        return replace(with_visit(problem, visit), elders=elders)

    def plan_with(self, slot: Slot) -> Plan:
        """The plan with the route of `slot`, priced; every other route is as it was."""
        plan, problem = self.facts.plan, self.facts.problem
        key = slot.worker_id, slot.shift_id
        routes = tuple(slot.route if (route.worker_id, route.shift_id) == key else route for route in plan.routes)
        if slot.route not in routes:
            routes = (*routes, slot.route)
        left = tuple(item for item in plan.unassigned if item.visit_id != slot.visit_id)
        cents = Counter(self._judge.cost.cents_by_term)
        cents.update(slot.cents_by_term)
        if slot.visit_id in problem.visit_by_id:
            cents[CostTerm.UNSERVED] -= unserved_cents(problem, problem.visit_by_id[slot.visit_id])
        return replace(
            plan,
            status=status_of(problem, left),
            routes=routes,
            unassigned=left,
            cost=Cost(cents_by_term={term: cents[term] for term in CostTerm if cents[term]}),
        )

    def with_slot(
        self, slot: Slot, visit: Visit, elder: Elder | None = None, promised: Iterable[Visit] = ()
    ) -> SlotFinder:
        """The finder of the plan with `slot` taken; only what the slot touches is made anew.

        `promised` are visits of its route with what their elders are told.
        """
        problem = self.problem_with(visit, elder).with_visits_changed(promised)
        travel = self.surroundings.with_places([problem.place_of(visit), problem.end_place_of(visit)])
        return self.with_facts_changed(problem, travel, self.plan_with(slot), slot.route)

    def with_visit_left_out(self, visit: Visit, elder: Elder | None = None) -> SlotFinder:
        """The finder of the plan once the problem knows a visit that nobody serves."""
        problem, plan = self.problem_with(visit, elder), self.facts.plan
        travel = self.surroundings.with_places([problem.place_of(visit), problem.end_place_of(visit)])
        return self.with_facts_changed(problem, travel, with_left_out(problem, plan, visit), None)

    def with_route_changed(self, route: Route) -> SlotFinder:
        """The finder of the plan with one route changed, whatever the reason; who else is touched is found."""
        plan, key = self.facts.plan, (route.worker_id, route.shift_id)
        others = [other for other in plan.routes if (other.worker_id, other.shift_id) != key]
        plan = replace(plan, routes=(*others, route))
        return self.with_facts_changed(self.facts.problem, self.facts.travel, plan, route)

    def with_facts_changed(self, problem: Problem, travel: TravelMatrix, plan: Plan, route: Route | None) -> SlotFinder:
        """The finder of a plan with at most one route changed, and of facts that differ in no more than its visits."""
        reads = () if route is None else read_plan(problem, travel, replace(plan, routes=(route,))).routes
        finder = copy(self)
        finder.facts = self.facts.with_route(problem, travel, plan, reads[0] if reads else None)
        finder._judge = self._judge.with_facts(finder.facts)
        if travel is not self.facts.travel:
            finder.surroundings = Surroundings(travel, problem.modes, self.surroundings.streets)
        finder._cases, finder._parts = list(self._cases), list(self._parts)
        touched = {key for read in reads for key in self._touched_by(read)}
        for number, case in enumerate(self._cases):
            if case.key in touched:
                worker = problem.worker_by_id[case.key[0]]
                finder._cases[number] = route_case(finder.facts, worker, case.shift)
                finder._parts[number] = gaps_of(finder._cases[number], travel)
                if route is not None and case.key == (route.worker_id, route.shift_id):
                    finder._judge = self._judge.with_route_changed(finder.facts, case, finder._cases[number])
        finder._index()
        kept = {number for number, case in enumerate(self._cases) if case.key not in touched}
        finder._matrices |= {key: matrix for key, matrix in self._matrices.items() if key[0] in kept}
        return finder

    def _touched_by(self, read: ReadRoute) -> set[tuple[str, str]]:
        """The route that `read` takes the place of, and all that have to do with the one or the other."""
        key = read.worker.worker_id, read.shift.shift_id
        return touched_keys(self.facts, self.facts.read_routes.get(key)) | touched_keys(self.facts, read) | {key}


def with_left_out(problem: Problem, plan: Plan, visit: Visit) -> Plan:
    """`plan` for a problem with one visit more, which is left out and priced as such."""
    unassigned = (*plan.unassigned, Unassigned(visit_id=visit.visit_id))
    cents = Counter(plan.cost.cents_by_term)
    cents[CostTerm.UNSERVED] += unserved_cents(problem, visit)
    cost = Cost(cents_by_term={term: cents[term] for term in CostTerm if cents[term]})
    return replace(plan, status=status_of(problem, unassigned), unassigned=unassigned, cost=cost, kpis={})


def status_of(problem: Problem, unassigned: Iterable[Unassigned]) -> SolveStatus:
    """Whether a sound plan that leaves out these visits is complete."""
    is_incomplete = any(problem.visit_by_id[item.visit_id].mandatory for item in unassigned)
    return SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE


def _is_settled(slots: Collection[Slot], n: int, estimate_cents: float) -> bool:
    """Whether `n` slots are known that the next position, by its estimate, would not better."""
    return len(slots) >= n and sorted(slot.extra_cents for slot in slots)[n - 1] <= estimate_cents


def _ascending(cents: NDArray[np.float64]) -> Iterator[int]:
    """Places of the entries in ascending order; sorting all of them is put off until more than a few are asked for."""
    if len(cents) > _FEW:
        few = np.sort(np.argpartition(cents, _FEW)[:_FEW])
        yield from few[np.argsort(cents[few], kind="stable")].tolist()
    yield from np.argsort(cents, kind="stable")[_FEW if len(cents) > _FEW else 0 :].tolist()


def _grown(
    problem: Problem, visit: Visit, elder: Elder | None, links: tuple[Link, ...], stations: Iterable[Station]
) -> Problem:
    """The facts of a route with a new visit, whom it is for, its links and the stations of its loadings."""
    elders, known = problem.elders, problem.station_by_id
    if elder is not None and elder not in elders:
        elders = (*elders, elder)
    return replace(
        problem,
        visits=(*problem.visits, visit),
        elders=elders,
        links=tuple(dict.fromkeys((*problem.links, *links))),
        stations=(*problem.stations, *(station for station in stations if station.station_id not in known)),
    )


def _moved(case: RouteCase, route: Route) -> tuple[MovedVisit, ...]:
    """Visits of the route that start at another time than before."""
    if case.read is None:
        return ()
    before = {stop.stop.visit_id: stop.stop.start_s for stop in case.read.visit_stops}
    return tuple(
        MovedVisit(visit_id=stop.visit_id, before_s=before[stop.visit_id], after_s=stop.start_s)
        for stop in route.visit_stops
        if stop.visit_id is not None and before.get(stop.visit_id, stop.start_s) != stop.start_s
    )
