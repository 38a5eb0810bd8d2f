"""One way in: every kind of file gives the same problem, and only sound ones come through."""

from __future__ import annotations

import pytest

from optimizer.errors import InvalidProblem, SourceError
from optimizer.formats import source
from optimizer.formats.json import plan_to_json, problem_to_json
from optimizer.formats.source import read_plan, read_source
from optimizer.formats.tables import write_tables
from optimizer.plan import Plan, SolveStatus
from tests.builders import make_elder, make_meal, make_problem, make_visit
from tests.formats.clerk import changed, write_folder


@pytest.fixture
def problem():
    return make_problem([make_meal(), make_visit(elder_id="e1", place=None)], elders=(make_elder(),))


@pytest.mark.parametrize("name", ["tables", "tables.xlsx", "tables.zip"])
def test_tables_and_json_give_the_same_problem(name, problem, tmp_path):
    (tmp_path / "problem.json").write_bytes(problem_to_json(problem))
    write_tables(problem, tmp_path / name)
    assert read_source(tmp_path / name).problem == problem
    assert read_source(tmp_path / "problem.json").problem == problem


def test_issue_of_json_keeps_its_path(tmp_path):
    path = tmp_path / "problem.json"
    path.write_bytes(problem_to_json(make_problem([make_visit(elder_id="nobody")])))
    with pytest.raises(InvalidProblem) as caught:
        read_source(path)
    assert [issue.path for issue in caught.value.issues] == ["visits[0].elder_id"]


def test_issue_of_tables_has_its_row(tmp_path):
    with pytest.raises(InvalidProblem) as caught:
        read_source(write_folder(tmp_path, changed("visits.csv", "V3,E3", "V3,nobody")))
    assert [issue.path for issue in caught.value.issues] == ["visits.csv:4:elder_id"]


def test_json_larger_than_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_JSON_BYTES", 10)
    (tmp_path / "problem.json").write_bytes(b" " * 11)
    with pytest.raises(SourceError, match="at most 0 MB are read"):
        read_source(tmp_path / "problem.json")


def test_plan_is_read(tmp_path):
    plan = Plan(status=SolveStatus.COMPLETE, routes=())
    (tmp_path / "plan.json").write_bytes(plan_to_json(plan))
    assert read_plan(tmp_path / "plan.json") == plan


def test_missing_plan_is_told(tmp_path):
    with pytest.raises(SourceError, match="it cannot be opened: No such file"):
        read_plan(tmp_path / "plan.json")
