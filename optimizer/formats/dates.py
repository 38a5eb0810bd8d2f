"""Local date-times in files: ``2026-03-02T11:00`` to and from seconds after 00:00 of the horizon's first day."""

from __future__ import annotations

import datetime as dt
import re

from optimizer.units import SECONDS_PER_DAY, format_clock, parse_clock

DATE_TIME = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:T|\s+)(\d{1,2}:\d{2}(?::\d{2})?)$")
"""A local date-time: date, ``T`` or blanks, clock time; no offset, because the horizon has one time zone."""


def parse_date_time(text: str, first_date: dt.date) -> int:
    """Seconds after 00:00 of `first_date` for a local date-time such as ``2026-03-02T11:00``.

    Raises
    ------
    ValueError
        If `text` is not a local date-time, or lies before `first_date`.
    """
    match = DATE_TIME.match(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not a local date-time; write it like "{first_date}T11:00".')
    year, month, day, clock = match.groups()
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"{text!r} names a day that no calendar has.") from None
    return seconds_to(date, first_date) + parse_clock(clock)


def seconds_to(date: dt.date, first_date: dt.date) -> int:
    """Seconds from 00:00 of `first_date` to 00:00 of `date`.

    Raises
    ------
    ValueError
        If `date` lies before `first_date`.
    """
    num_days = (date - first_date).days
    if num_days < 0:
        raise ValueError(f"{date} lies before the horizon, whose first day is {first_date}.")
    return num_days * SECONDS_PER_DAY


def format_date_time(time_s: int, first_date: dt.date) -> str:
    """`time_s` as a local date-time, e.g. ``2026-03-03T11:00``."""
    days, clock_s = divmod(time_s, SECONDS_PER_DAY)
    return f"{first_date + dt.timedelta(days=days)}T{format_clock(clock_s)}"
