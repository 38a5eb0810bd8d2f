"""Districts and their keys: who there is, before anybody's role or district is known."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from api.store.audit import note
from api.store.engine import Database, now
from api.store.models import ApiKeyRow, DistrictRow, SecretRow
from api.store.records import Change, Role

# Asked with every request, so written once.
_KEY = select(*ApiKeyRow.__table__.columns).where(ApiKeyRow.key_id == bindparam("key_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as it is kept: its secret only as a hash."""

    key_id: str
    district_id: str
    role: Role
    label: str
    secret_hash: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def is_valid(self, at: dt.datetime) -> bool:
        """Whether the key still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def ensure_district(session: Session, district_id: str, name: str = "") -> bool:
    """Create a district unless there is one of this id; whether it was created."""
    if session.get(DistrictRow, district_id) is not None:
        return False
    row = DistrictRow(
        district_id=district_id, name=name or district_id, pseudonym_key=secrets.token_bytes(32), created_at=now()
    )
    session.add(row)
    session.flush()
    return True


def add_key(database: Database, key: KeyRecord, change: Change) -> None:
    """Keep a new key; its district is created where it does not exist."""
    with database.write() as session:
        add_key_row(session, key, change)


def add_key_row(session: Session, key: KeyRecord, change: Change) -> None:
    """The same in a transaction of somebody else's."""
    ensure_district(session, key.district_id)
    session.add(
        ApiKeyRow(
            key_id=key.key_id,
            district_id=key.district_id,
            role=key.role.value,
            label=key.label,
            secret_hash=key.secret_hash,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=None,
        )
    )
    note(session, key.district_id, "create-key", key.key_id, change)


def find_key(database: Database, key_id: str) -> KeyRecord | None:
    """The key of this id, if there is one."""
    row = database.glance(_KEY, key_id=key_id)
    return None if row is None else _key(row)


def list_keys(database: Database, district_id: str | None = None) -> list[KeyRecord]:
    """All keys, or those of one district, oldest first."""
    query = select(ApiKeyRow).order_by(ApiKeyRow.created_at)
    if district_id is not None:
        query = query.where(ApiKeyRow.district_id == district_id)
    with database.read() as session:
        return [_key(row) for row in session.scalars(query)]


def has_keys(database: Database) -> bool:
    """Whether any key was ever made."""
    with database.read() as session:
        return session.scalar(select(ApiKeyRow.key_id).limit(1)) is not None


def revoke_key(database: Database, key_id: str, change: Change) -> bool:
    """Let a key open nothing from now on; whether there was such a key."""
    with database.write() as session:
        row = session.get(ApiKeyRow, key_id)
        if row is None:
            return False
        row.revoked_at = row.revoked_at or now()
        note(session, row.district_id, "revoke-key", key_id, change)
        return True


def pseudonym_key(database: Database, district_id: str) -> bytes:
    """What makes the district's pseudonyms its own."""
    with database.read() as session:
        return session.get_one(DistrictRow, district_id).pseudonym_key


def service_secret(database: Database, name: str) -> bytes:
    """The secret of this name; made when it is first asked for."""
    with database.write() as session:
        row = session.get(SecretRow, name)
        if row is None:
            row = SecretRow(name=name, value=secrets.token_bytes(48))
            session.add(row)
        return row.value


def _key(row: ApiKeyRow | Row[Any]) -> KeyRecord:
    return KeyRecord(
        key_id=row.key_id,
        district_id=row.district_id,
        role=Role(row.role),
        label=row.label,
        secret_hash=row.secret_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
