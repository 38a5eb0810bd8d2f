"""One process a name: two that take up work under the same name would begin each other's solves anew."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text

from api.store.engine import Database
from optimizer.errors import InputError, Issue

PATIENCE_S = 10.0
"""So long is waited for the process before, which may just be ending."""


class NameTaken(InputError):
    """Another running process has this name."""

    def __init__(self, name: str) -> None:
        message, hint = f"another process runs as {name!r}.", "Give this one another name."
        super().__init__([Issue(code="name-taken", path="YIZHAN_EXECUTOR_ID", message=message, hint=hint)])


class Lease:
    """The right to a name; the operating system or the database takes it back when the process ends, however it does.

    Parameters
    ----------
    database
        What the processes share: in PostgreSQL the lease is an advisory lock, beside SQLite a locked file.
    name
        The name, ``YIZHAN_EXECUTOR_ID``.
    """

    def __init__(self, database: Database, name: str, *, patience_s: float | None = None) -> None:
        self._database, self.name = database, name
        self.patience_s = PATIENCE_S if patience_s is None else patience_s
        self._file: IO[Any] | None = None
        self._connection: Connection | None = None

    def take(self) -> None:
        """Take the name, or keep it.

        Raises
        ------
        NameTaken
            If another process keeps it for longer than one may take to end.
        """
        deadline_s = time.monotonic() + self.patience_s
        take = self._take_lock if self._database.engine.dialect.name == "postgresql" else self._take_file
        while not take():
            if time.monotonic() > deadline_s:
                raise NameTaken(self.name)
            time.sleep(0.2)

    def give_back(self) -> None:
        """Let others have the name."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _take_file(self) -> bool:
        import fcntl

        if self._file is not None:
            return True
        store = Path(str(self._database.engine.url.database))
        file = store.with_name(f"{store.name}.{self.name}.lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _take_lock(self) -> bool:
        if self._connection is None:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
        return bool(self._connection.scalar(query, {"name": f"yizhan/executor/{self.name}"}))
