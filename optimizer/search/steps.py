"""Slack induction by string removals: one ruin-and-recreate step after another (Christiaens & Vanden Berghe 2020).

Transp. Sci. 54(2):417-433. A step takes strings of neighbouring visits out of neighbouring routes, whoever's they are,
and puts them back one by one where that is cheapest, now and then overlooking a route ("blink"). Visits that find no
place worth their price stay out. The acceptance is that of simulated annealing.
"""

from __future__ import annotations

import math

import numpy as np

from optimizer.search.arrays import (
    ABSENT,
    BEST,
    LIMIT,
    NOW,
    NUM_ABSENT,
    NUM_ACCEPTED,
    NUM_STEPS,
    NUM_TOUCHED,
    ROUTES,
    VISIT,
)
from optimizer.search.bundle import compiled
from optimizer.search.chance import draw
from optimizer.search.coupled import coupled_price, guided_extra
from optimizer.search.pool import keep_route
from optimizer.search.recreate import add_absent, insert_unit, insert_waiting, put_on_list, sort_waiting
from optimizer.search.routes import undo_route
from optimizer.search.ruin import is_partial, ruin, take_out_unit


@compiled
def total_price(inst, st):
    """Price of everything: routes, visits left out, coupled terms."""
    total = st.totals[ROUTES] + st.totals[ABSENT]
    return total + coupled_price(inst, st) if inst.is_coupled else total


@compiled
def _undo(st, absent_before):
    """Bring everything back to where it was before the step."""
    for number in range(st.counters[NUM_TOUCHED]):
        undo_route(st, np.int64(st.touched[number]))
    for number in range(st.counters[NUM_TOUCHED]):
        route = np.int64(st.touched[number])
        for position in range(1, st.num_slots[route] - 1):
            slot = st.slots[route, position]
            if slot.kind == VISIT:
                st.route_of[slot.token] = route
                st.position_of[slot.token] = position
    for number in range(st.counters[NUM_ABSENT]):
        st.route_of[st.absent[number]] = -1
        st.position_of[st.absent[number]] = -1
    st.totals[ABSENT] = absent_before


@compiled
def _note_absent(st, num_waiting):
    """Bring the list of visits left out up to date; those listed have position -1."""
    count = 0
    for number in range(st.counters[NUM_ABSENT]):
        visit = st.absent[number]
        if st.route_of[visit] < 0:
            st.position_of[visit] = -1
            st.absent[count] = visit
            count += 1
    for number in range(num_waiting):
        visit = st.waiting[number]
        if st.route_of[visit] < 0 and st.position_of[visit] >= 0:
            st.position_of[visit] = -1
            st.absent[count] = visit
            count += 1
    st.counters[NUM_ABSENT] = count


@compiled
def keep_best(inst, st):
    """Copy the routes that have changed since the last best."""
    st.totals[BEST] = st.totals[NOW]
    for number in range(st.routes.shape[0]):
        route = np.int64(st.routes[number])
        if st.best_version[route] != st.version[route]:
            st.best_version[route] = st.version[route]
            st.best_slots[route] = st.num_slots[route]
            for position in range(st.num_slots[route]):
                st.best_tokens[route, position] = st.slots[route, position].token
            keep_route(inst, st, route)


@compiled
def insert_absent(inst, st, num_near):
    """Put in every visit left out, in one of the orders, wherever it pays; the plan becomes the best one."""
    st.counters[NUM_STEPS] += 1
    st.totals[LIMIT] = np.inf
    num_waiting = np.int64(0)
    for number in range(st.counters[NUM_ABSENT]):
        num_waiting = put_on_list(st, st.absent[number], num_waiting)
    sort_waiting(inst, st, num_waiting)
    for number in range(num_waiting):
        visit = np.int64(st.waiting[number])
        if st.route_of[visit] >= 0:
            continue
        st.counters[NUM_TOUCHED] = 0
        absent_before = st.totals[ABSENT]
        end = num_waiting if insert_unit(inst, st, visit, num_near, np.int64(0)) else -1
        unit = np.int64(inst.nodes[visit].unit)
        if end >= 0 and unit >= 0 and is_partial(inst, st, unit):
            end = -1
        if end < 0:
            _undo(st, absent_before)
        for touched in range(st.counters[NUM_TOUCHED]):
            st.is_saved[st.touched[touched]] = 0
        _note_absent(st, np.int64(0))
    st.totals[NOW] = total_price(inst, st)
    keep_best(inst, st)


@compiled
def drop_partial_units(inst, st):
    """Take out what is served of units that are not served as a whole; false where that breaks a rule."""
    st.counters[NUM_STEPS] += 1
    num_waiting = np.int64(0)
    for unit in range(inst.unit_from.shape[0] - 1):
        if num_waiting >= 0 and is_partial(inst, st, unit):
            num_waiting = take_out_unit(inst, st, unit, num_waiting)
    return num_waiting >= 0


@compiled
def run_steps(inst, st, num_steps, heat_from, heat_to, num_removed, max_string, mean_length, num_near, min_routes):
    """Run steps at a temperature (in cents) that falls geometrically from `heat_from` to `heat_to`."""
    heat = heat_from
    cooling = (heat_to / heat_from) ** (1.0 / max(1, num_steps))
    now = st.totals[NOW] + guided_extra(inst, st)
    for _ in range(num_steps):
        heat *= cooling
        st.counters[NUM_STEPS] += 1
        st.counters[NUM_TOUCHED] = 0
        absent_before = st.totals[ABSENT]
        limit = now - heat * math.log(1.0 - draw(st))
        st.totals[LIMIT] = limit if inst.is_rising else np.inf
        num_waiting = ruin(inst, st, num_removed, max_string, mean_length)
        if num_waiting >= 0:
            num_waiting = add_absent(inst, st, num_waiting)
            sort_waiting(inst, st, num_waiting)
            num_waiting = insert_waiting(inst, st, num_waiting, num_near, min_routes)
        total = total_price(inst, st)
        seen = total + guided_extra(inst, st)
        if num_waiting >= 0 and seen < limit:
            st.counters[NUM_ACCEPTED] += 1
            st.totals[NOW] = total
            now = seen
            _note_absent(st, num_waiting)
            if total < st.totals[BEST] - 1e-6:
                keep_best(inst, st)
        else:
            _undo(st, absent_before)
        for number in range(st.counters[NUM_TOUCHED]):
            st.is_saved[st.touched[number]] = 0
