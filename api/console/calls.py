"""Who must still be told what of a published day: one call for each person, with everything that is new to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from api.console.comparison import visit_news, worker_news
from api.console.day import Day
from api.console.texts import Texts
from api.store.days import NewsRecord, Person
from optimizer.formats.stop_facts import name_of_station, name_of_worker
from optimizer.redispatch.diff import Service, VisitChange, WorkerChange

DayBefore = Callable[[int], Day]
"""The version of the day that held before a step."""

_VISITS = TypeAdapter(list[VisitChange])
_WORKERS = TypeAdapter(list[WorkerChange])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody to be called, and what to say, line by line.

    Attributes
    ----------
    where
        An elder's community, a worker's station.
    at_s
        The earliest time that an elder's news is about: they must have heard of it by then. None for workers.
    worker_id
        Who comes to an elder first of those whom the news is about, None where nobody does; a worker's own id.
    """

    person: Person
    person_id: str
    who: str
    where: str
    phone: str
    news: tuple[str, ...]
    at_s: int | None
    worker_id: str | None


class Grouping(StrEnum):
    """How calls are put together."""

    TIME = "time"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGroup:
    """Calls under one heading."""

    heading: str
    calls: tuple[Call, ...]


def calls_of(texts: Texts, day: Day, news: Iterable[NewsRecord], day_before: DayBefore) -> list[Call]:
    """The calls still to be made: workers, those with the latest news first, then elders by the time that it is about.

    `news` comes with the latest first. An elder hears of each visit what holds now, and what they were told before
    anything of it changed; a worker hears which visits came and went on the whole, and what else is new.
    """
    found: dict[tuple[Person, str], list[NewsRecord]] = {}
    for record in news:
        if record.told_at is None:
            found.setdefault((record.person, record.person_id), []).append(record)
    calls = [
        _worker_call(texts, day, records) if person is Person.WORKER else _elder_call(texts, day, records, day_before)
        for (person, _), records in found.items()
    ]
    return sorted((call for call in calls if call.news), key=lambda call: -1 if call.at_s is None else call.at_s)


def groups_of(texts: Texts, day: Day, calls: Sequence[Call], grouping: Grouping) -> list[CallGroup]:
    """Calls with headings: workers and elders; or each worker with the elders they come to, who may be told there."""
    if grouping is Grouping.TIME:
        by_person = {each: [call for call in calls if call.person is each] for each in (Person.WORKER, Person.ELDER)}
        return [
            CallGroup(heading=f"{texts.of('calls', person)} {len(group)}", calls=tuple(group))
            for person, group in by_person.items()
        ]
    by_worker: dict[str | None, list[Call]] = {}
    for call in calls:
        by_worker.setdefault(call.worker_id, []).append(call)
    nobody = by_worker.pop(None, [])
    groups = [
        CallGroup(heading=_heading(day, worker_id, group), calls=tuple(group))
        for worker_id, group in by_worker.items()
        if worker_id is not None
    ]
    return [*groups, CallGroup(heading=texts["calls.nobody"], calls=tuple(nobody))] if nobody else groups


def _heading(day: Day, worker_id: str, calls: Sequence[Call]) -> str:
    """The worker's name; with the phone where no call of their own tells that."""
    worker = day.problem.worker_by_id[worker_id]
    phone = "" if any(call.person is Person.WORKER for call in calls) else worker.phone
    return " · ".join(part for part in (name_of_worker(worker), phone) if part)


def _elder_call(texts: Texts, day: Day, records: Sequence[NewsRecord], day_before: DayBefore) -> Call:
    elder_id = records[0].person_id
    elder = day.problem.elder_by_id.get(elder_id)
    news = sorted(_elder_news(texts, day, records, day_before), key=lambda each: each.at_s)
    return Call(
        person=Person.ELDER,
        person_id=elder_id,
        who=elder_id if elder is None else elder.name or elder.elder_id,
        where="" if elder is None else elder.community,
        phone="" if elder is None else elder.phone,
        news=tuple(each.text for each in news),
        at_s=min((each.at_s for each in news), default=0),
        worker_id=next((each.worker_id for each in news if each.worker_id is not None), None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ElderNews:
    text: str
    at_s: int
    worker_id: str | None


def _elder_news(texts: Texts, day: Day, records: Sequence[NewsRecord], day_before: DayBefore) -> Iterator[_ElderNews]:
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
            text = visit_news(texts, day if is_there else day_before(step), visit_id, change.before, holds)
            yield _ElderNews(text=text, at_s=_first_s(change.before, holds), worker_id=_first_worker(holds))


def _first_s(*services: Service | None) -> int:
    return min(service.start_s for service in services if service is not None)


def _first_worker(service: Service | None) -> str | None:
    return None if service is None else next(iter(service.worker_ids), None)


def _worker_call(texts: Texts, day: Day, records: Sequence[NewsRecord]) -> Call:
    worker = day.problem.worker_by_id[records[0].person_id]
    station = worker.station_id
    return Call(
        person=Person.WORKER,
        person_id=worker.worker_id,
        who=name_of_worker(worker),
        where="" if station is None else name_of_station(day.problem, station),
        phone=worker.phone,
        news=tuple(_worker_lines(texts, day, records)),
        at_s=None,
        worker_id=worker.worker_id,
    )


def _worker_lines(texts: Texts, day: Day, records: Sequence[NewsRecord]) -> Iterator[str]:
    changes = [change for record in reversed(records) for change in _WORKERS.validate_python(record.changes)]
    net = Counter[str]()
    for change in changes:
        net.update(change.added_visit_ids)
        net.subtract(change.removed_visit_ids)
    whole = WorkerChange(
        worker_id=records[0].person_id,
        added_visit_ids=tuple(visit_id for visit_id, times in net.items() if times > 0),
        removed_visit_ids=tuple(visit_id for visit_id, times in net.items() if times < 0),
        is_reordered=any(change.is_reordered for change in changes),
        is_moved=any(change.is_moved for change in changes),
    )
    if net and whole == WorkerChange(worker_id=whole.worker_id):
        return  # what came went again
    yield from worker_news(texts, day, None, whole)
