"""A problem as flat, typed NumPy arrays, made once; the compiled search reads nothing else.

Everything a route can hold is a *token*: visits ``0 .. n-1``, loadings at station ``n + s``, breaks ``n + S + b``.
Times are seconds after 00:00 of the first day, prices yuan cents as ``float64``. :data:`FAR_S` stands for "never" and
"no way".
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.search.bundle import bundle_type, opener

FAR_S = 10**8
"""Later than any window; also the travel time where there is no way (as in :data:`optimizer.nodes.FAR_S`)."""

HARD_CENTS = 1e7
"""Price of one unit of a term that must be zero, and of a start that had to be taken over although it breaks a rule."""

NODE = np.dtype(
    [
        ("place", "i4"),  # where it starts; -1: wherever the worker is (breaks without a place)
        ("end_place", "i4"),  # where it ends
        ("window_from", "i4"),  # its rows of `windows`
        ("window_to", "i4"),
        ("first_s", "i4"),  # start of its first window
        ("last_s", "i4"),  # end of its last window
        ("is_fixed", "i4"),  # keeps its earliest start when departures are moved later (promised visits)
        ("has_demand", "i4"),  # must come after a loading of its trip
        ("is_locked", "i4"),  # is never taken out of its route
        ("max_on_board_s", "i4"),
        ("soft_on_board_s", "i4"),
        ("promise_s", "i4"),  # announced start, -1: none
        ("tolerance_s", "i4"),
        ("station", "i4"),  # loadings: which station
        ("elder", "i4"),  # row of `met_limits` where the elder limits the number of different workers, else -1
        ("is_soft", "i4"),  # its start has a price
        ("group", "i4"),  # row of `group_from`: visits whose starts depend on each other, -1: none
        ("unit", "i4"),  # row of `unit_from`: visits that are served together or not at all, -1: none
        ("tie_from", "i4"),  # its rows of `ties`
        ("tie_to", "i4"),
        ("mate_from", "i4"),  # its rows of `mates`
        ("mate_to", "i4"),
        ("absent_cents", "f8"),  # price of leaving it out
        ("late_cents_per_s", "f8"),
    ],
    align=True,
)
"""What does not depend on the worker, by token."""

SHIFT = np.dtype(
    [
        ("worker", "i4"),
        ("kind", "i4"),  # shifts of one kind differ in nothing but the name
        ("mode", "i4"),
        ("pace", "i4"),  # row of `service_s`
        ("start_place", "i4"),  # -1: where the first stop is
        ("end_place", "i4"),  # -1: where the last stop is
        ("start_s", "i4"),
        ("end_s", "i4"),
        ("soft_end_s", "i4"),
        ("max_work_s", "i4"),
        ("max_distance_m", "i4"),
        ("max_trips", "i4"),
        ("break_from", "i4"),  # tokens of its breaks
        ("break_to", "i4"),
        ("has_peaks", "i4"),
        ("is_timed", "i4"),  # time from departure to return has a price or a limit
        ("fixed_cents", "f8"),
        ("cents_per_s", "f8"),  # from departure to return
        ("overtime_cents_per_s", "f8"),
        ("cents_per_m", "f8"),
        ("travel_cents_per_s", "f8"),
        ("waiting_cents_per_s", "f8"),
        ("idle_cents_per_s", "f8"),
    ],
    align=True,
)
"""Facts of one shift of one worker, and what it costs."""

SLOT = np.dtype(
    [
        ("token", "i4"),
        ("kind", "i4"),  # END, VISIT, LOAD or BREAK
        ("is_floating", "i4"),  # is wherever the worker is (breaks without a place)
        ("place", "i4"),
        ("end_place", "i4"),
        ("service_s", "i4"),
        ("num_windows", "i4"),
        ("first_s", "i4"),  # start of its first window
        ("last_s", "i4"),  # end of its last window
        ("group", "i4"),
        ("way_s", "i4"),  # from the stop before
        ("way_m", "i4"),
        ("ready_s", "i4"),  # when the goods of this visit are ready
        ("arrive_s", "i4"),  # earliest arrival, of visits in groups
        ("free_latest_s", "i4"),  # `latest_s` before visits elsewhere have their say, of visits in groups
        ("start_s", "i4"),  # earliest start
        ("wait_s", "i4"),  # from arrival to earliest start
        ("soft_s", "i4"),  # end of its only window in the soft sense
        ("free_s", "i4"),  # earliest end
        ("latest_s", "i4"),  # latest start that leaves all later slots inside their windows
        ("final_s", "i4"),  # start with departure and loadings just in time
        ("leg_cents", "f8"),  # price of the way to here
        ("late_cents_per_s", "f8"),  # price of a second of its own lateness
        ("stop_cents", "f8"),  # price of the visit in a shift of this kind, and of its portions
        ("before_d", "i4"),  # segment from the start to here: duration ...
        ("before_e", "i4"),  # ... earliest ...
        ("before_l", "i4"),  # ... and latest departure without waiting more than that duration
        ("after_d", "i4"),  # the same from here to the end
        ("after_e", "i4"),
        ("after_l", "i4"),
        ("ready_rest_s", "i4"),  # when the goods of this visit and of those after it on its trip are ready
        ("on_board_slack_s", "i4"),  # largest detour since the loading that no later visit of the trip forbids
        ("late_slack_s", "i4"),  # largest delay that makes no later visit later than its soft end
        ("elapsed_s", "i4"),  # travel and service since the route began, waits left out
        ("late_rate", "f8"),  # price of a second of delay once the slack is used up
    ],
    align=True,
)
"""One stop of a route in the making; a route is a row of these from its start to its end stop (Vidal et al. 2013)."""

END, VISIT, LOAD, BREAK = range(4)
"""What a slot is: the start or the end of the route, a visit, a loading or a break."""

FOUND = np.dtype(
    [
        ("cents", "f8"),
        ("version", "i4"),
        ("position", "i2"),
        ("how", "i2"),
        ("load_s", "i4"),  # figures of the route with the visit in it, for terms that look at all routes at once
        ("idle_s", "i4"),
        ("late_s", "i4"),
    ],
    align=True,
)
"""The cheapest way found of putting a visit into a route, good as long as the route has that version.

The visit goes behind slot `position`; -1 says that no way costs less than `cents`. ``how`` is 0 where it joins a trip,
``1 + s`` where a loading at station ``s`` goes before it and ``-1 - s`` where one goes after it.
"""


Byte1 = Annotated[NDArray[np.uint8], np.uint8, 1]
Byte2 = Annotated[NDArray[np.uint8], np.uint8, 2]
Int1 = Annotated[NDArray[np.int32], np.int32, 1]
Int2 = Annotated[NDArray[np.int32], np.int32, 2]
Int3 = Annotated[NDArray[np.int32], np.int32, 3]
Int4 = Annotated[NDArray[np.int32], np.int32, 4]
Long1 = Annotated[NDArray[np.int64], np.int64, 1]
Long2 = Annotated[NDArray[np.int64], np.int64, 2]
Long3 = Annotated[NDArray[np.int64], np.int64, 3]
Real1 = Annotated[NDArray[np.float64], np.float64, 1]
Real2 = Annotated[NDArray[np.float64], np.float64, 2]
Word1 = Annotated[NDArray[np.uint64], np.uint64, 1]
"""Arrays by type and number of axes."""


class Instance(NamedTuple):
    """The facts. ``n`` visits, ``S`` stations, ``R`` shifts, ``P`` places, ``M`` modes, ``K`` capacities."""

    arcs: Int4
    """``(M, P, P, 2)``: seconds and metres from row to column."""
    arcs_to: Int4
    """``(M, P, P, 2)``: the same from column to row, so that both directions are read along a row."""
    peak_from: Int1
    """``(M + 1,)``: rows of `peaks` by mode."""
    peaks: Int2
    """``(·, 3)``: start, end (of every day) and speed in percent."""
    nodes: Annotated[NDArray[np.void], NODE, 1]
    """``(n + S + B,)`` of :data:`NODE`."""
    windows: Int2
    """``(·, 5)``: start, end, soft start, soft end, rank; sorted by start within a token.

    Where windows overlap, that of the lowest rank says how early or late a start is.
    """
    service_s: Int2
    """``(paces, n + S + B)``: seconds of service, loading or rest."""
    demand: Int2
    """``(n, K)``: what a visit takes of each capacity."""
    capacity: Int2
    """``(R, K)``."""
    ready_s: Int2
    """``(n, S)``: from when on a visit's goods can be loaded at a station; :data:`FAR_S`: not there."""
    supply_cents: Real2
    """``(n, S)``: price of a visit's portions by station."""
    worth_cents: Real2
    """``(n, kinds)``: price of a visit in a shift of a kind, beside time and way; ``inf`` where it may not be."""
    shifts: Annotated[NDArray[np.void], SHIFT, 1]
    """``(R,)`` of :data:`SHIFT`."""
    missed_cents: Real1
    """``(n + S + B,)``: price of not taking a break."""
    orders: Real2
    """``(n, ·)``: keys by which visits may be sorted before they are inserted."""
    neighbours: Int2
    """``(n, ·)``: other visits, nearest first."""
    met_limits: Int1
    """``(elders,)``: new workers an elder may still meet."""
    known: Byte2
    """``(elders, workers)``: whether the elder knows the worker."""
    elder_from: Int1
    """``(elders + 1,)``: rows of `elder_visits` by elder."""
    elder_visits: Int1
    """Visits of elders who limit the number of different workers."""
    ties: Int2
    """``(·, 3)``: by a visit's rows, another visit of its group, how many seconds after it that starts at least (where
    negative: before it at most), and 1 where they count from its end."""
    group_from: Int1
    """``(groups + 1,)``: rows of `group_visits` by group."""
    group_visits: Int1
    unit_from: Int1
    """``(units + 1,)``: rows of `unit_visits` by unit."""
    unit_visits: Int1
    mates: Int2
    """``(·, 2)``: by a visit's rows, another visit and how they are bound: SAME, DIFFERENT or DAYS_APART."""
    early_cents_per_s: float
    food_cents_per_s: float
    promise_cents_per_s: float
    highest_idle_cents_per_s: float
    highest_late_cents_per_s: float
    imbalance_cents_per_s: float
    fair_s: Real1
    """``(workers,)``: load a worker should have (``nan``: the mean of all)."""
    carried_s: Real1
    """``(workers,)``: load brought over."""
    is_plain: bool
    """Whether constant-time tests price every insertion exactly: see :func:`optimizer.search.build.is_plain`."""
    is_coupled: bool
    """Whether some term looks at all routes at once."""
    is_tied: bool
    """Whether starts depend on starts in other routes."""
    is_early: bool
    """Whether no rule or price sees the difference between leaving early and leaving just in time."""
    is_rising: bool
    """Whether a visit more never makes routes cheaper: see :func:`optimizer.search.build.is_rising`."""

    @property
    def num_visits(self) -> int:
        """Number of visits."""
        return int(self.demand.shape[0])

    @property
    def num_shifts(self) -> int:
        """Number of shifts."""
        return int(self.shifts.shape[0])


(
    VERSION,
    NUM_TOUCHED,
    NUM_ABSENT,
    NUM_INSERTIONS,
    NUM_STEPS,
    NUM_ACCEPTED,
    BLINK,
    NUM_POOLED,
    POOL_END,
    UNUSED_CHANGED,
    SETTLING,
    NUM_DIRTY,
    NUM_RETIMED,
    NUM_EVALUATIONS,
    NUM_COUNTERS,
) = range(15)
"""Where :attr:`State.counters` has what."""
ROUTES, ABSENT, NOW, BEST, TO_COME, LIMIT, NUM_TOTALS = range(7)
"""Where :attr:`State.totals` has what, in cents: price of all routes, of what is left out, of everything now and at
best; how much of what is left out the step has yet to decide about, and above which price it is given up."""
SAME, DIFFERENT, DAYS_APART = range(3)
"""How :attr:`Instance.mates` binds two visits: same worker, different workers, a whole day between them."""
RANDOM, BY_DEMAND, FAR, NEAR, NARROW, EARLY, LATE = range(-1, 6)
"""Orders of insertion: columns of :attr:`Instance.orders`; random has none."""


class State(NamedTuple):
    """Routes in the making and everything that one search keeps between steps."""

    slots: Annotated[NDArray[np.void], SLOT, 2]
    """``(R + 2, length)`` of :data:`SLOT`; the last two rows are for routes that are only tried."""
    raw: Long3
    """``(R, length, words)``: the same memory, for copying."""
    num_slots: Int1
    """``(R,)``: stops of each route, start and end included."""
    num_visits: Int1
    """``(R,)``: visits of each route."""
    num_trips: Int1
    """``(R,)``: loadings of each route."""
    trip_load: Int3
    """``(R + 2, trips, K)``: what each trip carries."""
    cents: Real1
    """``(R,)``: price of each route."""
    figures: Real2
    """``(R, 3)``: load, idle seconds and highest lateness, for terms that look at all routes."""
    loads: Real1
    """``(workers,)``: room for their loads."""
    version: Int1
    """``(R,)``: changes with every change of a route, and comes back with it."""
    saved_raw: Long3
    saved_slots: Int2
    """``(R, 4)``: number of slots, visits and trips, and version of routes before the step."""
    saved_load: Int3
    saved_cents: Real2
    """``(R, 4)``: price and figures before the step."""
    is_saved: Byte1
    touched: Int1
    """Routes changed by the step."""
    route_of: Int1
    """``(n,)``: route of each visit, -1: left out, -2: not this search's."""
    position_of: Int1
    """``(n,)``: slot of each visit in its route."""
    found: Annotated[NDArray[np.void], FOUND, 2]
    """``(n, R)`` of :data:`FOUND`."""
    tries: Int2
    """``(·, 2)``: position and ``how`` of the most promising insertions into one route."""
    tries_cents: Real1
    tries_late_s: Int1
    """Highest lateness of the route by each of them."""
    tops: Real2
    """``(2, 2)``: highest idle time and highest lateness of all routes, and the highest but for that route."""
    top_routes: Int1
    """``(2,)``: which routes these are."""
    mean_load_s: Real1
    """``(1,)``."""
    guide: Real1
    """``(1,)``: share of the highest idle time seen as a mean (:mod:`optimizer.search.coupled`)."""
    fourths: Real1
    """``(1,)``: sum of the fourth powers of all idle times."""
    room_s: Int1
    """``(2,)``: earliest and latest start of the visit to be inserted, by its group."""
    part_load: Int1
    """``(K,)``: what a trip carries for the visits up to a position."""
    tied_s: Int1
    """Starts of the visits of one group."""
    pinned_s: Int1
    """``(n,)``: start of a visit that stays where it is, being bound to one that is not this search's; -1: free."""
    raised_s: Int1
    """``(n,)``: start of a visit because of a later one in its own route, ..."""
    raised_at: Long1
    """... good for that count of SETTLING."""
    dirty: Int1
    """Routes to be timed again, ..."""
    dirty_from: Int1
    """``(R,)``: ... from that slot on; -1: not."""
    retimed: Int1
    """Routes whose times have changed, ..."""
    retimed_from: Int1
    """``(R,)``: ... from that slot on, -1: not, ..."""
    retimed_to: Int1
    """``(R,)``: ... up to that slot."""
    ruined: Long1
    """``(R,)``: in which step visits were last taken out of a route."""
    listed: Long1
    """``(n,)``: in which step a visit was last put on the waiting list."""
    absent: Int1
    """Visits left out."""
    waiting: Int1
    """Visits that a step inserts, in order."""
    string: Int1
    """Visits of a route, in order."""
    keys: Real1
    """Sort keys of the waiting visits."""
    unused: Int1
    """``(kinds,)``: an unused shift of each kind, -1: none."""
    last_tried: Long1
    """``(R,)``: for which insertion a route was last tried."""
    members: Int1
    """Visits this search may move."""
    routes: Int1
    """Routes this search may change."""
    best_tokens: Int2
    """``(R, length)``: the best routes so far, by token."""
    best_slots: Int1
    best_version: Int1
    counters: Long1
    """Indexed by the constants ``VERSION`` ..."""
    totals: Real1
    """Indexed by the constants ``NOW`` ..."""
    random: Word1
    """State of the generator."""
    pool_tokens: Int1
    """Routes collected for recombination, one after the other."""
    pool_rows: Long2
    """``(·, 4)``: shift, first and last index in `pool_tokens`, hash."""
    pool_cents: Real1
    pool_table: Long1
    """Hash table of the rows: equal routes are kept once."""


INSTANCE, STATE = bundle_type(Instance), bundle_type(State)
open_instance, open_state = opener(INSTANCE), opener(STATE)
"""Compiled: the bundles of :func:`optimizer.search.bundle.table_of` tables."""
