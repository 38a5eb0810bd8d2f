"""Cells one by one: what each kind reads, refuses and writes."""

from __future__ import annotations

import datetime as dt

import pytest

from optimizer.formats.cells import CellContext, CellError, is_blank
from optimizer.formats.columns import KINDS, TABLE_BY_NAME, TABLES, fold
from optimizer.formats.enum_words import CHINESE_WORDS
from tests.builders import HOUR, MINUTE, clock

CONTEXT = CellContext(first_date=dt.date(2026, 3, 2))

READS = [
    ("clock", "9:05", clock("09:05")),
    ("clock", "25:30", clock("25:30")),
    ("clock", "１１：００", clock("11:00")),
    ("clock", dt.time(11, 0, 30), clock("11:00:30")),
    ("clock", 0.5, clock("12:00")),
    ("clock", "0.4583333333", clock("11:00")),
    ("clock", 0.0, 0),
    ("clock", "2026/3/3 1:30", clock("25:30")),
    ("clock", "2026-03-02T01:30", clock("01:30")),
    ("clock", 46084.0625, clock("25:30")),
    ("date", "2026年3月2日", dt.date(2026, 3, 2)),
    ("date", "2026/3/2", dt.date(2026, 3, 2)),
    ("date", 46083.0, dt.date(2026, 3, 2)),
    ("duration", "5", 5 * MINUTE),
    ("duration", 1.5, 90),
    ("duration", "90s", 90),
    ("duration", "90 秒", 90),
    ("duration", "2小时", 2 * HOUR),
    ("duration", "1:30", 90 * MINUTE),
    ("duration", "0", 0),
    ("balance", "-30", -30 * MINUTE),
    ("yuan", "12.50", 1250),
    ("yuan", "¥12.5", 1250),
    ("yuan", "12元", 1200),
    ("yuan", 0.29, 29),
    ("count", "1.0", 1),
    ("count", 3.0, 3),
    ("count", "1000000000", 10**9),
    ("percent", 1, 1),
    ("share", "80%", 0.8),
    ("share", 1, 1.0),
    ("bool", True, True),
    ("bool", "是", True),
    ("bool", "Ｎ", False),
    ("bool", 0.0, False),
    ("id", 7.0, "7"),
    ("id", " Ｗ０１ ", "W01"),
    ("text", " Ｗ０１ ", "Ｗ０１"),
    ("ids", "a；b、c, d", ("a", "b", "c", "d")),
    ("ids", "无", ()),
    ("portions", "lunch-normal：1；lunch-soft:2", {"lunch-normal": 1, "lunch-soft": 2}),
    ("portions", "lunch", {"lunch": 1}),
    ("levels", "bathing", {"bathing": 1}),
    ("amounts", "none", {}),
    ("station-kind", "中央厨房", "central-kitchen"),
    ("station-kind", "Central Kitchen", "central-kitchen"),
]

REFUSES = [
    ("clock", "11"),
    ("clock", "11:60"),
    ("clock", "noon"),
    ("clock", 1.0),
    ("clock", True),
    ("clock", 1e12),
    ("clock", dt.timedelta(hours=-1)),
    ("clock", "2026-03-01 11:00"),
    ("clock", "2026-02-30 11:00"),
    ("date", "2.3.2026"),
    ("duration", "-1"),
    ("duration", "1.001"),
    ("duration", "soon"),
    ("yuan", "12.505"),
    ("yuan", "-1"),
    ("yuan", True),
    ("count", "1.5"),
    ("count", -1),
    ("count", "1e999"),
    ("count", "1e16"),
    ("percent", 0),
    ("degrees", "1e999"),
    ("degrees", "nan"),
    ("share", "many"),
    ("bool", "maybe"),
    ("portions", "lunch:"),
    ("portions", ":1"),
    ("amounts", "portions"),
    ("amounts", "portions:" + "9" * 16),
    ("date", 1e12),
    ("percents", "bathing:0"),
    ("windows", "11:00"),
    ("windows", "11:00-"),
    ("peaks", "07:00-09:00"),
    ("peaks", "07:00-09:00=0"),
    ("station-kind", "kiosk"),
]


@pytest.mark.parametrize(("kind", "cell", "value"), READS, ids=repr)
def test_cell_reads(kind, cell, value):
    read = KINDS[kind].read(cell, CONTEXT)
    assert read == value
    assert type(read) is type(value) or isinstance(read, str)


@pytest.mark.parametrize(("kind", "cell"), REFUSES, ids=repr)
def test_cell_is_refused_with_a_cure(kind, cell):
    with pytest.raises(CellError) as caught:
        KINDS[kind].read(cell, CONTEXT)
    assert str(caught.value).endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("11:00-12:00", ["11:00", "12:00", None, None]),
        ("11:00～12:00（11:15-11:45）", ["11:00", "12:00", "11:15", "11:45"]),
        ("11:00至12:00 (-11:45)", ["11:00", "12:00", None, "11:45"]),
        ("11:00 - 12:00 (11:15 -)", ["11:00", "12:00", "11:15", None]),
        ("2026-03-03 11:00-12:00", ["35:00", "36:00", None, None]),
        ("2026-03-03 23:00-2026-03-04 01:00 (-23:30)", ["47:00", "49:00", None, "47:30"]),
        ("100:00-101:00", ["100:00", "101:00", None, None]),
    ],
)
def test_window_reads(text, times):
    (window,) = KINDS["windows"].read(text, CONTEXT)
    found = (window.start_s, window.end_s, window.soft_start_s, window.soft_end_s)
    assert found == tuple(None if time is None else clock(time) for time in times)


def test_example_of_every_column_reads_and_writes_back():
    for table in TABLES:
        for column in table.columns:
            if column.example:
                value = column.kind.read(column.example, CONTEXT)
                cell = column.kind.write(value, CONTEXT)
                assert column.kind.read(cell, CONTEXT) == value, f"{table.name}.{column.header}"


def test_required_columns_have_examples():
    assert [c.header for table in TABLES for c in table.columns if c.required and not c.example] == []


def test_every_column_is_documented_in_both_languages():
    assert [c.header for table in TABLES for c in table.columns if not (c.doc and c.doc_zh and c.header_zh)] == []


def test_no_two_tables_or_columns_share_a_name():
    assert len(TABLE_BY_NAME) == sum(len({fold(name) for name in table.names}) for table in TABLES)
    for table in TABLES:
        headers = [{fold(header) for header in column.headers} for column in table.columns]
        assert len(table.column_by_header) == sum(map(len, headers)), table.name


def test_chinese_words_of_one_enum_differ():
    by_enum = {(type(word), chinese) for word, chinese in CHINESE_WORDS.items()}
    assert len(by_enum) == len(CHINESE_WORDS)


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "\n"], ids=repr)
def test_blank_cells(cell):
    assert is_blank(cell)


@pytest.mark.parametrize("cell", [0, False, "0", 0.0], ids=repr)
def test_cells_that_are_not_blank(cell):
    assert not is_blank(cell)
