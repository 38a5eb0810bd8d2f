"""Workbooks out: plain sheets of rows with a header that stays in view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from optimizer.formats.cells import Cell

MAX_TEXT = 32_767
"""Characters that Excel keeps in one cell."""

_HEADER_FONT = Font(bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="DDEBF7")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def save_workbook(path: Path, sheets: Iterable[tuple[str, Sequence[Sequence[Cell]]]]) -> None:
    """Write one sheet per name and rows; the first row of each is its header."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets:
        fill_sheet(workbook.create_sheet(name), rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)


def fill_sheet(sheet: Worksheet, rows: Sequence[Sequence[Cell]]) -> None:
    """Put `rows` into an empty sheet and style the first as its header."""
    for row_number, row in enumerate(rows, start=1):
        for column_number, value in enumerate(row, start=1):
            if value is not None and value != "":
                _put(sheet, row_number, column_number, value)
    sheet.freeze_panes = "A2"
    for column_number, value in enumerate(rows[0], start=1):
        cell = sheet.cell(1, column_number)
        cell.font, cell.fill = _HEADER_FONT, _HEADER_FILL
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column_number)].width = _width(value, rows, column_number)


def _put(sheet: Worksheet, row: int, column: int, value: Cell) -> None:
    """Write `value`; text stays text, even where it begins with ``=`` or looks like an escape."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, SheetCell), f"row {row}, column {column} of {sheet.title!r} is part of a merged cell"
    if isinstance(value, str):
        cell.value = _LOOKS_ESCAPED.sub("_x005F_", value)
        cell.data_type = "s"
    elif isinstance(value, float):
        # Given a float, openpyxl writes 16 digits; some need 17 to read back the same.
        cell.value = repr(value)
        cell.data_type = "n"
    else:
        cell.value = value


def _width(header: Cell, rows: Sequence[Sequence[Cell]], column_number: int) -> float:
    """Room for the header and the first rows, Chinese characters counting double."""
    values = [header, *(row[column_number - 1] for row in rows[1:50] if len(row) >= column_number)]
    return min(40, 3 + max(sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value or "")) for value in values))
