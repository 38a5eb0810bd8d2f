"""Where one more visit fits into a published day."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

from pydantic import TypeAdapter

from api.days.dispatch import faults_told, held_of
from api.days.resources import Recommendations, RecommendedSlot, SlotQuestion
from api.days.slot_names import name_of
from api.desks import Held
from api.errors import invalid
from api.service import Service
from api.store.days import DayStore
from optimizer.formats.json import facts_from_json
from optimizer.redispatch.ready import ReadyDay
from optimizer.redispatch.slots import Slot, why_no_slot
from optimizer.units import format_clock

MAX_SLOTS = 20
_ANSWER = TypeAdapter(Recommendations)


def recommended(service: Service, store: DayStore, date: dt.date, data: bytes) -> bytes:
    """The best slots for the visit of a :class:`SlotQuestion`, as :class:`Recommendations`.

    Raises
    ------
    Refusal
        404 where nothing is published, 422 with everything that is wrong with the question.
    """
    record = store.day(date)
    desk = service.desks.get((store.district_id, date.isoformat()))
    held = desk.held
    if held is None or held.record.step != record.step:
        with desk.lock:
            held = held_of(service, store, desk, store.day(date))
    with faults_told():
        question: SlotQuestion = facts_from_json(SlotQuestion, data, held.day.problem.horizon)
        at_s = _time_of(question, held)
        ready = desk.ready(held, at_s)
        slots = ready.finder.best_slots(question.visit, question.elder, question.n)
        return _ANSWER.dump_json(_answer(question, ready, held.record.plan_id, at_s, slots), exclude_none=True)


def _time_of(question: SlotQuestion, held: Held) -> int:
    if not 1 <= question.n <= MAX_SLOTS:
        raise invalid("n", f"{question.n} slots cannot be asked for.", f"Ask for 1 to {MAX_SLOTS}.")
    now_s = held.day.now_s
    at_s = now_s if question.at_s is None else question.at_s
    if at_s < now_s:
        message = f"{format_clock(at_s)} is past: the day is known up to {format_clock(now_s)}."
        raise invalid("at", message, "Ask for that time or a later one.")
    return at_s


def _answer(
    question: SlotQuestion, ready: ReadyDay, plan_id: str, at_s: int, slots: tuple[Slot, ...]
) -> Recommendations:
    return Recommendations(
        plan_id=plan_id,
        at_s=at_s,
        slots=tuple(_named(slot, name_of(slot, at_s).text) for slot in slots),
        no_slot=None if slots else why_no_slot(ready.finder, question.visit, question.elder),
    )


def _named(slot: Slot, name: str) -> RecommendedSlot:
    return RecommendedSlot(**{field.name: getattr(slot, field.name) for field in fields(slot)}, name=name)
