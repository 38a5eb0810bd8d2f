"""Signing in with a name and a password."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from api.auth import passwords
from api.auth.keys import make_key
from api.auth.limits import RateLimits
from api.auth.passwords import fault_of, fits, hash_of
from api.console.access import LANGUAGE_COOKIE, SESSION_COOKIE
from api.errors import Refusal
from api.store.audit import entries
from api.store.districts import revoke_key
from api.store.records import Role
from api.store.users import add_user, set_password
from optimizer.__main__ import app as command_line
from optimizer.__main__ import load_commands
from tests.console.district import CHANGE

PASSWORD = "four quiet hutongs"


@pytest.fixture(scope="module")
def user(service, keys):
    """A dispatcher of the east district."""
    _, key = make_key(Role.DISPATCHER, "east", label="wang")
    add_user(service.database, "wang", key, hash_of(PASSWORD), CHANGE)
    return key


def sign_in(http, name="wang", password=PASSWORD):
    return http.post("/console/sign-in", data={"name": name, "password": password, "next": "/console/new"})


def test_name_and_password_open_a_session_of_the_users_role_which_is_audited(http, service, user):
    answer = sign_in(http)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/new")
    caller = service.caller_of(http.cookies[SESSION_COOKIE], "test")
    assert (caller.district_id, caller.role, caller.key_id) == ("east", Role.DISPATCHER, user.key_id)
    entry = entries(service.database, "east", before=None, limit=1)[0]
    assert (entry.action, entry.subject, entry.actor) == ("sign-in", "wang", user.key_id)


@pytest.mark.parametrize(("name", "password"), [("wang", "another one"), ("nobody", PASSWORD), ("", ""), ("wang", "")])
def test_wrong_name_and_wrong_password_are_told_alike(http, user, name, password):
    http.cookies.set(LANGUAGE_COOKIE, "en")
    answer = sign_in(http, name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")


def test_hash_is_compared_even_where_there_is_no_such_user(monkeypatch, http):
    asked = []
    monkeypatch.setattr(passwords, "fits", lambda password, kept: asked.append(kept) or False)
    assert sign_in(http, "nobody").status_code == 401
    assert asked == [None]


def test_guessing_about_one_name_is_stopped_from_whatever_address(service, user, monkeypatch):
    monkeypatch.setattr(passwords, "fits", lambda password, kept: False)
    strict = replace(service, limits=RateLimits("1000/minute", "3/minute"))
    statuses = [_status(strict, f"address {number}") for number in range(4)]
    assert statuses == [401, 401, 401, 429]


def test_revoked_key_ends_its_user(http, service, keys):
    _, key = make_key(Role.VIEWER, "east")
    add_user(service.database, "li", key, hash_of(PASSWORD), CHANGE)
    assert sign_in(http, "li").status_code == 303
    revoke_key(service.database, key.key_id, CHANGE)
    assert sign_in(http, "li").status_code == 401


def test_name_is_given_once(service, user):
    _, key = make_key(Role.VIEWER, "east")
    with pytest.raises(Refusal, match="already"):
        add_user(service.database, "wang", key, hash_of(PASSWORD), CHANGE)


def test_changed_password_is_the_one_that_holds(http, service, keys):
    _, key = make_key(Role.VIEWER, "east")
    add_user(service.database, "zhao", key, hash_of(PASSWORD), CHANGE)
    assert set_password(service.database, "zhao", hash_of("another quiet hutong"), CHANGE)
    assert sign_in(http, "zhao").status_code == 401
    assert sign_in(http, "zhao", "another quiet hutong").status_code == 303
    assert not set_password(service.database, "nobody", "hash", CHANGE)


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaa", "Wang-of-the-east"])
def test_weak_password_is_refused(password):
    assert fault_of("wang-of-the-east", password)


def test_good_password_fits_its_hash_only():
    kept = hash_of(PASSWORD)
    assert fits(PASSWORD, kept)
    assert not fits("another", kept)
    assert not fits(PASSWORD, None)


def test_users_are_made_and_listed_at_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setenv("YIZHAN_DATA_DIR", str(tmp_path))
    load_commands()
    run = CliRunner().invoke
    made = run(
        command_line, ["users", "create", "wang", "--role", "dispatcher", "--district", "d"], input=f"{PASSWORD}\n" * 2
    )
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    listed = run(command_line, ["users", "list"]).output.split()
    assert (listed[0], listed[2:]) == ("wang", ["d", "dispatcher", "valid"])
    weak = run(command_line, ["users", "password", "wang"], input="short\nshort\n")
    assert weak.exit_code == 2
    assert run(command_line, ["users", "password", "nobody"], input=f"{PASSWORD}\n" * 2).exit_code == 2


def _status(service, address):
    with pytest.raises(Refusal) as refused:
        service.caller_of_user("wang", "guess", address)
    return refused.value.status
