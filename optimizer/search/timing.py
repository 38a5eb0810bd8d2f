"""When a route's stops start and what it costs: the judge's two passes, compiled, and what constant-time tests need.

:func:`simulate` does what :mod:`optimizer.timing` and :mod:`optimizer.cost` do for one route without links; a property
test holds the two together. :func:`look_back` adds latest starts (Savelsbergh 1992) and segments (Vidal, Crainic,
Gendreau & Prins 2013, Comput. Oper. Res. 40:475-489), by which :mod:`optimizer.search.insertion` tests a move without
simulating it.
"""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import FAR_S
from optimizer.search.bundle import compiled

_DAY_S = 86_400
INFEASIBLE = -1.0
"""Price of a route that breaks a rule (prices are never negative)."""


@compiled
def travel_s(inst, mode, origin, destination, departure_s):
    """Seconds from place to place, leaving at `departure_s`; 0 where either is -1 ("here")."""
    if origin < 0 or destination < 0:
        return 0
    base_s = inst.arcs[mode, origin, destination, 0]
    if base_s >= FAR_S or inst.peak_from[mode] == inst.peak_from[mode + 1]:
        return base_s
    return _peak_travel_s(inst, mode, base_s, departure_s)


@compiled
def _peak_travel_s(inst, mode, base_s, departure_s):
    """Travel at each part of the day's own speed in turn (Ichoua, Gendreau & Potvin 2003)."""
    left = base_s * 100
    now_s = departure_s
    while left > 0:
        day_s = now_s // _DAY_S * _DAY_S
        percent = 100
        until_s = day_s + _DAY_S
        for row in range(inst.peak_from[mode], inst.peak_from[mode + 1]):
            start_s = day_s + inst.peaks[row, 0]
            end_s = day_s + inst.peaks[row, 1]
            if start_s <= now_s < end_s:
                percent = inst.peaks[row, 2]
                until_s = end_s
                break
            if start_s > now_s:
                until_s = min(until_s, start_s)
        if left <= percent * (until_s - now_s):
            return now_s - departure_s + (left + percent - 1) // percent
        left -= percent * (until_s - now_s)
        now_s = until_s
    return now_s - departure_s


@compiled
def _latest_departure_s(inst, mode, origin, destination, arrival_s, departure_s):
    """The latest departure that arrives by `arrival_s`; `departure_s` is known to do so."""
    if origin < 0 or destination < 0:
        return arrival_s
    if inst.peak_from[mode] == inst.peak_from[mode + 1]:
        return arrival_s - inst.arcs[mode, origin, destination, 0]
    early_s = departure_s
    late_s = max(departure_s, arrival_s)
    while early_s < late_s:
        middle_s = (early_s + late_s + 1) // 2
        if middle_s + travel_s(inst, mode, origin, destination, middle_s) <= arrival_s:
            early_s = middle_s
        else:
            late_s = middle_s - 1
    return early_s


@compiled
def first_start_s(inst, node, time_s):
    """Earliest start at or after `time_s` inside a window of `node`; :data:`FAR_S` where there is none."""
    if node.window_to - node.window_from == 1:
        return max(time_s, node.first_s) if time_s <= node.last_s else FAR_S
    if node.window_to == node.window_from:
        return time_s
    for row in range(node.window_from, node.window_to):
        if time_s <= inst.windows[row, 1]:
            return max(time_s, inst.windows[row, 0])
    return FAR_S


@compiled
def _last_start_s(inst, node, start_s):
    """Latest start in the window of `start_s` that is no later in the soft sense than `start_s` is."""
    for row in range(node.window_from, node.window_to):
        if inst.windows[row, 0] <= start_s <= inst.windows[row, 1]:
            return max(start_s, min(inst.windows[row, 1], inst.windows[row, 3]))
    return start_s if node.window_to > node.window_from else FAR_S


@compiled
def _last_start_by(inst, node, bound_s):
    """Latest start inside a window of `node` that is not after `bound_s`."""
    if node.window_to == node.window_from:
        return bound_s
    last_s = -FAR_S
    for row in range(node.window_from, node.window_to):
        if inst.windows[row, 0] <= bound_s:
            last_s = max(last_s, min(inst.windows[row, 1], bound_s))
    return last_s


@compiled
def _settle(inst, st, route, row, num_slots):
    """Places, service durations and trips of a route of bare tokens; false where supply or capacity forbid it.

    ``ready_rest_s`` of a loading becomes when the goods of its whole trip are ready.
    """
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    num_capacities = inst.demand.shape[1]
    here = shift.start_place
    position = 1
    while here < 0 and position < num_slots - 1:
        here = inst.nodes[slots[row, position].token].place
        position += 1
    slots[row, 0].token = -1
    slots[row, 0].place = shift.start_place
    slots[row, 0].end_place = shift.start_place
    slots[row, 0].service_s = 0
    slots[row, 0].ready_rest_s = 0
    trip = -1
    station = -1
    visits = 0
    is_sound = True
    for position in range(1, num_slots - 1):
        slot = slots[row, position]
        token = slot.token
        node = inst.nodes[token]
        slot.service_s = inst.service_s[shift.pace, token]
        slot.ready_rest_s = 0
        if node.place >= 0:
            slot.place = node.place
            slot.end_place = node.end_place
            here = node.end_place
        else:
            slot.place = here
            slot.end_place = here
        if token < num_visits:
            visits += 1
            if node.has_demand:
                if station < 0 or inst.ready_s[token, station] >= FAR_S:
                    is_sound = False
                else:
                    slot.ready_rest_s = inst.ready_s[token, station]
                    for k in range(num_capacities):
                        st.trip_load[row, trip, k] += inst.demand[token, k]
                        if st.trip_load[row, trip, k] > inst.capacity[route, k]:
                            is_sound = False
        elif token < num_visits + num_stations:
            trip += 1
            station = node.station
            if trip >= st.trip_load.shape[1]:
                return False, max(1, visits), trip
            for k in range(num_capacities):
                st.trip_load[row, trip, k] = 0
    slots[row, num_slots - 1].token = -1
    slots[row, num_slots - 1].place = shift.end_place
    slots[row, num_slots - 1].end_place = shift.end_place
    slots[row, num_slots - 1].service_s = 0
    slots[row, num_slots - 1].ready_rest_s = 0
    ready_s = 0
    for position in range(num_slots - 2, 0, -1):
        slot = slots[row, position]
        ready_s = max(ready_s, slot.ready_rest_s)
        slot.ready_rest_s = ready_s
        if num_visits <= slot.token < num_visits + num_stations:
            ready_s = 0
    return is_sound and trip < shift.max_trips, visits, trip + 1


@compiled
def _forward(inst, st, route, row, num_slots):
    """Earliest starts; false where a window, the end of the shift or the range is missed."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    first = slots[row, 0]
    first.start_s = shift.start_s
    first.free_s = shift.start_s
    first.elapsed_s = 0
    free_s = np.int64(shift.start_s)
    metres = 0
    for position in range(1, num_slots):
        before = slots[row, position - 1]
        slot = slots[row, position]
        way_s = travel_s(inst, shift.mode, before.end_place, slot.place, free_s)
        start_s = free_s + way_s
        slot.elapsed_s = before.elapsed_s + before.service_s + way_s
        way_m = 0
        if before.end_place >= 0 and slot.place >= 0:
            way_m = inst.arcs[shift.mode, before.end_place, slot.place, 1]
        metres += way_m
        slot.leg_cents = way_m * shift.cents_per_m + way_s * shift.travel_cents_per_s
        if slot.token >= 0:
            if num_visits <= slot.token < num_visits + num_stations:
                start_s = max(start_s, slot.ready_rest_s)
            start_s = first_start_s(inst, inst.nodes[slot.token], start_s)
        slot.start_s = start_s
        free_s = start_s + slot.service_s
        slot.free_s = free_s
        if start_s > shift.end_s:
            return False
    return metres <= shift.max_distance_m


@compiled
def _just_in_time(inst, st, route, row, num_slots):
    """Final starts: departure and loadings as late as the rest allows, the return as early as it is."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    slots[row, num_slots - 1].final_s = slots[row, num_slots - 1].start_s
    for position in range(num_slots - 2, -1, -1):
        slot = slots[row, position]
        after = slots[row, position + 1]
        slot.final_s = slot.start_s
        last_s = FAR_S
        if slot.token >= 0:
            node = inst.nodes[slot.token]
            if node.is_fixed:
                continue
            last_s = _last_start_s(inst, node, slot.start_s)
        departure_s = _latest_departure_s(inst, shift.mode, slot.end_place, after.place, after.final_s, slot.free_s)
        slot.final_s = max(slot.start_s, min(departure_s - slot.service_s, last_s))
    free_s = np.int64(slots[row, 0].final_s)
    for position in range(1, num_slots):
        before = slots[row, position - 1]
        slot = slots[row, position]
        start_s = free_s + travel_s(inst, shift.mode, before.end_place, slot.place, free_s)
        if slot.token >= 0:
            if num_visits <= slot.token < num_visits + num_stations:
                start_s = max(start_s, slot.final_s)
            start_s = first_start_s(inst, inst.nodes[slot.token], start_s)
        slot.final_s = start_s
        free_s = start_s + slot.service_s


@compiled
def _visit_price(inst, slot, node):
    """Price of the moment a visit starts: late, early, or off its promise; and its lateness in seconds."""
    cents = 0.0
    late_s = 0
    first = -1
    for row in range(node.window_from, node.window_to):
        is_in = inst.windows[row, 0] <= slot.final_s <= inst.windows[row, 1]
        if is_in and (first < 0 or inst.windows[row, 4] < inst.windows[first, 4]):
            first = row
    if first >= 0:
        late_s = max(0, slot.final_s - inst.windows[first, 3])
        cents += late_s * node.late_cents_per_s
        cents += max(0, inst.windows[first, 2] - slot.final_s) * inst.early_cents_per_s
    if node.promise_s >= 0:
        cents += max(0, abs(slot.final_s - node.promise_s) - node.tolerance_s) * inst.promise_cents_per_s
    return cents, late_s


@compiled
def empty_price(inst, route):
    """Price and idle seconds of a shift that is not used."""
    shift = inst.shifts[route]
    idle_s = min(shift.end_s, shift.soft_end_s) - shift.start_s
    return idle_s * shift.idle_cents_per_s, idle_s


@compiled
def _price(inst, st, route, row, num_slots):
    """Price of a timed route, and its load, idle time and highest lateness; :data:`INFEASIBLE` past a limit."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    cents = shift.fixed_cents
    load_s = 0
    waits_s = 0
    rests_s = 0
    highest_s = 0
    station = -1
    loaded_s = 0
    for rest in range(shift.break_from, shift.break_to):
        cents += inst.missed_cents[rest]
    for position in range(1, num_slots):
        before = slots[row, position - 1]
        slot = slots[row, position]
        left_s = before.final_s + before.service_s
        way_s = travel_s(inst, shift.mode, before.end_place, slot.place, left_s)
        if before.end_place >= 0 and slot.place >= 0:
            cents += inst.arcs[shift.mode, before.end_place, slot.place, 1] * shift.cents_per_m
        cents += way_s * shift.travel_cents_per_s
        load_s += way_s
        waits_s += slot.final_s - left_s - way_s
        if slot.token < 0:
            continue
        if slot.token < num_visits:
            node = inst.nodes[slot.token]
            load_s += slot.service_s
            cents += inst.worth_cents[slot.token, shift.kind]
            if node.has_demand:
                age_s = slot.final_s - loaded_s
                if age_s > node.max_on_board_s:
                    return INFEASIBLE, 0, 0, 0
                cents += inst.supply_cents[slot.token, station]
                cents += max(0, age_s - node.soft_on_board_s) * inst.food_cents_per_s
            if node.is_soft:
                moment_cents, late_s = _visit_price(inst, slot, node)
                cents += moment_cents
                highest_s = max(highest_s, late_s)
        elif slot.token < num_visits + num_stations:
            station = inst.nodes[slot.token].station
            loaded_s = slot.final_s + slot.service_s
            load_s += slot.service_s
        else:
            rests_s += slot.service_s
            cents -= inst.missed_cents[slot.token]
    departure_s = slots[row, 0].final_s
    return_s = slots[row, num_slots - 1].final_s
    if return_s - departure_s - rests_s > shift.max_work_s:
        return INFEASIBLE, 0, 0, 0
    soft_end_s = min(shift.end_s, shift.soft_end_s)
    idle_s = max(0, departure_s - shift.start_s) + waits_s + max(0, soft_end_s - return_s)
    cents += (return_s - departure_s) * shift.cents_per_s
    cents += max(0, return_s - shift.soft_end_s) * shift.overtime_cents_per_s
    cents += waits_s * shift.waiting_cents_per_s + idle_s * shift.idle_cents_per_s
    return cents, load_s, idle_s, highest_s


@compiled
def _plain_price(inst, st, route, row, num_slots):
    """Price of a route of a plain instance (no price depends on a moment), timed prices by its segment."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    cents = shift.fixed_cents
    station = -1
    for position in range(1, num_slots):
        slot = slots[row, position]
        cents += slot.leg_cents
        if slot.token < 0:
            continue
        if slot.token < num_visits:
            cents += inst.worth_cents[slot.token, shift.kind]
            if station >= 0 and inst.nodes[slot.token].has_demand:
                cents += inst.supply_cents[slot.token, station]
        elif slot.token < num_visits + num_stations:
            station = inst.nodes[slot.token].station
    return cents


@compiled
def simulate(inst, st, route, row, num_slots):
    """Time and price the tokens in row `row` as the route of shift `route`.

    A route of nothing is sound even where there is no way from its start to its end: nobody goes it. More loadings
    than the state has room for count as a broken rule; so many never all have a purpose.

    Returns
    -------
    tuple
        Price (:data:`INFEASIBLE` where it breaks a rule), load in seconds, idle seconds, highest lateness in seconds,
        number of visits, number of trips.
    """
    is_sound, visits, trips = _settle(inst, st, route, row, num_slots)
    if visits == 0:
        cents, idle_s = empty_price(inst, route)
        is_sound = _forward(inst, st, route, row, num_slots) or num_slots == 2
        return (cents if is_sound else INFEASIBLE), 0, idle_s, 0, 0, trips
    if not is_sound or not _forward(inst, st, route, row, num_slots):
        return INFEASIBLE, 0, 0, 0, visits, trips
    shift = inst.shifts[route]
    if inst.is_plain and not shift.is_timed:
        cents, load_s, idle_s, highest_s = _plain_price(inst, st, route, row, num_slots), 0, 0, 0
    else:
        _just_in_time(inst, st, route, row, num_slots)
        cents, load_s, idle_s, highest_s = _price(inst, st, route, row, num_slots)
    if cents == np.inf:
        cents = INFEASIBLE
    return cents, load_s, idle_s, highest_s, visits, trips


@compiled
def join(d1, e1, l1, way_s, d2, e2, l2):
    """The segment of two segments with a way between them: duration, earliest and latest departure (no time warp)."""
    delta_s = d1 + way_s
    wait_s = max(e2 - delta_s - l1, 0)
    return d1 + d2 + way_s + wait_s, max(e2 - delta_s, e1) - wait_s, min(l2 - delta_s, l1)


@compiled
def _segment_of(inst, shift, slot, num_visits, num_stations):
    """A stop as a segment, in the window it now starts in."""
    if slot.token < 0:
        return 0, shift.start_s, shift.end_s
    node = inst.nodes[slot.token]
    early_s = 0
    late_s = FAR_S
    for row in range(node.window_from, node.window_to):
        if slot.start_s <= inst.windows[row, 1]:
            early_s = inst.windows[row, 0]
            late_s = inst.windows[row, 1]
            break
    if num_visits <= slot.token < num_visits + num_stations:
        early_s = max(early_s, slot.ready_rest_s)
    return slot.service_s, early_s, late_s


@compiled
def look_back(inst, st, route, num_slots):
    """Latest starts, segments and slacks of a sound route, for constant-time tests."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    last = slots[route, num_slots - 1]
    last.latest_s = shift.end_s
    last.late_slack_s = FAR_S
    last.late_rate = 0.0
    last.on_board_slack_s = FAR_S
    last.after_d, last.after_e, last.after_l = 0, shift.start_s, shift.end_s
    for position in range(num_slots - 2, -1, -1):
        slot = slots[route, position]
        after = slots[route, position + 1]
        way_s = travel_s(inst, shift.mode, slot.end_place, after.place, np.int64(slot.free_s))
        bound_s = after.latest_s - way_s - slot.service_s
        slot.latest_s = bound_s if slot.token < 0 else _last_start_by(inst, inst.nodes[slot.token], bound_s)
        if shift.is_timed:
            d, e, last = _segment_of(inst, shift, slot, num_visits, num_stations)
            slot.after_d, slot.after_e, slot.after_l = join(
                d, e, last, way_s, after.after_d, after.after_e, after.after_l
            )
        if inst.is_plain:
            continue
        wait_s = after.start_s - slot.free_s - way_s
        slot.late_slack_s = min(FAR_S, after.late_slack_s + wait_s)
        slot.late_rate = after.late_rate
        slot.on_board_slack_s = after.on_board_slack_s
        if 0 <= slot.token < num_visits:
            node = inst.nodes[slot.token]
            if node.late_cents_per_s > 0:
                for row in range(node.window_from, node.window_to):
                    if slot.start_s <= inst.windows[row, 1]:
                        slot.late_slack_s = min(slot.late_slack_s, max(0, inst.windows[row, 3] - slot.start_s))
                        slot.late_rate += node.late_cents_per_s
                        break
            if node.has_demand:
                slot.on_board_slack_s = min(slot.on_board_slack_s, node.max_on_board_s - slot.elapsed_s)
        elif num_visits <= slot.token < num_visits + num_stations:
            slot.on_board_slack_s = FAR_S
    if shift.is_timed:
        _look_forward(inst, st, route, num_slots)


@compiled
def _look_forward(inst, st, route, num_slots):
    """Segments from the start to each stop."""
    shift = inst.shifts[route]
    slots = st.slots
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    first = slots[route, 0]
    first.before_d, first.before_e, first.before_l = 0, shift.start_s, shift.end_s
    for position in range(1, num_slots):
        before = slots[route, position - 1]
        slot = slots[route, position]
        way_s = travel_s(inst, shift.mode, before.end_place, slot.place, np.int64(before.free_s))
        d, e, last = _segment_of(inst, shift, slot, num_visits, num_stations)
        slot.before_d, slot.before_e, slot.before_l = join(
            before.before_d, before.before_e, before.before_l, way_s, d, e, last
        )
