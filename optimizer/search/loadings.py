"""Positions for a visit with portions: in a trip, or with a loading of its own before or after it."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import FAR_S
from optimizer.search.bundle import compiled
from optimizer.search.offers import leg_cents, offer, opening_cents, try_here
from optimizer.search.pricing import INFEASIBLE
from optimizer.search.routes import tried_price
from optimizer.search.slack import join
from optimizer.search.ways import first_start_s, travel_s


@compiled
def scan_with_trips(inst, st, visit, route, worth):
    """Offer every position of a visit with portions: in a trip, or with a loading of its own before or after it."""
    shift = inst.shifts[route]
    node = inst.nodes[visit]
    service_s = inst.service_s[shift.pace, visit]
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    num_capacities = inst.demand.shape[1]
    fixed = worth + opening_cents(st, route, shift)
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
            try_here(
                inst, st, route, shift, node, visit, service_s, position, free_s, fixed + supply, is_pushed, loaded_s
            )
        if may_load:
            is_cut = trip >= 0 and 0 <= after.token < num_visits
            _try_loading_before(
                inst, st, route, shift, node, visit, service_s, position, trip, station, fixed, is_cut, is_eased
            )
            if is_cut and is_supplied and _fits_part(inst, st, visit, route):
                _try_loading_after(
                    inst, st, route, shift, node, visit, service_s, position, station, fixed, free_s, is_eased
                )


@compiled
def _fits_part(inst, st, visit, route):
    """Whether the visit fits in with the part of the trip up to here."""
    for k in range(inst.demand.shape[1]):
        if st.part_load[k] + inst.demand[visit, k] > inst.capacity[route, k]:
            return False
    return True


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
        cents = fixed + inst.supply_cents[visit, other] + leg_cents(inst, shift, slot.end_place, load.place)
        cents += leg_cents(inst, shift, load.end_place, node.place)
        cents += leg_cents(inst, shift, node.end_place, after.place) - after.leg_cents
        start_s = first_start_s(inst, node, free_s + travel_s(inst, shift.mode, load.end_place, node.place, free_s))
        free_s = start_s + service_s
        next_s = free_s + travel_s(inst, shift.mode, node.end_place, after.place, free_s)
        if next_s > after.latest_s and not (is_cut and is_eased) and not (inst.is_early and after.is_floating):
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
    if next_s > after.latest_s and not is_eased and not (inst.is_early and after.is_floating):
        return
    cents = fixed + inst.supply_cents[visit, station] + leg_cents(inst, shift, slot.end_place, node.place)
    cents += leg_cents(inst, shift, node.end_place, load.place)
    cents += leg_cents(inst, shift, load.end_place, after.place) - after.leg_cents
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
            offer(st, exact - st.cents[route], position, how, late_s)
        return
    if shift.is_timed and inst.is_plain:
        if duration_s > shift.max_work_s:
            return
        cents += (duration_s - st.slots[route, 0].after_d) * shift.cents_per_s
    elif shift.is_timed:
        cents += max(0, next_s - after.start_s) * shift.cents_per_s
    if not inst.is_plain:
        cents += max(0, next_s - after.start_s - after.late_slack_s) * after.late_rate
    offer(st, cents, position, how, np.int64(0))
