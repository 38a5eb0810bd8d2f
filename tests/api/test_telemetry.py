"""The OpenTelemetry switch: what reaches a collector, and what does not."""

from __future__ import annotations

import builtins
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.store.records import Role
from api.telemetry import make_telemetry
from optimizer.errors import InputError
from tests.api.district import example_problem, make_keys


@pytest.fixture
def collector():
    """A collector on this machine: its address, and what it was sent by path."""
    received = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            data = self.rfile.read(int(self.headers["Content-Length"]))
            received[self.path] = received.get(self.path, b"") + data
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_requests_reach_the_collector_without_persons_and_keys(collector, tmp_path, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    address, received = collector
    telemetry = make_telemetry(address, "desk")
    monkeypatch.setattr("api.app.make_telemetry", lambda *given: telemetry)
    app = create_app(Settings(data_dir=tmp_path, log_level="WARNING"))
    key = make_keys(app.state.service.database, "east")[Role.DISPATCHER]
    http = TestClient(app, raise_server_exceptions=False)
    headers = {"Authorization": f"Bearer {key}"}
    assert http.post("/v1/problems", json=example_problem(), headers=headers).status_code == 201
    assert http.post("/v1/problems", json=example_problem(name=7), headers=headers).status_code == 422
    app.state.service.database.close()
    telemetry.close()
    assert set(received) == {"/v1/traces", "/v1/metrics"}
    sent = b"".join(received.values())
    assert b"/v1/problems" in received["/v1/traces"]
    assert b"http.server.request.duration" in received["/v1/metrics"]
    assert b"desk" in sent
    for secret in ("王秀英", key, "1 号楼"):
        assert secret.encode() not in sent


def test_nothing_is_sent_and_nothing_is_needed_without_a_collector():
    telemetry = make_telemetry(None, "local")
    assert not any(telemetry.config.values())
    telemetry.close()


def test_missing_library_is_told_with_its_cure(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name.startswith("opentelemetry.sdk") or name.startswith("opentelemetry.exporter"):
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match="not installed") as caught:
        make_telemetry("http://localhost:4318", "local")
    assert "yizhan[otel]" in caught.value.issues[0].hint


def test_endpoint_that_is_no_address_is_refused():
    with pytest.raises(InputError, match="'localhost' is no address"):
        make_telemetry("localhost", "local")
