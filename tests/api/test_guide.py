"""The guide says what the service does: its commands run, its tables are complete."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import uvicorn

from api.errors import ERROR_CODES
from api.jobs.task import FAILURES
from api.settings import Settings
from api.store.records import Role

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture
def address(site):
    """The running service on a port of this machine."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site.app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide uses curl")
def test_every_command_of_the_guide_works(site, address, tmp_path):
    script = "set -euo pipefail\n" + "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL))
    environment = {**os.environ, "ADDRESS": address, "KEY": site.east[Role.PLANNER]}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (tmp_path / "routes.pdf").read_bytes().startswith(b"%PDF")
    assert '"origin":"what-if"' in (tmp_path / "what-if.json").read_text()
    assert "event: done" in done.stdout
    assert '"kind":"dropped"' in done.stdout


def test_every_route_has_a_row(site):
    rows = re.findall(r"^\| `((?:GET|POST|DELETE) [^`]+)` \|", GUIDE, re.MULTILINE)
    paths = site.app.openapi()["paths"]
    assert rows == [f"{method.upper()} {path}" for path, item in paths.items() for method in item]


@pytest.mark.parametrize("words", [[*ERROR_CODES], [*FAILURES], [*Role]])
def test_every_code_and_role_has_a_row(words):
    rows = re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE)
    assert set(words) <= set(rows)


def test_every_setting_has_a_row_that_says_what_it_is():
    rows = dict(re.findall(r"^\| `YIZHAN_(\w+)` \|[^|]*\| (.*) \|$", GUIDE, re.MULTILINE))
    assert rows == {name.upper(): field.description for name, field in Settings.model_fields.items()}
