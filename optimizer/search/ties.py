"""Starts that depend on starts in other routes, and workers that depend on workers there.

A *group* is a set of visits joined by differences between their starts (same start, gap, one before the other). Its
starts are the least fixpoint over the earliest arrivals of its visits, each by its own route; they never hold each
other up, so a start falls as soon as an arrival does.
"""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import DAYS_APART, FAR_S, NUM_DIRTY, SAME, SETTLING
from optimizer.search.bundle import compiled
from optimizer.search.ways import first_start_s

_DAY_S = 86_400
_MAX_ROUNDS = 50


@compiled
def tied_start_s(inst, st, route, row, position, arrive_s):
    """Start of the visit in a slot that is reached at `arrive_s`, with its group as it stands in the other routes.

    In a route itself (not on scratch room) other visits of the group that so start at another time are marked: their
    routes have to be timed again.
    """
    slot = st.slots[row, position]
    if st.pinned_s[slot.token] >= 0:
        return np.int64(st.pinned_s[slot.token]) if arrive_s <= st.pinned_s[slot.token] else FAR_S
    first = inst.group_from[slot.group]
    size = inst.group_from[slot.group + 1] - first
    mine = 0
    for number in range(size):
        visit = inst.group_visits[first + number]
        if visit == slot.token:
            mine = number
            st.tied_s[number] = _own_start_s(inst, st, visit, arrive_s)
            continue
        there = st.route_of[visit]
        if there < 0 or (there == route and st.position_of[visit] >= position):
            st.tied_s[number] = -1
            continue
        st.tied_s[number] = _own_start_s(inst, st, visit, st.slots[there, st.position_of[visit]].arrive_s)
    if not _settle(inst, st, slot, first, size):
        return FAR_S
    if row == route:
        _mark_others(inst, st, first, size, mine)
    return np.int64(st.tied_s[mine])


@compiled
def _own_start_s(inst, st, visit, arrive_s):
    """Earliest start of a visit by its own route."""
    if st.raised_at[visit] == st.counters[SETTLING]:
        arrive_s = max(arrive_s, st.raised_s[visit])
    return first_start_s(inst, inst.nodes[visit], arrive_s)


@compiled
def _settle(inst, st, slot, first, size):
    """Raise the starts of a group until all differences hold; false where no windows allow it."""
    for _ in range(_MAX_ROUNDS):
        is_settled = True
        for number in range(size):
            start_s = st.tied_s[number]
            if start_s < 0:
                continue
            if start_s >= FAR_S:
                return False
            visit = inst.group_visits[first + number]
            node = inst.nodes[visit]
            for row in range(node.tie_from, node.tie_to):
                other = inst.ties[row, 0]
                least_s = start_s + inst.ties[row, 1]
                if inst.ties[row, 2]:
                    least_s += _service_s(st, visit, slot)
                for place in range(size):
                    if inst.group_visits[first + place] == other and -1 < st.tied_s[place] < least_s:
                        st.tied_s[place] = first_start_s(inst, inst.nodes[other], least_s)
                        is_settled = False
        if is_settled:
            return True
    return False


@compiled
def _service_s(st, visit, slot):
    """Service duration of a visit where it is, `slot` being where one of them may be."""
    if slot.token == visit:
        return slot.service_s
    return st.slots[st.route_of[visit], st.position_of[visit]].service_s


@compiled
def _mark_others(inst, st, first, size, mine):
    """Mark the routes of the other visits of a group whose starts have changed."""
    for number in range(size):
        start_s = st.tied_s[number]
        if number == mine or start_s < 0:
            continue
        visit = inst.group_visits[first + number]
        there = np.int64(st.route_of[visit])
        position = np.int64(st.position_of[visit])
        if st.slots[there, position].start_s == start_s:
            continue
        if there == st.route_of[inst.group_visits[first + mine]]:
            st.raised_s[visit] = start_s
            st.raised_at[visit] = st.counters[SETTLING]
        mark(st, there, position)


@compiled
def last_tied(inst, st, route, group):
    """The last slot of a route with a visit of a group: what it says of those before it has to be heard."""
    last = -1
    for number in range(inst.group_from[group], inst.group_from[group + 1]):
        visit = inst.group_visits[number]
        if st.route_of[visit] == route:
            last = max(last, st.position_of[visit])
    return last


@compiled
def mark(st, route, position):
    """Let a route be timed again from a slot on."""
    if st.dirty_from[route] < 0:
        st.dirty[st.counters[NUM_DIRTY]] = route
        st.counters[NUM_DIRTY] += 1
        st.dirty_from[route] = position
    else:
        st.dirty_from[route] = min(st.dirty_from[route], position)


@compiled
def room_of(inst, st, visit):
    """Earliest and latest start of a visit that is put in anew, by its group as it stands."""
    node = inst.nodes[visit]
    low_s = np.int64(-FAR_S)
    high_s = np.int64(FAR_S)
    for number in range(inst.group_from[node.group], inst.group_from[node.group + 1]):
        other = inst.group_visits[number]
        if other == visit or st.route_of[other] < 0:
            continue
        there = st.slots[st.route_of[other], st.position_of[other]]
        for row in range(inst.nodes[other].tie_from, inst.nodes[other].tie_to):
            if inst.ties[row, 0] == visit:
                low_s = max(low_s, there.start_s + inst.ties[row, 1] + inst.ties[row, 2] * there.service_s)
        for row in range(node.tie_from, node.tie_to):
            if inst.ties[row, 0] == other and not inst.ties[row, 2]:
                high_s = min(high_s, there.free_latest_s - inst.ties[row, 1])
    return low_s, high_s


@compiled
def delay_cents(inst, st, route, visit, start_s, service_s):
    """Roughly, what a start costs in the routes of the visits tied to it; ``inf`` where it is too late for them."""
    node = inst.nodes[visit]
    cents = 0.0
    for row in range(node.tie_from, node.tie_to):
        other = inst.ties[row, 0]
        if st.route_of[other] < 0 or st.route_of[other] == route:
            continue
        there = st.slots[st.route_of[other], st.position_of[other]]
        late_s = start_s + inst.ties[row, 1] + inst.ties[row, 2] * service_s - there.start_s
        if late_s > 0:
            if there.start_s + late_s > there.free_latest_s:
                return np.inf
            cents += max(0, late_s - there.late_slack_s) * there.late_rate
    return cents


@compiled
def may_join(inst, st, visit, worker):
    """Whether `worker` may serve the visit, given who serves the visits bound to it."""
    node = inst.nodes[visit]
    for row in range(node.mate_from, node.mate_to):
        there = st.route_of[inst.mates[row, 0]]
        kind = inst.mates[row, 1]
        if there >= 0 and kind != DAYS_APART and (inst.shifts[there].worker == worker) != (kind == SAME):
            return False
    return True


@compiled
def are_days_apart(inst, st, visit, start_s):
    """Whether a whole day lies between a start of the visit and those of the visits that ask for it."""
    node = inst.nodes[visit]
    for row in range(node.mate_from, node.mate_to):
        other = inst.mates[row, 0]
        if inst.mates[row, 1] == DAYS_APART and st.route_of[other] >= 0:
            there = st.slots[st.route_of[other], st.position_of[other]]
            if abs(start_s // _DAY_S - there.start_s // _DAY_S) < 2:
                return False
    return True
