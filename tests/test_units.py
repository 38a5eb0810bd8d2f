"""Quantities: clock times, the rounding rules, and what the wire accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from optimizer.problem import TimeWindow
from optimizer.units import ceil_div, format_clock, parse_clock, price, scale_percent

WINDOW = TypeAdapter(TimeWindow)


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("11:00", 39_600),
        ("9:05", 32_700),
        ("25:30", 91_800),
        ("08:00:01", 28_801),
        ("１１:00", 39_600),
        ("11：00", 39_600),
    ],
)
def test_clock_times_are_seconds_of_the_first_day(text, time_s):
    assert parse_clock(text) == time_s


@pytest.mark.parametrize("text", ["", "11", "11:60", "11:00:60", "-1:00", "11.00", "noon", "11:00pm"])
def test_other_texts_are_no_clock_times(text):
    with pytest.raises(ValueError, match="is not a clock time; write it like"):
        parse_clock(text)


@given(st.integers(0, 999 * 3600))
def test_clock_times_read_back(time_s):
    assert parse_clock(format_clock(time_s)) == time_s


@pytest.mark.parametrize(("numerator", "expected"), [(9, 3), (10, 4), (0, 0), (-1, 0), (-3, -1)])
def test_durations_are_rounded_up(numerator, expected):
    assert ceil_div(numerator, 3) == expected


def test_pace_is_rounded_up_to_whole_seconds():
    assert scale_percent(101, 50) == 51


@pytest.mark.parametrize(("quantity_s", "cents"), [(0, 0), (1799, 0), (1800, 1), (3600, 1), (5400, 2)])
def test_money_is_rounded_half_up(quantity_s, cents):
    assert price(quantity_s, 1, 3600) == cents


def test_windows_read_and_write_clock_times():
    window = WINDOW.validate_json('{"start": "11:00", "end": "12:30"}', strict=True)
    assert (window.start_s, window.end_s) == (39_600, 45_000)
    assert b'"start":"11:00"' in WINDOW.dump_json(window)


@pytest.mark.parametrize("start", ["39600", "11", '"eleven"', "true", "null", "11.5"])
def test_the_wire_takes_nothing_else_for_a_clock_time(start):
    with pytest.raises(ValidationError):
        WINDOW.validate_json(f'{{"start": {start}, "end": "12:30"}}', strict=True)
