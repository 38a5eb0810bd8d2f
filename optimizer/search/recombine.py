r"""The best plan that can be put together from routes already found.

With :math:`x_c \in \{0, 1\}` for the routes ("columns") :math:`c` of kind of shift :math:`k_c` and worker :math:`w_c`,
:math:`a_v` for visits :math:`v` left out, and :math:`y_{ew}` for workers who are new to an elder:

.. math::

    \min \; & \sum_c (p_c - p^0_{k_c}) x_c + \sum_v q_v a_v \\
    & \sum_{c \ni v} x_c + a_v = 1 \qquad \forall v, \qquad
      \sum_{c: k_c = k} x_c \le m_k \qquad \forall k \\
    & \sum_{c \ni v,\, w_c = w} x_c \le y_{ew} \qquad \forall e, w, v \in V_e, \qquad
      \sum_w y_{ew} \le l_e \qquad \forall e

:math:`p_c` is the price of a route, :math:`p^0_k` that of a shift not used, :math:`q_v` that of leaving a visit out
(locked visits may not be), :math:`m_k` the number of shifts of a kind and :math:`l_e` how many new workers an elder
may still meet. It is the set partitioning model of Foster & Ryan (1976), Oper. Res. Q. 27:367-384, over the routes of a
search as in Rochat & Taillard (1995), J. Heuristics 1:147-167; :mod:`optimizer.search.partition` solves it.

Stock needs no row. :attr:`~optimizer.search.arrays.Instance.ready_s` opens to a visit only the portions decided for it
beforehand, and every station from the moment on at which it has enough for everybody; so routes that each wait for
their goods never take too much together. Terms that look at all routes at once have no price by route: where
:attr:`~optimizer.search.arrays.Instance.is_coupled`, nothing is recombined.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from optimizer.search.arrays import NUM_POOLED, Instance, State
from optimizer.search.partition import Effort, Program, improve

MAX_COLUMNS = 20_000
"""Columns that take part at most, beside those of the incumbent."""

Rows = Sequence[Sequence[int]]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A route that some search found: the shift it was found in, its stops without start and end, and its price."""

    route: int
    tokens: tuple[int, ...]
    cents: float


def pooled_columns(states: Sequence[State]) -> list[Column]:
    """The routes in the pools of several searches of one instance, the youngest last.

    Of routes that serve the same visits in shifts of one kind (pools give these the same hash) the cheapest stays.
    """
    best: dict[int, tuple[int, Column]] = {}
    for st in states:
        rows = st.pool_rows[: st.counters[NUM_POOLED]].tolist()
        for age, ((route, start, end, key), cents) in enumerate(zip(rows, st.pool_cents.tolist(), strict=False)):
            if route >= 0 and (key not in best or cents < best[key][1].cents):
                tokens = tuple(st.pool_tokens[start:end].tolist())
                best[key] = age, Column(route=route, tokens=tokens, cents=cents)
    return [column for _, column in sorted(best.values(), key=lambda entry: entry[0])]


def recombine(
    instance: Instance,
    columns: Sequence[Column],
    incumbent: Rows,
    *,
    seed: int,
    time_limit_s: float,
    deterministic_time: float | None = None,
    max_columns: int = MAX_COLUMNS,
) -> list[list[int]] | None:
    """A plan of pooled routes that is cheaper than `incumbent`.

    Parameters
    ----------
    columns
        Routes to choose from; each may go to any shift of its kind, with that shift's breaks.
    incumbent
        Tokens of every shift, as in :mod:`optimizer.search.draft`. A route that is not among the columns has no known
        price and stays as it is: its shift and its visits take no part.
    time_limit_s
        Seconds for everything; not looked at where `deterministic_time` is given.
    deterministic_time
        CP-SAT's own measure of work. Equal arguments then give equal answers.
    max_columns
        As many columns take part beside the incumbent's, the last of them (the youngest: see :func:`pooled_columns`).

    Returns
    -------
    list[list[int]] | None
        Tokens of every shift; a shift not used has its breaks alone. None where nothing better was found. A pool that
        knows the incumbent's very routes in another order counts as better, for it keeps the cheapest order.
    """
    effort = Effort(seed=seed, end_s=time.monotonic() + time_limit_s, deterministic_time=deterministic_time)
    if instance.is_coupled:
        return None
    contest = contest_of(instance, columns, incumbent, max_columns)
    if not contest.columns:
        return None
    chosen = improve(program_of(instance, contest), effort)
    current = contest.columns[: contest.num_current]
    if chosen is not None:
        current = [column for column, is_chosen in zip(contest.columns, chosen.tolist(), strict=False) if is_chosen]
    rows = _hand_out(instance, current, contest)
    return None if rows == [list(row) for row in incumbent] else rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What takes part: columns, those of the incumbent first, and routes of the incumbent that stay whatever comes."""

    incumbent: Rows
    staying: frozenset[int]
    columns: Sequence[Column]
    num_current: int


def contest_of(
    instance: Instance, columns: Sequence[Column], incumbent: Rows, max_columns: int = MAX_COLUMNS
) -> Contest:
    """The contest of `columns` and `incumbent`; of columns with the same visits and kind of shift the cheapest.

    Routes with visits that are bound to visits in other routes stay: their price holds good beside those routes alone.
    """
    kinds = instance.shifts["kind"].tolist()
    nodes = instance.nodes[: instance.num_visits]
    bound = frozenset(np.flatnonzero((nodes["group"] >= 0) | (nodes["mate_to"] > nodes["mate_from"])).tolist())
    best: dict[tuple[int, frozenset[int]], Column] = {}
    for column in columns:
        key = kinds[column.route], _visits(instance, column.tokens)
        if key[1] and bound.isdisjoint(key[1]) and (key not in best or column.cents < best[key].cents):
            best[key] = column
    served = {route: visits for route, row in enumerate(incumbent) if (visits := _visits(instance, row))}
    staying = frozenset(route for route, visits in served.items() if (kinds[route], visits) not in best)
    closed = frozenset(chain.from_iterable(served[route] for route in staying))
    current = [best.pop((kinds[route], visits)) for route, visits in served.items() if route not in staying]
    others = [column for (_, visits), column in best.items() if closed.isdisjoint(visits)]
    newest = others[max(0, len(others) - max_columns) :]
    return Contest(incumbent=incumbent, staying=staying, columns=current + newest, num_current=len(current))


def _visits(instance: Instance, tokens: Iterable[int]) -> frozenset[int]:
    num_visits = instance.num_visits
    return frozenset([token for token in tokens if token < num_visits])


def program_of(instance: Instance, contest: Contest) -> Program:
    """The model: variables of columns, then of visits left out, then of new workers of elders."""
    columns = contest.columns
    visit, column = _entries(instance, columns)
    route = np.array([c.route for c in columns])
    visits, part = np.unique(visit, return_inverse=True)
    is_current = np.arange(len(columns)) < contest.num_current
    is_absent = ~np.isin(visits, visit[is_current[column]])
    may_miss = np.flatnonzero((instance.nodes["is_locked"][visits] == 0) | is_absent)
    pairs = _Pairs(instance, contest, visit, column, route)
    first_pair = len(columns) + len(may_miss)
    num_variables = first_pair + pairs.num_pairs
    kinds, kind, limits = _kinds(instance, contest, route)
    num_kinds = len(kinds)
    parts = _matrix(
        np.concatenate([part, may_miss]),
        np.concatenate([column, len(columns) + np.arange(len(may_miss))]),
        (len(visits), num_variables),
    )
    pair_rows, pair_numbers, pair_values = pairs.entries(first_pair)
    limited = _matrix(
        np.concatenate([kind, num_kinds + pair_rows]),
        np.concatenate([np.arange(len(columns)), pair_numbers]),
        (num_kinds + len(pairs.limits), num_variables),
        np.concatenate([np.ones(len(columns)), pair_values]),
    )
    prices = np.array([c.cents for c in columns]) - _unused_cents(instance)[route]
    return Program(
        cost=np.concatenate([prices, instance.nodes["absent_cents"][visits[may_miss]], np.zeros(pairs.num_pairs)]),
        parts=parts,
        limited=limited,
        limits=np.concatenate([limits, pairs.limits]),
        current=np.concatenate([is_current, is_absent[may_miss], pairs.are_met(is_current)]),
    )


def _matrix(rows: Ints, numbers: Ints, shape: tuple[int, int], values: NDArray[np.float64] | None = None) -> csc_array:
    return csc_array(coo_array((np.ones(len(rows)) if values is None else values, (rows, numbers)), shape=shape))


def _entries(instance: Instance, columns: Sequence[Column]) -> tuple[Ints, Ints]:
    """Every visit of every column, and the number of the column."""
    tokens = np.fromiter(chain.from_iterable(column.tokens for column in columns), dtype=np.int64)
    numbers = np.repeat(np.arange(len(columns)), [len(column.tokens) for column in columns])
    is_visit = tokens < instance.num_visits
    return tokens[is_visit], numbers[is_visit]


def _unused_cents(instance: Instance) -> NDArray[np.float64]:
    """Price of every shift as long as it is not used; see :func:`optimizer.search.pricing.empty_price`."""
    shifts = instance.shifts
    idle_s = np.minimum(shifts["end_s"], shifts["soft_end_s"]) - shifts["start_s"]
    return np.asarray(idle_s * shifts["idle_cents_per_s"], dtype=np.float64)


def _kinds(instance: Instance, contest: Contest, route: Ints) -> tuple[Ints, Ints, Ints]:
    """Kinds of shifts with columns, the row of each column, and how many shifts of each kind are to be had."""
    free = np.array([r not in contest.staying for r in range(instance.num_shifts)], dtype=bool)
    kinds, row = np.unique(instance.shifts["kind"][route], return_inverse=True)
    counts = np.bincount(instance.shifts["kind"][free], minlength=int(kinds.max()) + 1)
    return kinds, row, counts[kinds]


class _Pairs:
    """Elders with a limit and workers whom they would meet for the first time; nothing where no elder has a limit."""

    def __init__(self, instance: Instance, contest: Contest, visit: Ints, column: Ints, route: Ints) -> None:
        known, room = _met_by_staying(instance, contest)
        elder, worker = instance.nodes["elder"][visit], instance.shifts["worker"][route[column]]
        is_new = elder >= 0
        is_new[is_new] = known[elder[is_new], worker[is_new]] == 0
        num_workers = len(instance.fair_s)
        self.column = column[is_new]
        keys, self.pair = np.unique(elder[is_new] * num_workers + worker[is_new], return_inverse=True)
        links, first, self.link = np.unique(
            visit[is_new] * num_workers + worker[is_new], return_index=True, return_inverse=True
        )
        elders, self.elder_of_pair = np.unique(keys // max(1, num_workers), return_inverse=True)
        self.pair_of_link = self.pair[first]
        self.num_links, self.num_pairs = len(links), len(keys)
        self.limits = np.concatenate([np.zeros(len(links), dtype=np.int64), room[elders]])
        """Right-hand sides: of every visit and worker, then of every elder."""

    def entries(self, first_pair: int) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Rows, variables and coefficients."""
        pairs = first_pair + np.arange(self.num_pairs)
        return (
            np.concatenate([self.link, np.arange(self.num_links), self.num_links + self.elder_of_pair]),
            np.concatenate([self.column, pairs[self.pair_of_link], pairs]),
            np.concatenate([np.ones(len(self.column)), -np.ones(self.num_links), np.ones(self.num_pairs)]),
        )

    def are_met(self, is_chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether the worker of each pair comes to the elder by the chosen columns."""
        met = np.zeros(self.num_pairs, dtype=bool)
        met[self.pair[is_chosen[self.column]]] = True
        return met


def _met_by_staying(instance: Instance, contest: Contest) -> tuple[NDArray[np.uint8], Ints]:
    """Workers known to every elder after the staying routes, and how many new ones each may then still meet."""
    known, room = instance.known.copy(), instance.met_limits.astype(np.int64)
    for route in sorted(contest.staying):
        worker = instance.shifts["worker"][route]
        for visit in _visits(instance, contest.incumbent[route]):
            elder = instance.nodes["elder"][visit]
            if elder >= 0 and not known[elder, worker]:
                known[elder, worker] = 1
                room[elder] -= 1
    return known, np.maximum(0, room)


# from columns to rows


def _hand_out(instance: Instance, chosen: Sequence[Column], contest: Contest) -> list[list[int]]:
    """Rows of all shifts; a route stays with its shift, or goes where it was found, or anywhere of that kind."""
    kinds = instance.shifts["kind"].tolist()
    holder = {
        (kinds[route], visits): route
        for route, row in enumerate(contest.incumbent)
        if (visits := _visits(instance, row)) and route not in contest.staying
    }
    rows = [
        list(row) if route in contest.staying else _unused(instance, row, route)
        for route, row in enumerate(contest.incumbent)
    ]
    free: dict[int, list[int]] = defaultdict(list)
    for route, kind in enumerate(kinds):
        if route not in contest.staying:
            free[kind].append(route)
    homeless = list(chosen)
    for wish in (
        lambda column: holder.get((kinds[column.route], _visits(instance, column.tokens)), -1),
        lambda column: column.route,
        lambda column: free[kinds[column.route]][0],
    ):
        rest = []
        for column in homeless:
            of_kind, route = free[kinds[column.route]], wish(column)
            if route in of_kind:
                of_kind.remove(route)
                rows[route] = _moved(instance, column, route)
            else:
                rest.append(column)
        homeless = rest
    return rows


def _moved(instance: Instance, column: Column, route: int) -> list[int]:
    """Tokens of a column in another shift of its kind, with the breaks of that shift."""
    first_break = instance.num_visits + instance.ready_s.shape[1]
    shift = int(instance.shifts["break_from"][route] - instance.shifts["break_from"][column.route])
    return [token + shift if token >= first_break else token for token in column.tokens]


def _unused(instance: Instance, row: Sequence[int], route: int) -> list[int]:
    """The breaks of a shift without visits, as in :func:`optimizer.search.draft.breaks_of`."""
    if not _visits(instance, row):
        return list(row)
    breaks = range(int(instance.shifts["break_from"][route]), int(instance.shifts["break_to"][route]))
    return sorted(breaks, key=lambda token: (int(instance.nodes["first_s"][token]), token))
