"""Rows of a table into values by field, cell by cell, with every bad cell told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.errors import Issue
from optimizer.formats.cells import Cell, CellContext, CellError, is_blank
from optimizer.formats.columns import PARTS, SETTINGS, Column, Table, fold
from optimizer.formats.enum_words import CoordinateSystem
from optimizer.formats.grids import Grid
from optimizer.formats.headers import HeadedGrid
from optimizer.formats.issues import did_you_mean
from optimizer.formats.origin import RowOrigin
from optimizer.problem import Location
from optimizer.travel.coordinates import bd09_to_wgs84, gcj02_to_wgs84

Values = dict[str, Any]
"""Values by field; blank cells are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row, read."""

    values: Values
    origin: RowOrigin

    def key(self, fields: Sequence[str]) -> tuple[Any, ...]:
        """The values of `fields`."""
        return tuple(self.values.get(field) for field in fields)


# Cells to values


def read_records(headed: HeadedGrid, context: CellContext) -> tuple[list[Record], list[Issue]]:
    """Every row of a table, and everything that is wrong with a row or between rows."""
    records: list[Record] = []
    issues: list[Issue] = []
    for row, cells in headed.rows:
        origin = RowOrigin(label=headed.label, row=row, headers=headed.header_by_field)
        read = dict(_read_row(headed, cells, origin, context))
        bad = [value for value in read.values() if isinstance(value, Issue)]
        record = Record(values=read, origin=origin)
        issues += bad or _half_places(headed.table, record)
        issues += _surplus_cells(headed, cells, origin)
        records.append(record)
    return records, issues + list(_doubled_ids(headed.table, records))


def _read_row(
    headed: HeadedGrid, cells: Sequence[Cell], origin: RowOrigin, context: CellContext
) -> Iterator[tuple[str, Any]]:
    """Value or issue by field; the clock times of a row with a date count from that day."""
    for column in headed.table.columns:
        idx = headed.idx_by_field.get(column.field, len(cells))
        cell = cells[idx] if idx < len(cells) else None
        if not is_blank(cell):
            value = read_cell(column, cell, context, origin.cell(column.field))
            if column.field == "date" and not isinstance(value, Issue):
                context = dataclasses.replace(context, day_s=value)
            yield column.field, value
        elif column.required:
            yield column.field, _missing_cell(column, origin)


def read_cell(column: Column, cell: Cell, context: CellContext, path: str) -> Any:
    """The value of a cell that is not blank, or the :class:`Issue` of why it has none."""
    try:
        return column.kind.read(cell, context)
    except CellError as error:
        return Issue(code="bad-cell", path=path, message=str(error), hint=error.hint)


def _missing_cell(column: Column, origin: RowOrigin) -> Issue:
    message = f"the cell is blank, but {column.header!r} ({column.header_zh}) is needed."
    hint = f"Fill it: {column.doc}" + (f' Example: "{column.example}".' if column.example else "")
    return Issue(code="missing-cell", path=origin.cell(column.field), message=message, hint=hint)


def _half_places(table: Table, record: Record) -> list[Issue]:
    """Places with a longitude but no latitude, or the like."""
    missing = []
    for part in _place_parts(table):
        absent = [axis for axis in ("lon", "lat") if f"{part}.{axis}" not in record.values]
        if absent and inside(part, record.values):
            missing += [table.column_by_field[f"{part}.{axis}"] for axis in absent]
    return [_missing_cell(column, record.origin) for column in missing]


def _place_parts(table: Table) -> list[str]:
    parts = dict.fromkeys(column.field.partition(".")[0] for column in table.columns if "." in column.field)
    return [part for part in parts if PARTS[part] is Location]


def _surplus_cells(headed: HeadedGrid, cells: Sequence[Cell], origin: RowOrigin) -> Iterator[Issue]:
    surplus = [cell for cell in cells[headed.num_columns :] if not is_blank(cell)]
    if surplus:
        yield Issue(
            code="ragged-row",
            path=f"{origin.label}:{origin.row}",
            message=f"{str(surplus[0])!r} is beyond the last of the header's {headed.num_columns} columns.",
            hint="Put text that holds the delimiter in quotation marks, or name the column.",
        )


def _doubled_ids(table: Table, records: Sequence[Record]) -> Iterator[Issue]:
    first_by_key: dict[tuple[Any, ...], Record] = {}
    for record in records if table.ids else ():
        key = record.key(table.ids)
        if any(isinstance(value, Issue) for value in key):
            continue
        first = first_by_key.setdefault(key, record)
        if first is not record:
            yield Issue(
                code="id-duplicate",
                path=record.origin.cell(table.ids[-1]),
                message=f"{' / '.join(key)!r} stands in row {first.origin.row} already.",
                hint="Give one of the two rows another id, or delete it.",
            )


# Settings: one value a row


def read_settings(grid: Grid) -> tuple[Values, dict[str, RowOrigin], list[Issue]]:
    """The settings by field, where each stands, and what is wrong with them."""
    values: Values = {}
    origins: dict[str, RowOrigin] = {}
    issues: list[Issue] = []
    for row, cells in grid.rows:
        name, cell = cells[0], cells[1] if len(cells) > 1 else None
        column, path = SETTINGS.column_by_header.get(fold(name)), f"{grid.label}:{row}"
        if column is None:
            issues += _unknown_setting(name, cell, path)
        elif column.field in origins:
            message = f"{str(name)!r} is set in row {origins[column.field].row} already."
            issues.append(
                Issue(code="duplicate-column", path=path, message=message, hint="Delete one of the two rows.")
            )
        else:
            origins[column.field] = RowOrigin(label=grid.label, row=row, headers={})
            value = None if is_blank(cell) else read_cell(column, cell, CellContext(), f"{path}:{name}")
            if isinstance(value, Issue):
                issues.append(value)
            elif value is not None:
                values[column.field] = value
    return values, origins, issues


def _unknown_setting(name: Cell, cell: Cell, path: str) -> Iterator[Issue]:
    if fold(name) in {"setting", "设置"} and fold(cell) in {"value", "值"}:
        return
    known = [header for column in SETTINGS.columns for header in column.headers]
    hint = did_you_mean(str(name), known) or f"The settings are: {', '.join(c.header for c in SETTINGS.columns)}."
    yield Issue(code="unknown-column", path=path, message=f"{str(name)!r} is no setting.", hint=hint)


# Values to objects


def to_wgs84(table: Table, records: Sequence[Record], system: CoordinateSystem) -> list[Record]:
    """The same records with every longitude and latitude in WGS 84."""
    if system is CoordinateSystem.WGS84:
        return list(records)
    convert = gcj02_to_wgs84 if system is CoordinateSystem.GCJ02 else bd09_to_wgs84
    changes: list[Values] = [{} for _ in records]
    for part in _place_parts(table):
        placed = [idx for idx, record in enumerate(records) if f"{part}.lon" in record.values]
        given = np.array([[records[idx].values[f"{part}.{axis}"] for axis in ("lon", "lat")] for idx in placed])
        lon, lat = convert(*given.reshape(-1, 2).T)
        for idx, lon_deg, lat_deg in zip(placed, lon.tolist(), lat.tolist(), strict=True):
            changes[idx] |= {f"{part}.lon": lon_deg, f"{part}.lat": lat_deg}
    return [
        dataclasses.replace(record, values={**record.values, **change})
        for record, change in zip(records, changes, strict=True)
    ]


def build(model: Any, values: Values) -> Any:
    """An object of a dataclass of the model from its values by field; ``pay.fixed_cents`` goes into its part."""
    own = {field: value for field, value in values.items() if "." not in field}
    for part in dict.fromkeys(field.partition(".")[0] for field in values if "." in field):
        own[part] = build(PARTS[part], inside(part, values))
    return model(**own)


def inside(part: str, values: Values) -> Values:
    """The values of one part, by field of the part."""
    prefix = f"{part}."
    return {field.removeprefix(prefix): value for field, value in values.items() if field.startswith(prefix)}
