"""One district's problems and plans. Every query here names the district; there is no other way to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from api.errors import Refusal, not_found
from api.store.audit import note
from api.store.engine import Database, new_id, now
from api.store.idempotency import once
from api.store.models import PlanEventRow, PlanResultRow, PlanRow, PlanStateRow, ProblemRow
from api.store.queue import require_room, result_row
from api.store.records import (
    Change,
    EventRecord,
    NewPlan,
    NewProblem,
    Origin,
    Outcome,
    PlanRecord,
    PlanState,
    ProblemRecord,
)
from optimizer.errors import Issue, Severity
from optimizer.problem import Horizon

_Found = TypeVar("_Found")


class DistrictStore:
    """What a district has."""

    def __init__(self, database: Database, district_id: str) -> None:
        self.database, self.district_id = database, district_id

    # Problems

    def add_problem(self, problem: NewProblem, change: Change) -> ProblemRecord:
        """Keep a problem."""
        with self.database.write() as session:
            problem_id = once(
                session, self.district_id, change, lambda session: self._add_problem(session, problem, change)
            )
            return self._problem(session, problem_id)

    def require_problem(self, problem_id: str) -> None:
        """Refuse the id of a problem that the district does not have."""
        row = self.database.glance(_PROBLEM_ID, district_id=self.district_id, problem_id=problem_id)
        _found(row, "problem", problem_id)

    def problem(self, problem_id: str) -> ProblemRecord:
        """A problem, without its content."""
        with self.database.read() as session:
            return self._problem(session, problem_id)

    def problem_content(self, problem_id: str) -> bytes:
        """A problem's JSON."""
        query = select(ProblemRow.content).where(
            ProblemRow.district_id == self.district_id, ProblemRow.problem_id == problem_id
        )
        with self.database.read() as session:
            return _found(session.scalar(query), "problem", problem_id)

    def problems(self, *, before: str | None, limit: int, date: dt.date | None = None) -> Sequence[ProblemRecord]:
        """Problems, newest first, older than `before`; of one first day where asked."""
        query = select(*_PROBLEM_COLUMNS).where(ProblemRow.district_id == self.district_id)
        if date is not None:
            query = query.where(ProblemRow.first_date == date)
        if before is not None:
            query = query.where(ProblemRow.problem_id < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(ProblemRow.problem_id.desc()).limit(limit))
            return [_problem_record(row._mapping) for row in rows]

    # Plans

    def order_plan(self, plan: NewPlan, change: Change, *, max_queue: int, max_queue_of_district: int) -> PlanRecord:
        """Queue a plan to be made."""

        def order(session: Session) -> str:
            require_room(session, self.district_id, max_queue, max_queue_of_district)
            return self._add_plan(session, plan, PlanState.QUEUED, change)

        with self.database.write() as session:
            return self._plan(session, once(session, self.district_id, change, order))

    def add_finished(self, plan: NewPlan, outcome: Outcome, change: Change) -> PlanRecord:
        """Keep a plan that needs no solving, such as one changed by hand."""

        def add(session: Session) -> str:
            plan_id = self._add_plan(session, plan, PlanState.DONE, change)
            session.add(result_row(self.district_id, plan_id, outcome))
            return plan_id

        with self.database.write() as session:
            return self._plan(session, once(session, self.district_id, change, add))

    def plan(self, plan_id: str) -> PlanRecord:
        """A plan, without its content."""
        with self.database.read() as session:
            return self._plan(session, plan_id)

    def revision(self, plan_id: str) -> int:
        """How often a plan has changed: what is answered about it, and its kind of answer, have no other cause."""
        row = self.database.glance(_REVISION, district_id=self.district_id, plan_id=plan_id)
        return int(_found(row, "plan", plan_id).revision)

    def plan_content(self, plan_id: str) -> bytes:
        """A finished plan's JSON."""
        query = select(PlanResultRow.content).where(
            PlanResultRow.district_id == self.district_id, PlanResultRow.plan_id == plan_id
        )
        with self.database.read() as session:
            content = session.scalar(query)
        if content is None:
            raise Refusal(409, "not-ready", f"plan {plan_id!r} has no routes yet. Wait until its state is 'done'.")
        return content

    def plans(
        self,
        *,
        before: str | None,
        limit: int,
        problem_id: str | None = None,
        parent_id: str | None = None,
        date: dt.date | None = None,
        state: PlanState | None = None,
    ) -> Sequence[PlanRecord]:
        """Plans, newest first, older than `before`; of one problem, parent, first day or state where asked."""
        wanted: dict[Any, Any] = {
            PlanRow.problem_id: problem_id,
            PlanRow.parent_id: parent_id,
            ProblemRow.first_date: date,
            PlanStateRow.state: None if state is None else state.value,
        }
        query = self._plans_query().where(*(column == value for column, value in wanted.items() if value is not None))
        if before is not None:
            query = query.where(PlanRow.plan_id < before)
        with self.database.read() as session:
            rows = session.execute(query.order_by(PlanRow.plan_id.desc()).limit(limit)).all()
            return [_plan_record(row) for row in rows]

    def request_stop(self, plan_id: str, change: Change, revision: int | None) -> PlanRecord:
        """Ask the solve to end with the best plan so far; one that still waits is cancelled. Finished ones stay."""
        with self.database.write() as session:
            state = self._locked_state(session, plan_id, revision)
            if PlanState(state.state).is_final or state.is_stop_requested:
                return self._plan(session, plan_id)
            state.is_stop_requested = True
            state.revision += 1
            if state.state == PlanState.QUEUED:
                state.state, state.finished_at = PlanState.CANCELLED.value, now()
            note(session, self.district_id, "stop-plan", plan_id, change)
            return self._plan(session, plan_id)

    def events(self, plan_id: str, after: int) -> Sequence[EventRecord]:
        """Steps of progress after number `after`."""
        query = select(PlanEventRow.seq, PlanEventRow.event).where(
            PlanEventRow.district_id == self.district_id, PlanEventRow.plan_id == plan_id, PlanEventRow.seq > after
        )
        with self.database.read() as session:
            rows = session.execute(query.order_by(PlanEventRow.seq))
            return [EventRecord(seq=seq, event=event) for seq, event in rows]

    def _add_problem(self, session: Session, problem: NewProblem, change: Change) -> str:
        row = ProblemRow(
            district_id=self.district_id,
            problem_id=new_id("problem"),
            name=problem.name,
            first_date=problem.horizon.first_date,
            num_days=problem.horizon.num_days,
            num_visits=problem.num_visits,
            travel=dict(problem.travel),
            warnings=[asdict(issue) for issue in problem.warnings],
            content=problem.content,
            created_at=now(),
            created_by=change.actor,
        )
        session.add(row)
        note(session, self.district_id, "create-problem", row.problem_id, change)
        session.flush()
        return row.problem_id

    def _add_plan(self, session: Session, plan: NewPlan, state: PlanState, change: Change) -> str:
        self._require_problem(session, plan.problem_id)
        if plan.parent_id is not None:
            self._attach_to_parent(session, plan)
        plan_id, at = new_id("plan"), now()
        session.add(
            PlanRow(
                district_id=self.district_id,
                plan_id=plan_id,
                problem_id=plan.problem_id,
                parent_id=plan.parent_id,
                origin=plan.origin.value,
                params=dict(plan.params),
                reason=change.reason,
                created_at=at,
                created_by=change.actor,
            )
        )
        session.flush()
        session.add(
            PlanStateRow(
                district_id=self.district_id,
                plan_id=plan_id,
                state=state.value,
                revision=1,
                is_stop_requested=False,
                num_attempts=0,
                finished_at=at if state.is_final else None,
            )
        )
        note(session, self.district_id, f"create-plan:{plan.origin}", plan_id, change)
        session.flush()
        return plan_id

    def _attach_to_parent(self, session: Session, plan: NewPlan) -> None:
        """Check the parent; an edit makes a new revision of it, so that a second edit of the same one is noticed."""
        assert plan.parent_id is not None
        state = self._locked_state(session, plan.parent_id, plan.parent_revision)
        if plan.origin is Origin.EDIT:
            state.revision += 1

    def _locked_state(self, session: Session, plan_id: str, revision: int | None) -> PlanStateRow:
        """The state of a plan, which nobody else changes meanwhile, at `revision` (``None``: at any)."""
        self._plan(session, plan_id)
        key = (self.district_id, plan_id)
        state = session.get_one(PlanStateRow, key, with_for_update=True, populate_existing=True)
        if revision is not None and state.revision != revision:
            detail = f"plan {plan_id!r} is at revision {state.revision}, not {revision}. Read it again and decide."
            raise Refusal(412, "changed-meanwhile", detail)
        return state

    def _require_problem(self, session: Session, problem_id: str) -> None:
        query = select(ProblemRow.problem_id).where(
            ProblemRow.district_id == self.district_id, ProblemRow.problem_id == problem_id
        )
        _found(session.scalar(query), "problem", problem_id)

    def _problem(self, session: Session, problem_id: str) -> ProblemRecord:
        session.flush()
        query = select(*_PROBLEM_COLUMNS).where(
            ProblemRow.district_id == self.district_id, ProblemRow.problem_id == problem_id
        )
        return _problem_record(_found(session.execute(query).first(), "problem", problem_id)._mapping)

    def _plan(self, session: Session, plan_id: str) -> PlanRecord:
        session.flush()
        row = session.execute(self._plans_query().where(PlanRow.plan_id == plan_id)).first()
        return _plan_record(_found(row, "plan", plan_id))

    def _plans_query(self) -> Select[Any]:
        return plans_query().where(PlanRow.district_id == self.district_id)


def plans_query() -> Select[Any]:
    """Plans with their states, the days of their problems and the figures of their results."""
    same = (PlanStateRow.district_id == PlanRow.district_id) & (PlanStateRow.plan_id == PlanRow.plan_id)
    done = (PlanResultRow.district_id == PlanRow.district_id) & (PlanResultRow.plan_id == PlanRow.plan_id)
    what = (ProblemRow.district_id == PlanRow.district_id) & (ProblemRow.problem_id == PlanRow.problem_id)
    columns = (ProblemRow.first_date, ProblemRow.num_days, *_RESULT_COLUMNS)
    joined = select(PlanRow, PlanStateRow, *columns).join(PlanStateRow, same).join(ProblemRow, what)
    return joined.outerjoin(PlanResultRow, done)


_PROBLEM_COLUMNS = tuple(
    column for column in ProblemRow.__table__.columns if column.name not in {"content", "district_id"}
)
# Asked with every reading, so written once.
_REVISION = select(PlanStateRow.revision).where(
    PlanStateRow.district_id == bindparam("district_id"), PlanStateRow.plan_id == bindparam("plan_id")
)
_PROBLEM_ID = select(ProblemRow.problem_id).where(
    ProblemRow.district_id == bindparam("district_id"), ProblemRow.problem_id == bindparam("problem_id")
)
_RESULT_COLUMNS = (
    PlanResultRow.status,
    PlanResultRow.cost_cents,
    PlanResultRow.num_unassigned,
    PlanResultRow.violations,
)


def _found(row: _Found | None, noun: str, name: str) -> _Found:
    if row is None:
        raise not_found(noun, name)
    return row


def _problem_record(facts: Mapping[Any, Any]) -> ProblemRecord:
    return ProblemRecord(**{**facts, "warnings": tuple(_issues(facts["warnings"]))})


def _issues(facts: Iterable[dict[str, Any]]) -> Iterable[Issue]:
    return (Issue(**{**fact, "severity": Severity(fact["severity"])}) for fact in facts)


def _plan_record(row: Any) -> PlanRecord:
    plan, state, first_date, num_days, status, cost_cents, num_unassigned, violations = row
    started_at: dt.datetime | None = state.started_at
    return PlanRecord(
        plan_id=plan.plan_id,
        problem_id=plan.problem_id,
        horizon=Horizon(first_date=first_date, num_days=num_days),
        parent_id=plan.parent_id,
        origin=Origin(plan.origin),
        params=plan.params,
        reason=plan.reason,
        created_at=plan.created_at,
        created_by=plan.created_by,
        state=PlanState(state.state),
        revision=state.revision,
        is_stop_requested=state.is_stop_requested,
        started_at=started_at,
        finished_at=state.finished_at,
        error=state.error,
        status=status,
        cost_cents=cost_cents,
        num_unassigned=num_unassigned,
        violations=tuple(violations or ()),
    )
