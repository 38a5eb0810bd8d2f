"""The cheapest place for a visit in a route, by constant-time tests.

A position is priced by the way it adds and, where time has a price, by joined segments; windows are tested by earliest
and latest starts. In a plain instance that is exact. Elsewhere (soft windows, times on board, breaks, peaks, several
windows) it is an estimate, and the most promising positions are simulated.
"""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import FAR_S
from optimizer.search.bundle import compiled
from optimizer.search.coupled import coupled_change, later_change
from optimizer.search.loadings import scan_with_trips
from optimizer.search.offers import NEVER, opening_cents, try_here
from optimizer.search.pricing import INFEASIBLE
from optimizer.search.routes import tried_price
from optimizer.search.slots import fits_trip
from optimizer.search.ties import may_join, room_of

NUM_SIMULATED = 3
"""Positions of a route that are simulated where estimates are not exact."""


@compiled
def find_place(inst, st, visit, route, limit):
    """Write the cheapest way of putting `visit` into `route` to ``st.found``, at least if it costs less than `limit`.

    Ways into a route in use that cost more, by what constant-time tests say, are not looked at any closer.
    """
    found = st.found[visit, route]
    found.version = st.version[route]
    found.cents = NEVER
    found.position = -1
    shift = inst.shifts[route]
    worth = inst.worth_cents[visit, shift.kind]
    num_slots = st.num_slots[route]
    if worth == NEVER or num_slots + 3 > st.slots.shape[1] or not _may_meet(inst, st, visit, shift.worker):
        return
    if inst.is_tied and not may_join(inst, st, visit, shift.worker):
        return
    if inst.nodes[visit].group >= 0:
        st.room_s[0], st.room_s[1] = room_of(inst, st, visit)
    if not _may_be_limited(inst, st, route, shift):
        limit = NEVER
    for number in range(st.tries_cents.shape[0]):
        st.tries_cents[number] = limit
        st.tries[number, 0] = -1
    if inst.is_plain and not shift.is_timed and st.num_trips[route] >= min(shift.max_trips, st.trip_load.shape[1]):
        _scan_plain(inst, st, visit, route, worth)
    elif inst.nodes[visit].has_demand:
        scan_with_trips(inst, st, visit, route, worth)
    else:
        _scan(inst, st, visit, route, worth)
    if inst.is_plain or inst.is_early:
        found.cents = st.tries_cents[0]
        found.position = st.tries[0, 0]
        found.how = st.tries[0, 1]
        found.late_s = st.tries_late_s[0]
        if inst.is_coupled and found.position >= 0:
            found.cents -= later_change(inst, st, route, st.tries_late_s[0])
        return
    best = NEVER
    for number in range(NUM_SIMULATED):
        if st.tries[number, 0] < 0:
            if best == NEVER:
                found.cents = limit
            break
        position, how = np.int64(st.tries[number, 0]), np.int64(st.tries[number, 1])
        cents, load_s, idle_s, late_s = tried_price(inst, st, visit, route, position, how)
        if cents == INFEASIBLE:
            continue
        cents -= st.cents[route]
        change = coupled_change(inst, st, route, load_s, idle_s, late_s) if inst.is_coupled else 0.0
        if cents + change < best:
            best = cents + change
            found.cents = cents
            found.position = position
            found.how = how
            found.load_s = load_s
            found.idle_s = idle_s
            found.late_s = late_s


@compiled
def _may_be_limited(inst, st, route, shift):
    """Whether constant-time tests hardly ever say too much: nothing pays for filling a gap, or breaks come along."""
    if inst.is_plain or st.num_visits[route] == 0:
        return False
    return inst.is_early or (not inst.is_coupled and shift.waiting_cents_per_s + shift.idle_cents_per_s == 0.0)


@compiled
def _may_meet(inst, st, visit, worker):
    """Whether the visit's elder may be served by `worker`, given who else comes."""
    elder = inst.nodes[visit].elder
    if elder < 0 or inst.known[elder, worker]:
        return True
    room = inst.met_limits[elder]
    for first in range(inst.elder_from[elder], inst.elder_from[elder + 1]):
        other = inst.elder_visits[first]
        if other == visit or st.route_of[other] < 0:
            continue
        met = inst.shifts[st.route_of[other]].worker
        if met == worker:
            return True
        if inst.known[elder, met]:
            continue
        is_first = True
        for second in range(inst.elder_from[elder], first):
            earlier = inst.elder_visits[second]
            if earlier != visit and st.route_of[earlier] >= 0 and inst.shifts[st.route_of[earlier]].worker == met:
                is_first = False
        room -= is_first
    return room > 0


@compiled
def _scan_plain(inst, st, visit, route, worth):
    """Find the best position in a route of a plain instance that has all its trips: the others at their fastest.

    The arrays are named first, so that the loop does not look them up.
    """
    slots, arcs, arcs_to = st.slots, inst.arcs, inst.arcs_to
    shift = inst.shifts[route]
    node = inst.nodes[visit]
    mode, place, end_place = shift.mode, node.place, node.end_place
    cents_per_m, cents_per_s = shift.cents_per_m, shift.travel_cents_per_s
    service_s = inst.service_s[shift.pace, visit]
    first_s, last_s = node.first_s, node.last_s
    num_visits = inst.demand.shape[0]
    end = st.num_slots[route] - 1
    best = NEVER
    best_position = -1
    trip = -1
    extra = 0.0
    fits = not node.has_demand
    fixed = worth + opening_cents(st, route, shift)
    for position in range(end):
        slot = slots[route, position]
        if slot.free_s > last_s:
            break
        if slot.token >= num_visits:
            trip += 1
            if node.has_demand:
                station = slot.token - num_visits
                ready_s = inst.ready_s[visit, station]
                fits = ready_s < FAR_S and fits_trip(inst, st, visit, route, trip)
                if fits and ready_s > slot.start_s:
                    scan_with_trips(inst, st, visit, route, worth)
                    return
                extra = inst.supply_cents[visit, station]
        after = slots[route, position + 1]
        if not fits or after.latest_s < first_s:
            continue
        way_s = arcs_to[mode, place, slot.end_place, 0]
        onward_s = arcs[mode, end_place, after.place, 0]
        cents = extra - after.leg_cents
        cents += (way_s + onward_s) * cents_per_s
        cents += (arcs_to[mode, place, slot.end_place, 1] + arcs[mode, end_place, after.place, 1]) * cents_per_m
        arrival_s = slot.free_s + way_s
        is_in_time = arrival_s <= last_s and max(arrival_s, first_s) + service_s + onward_s <= after.latest_s
        if cents < best and is_in_time:
            best = cents
            best_position = position
    if best_position >= 0:
        st.tries_cents[0] = best + fixed
        st.tries[0, 0] = best_position
        st.tries[0, 1] = 0
        st.tries_late_s[0] = 0


@compiled
def _scan(inst, st, visit, route, worth):
    """Offer every position of a visit without portions."""
    slots, arcs, arcs_to = st.slots, inst.arcs, inst.arcs_to
    shift = inst.shifts[route]
    node = inst.nodes[visit]
    mode, place, end_place = shift.mode, node.place, node.end_place
    cents_per_s, cents_per_m = shift.travel_cents_per_s, shift.cents_per_m
    service_s = inst.service_s[shift.pace, visit]
    fixed = worth + opening_cents(st, route, shift)
    last = st.tries_cents.shape[0] - 1
    end = st.num_slots[route] - 1
    middle = 0
    while middle < end and slots[route, middle].free_s < node.first_s:
        middle += 1
    for number in range(end):
        position = middle + number if middle + number < end else end - 1 - number
        slot = slots[route, position]
        after = slots[route, position + 1]
        free_s = np.int64(slot.free_s)
        if free_s > node.last_s or after.latest_s < node.first_s:
            continue
        if slot.end_place >= 0 and after.place >= 0 and not shift.is_timed:
            cents = fixed - after.leg_cents
            cents += (arcs_to[mode, place, slot.end_place, 0] + arcs[mode, end_place, after.place, 0]) * cents_per_s
            cents += (arcs_to[mode, place, slot.end_place, 1] + arcs[mode, end_place, after.place, 1]) * cents_per_m
            if cents >= st.tries_cents[last]:
                continue
        try_here(inst, st, route, shift, node, visit, service_s, position, free_s, fixed, False, np.int64(0))
