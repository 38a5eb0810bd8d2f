"""Which table a grid is and which column stands where, told by names and headers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from optimizer.errors import Issue, Severity
from optimizer.formats.cells import Cell, is_blank
from optimizer.formats.columns import TABLE_BY_NAME, TABLES, Table, fold
from optimizer.formats.grids import Grid
from optimizer.formats.issues import did_you_mean

NOT_TABLES = frozenset(fold(name) for name in ("nodes", "edges", "说明", "readme", "notes"))
"""Files and sheets that stand beside the tables and are passed over without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadedGrid:
    """A grid whose table is known: position and header, as the user wrote it, by field; and the rows below."""

    table: Table
    label: str
    idx_by_field: dict[str, int]
    header_by_field: dict[str, str]
    num_columns: int
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


def tables_among(grids: Iterable[Grid]) -> tuple[dict[str, Grid], list[Issue]]:
    """The grids by name of the table they are; and what is missing, there twice, or unknown."""
    grid_by_table: dict[str, Grid] = {}
    issues: list[Issue] = []
    for grid in grids:
        table = TABLE_BY_NAME.get(fold(grid.name))
        if table is None:
            issues += _unknown_table(grid)
        elif table.name in grid_by_table:
            first = grid_by_table[table.name].label
            message = f"this is the table {table.name!r} like {first!r}."
            issues.append(Issue(code="duplicate-table", path=grid.label, message=message, hint="Keep one of them."))
        else:
            grid_by_table[table.name] = grid
    return grid_by_table, issues


def missing_tables(present: Iterable[str]) -> list[Issue]:
    """An issue for each required table that is not `present`."""
    return [
        Issue(
            code="missing-table",
            path=table.name,
            message=f"there is no table {table.name!r} ({table.name_zh}).",
            hint=f"Add {table.name}.csv or a sheet {table.name}.",
        )
        for table in TABLES
        if table.required and table.name not in set(present)
    ]


def _unknown_table(grid: Grid) -> Iterator[Issue]:
    if fold(grid.name) in NOT_TABLES:
        return
    meant = did_you_mean(grid.name, [name for table in TABLES for name in table.names])
    yield Issue(
        code="unknown-table",
        path=grid.label,
        message=f"{grid.name!r} is none of the tables; it was not read.",
        hint=meant or f"The tables are: {', '.join(table.name for table in TABLES)}.",
        severity=Severity.ERROR if meant else Severity.WARNING,
    )


def match_header(table: Table, grid: Grid) -> tuple[HeadedGrid | None, list[Issue]]:
    """`grid` with its columns known; ``None`` where required ones are missing."""
    if not grid.rows:
        message = "the table is empty: it has no header row."
        hint = f"Write the headers in its first row: {', '.join(c.header for c in table.columns if c.required)}, …"
        return None, [Issue(code="empty-table", path=grid.label, message=message, hint=hint)]
    row, header = grid.rows[0]
    idx_by_field: dict[str, int] = {}
    header_by_field: dict[str, str] = {}
    issues: list[Issue] = []
    for idx, name in ((idx, str(cell).strip()) for idx, cell in enumerate(header) if not is_blank(cell)):
        column, path = table.column_by_header.get(fold(name)), f"{grid.label}:{row}:{name}"
        if column is None:
            issues.append(_unknown_column(table, path, name))
        elif column.field in idx_by_field:
            message = f"{name!r} is the column {header_by_field[column.field]!r} once more."
            hint = "Delete or rename one of them."
            issues.append(Issue(code="duplicate-column", path=path, message=message, hint=hint))
        else:
            idx_by_field[column.field] = idx
            header_by_field[column.field] = name
    missing = _missing_columns(table, f"{grid.label}:{row}", header, idx_by_field)
    headed = HeadedGrid(
        table=table,
        label=grid.label,
        idx_by_field=idx_by_field,
        header_by_field=header_by_field,
        num_columns=max(idx + 1 for idx, cell in enumerate(header) if not is_blank(cell)),
        rows=grid.rows[1:],
    )
    return (None if missing else headed), issues + missing


def _unknown_column(table: Table, path: str, header: str) -> Issue:
    meant = did_you_mean(header, [name for column in table.columns for name in column.headers])
    return Issue(
        code="unknown-column",
        path=path,
        message=f"{header!r} is no column of {table.name!r}; it was not read.",
        hint=meant or f"The columns are: {', '.join(column.header for column in table.columns)}.",
        severity=Severity.ERROR if meant else Severity.WARNING,
    )


def _missing_columns(table: Table, path: str, header: tuple[Cell, ...], present: Container[str]) -> list[Issue]:
    lonely = (
        f" The whole header is one cell, {str(header[0])!r}: put commas between columns." if len(header) == 1 else ""
    )
    return [
        Issue(
            code="missing-column",
            path=path,
            message=f"the column {column.header!r} ({column.header_zh}) is missing.",
            hint=f"Add it: {column.doc}{lonely}",
        )
        for column in table.columns
        if column.required and column.field not in present
    ]
