"""Routes laid out in the compiled search, and read back."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

import numpy as np

from optimizer.problem import Problem
from optimizer.search import arrays
from optimizer.search.arrays import open_instance, open_state
from optimizer.search.build import make_instance
from optimizer.search.bundle import compiled, table_of
from optimizer.search.insertion import find_place
from optimizer.search.kernel import fill, lay_out, search
from optimizer.search.routes import tried_price
from optimizer.search.state import make_state
from optimizer.search.tokens import Tokens
from optimizer.travel import TravelMatrix


class Layout:
    """A problem with one state of the search."""

    def __init__(self, problem: Problem, travel: TravelMatrix, *, seed: int = 0, locked: Collection[str] = ()) -> None:
        self.problem, self.travel = problem, travel
        self.tokens = Tokens(problem)
        self.instance = make_instance(problem, travel, {}, locked=locked)
        self.state = make_state(self.instance, seed)
        self.facts = table_of(arrays.INSTANCE, self.instance._asdict())
        self.table = table_of(arrays.STATE, self.state._asdict())

    def lay_out(self, rows: Sequence[Sequence[int]]) -> set[int]:
        """Take over the routes; those that break a rule, which are left without visits."""
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int32)
        flat = np.array([token for row in rows for token in row], dtype=np.int32)
        num_bad = lay_out(self.facts, self.table, flat, starts)
        return set(self.state.touched[:num_bad].tolist())

    def fill(self, num_near: int = 40) -> None:
        """Insert what is left out."""
        fill(self.facts, self.table, num_near)

    def search(self, num_steps: int, heat: float = 1000.0, num_near: int = 40, min_routes: int = 12) -> None:
        """Run steps."""
        num_used = max(1, int((self.state.num_visits > 0).sum()))
        length = self.instance.num_visits / num_used
        search(self.facts, self.table, num_steps, heat, heat / 10, 4, 6, length, num_near, min(min_routes, num_used))

    @property
    def total_cents(self) -> float:
        """Price of everything now."""
        return float(self.state.totals[arrays.NOW])

    def rows(self) -> list[list[int]]:
        """The routes now, by token."""
        return [self.row(route) for route in range(self.instance.num_shifts)]

    def row(self, route: int) -> list[int]:
        """One route now, by token."""
        return self.state.slots[route, 1 : self.state.num_slots[route] - 1]["token"].tolist()

    def best_rows(self) -> list[list[int]]:
        """The best routes so far, by token."""
        sizes = self.state.best_slots.tolist()
        return [self.state.best_tokens[route, 1 : size - 1].tolist() for route, size in enumerate(sizes)]

    def absent(self) -> list[int]:
        """Visits left out now."""
        return self.state.absent[: self.state.counters[arrays.NUM_ABSENT]].tolist()

    def found(self, visit: int, route: int, limit: float = np.inf) -> tuple[float, int, int]:
        """Price, position and loading of the cheapest place under `limit` that the search finds in a route."""
        _find(self.facts, self.table, visit, route, limit)
        found = self.state.found[visit, route]
        return float(found["cents"]), int(found["position"]), int(found["how"])

    def tried(self, visit: int, route: int, position: int, how: int) -> float:
        """What an insertion adds to the price of the route, by simulation; infinite where it breaks a rule."""
        cents = _tried(self.facts, self.table, visit, route, (position, how))
        return float("inf") if cents < 0 else cents - self.state.cents[route]

    def random_rows(self, rng: random.Random) -> list[list[int]]:
        """Disjoint routes, most of them sensible: visits by time, loadings before meals, breaks now and then."""
        visits = list(range(self.tokens.num_visits))
        rng.shuffle(visits)
        is_sensible = rng.random() < 0.85
        rows: list[list[int]] = []
        for route in range(self.instance.num_shifts):
            share = [visits.pop() for _ in range(min(len(visits), rng.choice((0, 1, 2, 3, 5))))]
            if is_sensible:
                share.sort(key=lambda token: int(self.instance.nodes[token]["first_s"]) + rng.randrange(3600))
            rows.append(self._with_breaks(rng, route, self._with_loadings(rng, share, is_sensible)))
        return rows

    def changed_rows(self, rng: random.Random) -> list[list[int]]:
        """The routes now with a little disorder: a visit or break fewer, or two tokens swapped."""
        rows = self.rows()
        for row in rows:
            if row and rng.random() < 0.3:
                row.pop(rng.randrange(len(row)))
            if len(row) > 1 and rng.random() < 0.3:
                one, other = rng.sample(range(len(row)), 2)
                row[one], row[other] = row[other], row[one]
            if self.tokens.num_stations and rng.random() < 0.1:
                row.insert(
                    rng.randrange(len(row) + 1), self.tokens.num_visits + rng.randrange(self.tokens.num_stations)
                )
        return rows

    def _with_loadings(self, rng: random.Random, share: list[int], is_sensible: bool) -> list[int]:
        row: list[int] = []
        load = self.tokens.num_visits + rng.randrange(self.tokens.num_stations)
        is_loaded = False
        for token in share:
            needs = bool(self.instance.nodes[token]["has_demand"]) and not is_loaded
            if (needs and (is_sensible or rng.random() < 0.7)) or rng.random() < 0.05:
                row.append(load)
                is_loaded = True
            row.append(token)
            if rng.random() < 0.15:
                load = self.tokens.num_visits + rng.randrange(self.tokens.num_stations)
                is_loaded = False
        return row

    def _with_breaks(self, rng: random.Random, route: int, row: list[int]) -> list[int]:
        shift = self.instance.shifts[route]
        for token in range(shift["break_from"], shift["break_to"]):
            if rng.random() < 0.8:
                row.insert(rng.randrange(len(row) + 1), token)
        return row


@compiled
def _find(instance, state, visit, route, limit):
    find_place(open_instance(instance), open_state(state), visit, route, limit)


@compiled
def _tried(instance, state, visit, route, way):
    return tried_price(open_instance(instance), open_state(state), visit, route, way[0], way[1])[0]
