"""Commands of network planning: what they write, what they say, what they refuse."""

import json

import pytest

from optimizer.cli.faults import BAD_INPUT
from optimizer.formats.json import problem_from_json, problem_to_json
from scenarios import build_scenario
from tests.cli.shell import done, files_in, run, sheets


def test_territories_are_written_as_tables_map_picture_and_problem(here):
    said = done(
        "territories", "xicheng-day", "-o", "out", "--size", 0.2, "--capacity", 80, "--capacity", "station-01=40"
    )
    tables = sheets(here / "out/territories.xlsx")
    num = len(tables["elders"]) - 1
    assert f"of {num} elders have a station" in said
    assert "gap 0.00 %" in said
    assert tables["stations"][1][:3] == ["station-01", tables["stations"][1][1], 40]
    features = json.loads((here / "out/territories.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == num + 2
    problem = problem_from_json((here / "out/problem.json").read_bytes())
    stations = {row[0]: row[1] or None for row in tables["elders"][1:]}
    assert {elder.elder_id: elder.station_id for elder in problem.elders} == stations
    assert "<svg" in (here / "out/territories.html").read_text(encoding="utf-8")


def test_the_new_problem_of_territories_can_be_planned(here):
    done("territories", "xicheng-day", "-o", "out", "--size", 0.1)
    done("solve", "out/problem.json", "-o", "plan", "--step-limit", 0)


def test_dining_is_written_and_compared_with_delivering_everything(here):
    said = done(
        "dining", "xicheng-day", "-o", "out", "--size", 0.2, "--sitting", "11:00", "--village", 1, "--budget", 900
    )
    assert "all delivered" in said
    meals = sheets(here / "out/dining.xlsx")["meals"]
    how = [row[2] for row in meals[1:]]
    assert {"dine", "deliver"} <= set(how)
    problem = problem_from_json((here / "out/problem.json").read_bytes())
    assert len([visit for visit in problem.visits if visit.demand]) == len(how) - how.count("dine")


def test_the_kitchen_is_planned_with_each_wave_alone_and_with_all(here):
    said = done("kitchen", "miyun-kitchen", "-o", "out", "--size", 0.2, "--rounds", 1, "--time-limit", "1s")
    assert "(10:30)" in said
    assert len(sheets(here / "out/echelons.xlsx")) == 4
    for name in ("map.html", "kitchen_sheet.pdf", "echelons.html", "plan.json"):
        assert (here / "out" / name).stat().st_size > 1000


def test_staff_is_sized_with_what_is_proven(here):
    said = done("size-staff", "tiny", "-o", "out", "--on-time", 50, "--time-limit", "0.3s", "--level", 100)
    assert "fleets tried. Proven: fewer than" in said.replace("\n", " ")
    assert set(sheets(here / "out/sizing.xlsx")) == {"types", "curve", "fleets tried"}
    page = (here / "out/sizing.html").read_text(encoding="utf-8")
    assert "需要多少人" in page
    assert page.count("<circle") >= 2


def test_who_is_left_out_is_told_with_a_reason(here):
    said = done("territories", "tiny", "-o", "out", "--longest-way", "1s").replace("\n", " ")
    assert "elders have no station, for example: elder" in said
    assert "All reasons stand in territories.xlsx." in said


def test_a_file_is_one_day(here):
    (here / "monday.json").write_bytes(problem_to_json(build_scenario("tiny").problem))
    result = run("size-staff", "monday.json", "--days", "2", "-o", "out")
    assert result.exit_code == BAD_INPUT
    assert "Name further days with --day." in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["territories", "tiny", "--capacity", "many"], "'many' does not say how many elders"),
        (["territories", "tiny", "--capacity", "nowhere=3"], "'nowhere' is no station that holds a territory"),
        (["dining", "tiny", "--sitting", "noon"], "'noon' is not a clock time"),
        (["dining", "tiny", "--government", "disabeld=3"], "Did you mean 'disabled'?"),
        (["dining", "tiny", "--most-elder", "3"], "no group is named"),
        (["territories", "tiny", "--mode", "flying"], "There are walk, bicycle, e-bike, van."),
        (["kitchen", "xicheng-day", "--size", "0.1"], "has no supply run"),
    ],
)
def test_wrong_options_are_refused_and_nothing_is_written(here, arguments, message):
    result = run(*arguments, "-o", "out")
    assert result.exit_code == BAD_INPUT
    assert message in result.stderr.replace("\n", " ")
    assert files_in(here) == {}
