"""Studies as workbooks: the same tree of plain values, from sheets that a clerk can fill in.

``study`` has a key and a value in each row (``name``, ``base.scenario``, ``seeds``, …). ``changes`` has the columns
``name`` and ``change`` and one for each key used (``percent``, ``place.lon``, …); ``grid`` has ``axis`` and ``levels``,
``variants`` has ``name`` and ``changes``, ``curves`` has ``name``, ``promise``, ``values`` and ``under``. Lists are
separated by semicolons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from optimizer.errors import Issue, SourceError
from optimizer.formats.cells import Cell, is_blank, parts_of, plain
from optimizer.formats.grids import Grid, grids_of_workbook
from optimizer.formats.issues import choice_hint
from optimizer.study.changes import CHANGES

_SHEETS = ("study", "changes", "grid", "variants", "curves")
_LISTS = frozenset({"seeds", "circumstances", "base.stress", "levels", "changes", "values", "under"})
_NUMBERS = frozenset(
    {"schema_version", "base.seed", "base.size", "search.time_limit_s", "search.step_limit", "seeds", "values"}
)


def plain_workbook(path: Path) -> tuple[dict[str, Any], list[Issue]]:
    """The plain values of the study in a workbook, and every sheet, column and cell that is missing or unknown.

    Raises
    ------
    SourceError
        If there is no such file.
    """
    if not path.exists():
        message = f"there is no file {str(path)!r}."
        raise SourceError([Issue(code="not-found", path=str(path), message=message, hint="Correct the path.")])
    grids, issues = grids_of_workbook(path)
    by_name = {grid.name.strip().lower(): grid for grid in grids}
    for name, grid in by_name.items():
        if name not in _SHEETS:
            hint = choice_hint(name, _SHEETS)
            message = f"{grid.name!r} is no sheet of a study."
            issues.append(Issue(code="unknown-table", path=grid.label, message=message, hint=hint))
    if "study" not in by_name:
        message = "there is no sheet 'study'."
        issues.append(Issue(code="missing-table", path=path.name, message=message, hint="Add it: name, base, seeds."))
    tables = {name: _Rows(grid, issues) for name, grid in by_name.items() if name in _SHEETS}
    tree: dict[str, Any] = _study(tables["study"]) if "study" in tables else {}
    if "changes" in tables:
        tree["changes"] = _changes(tables["changes"])
    for name, key, value in (("grid", "axis", "levels"), ("variants", "name", "changes")):
        if name in tables:
            tree[name] = {row[key]: row.get(value, []) for row in tables[name].rows([key, value])}
    if "curves" in tables:
        tree["curves"] = {row.pop("name"): row for row in tables["curves"].rows(["name", "promise", "values"])}
    return tree, issues


class _Rows:
    """A sheet with a header row; cells become plain values, dotted headers become nested ones."""

    def __init__(self, grid: Grid, issues: list[Issue]) -> None:
        self._grid, self._issues = grid, issues
        header: Sequence[Cell] = grid.rows[0][1] if grid.rows else ()
        self.header = [plain(cell) if not is_blank(cell) else "" for cell in header]

    def rows(
        self, needed: Sequence[str], lists: frozenset[str] = _LISTS, numbers: frozenset[str] = _NUMBERS
    ) -> list[dict[str, Any]]:
        """Every row by header; a needed column that is absent, or blank in a row, is noted."""
        for name in needed:
            if name not in self.header:
                message = f"there is no column {name!r}."
                self._issues.append(
                    Issue(code="missing-column", path=self._grid.label, message=message, hint="Add it.")
                )
        if not set(needed) <= set(self.header):
            return []
        return [
            row for number, cells in self._grid.rows[1:] if (row := self._row(number, cells, needed, lists, numbers))
        ]

    def pairs(self) -> Iterator[tuple[str, Cell]]:
        """Key and value of every row, the header row included unless it says so."""
        for _, cells in self._grid.rows:
            key = plain(cells[0])
            if key != "key" and len(cells) > 1 and not is_blank(cells[1]):
                yield key, cells[1]

    def _row(
        self, number: int, cells: Sequence[Cell], needed: Sequence[str], lists: frozenset[str], numbers: frozenset[str]
    ) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for header, cell in zip(self.header, cells, strict=False):
            if header and not is_blank(cell):
                _put(
                    row,
                    header,
                    _values(cell, header in numbers) if header in lists else _value(cell, header in numbers),
                )
        for name in needed:
            if name not in row and name not in lists:
                path = f"{self._grid.label}:{number}:{name}"
                self._issues.append(
                    Issue(code="missing-cell", path=path, message="the cell is blank.", hint="Fill it.")
                )
                return {}
        return row


def _study(table: _Rows) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, cell in table.pairs():
        _put(tree, key, _values(cell, key in _NUMBERS) if key in _LISTS else _value(cell, key in _NUMBERS))
    return tree


def _changes(table: _Rows) -> dict[str, list[dict[str, Any]]]:
    lists = frozenset(name for change in CHANGES.values() for name in _keys(change, _is_list))
    texts = frozenset(name for change in CHANGES.values() for name in _keys(change, _is_text)) | {"name", "change"}
    numbers = frozenset(table.header) - texts
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in table.rows(["name", "change"], lists, numbers):
        changes.setdefault(str(row.pop("name")), []).append(row)
    return changes


def _keys(change: type[Any], has: Callable[[Any], bool]) -> Iterator[str]:
    hints = get_type_hints(change)
    return (each.name for each in fields(change) if has(hints[each.name]))


def _is_list(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _is_text(hint: Any) -> bool:
    """Whether text stands in such a field, or a list of texts, or a word of a list of words."""
    parts = () if get_origin(hint) is dict else get_args(hint) or (hint,)
    return any(isinstance(part, type) and issubclass(part, str) for part in parts)


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Put `value` at a dotted path."""
    *parents, name = path.split(".")
    for parent in parents:
        inner = tree.setdefault(parent, {})
        tree = inner if isinstance(inner, dict) else {}
    tree[name] = value


def _values(cell: Cell, is_number: bool) -> list[Any]:
    return [_value(part, is_number) for part in parts_of(cell)]


def _value(cell: Cell, is_number: bool) -> Any:
    """A truth value, text, or (where a number may stand, and the text reads as one) a number."""
    if isinstance(cell, bool):
        return cell
    text = plain(cell)
    for read in (int, float) if is_number else ():
        try:
            return read(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
