"""One thread's search: its state, and the compiled code that works on it."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from optimizer.search import kernel
from optimizer.search.arrays import (
    BEST,
    NOW,
    NUM_ABSENT,
    NUM_POOLED,
    POOL_END,
    STATE,
    UNUSED_CHANGED,
    VERSION,
    Instance,
)
from optimizer.search.bundle import set_array, table_of
from optimizer.search.clock import Clock
from optimizer.search.draft import Rows
from optimizer.search.settings import Settings
from optimizer.search.state import make_state

_CHUNK_S = 0.02
_FIRST_CHUNK = 50
_VERSION_LIMIT = 2**30


class Chain:
    """One thread's search: its state, and the table by which compiled code reaches it."""

    def __init__(self, instance: Instance, facts: NDArray[np.int64], seed: int, settings: Settings) -> None:
        self._instance, self._facts, self._settings = instance, facts, settings
        self._hot = settings.hot_bound if instance.is_tied or instance.is_coupled else settings.hot
        self.state = make_state(instance, seed)
        self._table = table_of(STATE, self.state._asdict())
        self._all_routes, self._all_members = self.state.routes, self.state.members
        self.routes, self._members = self._all_routes, self._all_members
        self.start_cents = 0.0
        self.num_steps = 0
        self._steps_per_s = 0.0

    @property
    def best_cents(self) -> float:
        """Price of the best plan since the routes were laid out."""
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
        """Put in whatever is left out and fits."""
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

    def run(self, clock: Clock, until: float, heat: float) -> None:
        """Search until a share of the time or of the steps is done, cooling by the same measure."""
        settings = self._settings
        self.num_steps = 0
        if not len(self._members) or not len(self.routes):
            self.num_steps = 1 if clock.step_limit is None else math.ceil((until - clock.share_done) * clock.step_limit)
            return
        first_share = share = clock.share_done
        num_planned = 0 if clock.step_limit is None else max(1, round((until - share) * clock.step_limit))
        while share < until and not clock.is_over:
            num_steps = max(_FIRST_CHUNK, int(self._steps_per_s * _CHUNK_S))
            if clock.step_limit is not None:
                num_steps = min(200, num_planned - self.num_steps)
            began_s = time.monotonic()
            cycle, done = clock.cooling(share)
            hot, cold = self._hot * (settings.reheat if cycle else 1.0), settings.cold
            now = heat * hot * (cold / hot) ** done
            if self._instance.highest_idle_cents_per_s:
                self.state.guide[0] = now / (heat * self._hot)
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
                min(settings.min_routes, used),
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
        """Tokens of all routes of the best plan."""
        return [self.best_row(route) for route in range(self._instance.num_shifts)]

    def forget_pool(self) -> None:
        """Make room for new routes."""
        if self.state.counters[NUM_POOLED] > len(self.state.pool_cents) // 2:
            self.state.counters[NUM_POOLED] = self.state.counters[POOL_END] = 0
            self.state.pool_table[:] = -1
            self.state.best_version[:] = -1
