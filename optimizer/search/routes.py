"""Changing routes: a visit put in, on trial or for good; a route priced anew; and the way back within a step."""

from __future__ import annotations

from optimizer.search.arrays import NUM_TOUCHED, ROUTES, UNUSED_CHANGED, VERSION
from optimizer.search.bundle import compiled
from optimizer.search.timing import INFEASIBLE, look_back, simulate


@compiled
def _copy_tokens(inst, st, visit, route, row, position, how):
    """Write the tokens of `route` with `visit` put in to row `row` (which may be the route's own); the new length."""
    num_visits = inst.demand.shape[0]
    num_slots = st.num_slots[route]
    added = 1 if how == 0 else 2
    for here in range(num_slots - 1, position, -1):
        st.slots[row, here + added].token = st.slots[route, here].token
    if row != route:
        for here in range(position + 1):
            st.slots[row, here].token = st.slots[route, here].token
    if how == 0:
        st.slots[row, position + 1].token = visit
    elif how > 0:
        st.slots[row, position + 1].token = num_visits + how - 1
        st.slots[row, position + 2].token = visit
    else:
        st.slots[row, position + 1].token = visit
        st.slots[row, position + 2].token = num_visits - how - 1
    return num_slots + added


@compiled
def tried_price(inst, st, visit, route, position, how):
    """Price of the whole route with the visit put in, simulated on scratch room."""
    row = st.slots.shape[0] - 1
    num_slots = _copy_tokens(inst, st, visit, route, row, position, how)
    return simulate(inst, st, route, row, num_slots)[0]


@compiled
def put_in(inst, st, visit, route, position, how):
    """Put the visit into the route; false, the route in disorder, where that breaks a rule after all."""
    save_route(st, route)
    num_slots = _copy_tokens(inst, st, visit, route, route, position, how)
    return refresh(inst, st, route, num_slots)


@compiled
def refresh(inst, st, route, num_slots):
    """Everything about a route from its bare tokens, under a new version; false where it breaks a rule."""
    cents, load_s, idle_s, highest_s, visits, trips = simulate(inst, st, route, route, num_slots)
    if cents == INFEASIBLE:
        return False
    look_back(inst, st, route, num_slots)
    st.totals[ROUTES] += cents - st.cents[route]
    st.cents[route] = cents
    st.figures[route, 0] = load_s
    st.figures[route, 1] = idle_s
    st.figures[route, 2] = highest_s
    st.num_slots[route] = num_slots
    if (visits == 0) != (st.num_visits[route] == 0):
        st.counters[UNUSED_CHANGED] = 1
    st.num_visits[route] = visits
    st.num_trips[route] = trips
    st.counters[VERSION] += 1
    st.version[route] = st.counters[VERSION]
    num_visits = inst.demand.shape[0]
    for position in range(1, num_slots - 1):
        token = st.slots[route, position].token
        if token < num_visits:
            st.route_of[token] = route
            st.position_of[token] = position
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
