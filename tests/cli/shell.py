"""Running the command line inside the test, and seeing what it left behind."""

from __future__ import annotations

from pathlib import Path

from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from optimizer.__main__ import app


def run(*arguments: object):
    """The result of ``yizhan ARGUMENTS``: ``exit_code``, ``stdout`` and ``stderr``."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "80"})


def done(*arguments: object) -> str:
    """What ``yizhan ARGUMENTS``, which must succeed, prints."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def files_in(folder: Path) -> dict[Path, bytes]:
    """Everything below `folder`, hidden files and empty folders included."""
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def sheets(path: Path | str) -> dict[str, list[list[object]]]:
    """The rows of every sheet of a workbook, by its name."""
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
