"""Ways and windows: how long a way takes at its time of day, and when a stop may start."""

from __future__ import annotations

from optimizer.search.arrays import FAR_S
from optimizer.search.bundle import compiled

_DAY_S = 86_400


@compiled
def travel_s(inst, mode, origin, destination, departure_s):
    """Seconds from place to place, leaving at `departure_s`; 0 where either is -1 ("here")."""
    if origin < 0 or destination < 0:
        return 0
    base_s = inst.arcs[mode, origin, destination, 0]
    if base_s >= FAR_S or inst.peak_from[mode] == inst.peak_from[mode + 1]:
        return base_s
    return _peak_travel_s(inst, mode, base_s, departure_s)


@compiled
def _peak_travel_s(inst, mode, base_s, departure_s):
    """Travel at each part of the day's own speed in turn (Ichoua, Gendreau & Potvin 2003)."""
    left = base_s * 100
    now_s = departure_s
    while left > 0:
        day_s = now_s // _DAY_S * _DAY_S
        percent = 100
        until_s = day_s + _DAY_S
        for row in range(inst.peak_from[mode], inst.peak_from[mode + 1]):
            start_s = day_s + inst.peaks[row, 0]
            end_s = day_s + inst.peaks[row, 1]
            if start_s <= now_s < end_s:
                percent = inst.peaks[row, 2]
                until_s = end_s
                break
            if start_s > now_s:
                until_s = min(until_s, start_s)
        if left <= percent * (until_s - now_s):
            return now_s - departure_s + (left + percent - 1) // percent
        left -= percent * (until_s - now_s)
        now_s = until_s
    return now_s - departure_s


@compiled
def latest_departure_s(inst, mode, origin, destination, arrival_s, departure_s):
    """The latest departure that arrives by `arrival_s`; `departure_s` is known to do so."""
    if origin < 0 or destination < 0:
        return arrival_s
    if inst.peak_from[mode] == inst.peak_from[mode + 1]:
        return arrival_s - inst.arcs[mode, origin, destination, 0]
    early_s = departure_s
    late_s = max(departure_s, arrival_s)
    while early_s < late_s:
        middle_s = (early_s + late_s + 1) // 2
        if middle_s + travel_s(inst, mode, origin, destination, middle_s) <= arrival_s:
            early_s = middle_s
        else:
            late_s = middle_s - 1
    return early_s


@compiled
def first_start_s(inst, node, time_s):
    """Earliest start at or after `time_s` inside a window of `node`; :data:`FAR_S` where there is none."""
    if node.window_to - node.window_from == 1:
        return max(time_s, node.first_s) if time_s <= node.last_s else FAR_S
    if node.window_to == node.window_from:
        return time_s
    for row in range(node.window_from, node.window_to):
        if time_s <= inst.windows[row, 1]:
            return max(time_s, inst.windows[row, 0])
    return FAR_S


@compiled
def last_start_s(inst, node, start_s):
    """Latest start in the window of `start_s` that is no later in the soft sense than `start_s` is."""
    for row in range(node.window_from, node.window_to):
        if inst.windows[row, 0] <= start_s <= inst.windows[row, 1]:
            return max(start_s, min(inst.windows[row, 1], inst.windows[row, 3]))
    return start_s if node.window_to > node.window_from else FAR_S


@compiled
def last_start_by(inst, node, bound_s):
    """Latest start inside a window of `node` that is not after `bound_s`."""
    if node.window_to == node.window_from:
        return bound_s
    last_s = -FAR_S
    for row in range(node.window_from, node.window_to):
        if inst.windows[row, 0] <= bound_s:
            last_s = max(last_s, min(inst.windows[row, 1], bound_s))
    return last_s


@compiled
def window_of(inst, node, start_s):
    """Row of the window that says how early or late a start is, -1 where it lies in none."""
    first = -1
    for row in range(node.window_from, node.window_to):
        is_in = inst.windows[row, 0] <= start_s <= inst.windows[row, 1]
        if is_in and (first < 0 or inst.windows[row, 4] < inst.windows[first, 4]):
            first = row
    return first


@compiled
def lateness_s(inst, node, start_s):
    """Seconds by which a start lies after the soft end of its window."""
    row = window_of(inst, node, start_s)
    return max(0, start_s - inst.windows[row, 3]) if row >= 0 else 0
