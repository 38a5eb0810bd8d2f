"""What the driver calls of the compiled search: laying out routes, and filling them for the first time."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import ABSENT, NOW, NUM_ABSENT, NUM_TOUCHED, UNUSED_CHANGED, open_instance, open_state
from optimizer.search.bundle import compiled
from optimizer.search.routes import refresh
from optimizer.search.steps import insert_absent, keep_best, run_steps, total_price
from optimizer.search.timing import INFEASIBLE, simulate


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
    num_bad = 0
    for route in range(inst.shifts.shape[0]):
        st.cents[route] = 0.0
        st.is_saved[route] = 0
        st.best_version[route] = -1
        num_slots = np.int64(starts[route + 1] - starts[route] + 2)
        is_sound = num_slots <= st.slots.shape[1]
        if is_sound:
            for number in range(num_slots - 2):
                st.slots[route, number + 1].token = tokens[starts[route] + number]
            is_sound = refresh(inst, st, route, num_slots)
        if is_sound:
            continue
        st.touched[num_bad] = route
        num_bad += 1
        count = np.int64(1)
        for number in range(num_slots - 2):
            is_break = tokens[starts[route] + number] >= num_visits + inst.ready_s.shape[1]
            if is_break and count < st.slots.shape[1] - 1:
                st.slots[route, count].token = tokens[starts[route] + number]
                count += 1
        if not refresh(inst, st, route, count + 1):
            refresh(inst, st, route, np.int64(2))
    st.counters[NUM_ABSENT] = 0
    for visit in range(num_visits):
        if st.route_of[visit] < 0:
            st.absent[st.counters[NUM_ABSENT]] = visit
            st.counters[NUM_ABSENT] += 1
            st.totals[ABSENT] += inst.nodes[visit].absent_cents
    st.counters[NUM_TOUCHED] = 0
    st.totals[NOW] = total_price(inst, st)
    keep_best(inst, st)
    return num_bad


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
        cents = simulate(inst, st, route, row, count + 1)[0]
        if cents != INFEASIBLE:
            out[visit] = st.cents[route] - cents


@compiled
def fill(instance, state, num_near):
    """:func:`optimizer.search.steps.insert_absent` from tables."""
    return insert_absent(open_instance(instance), open_state(state), num_near)


@compiled
def search(instance, state, num_steps, heat_from, heat_to, num_removed, max_string, mean_length, num_near):
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
    )
