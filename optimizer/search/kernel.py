"""What the driver calls of the compiled search: laying out routes, and filling them for the first time."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import ABSENT, NOW, NUM_ABSENT, NUM_TOUCHED, UNUSED_CHANGED, open_instance, open_state
from optimizer.search.bundle import compiled
from optimizer.search.pricing import INFEASIBLE
from optimizer.search.routes import price_of, take_over, undo_route
from optimizer.search.steps import drop_partial_units, insert_absent, keep_best, run_steps, total_price

_BROKEN = -2


@compiled
def lay_out(instance, state, tokens, starts):
    """Take over all routes: row ``tokens[starts[r]:starts[r + 1]]`` for shift ``r``.

    Returns the number of routes that break a rule or have more stops than there is room for; their numbers are in
    ``st.touched``, and they are left without visits (and, where even that breaks a rule, without breaks).
    """
    inst = open_instance(instance)
    st = open_state(state)
    num_visits = inst.demand.shape[0]
    for number in range(st.totals.shape[0]):
        st.totals[number] = 0.0
    for visit in range(num_visits):
        st.route_of[visit] = -1
        st.position_of[visit] = -1
    st.counters[UNUSED_CHANGED] = 1
    for route in range(inst.shifts.shape[0]):
        st.cents[route] = 0.0
        st.is_saved[route] = 0
        st.best_version[route] = -1
    for route in range(inst.shifts.shape[0]):
        first, end = np.int64(starts[route]), np.int64(starts[route + 1])
        st.ruined[route] = _BROKEN if not _lay_out_route(inst, st, route, tokens, first, end) else 0
    drop_partial_units(inst, st)
    st.counters[NUM_ABSENT] = 0
    for visit in range(num_visits):
        if st.route_of[visit] < 0:
            st.position_of[visit] = -1
            st.absent[st.counters[NUM_ABSENT]] = visit
            st.counters[NUM_ABSENT] += 1
    st.totals[ABSENT] = 0.0
    for number in range(st.counters[NUM_ABSENT]):
        st.totals[ABSENT] += inst.nodes[st.absent[number]].absent_cents
    num_bad = 0
    for route in range(inst.shifts.shape[0]):
        st.is_saved[route] = 0
        if st.ruined[route] == _BROKEN:
            st.touched[num_bad] = route
            num_bad += 1
    st.counters[NUM_TOUCHED] = 0
    st.totals[NOW] = total_price(inst, st)
    keep_best(inst, st)
    return num_bad


@compiled
def _lay_out_route(inst, st, route, tokens, first, end):
    """Take over one route; false where it breaks a rule, the route being left without visits."""
    num_visits = inst.demand.shape[0]
    st.counters[NUM_TOUCHED] = 0
    is_sound = end - first + 2 <= st.slots.shape[1]
    if is_sound:
        for number in range(end - first):
            st.slots[route, number + 1].token = tokens[first + number]
        is_sound = take_over(inst, st, route, end - first + 2)
    for number in range(st.counters[NUM_TOUCHED]):
        other = np.int64(st.touched[number])
        if not is_sound and other != route:
            undo_route(st, other)
        st.is_saved[other] = 0
    if is_sound:
        return True
    count = np.int64(1)
    for number in range(first, end):
        token = tokens[number]
        if token < num_visits:
            if st.route_of[token] == route:
                st.route_of[token] = -1
        elif token >= num_visits + inst.ready_s.shape[1] and count < st.slots.shape[1] - 1:
            st.slots[route, count].token = token
            count += 1
    if not take_over(inst, st, route, count + 1):
        take_over(inst, st, route, np.int64(2))
    return False


@compiled
def savings(instance, state, out):
    """Write to ``out[v]`` what the routes cost less without visit ``v``; ``nan`` for visits left out."""
    inst = open_instance(instance)
    st = open_state(state)
    row = st.slots.shape[0] - 1
    for visit in range(inst.demand.shape[0]):
        route = np.int64(st.route_of[visit])
        out[visit] = np.nan
        if route < 0:
            continue
        count = np.int64(1)
        for position in range(1, st.num_slots[route] - 1):
            if position != st.position_of[visit]:
                st.slots[row, count].token = st.slots[route, position].token
                count += 1
        cents = price_of(inst, st, route, row, count + 1)
        if cents != INFEASIBLE:
            out[visit] = st.cents[route] - cents


@compiled
def fill(instance, state, num_near):
    """:func:`optimizer.search.steps.insert_absent` from tables."""
    insert_absent(open_instance(instance), open_state(state), num_near)


@compiled
def search(instance, state, num_steps, heat_from, heat_to, num_removed, max_string, mean_length, num_near, min_routes):
    """:func:`optimizer.search.steps.run_steps` from tables."""
    run_steps(
        open_instance(instance),
        open_state(state),
        num_steps,
        heat_from,
        heat_to,
        num_removed,
        max_string,
        mean_length,
        num_near,
        min_routes,
    )
