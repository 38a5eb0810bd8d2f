"""The next step of a day, worked out in memory: what is published, what has happened, which slot is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from api.daybook.state import day_of, state_of
from api.days.slot_names import SlotName
from api.desks import Desk, Held
from api.errors import Refusal
from api.worlds import World
from optimizer.errors import InputError, Issue
from optimizer.plan import Plan
from optimizer.redispatch.day import Day, after, open_day, publish
from optimizer.redispatch.diff import PlanDiff, diff_plans
from optimizer.redispatch.events import Event, StopDone, StopStarted, VisitAdded
from optimizer.redispatch.params import RedispatchParams, Tier
from optimizer.redispatch.ready import ReadyDay
from optimizer.redispatch.redispatch import Redispatch, redispatch

_NO_CHANGE = PlanDiff(cost_cents_change=0, visits=(), elder_ids=(), worker_ids=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A day gone on: with its new plan published, and what that changes for whom.

    ``follow`` makes the day ready for the next visit, where that takes less than to do it from nothing.
    """

    day: Day
    diff: PlanDiff
    tier: Tier | None = None
    notes: tuple[str, ...] = ()
    follow: Callable[[], ReadyDay] | None = None


def first_published(world: World, plan: Plan) -> Next:
    """The day of the first plan that is published for a date; everybody has been told what it says."""
    return Next(day=open_day(world.problem, world.travel, plan, streets=world.streets), diff=_NO_CHANGE)


def published_anew(held: Held, world: World, problem_id: str, plan: Plan) -> Next:
    """The day with another plan published; what has happened has happened."""
    day = held.day
    if problem_id != held.record.problem_id:
        day = day_of(state_of(day), world.problem, day.plan, world.travel, world.streets)
    diff = diff_plans(day.problem, day.plan, plan, told=day.told)
    return Next(day=publish(day, plan, diff), diff=diff)


def taken(desk: Desk, held: Held, events: Sequence[Event], name: SlotName) -> Next:
    """The day with a visit put into the slot that was recommended.

    Raises
    ------
    Refusal
        412 where the slot is not free any more.
    InputError
        Where the event does not agree with the day.
    """
    event = events[0]
    if len(events) > 1 or not isinstance(event, VisitAdded):
        kinds = ", ".join(event.kind for event in events)
        message = f"a slot is for one visit-added, not for {kinds}."
        raise InputError([Issue(code="bad-value", path="kind", message=message, hint="Leave the slot out.")])
    after(held.day, event)
    ready = desk.ready(held, max(event.at_s, name.at_s))
    slot = ready.slot(event.visit, event.elder, (name.worker_id, name.shift_id), name.position, name.loads_at)
    if slot is None or not name.fits(slot):
        detail = f"the slot of worker {name.worker_id!r} is not free any more. Ask for recommendations again."
        raise Refusal(412, "changed-meanwhile", detail)
    return _next(*ready.taken(event, slot))


def happened(desk: Desk, held: Held, events: Sequence[Event], params: RedispatchParams) -> Next:
    """The day after some events, re-planned.

    Raises
    ------
    InputError
        With everything about the events that does not agree with the day.
    """
    if len(events) == 1 and isinstance(events[0], VisitAdded):
        inserted = desk.ready(held, events[0].at_s).inserted(events[0], params)
        if inserted is not None:
            return _next(*inserted)
    result = redispatch(_after_all(held.day, events), replace(params, figures=False), tier_for(events))
    return _next(result)


def tier_for(events: Iterable[Event]) -> Tier:
    """How far the answer to some events goes: reports and new visits need no search around them."""
    is_simple = all(isinstance(event, StopStarted | StopDone | VisitAdded) for event in events)
    return Tier.INSERTION if is_simple else Tier.REPAIR


def _next(result: Redispatch, follow: Callable[[], ReadyDay] | None = None) -> Next:
    return Next(day=result.day, diff=result.diff, tier=result.tier, notes=result.notes, follow=follow)


def _after_all(day: Day, events: Sequence[Event]) -> Day:
    issues: list[Issue] = []
    for position, event in enumerate(events):
        try:
            day = after(day, event)
        except InputError as error:
            prefix = f"[{position}]." if len(events) > 1 else ""
            issues += [replace(issue, path=f"{prefix}{issue.path}") for issue in error.issues]
    if issues:
        raise InputError(issues)
    return day
