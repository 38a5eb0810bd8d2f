"""The empty workbook: complete, explained, and read as nothing until it is filled in."""

from __future__ import annotations

import openpyxl
import pytest

from optimizer.formats.columns import SETTINGS, TABLES
from optimizer.formats.source import read_source
from optimizer.formats.template import GUIDE_SHEET, write_template
from optimizer.problem import DEFAULT_MODES, Location


@pytest.fixture(params=["zh", "en"])
def template(request, tmp_path):
    path = tmp_path / "district.xlsx"
    write_template(path, request.param)
    return path


def test_examples_are_not_read(template):
    source = read_source(template)
    problem = source.problem
    assert (problem.elders, problem.visits, problem.workers, problem.stations) == ((), (), (), ())
    assert problem.modes == DEFAULT_MODES
    assert {warning.code for warning in source.warnings} == {"empty-table", "no-first-date"}


def test_filled_in_template_is_read(template):
    workbook = openpyxl.load_workbook(template)
    rows = {"elders": {"elder_id": "E1", "lon": 116.39, "lat": 39.91}}
    for sheet, table in zip(workbook.worksheets[1:], TABLES, strict=True):
        for field, value in rows.get(table.name, {}).items():
            column = [c.header for c in table.columns].index(field) + 1
            sheet.cell(3, column, value)
    workbook.save(template)
    (elder,) = read_source(template).problem.elders
    assert (elder.elder_id, elder.place) == ("E1", Location(lon=116.39, lat=39.91))


def test_every_column_stands_in_its_sheet_with_a_remark(template):
    sheets = openpyxl.load_workbook(template).worksheets[1:]
    for sheet, table in zip(sheets, TABLES, strict=True):
        cells = [row[0] for row in sheet["A2" : f"A{sheet.max_row}"]] if table is SETTINGS else sheet[1]
        assert [cell.value in column.headers for cell, column in zip(cells, table.columns, strict=True)]
        assert all(cell.comment is not None for cell in cells)


def test_every_column_stands_in_the_guide(template):
    guide = openpyxl.load_workbook(template)[GUIDE_SHEET]
    named = {(row[0].value, row[1].value) for row in guide.iter_rows(min_row=2)}
    for table in TABLES:
        for column in table.columns:
            assert (f"{table.name_zh} {table.name}", f"{column.header_zh} {column.header}") in named


def test_columns_of_few_words_offer_them(template):
    workbook = openpyxl.load_workbook(template)
    for sheet, table in zip(workbook.worksheets[1:], TABLES, strict=True):
        offered = {validation.formula1 for validation in sheet.data_validations.dataValidation}
        num_choices = {column.kind.words for column in table.columns if column.kind.words}
        assert len(offered) == len(num_choices)
