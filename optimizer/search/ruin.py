"""Ruin: strings of neighbouring visits taken out of neighbouring routes, whoever's they are."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import ABSENT, LOAD, NUM_STEPS, VISIT
from optimizer.search.bundle import compiled
from optimizer.search.chance import draw, draw_below
from optimizer.search.routes import close_up, save_route
from optimizer.search.slots import move_slots

_SPLIT_SHARE = 0.5
_KEEP_MORE_SHARE = 0.01
_WHOLE_UNIT_SHARE = 0.5
"""So often is a visit taken out together with those that are served together with it."""


@compiled
def _string_of(inst, st, route):
    """List the movable visits of a route; their number."""
    count = 0
    for position in range(1, st.num_slots[route] - 1):
        slot = st.slots[route, position]
        if slot.kind == VISIT and is_movable(inst, st, slot.token):
            st.string[count] = slot.token
            count += 1
    return count


@compiled
def is_movable(inst, st, visit):
    """Whether a visit may be taken out of its route."""
    return not inst.nodes[visit].is_locked and st.pinned_s[visit] < 0


@compiled
def _take_out_string(inst, st, route, visit, length, num_waiting):
    """Take a string around `visit` out of its route; the new number of waiting visits, -1 where that breaks a rule."""
    count = _string_of(inst, st, route)
    index = 0
    while st.string[index] != visit:
        index += 1
    length = min(length, count)
    kept = 0
    if length > 1 and count > length and draw(st) < _SPLIT_SHARE:
        kept = 1
        while length + kept < count and draw(st) < _KEEP_MORE_SHARE:
            kept += 1
    span = length + kept
    first = max(0, index - span + 1)
    first += draw_below(st, min(index, count - span) - first + 1)
    kept_from = first + span
    if kept:
        kept_from = first + draw_below(st, length + 1)
    for here in range(first, first + span):
        if kept and kept_from <= here < kept_from + kept:
            continue
        num_waiting = _let_go(inst, st, st.string[here], num_waiting)
    return num_waiting if _close_gaps(inst, st, route) else -1


@compiled
def _let_go(inst, st, visit, num_waiting):
    """Mark a visit as taken out of its route, and list it; the new number of waiting visits."""
    st.route_of[visit] = -1
    st.totals[ABSENT] += inst.nodes[visit].absent_cents
    st.listed[visit] = st.counters[NUM_STEPS]
    st.waiting[num_waiting] = visit
    return num_waiting + 1


@compiled
def _close_gaps(inst, st, route):
    """Drop visits taken out, and loadings that no visit needs any more; false where that breaks a rule."""
    save_route(st, route)
    num_slots = np.int64(st.num_slots[route])
    end = np.int64(1)
    first = num_slots
    last_gap = np.int64(0)
    load_at = np.int64(0)
    load_from = np.int64(0)
    for position in range(1, num_slots):
        slot = st.slots[route, position]
        if slot.kind == VISIT:
            if st.route_of[slot.token] < 0:
                first = min(first, end)
                last_gap = position
                continue
            if inst.nodes[slot.token].has_demand:
                load_at = np.int64(0)
        elif slot.kind == LOAD or position == num_slots - 1:
            if load_at:
                move_slots(st, route, load_at + 1, end, route, load_at)
                end -= 1
                first = min(first, load_at)
                last_gap = max(last_gap, load_from)
            load_at, load_from = end, position
        if end < position:
            move_slots(st, route, position, position + 1, route, end)
        end += 1
    return close_up(inst, st, route, end, first, end - num_slots + last_gap)


@compiled
def ruin(inst, st, num_removed, max_string, mean_length):
    """Take strings out of the routes around a random visit; the number of visits taken out, -1 if a rule broke."""
    seed = st.members[draw_below(st, st.members.shape[0])]
    longest = min(float(max_string), max(1.0, mean_length))
    num_strings = int(draw(st) * (4.0 * num_removed / (1.0 + longest) - 1.0) + 1.0)
    num_waiting = np.int64(0)
    neighbours = inst.neighbours[seed]
    for number in range(-1, neighbours.shape[0]):
        visit = seed if number < 0 else neighbours[number]
        route = np.int64(st.route_of[visit])
        if route < 0 or st.ruined[route] == st.counters[NUM_STEPS] or not is_movable(inst, st, visit):
            continue
        st.ruined[route] = st.counters[NUM_STEPS]
        length = int(draw(st) * min(float(st.num_visits[route]), longest) + 1.0)
        num_waiting = _take_out_string(inst, st, route, visit, length, num_waiting)
        num_strings -= 1
        if num_strings <= 0 or num_waiting < 0:
            break
    return _ruin_units(inst, st, num_waiting) if inst.is_tied else num_waiting


@compiled
def _ruin_units(inst, st, num_waiting):
    """Take out, now and then, the visits that are served together with those taken out."""
    for number in range(num_waiting):
        unit = np.int64(inst.nodes[st.waiting[number]].unit)
        if unit >= 0 and draw(st) < _WHOLE_UNIT_SHARE:
            num_waiting = take_out_unit(inst, st, unit, num_waiting)
            if num_waiting < 0:
                break
    return num_waiting


@compiled
def take_out_unit(inst, st, unit, num_waiting):
    """Take all visits of a unit out of their routes; the new number of waiting visits, -1 where that breaks a rule."""
    for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
        visit = inst.unit_visits[row]
        route = np.int64(st.route_of[visit])
        if route >= 0 and is_movable(inst, st, visit):
            num_waiting = _let_go(inst, st, visit, num_waiting)
            if not _close_gaps(inst, st, route):
                return -1
    return num_waiting


@compiled
def is_partial(inst, st, unit):
    """Whether some visits of a unit are served and others are not."""
    served = 0
    size = inst.unit_from[unit + 1] - inst.unit_from[unit]
    for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
        served += st.route_of[inst.unit_visits[row]] >= 0
    return 0 < served < size


@compiled
def drop_partial(inst, st, num_waiting):
    """Take out what is left of units of which a waiting visit found no place; the new number of waiting visits."""
    for number in range(num_waiting):
        unit = np.int64(inst.nodes[st.waiting[number]].unit)
        if unit >= 0 and is_partial(inst, st, unit):
            num_waiting = take_out_unit(inst, st, unit, num_waiting)
            if num_waiting < 0:
                break
    return num_waiting
