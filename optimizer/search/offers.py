"""What an insertion costs at one position of a route, and the cheapest ones found so far."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import FAR_S, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.coupled import later_change
from optimizer.search.pricing import INFEASIBLE
from optimizer.search.routes import tried_price
from optimizer.search.slack import join
from optimizer.search.ties import delay_cents
from optimizer.search.ways import first_start_s, lateness_s, travel_s

NEVER = np.inf


@compiled
def offer(st, cents, position, how, late_s):
    """Keep a way of inserting, and the highest lateness it makes, among the cheapest ones."""
    last = st.tries_cents.shape[0] - 1
    if cents >= st.tries_cents[last]:
        return
    while last > 0 and st.tries_cents[last - 1] > cents:
        st.tries_cents[last] = st.tries_cents[last - 1]
        st.tries[last, 0] = st.tries[last - 1, 0]
        st.tries[last, 1] = st.tries[last - 1, 1]
        st.tries_late_s[last] = st.tries_late_s[last - 1]
        last -= 1
    st.tries_cents[last] = cents
    st.tries[last, 0] = position
    st.tries[last, 1] = how
    st.tries_late_s[last] = late_s


@compiled
def leg_cents(inst, shift, origin, destination):
    """Price of a way at normal speed; 0 where either place is -1 ("here")."""
    if origin < 0 or destination < 0:
        return 0.0
    return (
        inst.arcs[shift.mode, origin, destination, 1] * shift.cents_per_m
        + inst.arcs[shift.mode, origin, destination, 0] * shift.travel_cents_per_s
    )


@compiled
def opening_cents(st, route, shift):
    """What a route without visits costs as soon as it serves one, before the visit's own price and detour."""
    if st.num_visits[route] > 0:
        return 0.0
    cents = shift.fixed_cents
    for position in range(1, st.num_slots[route]):
        cents += st.slots[route, position].leg_cents
    if shift.is_timed:
        cents += st.slots[route, 0].after_d * shift.cents_per_s
    return cents


@compiled
def try_here(inst, st, route, shift, node, visit, service_s, position, free_s, fixed, is_pushed, loaded_s):
    """Offer the visit between two stops of one trip, where the first one is left at `free_s`."""
    slot = st.slots[route, position]
    after = st.slots[route, position + 1]
    if inst.is_early and node.late_cents_per_s > 0 and node.window_to - node.window_from == 1:
        late_s = max(0, free_s - inst.windows[node.window_from, 3])
        if fixed - after.leg_cents + late_s * node.late_cents_per_s >= st.tries_cents[0]:
            return
    way_s = 0
    cents = fixed
    if slot.end_place >= 0:
        way_s = inst.arcs_to[shift.mode, node.place, slot.end_place, 0]
        cents += (
            inst.arcs_to[shift.mode, node.place, slot.end_place, 1] * shift.cents_per_m
            + way_s * shift.travel_cents_per_s
        )
    next_place = after.place
    old_cents = after.leg_cents
    if after.token >= 0 and inst.nodes[after.token].place < 0:
        next_place, old_cents = _next_place(inst, st, route, position + 1)
    onward_s = 0
    if next_place >= 0:
        onward_s = inst.arcs[shift.mode, node.end_place, next_place, 0]
        cents += (
            inst.arcs[shift.mode, node.end_place, next_place, 1] * shift.cents_per_m
            + onward_s * shift.travel_cents_per_s
        )
    cents -= old_cents
    if cents >= st.tries_cents[st.tries_cents.shape[0] - 1] and not shift.is_timed:
        return
    if shift.has_peaks:
        way_s = travel_s(inst, shift.mode, slot.end_place, node.place, free_s)
    start_s = free_s + way_s
    if node.group >= 0:
        start_s = max(start_s, st.room_s[0])
    if node.window_to - node.window_from == 1:
        if start_s > node.last_s:
            return
        start_s = max(start_s, node.first_s)
    else:
        start_s = first_start_s(inst, node, start_s)
        if start_s >= FAR_S:
            return
    if node.group >= 0 and start_s > st.room_s[1]:
        return
    if shift.has_peaks:
        onward_s = travel_s(inst, shift.mode, node.end_place, next_place, start_s + service_s)
    next_s = start_s + service_s + onward_s
    may_move = inst.is_early and after.is_floating  # a break without a place goes where the visit is
    if next_s > after.latest_s and not may_move:
        return
    if shift.is_timed:
        d, e, last = join(slot.before_d, slot.before_e, slot.before_l, way_s, service_s, node.first_s, node.last_s)
        d, e, last = join(d, e, last, onward_s, after.after_d, after.after_e, after.after_l)
        if inst.is_plain and d > shift.max_work_s:
            return
        timed_cents = cents + (d - st.slots[route, 0].after_d) * shift.cents_per_s
        if inst.is_plain and timed_cents >= st.tries_cents[st.tries_cents.shape[0] - 1]:
            return  # goods that are ready later can only make a route longer
        if inst.is_plain and is_pushed:
            exact = tried_price(inst, st, visit, route, position, np.int64(0))[0]
            if exact != INFEASIBLE:
                offer(st, exact - st.cents[route], position, np.int64(0), np.int64(0))
            return
        cents = timed_cents
    if not inst.is_plain:
        if node.has_demand:
            detour_s = way_s + service_s + onward_s - (after.elapsed_s - slot.elapsed_s - slot.service_s)
            age_s = slot.elapsed_s + slot.service_s + way_s - loaded_s
            if age_s > node.max_on_board_s or detour_s > after.on_board_slack_s + loaded_s:
                return
            cents += max(0, age_s - node.soft_on_board_s) * inst.food_cents_per_s
        if inst.is_early:
            if is_pushed or _is_irregular(st, route, position, next_s):
                exact, _, _, late = tried_price(inst, st, visit, route, position, np.int64(0))
                late_s = np.int64(late)
                cents = NEVER if exact == INFEASIBLE else exact - st.cents[route]
            else:
                cents, late_s = _late_price(inst, st, route, node, visit, service_s, position, start_s, next_s, cents)
            if inst.is_coupled:
                cents += later_change(inst, st, route, late_s)
            offer(st, cents, position, np.int64(0), late_s)
            return
        cents += _late_estimate(inst, node, start_s, next_s, after)
    offer(st, cents, position, np.int64(0), np.int64(0))


@compiled
def _is_irregular(st, route, position, next_s):
    """Whether a visit behind slot `position` does more than delay what follows.

    So it is where a route comes into use, a break moves with the visit, or a detour is shorter than the straight way.
    """
    after = st.slots[route, position + 1]
    return st.num_visits[route] == 0 or after.is_floating or next_s < after.start_s - after.wait_s


@compiled
def _late_price(inst, st, route, node, visit, service_s, position, start_s, next_s, cents):
    """`cents` and the price of lateness, of a visit that starts at `start_s` behind slot `position` and of all later.

    Exact for the route, as long as no price sees how late it leaves; visits tied to its own are priced roughly. Also
    the highest lateness of the route.
    """
    limit = st.tries_cents[st.tries_cents.shape[0] - 1]
    highest_s = np.int64(st.figures[route, 2])
    if node.is_soft:
        late_s = lateness_s(inst, node, start_s)
        cents += late_s * node.late_cents_per_s
        highest_s = max(highest_s, late_s)
    if node.group >= 0:
        cents += delay_cents(inst, st, route, visit, start_s, service_s)
    end = st.num_slots[route]
    here = position + 1
    slot = st.slots[route, here]
    delay_s = next_s - (slot.start_s - slot.wait_s)
    while cents < limit:
        delay_s -= slot.wait_s
        if delay_s <= 0:
            break
        new_s = slot.start_s + delay_s
        if slot.num_windows > 1:
            other = inst.nodes[slot.token]
            new_s = first_start_s(inst, other, new_s)
            delay_s = new_s - slot.start_s
            late_s = lateness_s(inst, other, new_s)
            cents += (late_s - lateness_s(inst, other, slot.start_s)) * slot.late_cents_per_s
            highest_s = max(highest_s, late_s)
        elif new_s > slot.soft_s:
            cents += (new_s - max(slot.start_s, slot.soft_s)) * slot.late_cents_per_s
            if slot.kind == VISIT:
                highest_s = max(highest_s, new_s - slot.soft_s)
        if slot.group >= 0:
            cents += delay_cents(inst, st, route, slot.token, new_s, slot.service_s)
        here += 1
        if here == end:
            break
        slot = st.slots[route, here]
    return cents, highest_s


@compiled
def _late_estimate(inst, node, start_s, next_s, after):
    """Price of the visit's own lateness and, roughly, of what it makes later visits late."""
    cents = max(0, next_s - after.start_s - after.late_slack_s) * after.late_rate
    if node.late_cents_per_s > 0:
        for row in range(node.window_from, node.window_to):
            if start_s <= inst.windows[row, 1]:
                cents += max(0, start_s - inst.windows[row, 3]) * node.late_cents_per_s
                break
    if node.promise_s >= 0:
        cents += max(0, abs(start_s - node.promise_s) - node.tolerance_s) * inst.promise_cents_per_s
    return cents


@compiled
def _next_place(inst, st, route, position):
    """Where the way goes on to behind breaks that have no place, and what it costs now."""
    last = st.num_slots[route] - 1
    while position < last and inst.nodes[st.slots[route, position].token].place < 0:
        position += 1
    return st.slots[route, position].place, st.slots[route, position].leg_cents
