"""The commands of the service: keys, and the first start."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import is_loopback
from api.jobs.lease import Lease
from api.store.districts import list_keys
from api.store.engine import Database
from optimizer.__main__ import app, load_commands

ADDRESS = re.compile(r"listens on (http://\S+);")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command on a store of its own."""
    monkeypatch.setenv("YIZHAN_DATA_DIR", str(tmp_path))
    load_commands()
    return lambda *words: CliRunner().invoke(app, list(words))


def test_key_is_printed_alone_and_only_its_hash_is_kept(run, tmp_path):
    made = run("keys", "create", "--role", "planner", "--district", "xicheng", "--label", "desk")
    assert made.exit_code == 0
    assert re.fullmatch(r"yz_[0-9a-f]{16}_[\w-]{43}\n", made.stdout)
    database = Database(f"sqlite:///{tmp_path / 'yizhan.sqlite'}")
    (key,) = list_keys(database)
    database.close()
    assert (key.role, key.district_id, key.label) == ("planner", "xicheng", "desk")
    assert key.secret_hash.startswith("$argon2id$")
    assert b"$argon2id$" not in made.stdout.encode()


def test_keys_are_listed_and_revoked_by_their_ids(run):
    key_id = run("keys", "create", "--role", "viewer", "--district", "d").stdout.split("_")[1]
    assert f"{key_id}  d  viewer  valid" in run("keys", "list").stdout
    assert run("keys", "revoke", key_id).exit_code == 0
    assert f"{key_id}  d  viewer  ended" in run("keys", "list", "--district", "d").stdout
    assert run("keys", "revoke", "nobody").exit_code == 2


@pytest.mark.parametrize("words", [("--role", "king", "--district", "d"), ("--role", "viewer", "--district", "a b")])
def test_key_that_makes_no_sense_is_refused(run, words):
    made = run("keys", "create", *words)
    assert made.exit_code == 2
    assert made.stdout == ""


def test_without_keys_only_loopback_is_listened_on(run):
    refused = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.exit_code == 2
    assert "only loopback" in refused.output


def test_port_that_is_taken_is_told(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 2
    assert "cannot listen" in refused.output


def test_second_process_of_the_same_name_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr("api.jobs.lease.PATIENCE_S", 0.0)
    run("keys", "create", "--role", "admin", "--district", "d")
    database = Database(f"sqlite:///{tmp_path / 'yizhan.sqlite'}")
    first = Lease(database, "local")
    first.take()
    refused = run("serve", "--port", "0")
    first.give_back()
    database.close()
    assert refused.exit_code == 2
    assert "YIZHAN_EXECUTOR_ID" in refused.output


@pytest.mark.parametrize(("host", "is_local"), [("127.0.0.9", True), ("::1", True), ("localhost", True)])
def test_loopback_is_known(host, is_local):
    assert is_loopback(host) is is_local
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.org")


def test_first_start_prints_address_and_a_key_that_opens_the_demo_district(tmp_path):
    environment = {
        **os.environ,
        "YIZHAN_DATA_DIR": str(tmp_path),
        "YIZHAN_LOG_LEVEL": "ERROR",
        "YIZHAN_NUM_SOLVES": "0",
    }
    command = [sys.executable, "-m", "optimizer", "serve", "--port", "0"]
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        server = subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr)
    try:
        address = address_in(err, server)
        key = out.read_text().strip()
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}) as http:
            assert http.get("/v1/me").json()["district_id"] == "demo"
            (problem,) = http.get("/v1/problems").json()["items"]
            assert problem["travel"]["name"] == "xicheng-day"
            (plan,) = http.get("/v1/plans").json()["items"]
            assert plan["state"] == "queued"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def address_in(err, server):
    """The address that a starting server prints, once it answers."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s and server.poll() is None:
        match = ADDRESS.search(err.read_text())
        if match:
            try:
                httpx.get(f"{match[1]}/healthz")
            except httpx.TransportError:
                pass
            else:
                return match[1]
        time.sleep(0.1)
    raise AssertionError(err.read_text())


WRONG_SETTINGS = {
    "YIZHAN_NUM_SOLVES": ("many", "valid integer"),
    "YIZHAN_SECRET_KEY": ("my-short-secret", "at least 32"),
    "YIZHAN_RATE_LIMIT": ("often", "30/minute"),
    "YIZHAN_LOG_LEVEL": ("loud", "'INFO'"),
    "YIZHAN_DATABASE_URL": ("mysql://me:my-password@host/x", "postgresql://"),
}


@pytest.mark.parametrize("words", [("keys", "list"), ("users", "list"), ("serve", "--port", "0")], ids=" ".join)
def test_settings_that_make_no_sense_are_told_at_once_and_never_repeated(run, monkeypatch, words):
    for name, (value, _) in WRONG_SETTINGS.items():
        monkeypatch.setenv(name, value)
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    for name, (value, law) in WRONG_SETTINGS.items():
        assert name in refused.stderr
        assert law in refused.stderr
        assert value not in refused.stderr


@pytest.mark.parametrize("words", [("keys", "list"), ("users", "list"), ("serve", "--port", "0")], ids=" ".join)
def test_database_that_cannot_be_opened_is_told_in_a_sentence(run, tmp_path, monkeypatch, words):
    (tmp_path / "yizhan.sqlite").write_text("this is no database, but a text of some length", encoding="utf-8")
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "file is not a database" in refused.stderr
    monkeypatch.setenv("YIZHAN_DATA_DIR", str(tmp_path / "yizhan.sqlite" / "below"))
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "YIZHAN_DATA_DIR" in refused.stderr
