"""Cells that hold times: clock times, dates, windows, peaks and durations.

Excel stores 11:00 as a time, as 0.4583 of a day or as text; all three are read, and a date in the cell counts from the
horizon's first day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from optimizer.formats.cells import NOTHING, Cell, CellContext, CellError, Kind, bad_cell, decimal_of, parts_of, plain
from optimizer.formats.dates import DATE_TIME, format_date_time, parse_date_time, seconds_to
from optimizer.problem import SpeedSlice, TimeWindow
from optimizer.units import (
    LARGEST_SECONDS,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    format_clock,
    parse_clock,
)

EXCEL_EPOCH = dt.datetime(1899, 12, 30)
"""Day 0 of Excel's serial dates."""

_TIME = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:T|\s+))?\d{1,4}:\d{2}(?::\d{2})?"
_DAY = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:T|\s+)")
_TO = r"\s*[-–—~至到]\s*"
_WINDOW = re.compile(rf"^({_TIME}){_TO}({_TIME})(?:\s*\(\s*({_TIME})?{_TO}({_TIME})?\s*\))?$")
_PEAK = re.compile(rf"^({_TIME}){_TO}({_TIME})\s*=\s*(\d{{1,15}})\s*%?$")
_DURATION = re.compile(r"^([+-]?[\d.]+)\s*(s|sec|秒|min|m|分|分钟|h|小时)?$")
_DURATION_UNITS = {"s": 1, "sec": 1, "秒": 1, "h": SECONDS_PER_HOUR, "小时": SECONDS_PER_HOUR}


def _read_clock(cell: Cell, context: CellContext) -> int:
    if isinstance(cell, dt.datetime):
        return _since_first_date(cell.date(), context) + _clock_of(cell.time())
    if isinstance(cell, dt.time):
        return context.day_s + _clock_of(cell)
    if isinstance(cell, dt.timedelta) and cell >= dt.timedelta():
        return context.day_s + round(cell.total_seconds())
    serial = _serial(cell)
    if serial is not None and 0 <= serial < 1:
        return context.day_s + round(serial * SECONDS_PER_DAY)
    if serial is not None and _is_date(serial):
        return _read_clock(EXCEL_EPOCH + dt.timedelta(seconds=round(serial * SECONDS_PER_DAY)), context)
    return _clock_from_text(plain(cell), context)


def _serial(cell: Cell) -> float | None:
    """The number in which Excel stores a time (part of a day) or a date-time (days since 1899-12-30)."""
    if isinstance(cell, bool):
        return None
    try:
        return float(cell) if isinstance(cell, (int, float, str)) else None
    except ValueError:
        return None


def _is_date(serial: float) -> bool:
    """Whether Excel's number of days is a date that anybody plans for (1954 to 2173)."""
    return 20_000 < serial < 100_000


def _clock_of(time: dt.time) -> int:
    return time.hour * SECONDS_PER_HOUR + time.minute * SECONDS_PER_MINUTE + time.second


def _since_first_date(date: dt.date, context: CellContext) -> int:
    if context.first_date is None:
        raise CellError(
            f"{date} is a date, but no table says when the horizon begins.", "Add first_date to the settings."
        )
    try:
        return seconds_to(date, context.first_date)
    except ValueError as error:
        raise CellError(str(error), "Correct the date, or first_date in the settings.") from None


def _clock_from_text(text: str, context: CellContext) -> int:
    dated = DATE_TIME.match(text)
    try:
        if dated is None:
            return context.day_s + parse_clock(text)
        if context.first_date is None:
            _since_first_date(dt.date(int(dated[1]), int(dated[2]), int(dated[3])), context)
        return parse_date_time(text, context.first_date or dt.date.min)
    except CellError:
        raise
    except ValueError as error:
        law, _, _ = str(error).partition("; ")
        raise CellError(f"{law.rstrip('.')}.", f'Write it like "{_example_clock(context)}".') from None


def _example_clock(context: CellContext) -> str:
    return "11:00" if context.first_date is None else f"11:00 or {context.first_date} 11:00"


def _write_clock(value: int, context: CellContext) -> Cell:
    if context.dated and context.first_date is not None:
        return format_date_time(value, context.first_date).replace("T", " ")
    return format_clock(value)


def _read_date(cell: Cell, context: CellContext) -> dt.date:
    del context
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    serial = _serial(cell)
    if serial is not None and _is_date(serial):
        return (EXCEL_EPOCH + dt.timedelta(days=int(serial))).date()
    match = re.match(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$", plain(cell))
    try:
        return dt.date(*(int(part) for part in match.groups())) if match else dt.date.fromisoformat(plain(cell))
    except ValueError:
        raise bad_cell(cell, "a date", 'Write it like "2026-03-02".') from None


def _read_day(cell: Cell, context: CellContext) -> int:
    return _since_first_date(_read_date(cell, context), context)


def _write_day(value: int, context: CellContext) -> Cell:
    assert context.first_date is not None, "a day is written as a date"
    return format_date_time(value, context.first_date).partition("T")[0]


def _write_date(value: dt.date, context: CellContext) -> Cell:
    del context
    return value.isoformat()


def _read_windows(cell: Cell, context: CellContext) -> tuple[TimeWindow, ...]:
    return tuple(_window(part, context) for part in parts_of(cell))


def _window(text: str, context: CellContext) -> TimeWindow:
    match = _WINDOW.match(text)
    if match is None:
        raise bad_cell(text, "a time window", 'Write it like "11:00-12:00", several with ";" between them.')
    # An end without a date of its own is on the day of the start.
    day = _DAY.match(match[1])
    start_s, end_s, soft_start_s, soft_end_s = (
        None if time is None else _clock_from_text(f"{day[0]}{time}" if day and not _DAY.match(time) else time, context)
        for time in match.groups()
    )
    assert start_s is not None and end_s is not None
    return TimeWindow(start_s=start_s, end_s=end_s, soft_start_s=soft_start_s, soft_end_s=soft_end_s)


def _write_windows(value: tuple[TimeWindow, ...], context: CellContext) -> Cell:
    return "; ".join(_window_text(window, context) for window in value) or NOTHING


def _window_text(window: TimeWindow, context: CellContext) -> str:
    day_s = window.start_s // SECONDS_PER_DAY * SECONDS_PER_DAY

    def text(time_s: int | None) -> str:
        """The time, without its date where that is the start's."""
        if time_s is None:
            return ""
        is_same_day = context.dated and 0 <= time_s - day_s < SECONDS_PER_DAY
        return format_clock(time_s - day_s) if is_same_day else str(_write_clock(time_s, context))

    whole = f"{_write_clock(window.start_s, context)}-{text(window.end_s)}"
    if window.soft_start_s is None and window.soft_end_s is None:
        return whole
    return f"{whole} ({text(window.soft_start_s)}-{text(window.soft_end_s)})"


def _read_peaks(cell: Cell, context: CellContext) -> tuple[SpeedSlice, ...]:
    del context
    return tuple(_peak(part) for part in parts_of(cell))


def _peak(text: str) -> SpeedSlice:
    match = _PEAK.match(text)
    if match is None or int(match[3]) < 1:
        raise bad_cell(text, "a part of the day with its speed", 'Write it like "07:00-09:00=70" (percent).')
    try:
        return SpeedSlice(start_s=parse_clock(match[1]), end_s=parse_clock(match[2]), speed_percent=int(match[3]))
    except ValueError as error:
        raise CellError(str(error), 'Write it like "07:00-09:00=70".') from None


def _write_peaks(value: tuple[SpeedSlice, ...], context: CellContext) -> Cell:
    del context
    slices = (f"{format_clock(part.start_s)}-{format_clock(part.end_s)}={part.speed_percent}" for part in value)
    return "; ".join(slices) or NOTHING


def _duration(minimum_s: int | None) -> Callable[[Cell, CellContext], int]:
    law, hint = "a duration", 'Write minutes, like "20", or seconds, like "90s".'

    def read(cell: Cell, context: CellContext) -> int:
        del context
        seconds = _seconds(cell, law, hint)
        if minimum_s is not None and seconds < minimum_s:
            raise bad_cell(cell, law, hint)
        return seconds

    return read


def _seconds(cell: Cell, law: str, hint: str) -> int:
    if isinstance(cell, dt.time):
        return _clock_of(cell)
    if isinstance(cell, dt.timedelta):
        return round(cell.total_seconds())
    text = plain(cell).lower()
    if ":" in text:
        return _clock_from_text(text, CellContext())
    match = _DURATION.match(text)
    if match is None or isinstance(cell, bool):
        raise bad_cell(cell, law, hint)
    seconds = decimal_of(match[1], law, hint) * _DURATION_UNITS.get(match[2] or "", SECONDS_PER_MINUTE)
    if seconds != seconds.to_integral_value() or abs(seconds) > LARGEST_SECONDS:
        raise bad_cell(cell, f"a duration in whole seconds, at most {LARGEST_SECONDS:,}", hint)
    return int(seconds)


def _write_duration(value: int, context: CellContext) -> Cell:
    del context
    return value // SECONDS_PER_MINUTE if value % SECONDS_PER_MINUTE == 0 else f"{value}s"


CLOCK = Kind(
    law=('a clock time or "2026-03-02 11:00"', "时刻，或“2026-03-02 11:00”"), read=_read_clock, write=_write_clock
)
DATE = Kind(law=("a date", "日期"), read=_read_date, write=_write_date)
DAY = Kind(law=("a date", "日期"), read=_read_day, write=_write_day)
WINDOWS = Kind(
    law=(
        '"11:00-12:00", several with ";", the soft part in brackets',
        "形如“11:00-12:00”，多个用分号隔开，括号内为软窗口",
    ),
    read=_read_windows,
    write=_write_windows,
)
PEAKS = Kind(law=('"07:00-09:00=70" (percent)', "形如“07:00-09:00=70”（百分比）"), read=_read_peaks, write=_write_peaks)
DURATION = Kind(law=('minutes, or "90s"', "分钟，或“90秒”"), read=_duration(0), write=_write_duration)
BALANCE = Kind(law=('minutes, or "90s"; may be negative', "分钟，可为负"), read=_duration(None), write=_write_duration)
