"""Changing routes: a visit put in, on trial or for good, routes timed and priced anew, and the way back."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import (
    FAR_S,
    LOAD,
    NUM_DIRTY,
    NUM_RETIMED,
    NUM_TOUCHED,
    ROUTES,
    SETTLING,
    UNUSED_CHANGED,
    VERSION,
    VISIT,
)
from optimizer.search.bundle import compiled
from optimizer.search.pricing import INFEASIBLE, empty_price, plain_price, route_price
from optimizer.search.slack import look_back
from optimizer.search.slots import (
    count_trips,
    fill_ends,
    fill_slot,
    fits_trip,
    join_trip,
    link_up,
    move_slots,
    stock_slot,
    stock_slots,
)
from optimizer.search.timing import MISSED, leave_late, time_from

_MAX_SETTLED = 400
"""So often is a route timed again because of others, for one change: routes that wait for each other never end."""


@compiled
def _make_room(inst, st, visit, route, row, position, how):
    """Write the slots of `route` with `visit` put in to row `row` (which may be the route's own); the new length."""
    num_visits = inst.demand.shape[0]
    num_slots = np.int64(st.num_slots[route])
    added = 1 if how == 0 else 2
    move_slots(st, route, position + 1, num_slots, row, position + 1 + added)
    if row != route:
        move_slots(st, route, np.int64(0), position + 1, row, np.int64(0))
    if how > 0:
        fill_slot(inst, st, route, row, position + 1, num_visits + how - 1)
        fill_slot(inst, st, route, row, position + 2, visit)
    else:
        fill_slot(inst, st, route, row, position + 1, visit)
        if how < 0:
            fill_slot(inst, st, route, row, position + 2, num_visits - how - 1)
    return num_slots + added


@compiled
def _supply_new(inst, st, visit, route, row, num_slots, position, how):
    """Trips of a route that a visit was put into, the loads of a trip joined left as they are.

    Returns
    -------
    tuple
        Whether supply and capacities allow it, number of visits and trips, the trip joined or -1, and the slot from
        which on the route is timed.
    """
    visits, trips = st.num_visits[route] + 1, st.num_trips[route]
    first = np.int64(position + 1)
    if how == 0:
        if inst.nodes[visit].has_demand:
            trip, first = join_trip(inst, st, row, position + 1)
            return trip >= 0 and st.slots[row, position + 1].ready_s < FAR_S, visits, trips, trip, first
        if st.slots[row, position + 2].kind != LOAD:
            st.slots[row, position + 1].ready_rest_s = st.slots[row, position + 2].ready_rest_s
        return True, visits, trips, np.int64(-1), first
    load_at = position + 1
    if how < 0:
        load_at = position
        while st.slots[row, load_at].kind != LOAD:
            load_at -= 1
    station = inst.nodes[st.slots[row, load_at].token].station
    stock_slot(inst, st.slots[row, position + (2 if how > 0 else 1)], station)
    is_sound, visits, trips = count_trips(inst, st, route, row, num_slots)
    return is_sound, visits, trips, np.int64(-1), np.int64(1)


@compiled
def tried_price(inst, st, visit, route, position, how):
    """Price of the whole route with the visit put in, timed on scratch room, and its figures."""
    row = st.slots.shape[0] - 1
    num_slots = _make_room(inst, st, visit, route, row, position, how)
    is_sound, _, _, trip, first = _supply_new(inst, st, visit, route, row, num_slots, position, how)
    if not is_sound or (trip >= 0 and not fits_trip(inst, st, visit, route, trip)):
        return INFEASIBLE, 0, 0, 0
    added = num_slots - st.num_slots[route]
    link_up(inst, st, route, row, num_slots, position + 1, position + added)
    if time_from(inst, st, route, row, num_slots, first, position + added) == MISSED:
        return INFEASIBLE, 0, 0, 0
    return _timed_price(inst, st, route, row, num_slots)


@compiled
def _timed_price(inst, st, route, row, num_slots):
    """Price of a timed route that serves a visit, and its figures."""
    if inst.is_plain and not inst.shifts[route].is_timed:
        return plain_price(inst, st, route, row, num_slots), 0, 0, 0
    if not inst.is_early:
        leave_late(inst, st, route, row, num_slots)
    return route_price(inst, st, route, row, num_slots)


@compiled
def price_of(inst, st, route, row, num_slots):
    """Price of the bare tokens of a row as the route of a shift; :data:`INFEASIBLE` where it breaks a rule."""
    for position in range(1, num_slots - 1):
        fill_slot(inst, st, route, row, position, np.int64(st.slots[row, position].token))
    fill_ends(inst, st, route, row, num_slots)
    stock_slots(inst, st, row, num_slots)
    is_sound, visits, _ = count_trips(inst, st, route, row, num_slots)
    if visits == 0:
        return empty_price(inst, route)[0]
    first = np.int64(1)
    link_up(inst, st, route, row, num_slots, first, num_slots - 1)
    if not is_sound or time_from(inst, st, route, row, num_slots, first, num_slots - 1) == MISSED:
        return INFEASIBLE
    return _timed_price(inst, st, route, row, num_slots)[0]


@compiled
def put_in(inst, st, visit, route, position, how):
    """Put the visit into the route; false, routes in disorder, where that breaks a rule after all."""
    save_route(st, route)
    num_slots = _make_room(inst, st, visit, route, route, position, how)
    is_sound, visits, trips, trip, first = _supply_new(inst, st, visit, route, route, num_slots, position, how)
    if not is_sound:
        return False
    if trip >= 0:
        for k in range(inst.demand.shape[1]):
            st.trip_load[route, trip, k] += inst.demand[visit, k]
    last = position + num_slots - st.num_slots[route]
    return _refresh(inst, st, route, num_slots, visits, trips, first, position + 1, last)


@compiled
def take_over(inst, st, route, num_slots):
    """Make a route of the bare tokens in its row; false where that breaks a rule."""
    for position in range(1, num_slots - 1):
        fill_slot(inst, st, route, route, position, np.int64(st.slots[route, position].token))
    fill_ends(inst, st, route, route, num_slots)
    stock_slots(inst, st, route, num_slots)
    is_sound, visits, trips = count_trips(inst, st, route, route, num_slots)
    if not is_sound:
        return False
    return _refresh(inst, st, route, num_slots, visits, trips, np.int64(1), np.int64(1), num_slots - 1)


@compiled
def close_up(inst, st, route, num_slots, first, last):
    """Go on with the slots that are left of a route, some before the slots `first` to `last` being gone."""
    is_sound, visits, trips = count_trips(inst, st, route, route, num_slots)
    timed_from = np.int64(1) if trips or st.num_trips[route] else first
    return is_sound and _refresh(inst, st, route, num_slots, visits, trips, timed_from, first, last)


@compiled
def _refresh(inst, st, route, num_slots, visits, trips, first, first_new, last_new):
    """Time and price a route whose slots ``first_new .. last_new`` are new, and all routes that depend on it.

    Its times before slot `first` stay as they are. False where a rule is broken; routes are in disorder then.
    """
    st.num_slots[route] = num_slots
    if (visits == 0) != (st.num_visits[route] == 0):
        st.counters[UNUSED_CHANGED] = 1
    st.num_visits[route] = visits
    st.num_trips[route] = trips
    for position in range(first_new, num_slots - 1):
        slot = st.slots[route, position]
        if slot.kind == VISIT:
            st.route_of[slot.token] = route
            st.position_of[slot.token] = position
    link_up(inst, st, route, route, num_slots, first_new, last_new)
    st.counters[SETTLING] += 1
    last = time_from(inst, st, route, route, num_slots, first, last_new)
    if last == MISSED and (visits > 0 or num_slots > 2):
        _forget_marks(st)
        return False
    last = num_slots - 1 if last == MISSED else max(last, last_new)
    if st.counters[NUM_DIRTY] == 0:
        return _conclude(inst, st, route, first, last)
    return _settle_others(inst, st, route, first, last)


@compiled
def _settle_others(inst, st, route, first, last):
    """Time all routes again that depend on a route just timed, then price them all."""
    _note_retimed(st, route, first, last)
    is_sound = True
    num_settled = 0
    while st.counters[NUM_DIRTY] > 0 and is_sound:
        other, position = _next_dirty(st)
        num_settled += 1
        save_route(st, other)
        last = time_from(inst, st, other, other, np.int64(st.num_slots[other]), position, position)
        is_sound = last != MISSED and num_settled < _MAX_SETTLED
        _note_retimed(st, other, position, last)
    if not is_sound:
        _forget_marks(st)
    for number in range(st.counters[NUM_RETIMED]):
        other = np.int64(st.retimed[number])
        if is_sound:
            is_sound = _conclude(inst, st, other, np.int64(st.retimed_from[other]), np.int64(st.retimed_to[other]))
        st.retimed_from[other] = -1
    st.counters[NUM_RETIMED] = 0
    return is_sound


@compiled
def _next_dirty(st):
    """The marked route that is to be timed again from the earliest moment on, and from which slot on."""
    best = 0
    best_s = st.slots[st.dirty[0], st.dirty_from[st.dirty[0]]].start_s
    for number in range(1, st.counters[NUM_DIRTY]):
        route = st.dirty[number]
        start_s = st.slots[route, st.dirty_from[route]].start_s
        if start_s < best_s:
            best, best_s = number, start_s
    route = np.int64(st.dirty[best])
    position = np.int64(st.dirty_from[route])
    st.counters[NUM_DIRTY] -= 1
    st.dirty[best] = st.dirty[st.counters[NUM_DIRTY]]
    st.dirty_from[route] = -1
    return route, position


@compiled
def _forget_marks(st):
    for number in range(st.counters[NUM_DIRTY]):
        st.dirty_from[st.dirty[number]] = -1
    st.counters[NUM_DIRTY] = 0


@compiled
def _note_retimed(st, route, first, last):
    """Remember which part of a route has new times."""
    if st.retimed_from[route] < 0:
        st.retimed[st.counters[NUM_RETIMED]] = route
        st.counters[NUM_RETIMED] += 1
        st.retimed_from[route] = first
        st.retimed_to[route] = last
    else:
        st.retimed_from[route] = min(st.retimed_from[route], first)
        st.retimed_to[route] = max(st.retimed_to[route], last)


@compiled
def _conclude(inst, st, route, first, last):
    """Slacks, price and version of a route with new times in its slots ``first .. last``; false past a limit."""
    num_slots = np.int64(st.num_slots[route])
    look_back(inst, st, route, num_slots, first, last)
    shift = inst.shifts[route]
    load_s, idle_s, highest_s = 0, 0, 0
    if st.num_visits[route] == 0:
        cents, idle_s = empty_price(inst, route)
    elif inst.is_plain and shift.is_timed:
        duration_s = st.slots[route, 0].after_d
        cents = plain_price(inst, st, route, route, num_slots)
        if duration_s > shift.max_work_s or cents == INFEASIBLE:
            return False
        cents += duration_s * shift.cents_per_s
    else:
        cents, load_s, idle_s, highest_s = _timed_price(inst, st, route, route, num_slots)
        if cents == INFEASIBLE:
            return False
    st.totals[ROUTES] += cents - st.cents[route]
    st.cents[route] = cents
    st.figures[route, 0] = load_s
    st.figures[route, 1] = idle_s
    st.figures[route, 2] = highest_s
    st.counters[VERSION] += 1
    st.version[route] = st.counters[VERSION]
    return True


@compiled
def save_route(st, route):
    """Remember a route before its first change in a step."""
    if st.is_saved[route]:
        return
    st.is_saved[route] = 1
    st.touched[st.counters[NUM_TOUCHED]] = route
    st.counters[NUM_TOUCHED] += 1
    num_slots = st.num_slots[route]
    st.saved_slots[route, 0] = num_slots
    st.saved_slots[route, 1] = st.num_visits[route]
    st.saved_slots[route, 2] = st.num_trips[route]
    st.saved_slots[route, 3] = st.version[route]
    st.saved_cents[route, 0] = st.cents[route]
    for column in range(3):
        st.saved_cents[route, column + 1] = st.figures[route, column]
    for position in range(num_slots):
        for word in range(st.raw.shape[2]):
            st.saved_raw[route, position, word] = st.raw[route, position, word]
    for trip in range(st.num_trips[route]):
        for k in range(st.trip_load.shape[2]):
            st.saved_load[route, trip, k] = st.trip_load[route, trip, k]


@compiled
def undo_route(st, route):
    """Bring a saved route back, without a word about its visits."""
    num_slots = st.saved_slots[route, 0]
    st.num_slots[route] = num_slots
    if (st.saved_slots[route, 1] == 0) != (st.num_visits[route] == 0):
        st.counters[UNUSED_CHANGED] = 1
    st.num_visits[route] = st.saved_slots[route, 1]
    st.num_trips[route] = st.saved_slots[route, 2]
    st.version[route] = st.saved_slots[route, 3]
    st.totals[ROUTES] += st.saved_cents[route, 0] - st.cents[route]
    st.cents[route] = st.saved_cents[route, 0]
    for column in range(3):
        st.figures[route, column] = st.saved_cents[route, column + 1]
    for position in range(num_slots):
        for word in range(st.raw.shape[2]):
            st.raw[route, position, word] = st.saved_raw[route, position, word]
    for trip in range(st.num_trips[route]):
        for k in range(st.trip_load.shape[2]):
            st.trip_load[route, trip, k] = st.saved_load[route, trip, k]
