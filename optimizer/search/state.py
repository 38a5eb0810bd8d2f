"""Room for one search on an instance."""

from __future__ import annotations

import numpy as np

from optimizer.search.arrays import BLINK, FOUND, NUM_COUNTERS, NUM_TOTALS, SLOT, VERSION, Instance, State

_MAX_STOPS = 400
"""Stops of one route at most."""
_MAX_TRIPS = 40
"""Loadings of one route at most."""
_POOL_ROUTES = 1 << 15
_POOL_TOKENS = 1 << 19


def make_state(instance: Instance, seed: int) -> State:
    """Room for one search: every shift unused, every visit left out; see :func:`optimizer.search.draft.fill`."""
    num_visits, num_shifts = instance.num_visits, instance.num_shifts
    num_breaks = int((instance.shifts["break_to"] - instance.shifts["break_from"]).max(initial=0))
    length = min(2 * num_visits, _MAX_STOPS) + num_breaks + 6
    num_trips = int(min(_MAX_TRIPS, instance.shifts["max_trips"].max(initial=1), max(1, num_visits)))
    slots = np.zeros((num_shifts + 2, length), dtype=SLOT)
    raw = slots.view(np.int64).reshape(num_shifts + 2, length, SLOT.itemsize // 8)
    num_capacities = instance.demand.shape[1]
    found = np.zeros((num_visits, num_shifts), dtype=FOUND)
    found["version"] = -1
    num_kinds = instance.worth_cents.shape[1]
    counters = np.zeros(NUM_COUNTERS, dtype=np.int64)
    counters[BLINK] = 50
    counters[VERSION] = 0
    trip_load = np.zeros((num_shifts + 2, num_trips, num_capacities), dtype=np.int32)
    return State(
        slots=slots,
        raw=raw,
        num_slots=np.zeros(num_shifts, dtype=np.int32),
        num_visits=np.zeros(num_shifts, dtype=np.int32),
        num_trips=np.zeros(num_shifts, dtype=np.int32),
        trip_load=trip_load,
        cents=np.zeros(num_shifts, dtype=np.float64),
        figures=np.zeros((num_shifts, 3), dtype=np.float64),
        loads=np.zeros(len(instance.fair_s), dtype=np.float64),
        version=np.zeros(num_shifts, dtype=np.int32),
        saved_raw=np.empty((num_shifts, length, SLOT.itemsize // 8), dtype=np.int64),
        saved_slots=np.zeros((num_shifts, 4), dtype=np.int32),
        saved_load=np.zeros_like(trip_load),
        saved_cents=np.zeros((num_shifts, 4), dtype=np.float64),
        is_saved=np.zeros(num_shifts, dtype=np.uint8),
        touched=np.zeros(num_shifts, dtype=np.int32),
        route_of=np.full(num_visits, -1, dtype=np.int32),
        position_of=np.full(num_visits, -1, dtype=np.int32),
        found=found,
        tries=np.zeros((4, 2), dtype=np.int32),
        tries_cents=np.zeros(1 if instance.is_plain or instance.is_early else 4, dtype=np.float64),
        tries_late_s=np.zeros(4, dtype=np.int32),
        tops=np.zeros((2, 2), dtype=np.float64),
        top_routes=np.zeros(2, dtype=np.int32),
        mean_load_s=np.zeros(1, dtype=np.float64),
        guide=np.zeros(1, dtype=np.float64),
        fourths=np.zeros(1, dtype=np.float64),
        room_s=np.zeros(2, dtype=np.int32),
        part_load=np.zeros(num_capacities, dtype=np.int32),
        tied_s=np.zeros(int(np.diff(instance.group_from).max(initial=1)), dtype=np.int32),
        pinned_s=np.full(num_visits, -1, dtype=np.int32),
        raised_s=np.zeros(num_visits, dtype=np.int32),
        raised_at=np.full(num_visits, -1, dtype=np.int64),
        dirty=np.zeros(num_shifts, dtype=np.int32),
        dirty_from=np.full(num_shifts, -1, dtype=np.int32),
        retimed=np.zeros(num_shifts, dtype=np.int32),
        retimed_from=np.full(num_shifts, -1, dtype=np.int32),
        retimed_to=np.zeros(num_shifts, dtype=np.int32),
        ruined=np.full(num_shifts, -1, dtype=np.int64),
        listed=np.full(num_visits, -1, dtype=np.int64),
        absent=np.zeros(num_visits + 1, dtype=np.int32),
        waiting=np.zeros(2 * num_visits + 32, dtype=np.int32),
        string=np.zeros(length, dtype=np.int32),
        keys=np.zeros(2 * num_visits + 32, dtype=np.float64),
        unused=np.full(num_kinds, -1, dtype=np.int32),
        last_tried=np.zeros(num_shifts, dtype=np.int64),
        members=np.arange(num_visits, dtype=np.int32),
        routes=np.arange(num_shifts, dtype=np.int32),
        best_tokens=np.zeros((num_shifts, length), dtype=np.int32),
        best_slots=np.zeros(num_shifts, dtype=np.int32),
        best_version=np.full(num_shifts, -1, dtype=np.int32),
        counters=counters,
        totals=np.zeros(NUM_TOTALS, dtype=np.float64),
        random=np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64),
        pool_tokens=np.zeros(_POOL_TOKENS, dtype=np.int32),
        pool_rows=np.zeros((_POOL_ROUTES, 4), dtype=np.int64),
        pool_cents=np.zeros(_POOL_ROUTES, dtype=np.float64),
        pool_table=np.full(4 * _POOL_ROUTES, -1, dtype=np.int64),
    )
