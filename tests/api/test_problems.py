"""Problems: kept, validated, uploaded, read."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from api.bodies import XLSX, ZIP
from api.store.records import Role
from optimizer.formats.json import problem_from_json
from optimizer.formats.tables import write_tables
from scenarios import SCENARIOS, build_scenario
from tests.api.district import assert_refused, example_problem


def test_kept_problem_reads_back_the_same(dispatcher):
    kept = dispatcher.problem()
    answer = dispatcher.get(f"/v1/problems/{kept['id']}")
    assert problem_from_json(json.dumps(answer.json()["problem"])) == problem_from_json(json.dumps(example_problem()))
    assert (kept["num_visits"], kept["num_days"], kept["first_date"]) == (3, 1, "2026-03-02")


def test_new_problem_says_where_it_is(dispatcher):
    answer = dispatcher.post("/v1/problems", json=example_problem())
    assert answer.headers["Location"] == f"/v1/problems/{answer.json()['id']}"


def test_every_fault_is_told_at_once_with_path_and_cure(dispatcher):
    problem = example_problem(name=7, nam="x")
    problem["stations"][0]["place"]["lat"] = False
    problem["visits"][0]["windows"][0]["start"] = "25 o'clock"
    issues = assert_refused(dispatcher.post("/v1/problems", json=problem), 422, "invalid-problem")["issues"]
    assert [issue["path"] for issue in issues] == [
        "nam",
        "name",
        "stations[0].place.lat",
        "visits[0].windows[0].start",
    ]
    assert all(issue["hint"] for issue in issues)


@pytest.mark.parametrize("wrong", [False, True, "39.9", None])
def test_number_that_is_none_is_refused(dispatcher, wrong):
    problem = example_problem()
    problem["elders"][0]["place"]["lat"] = wrong
    issues = assert_refused(dispatcher.post("/v1/problems", json=problem), 422, "invalid-problem")["issues"]
    assert [issue["path"] for issue in issues] == ["elders[0].place.lat"]


def test_contradictions_are_told_at_once(dispatcher):
    problem = example_problem()
    problem["visits"][0]["elder_id"] = "nobody"
    problem["visits"][1]["windows"] = []
    body = assert_refused(dispatcher.post("/v1/problems", json=problem), 422, "invalid-problem")
    assert {issue["code"] for issue in body["issues"]} == {"unknown-elder", "visit-without-window"}
    assert body["detail"].startswith("2 faults")


def test_warnings_come_with_the_kept_problem(dispatcher):
    problem = example_problem()
    problem["visits"][2]["skills"] = {"nursing": 3}
    assert [issue["code"] for issue in dispatcher.problem(**problem)["issues"]] == ["visit-unservable"]


def test_validate_lists_issues_and_keeps_nothing(dispatcher):
    before = dispatcher.get("/v1/problems?limit=1").json()
    sound = dispatcher.post("/v1/problems/validate", json=example_problem()).json()
    assert sound == {"is_valid": True, "issues": []}
    faulty = dispatcher.post("/v1/problems/validate", content=b"{").json()
    assert faulty["is_valid"] is False
    assert faulty["issues"][0]["code"] == "not-json"
    assert dispatcher.get("/v1/problems?limit=1").json() == before


@pytest.mark.parametrize(("media_type", "name"), [(XLSX, "problem.xlsx"), (ZIP, "problem.zip")])
def test_workbook_and_zip_are_read_like_files(dispatcher, tmp_path, media_type, name):
    problem = build_scenario("tiny").problem
    write_tables(problem, tmp_path / name)
    answer = dispatcher.post(
        "/v1/problems", content=(tmp_path / name).read_bytes(), headers={"Content-Type": media_type}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["num_visits"] == len(problem.visits)


def test_faults_of_tables_name_file_and_row(dispatcher, tmp_path):
    write_tables(build_scenario("tiny").problem, tmp_path / "tables")
    header, first, *rest = (tmp_path / "tables" / "visits.csv").read_text("utf-8-sig").splitlines()
    duration = header.split(",").index("service_duration_min")
    cells = first.split(",")
    cells[duration] = "ten"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in (tmp_path / "tables").glob("*.csv"):
            if path.name != "visits.csv":
                file.writestr(path.name, path.read_text("utf-8-sig"))
        file.writestr("visits.csv", "\n".join([header, ",".join(cells), *rest]))
    answer = dispatcher.post("/v1/problems", content=archive.getvalue(), headers={"Content-Type": ZIP})
    issues = assert_refused(answer, 422, "invalid-problem")["issues"]
    assert [issue["path"] for issue in issues] == ["visits.csv:2:service_duration_min"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"\x00" * 100])
@pytest.mark.parametrize("media_type", [XLSX, ZIP, "application/json"])
def test_rubbish_is_refused_with_issues(dispatcher, media_type, content):
    answer = dispatcher.post("/v1/problems", content=content, headers={"Content-Type": media_type})
    assert assert_refused(answer, 422, "invalid-problem")["issues"]


def test_other_media_types_are_not_read(dispatcher):
    answer = dispatcher.post("/v1/problems", content=b"a,b", headers={"Content-Type": "text/csv"})
    assert_refused(answer, 415, "unsupported-media-type")
    assert XLSX in answer.headers["Accept-Post"]


def test_problem_with_too_many_visits_is_refused_before_any_work(quiet_site):
    site = quiet_site(max_visits=2)
    answer = site.as_(site.east[Role.DISPATCHER]).post("/v1/problems", json=example_problem())
    assert "3 visits; 2 are allowed" in assert_refused(answer, 413, "too-large")["detail"]


@pytest.mark.parametrize("announced", [True, False])
def test_body_that_is_too_large_is_refused(quiet_site, announced):
    site = quiet_site(max_body_bytes=1024)
    body = b" " * 2000
    content = body if announced else iter([body[:1000], body[1000:]])
    answer = site.as_(site.east[Role.DISPATCHER]).post("/v1/problems", content=content)
    assert_refused(answer, 413, "too-large")


def test_problem_that_one_has_is_not_sent_again(dispatcher):
    path = f"/v1/problems/{dispatcher.problem()['id']}"
    tag = dispatcher.get(path).headers["ETag"]
    answer = dispatcher.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.content == b""


def test_same_idempotency_key_keeps_one_problem(dispatcher):
    headers = {"Idempotency-Key": "upload-1"}
    first, second = (dispatcher.post("/v1/problems", json=example_problem(), headers=headers) for _ in range(2))
    assert first.json() == second.json()
    other = dispatcher.post("/v1/problems", json=example_problem(name="other"), headers=headers)
    assert_refused(other, 422, "idempotency-mismatch")


def test_list_goes_on_page_by_page(dispatcher):
    ids = [dispatcher.problem()["id"] for _ in range(3)]
    first = dispatcher.get("/v1/problems?limit=2").json()
    rest = dispatcher.get(f"/v1/problems?limit=2&before={first['next']}").json()
    assert [item["id"] for item in (*first["items"], *rest["items"])][:3] == ids[::-1]


def test_scenarios_are_listed_and_given_as_problems(viewer):
    names = [item["name"] for item in viewer.get("/v1/scenarios").json()]
    assert names == list(SCENARIOS)
    assert problem_from_json(viewer.get("/v1/scenarios/tiny").content) == build_scenario("tiny").problem
    assert_refused(viewer.get("/v1/scenarios/atlantis"), 404, "not-found")


def test_kept_scenario_travels_on_its_own_streets(planner):
    kept = planner.post("/v1/scenarios/tiny/problems?seed=2")
    assert kept.status_code == 201, kept.text
    assert kept.json()["travel"] == {"source": "scenario", "name": "tiny", "seed": 2, "size": 1.0, "stress": []}


def test_unknown_stress_is_told_like_any_fault(viewer):
    answer = viewer.get("/v1/scenarios/tiny?stress=locusts")
    assert assert_refused(answer, 422, "invalid-problem")["issues"][0]["path"] == "stress"
