"""``python -m benchmarks.quality``: what it refuses, and what it does with answers, whoever gives them."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.peers import PEERS
from benchmarks.quality import __main__ as command
from benchmarks.quality import child
from benchmarks.quality.child import Answer, ask
from benchmarks.quality.compare import compare, judged
from benchmarks.quality.families import FAMILIES, Case, Instance, find_cases, find_family, vrptw_group
from optimizer.errors import InputError
from optimizer.formats.benchmark import published_cost
from tests.builders import make_draft, make_problem, make_route, make_travel, make_visit
from tests.formats.care_texts import uhhc_text

SOLOMON = """C1tiny

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       1000          0
    1      3         4          5          0       1000         10
    2      6         8          5          0       1000         10
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one instance of two customers on a ray, at distance 5 and 10: the optimum is 20."""
    (tmp_path / "vrptw" / "solomon").mkdir(parents=True)
    (tmp_path / "vrptw" / "solomon" / "C1tiny.txt").write_text(SOLOMON)
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(command.app, [str(a) for a in arguments], env={"COLUMNS": "120", "YIZHAN_DATA": ""})


def case_of(problem, *, best_known: float | None = None) -> tuple[Case, Instance]:
    instance = Instance(problem=problem, travel=make_travel(problem), cost_divisor=100, best_known=best_known)
    return Case(name="day", file_name="day", load=lambda: instance, group=lambda _: "days"), instance


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["vrptv"], "'vrptv' is not a family. Did you mean 'vrptw'?"),
        (["vrptw", "--solvers", "pyvpr"], "'pyvpr' is not a solver. Did you mean 'pyvrp'?"),
        (["vrptw", "--solvers", ","], "no solver is named"),
        (["vrptw", "--time", "-1"], "-1 is not a number of seconds, 0 or more"),
        (["vrptw", "--time", "nan"], "nan is not a number of seconds, 0 or more"),
        (["district", "--time", "0"], "of district, xicheng-day-meals-s0 has none"),
        (["vrptw", "--seeds", "0"], "0 seeds are none"),
        (["vrptw", "--json", "/no/such/folder/rows.json"], "cannot be written"),
        (["vrptw"], "neither --data nor YIZHAN_DATA is set"),
        (["vrptw", "--data", "/no/such/folder"], "has no .txt file of vrptw"),
        (["district", "--instances", "shanghai*"], "'shanghai*' matches no instance of district"),
    ],
)
def test_bad_options_end_with_2_and_say_why(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr.replace("\n", " ")


def test_glob_without_match_names_some_instances(folder):
    result = run("vrptw", "--data", folder, "--instances", "R9*")
    assert result.exit_code == 2
    assert "'R9*' matches no instance of vrptw. There are 1, e.g. C1tiny." in result.stderr


@pytest.mark.parametrize("pattern", ["C1tiny", "C1*", "*.txt", "C1tiny.txt"])
@pytest.mark.parametrize("where", [".", "vrptw", "vrptw/solomon"])
def test_data_folder_may_hold_the_family_or_be_it(folder, where, pattern):
    (case,) = find_cases(FAMILIES["vrptw"], folder / where, pattern)
    assert case.name == "C1tiny"
    assert case.group(case.load()) == "solomon C1"


def test_time_0_is_refused_where_no_times_are_published(folder):
    result = run("vrptw", "--data", folder, "--time", "0")
    assert result.exit_code == 2
    assert "0 means the published time of each instance; of vrptw, C1tiny has none." in result.stderr


def test_time_0_is_each_instance_s_published_time():
    case, _ = case_of(make_problem())
    asked: list[float] = []

    def answer(solver, problem, travel, time_s, seed):
        asked.append(time_s)
        return Answer(draft=make_draft())

    cases = [dataclasses.replace(case, published_s=seconds) for seconds in (13.6, 40.0)]
    list(compare("uhhc", cases, ["a"], time_s=0, num_seeds=1, ask=answer))
    list(compare("uhhc", cases, ["a"], time_s=5, num_seeds=1, ask=answer))
    assert asked == [13.6, 40.0, 5, 5]


def test_published_times_of_home_care_come_with_the_data(tmp_path):
    (tmp_path / "uhhc").mkdir()
    (tmp_path / "uhhc" / "tiny.json").write_text(uhhc_text())
    (tmp_path / "uhhc" / "simulated_annealing.csv").write_text("instance,cost_mean,time_mean_s\ntiny,12.5,13.6\n")
    family = dataclasses.replace(FAMILIES["uhhc"], suffix=".json")
    (case,) = find_cases(family, tmp_path, "tiny")
    assert (case.published_s, case.load().best_known) == (13.6, 12.5)
    assert case.group(case.load()) == "up to  25 patients"


def test_every_family_is_found_by_its_name():
    assert [find_family(name).name for name in FAMILIES] == list(FAMILIES)
    with pytest.raises(InputError, match="not a family"):
        find_family("tsp")


@pytest.mark.parametrize(("stem", "group"), [("RC101", "x RC1"), ("C2_10_5", "x C2"), ("r1_2_1", "x R1")])
def test_class_is_the_prefix_of_the_name_within_its_folder(stem, group):
    _, instance = case_of(make_problem())
    assert vrptw_group(Path("x") / f"{stem}.txt", instance) == group


def test_district_has_every_kind_of_day():
    names = [case.name for case in find_cases(FAMILIES["district"], None, "*")]
    assert len(names) == len(set(names)) == 27
    assert "xicheng-day-care-s1" in names


def test_answers_in_time_and_complete_are_valid():
    problem = make_problem([make_visit()])
    case, instance = case_of(problem, best_known=1000)
    draft = make_draft(make_route("a", "v1"))
    outcome = judged(
        Answer(draft=draft, seconds=1.5), family="district", case=case, instance=instance, solver="x", seed=3
    )
    assert outcome.row is not None
    assert outcome.row.valid
    assert (outcome.row.seed, outcome.row.seconds, outcome.row.cost) == (3, 1.5, 0)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(draft=make_draft()), "1 visits are not served"),
        (Answer(draft=make_draft(make_route("a", "v1", "v1"))), "visit-once"),
        (Answer(draft=make_draft(make_route("nobody", "v1"))), "nobody"),
        (Answer(seconds=36, fault="stopped after 36 s"), "stopped after 36 s"),
    ],
)
def test_answers_that_fail_the_judge_are_invalid_and_say_why(answer, fault):
    case, instance = case_of(make_problem([make_visit()]), best_known=1000)
    outcome = judged(answer, family="district", case=case, instance=instance, solver="x", seed=0)
    assert outcome.row is not None
    assert not outcome.row.valid
    assert outcome.row.gap_percent is None
    assert outcome.row.seconds == answer.seconds
    assert fault in outcome.fault


def test_what_cannot_be_stated_has_no_row():
    case, instance = case_of(make_problem())
    outcome = judged(Answer(unsupported="breaks"), family="district", case=case, instance=instance, solver="x", seed=0)
    assert (outcome.row, outcome.unsupported) == (None, "breaks")


def test_every_solver_gets_every_instance_and_seed_and_takes_turns_in_going_first():
    case, _ = case_of(make_problem())
    asked: list[tuple[str, int]] = []

    def answer(solver, problem, travel, time_s, seed):
        asked.append((solver, seed))
        return Answer(draft=make_draft())

    outcomes = list(compare("district", [case, case], ["a", "b"], time_s=1, num_seeds=2, ask=answer))
    assert len(outcomes) == 8
    assert asked == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 0), ("a", 0), ("b", 1), ("a", 1)]


def test_run_prints_the_table_and_writes_the_rows(folder, tmp_path):
    rows = tmp_path / "rows.json"
    result = run("vrptw", "--data", folder, "--time", 1, "--solvers", "yizhan", "--json", rows)
    assert result.exit_code == 0, result.output
    assert "solomon C1" in result.stdout
    (row,) = json.loads(rows.read_text())
    assert (row["solver"], row["cost"], row["valid"], row["best_known"]) == ("yizhan", 20, True, None)
    assert published_cost(folder / "vrptw" / "solomon" / "C1tiny.txt") is None


def test_ctrl_c_shows_and_writes_what_is_done(folder, tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        yield from compare(*arguments, **options, ask=lambda *_: Answer(draft=make_draft(), seconds=1))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "compare", interrupted)
    rows = tmp_path / "rows.json"
    result = run("vrptw", "--data", folder, "--solvers", "yizhan", "--json", rows)
    assert result.exit_code == 130
    assert "Interrupted" in result.stderr
    assert "solomon C1" in result.stdout
    assert len(json.loads(rows.read_text())) == 1


def test_merge_keeps_rows_of_earlier_runs(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(
        command, "compare", lambda *args, **options: compare(*args, **options, ask=lambda *_: Answer(fault="none"))
    )
    rows = tmp_path / "rows.json"
    for arguments in (["ortools"], ["yizhan", "--merge"]):
        assert run("vrptw", "--data", folder, "--json", rows, "--solvers", *arguments).exit_code == 0
    assert [row["solver"] for row in json.loads(rows.read_text())] == ["ortools", "yizhan"]


def test_solvers_that_are_not_installed_are_refused_when_named(monkeypatch):
    absent = {**PEERS, "pyvrp": type(PEERS["pyvrp"])(module="x", package="no_such_package", cores="")}
    monkeypatch.setattr(command, "PEERS", absent)
    result = run("district", "--solvers", "pyvrp")
    assert result.exit_code == 2
    assert "pyvrp is not installed. 'make bench' installs it." in result.stderr


def test_solver_that_overruns_is_stopped_and_has_no_answer(monkeypatch):
    monkeypatch.setattr(child, "OVERRUN_FACTOR", 0)
    monkeypatch.setattr(child, "OVERRUN_S", 0)
    problem = make_problem([make_visit(f"v{k}", minutes=k) for k in range(1, 300)])
    answer = ask("ortools", problem, make_travel(problem), 20, 0)
    assert answer.draft is None
    assert answer.fault == "stopped after 0 s"
    assert answer.seconds >= 0


def test_solver_that_fails_says_how():
    answer = ask("ortools", "not a problem", None, 1, 0)
    assert answer.fault.startswith("AttributeError")


@pytest.mark.parametrize("family", [name for name, family in FAMILIES.items() if family.suffix])
def test_public_instances_have_a_class_and_a_best_known_value(family):
    folder = os.environ.get("YIZHAN_DATA")
    if not folder:
        pytest.skip("YIZHAN_DATA is not set")
    cases = find_cases(FAMILIES[family], Path(folder), "*")
    instance = cases[0].load()
    assert len({case.name for case in cases}) == len(cases)
    assert instance.best_known
    assert cases[0].group(instance)
