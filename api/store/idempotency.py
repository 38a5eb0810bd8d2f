"""Requests that are sent again under one idempotency key: what they make is made once."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.errors import Refusal
from api.store.engine import now, take_turns
from api.store.models import IdempotencyRow
from api.store.records import Change


def once(session: Session, district_id: str, change: Change, make: Callable[[Session], str]) -> str:
    """The id of what `make` makes, or of what the same idempotency key has made before.

    Raises
    ------
    Refusal
        422 where the key was used for another request.
    """
    if not change.idempotency_key:
        return make(session)
    take_turns(session, "/".join((district_id, change.actor, change.idempotency_key)))
    made = made_before(session, district_id, change)
    if made is not None:
        return made
    row = IdempotencyRow(
        district_id=district_id,
        actor=change.actor,
        idempotency_key=change.idempotency_key,
        fingerprint=change.fingerprint,
        subject="",
        created_at=now(),
    )
    session.add(row)
    session.flush()
    row.subject = make(session)
    return row.subject


def made_before(session: Session, district_id: str, change: Change) -> str | None:
    """The id of what the request's idempotency key has made before.

    Raises
    ------
    Refusal
        422 where it was made by another request.
    """
    done = session.get(IdempotencyRow, (district_id, change.actor, change.idempotency_key))
    if done is None:
        return None
    if done.fingerprint != change.fingerprint:
        detail = f"the idempotency key {change.idempotency_key!r} was used for another request. Use a new one."
        raise Refusal(422, "idempotency-mismatch", detail)
    return done.subject
