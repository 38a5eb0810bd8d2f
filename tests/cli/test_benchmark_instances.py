"""Benchmark instances at the command line: planned, judged and converted with their own distances."""

import gzip
import json

import pytest

from tests.cli.shell import done, files_in, run
from tests.formats.benchmark_texts import MDVRPTW, MTVRPTWR, SOLOMON, write_instance
from tests.formats.care_texts import hhcrsp_text, uhhc_text


@pytest.fixture
def solomon(here):
    return write_instance(SOLOMON, here)


def test_instance_is_valid(solomon):
    assert done("validate", solomon) == "valid: 3 visits, 2 workers, 0 warnings\n"


@pytest.mark.parametrize(("text", "name"), [(SOLOMON, "T1"), (MDVRPTW, "M1"), (MTVRPTWR, "R1")])
def test_plan_of_an_instance_comes_with_its_solution_file(text, name, here):
    src = write_instance(text, here)
    shown = " ".join(done("solve", src, "-o", "out", "--step-limit", 0, "--workers", 1).split())
    assert f"out/{name}.sol" in shown
    assert {"plan.json", "problem.json", "map.html", "plan.geojson", "travel.npz"} <= {
        path.name for path in (here / "out").iterdir()
    }
    assert "no violation" in done("check", src, f"out/{name}.sol")
    assert "no violation" in done("check", src, "out/plan.json")
    assert "no violation" in done("check", "out/problem.json", "out/plan.json", "--matrix", "out/travel.npz")


@pytest.mark.parametrize("text", [hhcrsp_text(), uhhc_text()], ids=["hhcrsp", "uhhc"])
def test_plan_of_home_care_comes_with_its_solution_file(text, here):
    (here / "day.json.gz").write_bytes(gzip.compress(text.encode()))
    shown = " ".join(done("solve", "day.json.gz", "-o", "out", "--step-limit", 50, "--workers", 1).split())
    assert "out/day.sol.json" in shown
    routes = json.loads((here / "out" / "day.sol.json").read_text())["routes"]
    assert [route["caregiver_id"] for route in routes] == ["c1", "c2"]
    assert "no violation" in done("check", "day.json.gz", "out/day.sol.json")
    assert "no violation" in done("check", "day.json.gz", "out/plan.json")
    assert "no violation" in done("check", "out/problem.json", "out/plan.json", "--matrix", "out/travel.npz")


def test_incomplete_plan_has_no_solution_file(here):
    src = write_instance(SOLOMON.replace("  2         10", "  1         10"), here, "T1.txt")
    (here / "out").mkdir()
    (here / "out" / "T1.sol").write_text("of an earlier plan")
    done("solve", src, "-o", "out", "--step-limit", 0, "--workers", 1)
    assert not (here / "out" / "T1.sol").exists()
    assert len(json.loads((here / "out" / "plan.json").read_text())["unassigned"]) == 1


def test_name_of_an_instance_leads_nowhere(here):
    src = write_instance(SOLOMON.replace("T1", "../T 1"), here, "T1.txt")
    done("solve", src, "-o", "out", "--step-limit", 0, "--workers", 1)
    assert (here / "out" / "..-T-1.sol").is_file()


def test_bad_solution_breaks_rules(solomon, here):
    (here / "bad.sol").write_text("Route #1: 1 2 3\n")
    result = run("check", solomon, "bad.sol")
    assert result.exit_code == 3
    assert "capacity" in result.stdout


@pytest.mark.parametrize("out", ["problem.json", "problem.xlsx", "problem"])
def test_converted_instance_keeps_its_distances(solomon, out, here):
    (here / "T1.sol").write_text("Route #1: 1 2\nRoute #2: 3\n")
    done("check", solomon, "T1.sol", "-o", "plan.json")
    assert done("convert", solomon, out) == f"{out} and problem.npz written\n"
    shown = done("check", out, "plan.json", "--matrix", "problem.npz")
    assert "2.40" in shown


def refused(here, *arguments):
    before = files_in(here)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert files_in(here) == before
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("option", ["--matrix", "--server", "--streets"])
def test_other_distances_are_refused(option, solomon, here):
    (here / "streets").mkdir()
    (here / "streets" / "nodes.csv").write_text("node,lon,lat\n1,116.4,39.9\n2,116.41,39.9\n")
    (here / "streets" / "edges.csv").write_text("u,v,length_m,highway\n1,2,850,residential\n2,1,850,residential\n")
    value = {"--matrix": solomon, "--server": "osrm:http://localhost:5000", "--streets": here / "streets"}[option]
    assert "a benchmark instance brings its own distances" in refused(here, "validate", solomon, option, value)


def test_matrix_that_exists_is_not_overwritten(solomon, here):
    (here / "problem.npz").write_text("mine")
    assert "exists already" in refused(here, "convert", solomon, "problem.json")


def test_solution_file_belongs_to_an_instance(here, tiny_outcome):
    (here / "T1.sol").write_text("Route #1: 1\n")
    assert "SRC is none" in refused(here, "check", tiny_outcome / "tiny", "T1.sol")


def test_faults_of_an_instance_are_told_with_their_lines(here):
    src = write_instance(MDVRPTW.replace("3\t10\t20", "3\t20\t10").replace("CAPACITY: 9", "CAPACITY: few"), here)
    told = refused(here, "solve", src, "-o", "out")
    assert "bad.vrp:7" in told
    assert "bad.vrp:27" in told
