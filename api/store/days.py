"""The rows of one district's published days: the version that holds, how it came about, and who must be told.

What is in the bytes of a row is for :mod:`api.daybook`, what is done with days for :mod:`api.days`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from api.errors import Refusal, not_found
from api.store.audit import note
from api.store.district import DistrictStore
from api.store.engine import now, take_turns
from api.store.idempotency import made_before, once
from api.store.models import DayNewsRow, DayRow, DayStepRow, PlanRow
from api.store.queue import result_row
from api.store.records import Change, NewPlan, NewProblem, Outcome, PlanState


class StepKind(StrEnum):
    """Why another version of a day's plan holds."""

    PUBLISH = "publish"
    """Somebody published a plan."""
    EVENTS = "events"
    """Something has happened."""
    IMPROVEMENT = "improvement"
    """The search in the background found a version worth its changes."""


class Person(StrEnum):
    """Who is told something."""

    ELDER = "elder"
    WORKER = "worker"


class Overtaken(Exception):
    """The day has gone on since it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """A published day as it stands; ``base_problem_id`` is the problem whose travel times the day's began with."""

    date: dt.date
    step: int
    revision: int
    plan_id: str
    problem_id: str
    base_problem_id: str
    now_s: int
    published_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What happened to a day; ``against_id`` is the version that held before."""

    date: dt.date
    step: int
    kind: StepKind
    plan_id: str
    against_id: str | None
    now_s: int
    events: Sequence[Mapping[str, Any]]
    answer: bytes
    reason: str
    created_at: dt.datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRecord:
    """Somebody who must be told something, or was."""

    step: int
    person: Person
    person_id: str
    changes: Sequence[Mapping[str, Any]]
    told_at: dt.datetime | None = None
    told_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version of a day's plan to be kept; ``problem`` where the facts are others than its parent's."""

    plan: NewPlan
    problem: NewProblem | None
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step to be kept: to a plan that is kept already, or to a new version."""

    date: dt.date
    kind: StepKind
    version: str | NewVersion
    base_problem_id: str
    now_s: int
    events: Sequence[Mapping[str, Any]] = ()
    state: bytes
    answer: bytes
    news: Sequence[NewsRecord] = ()


class DayStore(DistrictStore):
    """What a district has published."""

    def day(self, date: dt.date) -> DayRecord:
        """A published day."""
        row = self.database.glance(_DAY, district_id=self.district_id, date=date)
        if row is None:
            raise not_found("published plan for", date.isoformat())
        return _day_record(row)

    def find_day(self, date: dt.date) -> DayRecord | None:
        """A published day, if there is one."""
        row = self.database.glance(_DAY, district_id=self.district_id, date=date)
        return None if row is None else _day_record(row)

    def days(self, *, before: dt.date | None, limit: int, since: dt.date | None = None) -> Sequence[DayRecord]:
        """Published days, the latest first, earlier than `before` and not earlier than `since`."""
        query = _DAYS.where(DayRow.district_id == self.district_id)
        if since is not None:
            query = query.where(DayRow.date >= since)
        if before is not None:
            query = query.where(DayRow.date < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(DayRow.date.desc()).limit(limit))
            return [_day_record(row) for row in rows]

    def state(self, date: dt.date, step: int) -> bytes:
        """What was known of a day after a step."""
        query = select(DayStepRow.state).where(*self._of_step(date, step))
        with self.database.read() as session:
            state = session.scalar(query)
        assert state is not None, f"{date} has no step {step}"
        return state

    def steps(self, date: dt.date, *, before: int | None = None, limit: int) -> Sequence[StepRecord]:
        """Steps of a day, the latest first, earlier than `before`."""
        query = select(DayStepRow).where(DayStepRow.district_id == self.district_id, DayStepRow.date == date)
        if before is not None:
            query = query.where(DayStepRow.step < before)
        with self.database.read() as session:
            rows = list(session.scalars(query.order_by(DayStepRow.step.desc()).limit(limit + 1)))
        befores = [row.plan_id for row in rows[1:]] + [None]
        pairs = zip(rows, befores, strict=True)
        return [_step_record(row, against_id) for row, against_id in pairs][:limit]

    def step_made_before(self, change: Change) -> StepRecord | None:
        """The step that an earlier request with the same idempotency key has made."""
        if not change.idempotency_key:
            return None
        with self.database.read() as session:
            subject = made_before(session, self.district_id, change)
            return None if subject is None else self._step(session, subject)

    def add_step(self, new: NewStep, change: Change, *, expected: int, revision: int | None = None) -> StepRecord:
        """Let a day go on, from its step `expected` (0: it is not published) and at `revision`, where that is given.

        Raises
        ------
        Overtaken
            If the day is at another step.
        Refusal
            412 if it is at another revision.
        """

        def add(session: Session) -> str:
            day = self._locked_day(session, new.date)
            require_revision(new.date, day, revision)
            if (0 if day is None else day.step) != expected:
                raise Overtaken
            return self._add_step(session, day, new, change)

        with self.database.write() as session:
            return self._step(session, once(session, self.district_id, change, add))

    def go_on(self, session: Session, new: NewStep, change: Change, expected: int) -> bool:
        """Let a day go on in a transaction of somebody else's, unless it has done so since step `expected`."""
        day = self._locked_day(session, new.date)
        if day is None or day.step != expected:
            return False
        self._add_step(session, day, new, change)
        return True

    def news(self, date: dt.date) -> Sequence[NewsRecord]:
        """Who must be told what of a day, the latest first; who was told already comes along."""
        query = select(DayNewsRow).where(DayNewsRow.district_id == self.district_id, DayNewsRow.date == date)
        order = (DayNewsRow.step.desc(), DayNewsRow.person, DayNewsRow.person_id)
        with self.database.read() as session:
            return [_news_record(row) for row in session.scalars(query.order_by(*order))]

    def acknowledge(
        self, date: dt.date, told: Mapping[Person, Collection[str]], up_to: int, change: Change, revision: int | None
    ) -> DayRecord:
        """Note that people were told everything up to a step; to note it twice changes nothing."""
        at = now()

        def tell(session: Session) -> str:
            day = self._locked_day(session, date)
            require_revision(date, day, revision)
            if day is None:
                raise not_found("published plan for", date.isoformat())
            queries = [self._open_news(date, person, person_ids, up_to) for person, person_ids in told.items()]
            rows = [row for query in queries for row in session.scalars(query)]
            for row in rows:
                row.told_at, row.told_by = at, change.actor
            if rows:
                day.revision += 1
                note(session, self.district_id, "acknowledge-news", date.isoformat(), change)
            return date.isoformat()

        with self.database.write() as session:
            once(session, self.district_id, change, tell)
        return self.day(date)

    def _open_news(self, date: dt.date, person: Person, person_ids: Collection[str], up_to: int) -> Any:
        return select(DayNewsRow).where(
            DayNewsRow.district_id == self.district_id,
            DayNewsRow.date == date,
            DayNewsRow.step <= up_to,
            DayNewsRow.person == person.value,
            DayNewsRow.person_id.in_(sorted(person_ids)),
            DayNewsRow.told_at.is_(None),
        )

    def _locked_day(self, session: Session, date: dt.date) -> DayRow | None:
        take_turns(session, f"{self.district_id}/day/{date}")
        return session.get(DayRow, (self.district_id, date), with_for_update=True, populate_existing=True)

    def _add_step(self, session: Session, day: DayRow | None, new: NewStep, change: Change) -> str:
        plan_id = new.version if isinstance(new.version, str) else self._add_version(session, new.version, change)
        if day is None:
            day = DayRow(district_id=self.district_id, date=new.date, step=0, revision=0)
            session.add(day)
        day.step, day.revision = day.step + 1, day.revision + 1
        session.flush()
        session.add(self._step_row(new, day.step, plan_id, change))
        session.flush()
        session.add_all(self._news_row(new.date, day.step, record) for record in new.news)
        subject = f"{new.date}/{day.step}"
        note(session, self.district_id, f"day:{new.kind}", subject, change)
        return subject

    def _add_version(self, session: Session, version: NewVersion, change: Change) -> str:
        plan = version.plan
        if version.problem is not None:
            plan = replace(plan, problem_id=self._add_problem(session, version.problem, change))
        plan_id = self._add_plan(session, plan, PlanState.DONE, change)
        session.add(result_row(self.district_id, plan_id, version.outcome))
        return plan_id

    def _step_row(self, new: NewStep, step: int, plan_id: str, change: Change) -> DayStepRow:
        return DayStepRow(
            district_id=self.district_id,
            date=new.date,
            step=step,
            kind=new.kind.value,
            plan_id=plan_id,
            base_problem_id=new.base_problem_id,
            now_s=new.now_s,
            events=list(new.events),
            state=new.state,
            answer=new.answer,
            reason=change.reason,
            created_at=now(),
            created_by=change.actor,
        )

    def _news_row(self, date: dt.date, step: int, record: NewsRecord) -> DayNewsRow:
        return DayNewsRow(
            district_id=self.district_id,
            date=date,
            step=step,
            person=record.person.value,
            person_id=record.person_id,
            changes=list(record.changes),
        )

    def _step(self, session: Session, subject: str) -> StepRecord:
        """The step of a subject such as ``2026-03-02/4``."""
        date, _, number = subject.partition("/")
        day, step = dt.date.fromisoformat(date), int(number)
        session.flush()
        row = session.scalars(select(DayStepRow).where(*self._of_step(day, step))).one()
        before = session.scalar(select(DayStepRow.plan_id).where(*self._of_step(day, step - 1)))
        return _step_record(row, before)

    def _of_step(self, date: dt.date, step: int) -> tuple[Any, ...]:
        return (DayStepRow.district_id == self.district_id, DayStepRow.date == date, DayStepRow.step == step)


_DAYS = cast(
    Select[Any],
    select(
        DayRow.date,
        DayRow.step,
        DayRow.revision,
        DayStepRow.plan_id,
        PlanRow.problem_id,
        DayStepRow.base_problem_id,
        DayStepRow.now_s,
        DayStepRow.created_at.label("published_at"),
    )
    .join(
        DayStepRow,
        (DayStepRow.district_id == DayRow.district_id)
        & (DayStepRow.date == DayRow.date)
        & (DayStepRow.step == DayRow.step),
    )
    .join(PlanRow, (PlanRow.district_id == DayRow.district_id) & (PlanRow.plan_id == DayStepRow.plan_id)),
)
# Asked with every request about a day, so written once.
_DAY = _DAYS.where(DayRow.district_id == bindparam("district_id"), DayRow.date == bindparam("date"))


def require_revision(date: dt.date, day: DayRow | DayRecord | None, revision: int | None) -> None:
    """Refuse to change a day that is not at `revision` (``None``: whatever it is at).

    Raises
    ------
    Refusal
        412 if it is at another one, or not published.
    """
    if revision is not None and (day is None or day.revision != revision):
        found = "not published" if day is None else f"at revision {day.revision}, not {revision}"
        raise Refusal(412, "changed-meanwhile", f"the day {date} is {found}. Read it again and decide.")


def _day_record(row: Row[Any]) -> DayRecord:
    return DayRecord(**row._mapping)


def _step_record(row: DayStepRow, against_id: str | None) -> StepRecord:
    return StepRecord(
        date=row.date,
        step=row.step,
        kind=StepKind(row.kind),
        plan_id=row.plan_id,
        against_id=against_id,
        now_s=row.now_s,
        events=row.events,
        answer=row.answer,
        reason=row.reason,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _news_record(row: DayNewsRow) -> NewsRecord:
    return NewsRecord(
        step=row.step,
        person=Person(row.person),
        person_id=row.person_id,
        changes=row.changes,
        told_at=row.told_at,
        told_by=row.told_by,
    )
