"""When the stops of a route start: the judge's two passes, compiled and incremental.

:func:`time_from` is the first pass of :mod:`optimizer.timing` for one route, from a slot on and only as far as starts
change; :func:`leave_late` is its second one. A property test holds both to the judge.
"""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import END, FAR_S, LOAD, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.ties import are_days_apart, last_tied, tied_start_s
from optimizer.search.ways import first_start_s, last_start_s, latest_departure_s, travel_s

MISSED = -1
"""A pass that came upon a window, or the end of the shift, that cannot be kept."""


@compiled
def time_from(inst, st, route, row, num_slots, first, settled):
    """Earliest starts from slot `first` on; nothing behind slot `settled` is new but what comes before it.

    Returns
    -------
    int
        The last slot whose times changed, or :data:`MISSED`.
    """
    slots = st.slots
    shift = inst.shifts[route]
    counts_age = not inst.is_plain and st.trip_load.shape[2] > 0
    free_s = np.int64(slots[row, first - 1].free_s)
    elapsed_s = np.int64(slots[row, first - 1].elapsed_s + slots[row, first - 1].service_s)
    for position in range(first, num_slots):
        slot = slots[row, position]
        if shift.has_peaks:
            slot.way_s = travel_s(inst, shift.mode, slots[row, position - 1].end_place, slot.place, free_s)
            slot.leg_cents = slot.way_m * shift.cents_per_m + slot.way_s * shift.travel_cents_per_s
        start_s = free_s + slot.way_s
        reached_s = start_s
        elapsed_s += slot.way_s
        if slot.kind == LOAD:
            start_s = max(start_s, slot.ready_rest_s)
        if slot.group >= 0:
            slot.arrive_s = min(start_s, FAR_S)
            start_s = tied_start_s(inst, st, route, row, position, start_s)
            settled = max(settled, last_tied(inst, st, route, slot.group))
        elif slot.num_windows == 1:
            if start_s > slot.last_s:
                return MISSED
            start_s = max(start_s, slot.first_s)
        elif slot.num_windows > 1:
            start_s = first_start_s(inst, inst.nodes[slot.token], start_s)
        if start_s > shift.end_s:
            return MISSED
        if position > settled and start_s == slot.start_s and (not counts_age or elapsed_s == slot.elapsed_s):
            return position - 1
        slot.start_s = start_s
        slot.wait_s = start_s - reached_s
        slot.final_s = start_s
        slot.elapsed_s = elapsed_s
        free_s = start_s + slot.service_s
        slot.free_s = free_s
        elapsed_s += slot.service_s
        if slot.kind == VISIT and inst.is_tied and not are_days_apart(inst, st, slot.token, start_s):
            return MISSED
    return num_slots - 1


@compiled
def leave_late(inst, st, route, row, num_slots):
    """Final starts: departure and loadings as late as the rest allows, the return as early as it is."""
    shift = inst.shifts[route]
    slots = st.slots
    slots[row, num_slots - 1].final_s = slots[row, num_slots - 1].start_s
    for position in range(num_slots - 2, -1, -1):
        slot = slots[row, position]
        after = slots[row, position + 1]
        slot.final_s = slot.start_s
        last_s = FAR_S
        if slot.kind != END:
            node = inst.nodes[slot.token]
            if node.is_fixed:
                continue
            last_s = last_start_s(inst, node, slot.start_s)
        if shift.has_peaks:
            departure_s = latest_departure_s(inst, shift.mode, slot.end_place, after.place, after.final_s, slot.free_s)
        else:
            departure_s = after.final_s - after.way_s
        slot.final_s = max(slot.start_s, min(departure_s - slot.service_s, last_s))
    free_s = np.int64(slots[row, 0].final_s)
    for position in range(1, num_slots):
        slot = slots[row, position]
        way_s = np.int64(slot.way_s)
        if shift.has_peaks:
            way_s = travel_s(inst, shift.mode, slots[row, position - 1].end_place, slot.place, free_s)
        start_s = free_s + way_s
        if slot.kind != END:
            if slot.kind == LOAD:
                start_s = max(start_s, slot.final_s)
            if inst.nodes[slot.token].is_fixed:
                start_s = max(start_s, slot.final_s)
            elif slot.num_windows == 1:
                start_s = max(start_s, slot.first_s)
            else:
                start_s = first_start_s(inst, inst.nodes[slot.token], start_s)
        slot.final_s = start_s
        free_s = start_s + slot.service_s
