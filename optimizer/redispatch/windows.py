"""Cutting time windows down to what the rest of a day leaves of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from optimizer.problem import TimeWindow
from optimizer.redispatch.day import Span


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
    kept = []
    for window in windows:
        start_s = window.start_s if bounds.earliest_s is None else max(window.start_s, bounds.earliest_s)
        end_s = window.end_s if bounds.latest_s is None else min(window.end_s, bounds.latest_s)
        if start_s <= end_s:
            is_whole = (start_s, end_s) == (window.start_s, window.end_s)
            kept.append(window if is_whole else _part(window, start_s, end_s))
    return tuple(kept)


def without(windows: Iterable[TimeWindow], spans: Iterable[Span], duration_s: int) -> tuple[TimeWindow, ...]:
    """The parts of `windows` in which a service of `duration_s` can start that touches none of `spans`."""
    kept = tuple(windows)
    for span in spans:
        before = clipped(kept, Bounds(latest_s=span.from_s - duration_s))
        behind = () if span.until_s is None else clipped(kept, Bounds(earliest_s=span.until_s))
        kept = (*before, *behind)
    return kept


def _part(window: TimeWindow, start_s: int, end_s: int) -> TimeWindow:
    def inside(time_s: int | None) -> int | None:
        return None if time_s is None else min(max(time_s, start_s), end_s)

    return replace(
        window,
        start_s=start_s,
        end_s=end_s,
        soft_start_s=inside(window.soft_start_s),
        soft_end_s=inside(window.soft_end_s),
    )
