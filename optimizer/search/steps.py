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
    NOW,
    NUM_ABSENT,
    NUM_ACCEPTED,
    NUM_INSERTIONS,
    NUM_STEPS,
    NUM_TOUCHED,
    ROUTES,
    UNUSED_CHANGED,
)
from optimizer.search.bundle import compiled
from optimizer.search.insertion import find_place
from optimizer.search.pool import keep_route
from optimizer.search.routes import put_in, refresh, save_route, undo_route

_SPLIT_SHARE = 0.5
_KEEP_MORE_SHARE = 0.01
_BLINK_SHARE = 0.01
_MAX_ABSENT_TRIED = 20
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
        token = st.slots[route, position].token
        if token < inst.demand.shape[0] and not inst.nodes[token].is_locked:
            st.string[count] = token
            count += 1
    return count


@compiled
def _take_out_string(inst, st, route, visit, length, num_waiting):
    """Take a string around `visit` out of its route; the new number of waiting visits."""
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
    before = num_waiting
    for here in range(first, first + span):
        if kept and kept_from <= here < kept_from + kept:
            continue
        gone = st.string[here]
        st.route_of[gone] = -1
        st.waiting[num_waiting] = gone
        num_waiting += 1
    save_route(st, route)
    if _close_gaps(inst, st, route):
        for here in range(before, num_waiting):
            st.totals[ABSENT] += inst.nodes[st.waiting[here]].absent_cents
        return num_waiting
    undo_route(st, route)
    for here in range(before, num_waiting):
        st.route_of[st.waiting[here]] = route
    return before


@compiled
def _close_gaps(inst, st, route):
    """Drop visits taken out, and loadings that no visit needs any more; false where that breaks a rule."""
    num_visits = inst.demand.shape[0]
    num_stations = inst.ready_s.shape[1]
    end = np.int64(1)
    load_at = np.int64(0)
    for position in range(1, st.num_slots[route] - 1):
        token = st.slots[route, position].token
        if token < num_visits:
            if st.route_of[token] < 0:
                continue
            if inst.nodes[token].has_demand:
                load_at = np.int64(0)
        elif token < num_visits + num_stations:
            if load_at:
                _drop(st, route, load_at, end)
                end -= 1
            load_at = end
        st.slots[route, end].token = token
        end += 1
    if load_at:
        _drop(st, route, load_at, end)
        end -= 1
    return refresh(inst, st, route, end + 1)


@compiled
def _drop(st, route, position, end):
    for here in range(position, end - 1):
        st.slots[route, here].token = st.slots[route, here + 1].token


@compiled
def _ruin(inst, st, num_removed, max_string, mean_length):
    """Take strings out of the routes around a random visit; the number of visits taken out."""
    seed = st.members[draw_below(st, st.members.shape[0])]
    longest = min(float(max_string), max(1.0, mean_length))
    num_strings = int(draw(st) * (4.0 * num_removed / (1.0 + longest) - 1.0) + 1.0)
    num_waiting = np.int64(0)
    neighbours = inst.neighbours[seed]
    for number in range(-1, neighbours.shape[0]):
        visit = seed if number < 0 else neighbours[number]
        route = np.int64(st.route_of[visit])
        if route < 0 or st.is_saved[route] or inst.nodes[visit].is_locked:
            continue
        length = int(draw(st) * min(float(st.num_visits[route]), longest) + 1.0)
        num_waiting = _take_out_string(inst, st, route, visit, length, num_waiting)
        num_strings -= 1
        if num_strings <= 0:
            break
    return num_waiting


@compiled
def _add_absent(st, num_waiting):
    """Add visits left out so far, some of them where there are many; the new number of waiting visits."""
    num_absent = st.counters[NUM_ABSENT]
    num_added = min(num_absent, _MAX_ABSENT_TRIED)
    for number in range(num_added):
        other = number + draw_below(st, num_absent - number)
        visit = st.absent[other]
        st.absent[other] = st.absent[number]
        st.absent[number] = visit
        st.waiting[num_waiting + number] = visit
    return num_waiting + num_added


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
    version, last_tried, route_of, neighbours, found = st.version, st.last_tried, st.route_of, inst.neighbours, st.found
    best = inst.nodes[visit].absent_cents
    best_route = np.int64(-1)
    is_limited = inst.nodes[visit].elder >= 0
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
        if found[visit, route].cents < best:
            best = found[visit, route].cents
            best_route = route
    if best_route < 0:
        return True
    st.totals[ABSENT] -= inst.nodes[visit].absent_cents
    chosen = found[visit, best_route]
    return put_in(inst, st, visit, best_route, np.int64(chosen.position), np.int64(chosen.how))


@compiled
def coupled_price(inst, st):
    """Price of the terms that look at all routes at once: highest idle time and lateness, imbalance of loads."""
    idle_s = 0.0
    late_s = 0.0
    loads = st.loads
    for worker in range(loads.shape[0]):
        loads[worker] = inst.carried_s[worker]
    for route in range(inst.shifts.shape[0]):
        loads[inst.shifts[route].worker] += st.figures[route, 0]
        idle_s = max(idle_s, st.figures[route, 1])
        late_s = max(late_s, st.figures[route, 2])
    off_s = 0.0
    mean_s = 0.0
    for worker in range(loads.shape[0]):
        mean_s += loads[worker] / loads.shape[0]
    for worker in range(loads.shape[0]):
        fair_s = inst.fair_s[worker]
        off_s += math.ceil(abs(loads[worker] - (mean_s if math.isnan(fair_s) else fair_s)) - 1e-6)
    return (
        idle_s * inst.highest_idle_cents_per_s
        + late_s * inst.highest_late_cents_per_s
        + off_s * inst.imbalance_cents_per_s
    )


@compiled
def total_price(inst, st):
    """Price of everything: routes, visits left out, coupled terms."""
    total = st.totals[ROUTES] + st.totals[ABSENT]
    return total + coupled_price(inst, st) if inst.is_coupled else total


@compiled
def _undo(inst, st, num_waiting, absent_before):
    """Bring everything back to where it was before the step."""
    num_visits = inst.demand.shape[0]
    for number in range(num_waiting):
        st.route_of[st.waiting[number]] = -1
    for number in range(st.counters[NUM_TOUCHED]):
        undo_route(st, np.int64(st.touched[number]))
    for number in range(st.counters[NUM_TOUCHED]):
        route = st.touched[number]
        for position in range(1, st.num_slots[route] - 1):
            token = st.slots[route, position].token
            if token < num_visits:
                st.route_of[token] = route
                st.position_of[token] = position
    for number in range(num_waiting):
        if st.route_of[st.waiting[number]] < 0:
            st.position_of[st.waiting[number]] = -1
    st.totals[ABSENT] = absent_before


@compiled
def _note_absent(st, num_waiting):
    """Bring the list of visits left out up to date; those listed have position -1."""
    count = 0
    for number in range(st.counters[NUM_ABSENT]):
        visit = st.absent[number]
        if st.route_of[visit] < 0:
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
def insert_absent(inst, st, num_near):
    """Put in every visit left out, in one of the orders, wherever it pays; the plan becomes the best one."""
    num_absent = st.counters[NUM_ABSENT]
    st.counters[NUM_TOUCHED] = 0
    is_sound = True
    for number in range(num_absent):
        st.waiting[number] = st.absent[number]
    _sort(inst, st, num_absent)
    for number in range(num_absent):
        is_sound = is_sound and insert_best(inst, st, st.waiting[number], num_near)
    for number in range(st.counters[NUM_TOUCHED]):
        st.is_saved[st.touched[number]] = 0
    _note_absent(st, num_absent)
    st.totals[NOW] = total_price(inst, st)
    keep_best(inst, st)
    return is_sound


@compiled
def run_steps(inst, st, num_steps, heat_from, heat_to, num_removed, max_string, mean_length, num_near):
    """Run steps at a temperature (in cents) that falls geometrically from `heat_from` to `heat_to`."""
    heat = heat_from
    cooling = (heat_to / heat_from) ** (1.0 / max(1, num_steps))
    for _ in range(num_steps):
        heat *= cooling
        st.counters[NUM_STEPS] += 1
        st.counters[NUM_TOUCHED] = 0
        absent_before = st.totals[ABSENT]
        num_removed_now = _ruin(inst, st, num_removed, max_string, mean_length)
        num_waiting = _add_absent(st, num_removed_now)
        _sort(inst, st, num_waiting)
        is_sound = True
        for number in range(num_waiting):
            if is_sound:
                is_sound = insert_best(inst, st, st.waiting[number], num_near)
        total = total_price(inst, st)
        if is_sound and total < st.totals[NOW] - heat * math.log(1.0 - draw(st)):
            st.counters[NUM_ACCEPTED] += 1
            st.totals[NOW] = total
            _note_absent(st, num_waiting)
            if total < st.totals[BEST] - 1e-6:
                keep_best(inst, st)
        else:
            _undo(inst, st, num_waiting, absent_before)
        for number in range(st.counters[NUM_TOUCHED]):
            st.is_saved[st.touched[number]] = 0
