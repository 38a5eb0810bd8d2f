"""What visits, loadings and breaks say of themselves, by token: where, when, how long, and the price of leaving out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.judge import unserved_cents
from optimizer.problem import Problem, Visit, Worker, service_duration_s
from optimizer.reading import hands_over
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S, NODE
from optimizer.search.places import Places
from optimizer.search.tariff import NEVER_CENTS, Tariff
from optimizer.search.tokens import Tokens

_Window = tuple[int, int, int, int, int]
"""A row of :attr:`optimizer.search.arrays.Instance.windows`."""


def stops_of(
    problem: Problem, tokens: Tokens, places: Places, tariff: Tariff, *, locked: Collection[str] = ()
) -> tuple[NDArray[np.void], NDArray[np.int32]]:
    """Nodes and windows of :class:`optimizer.search.arrays.Instance`; bonds and limiting elders are left to others.

    Parameters
    ----------
    locked
        Ids of visits that stay in the route they are in.

    Returns
    -------
    nodes
        ``(n + S + B,)`` of :data:`optimizer.search.arrays.NODE`.
    windows
        ``(·, 5)``: start, end, soft start, soft end, rank.
    """
    nodes = np.zeros(tokens.num_tokens, dtype=NODE)
    nodes["max_on_board_s"] = nodes["soft_on_board_s"] = FAR_S
    nodes["promise_s"] = nodes["station"] = nodes["elder"] = nodes["group"] = nodes["unit"] = -1
    timed = _timed_visit_ids(problem)
    for token, visit in enumerate(tokens.visits):
        node = nodes[token]
        node["place"] = places.number(problem.place_of(visit))
        node["end_place"] = places.number(problem.end_place_of(visit))
        node["is_fixed"] = visit.promise is not None or visit.num_workers > 1 or visit.visit_id in timed
        node["is_locked"] = visit.visit_id in locked
        _fill_goods(node, visit)
        _fill_prices(node, problem, visit, tariff, is_first=tokens.copies[visit.visit_id][0] == token)
    stations = nodes[tokens.num_visits : tokens.first_break]
    stations["station"] = np.arange(len(stations))
    stations["place"] = stations["end_place"] = [places.number(station.place) for station in problem.stations]
    breaks = nodes[tokens.first_break :]
    breaks["place"] = breaks["end_place"] = [places.number(rest.place) for _, rest in tokens.breaks]
    return nodes, _fill_windows(nodes, [*_windows_by_token(problem, tokens)])


def service_of(problem: Problem, tokens: Tokens, workers: Sequence[Worker]) -> NDArray[np.int32]:
    """``(paces, n + S + B)``: seconds of service, loading or rest; one row of zeros for visits where nobody works.

    Parameters
    ----------
    workers
        One for each pace (:func:`optimizer.search.workforce.paces_of`).
    """
    service_s = np.zeros((max(1, len(workers)), tokens.num_tokens), dtype=np.int32)
    for worker, row in zip(workers, service_s, strict=False):
        row[: tokens.num_visits] = [service_duration_s(visit, worker) for visit in tokens.visits]
    service_s[:, tokens.num_visits : tokens.first_break] = [station.loading_duration_s for station in problem.stations]
    service_s[:, tokens.first_break :] = [rest.duration_s for _, rest in tokens.breaks]
    return service_s


def missed_cents_of(problem: Problem, tokens: Tokens, tariff: Tariff) -> NDArray[np.float64]:
    """``(n + S + B,)``: price of not taking a break; 0 for what is none."""
    missed = np.zeros(tokens.num_tokens, dtype=np.float64)
    general_cents = problem.weights.missed_break_cents
    missed[tokens.first_break :] = [
        tariff.missed_break(general_cents if rest.missed_cents is None else rest.missed_cents, mandatory=rest.mandatory)
        for _, rest in tokens.breaks
    ]
    return missed


def _timed_visit_ids(problem: Problem) -> frozenset[str]:
    """Visits whose starts are linked to others: the judge does not move them later."""
    timed = (link for link in problem.links if link.kind.is_timed)
    return frozenset(visit_id for link in timed for visit_id in (link.first_visit_id, link.second_visit_id))


def _fill_goods(node: np.void, visit: Visit) -> None:
    node["has_demand"] = hands_over(visit)
    if hands_over(visit) and visit.max_on_board_s is not None:
        node["max_on_board_s"] = visit.max_on_board_s
    if hands_over(visit) and visit.soft_on_board_s is not None:
        node["soft_on_board_s"] = visit.soft_on_board_s


def _fill_prices(node: np.void, problem: Problem, visit: Visit, tariff: Tariff, *, is_first: bool) -> None:
    """Each worker of a visit bears a share of leaving it out; the moment it starts is priced with the first alone."""
    absent_cents = tariff.each(unserved_cents(problem, visit), CostTerm.UNSERVED) / visit.num_workers
    node["absent_cents"] = NEVER_CENTS if node["is_locked"] else absent_cents
    if not is_first:
        return
    has_soft_start = any(window.soft_start_s is not None for window in visit.windows)
    has_soft_end = any(window.soft_end_s is not None for window in visit.windows)
    if has_soft_end:
        late_cents_per_s = tariff.per_s(problem.weights.lateness_cents_per_hour, CostTerm.LATENESS)
        node["late_cents_per_s"] = late_cents_per_s * visit.lateness_percent / 100
    if visit.promise is not None and visit.promise.start_s is not None:
        node["promise_s"], node["tolerance_s"] = visit.promise.start_s, visit.promise.tolerance_s
    node["is_soft"] = has_soft_end or has_soft_start or node["promise_s"] >= 0


def _fill_windows(nodes: NDArray[np.void], windows: Sequence[Sequence[_Window]]) -> NDArray[np.int32]:
    """All windows one after the other; each token of `nodes` is told which are its own."""
    ends = np.cumsum([0, *map(len, windows)])
    nodes["window_from"], nodes["window_to"] = ends[:-1], ends[1:]
    nodes["first_s"] = [min((row[0] for row in rows), default=0) for rows in windows]
    nodes["last_s"] = [max((row[1] for row in rows), default=FAR_S) for rows in windows]
    return np.array([row for rows in windows for row in rows], dtype=np.int32).reshape(-1, 5)


def _windows_by_token(problem: Problem, tokens: Tokens) -> Iterator[Sequence[_Window]]:
    """Windows of visits, opening hours of stations, and when breaks may begin; by start."""
    for visit in tokens.visits:
        yield _windows_of(visit)
    for station in problem.stations:
        yield [_hard(*hours) for hours in sorted((window.start_s, window.end_s) for window in station.opening)]
    for _, rest in tokens.breaks:
        yield [_hard(rest.start_s, rest.end_s)]


def _windows_of(visit: Visit) -> list[_Window]:
    rows = [
        (
            window.start_s,
            window.end_s,
            0 if window.soft_start_s is None else window.soft_start_s,
            FAR_S if window.soft_end_s is None else window.soft_end_s,
            rank,
        )
        for rank, window in enumerate(visit.windows)
    ]
    start_s = visit.pinned_start_s
    if start_s is None:
        return sorted(rows, key=lambda row: row[0])
    inside = [row for row in rows if row[0] <= start_s <= row[1]] or [_hard(start_s, start_s)]
    return [(start_s, start_s, *inside[0][2:])]


def _hard(start_s: int, end_s: int) -> _Window:
    return start_s, end_s, 0, FAR_S, 0
