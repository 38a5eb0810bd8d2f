"""Bad input of every kind: exit code 2, a message that names the place and the cure, and nothing written."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from optimizer.errors import SolverBug
from tests.cli.shell import files_in, run
from tests.formats.clerk import changed, write_folder

DRAFT = {"routes": [{"worker_id": "carer", "shift_id": "day", "steps": [{"kind": "visit", "visit_id": "check-zhang"}]}]}


def refused(folder, *arguments):
    """What the refusal of ``yizhan ARGUMENTS`` says; it must write nothing."""
    before = files_in(folder)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert files_in(folder) == before
    return " ".join(result.stderr.replace("│", " ").split())


def assert_says(text, *needed):
    missing = [word for word in needed if word not in text]
    assert not missing, text


BAD_TABLES = {
    "missing table": ({"workers.csv": None}, ["workers"]),
    "missing column": (changed("elders.csv", "elder_id,name", "name"), ["elders.csv:1", "elder_id"]),
    "misspelt column": (changed("visits.csv", ",windows,", ",windws,"), ["visits.csv:1", "Did you mean", "windows"]),
    "no text": (
        {"elders.csv": b"elder_id,lon,lat\n\xff\xfe\x00\x81"},
        ["elders.csv", "neither UTF-8", "Export the table as CSV"],
    ),
    "window reversed": (changed("visits.csv", "13:00-16:00", "16:00-13:00"), ["visits.csv:4:windows", "16:00"]),
    "no time": (changed("visits.csv", "13:00-16:00", "soon"), ["visits.csv:4:windows", "'soon'"]),
    "no number": (changed("visits.csv", ",40,", ",forty,"), ["visits.csv:4:service_duration_min", "'forty'"]),
    "negative number": (changed("visits.csv", ",40,", ",-40,"), ["visits.csv:4:service_duration_min", "-40"]),
    "two elders with one id": (changed("elders.csv", "E2,Li", "E1,Li"), ["elders.csv:3", "'E1'"]),
    "unknown elder": (changed("visits.csv", "V2,E2", "V2,E9"), ["visits.csv:3:elder_id", "'E9'"]),
    "unknown station": (changed("workers.csv", "W1,S1", "W1,S9"), ["workers.csv:2:station_id", "'S9'"]),
    "station of no wave": (changed("waves.csv", "S1,noon", "S9,noon"), ["waves.csv:2", "'S9'"]),
    "place that is no number": (changed("elders.csv", "116.392", "nan"), ["elders.csv:3:lon", "nan"]),
    "place off the globe": (changed("elders.csv", "39.912", "399.12"), ["elders.csv:3", "399.12"]),
    "no elders": ({"elders.csv": "elder_id,lon,lat\n"}, ["elders"]),
}


@pytest.mark.parametrize(("changes", "needed"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables_are_refused_with_file_row_and_column(here, changes, needed):
    folder = write_folder(here / "day", changes)
    assert_says(refused(here, "solve", folder, "-o", "out"), *needed)


def test_all_faults_are_told_at_once(here):
    folder = write_folder(
        here / "day", changed("elders.csv", "116.392", "nan") | changed("visits.csv", ",40,", ",forty,")
    )
    assert_says(refused(here, "validate", folder), "elders.csv:3:lon", "visits.csv:4:service_duration_min")


def test_a_table_of_millions_of_rows_is_refused_by_its_size(here):
    folder = write_folder(here / "day")
    os.truncate(folder / "visits.csv", 500_000_000)  # a sparse file: no disk is used
    result = run("validate", folder)
    assert result.exit_code == 2
    assert_says(result.stderr, "visits.csv", "477 MB", "at most 64 MB")


def write_nothing(path):
    path.mkdir()


def write_noise(path):
    path.write_bytes(bytes(range(256)))


def write_text(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def write_zip_without_tables(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.csv", "a,b\n1,2\n")


BAD_FILES = {
    "empty folder": ("day", write_nothing, ["holds no table", "yizhan template"]),
    "broken workbook": ("day.xlsx", write_noise, ["day.xlsx", "no whole archive or workbook"]),
    "broken zip": ("day.zip", write_noise, ["day.zip", "no whole archive or workbook"]),
    "zip without tables": ("day.zip", write_zip_without_tables, ["elders"]),
    "unknown kind": ("day.md", write_text("hello"), ["none of the kinds", "workbook (.xlsx)"]),
    "text of no benchmark": ("day.txt", write_text("hello"), ["no benchmark instance", "tables as .csv or .xlsx"]),
    "half a JSON": ("day.json", write_text('{"name": '), ["not JSON", "line 1"]),
    "JSON of no text": ("day.json", write_noise, ["not UTF-8"]),
    "JSON list": ("day.json", write_text("[]"), ["is not an object"]),
    "other version": ("day.json", write_text('{"schema_version": 2}'), ["schema_version", "reads version 1"]),
    "unknown key": ("day.json", write_text('{"nme": "x"}'), ["'nme' is not a key of Problem", "Did you mean 'name'?"]),
    "nothing there": ("day.json", lambda path: None, ["day.json", "neither a file or folder nor a scenario"]),
}


@pytest.mark.parametrize(("name", "write", "needed"), BAD_FILES.values(), ids=BAD_FILES)
def test_files_that_are_no_problem_are_refused(here, name, write, needed):
    write(here / name)
    assert_says(refused(here, "solve", name, "-o", "out"), *needed)


BAD_OPTIONS = {
    "unknown scenario": (["tinny"], ["SRC", "Did you mean 'tiny'?", "xicheng-day"]),
    "negative seed": (["tiny", "--seed", "-1"], ["--seed", "greater than or equal to 0"]),
    "seed that is no number": (["tiny", "--seed", "x"], ["--seed", "integer"]),
    "size of a scenario that has one": (["tiny", "--size", "2"], ["size 2.0", "Leave the size at 1"]),
    "size that is no number": (["xicheng-day", "--size", "nan"], ["size nan", "above 0"]),
    "no size": (["xicheng-day", "--size", "0"], ["size 0.0", "above 0"]),
    "unknown stress": (["tiny", "--stress", "snwo"], ["'snwo' is not a stress", "Did you mean 'snow'?"]),
    "time limit in words": (["tiny", "--time-limit", "soon"], ["--time-limit", "'soon'", "30s"]),
    "negative time limit": (["tiny", "--time-limit", "-5s"], ["--time-limit", "'-5s'"]),
    "negative step limit": (["tiny", "--step-limit", "-1"], ["--step-limit", "greater than or equal to 0"]),
    "more processes than any machine has": (["tiny", "--workers", "1000"], ["--workers", "less than or equal to 64"]),
    "unknown engine": (["tiny", "--engine", "magic"], ["--engine", "ortools"]),
    "unknown language": (["tiny", "--language", "fr"], ["--language", "'fr'", "zh"]),
    "unknown streets": (["tiny", "--streets", "bejing"], ["--streets", "Did you mean 'beijing'?"]),
    "streets of missing data": (["tiny", "--streets", "beijing"], ["--streets", "YIZHAN_DATA", "not set"]),
    "missing matrix": (["tiny", "--matrix", "times.npz"], ["--matrix", "'times.npz' is not a file"]),
    "server of no kind": (["tiny", "--server", "graphhopper:http://x"], ["--server", "osrm:http://localhost:5000"]),
    "server without URL": (["tiny", "--server", "osrm:localhost"], ["--server", "'osrm:localhost'"]),
    "server of no address": (["tiny", "--server", "osrm:http://[::1"], ["is no address of a server"]),
    "server not there": (["tiny", "--server", "osrm:http://127.0.0.1:9"], ["127.0.0.1:9", "cannot be reached"]),
    "unknown option": (["tiny", "--tme-limit", "5s"], ["--tme-limit"]),
}


@pytest.mark.parametrize(("arguments", "needed"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_are_refused_by_name(here, arguments, needed):
    assert_says(refused(here, "solve", *arguments, "-o", "out"), *needed)


NO_NUMBERS = {
    "budget": (["dining", "-o", "out", "--budget", "nan"], ["--budget", "'nan' is not an amount of yuan"]),
    "budget of years": (["site", "-o", "out", "--budget", "1e9"], ["--budget", "'1e9'", "12.50"]),
    "negative budget": (["baskets", "-o", "out", "--budget", "-5"], ["--budget", "'-5'"]),
    "share": (["size-staff", "-o", "out", "--on-time", "nan"], ["--on-time", "less than or equal to 100"]),
    "radius": (["anonymize", "-o", "out.json", "--radius", "inf"], ["--radius", "less than or equal to 100000"]),
    "wait": (["kitchen", "-o", "out", "--longest-wait", "9" * 400], ["--longest-wait", "is not a duration"]),
}


@pytest.mark.parametrize(("arguments", "needed"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_numbers_that_are_none_are_refused(here, arguments, needed):
    command, *options = arguments
    assert_says(refused(here, command, "tiny", *options), *needed)


def test_streets_below_a_wrong_data_folder_are_refused(here, monkeypatch):
    monkeypatch.setenv("YIZHAN_DATA", str(here / "nowhere"))
    assert_says(refused(here, "solve", "tiny", "-o", "out", "--streets", "helsinki"), "nowhere", "YIZHAN_DATA")


def test_a_matrix_that_lacks_places_is_refused(here):
    (here / "times.csv").write_text("from,to,duration_s,distance_m\n", encoding="utf-8")
    text = refused(here, "solve", "tiny", "-o", "out", "--matrix", "times.csv")
    assert_says(text, "times.csv", "pairs are missing", "Add a row for each")


def test_a_matrix_and_a_server_exclude_each_other(here):
    (here / "times.csv").touch()
    text = refused(here, "solve", "tiny", "-o", "out", "--matrix", "times.csv", "--server", "osrm:http://x")
    assert_says(text, "--server", "exclude each other")


@pytest.mark.parametrize("option", [["--size", "2"], ["--stress", "snow"]])
def test_files_have_no_size_and_stress(here, option):
    folder = write_folder(here / "day")
    assert_says(refused(here, "validate", folder, *option), "only scenarios have a size and stress")


# Plans


def write_plan(here, plan):
    path = here / "plan.json"
    path.write_text(plan if isinstance(plan, str) else json.dumps(plan), encoding="utf-8")
    return path


def with_step(**step):
    return {"routes": [{"worker_id": "carer", "shift_id": "day", "steps": [step]}]}


BAD_PLANS = {
    "half a JSON": ('{"routes": [', ["not JSON"]),
    "a problem": ('{"name": "x", "horizon": {}}', ["is a problem, not a plan"]),
    "misspelt key": ('{"routs": []}', ["'routs' is not a key", "Did you mean 'routes'?"]),
    "other version": ('{"schema_version": 7, "status": "complete", "routes": []}', ["reads version 1"]),
    "unknown status": ('{"status": "done", "routes": []}', ["status", "complete, incomplete"]),
    "unknown worker": ('{"routes": [{"worker_id": "x", "shift_id": "day", "steps": []}]}', ["routes[0]", "'x'"]),
    "unknown visit": (with_step(kind="visit", visit_id="x"), ["routes[0].steps[0]", "visit 'x'"]),
    "unknown station": (with_step(kind="load", station_id="x"), ["routes[0].steps[0]", "station 'x'"]),
    "step without its id": (with_step(kind="visit"), ["routes[0].steps[0]", "Give it 'visit_id' alone"]),
    "step with another id": (with_step(kind="load", visit_id="bath-li"), ["routes[0].steps[0]", "'station_id' alone"]),
    "other problem": ('{"status": "complete", "routes": [], "problem_name": "Monday"}', ["'Monday'", "'tiny'"]),
}


@pytest.mark.parametrize("command", ["check", "explain"])
@pytest.mark.parametrize(("plan", "needed"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_what_is_no_plan_for_the_problem_is_refused(here, command, plan, needed):
    assert_says(refused(here, command, "tiny", write_plan(here, plan)), *needed)


def test_a_plan_that_is_missing_is_refused(here):
    assert_says(refused(here, "check", "tiny", "plan.json"), "PLAN", "'plan.json'", "No such file")


def test_a_folder_is_no_plan(here):
    assert_says(refused(here, "check", "tiny", here), "PLAN", "Is a directory")


def test_only_visits_of_the_problem_can_be_explained(here):
    text = refused(here, "explain", "tiny", write_plan(here, DRAFT), "lunch-lee")
    assert_says(text, "VISIT", "no visit 'lunch-lee'", "Did you mean 'lunch-li'?")


def test_only_unserved_visits_can_be_explained(here):
    text = refused(here, "explain", "tiny", write_plan(here, DRAFT), "check-zhang")
    assert_says(text, "serves visit 'check-zhang'", "Unserved are: lunch-wang")


# Where to write


@pytest.mark.parametrize("output", ["taken", "taken/out"])
@pytest.mark.parametrize("command", [["solve", "tiny", "--step-limit", "0"], ["scenario", "tiny"], ["demo"]])
def test_a_file_is_no_folder_to_write_to(here, command, output):
    (here / "taken").write_text("mine", encoding="utf-8")
    assert_says(refused(here, *command, "-o", output), "cannot write to", "taken' is a file", "Choose another")


@pytest.mark.parametrize("name", ["out.json", "out.xlsx", "out.zip", "folder"])
def test_convert_does_not_overwrite(here, name):
    (here / "folder").mkdir()
    (here / "folder" / "elders.csv").write_text("mine", encoding="utf-8")
    (here / name).touch()
    assert_says(refused(here, "convert", "tiny", name), f"'{name}' exists already", "Remove it first")


def test_convert_writes_no_kinds_it_does_not_know(here):
    assert_says(refused(here, "convert", "tiny", "out.csv"), "not written as .csv", ".json, .xlsx or .zip")


def test_scenario_does_not_mix_with_tables_that_are_there(here):
    folder = write_folder(here / "day")
    assert_says(refused(here, "scenario", "tiny", "-o", folder), "exists already")


def test_scenario_wants_a_scenario(here):
    folder = write_folder(here / "day")
    assert_says(refused(here, "scenario", folder, "-o", "out"), "is not a scenario", "xicheng-day")


def test_template_does_not_overwrite_a_workbook(here):
    (here / "day.xlsx").write_text("mine", encoding="utf-8")
    assert_says(refused(here, "template", "day.xlsx"), "'day.xlsx' exists already")


def test_a_template_is_a_workbook(here):
    assert_says(refused(here, "template", "day.csv"), "'day.csv'", "End it in .xlsx")


def test_check_does_not_overwrite_a_plan(here):
    plan = write_plan(here, DRAFT)
    assert_says(refused(here, "check", "tiny", plan, "-o", plan), "exists already")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(here):
    locked = here / "locked"
    locked.mkdir(mode=0o500)
    assert_says(refused(here, "template", locked / "day.xlsx"), "may not be written to")


def test_a_folder_that_may_not_be_read_is_told(here, monkeypatch):
    def fail(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    folder = write_folder(here / "day")
    monkeypatch.setattr("pathlib.Path.iterdir", fail)
    result = run("validate", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert_says(result.stderr, "day", "Permission denied.")
    assert "Traceback" not in result.stderr


def test_a_disk_that_fails_while_writing_leaves_nothing(here, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("optimizer.cli.write.write_map", fail)
    text = refused(here, "solve", "tiny", "-o", "new/out", "--step-limit", "0")
    assert_says(text, "cannot write to 'new/out'", "No space left on device")


# Faults of the program


def test_a_fault_of_the_solver_is_told_in_a_sentence(here, monkeypatch):
    def fail(*arguments, **options):
        raise SolverBug("the judge refuses the start plan:\nskill: worker 'a' lacks [bath]")

    monkeypatch.setattr("optimizer.cli.planning.solve", fail)
    result = run("solve", "tiny", "-o", "out")
    assert result.exit_code == 1
    assert_says(result.stderr, "worker 'a' lacks [bath]", "not of your data", "Please report it")
    assert "Traceback" not in result.stderr
    assert not (here / "out").exists()


# The real process


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["solve", "tinny", "-o", "out"], "Did you mean 'tiny'?"),
        (["solve", "tiny", "-o", "out", "--time-limit", "soon"], "'soon'"),
        (["check", "tiny", "plan.json"], "'plan.json'"),
    ],
)
def test_the_installed_command_refuses_without_a_traceback(here, arguments, needed):
    ended = subprocess.run(
        [sys.executable, "-m", "optimizer", *arguments], capture_output=True, text=True, check=False, cwd=here
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert needed in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(here.iterdir())
