"""What a dispatcher does with a day: publish a plan, tell what has happened, ask where a visit fits, tell people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import orjson

from api.daybook.answers import Budget, answer_of, news_of
from api.daybook.state import day_of, state_of
from api.days.slot_names import SlotName
from api.days.steps import Next, first_published, happened, published_anew, taken
from api.desks import Desk, Held
from api.errors import Refusal, invalid, not_found
from api.intake import world_of
from api.outcomes import params_facts
from api.plan_views import stored_plan
from api.service import Service
from api.store.days import (
    DayRecord,
    DayStore,
    NewStep,
    NewVersion,
    Overtaken,
    Person,
    StepKind,
    StepRecord,
    require_revision,
)
from api.store.records import Change, NewPlan, NewProblem, Origin, Outcome
from api.worlds import World
from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import problem_from_json
from optimizer.params import SolveParams
from optimizer.plan import SolveStatus
from optimizer.redispatch.events import Event, StreetClosed, event_to_json, read_events
from optimizer.redispatch.params import IMPROVE_S, RedispatchParams

MAX_EVENTS = 500
"""So many events may come with one request."""
_MAX_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Somebody who changes the days of one district; `revision` is the one they have seen, if they say so."""

    service: Service
    store: DayStore
    change: Change
    revision: int | None = None

    def publish(self, plan_id: str, *, is_guarded: bool) -> StepRecord:
        """Let a day go by a plan from now on.

        Raises
        ------
        Refusal
            409 for a plan that is not finished or breaks rules; 428 where the day has a plan and `is_guarded` is not
            set, 412 where it is at another revision.
        """
        if made := self.store.step_made_before(self.change):
            return made
        record = self.store.plan(plan_id)
        if record.status is None or record.status == SolveStatus.INVALID:
            raise Refusal(409, "not-ready", f"plan {plan_id!r} is not finished or breaks rules. Publish another one.")
        date, problem_id = record.horizon.first_date, record.problem_id
        world, plan = world_of(self.service, self.store, problem_id), stored_plan(self.store, record)

        def go_on(desk: Desk, current: DayRecord | None) -> StepRecord:
            following, base_id = first_published(world, plan), problem_id
            if current is not None:
                if not is_guarded:
                    detail = f"the day {date} has a published plan. Send the day's ETag as `If-Match` to replace it."
                    raise Refusal(428, "precondition-required", detail)
                following = published_anew(held_of(self.service, self.store, desk, current), world, problem_id, plan)
                base_id = current.base_problem_id if problem_id == current.problem_id else problem_id
            new = _step(date, following, plan_id, base_id)
            return self._keep(desk, current, new, following)

        return self._in_turn(date, go_on)

    def take_events(self, date: dt.date, data: bytes, params: RedispatchParams, slot: SlotName | None) -> StepRecord:
        """Re-plan a day after what has happened, or put a new visit into `slot`.

        Raises
        ------
        Refusal
            404 where nothing is published, 412 where the day is at another revision or the slot is taken, 413 for too
            many events, 422 with everything that is wrong with them.
        """
        if made := self.store.step_made_before(self.change):
            return made

        def go_on(desk: Desk, current: DayRecord | None) -> StepRecord:
            if current is None:
                raise not_found("published plan for", date.isoformat())
            held = held_of(self.service, self.store, desk, current)
            horizon = held.day.problem.horizon
            with faults_told():
                events = read_events(data, horizon)
                _require_some(events)
                self._require_small(held, events)
                following = taken(desk, held, events, slot) if slot else happened(desk, held, events, params)
            told = [orjson.loads(event_to_json(event, horizon)) for event in events]
            version = self._version(desk, held, following)
            if version == current.plan_id:
                following = replace(following, day=replace(following.day, plan=held.day.plan))
            budget = Budget(max_elders_told=params.max_elders_told, max_workers_told=params.max_workers_told)
            new = replace(_step(date, following, version, current.base_problem_id, budget), events=told)
            return self._keep(desk, current, new, following)

        return self._in_turn(date, go_on)

    def _require_small(self, held: Held, events: Sequence[Event]) -> None:
        """Ways around a closed street are looked for from every place to every other one."""
        num_places, most = len(held.day.problem.places), self.service.settings.max_square_places
        if num_places > most and any(isinstance(event, StreetClosed) for event in events):
            detail = f"a street is closed for {num_places:,} places; {most:,} are worked with here. Use `yizhan`."
            raise Refusal(413, "too-large", detail)

    def order_improvement(self, step: StepRecord) -> str | None:
        """Look for a better version in the background; its id, or None where the queue is full."""
        limits = self.service.settings
        record = self.store.plan(step.plan_id)
        new = NewPlan(
            problem_id=record.problem_id,
            origin=Origin.IMPROVEMENT,
            parent_id=step.plan_id,
            params=params_facts(SolveParams(time_limit_s=IMPROVE_S)),
        )
        key = self.change.idempotency_key
        change = replace(self.change, idempotency_key=f"{key}/improvement" if key else "")
        try:
            plan = self.store.order_plan(
                new, change, max_queue=limits.max_queue, max_queue_of_district=limits.max_queue_of_district
            )
        except Refusal as refusal:
            if refusal.code != "queue-full":
                raise
            return None
        if not plan.state.is_final:
            self.service.jobs.enqueue(self.store.district_id, plan.plan_id)
        return plan.plan_id

    def acknowledge(self, date: dt.date, told: Mapping[Person, Collection[str]], up_to: int | None) -> DayRecord:
        """Note that people know everything up to a step (default: up to the last).

        Raises
        ------
        Refusal
            404 where nothing is published, 412 where the day is at another revision, 422 for people it does not know.
        """
        day = self.store.day(date)
        desk = self.service.desks.get((self.store.district_id, date.isoformat()))
        with desk.lock:
            problem = held_of(self.service, self.store, desk, day).day.problem
        for person, known in ((Person.ELDER, problem.elder_by_id), (Person.WORKER, problem.worker_by_id)):
            for name in told[person]:
                if name not in known:
                    hint = did_you_mean(name, known) or "Leave it out."
                    raise invalid(f"{person}_ids", f"the day has no {person} {name!r}.", hint)
        return self.store.acknowledge(date, told, day.step if up_to is None else up_to, self.change, self.revision)

    def _in_turn(self, date: dt.date, go_on: Callable[[Desk, DayRecord | None], StepRecord]) -> StepRecord:
        """Let a day go on from the revision that was seen, if one was; from anew where another process was faster."""
        desk = self.service.desks.get((self.store.district_id, date.isoformat()))
        with desk.lock:
            for _ in range(_MAX_TRIES):
                current = self.store.find_day(date)
                if current is not None:
                    require_revision(date, current, self.revision)
                try:
                    return go_on(desk, current)
                except Overtaken:
                    continue
        raise Refusal(503, "busy", f"the day {date} goes on too fast. Try again.", headers={"Retry-After": "1"})

    def _version(self, desk: Desk, held: Held, following: Next) -> str | NewVersion:
        """The version to be kept; the one that holds where nothing of it has changed."""
        before, day = held.day, following.day
        is_same = (before.plan.routes, before.plan.unassigned) == (day.plan.routes, day.plan.unassigned)
        if is_same and before.problem == day.problem:
            return held.record.plan_id
        horizon = day.problem.horizon
        problem = None
        if before.problem is not day.problem:
            problem = NewProblem(
                name=day.problem.name,
                horizon=horizon,
                num_visits=len(day.problem.visits),
                travel=held.travel,
                warnings=(),
                content=desk.problem_pieces.json_of(day.problem, horizon),
            )
        outcome = Outcome(
            status=day.plan.status.value,
            cost_cents=day.plan.cost.total_cents,
            num_unassigned=len(day.plan.unassigned),
            content=desk.plan_pieces.json_of(day.plan, horizon),
        )
        record = held.record
        plan = NewPlan(problem_id=record.problem_id, origin=Origin.EVENT, parent_id=record.plan_id)
        return NewVersion(plan=plan, problem=problem, outcome=outcome)

    def _keep(self, desk: Desk, current: DayRecord | None, new: NewStep, following: Next) -> StepRecord:
        expected = 0 if current is None else current.step
        step = self.store.add_step(new, self.change, expected=expected, revision=self.revision)
        record, day = self.store.day(new.date), following.day
        if record.step == step.step:
            travel = self.store.problem(record.base_problem_id).travel
            if current is None or record.problem_id != current.problem_id:
                world = World(problem=day.problem, streets=day.streets, known_travel=day.travel)
                self.service.worlds.keep(self.store.district_id, record.problem_id, world)
            desk.hold(Held(record=record, day=day, travel=travel), following.follow)
        return step


@contextmanager
def faults_told() -> Iterator[None]:
    """Faults of what somebody tells or asks about a day are refused as such."""
    try:
        yield
    except InputError as error:
        count = "1 fault" if len(error.issues) == 1 else f"{len(error.issues)} faults; the first"
        raise Refusal(422, "invalid-event", f"{count}: {error.issues[0]}", issues=error.issues) from None


def held_of(service: Service, store: DayStore, desk: Desk, record: DayRecord) -> Held:
    """The day of `record`: as it is in memory, or derived again from what is kept. Whoever asks has the desk's lock."""
    held = desk.held
    if held is not None and (held.record.step, held.record.plan_id) == (record.step, record.plan_id):
        return held
    base = world_of(service, store, record.base_problem_id)
    problem = base.problem
    if record.problem_id != record.base_problem_id:
        problem = problem_from_json(store.problem_content(record.problem_id))
    plan = stored_plan(store, store.plan(record.plan_id))
    day = day_of(store.state(record.date, record.step), problem, plan, base.travel, base.streets)
    held = Held(record=record, day=day, travel=store.problem(record.base_problem_id).travel)
    service.worlds.keep(
        store.district_id,
        record.problem_id,
        World(problem=problem, streets=base.streets, known_travel=day.travel),
    )
    desk.hold(held)
    return held


def _require_some(events: Sequence[Event]) -> None:
    if not events:
        issue = Issue(code="bad-value", path="$", message="the list is empty.", hint="Send at least one event.")
        raise InputError([issue])
    if len(events) > MAX_EVENTS:
        detail = f"{len(events)} events; {MAX_EVENTS} are taken at once. Send them in parts."
        raise Refusal(413, "too-large", detail)


def _step(
    date: dt.date, following: Next, version: str | NewVersion, base_id: str, budget: Budget | None = None
) -> NewStep:
    return NewStep(
        date=date,
        kind=StepKind.PUBLISH if budget is None else StepKind.EVENTS,
        version=version,
        base_problem_id=base_id,
        now_s=following.day.now_s,
        state=state_of(following.day),
        answer=answer_of(following.day.plan, following.diff, following.tier, following.notes, budget or Budget()),
        news=news_of(following.diff),
    )
