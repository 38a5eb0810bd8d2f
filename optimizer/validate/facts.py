"""Numbers, times and places, each by its own law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import combinations, pairwise
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

from optimizer.errors import Issue
from optimizer.problem import Break, Horizon, Location, Problem, Shift, TimeWindow, TravelMode, Visit, Worker
from optimizer.reading import hands_over, window_at
from optimizer.units import SECONDS_PER_DAY, Quantity, format_clock
from optimizer.validate.codes import issue


def quantity_issues(problem: Problem) -> Iterator[Issue]:
    """Whole-number quantities below the minimum of their unit, anywhere in the problem."""
    yield from _small_quantities(problem, "")


def number_issues(problem: Problem) -> Iterator[Issue]:
    """Coordinates, shares, speeds and peaks."""
    for path, place in _places(problem):
        if not (-180 <= place.lon <= 180 and -90 <= place.lat <= 90):
            message = f"lon {place.lon}, lat {place.lat} is no place: lon is in -180..180 and lat in -90..90."
            yield issue("coordinates-invalid", path, message, "Give WGS 84 degrees, not swapped.")
    for path, share in _shares(problem):
        if not 0 <= share <= 1:
            yield issue("share-invalid", path, f"{share} is no share: it lies in 0..1.", "Write 95 % as 0.95.")
    for i, mode in enumerate(problem.modes):
        if not 0 < mode.speed_kmh < float("inf"):
            message = f"{mode.mode!r} moves at {mode.speed_kmh} km/h; a speed is a number above 0."
            yield issue("speed-invalid", f"modes[{i}].speed_kmh", message, "Give the speed door to door in km/h.")
        yield from _peak_issues(mode, f"modes[{i}].peaks")


def horizon_issues(horizon: Horizon) -> Iterator[Issue]:
    """The horizon has days and a time zone."""
    if horizon.num_days < 1:
        message = f"the horizon has {horizon.num_days} days; it needs at least one."
        yield issue("horizon-empty", "horizon.num_days", message, "Plan for one day or more.")
    if not _is_time_zone(horizon.time_zone):
        message = f"{horizon.time_zone!r} is not an IANA time zone."
        yield issue("unknown-time-zone", "horizon.time_zone", message, 'Write it like "Asia/Shanghai".')


def visit_issues(problem: Problem) -> Iterator[Issue]:
    """Each visit by itself, and the opening hours of stations."""
    for i, station in enumerate(problem.stations):
        for j, window in enumerate(station.opening):
            yield from _window_issues(window, f"stations[{i}].opening[{j}]")
    for i, visit in enumerate(problem.visits):
        path = f"visits[{i}]"
        for j, window in enumerate(visit.windows):
            yield from _window_issues(window, f"{path}.windows[{j}]")
            yield from _horizon_issue(problem, "window", window, f"{path}.windows[{j}]")
        yield from _what_and_where(problem, visit, path)
        yield from _supply_issues(visit, path)
        yield from _pin_issues(problem, visit, path)


def worker_issues(problem: Problem) -> Iterator[Issue]:
    """Each worker's shifts and breaks."""
    for i, worker in enumerate(problem.workers):
        for j, shift in enumerate(worker.shifts):
            path = f"workers[{i}].shifts[{j}]"
            yield from _shift_issues(shift, path)
            yield from _horizon_issue(problem, "shift", shift, path)
            for k, rest in enumerate(shift.breaks):
                yield from _break_issues(shift, rest, f"{path}.breaks[{k}]")
            yield from _clashing_breaks(shift, path)
        yield from _overlapping_shifts(worker, f"workers[{i}].shifts")


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder of zones
        return False
    return True


def _small_quantities(value: Any, path: str) -> Iterator[Issue]:
    """Walk dataclasses and tuples; the annotation of a field says the least value its numbers may have."""
    if isinstance(value, tuple):
        for position, part in enumerate(value):
            yield from _small_quantities(part, f"{path}[{position}]")
    elif is_dataclass(value):
        fact: type = type(value)
        minimum_by_field = _minimum_by_field(fact)
        for field in fields(value):
            part, part_path = getattr(value, field.name), f"{path}.{field.name}" if path else field.name
            if field.name in minimum_by_field:
                yield from _below(minimum_by_field[field.name], part, part_path)
            else:
                yield from _small_quantities(part, part_path)


@cache
def _minimum_by_field(fact: type) -> dict[str, int]:
    hints = get_type_hints(fact, include_extras=True)
    found = {name: _minimum_in(hint) for name, hint in hints.items()}
    return {name: minimum for name, minimum in found.items() if minimum is not None}


def _minimum_in(hint: Any) -> int | None:
    """The minimum of the first quantity inside a type hint such as ``Mapping[str, Count]`` or ``Seconds | None``."""
    if isinstance(hint, Quantity):
        return hint.minimum
    parts = (*get_args(hint), *getattr(hint, "__metadata__", ()))
    return next((minimum for part in parts if (minimum := _minimum_in(part)) is not None), None)


def _below(minimum: int, value: Any, path: str) -> Iterator[Issue]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _below(minimum, part, f"{path}.{key}")
    elif value is not None and value < minimum:
        yield issue("quantity-too-small", path, f"{value} is too small; {minimum} is the least.", "Correct the number.")


def _places(problem: Problem) -> Iterator[tuple[str, Location]]:
    """Every place with its path."""
    for i, station in enumerate(problem.stations):
        yield f"stations[{i}].place", station.place
    for i, elder in enumerate(problem.elders):
        yield f"elders[{i}].place", elder.place
    for i, visit in enumerate(problem.visits):
        yield from _given(f"visits[{i}]", place=visit.place, end_place=visit.end_place)
    for i, worker in enumerate(problem.workers):
        for j, shift in enumerate(worker.shifts):
            path = f"workers[{i}].shifts[{j}]"
            yield from _given(path, start_place=shift.start_place, end_place=shift.end_place)
            for k, rest in enumerate(shift.breaks):
                yield from _given(f"{path}.breaks[{k}]", place=rest.place)


def _given(path: str, **places: Location | None) -> Iterator[tuple[str, Location]]:
    for name, place in places.items():
        if place is not None:
            yield f"{path}.{name}", place


def _shares(problem: Problem) -> Iterator[tuple[str, float]]:
    for i, visit in enumerate(problem.visits):
        yield f"visits[{i}].min_reliability_share", visit.min_reliability_share
    for i, worker in enumerate(problem.workers):
        yield f"workers[{i}].reliability_share", worker.reliability_share


def _peak_issues(mode: TravelMode, path: str) -> Iterator[Issue]:
    for j, part in enumerate(mode.peaks):
        if not 0 <= part.start_s < part.end_s <= SECONDS_PER_DAY:
            message = f"{_span(part.start_s, part.end_s)} is no part of a day."
            yield issue("peak-invalid", f"{path}[{j}]", message, "Start before the end, both within 00:00-24:00.")
    ordered = sorted(enumerate(mode.peaks), key=lambda item: item[1].start_s)
    for (_, before), (j, after) in pairwise(ordered):
        if after.start_s < before.end_s:
            message = f"{_span(after.start_s, after.end_s)} overlaps {_span(before.start_s, before.end_s)}."
            yield issue("peak-invalid", f"{path}[{j}]", message, "Give each part of the day one speed.")


def _window_issues(window: TimeWindow, path: str) -> Iterator[Issue]:
    span = _span(window.start_s, window.end_s)
    if window.end_s < window.start_s:
        yield issue("window-reversed", path, f"the window {span} ends before it starts.", "Swap the two times.")
        return
    soft_start_s = window.start_s if window.soft_start_s is None else window.soft_start_s
    soft_end_s = window.end_s if window.soft_end_s is None else window.soft_end_s
    if not window.start_s <= soft_start_s <= soft_end_s <= window.end_s:
        message = f"the soft part {_span(soft_start_s, soft_end_s)} does not lie inside the window {span}."
        yield issue("soft-outside-window", path, message, "Move the soft times inside, or widen the window.")


def _horizon_issue(problem: Problem, noun: str, span: TimeWindow | Shift, path: str) -> Iterator[Issue]:
    """Windows and shifts start on a day of the horizon; they may end in the night after it."""
    num_days = problem.horizon.num_days
    if num_days >= 1 and not 0 <= span.start_s < problem.horizon.duration_s:
        message = f"the {noun} starts at {format_clock(span.start_s)}, which is not on one of the {num_days} days."
        hint = "Correct the time, or plan for more days."
        yield issue(f"{noun}-outside-horizon", path, message, hint)


def _what_and_where(problem: Problem, visit: Visit, path: str) -> Iterator[Issue]:
    if not visit.windows:
        hint = "Say when it may start."
        yield issue("visit-without-window", f"{path}.windows", f"visit {visit.visit_id!r} has no time window.", hint)
    if visit.place is None and visit.elder_id is None:
        message = f"visit {visit.visit_id!r} has neither a place nor an elder."
        yield issue("visit-without-place", path, message, "Name the elder, or give a place.")
    if not 1 <= visit.num_workers <= max(1, len(problem.workers)):
        message = f"visit {visit.visit_id!r} needs {visit.num_workers} workers; there are {len(problem.workers)}."
        yield issue("num-workers-invalid", f"{path}.num_workers", message, "Ask for one worker or more, all at hand.")


def _supply_issues(visit: Visit, path: str) -> Iterator[Issue]:
    if hands_over(visit) and visit.num_workers > 1:
        message = f"visit {visit.visit_id!r} hands over portions and needs {visit.num_workers} workers."
        hint = "Make the hand-over a visit of its own, linked by same start."
        yield issue("shared-demand", f"{path}.num_workers", message, hint)
    if visit.delivers_to_station_id is None:
        return
    if not hands_over(visit):
        message = f"visit {visit.visit_id!r} is a supply run without portions."
        yield issue("supply-run-without-demand", f"{path}.demand", message, "Say what it carries.")
    if visit.station_ids == (visit.delivers_to_station_id,):
        message = f"visit {visit.visit_id!r} brings portions from {visit.delivers_to_station_id!r} to itself."
        yield issue("supply-run-to-itself", f"{path}.station_ids", message, "Name another supplier.")


def _pin_issues(problem: Problem, visit: Visit, path: str) -> Iterator[Issue]:
    elder = problem.elder_by_id.get(visit.elder_id or "")
    for j, worker_id in enumerate(visit.pinned_worker_ids):
        if elder is not None and worker_id in elder.forbidden_worker_ids:
            message = f"visit {visit.visit_id!r} is pinned to {worker_id!r}, whom elder {elder.elder_id!r} refuses."
            yield issue("pin-forbidden", f"{path}.pinned_worker_ids[{j}]", message, "Pin somebody else.")
    start_s = visit.pinned_start_s
    if start_s is not None and visit.windows and window_at(visit.windows, start_s) is None:
        message = f"the pinned start {format_clock(start_s)} lies in none of the visit's windows."
        yield issue("pin-outside-windows", f"{path}.pinned_start", message, "Widen a window, or move the pin.")


def _shift_issues(shift: Shift, path: str) -> Iterator[Issue]:
    span = _span(shift.start_s, shift.end_s)
    if shift.end_s < shift.start_s:
        yield issue("shift-reversed", path, f"the shift {span} ends before it starts.", "Swap the two times.")
    elif shift.soft_end_s is not None and not shift.start_s <= shift.soft_end_s <= shift.end_s:
        message = f"the soft end {format_clock(shift.soft_end_s)} does not lie inside the shift {span}."
        yield issue("soft-outside-shift", f"{path}.soft_end", message, "Move it inside, or extend the shift.")


def _break_issues(shift: Shift, rest: Break, path: str) -> Iterator[Issue]:
    span = _span(rest.start_s, rest.end_s)
    if rest.end_s < rest.start_s:
        yield issue("break-reversed", path, f"the break's starts {span} are reversed.", "Swap the two times.")
    elif max(rest.start_s, shift.start_s) > min(rest.end_s, shift.end_s - rest.duration_s):
        shift_span = _span(shift.start_s, shift.end_s)
        message = f"{rest.duration_s} s of break from {span} do not fit into the shift {shift_span}."
        yield issue("break-outside-shift", path, message, "Move or shorten the break, or extend the shift.")


def _clashing_breaks(shift: Shift, path: str) -> Iterator[Issue]:
    def fits_before(first: Break, second: Break) -> bool:
        return first.start_s + first.duration_s <= second.end_s

    for (j, one), (k, other) in combinations(enumerate(shift.breaks), 2):
        if one.mandatory and other.mandatory and not fits_before(one, other) and not fits_before(other, one):
            message = f"break {other.break_id!r} cannot be taken after or before break {shift.breaks[j].break_id!r}."
            yield issue("breaks-clash", f"{path}.breaks[{k}]", message, "Move one of the breaks.")


def _overlapping_shifts(worker: Worker, path: str) -> Iterator[Issue]:
    ordered = sorted(enumerate(worker.shifts), key=lambda item: item[1].start_s)
    for (_, before), (j, after) in pairwise(ordered):
        if after.start_s < before.end_s:
            message = f"shift {after.shift_id!r} of worker {worker.worker_id!r} overlaps shift {before.shift_id!r}."
            yield issue("shifts-overlap", f"{path}[{j}]", message, "Let one end before the other starts.")


def _span(start_s: int, end_s: int) -> str:
    return f"{format_clock(start_s)}-{format_clock(end_s)}"
