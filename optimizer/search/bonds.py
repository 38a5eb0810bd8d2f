"""What binds visits to each other, as arrays: groups, units, ties and mates (:mod:`optimizer.search.ties`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from optimizer.problem import LinkKind, Problem
from optimizer.search.arrays import DAYS_APART, DIFFERENT, SAME
from optimizer.search.tokens import Tokens

_MATES = {
    LinkKind.SAME_WORKER: SAME,
    LinkKind.DIFFERENT_WORKER: DIFFERENT,
    LinkKind.NOT_CONSECUTIVE_DAYS: DAYS_APART,
}

_Tie = tuple[int, int, int, int]
"""One visit, another, seconds that the other starts after it at least, and 1 where they count from its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonds:
    """Rows by visit of :attr:`Instance.ties` and the like; ``n`` visits."""

    ties: NDArray[np.int32]
    tie_from: NDArray[np.int32]
    mates: NDArray[np.int32]
    mate_from: NDArray[np.int32]
    group: NDArray[np.int32]
    group_from: NDArray[np.int32]
    group_visits: NDArray[np.int32]
    unit: NDArray[np.int32]
    unit_from: NDArray[np.int32]
    unit_visits: NDArray[np.int32]

    def by_visit(self) -> dict[str, NDArray[np.int32]]:
        """Columns of :data:`optimizer.search.arrays.NODE`."""
        return {
            "group": self.group,
            "unit": self.unit,
            "tie_from": self.tie_from[:-1],
            "tie_to": self.tie_from[1:],
            "mate_from": self.mate_from[:-1],
            "mate_to": self.mate_from[1:],
        }


def bind(problem: Problem, tokens: Tokens) -> Bonds:
    """The bonds of a problem's links, and of the workers of one visit."""
    ties = sorted({tie for tie in _ties(problem, tokens) if tie[2] > -_reach_s(problem)})
    group, group_from, group_visits = _components(tokens.num_visits, ((tie[0], tie[1]) for tie in ties))
    unit, unit_from, unit_visits = _components(tokens.num_visits, _together(problem, tokens))
    tie_from, tie_rows = _by_visit(tokens.num_visits, ties, 3)
    mate_from, mate_rows = _by_visit(tokens.num_visits, sorted(set(_mates(problem, tokens))), 2)
    return Bonds(
        ties=tie_rows,
        tie_from=tie_from,
        mates=mate_rows,
        mate_from=mate_from,
        group=group,
        group_from=group_from,
        group_visits=group_visits,
        unit=unit,
        unit_from=unit_from,
        unit_visits=unit_visits,
    )


def _ties(problem: Problem, tokens: Tokens) -> Iterator[_Tie]:
    for copies in tokens.copies.values():
        for one, other in permutations(copies, 2):
            yield one, other, 0, 0
    for link in problem.links:
        firsts, second = tokens.copies[link.first_visit_id], tokens.copies[link.second_visit_id][0]
        if link.kind is LinkKind.SAME_START:
            yield firsts[0], second, 0, 0
            yield second, firsts[0], 0, 0
        elif link.kind is LinkKind.GAP:
            yield firsts[0], second, link.min_gap_s, 0
            if link.max_gap_s is not None:
                yield second, firsts[0], -link.max_gap_s, 0
        elif link.kind is LinkKind.BEFORE:
            yield from ((first, second, 0, 1) for first in firsts)


def _reach_s(problem: Problem) -> int:
    """No two starts lie further apart."""
    return max((shift.end_s for worker in problem.workers for shift in worker.shifts), default=0)


def _mates(problem: Problem, tokens: Tokens) -> Iterator[tuple[int, int, int]]:
    for copies in tokens.copies.values():
        yield from ((one, other, DIFFERENT) for one, other in permutations(copies, 2))
    for link in problem.links:
        if link.kind in _MATES:
            pairs = product(tokens.copies[link.first_visit_id], tokens.copies[link.second_visit_id])
            for one, other in pairs:
                yield one, other, _MATES[link.kind]
                yield other, one, _MATES[link.kind]


def _together(problem: Problem, tokens: Tokens) -> Iterator[tuple[int, int]]:
    for copies in tokens.copies.values():
        yield from ((copies[0], other) for other in copies[1:])
    for link in problem.links:
        if link.kind.is_timed and link.together:
            yield tokens.copies[link.first_visit_id][0], tokens.copies[link.second_visit_id][0]


def _components(
    num_visits: int, pairs: Iterable[tuple[int, int]]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Number of each visit's component (-1: alone), and the members of the components one after the other."""
    ends = np.array([*pairs], dtype=np.int32).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(num_visits, num_visits))
    labels = connected_components(graph, directed=False)[1] if num_visits else ends[:, 0]
    bound = np.unique(ends)
    number = np.full(num_visits, -1, dtype=np.int32)
    number[bound] = np.unique(labels[bound], return_inverse=True)[1]
    members = bound[np.argsort(number[bound], kind="stable")].astype(np.int32)
    sizes = np.bincount(number[bound]) if len(bound) else np.zeros(0, dtype=np.int64)
    return number, np.cumsum([0, *sizes], dtype=np.int32), members


def _by_visit(
    num_visits: int, rows: Iterable[tuple[int, ...]], width: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows sorted by their first entry, that entry left out, and from where on a visit has its own."""
    columns: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for visit, *rest in rows:
        columns[visit].append(tuple(rest))
    starts = np.cumsum([0, *(len(columns[visit]) for visit in range(num_visits))], dtype=np.int32)
    flat = [row for visit in range(num_visits) for row in columns[visit]]
    return starts, np.array(flat, dtype=np.int32).reshape(len(flat), width)
