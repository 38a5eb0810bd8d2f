"""The cheapest place for a visit in a route, by constant-time tests.

A position is priced by the way it adds and, where time has a price, by joined segments; windows are tested by earliest
and latest starts. In a plain instance that is exact. Elsewhere (soft windows, times on board, breaks, peaks, several
windows) it is an estimate, and the most promising positions are simulated.
"""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import FAR_S, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.coupled import coupled_change, later_change
from optimizer.search.pricing import INFEASIBLE
from optimizer.search.routes import tried_price
from optimizer.search.slack import join
from optimizer.search.slots import fits_trip
from optimizer.search.ties import delay_cents, may_join, room_of
from optimizer.search.ways import first_start_s, lateness_s, travel_s

NUM_SIMULATED = 3
"""Positions of a route that are simulated where estimates are not exact."""
NEVER = np.inf


@compiled
def find_place(inst, st, visit, route):
    """Write the cheapest way of putting `visit` into `route` to ``st.found``."""
    found = st.found[visit, route]
    found.version = st.version[route]
    found.cents = NEVER
    shift = inst.shifts[route]
    worth = inst.worth_cents[visit, shift.kind]
    num_slots = st.num_slots[route]
    if worth == NEVER or num_slots + 3 > st.slots.shape[1] or not _may_meet(inst, st, visit, shift.worker):
        return
    if inst.is_tied and not may_join(inst, st, visit, shift.worker):
        return
    if inst.nodes[visit].group >= 0:
        st.room_s[0], st.room_s[1] = room_of(inst, st, visit)
    for number in range(st.tries_cents.shape[0]):
        st.tries_cents[number] = NEVER
    if inst.is_plain and not shift.is_timed and st.num_trips[route] >= min(shift.max_trips, st.trip_load.shape[1]):
        _scan_plain(inst, st, visit, route, worth)
    elif inst.nodes[visit].has_demand:
        _scan_with_trips(inst, st, visit, route, worth)
    else:
        _scan(inst, st, visit, route, worth)
    if inst.is_plain or inst.is_early:
        found.cents = st.tries_cents[0]
        found.position = st.tries[0, 0]
        found.how = st.tries[0, 1]
        found.late_s = st.tries_late_s[0]
        if inst.is_coupled and found.cents < NEVER:
            found.cents -= later_change(inst, st, route, st.tries_late_s[0])
        return
    best = NEVER
    for number in range(NUM_SIMULATED):
        if st.tries_cents[number] == NEVER:
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
def _offer(st, cents, position, how, late_s):
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
def _leg_cents(inst, shift, origin, destination):
    """Price of a way at normal speed; 0 where either place is -1 ("here")."""
    if origin < 0 or destination < 0:
        return 0.0
    return (
        inst.arcs[shift.mode, origin, destination, 1] * shift.cents_per_m
        + inst.arcs[shift.mode, origin, destination, 0] * shift.travel_cents_per_s
    )


@compiled
def _opening_cents(st, route, shift):
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
    fixed = worth + _opening_cents(st, route, shift)
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
                    _scan_with_trips(inst, st, visit, route, worth)
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
    shift = inst.shifts[route]
    node = inst.nodes[visit]
    service_s = inst.service_s[shift.pace, visit]
    fixed = worth + _opening_cents(st, route, shift)
    for position in range(st.num_slots[route] - 1):
        slot = st.slots[route, position]
        if slot.free_s > node.last_s:
            break
        if st.slots[route, position + 1].latest_s < node.first_s:
            continue
        _try_here(
            inst,
            st,
            route,
            shift,
            node,
            visit,
            service_s,
            position,
            np.int64(slot.free_s),
            fixed,
            position < 0,
            np.int64(0),
        )


@compiled
def _scan_with_trips(inst, st, visit, route, worth):
    """Offer every position of a visit with portions: in a trip, or with a loading of its own before or after it."""
    shift = inst.shifts[route]
    node = inst.nodes[visit]
    service_s = inst.service_s[shift.pace, visit]
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    num_capacities = inst.demand.shape[1]
    fixed = worth + _opening_cents(st, route, shift)
    for k in range(num_capacities):
        st.part_load[k] = 0
        if inst.demand[visit, k] > inst.capacity[route, k]:
            return
    may_load = st.num_trips[route] < min(shift.max_trips, st.trip_load.shape[1])
    trip = -1
    station = -1
    fits = False
    is_supplied = False
    is_pushed = False
    free_s = np.int64(0)
    loaded_s = np.int64(0)
    part_ready_s = 0
    trip_ready_s = 0
    for position in range(st.num_slots[route] - 1):
        slot = st.slots[route, position]
        after = st.slots[route, position + 1]
        if num_visits <= slot.token < num_visits + num_stations:
            trip += 1
            station = inst.nodes[slot.token].station
            ready_s = inst.ready_s[visit, station]
            is_supplied = ready_s < FAR_S
            fits = is_supplied
            part_ready_s = 0
            trip_ready_s = slot.ready_rest_s
            for k in range(num_capacities):
                st.part_load[k] = 0
                fits &= st.trip_load[route, trip, k] + inst.demand[visit, k] <= inst.capacity[route, k]
            is_pushed = ready_s > slot.start_s
            free_s = slot.free_s
            if is_pushed:
                start_s = first_start_s(inst, inst.nodes[slot.token], ready_s)
                free_s = start_s + slot.service_s
                is_supplied &= start_s < FAR_S
                fits &= start_s <= slot.latest_s
            loaded_s = slot.elapsed_s + slot.service_s
        else:
            if 0 <= slot.token < num_visits and station >= 0:
                for k in range(num_capacities):
                    st.part_load[k] += inst.demand[slot.token, k]
                if inst.nodes[slot.token].has_demand:
                    part_ready_s = max(part_ready_s, inst.ready_s[slot.token, station])
            if not is_pushed:
                free_s = slot.free_s
            elif is_supplied:
                before = st.slots[route, position - 1]
                start_s = free_s + travel_s(inst, shift.mode, before.end_place, slot.place, free_s)
                start_s = first_start_s(inst, inst.nodes[slot.token], start_s)
                free_s = start_s + slot.service_s
                is_supplied = start_s < FAR_S
                fits &= start_s <= slot.latest_s
        is_eased = part_ready_s < trip_ready_s
        if slot.free_s > node.last_s and not is_eased:
            break
        if after.latest_s < node.first_s:
            continue
        if fits and free_s <= node.last_s:
            supply = inst.supply_cents[visit, station]
            _try_here(
                inst, st, route, shift, node, visit, service_s, position, free_s, fixed + supply, is_pushed, loaded_s
            )
        if may_load:
            is_cut = trip >= 0 and 0 <= after.token < num_visits
            _try_loading_before(
                inst, st, route, shift, node, visit, service_s, position, trip, station, fixed, is_cut, is_eased
            )
            if is_cut and is_supplied and fits_part(inst, st, visit, route):
                _try_loading_after(
                    inst, st, route, shift, node, visit, service_s, position, station, fixed, free_s, is_eased
                )


@compiled
def fits_part(inst, st, visit, route):
    """Whether the visit fits in with the part of the trip up to here."""
    for k in range(inst.demand.shape[1]):
        if st.part_load[k] + inst.demand[visit, k] > inst.capacity[route, k]:
            return False
    return True


@compiled
def _try_here(inst, st, route, shift, node, visit, service_s, position, free_s, fixed, is_pushed, loaded_s):
    """Offer the visit between two stops of one trip, where the first one is left at `free_s`."""
    slot = st.slots[route, position]
    after = st.slots[route, position + 1]
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
    if next_s > after.latest_s:
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
                _offer(st, exact - st.cents[route], position, np.int64(0), 0)
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
            cents, late_s = _late_price(inst, st, route, node, visit, service_s, position, start_s, next_s, cents)
            if inst.is_coupled:
                cents += later_change(inst, st, route, late_s)
            _offer(st, cents, position, np.int64(0), late_s)
            return
        cents += _late_estimate(inst, node, start_s, next_s, after)
    _offer(st, cents, position, np.int64(0), 0)


@compiled
def _late_price(inst, st, route, node, visit, service_s, position, start_s, next_s, cents):
    """`cents` and the price of lateness, of a visit that starts at `start_s` behind slot `position` and of all later.

    Exact for the route, as long as no price sees how late it leaves; visits tied to its own are priced roughly. Also
    the highest lateness of the route.
    """
    limit = st.tries_cents[st.tries_cents.shape[0] - 1]
    if st.slots[route, position + 1].is_floating or st.num_visits[route] == 0:
        exact, _, _, late_s = tried_price(inst, st, visit, route, position, np.int64(0))
        return (NEVER if exact == INFEASIBLE else exact - st.cents[route]), np.int64(late_s)
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


@compiled
def _try_loading_before(
    inst, st, route, shift, node, visit, service_s, position, trip, station, fixed, is_cut, is_eased
):
    """Offer the visit with a loading of its own before it, which also feeds the rest of a trip that it cuts.

    A cut trip is eased where its loading has waited for goods that it no longer carries: the test of times, which
    would be too strict, is left to a simulation.
    """
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    slot = st.slots[route, position]
    after = st.slots[route, position + 1]
    if is_cut and not _fits_second(inst, st, visit, route, trip):
        return
    for other in range(num_stations):
        ready_s = inst.ready_s[visit, other]
        if ready_s >= FAR_S or (is_cut and other != station):
            continue
        if is_cut:
            ready_s = max(ready_s, after.ready_rest_s)
        load = inst.nodes[num_visits + other]
        start_s = slot.free_s + travel_s(inst, shift.mode, slot.end_place, load.place, np.int64(slot.free_s))
        start_s = first_start_s(inst, load, max(start_s, ready_s))
        load_s = inst.service_s[shift.pace, num_visits + other]
        free_s = start_s + load_s
        cents = fixed + inst.supply_cents[visit, other] + _leg_cents(inst, shift, slot.end_place, load.place)
        cents += _leg_cents(inst, shift, load.end_place, node.place)
        cents += _leg_cents(inst, shift, node.end_place, after.place) - after.leg_cents
        start_s = first_start_s(inst, node, free_s + travel_s(inst, shift.mode, load.end_place, node.place, free_s))
        free_s = start_s + service_s
        next_s = free_s + travel_s(inst, shift.mode, node.end_place, after.place, free_s)
        if next_s > after.latest_s and not (is_cut and is_eased):
            continue
        duration_s = 0
        if inst.is_plain and shift.is_timed:
            early_s = max(ready_s, load.first_s)
            way_s = inst.arcs[shift.mode, slot.end_place, load.place, 0]
            d, e, last = join(slot.before_d, slot.before_e, slot.before_l, way_s, load_s, early_s, load.last_s)
            way_s = inst.arcs[shift.mode, load.end_place, node.place, 0]
            d, e, last = join(d, e, last, way_s, service_s, node.first_s, node.last_s)
            way_s = inst.arcs[shift.mode, node.end_place, after.place, 0]
            duration_s = join(d, e, last, way_s, after.after_d, after.after_e, after.after_l)[0]
        eased = is_cut and is_eased
        _offer_loading(inst, st, route, shift, visit, position, 1 + other, cents, next_s, after, eased, duration_s)


@compiled
def _fits_second(inst, st, visit, route, trip):
    """Whether the rest of the trip, with the visit, fits a loading of its own."""
    for k in range(inst.demand.shape[1]):
        rest = st.trip_load[route, trip, k] - st.part_load[k]
        if rest + inst.demand[visit, k] > inst.capacity[route, k]:
            return False
    return True


@compiled
def _try_loading_after(inst, st, route, shift, node, visit, service_s, position, station, fixed, free_s, is_eased):
    """Offer the visit as the end of the first half of its trip, with a loading for the second half behind it."""
    num_visits = inst.demand.shape[0]
    slot = st.slots[route, position]
    after = st.slots[route, position + 1]
    load = inst.nodes[num_visits + station]
    start_s = first_start_s(inst, node, free_s + travel_s(inst, shift.mode, slot.end_place, node.place, free_s))
    free_s = start_s + service_s
    start_s = free_s + travel_s(inst, shift.mode, node.end_place, load.place, free_s)
    start_s = first_start_s(inst, load, max(start_s, after.ready_rest_s))
    load_s = inst.service_s[shift.pace, num_visits + station]
    free_s = start_s + load_s
    next_s = free_s + travel_s(inst, shift.mode, load.end_place, after.place, free_s)
    if next_s > after.latest_s and not is_eased:
        return
    cents = fixed + inst.supply_cents[visit, station] + _leg_cents(inst, shift, slot.end_place, node.place)
    cents += _leg_cents(inst, shift, node.end_place, load.place)
    cents += _leg_cents(inst, shift, load.end_place, after.place) - after.leg_cents
    duration_s = 0
    if inst.is_plain and shift.is_timed:
        early_s = max(after.ready_rest_s, load.first_s)
        way_s = inst.arcs[shift.mode, slot.end_place, node.place, 0]
        d, e, last = join(slot.before_d, slot.before_e, slot.before_l, way_s, service_s, node.first_s, node.last_s)
        way_s = inst.arcs[shift.mode, node.end_place, load.place, 0]
        d, e, last = join(d, e, last, way_s, load_s, early_s, load.last_s)
        way_s = inst.arcs[shift.mode, load.end_place, after.place, 0]
        duration_s = join(d, e, last, way_s, after.after_d, after.after_e, after.after_l)[0]
    _offer_loading(inst, st, route, shift, visit, position, -1 - station, cents, next_s, after, is_eased, duration_s)


@compiled
def _offer_loading(inst, st, route, shift, visit, position, how, cents, next_s, after, is_eased, duration_s):
    """Offer an insertion with a loading, by which a plain route gets as long as `duration_s`.

    Where the trip before is eased, a plain instance has it simulated at once.
    """
    if (inst.is_plain and is_eased) or inst.is_early:
        exact, _, _, late_s = tried_price(inst, st, visit, route, position, how)
        if exact != INFEASIBLE:
            _offer(st, exact - st.cents[route], position, how, late_s)
        return
    if shift.is_timed and inst.is_plain:
        if duration_s > shift.max_work_s:
            return
        cents += (duration_s - st.slots[route, 0].after_d) * shift.cents_per_s
    elif shift.is_timed:
        cents += max(0, next_s - after.start_s) * shift.cents_per_s
    if not inst.is_plain:
        cents += max(0, next_s - after.start_s - after.late_slack_s) * after.late_rate
    _offer(st, cents, position, how, 0)
