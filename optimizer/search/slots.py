"""The slots of a route: what a token brings with it, how slots move, and what each trip carries."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import BREAK, END, FAR_S, LOAD, VISIT
from optimizer.search.bundle import compiled


@compiled
def fill_slot(inst, st, route, row, position, token):
    """Put a token into a slot, with everything that depends on nothing but the token and the shift."""
    slot = st.slots[row, position]
    node = inst.nodes[token]
    shift = inst.shifts[route]
    num_visits = inst.demand.shape[0]
    slot.token = token
    slot.place = node.place
    slot.end_place = node.end_place
    slot.is_floating = node.place < 0
    slot.service_s = inst.service_s[shift.pace, token]
    slot.num_windows = node.window_to - node.window_from
    slot.first_s = node.first_s
    slot.last_s = node.last_s
    slot.group = node.group
    slot.soft_s = FAR_S
    if slot.num_windows == 1:
        slot.soft_s = inst.windows[node.window_from, 3]
    slot.late_cents_per_s = node.late_cents_per_s
    slot.arrive_s = 0
    slot.start_s = -1
    slot.elapsed_s = -1
    slot.ready_s = 0
    slot.ready_rest_s = 0
    slot.stop_cents = 0.0
    if token < num_visits:
        slot.kind = VISIT
        slot.stop_cents = inst.worth_cents[token, shift.kind]
    else:
        slot.kind = LOAD if token < num_visits + inst.ready_s.shape[1] else BREAK


@compiled
def fill_ends(inst, st, route, row, num_slots):
    """Set up the first and the last slot of a route."""
    shift = inst.shifts[route]
    for position in (0, num_slots - 1):
        slot = st.slots[row, position]
        place = shift.start_place if position == 0 else shift.end_place
        slot.token = -1
        slot.kind = END
        slot.is_floating = 0
        slot.place = place
        slot.end_place = place
        slot.service_s = 0
        slot.num_windows = 0
        slot.group = -1
        slot.ready_s = 0
        slot.ready_rest_s = 0
        slot.stop_cents = 0.0
        slot.leg_cents = 0.0
        slot.late_cents_per_s = 0.0
        slot.wait_s = 0
        slot.soft_s = FAR_S
        slot.elapsed_s = 0
        slot.start_s = shift.start_s
        slot.free_s = shift.start_s
        slot.final_s = shift.start_s
    end = st.slots[row, num_slots - 1]
    end.start_s = -1
    end.soft_s = shift.soft_end_s
    end.late_cents_per_s = shift.overtime_cents_per_s


@compiled
def stock_slot(inst, slot, station):
    """What supply from a station says of a visit: when its goods are ready, and what they cost."""
    slot.ready_s = inst.ready_s[slot.token, station]
    slot.stop_cents += inst.supply_cents[slot.token, station]


@compiled
def move_slots(st, origin, first, end, row, target):
    """Copy slots ``first .. end - 1`` of a row to a row, from `target` on (in one row: to the right or to the left)."""
    raw = st.raw
    words = raw.shape[2]
    if target > first:
        for here in range(end - 1, first - 1, -1):
            for word in range(words):
                raw[row, here - first + target, word] = raw[origin, here, word]
    else:
        for here in range(first, end):
            for word in range(words):
                raw[row, here - first + target, word] = raw[origin, here, word]


@compiled
def count_trips(inst, st, route, row, num_slots):
    """What each trip carries and when its goods are ready, from the tokens.

    Returns
    -------
    tuple
        Whether supply and capacities allow it, number of visits, number of trips.
    """
    slots = st.slots
    num_capacities = inst.demand.shape[1]
    trip = -1
    visits = 0
    is_sound = True
    for position in range(1, num_slots - 1):
        slot = slots[row, position]
        if slot.kind == VISIT:
            visits += 1
            if not inst.nodes[slot.token].has_demand:
                continue
            if trip < 0 or slot.ready_s >= FAR_S:
                is_sound = False
                continue
            for k in range(num_capacities):
                st.trip_load[row, trip, k] += inst.demand[slot.token, k]
                is_sound &= st.trip_load[row, trip, k] <= inst.capacity[route, k]
        elif slot.kind == LOAD:
            trip += 1
            if trip >= st.trip_load.shape[1]:
                return False, max(1, visits), trip
            for k in range(num_capacities):
                st.trip_load[row, trip, k] = 0
    if trip >= 0:
        ready_s = 0
        for position in range(num_slots - 2, 0, -1):
            slot = slots[row, position]
            ready_s = max(ready_s, slot.ready_s)
            slot.ready_rest_s = ready_s
            if slot.kind == LOAD:
                ready_s = 0
    return is_sound and trip < inst.shifts[route].max_trips, visits, trip + 1


@compiled
def stock_slots(inst, st, row, num_slots):
    """Supply every visit of a route of bare tokens from the loading before it."""
    station = -1
    for position in range(1, num_slots - 1):
        slot = st.slots[row, position]
        if slot.kind == LOAD:
            station = inst.nodes[slot.token].station
        elif slot.kind == VISIT and station >= 0 and inst.nodes[slot.token].has_demand:
            stock_slot(inst, slot, station)


@compiled
def fits_trip(inst, st, visit, route, trip):
    """Whether the visit fits in with all of a trip."""
    demand, trip_load, capacity = inst.demand, st.trip_load, inst.capacity
    for k in range(demand.shape[1]):
        if trip_load[route, trip, k] + demand[visit, k] > capacity[route, k]:
            return False
    return True


@compiled
def join_trip(inst, st, row, position):
    """Let the visit in a slot join the trip that it stands in: its number (-1: none), and from where to time."""
    slots = st.slots
    here = position
    while here > 0 and slots[row, here].kind != LOAD:
        here -= 1
    if here == 0:
        return -1, position
    slot = slots[row, position]
    stock_slot(inst, slot, inst.nodes[slots[row, here].token].station)
    slot.ready_rest_s = slot.ready_s
    if slots[row, position + 1].kind != LOAD:
        slot.ready_rest_s = max(slot.ready_s, slots[row, position + 1].ready_rest_s)
    first = position
    for before in range(position - 1, here - 1, -1):
        if slots[row, before].ready_rest_s >= slot.ready_rest_s:
            break
        slots[row, before].ready_rest_s = slot.ready_rest_s
        first = before
    if first > here:
        first = position
    trip = -1
    for before in range(1, here + 1):
        trip += slots[row, before].kind == LOAD
    return trip, first


@compiled
def link_up(inst, st, route, row, num_slots, first, last):
    """Ways to the slots ``first .. last + 1``, and places of breaks that have none of their own."""
    slots = st.slots
    shift = inst.shifts[route]
    here = np.int64(slots[row, first - 1].end_place)
    if shift.start_place < 0:
        first, last = 1, num_slots - 1
        here = -1
        position = 1
        while here < 0 and position < num_slots - 1:
            here = slots[row, position].place if not slots[row, position].is_floating else -1
            position += 1
    left = np.int64(slots[row, first - 1].end_place)
    for position in range(first, num_slots):
        slot = slots[row, position]
        if slot.is_floating:
            slot.place = here
            slot.end_place = here
        if left >= 0 and slot.place >= 0:
            slot.way_s = inst.arcs[shift.mode, left, slot.place, 0]
            slot.way_m = inst.arcs[shift.mode, left, slot.place, 1]
        else:
            slot.way_s = 0
            slot.way_m = 0
        slot.leg_cents = slot.way_m * shift.cents_per_m + slot.way_s * shift.travel_cents_per_s
        if position > last and not slot.is_floating:
            break
        left = np.int64(slot.end_place)
        here = left if left >= 0 else here
