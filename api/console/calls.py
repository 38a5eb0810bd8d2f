"""Who must still be told what of a published day: one call for each person, with everything that is new to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from api.console.comparison import visit_news, worker_news
from api.console.day import Day
from api.console.texts import Texts
from api.store.days import NewsRecord, Person
from optimizer.formats.stop_facts import name_of_worker
from optimizer.redispatch.diff import VisitChange, WorkerChange

DayBefore = Callable[[int], Day]
"""The version of the day that held before a step."""

_VISITS = TypeAdapter(list[VisitChange])
_WORKERS = TypeAdapter(list[WorkerChange])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody to be called, and what to say, line by line."""

    person: Person
    person_id: str
    who: str
    phone: str
    news: tuple[str, ...]


def calls_of(texts: Texts, day: Day, news: Iterable[NewsRecord], day_before: DayBefore) -> list[Call]:
    """The calls still to be made, elders first, those with the latest news first.

    `news` comes with the latest first. An elder hears of each visit what holds now, and what they were told before
    anything of it changed; a worker hears every change of their way in the order in which it came.
    """
    found: dict[tuple[Person, str], list[NewsRecord]] = {}
    for record in news:
        if record.told_at is None:
            found.setdefault((record.person, record.person_id), []).append(record)
    calls = [_call(texts, day, records, day_before) for records in found.values()]
    return sorted((call for call in calls if call.news), key=lambda call: list(Person).index(call.person))


def _call(texts: Texts, day: Day, records: Sequence[NewsRecord], day_before: DayBefore) -> Call:
    latest = records[0]
    is_elder = latest.person is Person.ELDER
    say = _elder_lines if is_elder else _worker_lines
    if is_elder:
        elder = day.problem.elder_by_id.get(latest.person_id)
        who = latest.person_id if elder is None else elder.name or elder.elder_id
        phone = "" if elder is None else elder.phone
    else:
        worker = day.problem.worker_by_id[latest.person_id]
        who, phone = name_of_worker(worker), worker.phone
    lines = tuple(say(texts, day, records, day_before))
    return Call(person=latest.person, person_id=latest.person_id, who=who, phone=phone, news=lines)


def _elder_lines(texts: Texts, day: Day, records: Sequence[NewsRecord], day_before: DayBefore) -> Iterator[str]:
    last: dict[str, VisitChange] = {}
    first: dict[str, tuple[VisitChange, int]] = {}
    for record in records:
        for change in _VISITS.validate_python(record.changes):
            last.setdefault(change.visit_id, change)
            first[change.visit_id] = change, record.step
    for visit_id, (change, step) in first.items():
        is_there = visit_id in day.row_by_visit_id  # a version that was published later may not know it any more
        holds = last[visit_id].after if is_there else None
        if change.before != holds:
            yield visit_news(texts, day if is_there else day_before(step), visit_id, change.before, holds)


def _worker_lines(texts: Texts, day: Day, records: Sequence[NewsRecord], day_before: DayBefore) -> Iterator[str]:
    for record in reversed(records):
        for change in _WORKERS.validate_python(record.changes):
            is_known = all(visit_id in day.row_by_visit_id for visit_id in change.removed_visit_ids)
            yield worker_news(texts, day, day if is_known else day_before(record.step), change)
