"""A problem written as a clerk's tables: a folder of CSV files, a zip archive of them, or an .xlsx workbook.

What is written reads back as an equal problem. A value that a table cannot state (an id that holds a separator, a name
that ends in a blank) is refused by name rather than changed.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, SourceError
from optimizer.formats.cells import Cell, CellContext, CellError, is_blank
from optimizer.formats.columns import (
    BREAKS,
    MEAL_TYPES,
    MODES,
    PARTS,
    SETTINGS,
    SHIFTS,
    TABLES,
    WAVES,
    Column,
    Table,
)
from optimizer.formats.grids import CONTROL, MAX_ROWS
from optimizer.formats.issues import shown
from optimizer.formats.wire import wire_defaults
from optimizer.formats.workbook import MAX_TEXT, save_workbook
from optimizer.problem import DEFAULT_MODES, Problem

_ABSENT = object()
"""Stands for a value that the problem does not have, e.g. the longitude of a visit at home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTable:
    """A table ready to be saved."""

    table: Table
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def write_tables(problem: Problem, path: Path) -> None:
    """Write `problem` as tables: an .xlsx workbook, a .zip archive of CSV files, or (any other name) a folder of them.

    Columns in which nothing differs from the default are left out, as are tables that state nothing.

    Raises
    ------
    SourceError
        With every value that no table can state; nothing is written then.
    """
    tables = tables_of(problem)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        save_workbook(path, [(table.table.name, [table.header, *table.rows]) for table in tables])
    elif suffix == ".zip":
        _save_archive(path, tables)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for table in tables:
            (path / f"{table.table.name}.csv").write_bytes(_csv_of(table))


def tables_of(problem: Problem) -> list[WrittenTable]:
    """The tables that state `problem`.

    Raises
    ------
    SourceError
        With every value that no table can state.
    """
    context = CellContext(first_date=problem.horizon.first_date, dated=problem.horizon.num_days > 1)
    written = [_written(table, list(_rows_of(table, problem)), context) for table in TABLES[1:]]
    settings, issues = _settings(problem, context)
    issues += [issue for _, table_issues in written for issue in table_issues]
    issues += _unstatable_tables(problem)
    if issues:
        raise SourceError(issues)
    return [settings, *(table for table, _ in written if _is_needed(table, problem))]


def _is_needed(written: WrittenTable, problem: Problem) -> bool:
    is_default = written.table is MODES and problem.modes == DEFAULT_MODES
    return written.table.required or (bool(written.rows) and not is_default)


def _unstatable_tables(problem: Problem) -> Iterator[Issue]:
    """Tables whose absence means something else than that there is nothing in them."""
    mentions = any(visit.demand for visit in problem.visits) or any(
        wave.portions for station in problem.stations for wave in station.waves
    )
    for table, is_unstatable in ((MODES, not problem.modes), (MEAL_TYPES, mentions and not problem.meal_types)):
        if is_unstatable:
            message = f"a problem without {table.name} would read back with the usual ones."
            hint = "Name the ones it needs, or write the problem as JSON."
            yield Issue(code="cannot-be-stated", path=table.name, message=message, hint=hint)


Row = tuple[tuple[str, ...], Any]
"""The ids of the owners of a thing, and the thing."""


def _rows_of(table: Table, problem: Problem) -> Iterator[Row]:
    if table is WAVES:
        yield from (((station.station_id,), wave) for station in problem.stations for wave in station.waves)
    elif table is SHIFTS:
        yield from (((worker.worker_id,), shift) for worker in problem.workers for shift in worker.shifts)
    elif table is BREAKS:
        for worker in problem.workers:
            for shift in worker.shifts:
                yield from (((worker.worker_id, shift.shift_id), rest) for rest in shift.breaks)
    else:
        yield from (((), thing) for thing in getattr(problem, table.name))


def _written(table: Table, rows: Sequence[Row], context: CellContext) -> tuple[WrittenTable, list[Issue]]:
    columns = [column for column in table.columns if column.field not in table.extra]
    values = {column.field: [_value(table, column, row) for row in rows] for column in columns}
    kept = [column for column in columns if column.required or _says_something(table, column, values[column.field])]
    cells = [[_cell(table, column, value, context) for value in values[column.field]] for column in kept]
    issues = [cell for column_cells in cells for cell in column_cells if isinstance(cell, Issue)]
    if len(rows) > MAX_ROWS:
        issues.append(_too_many(table, len(rows)))
    header = tuple(column.header for column in kept)
    return WrittenTable(table=table, header=header, rows=tuple(zip(*cells, strict=True))), issues


def _value(table: Table, column: Column, row: Row) -> Any:
    owners, thing = row
    if table.parent is not None and column.field in table.parent[1]:
        return owners[table.parent[1].index(column.field)]
    value = thing
    for name in column.field.split("."):
        if value is None:
            return _ABSENT
        value = getattr(value, name)
    return value


def _says_something(table: Table, column: Column, values: Iterable[Any]) -> bool:
    """Whether leaving the column out would lose something: a value, or a part that is absent by default."""
    part = column.field.rpartition(".")[0]
    part_is_absent = bool(part) and wire_defaults(table.model).get(part) is None
    blank = _blank_value(table, column.field)
    return any(not _is_silent(value, blank) and (part_is_absent or value != blank) for value in values)


def _is_silent(value: Any, blank: Any) -> bool:
    """Whether a blank cell states `value`: it is absent, or empty where blank means empty."""
    is_empty = isinstance(value, (str, tuple, Mapping)) and not value
    return value is _ABSENT or value is None or (is_empty and value == blank)


def _blank_value(table: Table, field: str) -> Any:
    """What a blank cell of the field reads as."""
    part, _, name = field.rpartition(".")
    return wire_defaults(PARTS[part] if part else table.model).get(name, _ABSENT)


def _cell(table: Table, column: Column, value: Any, context: CellContext) -> Cell | Issue:
    """The cell that reads back as `value`, or why there is none."""
    if _is_silent(value, _blank_value(table, column.field)):
        return ""
    cell = column.kind.write(value, context)
    if _is_storable(cell, is_first=column is table.columns[0]) and _read_back(column, cell, context) == value:
        return cell
    return _cannot_state(table, column, value)


def _is_storable(cell: Cell, *, is_first: bool) -> bool:
    text = str(cell)
    is_remark = is_first and text.startswith("#")
    return not is_remark and len(text) <= MAX_TEXT and CONTROL.search(text) is None


def _read_back(column: Column, cell: Cell, context: CellContext) -> Any:
    try:
        return _ABSENT if is_blank(cell) else column.kind.read(cell, context)
    except CellError:
        return _ABSENT


def _cannot_state(table: Table, column: Column, value: Any) -> Issue:
    return Issue(
        code="cannot-be-stated",
        path=f"{table.name}:{column.header}",
        message=f"{shown(value)} would not read back the same from a cell that holds {column.kind.law[0]}.",
        hint="Change it, or write the problem as JSON.",
    )


def _too_many(table: Table, num_rows: int) -> Issue:
    message = f"{num_rows:,} rows are more than the {MAX_ROWS:,} that are read back from one table."
    hint = "Split the problem, or write it as JSON."
    return Issue(code="cannot-be-stated", path=table.name, message=message, hint=hint)


def _settings(problem: Problem, context: CellContext) -> tuple[WrittenTable, list[Issue]]:
    """The settings that differ from their defaults, and always name, first date and number of days."""
    stated: list[tuple[Column, Any]] = []
    for column in (column for column in SETTINGS.columns if column.field not in SETTINGS.extra):
        value = _value(SETTINGS, column, ((), problem))
        if value != _blank_value(SETTINGS, column.field) or column.field == "horizon.num_days":
            stated.append((column, value))
    cells = [(column, _cell(SETTINGS, column, value, context)) for column, value in stated]
    issues = [cell for _, cell in cells if isinstance(cell, Issue)]
    rows = tuple((column.header, cell) for column, cell in cells if not isinstance(cell, Issue))
    return WrittenTable(table=SETTINGS, header=("setting", "value"), rows=rows), issues


def _csv_of(written: WrittenTable) -> bytes:
    """UTF-8 with a mark, which makes Excel read it as UTF-8."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([written.header, *written.rows])
    return stream.getvalue().encode("utf-8-sig")


def _save_archive(path: Path, tables: Sequence[WrittenTable]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            # A fixed time, so that equal problems give equal bytes.
            entry = zipfile.ZipInfo(f"{table.table.name}.csv", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, _csv_of(table), zipfile.ZIP_DEFLATED)
