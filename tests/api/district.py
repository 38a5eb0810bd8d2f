"""A district to test with: keys, and requests that carry them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from api.auth.keys import make_key
from api.client import Client
from api.examples import EXAMPLE_ORDER, EXAMPLE_PROBLEM
from api.store.districts import add_key
from api.store.records import Change, Role

Keys = dict[Role, str]

FORM_OF_ERRORS = {"type", "title", "status", "detail", "request_id", "issues"}


def make_keys(database: Any, district_id: str) -> Keys:
    """A key of every role."""
    keys = {}
    for role in Role:
        keys[role], record = make_key(role, district_id)
        add_key(database, record, Change(actor="test"))
    return keys


@dataclass(frozen=True)
class Requests:
    """Requests that carry a key."""

    http: Any
    key: str

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self("POST", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self("DELETE", path, **options)

    def plan(self, **changes: Any) -> dict[str, Any]:
        """A finished plan for the example problem."""
        order = {**EXAMPLE_ORDER, **changes}
        answer = self.post("/v1/plans", json=order, headers={"Prefer": "wait=60"})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def problem(self, **changes: Any) -> dict[str, Any]:
        """A kept problem."""
        answer = self.post("/v1/problems", json=example_problem(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def client(self) -> Client:
        """The typed client with the same key."""
        return Client("http://testserver", self.key, http=self.http)


@dataclass(frozen=True)
class Site:
    """A service under test."""

    http: Any
    app: Any
    east: Keys
    west: Keys

    def as_(self, key: str) -> Requests:
        """Requests with `key`."""
        return Requests(self.http, key)

    @property
    def service(self) -> Any:
        return self.app.state.service


def example_problem(**changes: Any) -> dict[str, Any]:
    """The example problem, changed."""
    return {**deepcopy(EXAMPLE_PROBLEM), **changes}


def assert_refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem body of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == FORM_OF_ERRORS
    assert body["type"] == f"urn:yizhan:error:{code}"
    assert body["status"] == status
    return body
