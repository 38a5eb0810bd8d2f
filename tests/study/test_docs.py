"""The planning page and its examples say what the code does."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from optimizer.cli.study import worlds_of
from optimizer.study.changes import CHANGES
from optimizer.study.parse import read_study, study_from_tree, tree_of_text
from optimizer.study.runs import require_applicable
from optimizer.study.study import Promise, Study

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "planning.md").read_text(encoding="utf-8").partition("\n## Studies\n")[2]
EXAMPLES = sorted((DOCS / "studies").glob("*.yaml"))


def rows_of(header):
    """First and other cells of the table with this header."""
    table = PAGE.partition(f"\n{header}\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[1:]]


def test_every_change_has_a_row_with_all_its_keys():
    rows = {
        row[0].strip("`"): set(re.findall(r"`([^`]+)`", row[2])) for row in rows_of("| change | what it does | keys |")
    }
    assert rows == {word: {field.name for field in fields(change)} for word, change in CHANGES.items()}


def test_every_key_of_a_study_has_a_row():
    named = {name for row in rows_of("| key | what it says |") for name in re.findall(r"`([^`]+)`", row[0])}
    assert named == {field.name for field in fields(Study)} - {"schema_version"}
    assert all(f"`{promise}`" in PAGE for promise in Promise)


def test_study_of_the_page_is_read():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    study = study_from_tree(tree_of_text(text))
    require_applicable(study, worlds_of(study, DOCS))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_can_be_planned(path):
    study = read_study(path)
    require_applicable(study, worlds_of(study, path.parent))


def test_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((DOCS / "studies" / "what_if.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            exec(compile(ast.parse(source), "what_if.ipynb", "exec"), names)
    assert len(names["results"].runs) == len(names["study"].seeds) * 4
