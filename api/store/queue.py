"""The queue of plans to be made, across districts: how long it is, and each plan's way through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.errors import Refusal
from api.store.engine import Database, now
from api.store.models import (
    DayRow,
    DayStepRow,
    IdempotencyRow,
    PlanEventRow,
    PlanResultRow,
    PlanRow,
    PlanStateRow,
    ProblemRow,
)
from api.store.records import Origin, Outcome, PlanState

RETRY_AFTER_S = 10
MAX_ATTEMPTS = 100
"""So often is a plan begun: one that takes the server down with it each time shall not do so for ever."""
_WORN_OUT = {"code": "worker-died", "message": f"the server died {MAX_ATTEMPTS} times while the plan was made."}
_OVERTAKEN = {"code": "overtaken", "message": "another version of the day's plan holds by now."}
_PENDING = (PlanState.QUEUED.value, PlanState.SOLVING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOrder:
    """The published day that an improvement is for, as it is after its last step."""

    date: dt.date
    step: int
    now_s: int
    base_problem_id: str
    base_problem: bytes
    state: bytes
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that is needed to make a plan: content of its problem, ways, parameters, and its parent's routes."""

    district_id: str
    plan_id: str
    problem: bytes
    travel: Mapping[str, Any]
    params: Mapping[str, Any]
    num_visits: int
    parent: bytes | None
    created_by: str
    day: DayOrder | None = None


def require_room(session: Session, district_id: str, max_queue: int, max_queue_of_district: int) -> None:
    """Refuse a further plan where the queue is full."""
    pending = select(func.count()).select_from(PlanStateRow).where(PlanStateRow.state.in_(_PENDING))
    limits = ((pending, max_queue), (pending.where(PlanStateRow.district_id == district_id), max_queue_of_district))
    for query, limit in limits:
        if (session.scalar(query) or 0) >= limit:
            detail = f"{limit} plans are waiting or being made. Try again later."
            raise Refusal(429, "queue-full", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def result_row(district_id: str, plan_id: str, outcome: Outcome) -> PlanResultRow:
    """The row of what came out."""
    return PlanResultRow(
        district_id=district_id,
        plan_id=plan_id,
        status=outcome.status,
        cost_cents=outcome.cost_cents,
        num_unassigned=outcome.num_unassigned,
        violations=[dict(violation) for violation in outcome.violations],
        content=outcome.content,
        created_at=now(),
    )


class Queue:
    """The plans that wait and those being made."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def num_pending_by_state(self) -> dict[str, int]:
        """How many plans wait and how many are being made."""
        query = select(PlanStateRow.state, func.count()).where(PlanStateRow.state.in_(_PENDING))
        with self.database.read() as session:
            found = {row[0]: row[1] for row in session.execute(query.group_by(PlanStateRow.state))}
        return {state: found.get(state, 0) for state in _PENDING}

    def pending(self) -> Sequence[tuple[str, str]]:
        """District and id of every plan that is not finished, oldest first."""
        query = select(PlanStateRow.district_id, PlanStateRow.plan_id).where(PlanStateRow.state.in_(_PENDING))
        with self.database.read() as session:
            return [
                (district_id, plan_id) for district_id, plan_id in session.execute(query.order_by(PlanStateRow.plan_id))
            ]

    def start(self, district_id: str, plan_id: str) -> Order | None:
        """Note that a plan is being made (again); None where it is finished or was stopped before it began."""
        with self.database.write() as session:
            state = session.get_one(PlanStateRow, (district_id, plan_id), with_for_update=True)
            if PlanState(state.state).is_final:
                return None
            if state.num_attempts >= MAX_ATTEMPTS:
                _finish(session, district_id, plan_id, PlanState.FAILED, _WORN_OUT)
                return None
            state.state, state.revision = PlanState.SOLVING.value, state.revision + 1
            state.num_attempts += 1
            state.started_at = state.started_at or now()
            session.flush()
            order = _order(session, district_id, plan_id)
            if order is None:
                _finish(session, district_id, plan_id, PlanState.FAILED, _OVERTAKEN)
            return order

    def is_stop_requested(self, district_id: str, plan_id: str) -> bool:
        """Whether somebody wants the best plan so far now."""
        query = select(PlanStateRow.is_stop_requested).where(
            PlanStateRow.district_id == district_id, PlanStateRow.plan_id == plan_id
        )
        with self.database.read() as session:
            return bool(session.scalar(query))

    def add_event(self, district_id: str, plan_id: str, event: Mapping[str, Any]) -> None:
        """Keep a step of progress."""
        last = select(func.coalesce(func.max(PlanEventRow.seq), 0)).where(
            PlanEventRow.district_id == district_id, PlanEventRow.plan_id == plan_id
        )
        with self.database.write() as session:
            seq = (session.scalar(last) or 0) + 1
            row = PlanEventRow(district_id=district_id, plan_id=plan_id, seq=seq, event=dict(event), created_at=now())
            session.add(row)

    def complete(
        self, district_id: str, plan_id: str, outcome: Outcome, also: Callable[[Session], None] | None = None
    ) -> bool:
        """Keep what came out, and do what belongs to it in the same transaction.

        False where the plan was finished already, and nothing is changed then.
        """
        with self.database.write() as session:
            if not _finish(session, district_id, plan_id, PlanState.DONE, None):
                return False
            session.add(result_row(district_id, plan_id, outcome))
            if also is not None:
                session.flush()
                also(session)
            return True

    def fail(self, district_id: str, plan_id: str, error: Mapping[str, Any]) -> bool:
        """Note that no plan came out, and why; False where the plan was finished already."""
        with self.database.write() as session:
            return _finish(session, district_id, plan_id, PlanState.FAILED, dict(error))

    def sweep(self, idempotency_s: int, events_s: int = 86_400) -> None:
        """Delete what has had its day: idempotency keys, and steps of progress of finished plans."""
        with self.database.write() as session:
            old = now() - dt.timedelta(seconds=idempotency_s)
            session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < old))
            done = select(PlanStateRow.plan_id).where(
                PlanStateRow.finished_at < now() - dt.timedelta(seconds=events_s),
                PlanStateRow.district_id == PlanEventRow.district_id,
                PlanStateRow.plan_id == PlanEventRow.plan_id,
            )
            session.execute(delete(PlanEventRow).where(done.exists()), execution_options={"synchronize_session": False})


def _finish(session: Session, district_id: str, plan_id: str, state: PlanState, error: dict[str, Any] | None) -> bool:
    """Set a final state unless there is one already: the condition in the statement is the fence."""
    changed = session.execute(
        update(PlanStateRow)
        .where(PlanStateRow.district_id == district_id, PlanStateRow.plan_id == plan_id)
        .where(PlanStateRow.state.in_(_PENDING))
        .values(state=state.value, error=error, finished_at=now(), revision=PlanStateRow.revision + 1)
        .returning(PlanStateRow.plan_id),
        execution_options={"synchronize_session": False},
    )
    return changed.first() is not None


def _order(session: Session, district_id: str, plan_id: str) -> Order | None:
    """The order of a plan; None for an improvement of a version that does not hold any more."""
    plan = session.get_one(PlanRow, (district_id, plan_id))
    problem = session.get_one(ProblemRow, (district_id, plan.problem_id))
    parent = None if plan.parent_id is None else session.get(PlanResultRow, (district_id, plan.parent_id))
    is_improvement = plan.origin == Origin.IMPROVEMENT
    day = _day_order(session, district_id, plan.parent_id) if is_improvement else None
    if is_improvement and day is None:
        return None
    return Order(
        district_id=district_id,
        plan_id=plan_id,
        problem=problem.content,
        travel=problem.travel,
        params=plan.params,
        num_visits=problem.num_visits,
        parent=None if parent is None else parent.content,
        created_by=plan.created_by,
        day=day,
    )


def _day_order(session: Session, district_id: str, plan_id: str | None) -> DayOrder | None:
    """The day whose published version is `plan_id`, if there is one."""
    query = (
        select(DayStepRow, ProblemRow.content)
        .join(DayRow, (DayRow.district_id == DayStepRow.district_id) & (DayRow.date == DayStepRow.date))
        .join(
            ProblemRow,
            (ProblemRow.district_id == DayStepRow.district_id) & (ProblemRow.problem_id == DayStepRow.base_problem_id),
        )
        .where(DayStepRow.district_id == district_id, DayStepRow.plan_id == plan_id, DayStepRow.step == DayRow.step)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    step, base_problem = found
    return DayOrder(
        date=step.date,
        step=step.step,
        now_s=step.now_s,
        base_problem_id=step.base_problem_id,
        base_problem=base_problem,
        state=step.state,
        answer=step.answer,
    )
