"""The audit log of the caller's district."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Admin, Limit, ServiceDep
from api.openapi import errors
from api.resources import Page
from api.store.audit import entries
from api.store.records import AuditRecord

router = APIRouter(tags=["audit"], responses=errors())


@router.get("/audit", summary="Who did what, when and why")
def audit(
    service: ServiceDep,
    caller: Admin,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="Goes on after this entry.")] = None,
    limit: Limit = 50,
    subject: Annotated[
        str | None, Query(max_length=200, description="Entries about this thing only, by its id or date.")
    ] = None,
) -> Page[AuditRecord]:
    """Entries, newest first."""
    found = tuple(entries(service.database, caller.district_id, before=before, limit=limit, subject=subject))
    return Page(items=found, next=str(found[-1].entry_id) if len(found) == limit else None)
