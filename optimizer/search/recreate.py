"""Recreate: visits put in one by one where each costs least, now and then overlooking a route ("blink")."""

from __future__ import annotations

import math

import numpy as np

from optimizer.search.arrays import (
    ABSENT,
    BLINK,
    LIMIT,
    NUM_ABSENT,
    NUM_EVALUATIONS,
    NUM_INSERTIONS,
    NUM_STEPS,
    ROUTES,
    TO_COME,
    UNUSED_CHANGED,
)
from optimizer.search.bundle import compiled
from optimizer.search.chance import draw, draw_below
from optimizer.search.coupled import coupled_change, note_tops
from optimizer.search.insertion import find_place
from optimizer.search.offers import NEVER
from optimizer.search.routes import put_in
from optimizer.search.ruin import drop_partial

_BLINK_SHARE = 0.01
_MAX_ABSENT_TRIED = 20
_ORDER_WEIGHTS = (4, 4, 2, 1, 2, 2, 2)
"""Random, demand, far, near, narrow window, early start, late end: as published for VRPTW."""


@compiled
def add_absent(inst, st, num_waiting):
    """Add visits left out so far, some of them where there are many; the new number of waiting visits."""
    num_absent = st.counters[NUM_ABSENT]
    for number in range(min(num_absent, _MAX_ABSENT_TRIED)):
        other = number + draw_below(st, num_absent - number)
        visit = st.absent[other]
        st.absent[other] = st.absent[number]
        st.absent[number] = visit
        num_waiting = put_on_list(st, visit, num_waiting)
        unit = inst.nodes[visit].unit
        if unit >= 0:
            for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
                if st.route_of[inst.unit_visits[row]] == -1:
                    num_waiting = put_on_list(st, inst.unit_visits[row], num_waiting)
    return num_waiting


@compiled
def put_on_list(st, visit, num_waiting):
    """Put a visit on the waiting list, once a step."""
    if st.listed[visit] == st.counters[NUM_STEPS]:
        return num_waiting
    st.listed[visit] = st.counters[NUM_STEPS]
    st.waiting[num_waiting] = visit
    return num_waiting + 1


@compiled
def sort_waiting(inst, st, num_waiting):
    """Bring the waiting visits into a random one of the orders, mandatory ones first."""
    choice = draw_below(st, np.int64(17))
    order = -1
    while choice >= _ORDER_WEIGHTS[order + 1]:
        choice -= _ORDER_WEIGHTS[order + 1]
        order += 1
    for number in range(num_waiting):
        visit = st.waiting[number]
        key = draw(st) if order < 0 else inst.orders[visit, order]
        key += inst.orders[visit, inst.orders.shape[1] - 1]
        here = number
        while here > 0 and st.keys[here - 1] > key:
            st.keys[here] = st.keys[here - 1]
            st.waiting[here] = st.waiting[here - 1]
            here -= 1
        st.keys[here] = key
        st.waiting[here] = visit


@compiled
def _list_unused(inst, st):
    """Find an unused shift of each kind."""
    st.counters[UNUSED_CHANGED] = 0
    for kind in range(st.unused.shape[0]):
        st.unused[kind] = -1
    for number in range(st.routes.shape[0] - 1, -1, -1):
        route = st.routes[number]
        if st.num_visits[route] == 0:
            st.unused[inst.shifts[route].kind] = route


@compiled
def _blinks(st):
    """Whether to overlook what comes next, with a small probability (drawn as a number of times not to)."""
    st.counters[BLINK] -= 1
    if st.counters[BLINK] >= 0:
        return False
    st.counters[BLINK] = int(math.log(1.0 - draw(st)) / math.log(1.0 - _BLINK_SHARE))
    return True


@compiled
def _room_for_more(inst, st):
    """What a visit may cost at most before the step is given up, if all others still to come cost nothing."""
    cents = st.totals[LIMIT] - (st.totals[ROUTES] + st.totals[ABSENT] - st.totals[TO_COME])
    return cents - st.tops[1, 0] * inst.highest_late_cents_per_s if inst.is_coupled else cents


@compiled
def insert_best(inst, st, visit, num_near, min_routes):
    """Put `visit` where it costs least, if that is less than leaving it out; false where the step is to be given up.

    Tried are an unused shift of each kind and the routes of the `num_near` nearest visits, or of more of them until
    these are `min_routes` routes: where routes are long, few of them hold all visits near by.
    """
    st.counters[NUM_INSERTIONS] += 1
    stamp = st.counters[NUM_INSERTIONS]
    if st.counters[UNUSED_CHANGED]:
        _list_unused(inst, st)
    if inst.is_coupled:
        note_tops(inst, st)
    version, last_tried, route_of, neighbours, found = st.version, st.last_tried, st.route_of, inst.neighbours, st.found
    absent_cents = inst.nodes[visit].absent_cents
    best = min(absent_cents, _room_for_more(inst, st))
    best_route = np.int64(-1)
    node = inst.nodes[visit]
    is_limited = node.elder >= 0 or node.group >= 0 or node.mate_to > node.mate_from
    num_kinds = st.unused.shape[0]
    num_tried = np.int64(0)
    for number in range(num_kinds + neighbours.shape[1]):
        if number >= num_kinds + num_near and num_tried >= min_routes:
            break
        route = np.int64(st.unused[number] if number < num_kinds else route_of[neighbours[visit, number - num_kinds]])
        if route < 0 or last_tried[route] == stamp:
            continue
        last_tried[route] = stamp
        num_tried += number >= num_kinds
        if _blinks(st):
            continue
        here = found[visit, route]
        if here.version != version[route] or is_limited or (here.position < 0 and here.cents < best):
            st.counters[NUM_EVALUATIONS] += 1
            find_place(inst, st, visit, route, best)
        cents = here.cents if here.position >= 0 else NEVER
        if inst.is_coupled and cents < NEVER:
            cents += coupled_change(inst, st, route, here.load_s, here.idle_s, here.late_s)
        if cents < best:
            best = cents
            best_route = route
    st.totals[TO_COME] -= absent_cents
    if best_route < 0:
        return best == absent_cents
    st.totals[ABSENT] -= absent_cents
    chosen = found[visit, best_route]
    return put_in(inst, st, visit, best_route, np.int64(chosen.position), np.int64(chosen.how))


@compiled
def insert_unit(inst, st, visit, num_near, min_routes):
    """Put in a visit, and then whatever is served together with it; false where that went wrong."""
    if not insert_best(inst, st, visit, num_near, min_routes):
        return False
    unit = inst.nodes[visit].unit
    if unit < 0 or st.route_of[visit] < 0:
        return True
    for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
        other = np.int64(inst.unit_visits[row])
        if st.route_of[other] == -1 and not insert_best(inst, st, other, num_near, min_routes):
            return False
    return True


@compiled
def insert_waiting(inst, st, num_waiting, num_near, min_routes):
    """Put in all waiting visits; their number, with those that had to go again, -1 where the step is given up."""
    st.totals[TO_COME] = 0.0
    for number in range(num_waiting):
        st.totals[TO_COME] += inst.nodes[st.waiting[number]].absent_cents
    for number in range(num_waiting):
        visit = np.int64(st.waiting[number])
        if st.route_of[visit] < 0 and not insert_unit(inst, st, visit, num_near, min_routes):
            return -1
    return drop_partial(inst, st, num_waiting) if inst.is_tied else num_waiting
