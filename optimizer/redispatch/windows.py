"""Spans of time, bounds of starts, and time windows cut down to what the rest of a day leaves of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from optimizer.problem import TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``from_s`` up to but excluding ``until_s`` (``None``: for the rest of the horizon)."""

    from_s: int
    until_s: int | None = None

    def holds(self, time_s: int) -> bool:
        """Whether `time_s` lies in it."""
        return self.from_s <= time_s and (self.until_s is None or time_s < self.until_s)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Earliest and latest start that something outside the visit leaves it (``None``: no limit), both ends closed."""

    earliest_s: int | None = None
    latest_s: int | None = None

    def within(self, other: Bounds) -> Bounds:
        """What both allow."""
        earliest = [value for value in (self.earliest_s, other.earliest_s) if value is not None]
        latest = [value for value in (self.latest_s, other.latest_s) if value is not None]
        return Bounds(max(earliest, default=None), min(latest, default=None))


def clipped(windows: Iterable[TimeWindow], bounds: Bounds) -> tuple[TimeWindow, ...]:
    """The parts of `windows` inside `bounds`, with their soft parts moved inside."""
    return tuple(_with_soft_inside(window) for window in cut(windows, bounds))


def cut(windows: Iterable[TimeWindow], bounds: Bounds) -> tuple[TimeWindow, ...]:
    """The parts of `windows` inside `bounds`; soft parts stay as they were, and may lie outside."""
    parts = []
    for window in windows:
        start_s = window.start_s if bounds.earliest_s is None else max(window.start_s, bounds.earliest_s)
        end_s = window.end_s if bounds.latest_s is None else min(window.end_s, bounds.latest_s)
        if start_s <= end_s:
            is_whole = (start_s, end_s) == (window.start_s, window.end_s)
            parts.append(window if is_whole else replace(window, start_s=start_s, end_s=end_s))
    return tuple(parts)


def without(windows: Iterable[TimeWindow], spans: Iterable[Span], duration_s: int) -> tuple[TimeWindow, ...]:
    """The parts of `windows` in which a service of `duration_s` can start that touches none of `spans`."""
    kept = tuple(windows)
    for span in spans:
        before = clipped(kept, Bounds(latest_s=span.from_s - duration_s))
        behind = () if span.until_s is None else clipped(kept, Bounds(earliest_s=span.until_s))
        kept = (*before, *behind)
    return kept


def _with_soft_inside(window: TimeWindow) -> TimeWindow:
    def inside(time_s: int | None) -> int | None:
        return None if time_s is None else min(max(time_s, window.start_s), window.end_s)

    soft = inside(window.soft_start_s), inside(window.soft_end_s)
    if soft == (window.soft_start_s, window.soft_end_s):
        return window
    return replace(window, soft_start_s=soft[0], soft_end_s=soft[1])
