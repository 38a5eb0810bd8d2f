"""What a timed route costs: the judge's terms, compiled, for one route without looking at others."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import BREAK, END, LOAD, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.ties import delay_cents
from optimizer.search.ways import travel_s, window_of

INFEASIBLE = -1.0
"""Price of a route that breaks a rule (prices are never negative)."""


@compiled
def empty_price(inst, route):
    """Price and idle seconds of a shift that is not used."""
    shift = inst.shifts[route]
    idle_s = min(shift.end_s, shift.soft_end_s) - shift.start_s
    return idle_s * shift.idle_cents_per_s, idle_s


@compiled
def plain_price(inst, st, route, row, num_slots):
    """Price of a route of a plain instance but for what its duration costs."""
    cents = inst.shifts[route].fixed_cents
    for position in range(1, num_slots):
        cents += st.slots[row, position].leg_cents + st.slots[row, position].stop_cents
    return cents if cents < np.inf else INFEASIBLE


@compiled
def _moment_price(inst, slot, node):
    """Price of the moment a visit starts: late, early, or off its promise; and its lateness in seconds."""
    cents = 0.0
    late_s = 0
    first = window_of(inst, node, slot.final_s)
    if first >= 0:
        late_s = max(0, slot.final_s - inst.windows[first, 3])
        cents += late_s * node.late_cents_per_s
        cents += max(0, inst.windows[first, 2] - slot.final_s) * inst.early_cents_per_s
    if node.promise_s >= 0:
        cents += max(0, abs(slot.final_s - node.promise_s) - node.tolerance_s) * inst.promise_cents_per_s
    return cents, late_s


@compiled
def route_price(inst, st, route, row, num_slots):
    """Price of a timed route that serves a visit.

    On scratch room it contains, roughly, what the route's starts cost visits tied to its own.

    Returns
    -------
    tuple
        Price (:data:`INFEASIBLE` past a limit), load in seconds, idle seconds, highest lateness in seconds.
    """
    shift = inst.shifts[route]
    slots = st.slots
    cents = shift.fixed_cents
    load_s = 0
    waits_s = 0
    rests_s = 0
    highest_s = 0
    loaded_s = 0
    metres = 0
    for rest in range(shift.break_from, shift.break_to):
        cents += inst.missed_cents[rest]
    for position in range(1, num_slots):
        before = slots[row, position - 1]
        slot = slots[row, position]
        left_s = before.final_s + before.service_s
        way_s = np.int64(slot.way_s)
        if shift.has_peaks:
            way_s = travel_s(inst, shift.mode, before.end_place, slot.place, left_s)
        metres += slot.way_m
        cents += slot.way_m * shift.cents_per_m + way_s * shift.travel_cents_per_s
        load_s += way_s
        waits_s += slot.final_s - left_s - way_s
        if slot.kind == END:
            continue
        if slot.kind == VISIT:
            node = inst.nodes[slot.token]
            load_s += slot.service_s
            cents += slot.stop_cents
            if node.has_demand:
                age_s = slot.final_s - loaded_s
                if age_s > node.max_on_board_s:
                    return INFEASIBLE, 0, 0, 0
                cents += max(0, age_s - node.soft_on_board_s) * inst.food_cents_per_s
            if node.is_soft:
                moment_cents, late_s = _moment_price(inst, slot, node)
                cents += moment_cents
                highest_s = max(highest_s, late_s)
            if slot.group >= 0 and row != route:
                cents += delay_cents(inst, st, route, slot.token, slot.start_s, slot.service_s)
        elif slot.kind == LOAD:
            loaded_s = slot.final_s + slot.service_s
            load_s += slot.service_s
        elif slot.kind == BREAK:
            rests_s += slot.service_s
            cents -= inst.missed_cents[slot.token]
    departure_s = slots[row, 0].final_s
    return_s = slots[row, num_slots - 1].final_s
    if return_s - departure_s - rests_s > shift.max_work_s or metres > shift.max_distance_m or cents == np.inf:
        return INFEASIBLE, 0, 0, 0
    soft_end_s = min(shift.end_s, shift.soft_end_s)
    idle_s = max(0, departure_s - shift.start_s) + waits_s + max(0, soft_end_s - return_s)
    cents += (return_s - departure_s) * shift.cents_per_s
    cents += max(0, return_s - shift.soft_end_s) * shift.overtime_cents_per_s
    cents += waits_s * shift.waiting_cents_per_s + idle_s * shift.idle_cents_per_s
    return cents, load_s, idle_s, highest_s
