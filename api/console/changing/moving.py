"""A stop moved to another worker or place, or locked where it is: tried on the judge first, kept as a version after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from api.bodies import ReadProblem
from api.console.access import Visitor
from api.console.day import Day, shift_of
from api.console.dispatching import held_day, publish
from api.desks import Held
from api.errors import invalid
from api.intake import keep_problem
from api.judging import outcome_of_judged
from api.service import require_role
from api.store.days import DayRecord
from api.store.records import NewPlan, Origin, PlanRecord, Role
from optimizer.formats.stop_facts import name_of_visit, name_of_worker
from optimizer.judge import Judged, judge, timed_plan
from optimizer.plan import Draft, Plan, Route, RouteDraft, Unassigned, Violation, visit_step
from optimizer.redispatch.diff import PlanDiff, diff_plans
from optimizer.redispatch.slots import Slot, SlotFinder
from optimizer.repair import without_visits
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_DAY, format_clock

NUM_PLACES = 4
"""So many places are suggested for a stop."""

Shift = tuple[str, str]
"""Ids of a worker and a shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stop may go: after so many stops of a shift's route, that stop itself not counted."""

    shift: Shift
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A change that comes too late: the visit has begun, or would have, or its worker is away."""

    visit_id: str
    who: str
    at: str
    is_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A changed plan as the judge sees it, and what it changes for whom."""

    visit_id: str
    judged: Judged
    diff: PlanDiff
    begun: tuple[Begun, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The rules it breaks."""
        return self.judged.violations

    @property
    def is_sound(self) -> bool:
        """Whether it may be kept."""
        return not self.violations and not self.begun


class Mover:
    """Tries and keeps changes of one finished plan; `seen` is its day where it is the version that holds there."""

    def __init__(self, visitor: Visitor, day: Day, seen: DayRecord | None) -> None:
        self.visitor, self.day, self.seen = visitor, day, seen

    @cached_property
    def held(self) -> Held | None:
        """The day as it stands, where it goes by this plan."""
        return None if self.seen is None else held_day(self.visitor, self.seen.date)

    def steps_without(self, visit_id: str, shift: Shift) -> RouteDraft:
        """The route of a shift without a visit; empty where nobody goes that way yet."""
        routes = self.day.true_plan.draft.routes
        route = next((each for each in routes if (each.worker_id, each.shift_id) == shift), None)
        steps = () if route is None else tuple(step for step in route.steps if step.visit_id != visit_id)
        return RouteDraft(worker_id=shift[0], shift_id=shift[1], steps=steps)

    def place_at(self, visit_id: str, worker_id: str, time_s: int) -> Place | None:
        """Where a visit comes that is dropped on a worker's row at a time; None for who has no shift on that day."""
        worker = self.day.problem.worker_by_id[worker_id]
        shifts = [each for each in worker.shifts if each.start_s // SECONDS_PER_DAY == time_s // SECONDS_PER_DAY]
        if not shifts:
            return None
        nearest = min(shifts, key=lambda each: max(each.start_s - time_s, time_s - each.end_s, 0))
        shift = (worker_id, nearest.shift_id)
        route = next((each for each in self.day.true_plan.routes if shift_of(each) == shift), None)
        stops = () if route is None else route.stops[1:-1]
        return Place(shift=shift, position=sum(stop.start_s < time_s for stop in stops if stop.visit_id != visit_id))

    def suggested(self, visit_id: str) -> tuple[Slot, ...]:
        """The cheapest places for a visit, its own among them; none for visits of several workers or in the past."""
        world, visit = self.day.world, self.day.world.problem.visit_by_id[visit_id]
        start_s = self.day.row_by_visit_id[visit_id].start_s
        now_s = 0 if self.held is None else self.held.day.now_s
        if visit.num_workers != 1 or (start_s is not None and start_s < now_s):
            return ()
        rest = self._retimed(without_visits(self.day.true_plan.draft, [visit_id]), visit_id, None).plan
        finder = SlotFinder(world.problem, self._ways, rest, streets=world.streets)
        return tuple(slot for slot in finder.best_slots(visit, n=NUM_PLACES) if slot.start_s >= now_s)

    def moved(self, visit_id: str, worker_id: str | None, place: Place) -> Trial:
        """The plan with a visit taken from a worker (None: from nobody) and put into another place."""
        target = self.steps_without(visit_id, place.shift)
        steps = list(target.steps)
        steps.insert(place.position, visit_step(visit_id))
        return self._tried(visit_id, worker_id, replace(target, steps=tuple(steps)))

    def put(self, slot: Slot, worker_id: str | None) -> Trial:
        """The plan with a visit in a suggested place."""
        (route,) = replace(self.day.true_plan, routes=(slot.route,)).draft.routes
        return self._tried(slot.visit_id, worker_id, route, slot.route)

    def locked(self, visit_id: str, *, with_time: bool) -> Trial:
        """The same plan, in which a visit keeps its workers, and perhaps its time, whatever happens."""
        row = self.day.row_by_visit_id[visit_id]
        return self._pinned(visit_id, row.worker_ids, row.start_s if with_time else None)

    def unlocked(self, visit_id: str) -> Trial:
        """The same plan with a visit free to be moved again."""
        return self._pinned(visit_id, (), None)

    def keep(self, trial: Trial, reason: str) -> PlanRecord:
        """Keep a sound change as the next version of the plan; its day goes by it where it went by this plan.

        Raises
        ------
        Refusal
            403 for viewers, 412 where the day has gone on, 422 for a change that breaks rules or comes too late.
        """
        if not trial.is_sound:
            raise invalid("plan", "this change breaks rules or comes too late.", "Choose another place.")
        visitor, parent = self.visitor, self.day.record
        change = visitor.change(reason)
        require_role(visitor.caller, Role.DISPATCHER)
        problem_id = parent.problem_id
        if trial.judged.problem is not self.day.world.problem:
            travel = visitor.store.problem(problem_id).travel
            kept = keep_problem(visitor.store, ReadProblem(problem=trial.judged.problem, warnings=()), travel, change)
            problem_id = kept.problem_id
            world = replace(self.day.world, problem=trial.judged.problem, known_travel=self.day.world.travel)
            visitor.service.worlds.keep(visitor.caller.district_id, problem_id, world)
        new = NewPlan(
            problem_id=problem_id, origin=Origin.EDIT, parent_id=parent.plan_id, parent_revision=parent.revision
        )
        child = visitor.store.add_finished(new, outcome_of_judged(trial.judged), change)
        if self.seen is not None:
            publish(visitor, child, reason, self.seen)
        return child

    @property
    def _ways(self) -> TravelMatrix:
        """Travel as it is now, around closed streets."""
        return self.day.world.travel if self.held is None else self.held.day.ways

    def _tried(self, visit_id: str, worker_id: str | None, route: RouteDraft, exact: Route | None = None) -> Trial:
        """The plan with one route as given (`exact`: with these times), and a visit taken from whoever had it."""
        shift = (route.worker_id, route.shift_id)
        routes = [self._left(each, visit_id, worker_id) for each in self.day.true_plan.draft.routes]
        kept = [each for each in routes if (each.worker_id, each.shift_id) != shift]
        draft = without_visits(Draft(routes=(*kept, route)), [])
        return self._judged(visit_id, self._retimed(draft, visit_id, shift, exact))

    def _retimed(self, draft: Draft, visit_id: str, shift: Shift | None, exact: Route | None = None) -> Judged:
        """The judge's word on `draft`; routes that are not touched keep their times, unless that breaks more rules."""
        problem, ways = self.day.world.problem, self._ways
        timed = timed_plan(problem, ways, draft)
        kept = {shift_of(each): each for each in self.day.true_plan.routes if not _gives(each, visit_id)}
        if shift is not None:
            kept.pop(shift, None)
        if exact is not None:
            kept[shift_of(exact)] = exact
        spliced = replace(timed, routes=tuple(kept.get(shift_of(each), each) for each in timed.routes))
        judged = judge(problem, ways, spliced)
        if not judged.violations:
            return judged
        anew = judge(problem, ways, timed)
        return anew if len(anew.violations) < len(judged.violations) else judged

    def _left(self, route: RouteDraft, visit_id: str, worker_id: str | None) -> RouteDraft:
        """A route without a visit, if it is the one that gave it."""
        if route.worker_id != worker_id:
            return route
        return replace(route, steps=tuple(step for step in route.steps if step.visit_id != visit_id))

    def _pinned(self, visit_id: str, worker_ids: tuple[str, ...], start_s: int | None) -> Trial:
        problem = self.day.world.problem
        visits = (
            replace(visit, pinned_worker_ids=worker_ids, pinned_start_s=start_s)
            if visit.visit_id == visit_id
            else visit
            for visit in problem.visits
        )
        return self._judged(visit_id, judge(replace(problem, visits=tuple(visits)), self._ways, self.day.true_plan))

    def _judged(self, visit_id: str, judged: Judged) -> Trial:
        before = self.day.true_plan
        plan = replace(judged.plan, unassigned=_with_reasons(judged.plan, before))
        diff = diff_plans(judged.problem, before, plan)
        judged = replace(judged, plan=plan)
        return Trial(visit_id=visit_id, judged=judged, diff=diff, begun=tuple(self._begun(judged, diff)))

    def _begun(self, judged: Judged, diff: PlanDiff) -> Iterator[Begun]:
        """Changes that come too late for the day as it is."""
        if self.held is None:
            return
        day = self.held.day
        for change in diff.visits:
            after = change.after
            visit = judged.problem.visit_by_id[change.visit_id]
            starts_s = [service.start_s for service in (change.before, after) if service]
            who = name_of_visit(self.day.problem, visit)
            if any(start_s < day.now_s for start_s in starts_s):
                yield Begun(visit_id=change.visit_id, who=who, at=format_clock(day.now_s // 60 * 60))
            for worker_id in () if after is None else after.worker_ids:
                if after is not None and any(span.holds(after.start_s) for span in day.absences.get(worker_id, ())):
                    name = name_of_worker(self.day.problem.worker_by_id[worker_id])
                    yield Begun(
                        visit_id=change.visit_id, who=name, at=format_clock(after.start_s // 60 * 60), is_away=True
                    )


def _gives(route: Route, visit_id: str) -> bool:
    return any(stop.visit_id == visit_id for stop in route.stops)


def _with_reasons(plan: Plan, before: Plan) -> tuple[Unassigned, ...]:
    """The unserved visits of a plan, with the reasons that are known already."""
    known = {item.visit_id: item for item in before.unassigned}
    return tuple(known.get(item.visit_id, item) for item in plan.unassigned)
