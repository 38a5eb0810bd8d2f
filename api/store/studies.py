"""The studies of one district, and each study's way through the queue of studies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.errors import Refusal, not_found
from api.store.audit import note
from api.store.engine import Database, new_id, now
from api.store.idempotency import once
from api.store.models import ProblemRow
from api.store.queue import RETRY_AFTER_S
from api.store.records import Change
from api.store.study_models import StudyRow, StudyRunRow


class StudyState(StrEnum):
    """How far a study has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing is being done for it."""
        return self not in {StudyState.QUEUED, StudyState.RUNNING}


_PENDING = (StudyState.QUEUED.value, StudyState.RUNNING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A study, without its file and its results."""

    study_id: str
    name: str
    problem_id: str | None
    num_runs: int
    num_done: int
    state: StudyState
    num_starts: int
    reason: str
    created_at: dt.datetime
    created_by: str
    finished_at: dt.datetime | None
    error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOrder:
    """All that is needed to carry a study out: its file, its problem and ways, and the runs there are."""

    content: bytes
    problem: bytes | None
    travel: Mapping[str, Any]
    runs: tuple[bytes, ...]


_COLUMNS = tuple(getattr(StudyRow, field.name) for field in fields(StudyRecord))


class StudyStore:
    """What studies a district has; every query names the district."""

    def __init__(self, database: Database, district_id: str) -> None:
        self.database, self.district_id = database, district_id

    def add(
        self, name: str, content: bytes, problem_id: str | None, num_runs: int, change: Change, *, max_pending: int
    ) -> StudyRecord:
        """Queue a study.

        Raises
        ------
        Refusal
            429 where as many studies of the district wait or run as may.
        """

        def queue(session: Session) -> str:
            self._require_room(session, max_pending)
            row = StudyRow(
                district_id=self.district_id,
                study_id=new_id("study"),
                name=name,
                problem_id=problem_id,
                content=content,
                num_runs=num_runs,
                num_done=0,
                state=StudyState.QUEUED.value,
                is_stop_requested=False,
                num_starts=1,
                reason=change.reason,
                created_at=now(),
                created_by=change.actor,
            )
            session.add(row)
            note(session, self.district_id, "order-study", row.study_id, change)
            return row.study_id

        with self.database.write() as session:
            return self._record(session, once(session, self.district_id, change, queue))

    def get(self, study_id: str) -> StudyRecord:
        """A study of the district; 404 where there is none of this id."""
        with self.database.read() as session:
            return self._record(session, study_id)

    def list(self, *, before: str | None, limit: int) -> Sequence[StudyRecord]:
        """Studies, newest first, older than `before`."""
        query = select(*_COLUMNS).where(StudyRow.district_id == self.district_id)
        if before is not None:
            query = query.where(StudyRow.study_id < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(StudyRow.study_id.desc()).limit(limit))
            return [_record(row) for row in rows]

    def output(self, study_id: str, kind: str) -> bytes:
        """The ``results`` or the ``report`` of a finished study.

        Raises
        ------
        Refusal
            404 where there is no such study, 409 while it has none.
        """
        record = self.get(study_id)
        with self.database.read() as session:
            row = session.get_one(StudyRow, (self.district_id, study_id))
            content: bytes | None = row.report if kind == "report" else row.results
        if content is None:
            detail = f"study {study_id!r} is {record.state} and has no {kind}. Wait until its state is 'done'."
            raise Refusal(409, "not-ready", detail)
        return content

    def request_stop(self, study_id: str, change: Change) -> StudyRecord:
        """Let a study end after no further run; its runs are kept. A finished study stays as it is."""
        with self.database.write() as session:
            if not self._record(session, study_id).state.is_final:
                row = session.get_one(StudyRow, (self.district_id, study_id), with_for_update=True)
                row.is_stop_requested = True
                if row.state == StudyState.QUEUED:
                    row.state, row.finished_at = StudyState.STOPPED.value, now()
                note(session, self.district_id, "stop-study", study_id, change)
            return self._record(session, study_id)

    def resume(self, study_id: str, change: Change, *, max_pending: int) -> StudyRecord:
        """Queue a stopped or failed study again: only what is missing is carried out.

        Raises
        ------
        Refusal
            409 where it is done or under way.
        """

        def queue_again(session: Session) -> str:
            record = self._record(session, study_id)
            if record.state not in {StudyState.STOPPED, StudyState.FAILED}:
                detail = f"study {study_id!r} is {record.state}. Only stopped and failed studies are resumed."
                raise Refusal(409, "not-ready", detail)
            self._require_room(session, max_pending)
            row = session.get_one(StudyRow, (self.district_id, study_id), with_for_update=True)
            row.state, row.is_stop_requested, row.finished_at, row.error = StudyState.QUEUED.value, False, None, None
            row.num_starts += 1
            note(session, self.district_id, "resume-study", study_id, change)
            return study_id

        with self.database.write() as session:
            return self._record(session, once(session, self.district_id, change, queue_again))

    # What the runner does

    def start(self, study_id: str) -> StudyOrder | None:
        """Note that a study is under way (again); None where it is finished or was stopped before it began."""
        with self.database.write() as session:
            row = session.get_one(StudyRow, (self.district_id, study_id), with_for_update=True)
            if row.state not in _PENDING:
                return None
            row.state = StudyState.RUNNING.value
            runs = select(StudyRunRow.content).where(
                StudyRunRow.district_id == self.district_id, StudyRunRow.study_id == study_id
            )
            problem = (
                None if row.problem_id is None else session.get_one(ProblemRow, (self.district_id, row.problem_id))
            )
            return StudyOrder(
                content=row.content,
                problem=None if problem is None else problem.content,
                travel={} if problem is None else problem.travel,
                runs=tuple(session.scalars(runs)),
            )

    def is_stop_requested(self, study_id: str) -> bool:
        """Whether somebody wants the study to end."""
        query = select(StudyRow.is_stop_requested).where(
            StudyRow.district_id == self.district_id, StudyRow.study_id == study_id
        )
        with self.database.read() as session:
            return bool(session.scalar(query))

    def keep_run(self, study_id: str, run_id: str, content: bytes) -> None:
        """Keep a run, once."""
        key = (self.district_id, study_id, run_id)
        with self.database.write() as session:
            if session.get(StudyRunRow, key) is None:
                session.add(
                    StudyRunRow(district_id=self.district_id, study_id=study_id, run_id=run_id, content=content)
                )

    def tell(self, study_id: str, num_done: int) -> None:
        """Note how many runs there are."""
        with self.database.write() as session:
            session.execute(
                update(StudyRow)
                .where(StudyRow.district_id == self.district_id, StudyRow.study_id == study_id)
                .values(num_done=num_done)
            )

    def finish(self, study_id: str, state: StudyState, **facts: Any) -> bool:
        """Set a final state with `facts` unless there is one already; whether that was so."""
        with self.database.write() as session:
            changed = session.execute(
                update(StudyRow)
                .where(StudyRow.district_id == self.district_id, StudyRow.study_id == study_id)
                .where(StudyRow.state.in_(_PENDING))
                .values(state=state.value, finished_at=now(), **facts)
                .returning(StudyRow.study_id),
                execution_options={"synchronize_session": False},
            )
            return changed.first() is not None

    def _require_room(self, session: Session, max_pending: int) -> None:
        query = select(func.count()).select_from(StudyRow).where(StudyRow.state.in_(_PENDING))
        if (session.scalar(query.where(StudyRow.district_id == self.district_id)) or 0) >= max_pending:
            detail = f"{max_pending} studies of the district are waiting or under way. Try again later, or stop one."
            raise Refusal(429, "queue-full", detail, headers={"Retry-After": str(RETRY_AFTER_S)})

    def _record(self, session: Session, study_id: str) -> StudyRecord:
        session.flush()
        query = select(*_COLUMNS).where(StudyRow.district_id == self.district_id, StudyRow.study_id == study_id)
        row = session.execute(query).first()
        if row is None:
            raise not_found("study", study_id)
        return _record(row)


def pending_studies(database: Database) -> Sequence[tuple[str, str, int]]:
    """District, id and number of starts of every study that is not finished, oldest first."""
    query = select(StudyRow.district_id, StudyRow.study_id, StudyRow.num_starts).where(StudyRow.state.in_(_PENDING))
    with database.read() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(StudyRow.study_id))]


def _record(row: Any) -> StudyRecord:
    return StudyRecord(**{**row._mapping, "state": StudyState(row.state)})
