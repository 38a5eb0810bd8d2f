"""Reading over and over: what is kept is what the usual way gives, and nothing is kept beyond its right."""

from __future__ import annotations

import re
import threading
import time

import pytest

from api.answers import Answers
from api.auth.keys import make_key
from api.store.districts import add_key, revoke_key
from api.store.records import Change, Role
from tests.api.district import assert_refused


@pytest.fixture(scope="module")
def plan(site):
    """A finished plan of the east district."""
    return site.as_(site.east[Role.DISPATCHER]).plan()


def paths_of(plan):
    return f"/v1/plans/{plan['id']}", f"/v1/problems/{plan['problem_id']}"


@pytest.fixture
def by_route(monkeypatch):
    """Reads the way that the framework goes."""

    def get(requests, path, **options):
        with monkeypatch.context() as patch:
            patch.setattr("api.fast_lane._PATH", re.compile(""))
            return requests.get(path, **options)

    return get


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DISPATCHER])
def test_fast_lane_answers_as_the_route_does(site, plan, role, by_route):
    requests = site.as_(site.east[role])
    for path in paths_of(plan):
        fast, routed = requests.get(path), by_route(requests, path)
        assert fast.status_code == routed.status_code == 200
        assert fast.content == routed.content
        same = {name: value for name, value in fast.headers.items() if name != "x-request-id"}
        assert same == {name: value for name, value in routed.headers.items() if name != "x-request-id"}


def test_known_answer_is_not_sent_again_by_either_way(plan, dispatcher, by_route):
    for path in paths_of(plan):
        headers = {"If-None-Match": dispatcher.get(path).headers["ETag"]}
        for answer in (dispatcher.get(path, headers=headers), by_route(dispatcher, path, headers=headers)):
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["ETag"] == headers["If-None-Match"]


def test_kept_answer_shows_the_change_of_a_plan(dispatcher):
    parent = dispatcher.plan()
    path = f"/v1/plans/{parent['id']}"
    before = dispatcher.get(path)
    draft = {"routes": []}
    edit = dispatcher.post(f"{path}/children", json={"draft": draft}, headers={"If-Match": before.headers["ETag"]})
    assert edit.status_code == 201
    after = dispatcher.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json()["revision"] == before.json()["revision"] + 1


def test_kept_answer_is_for_its_district_role_and_key_only(site, plan, stranger):
    for path in paths_of(plan):
        whole = site.as_(site.east[Role.DISPATCHER]).get(path)
        assert site.as_(site.east[Role.VIEWER]).get(path).content != whole.content
        assert_refused(stranger.get(path, headers={"If-None-Match": whole.headers["ETag"]}), 404, "not-found")
        assert_refused(site.http.get(path), 401, "not-authenticated")


def test_kept_answer_is_not_given_to_a_key_that_was_revoked_or_its_session(site, plan):
    token, record = make_key(Role.VIEWER, "east")
    add_key(site.service.database, record, Change(actor="test"))
    requests = site.as_(token)
    session = site.as_(requests.post("/v1/sessions").json()["access_token"])
    path = paths_of(plan)[0]
    assert requests.get(path).status_code == session.get(path).status_code == 200
    assert revoke_key(site.service.database, record.key_id, Change(actor="test"))
    assert_refused(requests.get(path), 401, "not-authenticated")
    assert_refused(session.get(path), 401, "not-authenticated")


def test_fast_lane_refuses_what_the_route_refuses(dispatcher, plan):
    path = paths_of(plan)[0]
    assert_refused(dispatcher.get(path, headers={"Accept": "text/html"}), 406, "not-acceptable")
    assert_refused(dispatcher.get("/v1/plans/plan-0123456789ab"), 404, "not-found")
    assert_refused(dispatcher.get("/v1/problems/problem-0123456789ab"), 404, "not-found")


def test_body_is_made_once_for_all_who_ask_at_the_same_moment():
    answers, made, given = Answers(1000), [], []

    def make():
        made.append(1)
        time.sleep(0.05)
        return b"body"

    threads = [threading.Thread(target=lambda: given.append(answers.get(("a",), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), given) == (1, [b"body"] * 8)


def test_fault_in_the_making_reaches_everybody_and_is_not_kept():
    answers = Answers(1000)

    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        answers.get(("a",), fail)
    assert answers.get(("a",), lambda: b"body") == b"body"


def test_answers_asked_for_longest_ago_make_room():
    answers = Answers(10)
    for name in ("a", "b"):
        answers.get((name,), lambda: b"12345")
    answers.get(("a",), lambda: b"other")
    answers.get(("c",), lambda: b"12345")
    assert answers.get(("a",), lambda: b"new") == b"12345"
    assert answers.get(("b",), lambda: b"new") == b"new"


def test_answer_larger_than_the_memory_for_them_is_not_kept():
    answers = Answers(3)
    assert answers.get(("a",), lambda: b"12345") == b"12345"
    assert answers.get(("a",), lambda: b"new") == b"new"
