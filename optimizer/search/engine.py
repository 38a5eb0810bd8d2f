"""The driver of the fast engine: searches side by side, cooled by the clock, their routes recombined.

Small problems are searched whole by every thread, each from its own seed; a large one is cut in two between the routes
on either side of a line that turns from round to round (route-based decomposition, Santini, Schneider, Vidal & Vigo
2023), and every thread cools its half. Compiled code holds no interpreter lock, so threads are enough and share facts.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Draft, Sources
from optimizer.problem import Problem
from optimizer.search.arrays import INSTANCE, NOW, NUM_ACCEPTED, NUM_EVALUATIONS, NUM_INSERTIONS, Instance
from optimizer.search.build import make_instance
from optimizer.search.bundle import table_of
from optimizer.search.chain import Chain
from optimizer.search.clock import Clock
from optimizer.search.draft import Rows, breaks_of, draft_of_rows, rows_of_draft
from optimizer.search.recombine import pooled_columns, recombine
from optimizer.search.settings import Settings
from optimizer.search.tokens import Tokens
from optimizer.travel import TravelMatrix

_ASK_S = 0.1
"""So often is it asked whether to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incumbent:
    """The best plan so far, in numbers: price, visits left out, share of the search done."""

    cents: float
    num_absent: int
    share_done: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a search has done, its first plan included: insertions, routes evaluated for them, accepted steps."""

    num_insertions: int
    num_evaluations: int
    num_accepted: int


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
            Chain(self.instance, self._facts, seed * 64 + number, settings) for number in range(num_threads)
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

    @property
    def work(self) -> Work:
        """What all threads have done so far."""
        counters = np.sum([chain.state.counters for chain in self._chains], axis=0)
        return Work(
            num_insertions=int(counters[NUM_INSERTIONS]),
            num_evaluations=int(counters[NUM_EVALUATIONS]),
            num_accepted=int(counters[NUM_ACCEPTED]),
        )

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

        One of the two must be given. With a step limit the same seed gives the same plan, unless the deadline comes
        before the steps are done; `should_stop` is asked a few times a second.
        """
        if not self.instance.num_visits or not self.instance.num_shifts:
            return
        clock = Clock(deadline_s, step_limit)
        heat = self._typical_saving()
        cut_until, self._standing = self._cut_until, self.rows
        is_cut = cut_until > 0.0
        is_recombined = self.instance.num_visits <= self.settings.max_recombined and not self.instance.is_coupled
        clock.cycle_ends = self.settings.cycle_ends if is_recombined else (1.0,)
        clock.exchanges = () if is_recombined else self.settings.exchanges
        num_cycles = 0
        if is_recombined:
            clock.keep_back(self._recombine_s(clock))
        for chain in self._chains:
            chain.lay_out(self.rows)
        with ThreadPoolExecutor(len(self._chains)) as threads:
            while (share := clock.share_done) < 1.0 and not clock.is_over:
                if is_cut and share >= cut_until:
                    is_cut = False
                    for chain in self._chains:
                        chain.lay_out(self._standing)
                if is_cut:
                    self._cut()
                until = clock.next_round(share)
                jobs = [threads.submit(chain.run, clock, until, heat) for chain in self._chains]
                _await(jobs, clock, should_stop)
                clock.count(max(chain.num_steps for chain in self._chains))
                if is_cut:
                    self._join()
                else:
                    self._take_best(self._chains)
                    self._follow_best(clock)
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

    def _take_best(self, chains: Sequence[Chain]) -> None:
        """Keep the best plan of `chains` if it is better than any before."""
        best = min(chains, key=lambda chain: chain.best_cents)
        if best.best_cents < self.cents - 1e-6:
            self.cents = best.best_cents
            self.rows = best.best_rows()

    def _follow_best(self, clock: Clock) -> None:
        """Let all threads go on from where the best of them stands, when that is due."""
        if not clock.exchange_is_due():
            return
        best = min(self._chains, key=lambda chain: float(chain.state.totals[NOW]))
        rows = [best.row(route) for route in range(self.instance.num_shifts)]
        for chain in self._chains:
            if chain is not best:
                chain.lay_out(rows)

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

    def _recombine_s(self, clock: Clock) -> float:
        """Seconds that one recombination may take."""
        return min(self.settings.max_recombine_s, self.settings.recombine_share * clock.duration_s)

    def _recombine(self, clock: Clock) -> None:
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


def _await(jobs: Collection[Future[None]], clock: Clock, should_stop: Callable[[], bool] | None) -> None:
    """Wait for the threads; stop them early when that is wanted."""
    while wait(jobs, timeout=_ASK_S).not_done:
        if should_stop and should_stop():
            clock.stop()
    for job in jobs:
        job.result()


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
