"""Users: those who sign in with a name and a password. What they may do is written in a key that nobody holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import Refusal
from api.store.audit import note
from api.store.districts import KeyRecord, add_key_row
from api.store.engine import Database, now
from api.store.models import ApiKeyRow, UserRow
from api.store.records import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A user as kept: the password only as a hash."""

    name: str
    key_id: str
    password_hash: str


def add_user(database: Database, name: str, key: KeyRecord, password_hash: str, change: Change) -> None:
    """Keep a new user with the key that says what they may do.

    Raises
    ------
    Refusal
        409 where somebody has the name already.
    """
    with database.write() as session:
        if session.get(UserRow, name) is not None:
            raise Refusal(409, "name-taken", f"there is a user {name!r} already. Choose another name.")
        add_key_row(session, key, change)
        session.flush()
        session.add(UserRow(name=name, key_id=key.key_id, password_hash=password_hash, changed_at=now()))
        note(session, key.district_id, "create-user", name, change)


def set_password(database: Database, name: str, password_hash: str, change: Change) -> bool:
    """Let a user sign in with another password from now on; whether there is such a user."""
    with database.write() as session:
        row = session.get(UserRow, name)
        if row is None:
            return False
        row.password_hash, row.changed_at = password_hash, now()
        note(session, _district_of(session, row), "change-password", name, change)
        return True


def note_sign_in(database: Database, name: str) -> None:
    """Write down that a user has signed in."""
    with database.write() as session:
        row = session.get_one(UserRow, name)
        note(session, _district_of(session, row), "sign-in", name, Change(actor=row.key_id))


def find_user(database: Database, name: str) -> UserRecord | None:
    """The user of this name, if there is one."""
    with database.read() as session:
        row = session.get(UserRow, name)
        return None if row is None else _user(row)


def list_users(database: Database) -> list[UserRecord]:
    """All users by name."""
    with database.read() as session:
        return [_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.name))]


def _district_of(session: Session, row: UserRow) -> str:
    return session.get_one(ApiKeyRow, row.key_id).district_id


def _user(row: UserRow) -> UserRecord:
    return UserRecord(name=row.name, key_id=row.key_id, password_hash=row.password_hash)
