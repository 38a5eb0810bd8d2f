"""Slack induction by string removals: one ruin-and-recreate step after another (Christiaens & Vanden Berghe 2020).

Transp. Sci. 54(2):417-433. A step takes strings of neighbouring visits out of neighbouring routes, whoever's they are,
and puts them back one by one where that is cheapest, now and then overlooking a route ("blink"). Visits that find no
place worth their price stay out. The acceptance is that of simulated annealing.
"""

from __future__ import annotations

import math

import numpy as np

from optimizer.search.arrays import (
    ABSENT,
    BEST,
    BLINK,
    LOAD,
    NOW,
    NUM_ABSENT,
    NUM_ACCEPTED,
    NUM_INSERTIONS,
    NUM_STEPS,
    NUM_TOUCHED,
    ROUTES,
    UNUSED_CHANGED,
    VISIT,
)
from optimizer.search.bundle import compiled
from optimizer.search.coupled import coupled_change, coupled_price, guided_extra, note_tops
from optimizer.search.insertion import find_place
from optimizer.search.pool import keep_route
from optimizer.search.routes import close_up, put_in, save_route, undo_route
from optimizer.search.slots import move_slots

_SPLIT_SHARE = 0.5
_KEEP_MORE_SHARE = 0.01
_BLINK_SHARE = 0.01
_MAX_ABSENT_TRIED = 20
_WHOLE_UNIT_SHARE = 0.5
"""So often is a visit taken out together with those that are served together with it."""
_ORDER_WEIGHTS = (4, 4, 2, 1, 2, 2, 2)
"""Random, demand, far, near, narrow window, early start, late end: as published for VRPTW."""


@compiled
def draw(st):
    """A uniform random number in [0, 1): xorshift64* (Vigna 2016)."""
    x = st.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    st.random[0] = x
    return ((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def draw_below(st, limit):
    """A uniform random whole number in [0, limit)."""
    return int(draw(st) * limit)


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
def _ruin(inst, st, num_removed, max_string, mean_length):
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
        unit = inst.nodes[st.waiting[number]].unit
        if unit >= 0 and draw(st) < _WHOLE_UNIT_SHARE:
            num_waiting = _take_out_unit(inst, st, unit, num_waiting)
            if num_waiting < 0:
                break
    return num_waiting


@compiled
def _take_out_unit(inst, st, unit, num_waiting):
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
def _is_partial(inst, st, unit):
    """Whether some visits of a unit are served and others are not."""
    served = 0
    size = inst.unit_from[unit + 1] - inst.unit_from[unit]
    for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
        served += st.route_of[inst.unit_visits[row]] >= 0
    return 0 < served < size


@compiled
def _drop_partial(inst, st, num_waiting):
    """Take out what is left of units of which a waiting visit found no place; the new number of waiting visits."""
    for number in range(num_waiting):
        unit = inst.nodes[st.waiting[number]].unit
        if unit >= 0 and _is_partial(inst, st, unit):
            num_waiting = _take_out_unit(inst, st, unit, num_waiting)
            if num_waiting < 0:
                break
    return num_waiting


@compiled
def _add_absent(inst, st, num_waiting):
    """Add visits left out so far, some of them where there are many; the new number of waiting visits."""
    num_absent = st.counters[NUM_ABSENT]
    for number in range(min(num_absent, _MAX_ABSENT_TRIED)):
        other = number + draw_below(st, num_absent - number)
        visit = st.absent[other]
        st.absent[other] = st.absent[number]
        st.absent[number] = visit
        num_waiting = _list(st, visit, num_waiting)
        unit = inst.nodes[visit].unit
        if unit >= 0:
            for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
                if st.route_of[inst.unit_visits[row]] == -1:
                    num_waiting = _list(st, inst.unit_visits[row], num_waiting)
    return num_waiting


@compiled
def _list(st, visit, num_waiting):
    """Put a visit on the waiting list, once a step."""
    if st.listed[visit] == st.counters[NUM_STEPS]:
        return num_waiting
    st.listed[visit] = st.counters[NUM_STEPS]
    st.waiting[num_waiting] = visit
    return num_waiting + 1


@compiled
def _sort(inst, st, num_waiting):
    """Bring the waiting visits into a random one of the orders, mandatory ones first."""
    choice = draw_below(st, np.int64(17))
    order = -1
    while choice >= _ORDER_WEIGHTS[order + 1]:
        choice -= _ORDER_WEIGHTS[order + 1]
        order += 1
    for number in range(num_waiting):
        visit = st.waiting[number]
        key = draw(st) if order < 0 else inst.orders[visit, order]
        key += inst.orders[visit, inst.orders.shape[1] - 1]
        here = number
        while here > 0 and st.keys[here - 1] > key:
            st.keys[here] = st.keys[here - 1]
            st.waiting[here] = st.waiting[here - 1]
            here -= 1
        st.keys[here] = key
        st.waiting[here] = visit


@compiled
def _list_unused(inst, st):
    """Find an unused shift of each kind."""
    st.counters[UNUSED_CHANGED] = 0
    for kind in range(st.unused.shape[0]):
        st.unused[kind] = -1
    for number in range(st.routes.shape[0] - 1, -1, -1):
        route = st.routes[number]
        if st.num_visits[route] == 0:
            st.unused[inst.shifts[route].kind] = route


@compiled
def _blinks(st):
    """Whether to overlook what comes next, with a small probability (drawn as a number of times not to)."""
    st.counters[BLINK] -= 1
    if st.counters[BLINK] >= 0:
        return False
    st.counters[BLINK] = int(math.log(1.0 - draw(st)) / math.log(1.0 - _BLINK_SHARE))
    return True


@compiled
def insert_best(inst, st, visit, num_near):
    """Put `visit` where it costs least, if that is less than leaving it out; false where that went wrong.

    Tried are an unused shift of each kind and the routes of the `num_near` nearest visits.
    """
    st.counters[NUM_INSERTIONS] += 1
    stamp = st.counters[NUM_INSERTIONS]
    if st.counters[UNUSED_CHANGED]:
        _list_unused(inst, st)
    if inst.is_coupled:
        note_tops(inst, st)
    version, last_tried, route_of, neighbours, found = st.version, st.last_tried, st.route_of, inst.neighbours, st.found
    best = inst.nodes[visit].absent_cents
    best_route = np.int64(-1)
    node = inst.nodes[visit]
    is_limited = node.elder >= 0 or node.group >= 0 or node.mate_to > node.mate_from
    num_kinds = st.unused.shape[0]
    num_near = min(num_near, neighbours.shape[1])
    for number in range(num_kinds + num_near):
        route = np.int64(st.unused[number] if number < num_kinds else route_of[neighbours[visit, number - num_kinds]])
        if route < 0 or last_tried[route] == stamp:
            continue
        last_tried[route] = stamp
        if _blinks(st):
            continue
        if found[visit, route].version != version[route] or is_limited:
            find_place(inst, st, visit, route)
        cents = found[visit, route].cents
        if inst.is_coupled and cents < np.inf:
            here = found[visit, route]
            cents += coupled_change(inst, st, route, here.load_s, here.idle_s, here.late_s)
        if cents < best:
            best = cents
            best_route = route
    if best_route < 0:
        return True
    st.totals[ABSENT] -= inst.nodes[visit].absent_cents
    chosen = found[visit, best_route]
    return put_in(inst, st, visit, best_route, np.int64(chosen.position), np.int64(chosen.how))


@compiled
def total_price(inst, st):
    """Price of everything: routes, visits left out, coupled terms."""
    total = st.totals[ROUTES] + st.totals[ABSENT]
    return total + coupled_price(inst, st) if inst.is_coupled else total


@compiled
def _undo(st, absent_before):
    """Bring everything back to where it was before the step."""
    for number in range(st.counters[NUM_TOUCHED]):
        undo_route(st, np.int64(st.touched[number]))
    for number in range(st.counters[NUM_TOUCHED]):
        route = np.int64(st.touched[number])
        for position in range(1, st.num_slots[route] - 1):
            slot = st.slots[route, position]
            if slot.kind == VISIT:
                st.route_of[slot.token] = route
                st.position_of[slot.token] = position
    for number in range(st.counters[NUM_ABSENT]):
        st.route_of[st.absent[number]] = -1
        st.position_of[st.absent[number]] = -1
    st.totals[ABSENT] = absent_before


@compiled
def _note_absent(st, num_waiting):
    """Bring the list of visits left out up to date; those listed have position -1."""
    count = 0
    for number in range(st.counters[NUM_ABSENT]):
        visit = st.absent[number]
        if st.route_of[visit] < 0:
            st.position_of[visit] = -1
            st.absent[count] = visit
            count += 1
    for number in range(num_waiting):
        visit = st.waiting[number]
        if st.route_of[visit] < 0 and st.position_of[visit] >= 0:
            st.position_of[visit] = -1
            st.absent[count] = visit
            count += 1
    st.counters[NUM_ABSENT] = count


@compiled
def keep_best(inst, st):
    """Copy the routes that have changed since the last best."""
    st.totals[BEST] = st.totals[NOW]
    for number in range(st.routes.shape[0]):
        route = np.int64(st.routes[number])
        if st.best_version[route] != st.version[route]:
            st.best_version[route] = st.version[route]
            st.best_slots[route] = st.num_slots[route]
            for position in range(st.num_slots[route]):
                st.best_tokens[route, position] = st.slots[route, position].token
            keep_route(inst, st, route)


@compiled
def _insert_unit(inst, st, visit, num_near):
    """Put in a visit, and then whatever is served together with it; false where that went wrong."""
    if not insert_best(inst, st, visit, num_near):
        return False
    unit = inst.nodes[visit].unit
    if unit < 0 or st.route_of[visit] < 0:
        return True
    for row in range(inst.unit_from[unit], inst.unit_from[unit + 1]):
        other = inst.unit_visits[row]
        if st.route_of[other] == -1 and not insert_best(inst, st, other, num_near):
            return False
    return True


@compiled
def insert_absent(inst, st, num_near):
    """Put in every visit left out, in one of the orders, wherever it pays; the plan becomes the best one."""
    st.counters[NUM_STEPS] += 1
    num_waiting = np.int64(0)
    for number in range(st.counters[NUM_ABSENT]):
        num_waiting = _list(st, st.absent[number], num_waiting)
    _sort(inst, st, num_waiting)
    for number in range(num_waiting):
        visit = np.int64(st.waiting[number])
        if st.route_of[visit] >= 0:
            continue
        st.counters[NUM_TOUCHED] = 0
        absent_before = st.totals[ABSENT]
        end = num_waiting if _insert_unit(inst, st, visit, num_near) else -1
        unit = inst.nodes[visit].unit
        if end >= 0 and unit >= 0 and _is_partial(inst, st, unit):
            end = -1
        if end < 0:
            _undo(st, absent_before)
        for touched in range(st.counters[NUM_TOUCHED]):
            st.is_saved[st.touched[touched]] = 0
        _note_absent(st, np.int64(0))
    st.totals[NOW] = total_price(inst, st)
    keep_best(inst, st)


@compiled
def drop_partial_units(inst, st):
    """Take out what is served of units that are not served as a whole; false where that breaks a rule."""
    st.counters[NUM_STEPS] += 1
    num_waiting = np.int64(0)
    for unit in range(inst.unit_from.shape[0] - 1):
        if num_waiting >= 0 and _is_partial(inst, st, unit):
            num_waiting = _take_out_unit(inst, st, unit, num_waiting)
    return num_waiting >= 0


@compiled
def _insert_waiting(inst, st, num_waiting, num_near):
    """Put in all waiting visits; their number, with those that had to go again, -1 where that went wrong."""
    for number in range(num_waiting):
        if st.route_of[st.waiting[number]] < 0 and not _insert_unit(inst, st, np.int64(st.waiting[number]), num_near):
            return -1
    return _drop_partial(inst, st, num_waiting) if inst.is_tied else num_waiting


@compiled
def run_steps(inst, st, num_steps, heat_from, heat_to, num_removed, max_string, mean_length, num_near):
    """Run steps at a temperature (in cents) that falls geometrically from `heat_from` to `heat_to`."""
    heat = heat_from
    cooling = (heat_to / heat_from) ** (1.0 / max(1, num_steps))
    now = st.totals[NOW] + guided_extra(inst, st)
    for _ in range(num_steps):
        heat *= cooling
        st.counters[NUM_STEPS] += 1
        st.counters[NUM_TOUCHED] = 0
        absent_before = st.totals[ABSENT]
        num_waiting = _ruin(inst, st, num_removed, max_string, mean_length)
        if num_waiting >= 0:
            num_waiting = _add_absent(inst, st, num_waiting)
            _sort(inst, st, num_waiting)
            num_waiting = _insert_waiting(inst, st, num_waiting, num_near)
        total = total_price(inst, st)
        seen = total + guided_extra(inst, st)
        if num_waiting >= 0 and seen < now - heat * math.log(1.0 - draw(st)):
            st.counters[NUM_ACCEPTED] += 1
            st.totals[NOW] = total
            now = seen
            _note_absent(st, num_waiting)
            if total < st.totals[BEST] - 1e-6:
                keep_best(inst, st)
        else:
            _undo(st, absent_before)
        for number in range(st.counters[NUM_TOUCHED]):
            st.is_saved[st.touched[number]] = 0
