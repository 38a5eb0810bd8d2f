"""What a visitor does with published days, by the same functions as the service: publish, report, ask, tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from api.console.access import Visitor
from api.days.dispatch import Dispatch, held_of
from api.days.questions import recommended
from api.days.resources import Recommendations, SlotQuestion
from api.days.slot_names import SlotName
from api.desks import Held
from api.service import require_role
from api.store.days import DayRecord, DayStore, Person, StepRecord
from api.store.records import PlanRecord, Role
from optimizer.formats.json import facts_to_json
from optimizer.redispatch.events import Event, VisitAdded, event_to_json
from optimizer.redispatch.params import RedispatchParams

NUM_STEPS = 200
"""So many steps of a day are looked through, the latest first."""
NUM_SLOTS = 5
_NUM_RECENT = 30
"""Undo and redo look back so many steps."""
_NUM_DAYS = 30
_ANSWER = TypeAdapter(Recommendations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Which version of a day would be published by undoing the last change, and which by redoing one undone."""

    undo_id: str | None
    redo_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the day of a plan stands: as it is published (None: it is not), and its last steps, the latest first."""

    seen: DayRecord | None = None
    steps: tuple[StepRecord, ...] = ()
    versions: Versions = Versions(undo_id=None, redo_id=None)


def days_of(visitor: Visitor) -> DayStore:
    """What the visitor's district has published."""
    return DayStore(visitor.service.database, visitor.caller.district_id)


def in_force(visitor: Visitor) -> dict[str, str]:
    """By first day the plan that is published for it, of the latest days."""
    days = days_of(visitor).days(before=None, limit=_NUM_DAYS)
    return {record.date.isoformat(): record.plan_id for record in days}


def published_day(visitor: Visitor, plan: PlanRecord) -> DayRecord | None:
    """The published day that a plan is for, whichever version of it holds; None where nothing is published."""
    return days_of(visitor).find_day(plan.horizon.first_date)


def standing_of(visitor: Visitor, plan: PlanRecord) -> Standing:
    """How the day of a plan stands, whichever version of it holds."""
    seen = published_day(visitor, plan)
    if seen is None:
        return Standing()
    steps = tuple(days_of(visitor).steps(seen.date, limit=_NUM_RECENT))
    return Standing(seen=seen, steps=steps, versions=versions_of(visitor, steps))


def publish(visitor: Visitor, plan: PlanRecord, reason: str, seen: DayRecord | None = None) -> StepRecord:
    """Let the day of a plan go by it from now on; `seen` is the day as the visitor saw it.

    Raises
    ------
    Refusal
        403 for viewers, 409 for a plan that is not finished or breaks rules, 412 where the day has gone on.
    """
    dispatch = _dispatch(visitor, reason, seen)
    return dispatch.publish(plan.plan_id, is_guarded=True)


def report(
    visitor: Visitor, seen: DayRecord, event: Event, params: RedispatchParams, slot: SlotName | None = None
) -> StepRecord:
    """Tell what has happened, or put a new visit into a slot; the day is planned again and goes by that.

    Raises
    ------
    Refusal
        403 for viewers, 412 where the day has gone on or the slot is taken, 422 for an event that does not fit it.
    """
    horizon = days_of(visitor).plan(seen.plan_id).horizon
    dispatch = _dispatch(visitor, event.note, seen)
    return dispatch.take_events(seen.date, event_to_json(event, horizon), params, slot)


def slots_for(visitor: Visitor, seen: DayRecord, event: VisitAdded) -> Recommendations:
    """The best slots for a new visit, or why there are none.

    Raises
    ------
    Refusal
        403 for viewers, 422 with everything that is wrong with the visit.
    """
    require_role(visitor.caller, Role.DISPATCHER)
    question = SlotQuestion(visit=event.visit, elder=event.elder, at_s=event.at_s, n=NUM_SLOTS)
    store = days_of(visitor)
    data = facts_to_json(question, store.plan(seen.plan_id).horizon)
    return _ANSWER.validate_json(recommended(visitor.service, store, seen.date, data))


def acknowledge(visitor: Visitor, seen: DayRecord, person: Person, person_id: str) -> DayRecord:
    """Note that somebody knows everything that the day as it was `seen` changed for them.

    Raises
    ------
    Refusal
        403 for viewers, 422 for somebody without news.
    """
    told = {each: [person_id] if each is person else [] for each in Person}
    return _dispatch(visitor, "", None).acknowledge(seen.date, told, seen.step)


def held_day(visitor: Visitor, date: dt.date) -> Held:
    """A published day as it stands, in memory."""
    store, service = days_of(visitor), visitor.service
    desk = service.desks.get((store.district_id, date.isoformat()))
    with desk.lock:
        return held_of(service, store, desk, store.day(date))


def versions_of(visitor: Visitor, steps: Sequence[StepRecord]) -> Versions:
    """What undo and redo would publish, by the steps of a day, the latest first.

    Versions that held before are undone towards the one they were made from, and redone towards the last one that was
    made from the present one.
    """
    if not steps:
        return Versions(undo_id=None, redo_id=None)
    current_id, held_ids = steps[0].plan_id, {step.plan_id for step in steps}
    store = visitor.store
    parent_id = store.plan(current_id).parent_id
    befores = (step.against_id for step in steps if step.plan_id == current_id)
    undo_id = parent_id if parent_id in held_ids else list(befores)[-1]
    others = dict.fromkeys(step.plan_id for step in steps if step.plan_id != current_id)
    redo_id = next((plan_id for plan_id in others if store.plan(plan_id).parent_id == current_id), None)
    return Versions(undo_id=undo_id, redo_id=redo_id)


def _dispatch(visitor: Visitor, reason: str, seen: DayRecord | None) -> Dispatch:
    change = visitor.change(reason)
    require_role(visitor.caller, Role.DISPATCHER)
    revision = None if seen is None else seen.revision
    return Dispatch(service=visitor.service, store=days_of(visitor), change=change, revision=revision)
