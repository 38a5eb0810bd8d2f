"""Which plans a district has taken for its own: proposals become what is done by being accepted, which is audited."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from api.store.audit import note
from api.store.engine import Database
from api.store.models import AuditRow
from api.store.records import Change

ACTION = "accept-plan"


def accept_plan(database: Database, district_id: str, plan_id: str, change: Change) -> None:
    """Note that the district goes by a plan from now on."""
    with database.write() as session:
        note(session, district_id, ACTION, plan_id, change)


def accepted_plan_ids(database: Database, district_id: str, *, limit: int) -> Sequence[str]:
    """Plans that were accepted, the last one first."""
    query = (
        select(AuditRow.subject)
        .where(AuditRow.district_id == district_id, AuditRow.action == ACTION)
        .order_by(AuditRow.entry_id.desc())
        .limit(limit)
    )
    with database.read() as session:
        return list(session.scalars(query))
