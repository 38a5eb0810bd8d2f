"""Elders' persons: what viewers see, and what never reaches a log."""

from __future__ import annotations

import io
import json
import logging

import openpyxl
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.auth.pseudonyms import Pseudonyms
from api.bodies import XLSX
from api.logs import configure_logs
from api.representations import GEOJSON, PDF
from api.store.records import Role
from optimizer.formats.json import problem_from_json
from tests.api.district import example_problem

SECRETS = ("王秀英", "李建国", "010-5550-0101", "1 号楼 301", "116.3641", "39.9131", "knock twice", "138-0000")


def private_problem():
    """The example with facts about persons that nobody else needs."""
    problem = example_problem()
    problem["elders"][0]["place"] = {"lon": 116.3641234, "lat": 39.9131234}
    problem["visits"][0]["note"] = "knock twice"
    problem["visits"][2]["place"] = {"lon": 116.3641234, "lat": 39.9131234}
    problem["workers"][0]["phone"] = "138-0000"
    return problem


@pytest.fixture(scope="module")
def plan(site):
    """A finished plan of that problem."""
    return site.as_(site.east[Role.DISPATCHER]).plan(problem=private_problem())


def texts_of(answer):
    """The words of an answer, of a workbook's cells too."""
    if answer.headers["content-type"] != XLSX:
        return answer.content.decode("utf-8", "replace")
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("accept", ["application/json", GEOJSON, XLSX])
def test_viewer_sees_pseudonyms_in_every_form_of_a_plan(plan, viewer, dispatcher, accept):
    path, headers = f"/v1/plans/{plan['id']}", {"Accept": accept}
    seen = texts_of(viewer.get(path, headers=headers))
    assert [secret for secret in SECRETS if secret in seen] == []
    full = texts_of(dispatcher.get(path, headers=headers))
    assert [secret for secret in SECRETS if secret in full] != []


def test_viewer_gets_sheets_too(plan, viewer):
    assert viewer.get(f"/v1/plans/{plan['id']}", headers={"Accept": PDF}).content.startswith(b"%PDF")


def test_viewer_sees_pseudonyms_in_a_problem(plan, viewer, dispatcher):
    path = f"/v1/problems/{plan['problem_id']}"
    seen = viewer.get(path).text
    assert [secret for secret in SECRETS if secret in seen] == []
    elder = viewer.get(path).json()["problem"]["elders"][0]
    assert elder["name"].startswith("长者-")
    assert elder["place"] == {"lon": 116.364, "lat": 39.913}
    assert dispatcher.get(path).json()["problem"]["elders"][0]["phone"] == "010-5550-0101"


def test_other_answers_to_viewers_name_nobody(plan, viewer):
    for part in ("kpis", "unassigned", f"diff?against={plan['id']}", "events"):
        seen = viewer.get(f"/v1/plans/{plan['id']}/{part}").text
        assert [secret for secret in SECRETS if secret in seen] == []


def test_pseudonym_stays_in_its_district():
    assert Pseudonyms(b"east").name_of("e1") == Pseudonyms(b"east").name_of("e1")
    assert Pseudonyms(b"east").name_of("e1") != Pseudonyms(b"west").name_of("e1")
    assert Pseudonyms(b"east").name_of("e1") != Pseudonyms(b"east").name_of("e2")


def test_pseudonymous_problem_is_as_sound_as_its_own():
    problem = problem_from_json(json.dumps(private_problem()))
    seen = Pseudonyms(b"key").problem(problem)
    assert [visit.visit_id for visit in seen.visits] == [visit.visit_id for visit in problem.visits]
    assert seen.stations == problem.stations


@pytest.fixture
def lines(site, capsys):
    """What the service logs from here on, all levels, as objects."""
    configure_logs("DEBUG")
    for library in ("sqlalchemy", "asyncio", "dbos"):
        logging.getLogger(library).setLevel(logging.WARNING)

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield read
    configure_logs("WARNING")


def test_no_person_and_no_secret_reaches_the_log(site, lines, dispatcher):
    key = site.east[Role.DISPATCHER]
    dispatcher.post("/v1/problems", json=private_problem())
    dispatcher.post("/v1/problems", json={**private_problem(), "name": 7})
    dispatcher.post("/v1/sessions")
    site.as_(key + "x").get("/v1/me")
    told = lines()
    text = json.dumps(told, ensure_ascii=False)
    assert len([line for line in told if line["event"] == "request"]) == 4
    assert [secret for secret in (*SECRETS, key, key[21:]) if secret in text] == []


def test_fault_is_logged_with_its_way_and_without_its_words(viewer, lines, monkeypatch):
    def fail(*arguments, **options):
        try:
            raise KeyError(SECRETS[0])
        except KeyError as error:
            raise RuntimeError(SECRETS[3]) from error

    monkeypatch.setattr("api.routers.plans.dump_page", fail)
    viewer.get("/v1/plans")
    (line,) = [line for line in lines() if line["event"] == "fault"]
    first, *_, last = line["exception"].splitlines()
    assert "test_privacy.py" in first
    assert last == "builtins.RuntimeError"
    assert "builtins.KeyError" in line["exception"].splitlines()
    assert [secret for secret in SECRETS if secret in json.dumps(line, ensure_ascii=False)] == []


def test_errors_of_the_database_do_not_repeat_values(database):
    with pytest.raises(DBAPIError) as told, database.read() as session:
        session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "王秀英"})
    assert "王秀英" not in str(told.value)


def test_log_line_tells_who_asked_what_and_how_long_it_took(site, lines, dispatcher):
    answer = dispatcher.get("/v1/plans/plan-000000000000", headers={"X-Request-ID": "desk-7"})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "desk-7"
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert line["route"] == "/v1/plans/{plan_id}"
    assert (line["method"], line["status"], line["district"], line["request_id"]) == ("GET", 404, "east", "desk-7")
    assert line["actor"] == site.east[Role.DISPATCHER].split("_")[1]
    assert line["duration_ms"] >= 0


def test_fields_that_are_private_by_name_are_dropped_whoever_logs_them(site, lines):
    structlog.get_logger("other").warning("hello", phone="010", Authorization="Bearer x", harmless=1)
    (line,) = lines()
    assert "phone" not in line
    assert "Authorization" not in line
    assert line["harmless"] == 1
