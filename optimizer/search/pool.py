"""The routes worth remembering: those of every best plan of a search, each set of visits once, at its cheapest."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import NUM_POOLED, POOL_END
from optimizer.search.bundle import compiled


@compiled
def _mixed(number):
    """A well-mixed hash of a whole number (splitmix64, Steele, Lea & Flood 2014)."""
    x = np.uint64(number) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def keep_route(inst, st, route):
    """Add a route to the pool, unless one of the same visits in a shift of the same kind is there and as cheap."""
    num_slots = st.num_slots[route]
    row = st.counters[NUM_POOLED]
    start = st.counters[POOL_END]
    if st.num_visits[route] == 0 or row >= st.pool_cents.shape[0] or start + num_slots > st.pool_tokens.shape[0]:
        return
    num_visits = inst.demand.shape[0]
    key = _mixed(num_visits + inst.shifts[route].kind)
    for position in range(1, num_slots - 1):
        token = st.slots[route, position].token
        if token < num_visits:
            key += _mixed(token)
    mask = st.pool_table.shape[0] - 1
    signed = np.int64(key)
    at = signed & mask
    while st.pool_table[at] >= 0:
        known = st.pool_table[at]
        if st.pool_rows[known, 3] == signed:
            if st.pool_cents[known] <= st.cents[route] + 1e-6:
                return
            st.pool_rows[known, 0] = -1
            break
        at = (at + 1) & mask
    st.pool_table[at] = row
    for position in range(1, num_slots - 1):
        st.pool_tokens[start + position - 1] = st.slots[route, position].token
    st.pool_rows[row, 0] = route
    st.pool_rows[row, 1] = start
    st.pool_rows[row, 2] = start + num_slots - 2
    st.pool_rows[row, 3] = signed
    st.pool_cents[row] = st.cents[route]
    st.counters[NUM_POOLED] = row + 1
    st.counters[POOL_END] = start + num_slots - 2
