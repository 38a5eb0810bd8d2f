"""Who may serve whom, at what price, and how many new workers an elder may still meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Elder, Problem, Visit, Worker, missing_skills
from optimizer.rules import CostTerm
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """Elders who limit the number of different workers they meet: columns of :class:`optimizer.search.arrays.Instance`.

    Attributes
    ----------
    elder_by_visit
        ``(n,)``: row of the others by visit that counts, else -1.
    """

    met_limits: NDArray[np.int32]
    known: NDArray[np.uint8]
    elder_from: NDArray[np.int32]
    elder_visits: NDArray[np.int32]
    elder_by_visit: NDArray[np.int32]

    @property
    def num_elders(self) -> int:
        """How many elders have such a limit and a visit that counts."""
        return len(self.met_limits)


def circles_of(problem: Problem, tokens: Tokens) -> Circles:
    """The limits of elders who have a visit that counts; whom they have met before is known to them."""
    counting: dict[str, list[int]] = defaultdict(list)
    for token, visit in enumerate(tokens.visits):
        if visit.elder_id is not None and visit.counts_for_continuity:
            counting[visit.elder_id].append(token)
    limits = [
        (elder, elder.max_distinct_workers)
        for elder in problem.elders
        if elder.max_distinct_workers is not None and counting[elder.elder_id]
    ]
    visits = [counting[elder.elder_id] for elder, _ in limits]
    sizes = [len(tokens_of) for tokens_of in visits]
    elder_visits = np.array([token for tokens_of in visits for token in tokens_of], dtype=np.int32)
    elder_by_visit = np.full(tokens.num_visits, -1, dtype=np.int32)
    elder_by_visit[elder_visits] = np.repeat(np.arange(len(limits), dtype=np.int32), sizes)
    known = np.zeros((len(limits), len(problem.workers)), dtype=np.uint8)
    for row, (elder, _) in zip(known, limits, strict=True):
        met = _met(elder)
        row[:] = [worker.worker_id in met for worker in problem.workers]
    return Circles(
        met_limits=np.array([max(0, limit - len(_met(elder))) for elder, limit in limits], dtype=np.int32),
        known=known,
        elder_from=np.cumsum([0, *sizes], dtype=np.int32),
        elder_visits=elder_visits,
        elder_by_visit=elder_by_visit,
    )


def worth_of(problem: Problem, tokens: Tokens, tariff: Tariff, workers: Sequence[Worker]) -> NDArray[np.float64]:
    """Pay per visit and prices of continuity, in cents.

    Parameters
    ----------
    workers
        One for each kind of shift (:func:`optimizer.search.workforce.kinds_of`).

    Returns
    -------
    worth_cents
        ``(n, kinds)``; ``inf`` where the worker may not.
    """
    worth = np.zeros((tokens.num_visits, len(workers)), dtype=np.float64)
    worth += [tariff.each(worker.pay.cents_per_visit, CostTerm.VISITS) for worker in workers]
    _forbid_unable(worth, tokens, workers)
    columns: dict[str, list[int]] = defaultdict(list)
    for column, worker in enumerate(workers):
        columns[worker.worker_id].append(column)
    for visit, row in zip(tokens.visits, worth, strict=True):
        _price_elder(row, problem, visit, columns, tariff)
        _price_promise(row, problem, visit, columns, tariff)
    _forbid_unpinned(worth, problem, tokens, columns)
    return worth


_Columns = Mapping[str, Sequence[int]]
"""Kinds of shift by worker id."""


def _columns_of(columns: _Columns, worker_ids: Iterable[str]) -> list[int]:
    return [column for worker_id in worker_ids for column in columns.get(worker_id, ())]


def _forbid_unable(worth: NDArray[np.float64], tokens: Tokens, workers: Sequence[Worker]) -> None:
    """Who lacks a skill or is not reliable enough; visits that ask for the same are looked at once."""
    unable: dict[tuple[object, ...], NDArray[np.bool_]] = {}
    for visit, row in zip(tokens.visits, worth, strict=True):
        key = (*sorted(visit.skills.items()), visit.min_reliability_share)
        if key not in unable:
            unable[key] = np.array([not _is_able(worker, visit) for worker in workers], dtype=bool)
        row[unable[key]] = np.inf


def _is_able(worker: Worker, visit: Visit) -> bool:
    return not missing_skills(worker, visit.skills) and worker.reliability_share >= visit.min_reliability_share


def _price_elder(row: NDArray[np.float64], problem: Problem, visit: Visit, columns: _Columns, tariff: Tariff) -> None:
    """Whom the elder refuses, prefers and knows."""
    elder, weights = problem.elder_of(visit), problem.weights
    if elder is None:
        return
    row[_columns_of(columns, elder.forbidden_worker_ids)] = np.inf
    if elder.preferred_worker_ids:
        price = tariff.each(weights.not_preferred_cents, CostTerm.NOT_PREFERRED)
        row += price
        row[_columns_of(columns, elder.preferred_worker_ids)] -= price
    met = _met(elder)
    if met and visit.counts_for_continuity:
        price = tariff.each(weights.new_worker_cents, CostTerm.NEW_WORKER)
        row += price
        row[_columns_of(columns, met)] -= price


def _price_promise(row: NDArray[np.float64], problem: Problem, visit: Visit, columns: _Columns, tariff: Tariff) -> None:
    """Everybody who was announced and does not come has a price, shared by the workers of the visit."""
    if visit.promise is not None and visit.promise.worker_ids:
        price = tariff.each(problem.weights.promise_worker_cents, CostTerm.PROMISE_WORKER)
        row += price * len(set(visit.promise.worker_ids)) / visit.num_workers
        row[_columns_of(columns, visit.promise.worker_ids)] -= price


def _forbid_unpinned(worth: NDArray[np.float64], problem: Problem, tokens: Tokens, columns: _Columns) -> None:
    for visit_id, copies in tokens.copies.items():
        for number, token in enumerate(copies):
            pinned = _pinned_for(problem.visit_by_id[visit_id], number)
            if pinned:
                is_other = np.ones(worth.shape[1], dtype=bool)
                is_other[_columns_of(columns, pinned)] = False
                worth[token, is_other] = np.inf


def _pinned_for(visit: Visit, number: int) -> tuple[str, ...]:
    """Who may be the worker of that number: each pinned one is one of them where more are needed than are pinned."""
    pinned = visit.pinned_worker_ids
    return pinned if len(pinned) >= visit.num_workers else pinned[number : number + 1]


def _met(elder: Elder) -> list[str]:
    """Workers whom the elder has met before."""
    return [worker_id for worker_id, count in elder.worker_history.items() if count > 0]
