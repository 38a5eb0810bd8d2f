"""An empty workbook for clerks: every table with its headers, remarks, drop-down lists and an example row.

The example rows begin with ``#``, which the reader passes over; the sheet 说明 explains every column in Chinese and
English.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import openpyxl
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from optimizer.formats.cells import Cell
from optimizer.formats.columns import SETTINGS, TABLES, Column, Table
from optimizer.formats.workbook import fill_sheet

Language = Literal["zh", "en"]

GUIDE_SHEET = "说明"
"""The sheet that explains the others; the reader passes over it."""

_NUM_LISTED_ROWS = 2000
"""Rows below the header that get drop-down lists."""


def write_template(path: Path, language: Language = "zh") -> None:
    """Write the empty workbook, its sheets and headers in Chinese or English."""
    workbook = openpyxl.Workbook()
    guide = workbook.worksheets[0]
    guide.title = GUIDE_SHEET
    _fill_guide(guide)
    for table in TABLES:
        sheet = workbook.create_sheet(table.name_zh if language == "zh" else table.name)
        if table is SETTINGS:
            _fill_settings(sheet, language)
        else:
            _fill_table(sheet, table, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)


_GUIDE_HEADER: tuple[Cell, ...] = (
    "表 table",
    "列 column",
    "必填 required",
    "内容",
    "填写",
    "what",
    "how",
    "例 example",
)

_GUIDE_NOTES = (
    ("以 # 开头的行是示例或备注，不会读入。", "Rows that begin with # are examples or remarks and are not read."),
    (
        "空白单元格取默认值；没有行的表视为不存在。",
        "Blank cells mean the default; tables without rows count as absent.",
    ),
    ("只有老人、服务需求、服务人员三张表必须有。", "Only the tables elders, visits and workers must be there."),
)


def _fill_guide(sheet: Worksheet) -> None:
    notes = [("", "", "", chinese, "", english, "", "") for chinese, english in _GUIDE_NOTES]
    rows = [row for table in TABLES for row in _guide_rows(table)]
    fill_sheet(sheet, [_GUIDE_HEADER, *notes, *rows])


def _guide_rows(table: Table) -> list[tuple[Cell, ...]]:
    name = f"{table.name_zh} {table.name}"
    head: tuple[Cell, ...] = (name, "", _required(table.required), table.doc_zh, "", table.doc, "", "")
    return [head, *((name, *_guide_cells(column)) for column in table.columns)]


def _guide_cells(column: Column) -> tuple[Cell, ...]:
    what_en, what_zh = column.kind.law
    name = f"{column.header_zh} {column.header}"
    return name, _required(column.required), column.doc_zh, what_zh, column.doc, what_en, column.example


def _required(is_required: bool) -> str:
    return "是 yes" if is_required else ""


def _fill_table(sheet: Worksheet, table: Table, language: Language) -> None:
    header = [_header(column, language) for column in table.columns]
    example: list[Cell] = [column.example for column in table.columns]
    fill_sheet(sheet, [header, [f"# {example[0]}", *example[1:]]])
    for position, column in enumerate(table.columns, start=1):
        sheet.cell(1, position).comment = _remark(column)
        if column.kind.words:
            letter = get_column_letter(position)
            _offer(sheet, _words(column, language), f"{letter}2:{letter}{_NUM_LISTED_ROWS}")


def _fill_settings(sheet: Worksheet, language: Language) -> None:
    """One setting a row; the third column, which is not read, says what it means."""
    header = ("设置", "值", "说明") if language == "zh" else ("setting", "value", "what")
    rows: list[tuple[Cell, ...]] = [
        (_header(column, language), "", column.doc_zh if language == "zh" else column.doc)
        for column in SETTINGS.columns
    ]
    fill_sheet(sheet, [header, *rows])
    for row, column in enumerate(SETTINGS.columns, start=2):
        sheet.cell(row, 1).comment = _remark(column)
        if column.kind.words:
            _offer(sheet, _words(column, language), f"B{row}")


def _header(column: Column, language: Language) -> str:
    return column.header_zh if language == "zh" else column.header


def _words(column: Column, language: Language) -> Sequence[str]:
    return column.kind.words_zh if language == "zh" else column.kind.words


def _remark(column: Column) -> Comment:
    what_en, what_zh = column.kind.law
    needed = "（必填 required）" if column.required else ""
    text = f"{column.header_zh} {column.header}{needed}\n{column.doc_zh}\n{what_zh}\n{column.doc}\n{what_en}"
    return Comment(text, "Yizhan", width=320, height=150)


def _offer(sheet: Worksheet, words: Sequence[str], cells: str) -> None:
    """A drop-down list of the words allowed; other words may still be typed, and the reader says what is wrong."""
    formula = f'"{",".join(words)}"'
    validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    validation.add(cells)
    sheet.add_data_validation(validation)
