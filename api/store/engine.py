"""The database: connections, short transactions, and the guard over what is written once."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event, make_url, select, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from api.store.models import Base

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 20
"""Connections of a process, all of them kept: to open more for a crowd costs more than to wait."""
IDLE_S = 5.0
"""A connection that was not used for so long may have been cut."""

_GLANCE_BY_DIALECT: dict[str, dict[str, Any]] = {
    "sqlite": {"begin": ""},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}
"""How a single statement goes without the round trips of a transaction."""


class AppendOnly(Exception):
    """A row that is written once was to be changed or deleted: a fault of the service."""


class Database:
    """One database: SQLite in WAL mode, or PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._readers = sessionmaker(self.engine.execution_options(begin="BEGIN"))
        self._writers = sessionmaker(self.engine.execution_options(begin="BEGIN IMMEDIATE"))
        self._glances = self.engine.execution_options(**_GLANCE_BY_DIALECT[self.engine.dialect.name])

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that sees one state and changes nothing."""
        with self._readers() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end, or not at all."""
        with self._writers.begin() as session:
            yield session

    def glance(self, query: Select[Any], **values: str | dt.date) -> Row[Any] | None:
        """The first row that `query` finds by `values`; one statement needs no transaction around it."""
        with self._glances.connect() as connection:
            return connection.execute(query, values).first()

    def is_ready(self) -> bool:
        """Whether the database answers."""
        return self.glance(select(1)) is not None

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def now() -> dt.datetime:
    """The present moment in UTC."""
    return dt.datetime.now(dt.UTC)


def take_turns(session: Session, topic: str) -> None:
    """Let transactions on the same `topic` go one after the other, each seeing what the one before has done.

    In SQLite every writer waits for the others anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:topic, 0))"), {"topic": topic})


def new_id(prefix: str) -> str:
    """An id that sorts by time: twelve hexadecimal digits of milliseconds and ten of chance."""
    return f"{prefix}-{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine = _pooled(url)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _ping_if_idle)
        return engine
    file = make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = _pooled(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _pooled(url: str) -> Engine:
    """An engine whose errors do not repeat the values of a statement: people are among them."""
    return create_engine(url, pool_size=POOL_SIZE, max_overflow=0, hide_parameters=True)


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_s"] = time.monotonic()


def _ping_if_idle(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:
    """Ask whether the server is still there, but not before every statement: that would double what reading costs."""
    if time.monotonic() - record.info.get("used_s", time.monotonic()) > IDLE_S:
        try:
            connection.execute("")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError from error


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Leave transactions to us; readers do not wait for the writer, writers wait for each other."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if begin := connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(begin)


@event.listens_for(Session, "before_flush")
def _guard_rows(session: Session, context: Any, instances: Any) -> None:
    for row in (*session.deleted, *(row for row in session.dirty if session.is_modified(row))):
        if isinstance(row, Base) and row.is_append_only:
            raise AppendOnly(f"{type(row).__name__} is written once.")


@event.listens_for(Session, "do_orm_execute")
def _guard_statements(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if (state.is_update or state.is_delete) and mapper is not None and getattr(mapper.class_, "is_append_only", False):
        raise AppendOnly(f"{mapper.class_.__name__} is written once.")
