"""Sessions for browsers, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.sessions import Session
from api.deps import ServiceDep, Viewer
from api.openapi import errors
from api.resources import Identity
from api.service import require_role
from api.store.records import Role

router = APIRouter(tags=["sessions"], responses=errors())


@router.post("/sessions", status_code=201, summary="Open a session")
def open_session(
    service: ServiceDep,
    caller: Viewer,
    role: Annotated[Role | None, Query(description="A lesser role than the key's, if that will do.")] = None,
) -> Session:
    """Exchange a key for a token that runs out soon; revoking the key ends its sessions."""
    role = caller.role if role is None else role
    require_role(caller, role)
    return service.sessions.open(caller, role)


@router.get("/me", summary="Who am I?")
def me(caller: Viewer) -> Identity:
    """District and role of the key or session."""
    return Identity(key_id=caller.key_id, district_id=caller.district_id, role=caller.role)
