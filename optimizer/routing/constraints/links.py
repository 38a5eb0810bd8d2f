"""Rules between visits, and between the workers of one visit; they bind visits that are both served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from optimizer.problem import Link, LinkKind
from optimizer.routing.variables import Variables
from optimizer.units import SECONDS_PER_DAY


def add_worker_copies(variables: Variables) -> None:
    """All workers of one visit are different and start at the same second, and all come or none."""
    for indices in variables.nodes.indices_by_visit_id.values():
        for first, second in combinations(indices, 2):
            _differ(variables, first, second)
        for first, second in pairwise(indices):
            _bind_starts(variables, first, second)
            _serve_together(variables, first, second)


def add_timed_links(variables: Variables) -> None:
    """Linked visits start at the same second, within a gap, or one after the other; together or not at all."""
    for link in variables.nodes.problem.links:
        if link.kind.is_timed:
            for first, second in _linked(variables, link):
                _add_timed_link(variables, link, first, second)


def _add_timed_link(variables: Variables, link: Link, first: int, second: int) -> None:
    if link.kind is LinkKind.SAME_START:
        _bind_starts(variables, first, second)
    elif link.kind is LinkKind.GAP:
        _bind_starts(variables, first, second, link.min_gap_s, link.max_gap_s)
    else:
        nodes = variables.nodes
        durations = [int(nodes.duration_s(worker)[first]) for worker, _ in nodes.vehicles]
        duration_s = variables.solver.Element([0, *durations], variables.vehicle(first) + 1)
        gap = variables.start(second) - variables.start(first) - duration_s
        _bind_if_served(variables, first, second, gap, (0, variables.horizon_s))
    if link.together:
        _serve_together(variables, first, second)


def add_worker_links(variables: Variables) -> None:
    """Linked visits are given by the same worker (by one at least, where several come), or share none."""
    for link in variables.nodes.problem.links:
        if link.kind is LinkKind.SAME_WORKER:
            _share_worker(variables, list(_linked(variables, link)))
        elif link.kind is LinkKind.DIFFERENT_WORKER:
            for first, second in _linked(variables, link):
                _differ(variables, first, second)


def _share_worker(variables: Variables, pairs: Sequence[tuple[int, int]]) -> None:
    solver = variables.solver
    is_same = [solver.IsEqualVar(_worker(variables, first), _worker(variables, second)) for first, second in pairs]
    if pairs:
        _bind_if_served(variables, *pairs[0], solver.Sum(is_same), (1, len(pairs)))


def add_days_apart(variables: Variables) -> None:
    """Visits not on consecutive days leave at least one day between theirs."""
    for link in variables.nodes.problem.links:
        if link.kind is LinkKind.NOT_CONSECUTIVE_DAYS:
            for first, second in _linked(variables, link):
                days = [variables.start(idx) // SECONDS_PER_DAY for idx in (first, second)]
                num_days = 1 + variables.horizon_s // SECONDS_PER_DAY
                _bind_if_served(variables, first, second, abs(days[0] - days[1]), (2, num_days))


def _linked(variables: Variables, link: Link) -> Iterator[tuple[int, int]]:
    indices = variables.nodes.indices_by_visit_id
    for first in indices[link.first_visit_id]:
        for second in indices[link.second_visit_id]:
            yield first, second


def _bind_starts(variables: Variables, first: int, second: int, min_gap_s: int = 0, max_gap_s: int | None = 0) -> None:
    gap = variables.start(second) - variables.start(first)
    longest_s = variables.horizon_s if max_gap_s is None else max_gap_s
    _bind_if_served(variables, first, second, gap, (min_gap_s, longest_s))


def _bind_if_served(variables: Variables, first: int, second: int, value: Any, bounds: tuple[int, int]) -> None:
    """Keep `value` in closed `bounds` where both nodes are on routes."""
    low, high = bounds
    both = variables.both_active(first, second)
    bound = variables.solver.ConditionalExpression(both, value, low)
    variables.solver.Add(variables.solver.BetweenCt(bound, low, max(low, high)))


def _serve_together(variables: Variables, first: int, second: int) -> None:
    variables.solver.Add(variables.is_active(first) == variables.is_active(second))


def _differ(variables: Variables, first: int, second: int) -> None:
    """Different workers, not only different shifts."""
    gap = abs(_worker(variables, first) - _worker(variables, second))
    _bind_if_served(variables, first, second, gap, (1, len(variables.nodes.vehicles)))


def _worker(variables: Variables, idx: int) -> Any:
    """Expression: position of the worker among the problem's; of the first where the node is on no route."""
    workers = [worker.worker_id for worker in variables.nodes.problem.workers]
    numbers = [workers.index(worker.worker_id) for worker, _ in variables.nodes.vehicles]
    return variables.solver.Element([0, *numbers], variables.vehicle(idx) + 1)
