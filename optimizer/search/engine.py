"""The driver of the fast engine: searches side by side, cooled by the clock, their routes recombined.

Small problems are searched whole by every thread, each from its own seed; a large one is cut in two between the routes
on either side of a line that turns from round to round (route-based decomposition, Santini, Schneider, Vidal & Vigo
2023), and every thread cools its half. Compiled code holds no interpreter lock, so threads are enough and share facts.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Draft, Sources
from optimizer.problem import Problem
from optimizer.search import kernel
from optimizer.search.arrays import (
    BEST,
    INSTANCE,
    NOW,
    NUM_ABSENT,
    NUM_POOLED,
    POOL_END,
    STATE,
    UNUSED_CHANGED,
    VERSION,
    Instance,
)
from optimizer.search.build import make_instance
from optimizer.search.bundle import set_array, table_of
from optimizer.search.draft import Rows, breaks_of, draft_of_rows, rows_of_draft
from optimizer.search.recombine import pooled_columns, recombine
from optimizer.search.state import make_state
from optimizer.search.tokens import Tokens
from optimizer.travel import TravelMatrix

_ROUND_S = 0.25
_CHUNK_S = 0.02
_FIRST_CHUNK = 50
_NUM_STEP_ROUNDS = 40
_VERSION_LIMIT = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a search is run; ``python -m benchmarks.ablation`` measures other values against these.

    Parameters
    ----------
    num_removed, max_string
        Visits that a step takes out on average, and length of a string at most (Christiaens & Vanden Berghe 2020).
    num_near
        A visit is tried in the routes of so many of its nearest visits.
    hot, cold
        First and last temperature, as shares of what the start plan typically saves without one of its visits.
    max_whole
        Problems with more visits are cut, a piece for each thread.
    max_whole_bound, cut_share_bound
        Where visits are bound to each other, problems with more visits are cut for that share of the time: what is
        bound to another piece does not move, which makes steps quick but leaves some moves out.
    max_recombined
        Routes of larger problems are not recombined: the linear relaxation alone takes seconds there.
    cycle_ends
        Shares of the time at which the temperature has fallen, where routes are recombined; then it rises again.
    reheat
        The first temperature of later cycles, as a share of that of the first one.
    recombine_share, max_recombine_s
        Share of the time, and seconds, that one recombination may take.
    """

    num_removed: float = 10.0
    max_string: float = 10.0
    num_near: int = 40
    hot: float = 6.0
    cold: float = 0.08
    max_whole: int = 400
    max_whole_bound: int = 200
    cut_share_bound: float = 0.5
    max_recombined: int = 300
    cycle_ends: tuple[float, ...] = (0.35, 0.7, 1.0)
    reheat: float = 0.3
    recombine_share: float = 0.05
    max_recombine_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """The best plan so far, in numbers: price, visits left out, share of the search done."""

    cents: float
    num_absent: int
    share_done: float


class Search:
    """A search on one problem, from its first plan on.

    Parameters
    ----------
    problem
        With no visit that the search does not move (:func:`optimizer.search.hold.hold_bound` makes it so).
    sources
        Supply decided beforehand, by visit id.
    locked
        Ids of visits that stay in the route they are in.
    num_threads
        Searches side by side; 0 means one per core.
    """

    def __init__(
        self,
        problem: Problem,
        travel: TravelMatrix,
        sources: Sources,
        *,
        locked: Collection[str] = (),
        seed: int = 0,
        num_threads: int = 0,
        settings: Settings = Settings(),
    ) -> None:
        self.settings = settings
        self.tokens = Tokens(problem)
        self.instance = make_instance(problem, travel, sources, locked=locked)
        self._facts = table_of(INSTANCE, self.instance._asdict())
        num_threads = num_threads or os.cpu_count() or 1
        self._chains = [
            _Chain(self.instance, self._facts, seed * 64 + number, settings) for number in range(num_threads)
        ]
        self._bonds = _bonds_of(self.instance)
        self._seed = seed
        self._random = np.random.default_rng(seed)
        places = [problem.place_of(visit) for visit in self.tokens.visits]
        self._points = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
        self.rows: list[list[int]] = [breaks_of(self.tokens, route) for route in range(self.instance.num_shifts)]
        self._standing = self.rows
        """Where a cut search stands: the routes of all pieces, not the best ones."""
        self.cents = math.inf
        self.num_steps = 0

    @property
    def draft(self) -> Draft:
        """The best plan so far."""
        return draft_of_rows(self.tokens, self.instance, self.rows)

    @property
    def num_absent(self) -> int:
        """Visits that the best plan leaves out."""
        return self.instance.num_visits - sum(token < self.tokens.num_visits for row in self.rows for token in row)

    def start(self, draft: Draft | None = None) -> tuple[str, ...]:
        """Take over the sound routes of `draft` (default: none), put in whatever fits; ids of visits that got lost."""
        rows = rows_of_draft(self.tokens, draft or Draft())
        chain = self._chains[0]
        chain.lay_out(rows)
        before = {token for row in rows for token in row if token < self.tokens.num_visits}
        chain.fill()
        self.cents = math.inf
        self._take_best([chain])
        lost = before - {token for row in self.rows for token in row}
        return tuple(sorted(self.tokens.visits[token].visit_id for token in lost))

    def improve(
        self,
        *,
        deadline_s: float | None = None,
        step_limit: int | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_progress: Callable[[Incumbent], None] | None = None,
    ) -> None:
        """Search on from the best plan until ``time.monotonic()`` reaches `deadline_s` or after `step_limit` steps.

        With a step limit the clock has no say: the same seed gives the same plan. One of the two must be given.
        """
        if not self.instance.num_visits or not self.instance.num_shifts:
            return
        clock = _Clock(deadline_s, step_limit)
        heat = self._typical_saving()
        cut_until, self._standing = self._cut_until, self.rows
        is_cut = cut_until > 0.0
        is_recombined = self.instance.num_visits <= self.settings.max_recombined and not self.instance.is_coupled
        clock.cycle_ends = self.settings.cycle_ends if is_recombined else (1.0,)
        num_cycles = 0
        if is_recombined:
            clock.keep_back(self._recombine_s(clock))
        for chain in self._chains:
            chain.lay_out(self.rows)
        with ThreadPoolExecutor(len(self._chains)) as threads:
            while (share := clock.share_done) < 1.0 and not (should_stop and should_stop()):
                if is_cut and share >= cut_until:
                    is_cut = False
                    for chain in self._chains:
                        chain.lay_out(self._standing)
                if is_cut:
                    self._cut()
                until = clock.next_round(share)
                jobs = [threads.submit(chain.run, clock, until, heat) for chain in self._chains]
                for job in jobs:
                    job.result()
                clock.count(self._chains)
                if is_cut:
                    self._join()
                else:
                    self._take_best(self._chains)
                if is_recombined and clock.num_cycles_done > num_cycles:
                    num_cycles = clock.num_cycles_done
                    self._recombine(clock)
                if on_progress:
                    on_progress(Incumbent(cents=self.cents, num_absent=self.num_absent, share_done=clock.share_done))
        self.num_steps += clock.num_steps

    @property
    def _cut_until(self) -> float:
        """For which share of the time threads share the routes: never where elders or idle times see all of them."""
        settings, instance = self.settings, self.instance
        if len(self._chains) == 1 or len(instance.met_limits) or instance.highest_idle_cents_per_s:
            return 0.0
        if instance.num_visits > settings.max_whole and not (len(self._bonds) or instance.is_coupled):
            return 1.0
        is_bound = len(self._bonds) > 0 and instance.num_visits > settings.max_whole_bound
        return settings.cut_share_bound if is_bound else 0.0

    def _typical_saving(self) -> float:
        """What the plan costs less without one of its visits: the median over all of them, in cents."""
        chain = self._chains[0]
        chain.lay_out(self.rows)
        savings = chain.savings()
        return max(1e-6, float(np.median(savings))) if len(savings) else 1.0

    def _take_best(self, chains: Sequence[_Chain]) -> None:
        """Keep the best plan of `chains` if it is better than any before."""
        best = min(chains, key=lambda chain: chain.best_cents)
        if best.best_cents < self.cents - 1e-6:
            self.cents = best.best_cents
            self.rows = best.best_rows()

    def _cut(self) -> None:
        """Give each thread the routes on its side of a random line, with their visits."""
        rows = self._standing
        centres = np.array([self._centre(row) for row in rows])
        angle = self._random.uniform(0.0, 2.0 * math.pi)
        rank = centres @ np.array([math.cos(angle), math.sin(angle)])
        sizes = np.array([sum(token < self.tokens.num_visits for token in row) for row in rows])
        rank[sizes == 0] = self._random.uniform(rank.min(), rank.max() + 1e-9, size=int((sizes == 0).sum()))
        order = np.argsort(rank, kind="stable")
        share = np.cumsum(sizes[order]) / max(1, sizes.sum())
        piece = np.empty(len(rows), dtype=np.intp)
        piece[order] = np.minimum((share * len(self._chains) - 1e-9).astype(np.intp).clip(0), len(self._chains) - 1)
        for chain in self._chains:
            chain.lay_out(rows)
        side = self._sides(rows, piece)
        for number, chain in enumerate(self._chains):
            chain.restrict(number, np.flatnonzero(piece == number).astype(np.int32), side, self._bonds)

    def _sides(self, rows: Rows, piece: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which thread has each visit: that of its route or, left out, of visits bound to it; -1 where they differ."""
        units = self.instance.nodes["unit"][: self.tokens.num_visits]
        side = np.where(units >= 0, units, np.arange(len(units))) % len(self._chains)
        is_out = np.ones(len(units), dtype=bool)
        for route, row in enumerate(rows):
            visits = [token for token in row if token < self.tokens.num_visits]
            side[visits], is_out[visits] = piece[route], False
        ends = self._bonds[is_out[self._bonds[:, 0]] & ~is_out[self._bonds[:, 1]]]
        for visit in np.unique(ends[:, 0]):
            sides = np.unique(side[ends[ends[:, 0] == visit, 1]])
            side[visit] = sides[0] if len(sides) == 1 else -1
        return np.asarray(side, dtype=np.intp)

    def _centre(self, row: Sequence[int]) -> NDArray[np.float64]:
        visits = [token for token in row if token < self.tokens.num_visits]
        return np.asarray((self._points[visits] if visits else self._points).mean(axis=0))

    def _join(self) -> None:
        """Put the pieces together again, as they stand and at their best."""
        merged = [list(row) for row in self._standing]
        best = [list(row) for row in self._standing]
        for chain in self._chains:
            for route in chain.routes:
                merged[route] = chain.row(route)
                best[route] = chain.best_row(route)
        self._standing = merged
        whole = self._chains[0]
        if whole.lay_out(best) and whole.start_cents < self.cents - 1e-6:
            self.cents, self.rows = whole.start_cents, best

    def _recombine_s(self, clock: _Clock) -> float:
        """Seconds that one recombination may take."""
        return min(self.settings.max_recombine_s, self.settings.recombine_share * clock.duration_s)

    def _recombine(self, clock: _Clock) -> None:
        """Look for a better plan among all routes found; threads that are behind go on from it."""
        columns = pooled_columns([chain.state for chain in self._chains])
        if not columns:
            return
        rows = recombine(
            self.instance,
            columns,
            self.rows,
            seed=self._seed,
            time_limit_s=self._recombine_s(clock),
            deterministic_time=clock.recombine_time,
        )
        for chain in self._chains:
            chain.forget_pool()
        if rows is None:
            return
        chain = self._chains[-1]
        chain.lay_out(rows)
        self._take_best([chain])


def _bonds_of(instance: Instance) -> NDArray[np.intp]:
    """Pairs of visits that are bound to each other: by time or by their workers."""
    nodes = instance.nodes[: instance.num_visits]
    pairs = [
        np.stack([np.repeat(np.arange(len(nodes)), nodes[end] - nodes[first]), others[:, 0]], axis=1)
        for others, first, end in (
            (instance.ties, "tie_from", "tie_to"),
            (instance.mates, "mate_from", "mate_to"),
        )
    ]
    return np.concatenate(pairs).astype(np.intp)


class _Clock:
    """How much of a search is done, by time or by steps."""

    def __init__(self, deadline_s: float | None, step_limit: int | None) -> None:
        self.began_s = time.monotonic()
        self.step_limit = step_limit
        self.duration_s = math.inf if deadline_s is None else max(1e-3, deadline_s - self.began_s)
        self.num_steps = 0
        self.cycle_ends: tuple[float, ...] = (1.0,)

    def keep_back(self, duration_s: float) -> None:
        """End the search so much earlier."""
        if self.step_limit is None:
            self.duration_s = max(1e-3, self.duration_s - duration_s)

    @property
    def num_cycles_done(self) -> int:
        """How many times the temperature has fallen to the end."""
        return sum(end <= self.share_done for end in self.cycle_ends)

    def cooling(self, share: float) -> tuple[int, float]:
        """The cycle at a share of the search, and how much of the cycle is done."""
        number = min(sum(end <= share for end in self.cycle_ends), len(self.cycle_ends) - 1)
        first = self.cycle_ends[number - 1] if number else 0.0
        return number, min(1.0, (share - first) / (self.cycle_ends[number] - first))

    @property
    def share_done(self) -> float:
        if self.step_limit is not None:
            return self.num_steps / max(1, self.step_limit)
        return (time.monotonic() - self.began_s) / self.duration_s

    @property
    def recombine_time(self) -> float | None:
        return None if self.step_limit is None else 1.0

    def next_round(self, share: float) -> float:
        """The share at which the round that begins at `share` ends."""
        if self.step_limit is not None:
            return min(1.0, share + 1.0 / _NUM_STEP_ROUNDS)
        return min(1.0, share + max(_ROUND_S / self.duration_s, 0.01))

    def count(self, chains: Sequence[_Chain]) -> None:
        self.num_steps += max(chain.num_steps for chain in chains)


class _Chain:
    """One thread's search: its state, and the table by which compiled code reaches it."""

    def __init__(self, instance: Instance, facts: NDArray[np.int64], seed: int, settings: Settings) -> None:
        self._instance, self._facts, self._settings = instance, facts, settings
        self.state = make_state(instance, seed)
        self._table = table_of(STATE, self.state._asdict())
        self._all_routes, self._all_members = self.state.routes, self.state.members
        self.routes, self._members = self._all_routes, self._all_members
        self.start_cents = 0.0
        self.num_steps = 0
        self._steps_per_s = 0.0

    @property
    def best_cents(self) -> float:
        return float(self.state.totals[BEST])

    def lay_out(self, rows: Rows) -> bool:
        """Take over routes, and all visits and shifts; whether no route breaks a rule."""
        if self.state.counters[VERSION] > _VERSION_LIMIT:
            self.state.counters[VERSION] = 0
            self.state.found["version"] = -1
        self._own(self._all_routes, self._all_members)
        self.state.pinned_s[:] = -1
        self.state.guide[0] = 0.0
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int32)
        tokens = np.array([token for row in rows for token in row], dtype=np.int32)
        num_broken = kernel.lay_out(self._facts, self._table, tokens, starts)
        self.start_cents = float(self.state.totals[NOW])
        return bool(num_broken == 0)

    def fill(self) -> None:
        kernel.fill(self._facts, self._table, self._instance.neighbours.shape[1])

    def savings(self) -> NDArray[np.float64]:
        """What the routes cost less without each visit served."""
        savings = np.empty(self._instance.num_visits, dtype=np.float64)
        kernel.savings(self._facts, self._table, savings)
        return savings[~np.isnan(savings)]

    def restrict(self, number: int, routes: NDArray[np.int32], side: NDArray[np.intp], bonds: NDArray[np.intp]) -> None:
        """Keep to some routes and the visits of one side; those bound to others stay where and when they are."""
        state = self.state
        absent = state.absent[: state.counters[NUM_ABSENT]]
        kept = absent[side[absent] == number].copy()
        state.absent[: len(kept)] = kept
        state.counters[NUM_ABSENT] = len(kept)
        mine = side == number
        across = bonds[mine[bonds[:, 0]] & ~mine[bonds[:, 1]], 0]
        across = across[state.route_of[across] >= 0]
        state.pinned_s[across] = state.slots["start_s"][state.route_of[across], state.position_of[across]]
        state.route_of[~mine] = -2
        self._own(routes, np.flatnonzero(mine).astype(np.int32))

    def _own(self, routes: NDArray[np.int32], members: NDArray[np.int32]) -> None:
        self.routes, self._members = routes, members
        set_array(self._table, STATE, "routes", routes)
        set_array(self._table, STATE, "members", members)
        self.state.counters[UNUSED_CHANGED] = 1

    def run(self, clock: _Clock, until: float, heat: float) -> None:
        """Search until a share of the time or of the steps is done, cooling by the same measure."""
        settings = self._settings
        self.num_steps = 0
        if not len(self._members) or not len(self.routes):
            self.num_steps = 1 if clock.step_limit is None else math.ceil((until - clock.share_done) * clock.step_limit)
            return
        first_share = share = clock.share_done
        num_planned = 0 if clock.step_limit is None else max(1, round((until - share) * clock.step_limit))
        while share < until:
            num_steps = max(_FIRST_CHUNK, int(self._steps_per_s * _CHUNK_S))
            if clock.step_limit is not None:
                num_steps = min(200, num_planned - self.num_steps)
            began_s = time.monotonic()
            cycle, done = clock.cooling(share)
            hot, cold = settings.hot * (settings.reheat if cycle else 1.0), settings.cold
            now = heat * hot * (cold / hot) ** done
            if self._instance.highest_idle_cents_per_s:
                self.state.guide[0] = now / (heat * settings.hot)
            used = max(1, int((self.state.num_visits[self.routes] > 0).sum()))
            mean_length = (len(self._members) - int(self.state.counters[NUM_ABSENT])) / used
            kernel.search(
                self._facts,
                self._table,
                num_steps,
                now,
                now,
                settings.num_removed,
                settings.max_string,
                mean_length,
                settings.num_near,
            )
            self.num_steps += num_steps
            self._steps_per_s = num_steps / max(1e-6, time.monotonic() - began_s)
            if clock.step_limit is None:
                share = clock.share_done
            else:
                share = first_share + self.num_steps / clock.step_limit
                if self.num_steps >= num_planned:
                    break

    def row(self, route: int) -> list[int]:
        """Tokens of a route as it stands."""
        tokens: list[int] = self.state.slots["token"][route, 1 : self.state.num_slots[route] - 1].tolist()
        return tokens

    def best_row(self, route: int) -> list[int]:
        """Tokens of a route of the best plan."""
        tokens: list[int] = self.state.best_tokens[route, 1 : self.state.best_slots[route] - 1].tolist()
        return tokens

    def best_rows(self) -> list[list[int]]:
        return [self.best_row(route) for route in range(self._instance.num_shifts)]

    def forget_pool(self) -> None:
        """Make room for new routes."""
        if self.state.counters[NUM_POOLED] > len(self.state.pool_cents) // 2:
            self.state.counters[NUM_POOLED] = self.state.counters[POOL_END] = 0
            self.state.pool_table[:] = -1
            self.state.best_version[:] = -1
