"""Terms that look at all routes at once: highest idle time, highest lateness, imbalance of loads.

Where several workers are idle longest, no single move lowers the highest idle time. A hot search therefore sees a share
of it as the quartic mean of all idle times, which every move changes; the share falls with the temperature.
"""

from __future__ import annotations

import math

import numpy as np

from optimizer.search.bundle import compiled


@compiled
def coupled_price(inst, st):
    """Price of these terms as the routes stand."""
    idle_s = 0.0
    late_s = 0.0
    for route in range(inst.shifts.shape[0]):
        idle_s = max(idle_s, st.figures[route, 1])
        late_s = max(late_s, st.figures[route, 2])
    cents = idle_s * inst.highest_idle_cents_per_s + late_s * inst.highest_late_cents_per_s
    if inst.imbalance_cents_per_s == 0.0:
        return cents
    mean_s = _add_loads(inst, st)
    off_s = 0.0
    for worker in range(st.loads.shape[0]):
        off_s += math.ceil(abs(st.loads[worker] - _fair_s(inst, worker, mean_s)) - 1e-6)
    return cents + off_s * inst.imbalance_cents_per_s


@compiled
def guided_extra(inst, st):
    """What a hot search sees beyond :func:`coupled_price`."""
    if st.guide[0] == 0.0 or inst.highest_idle_cents_per_s == 0.0:
        return 0.0
    idle_s = 0.0
    for route in range(inst.shifts.shape[0]):
        idle_s = max(idle_s, st.figures[route, 1])
    return (_quartic_mean(st, _sum_of_fourths(inst, st)) - idle_s) * st.guide[0] * inst.highest_idle_cents_per_s


@compiled
def _sum_of_fourths(inst, st):
    total = 0.0
    for route in range(inst.shifts.shape[0]):
        total += st.figures[route, 1] ** 4
    return total


@compiled
def _quartic_mean(st, total):
    return math.sqrt(math.sqrt(max(0.0, total) / st.figures.shape[0]))


@compiled
def _add_loads(inst, st):
    """Sum up the loads of all workers; their mean."""
    loads = st.loads
    for worker in range(loads.shape[0]):
        loads[worker] = inst.carried_s[worker]
    for route in range(inst.shifts.shape[0]):
        loads[inst.shifts[route].worker] += st.figures[route, 0]
    mean_s = 0.0
    for worker in range(loads.shape[0]):
        mean_s += loads[worker] / loads.shape[0]
    return mean_s


@compiled
def _fair_s(inst, worker, mean_s):
    return mean_s if math.isnan(inst.fair_s[worker]) else inst.fair_s[worker]


@compiled
def note_tops(inst, st):
    """Find the two highest idle times and latenesses, and all loads, for :func:`coupled_change`."""
    for column in range(2):
        first, second, top = 0.0, 0.0, -1
        for route in range(inst.shifts.shape[0]):
            figure = st.figures[route, 1 + column]
            if figure > first:
                first, second, top = figure, first, route
            elif figure > second:
                second = figure
        st.tops[column, 0], st.tops[column, 1] = first, second
        st.top_routes[column] = top
    if st.guide[0] > 0.0:
        st.fourths[0] = _sum_of_fourths(inst, st)
    if inst.imbalance_cents_per_s > 0.0:
        st.mean_load_s[0] = _add_loads(inst, st)


@compiled
def coupled_change(inst, st, route, load_s, idle_s, late_s):
    """By how much these terms change if a route gets these figures, others and the mean load staying as they are."""
    cents = 0.0
    for column in range(2):
        rate = inst.highest_late_cents_per_s if column else inst.highest_idle_cents_per_s
        if rate > 0.0:
            others_s = st.tops[column, 1 if st.top_routes[column] == route else 0]
            now_s = st.figures[route, 1 + column]
            share = 1.0 if column else 1.0 - st.guide[0]
            cents += (max(others_s, late_s if column else idle_s) - max(others_s, now_s)) * rate * share
    if st.guide[0] > 0.0:
        after = st.fourths[0] - st.figures[route, 1] ** 4 + np.float64(idle_s) ** 4
        change_s = _quartic_mean(st, after) - _quartic_mean(st, st.fourths[0])
        cents += change_s * st.guide[0] * inst.highest_idle_cents_per_s
    if inst.imbalance_cents_per_s > 0.0:
        worker = inst.shifts[route].worker
        off_s = st.loads[worker] - _fair_s(inst, worker, st.mean_load_s[0])
        more_s = load_s - st.figures[route, 0]
        cents += (abs(off_s + more_s) - abs(off_s)) * inst.imbalance_cents_per_s
    return cents


@compiled
def later_change(inst, st, route, late_s):
    """:func:`coupled_change` of lateness alone."""
    if inst.highest_late_cents_per_s == 0.0:
        return 0.0
    others_s = st.tops[1, 1 if st.top_routes[1] == route else 0]
    return (max(others_s, np.float64(late_s)) - max(others_s, st.figures[route, 2])) * inst.highest_late_cents_per_s
