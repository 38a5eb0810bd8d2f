"""The documents say what the code does: every repeated part is current, every example runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from optimizer.formats.columns import TABLES
from optimizer.formats.issues import FORMAT_ISSUE_CODES
from optimizer.formats.json import plan_schema, problem_from_json, problem_schema, schema_text
from optimizer.formats.reference import PARTS, with_parts
from optimizer.rules import COST_TERMS, RULES, CostTerm, Rule
from optimizer.validate import DRAFT_ERROR_CODES, ISSUE_CODES, validate_problem

DOCS = Path(__file__).parents[1] / "docs"
HOW = "run: python -m optimizer.formats.reference docs"


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def words_in_first_column(text: str) -> list[str]:
    """The words of every table's first column, without marks."""
    return re.findall(r"^\| \**`([^`]+)`\** \|", text, re.MULTILINE)


@pytest.mark.parametrize("name", PARTS)
def test_repeated_parts_are_current(name):
    assert page(name) == with_parts(page(name), PARTS[name]), HOW


@pytest.mark.parametrize(("name", "make"), [("problem", problem_schema), ("plan", plan_schema)])
def test_schema_files_are_current(name, make):
    assert page(f"schema/{name}.schema.json") == schema_text(make()), HOW


def test_every_rule_and_cost_term_has_a_row():
    rows = words_in_first_column(page("rules.md"))
    assert rows[: len(Rule)] == [str(rule) for rule in Rule]
    assert rows[len(Rule) : len(Rule) + len(CostTerm)] == [str(term) for term in CostTerm]
    for info in (*RULES.values(), *COST_TERMS.values()):
        assert info.sentence in page("rules.md")


def test_every_issue_code_has_a_row():
    """The codes in the code and those in the documents are the same sets."""
    issues = page("formats.md").partition("\n## Issues\n")[2]
    assert set(words_in_first_column(issues)) == set(FORMAT_ISSUE_CODES) | set(ISSUE_CODES) | set(DRAFT_ERROR_CODES)


def test_every_code_of_the_readers_is_listed():
    """Codes written in the readers and writers, and those in the list, are the same sets."""
    folder = Path(__file__).parents[1] / "optimizer" / "formats"
    sources = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    assert set(re.findall(r'(?:code=|faults\.note\()"([a-z0-9-]+)"', sources)) == set(FORMAT_ISSUE_CODES)


def test_every_column_has_a_row():
    rows = words_in_first_column(page("formats.md").partition("\n## Tables\n")[2].partition("\n## Map layers\n")[0])
    assert rows == [column.header for table in TABLES for column in table.columns]


def test_example_of_the_documents_is_a_sound_problem():
    (example,) = re.findall(r"```json\n(.*?)```", page("formats.md"), re.DOTALL)
    problem = problem_from_json(example)
    assert [issue for issue in validate_problem(problem) if issue.severity == "error"] == []
    assert json.loads(example)["name"] == problem.name


def test_part_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="the page has 0 parts 'rules'"):
        with_parts("no marks", PARTS["rules.md"])
