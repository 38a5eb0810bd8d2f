"""The audit log: who did what, when and why."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.engine import Database, now
from api.store.models import AuditRow
from api.store.records import AuditRecord, Change


def note(session: Session, district_id: str, action: str, subject: str, change: Change) -> None:
    """Write an entry in the transaction of the change itself: the one is not kept without the other."""
    session.add(
        AuditRow(
            district_id=district_id,
            at=now(),
            actor=change.actor,
            action=action,
            subject=subject,
            reason=change.reason,
            request_id=change.request_id,
        )
    )


def entries(
    database: Database, district_id: str, *, before: int | None, limit: int, subject: str | None = None
) -> Sequence[AuditRecord]:
    """Entries of a district, newest first; `before` goes on from the last entry of the page before.

    With a `subject` only those about it: an id, or a date for all steps of its day.
    """
    query = select(AuditRow).where(AuditRow.district_id == district_id)
    if subject is not None:
        query = query.where(AuditRow.subject.startswith(subject, autoescape=True))
    if before is not None:
        query = query.where(AuditRow.entry_id < before)
    with database.read() as session:
        rows = session.scalars(query.order_by(AuditRow.entry_id.desc()).limit(limit))
        return [
            AuditRecord(
                entry_id=row.entry_id,
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                reason=row.reason,
                request_id=row.request_id,
            )
            for row in rows
        ]
