"""A service with a district and a plan; visitors of every role; simulated and real browsers."""

from __future__ import annotations

import datetime as dt
import sys
from functools import partial
from itertools import count

import pytest
from nicegui.testing import user_simulation
from starlette.requests import Request
from starlette.testclient import TestClient

from api.app import create_app
from api.console.access import LANGUAGE_COOKIE, SESSION_COOKIE, Visitor, visitor_of
from api.console.days import Sights
from api.console.dispatching import publish
from api.console.mount import add_pages, add_routes
from api.settings import Settings
from api.store.records import Role
from optimizer.problem import Horizon
from tests.console.district import add_keys, add_small_plan

PATIENCE = 300
"""So many tenths of a second something may take to be seen: slow machines are no fault of the page."""


DATES = (dt.date(2027, 5, 1) + dt.timedelta(days=number) for number in count())


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The application with the console's routes; it makes no plans."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("console"), log_level="WARNING", num_solves=0)
    app = create_app(settings)
    add_routes(app)
    return app


@pytest.fixture(scope="session")
def service(app):
    return app.state.service


@pytest.fixture(scope="session")
def keys(service):
    """Keys of every role, by district."""
    return {name: add_keys(service.database, name) for name in ("east", "west")}


@pytest.fixture(scope="session")
def record(service, keys):
    """The east district's plan."""
    return add_small_plan(service.database)


@pytest.fixture
def http(app):
    """Requests of somebody who is not signed in."""
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def signed_in(app, keys):
    """Makes requests of somebody who is."""

    def make(role=Role.DISPATCHER, district="east"):
        http = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        answer = http.post("/console/sign-in", data={"key": keys[district][role]})
        assert answer.status_code == 303, answer.text
        return http

    return make


@pytest.fixture
def visitor(service, keys):
    """Makes visitors."""

    def make(role=Role.PLANNER, district="east", language="zh"):
        session = service.sessions.open(service.caller_of(keys[district][role], "test"), role)
        cookies = f"{SESSION_COOKIE}={session.access_token}; {LANGUAGE_COOKIE}={language}"
        scope = {"type": "http", "headers": [(b"cookie", cookies.encode())], "client": ("test", 1)}
        return visitor_of(service, Request(scope))

    return make


@pytest.fixture
async def pages(service, record):
    """Opens the console's pages without a browser, as somebody of a role."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "api"}
    async with user_simulation() as user:
        add_pages(service, Sights())
        user.should_see = partial(user.should_see, retries=PATIENCE)

        def sign_in(visitor):
            user.http_client.cookies.set(SESSION_COOKIE, visitor.token)
            user.http_client.cookies.set(LANGUAGE_COOKIE, visitor.look.language)
            return user

        yield sign_in
    sys.modules.update(kept)  # the simulation forgets the module that has the pages, and its parents


@pytest.fixture
def plan(service, keys):
    """A finished plan for a date of its own."""
    return add_small_plan(service.database, horizon=Horizon(first_date=next(DATES)))


@pytest.fixture
def dispatcher(visitor) -> Visitor:
    return visitor(Role.DISPATCHER, language="en")


@pytest.fixture
def published(dispatcher, plan):
    """The same plan, published."""
    publish(dispatcher, plan, "morning")
    return plan
