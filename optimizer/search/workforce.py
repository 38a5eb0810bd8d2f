"""The workers' side: which shifts are alike, who works at which pace, and every shift as a row of numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from optimizer.params import CostWeights
from optimizer.problem import Problem, Shift, Worker
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S, SHIFT
from optimizer.search.places import Places, Ways
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Equal ones share a number.

    Attributes
    ----------
    numbers
        Class of each one, in the order in which they were given.
    workers
        The first worker of each class, who stands for all of it.
    """

    numbers: tuple[int, ...]
    workers: tuple[Worker, ...]


def paces_of(workers: Sequence[Worker]) -> Classes:
    """Workers of one pace take equally long for every service; a class number for each worker."""
    return _classes((worker, _pace_of(worker)) for worker in workers)


def kinds_of(problem: Problem, tokens: Tokens, *, by_worker: bool) -> Classes:
    """Shifts of one kind differ in nothing but the name; a class number for each shift.

    Parameters
    ----------
    by_worker
        Whether shifts of different workers are never alike, as where somebody counts different workers.
    """
    named = _named_worker_ids(problem)
    kinds = []
    for worker, shift in tokens.shifts:
        is_told_apart = by_worker or worker.worker_id in named or len(worker.shifts) > 1
        kinds.append((worker, (worker.worker_id if is_told_apart else "", *_kind_of(worker, shift))))
    return _classes(kinds)


def shifts_of(
    problem: Problem, tokens: Tokens, places: Places, ways: Ways, tariff: Tariff, *, kinds: Classes, paces: Classes
) -> NDArray[np.void]:
    """``(R,)`` of :data:`optimizer.search.arrays.SHIFT`.

    Parameters
    ----------
    kinds, paces
        By shift and by worker: :func:`kinds_of` and :func:`paces_of`.
    """
    shifts = np.zeros(len(tokens.shifts), dtype=SHIFT)
    worker_idx = {worker.worker_id: idx for idx, worker in enumerate(problem.workers)}
    shifts["worker"] = [worker_idx[worker.worker_id] for worker, _ in tokens.shifts]
    shifts["kind"] = kinds.numbers
    shifts["pace"] = [paces.numbers[idx] for idx in shifts["worker"].tolist()]
    num_breaks = [len(shift.breaks) for _, shift in tokens.shifts]
    shifts["break_to"] = tokens.first_break + np.cumsum(num_breaks, dtype=np.int32)
    shifts["break_from"] = shifts["break_to"] - num_breaks
    for row, (worker, shift) in zip(shifts, tokens.shifts, strict=True):
        row["mode"] = places.modes.index(worker.vehicle.mode)
        row["start_place"], row["end_place"] = places.number(shift.start_place), places.number(shift.end_place)
        _fill_limits(row, worker, shift)
        _fill_prices(row, worker, shift, problem.weights, tariff)
        row["is_timed"] = row["cents_per_s"] > 0 or shift.max_work_s is not None
    shifts["has_peaks"] = np.diff(ways.peak_from)[shifts["mode"]] > 0
    return shifts


def _fill_limits(row: np.void, worker: Worker, shift: Shift) -> None:
    max_distance_m = worker.vehicle.max_distance_m
    row["start_s"], row["end_s"] = shift.start_s, shift.end_s
    row["soft_end_s"] = FAR_S if shift.soft_end_s is None else shift.soft_end_s
    row["max_work_s"] = FAR_S if shift.max_work_s is None else shift.max_work_s
    row["max_distance_m"] = FAR_S if max_distance_m is None else max_distance_m
    row["max_trips"] = FAR_S if shift.max_trips is None else shift.max_trips


def _fill_prices(row: np.void, worker: Worker, shift: Shift, weights: CostWeights, tariff: Tariff) -> None:
    pay, has_overtime = worker.pay, shift.soft_end_s is not None
    row["fixed_cents"] = tariff.each(pay.fixed_cents, CostTerm.FIXED)
    row["cents_per_s"] = tariff.per_s(pay.cents_per_hour, CostTerm.WORKED_TIME)
    row["overtime_cents_per_s"] = tariff.per_s(pay.overtime_cents_per_hour, CostTerm.OVERTIME) if has_overtime else 0.0
    row["cents_per_m"] = tariff.per_m(pay.cents_per_km, CostTerm.DISTANCE)
    row["travel_cents_per_s"] = tariff.per_s(weights.travel_cents_per_hour, CostTerm.TRAVEL_TIME)
    row["waiting_cents_per_s"] = tariff.per_s(weights.waiting_cents_per_hour, CostTerm.WAITING)
    row["idle_cents_per_s"] = tariff.per_s(weights.idle_cents_per_hour, CostTerm.IDLE)


def _classes(keyed: Iterable[tuple[Worker, Hashable]]) -> Classes:
    number_by_key: dict[Hashable, int] = {}
    numbers: list[int] = []
    workers: list[Worker] = []
    for worker, key in keyed:
        number = number_by_key.setdefault(key, len(number_by_key))
        numbers.append(number)
        if number == len(workers):
            workers.append(worker)
    return Classes(numbers=tuple(numbers), workers=tuple(workers))


def _pace_of(worker: Worker) -> tuple[object, ...]:
    return worker.duration_percent, tuple(sorted(worker.duration_percent_by_service.items()))


def _kind_of(worker: Worker, shift: Shift) -> tuple[object, ...]:
    """What two shifts must have in common to be exchangeable, beside the worker where workers are told apart."""
    return (
        replace(shift, shift_id="", breaks=tuple(replace(rest, break_id="") for rest in shift.breaks)),
        tuple(sorted(worker.skills.items())),
        worker.vehicle.mode,
        worker.vehicle.max_distance_m,
        tuple(sorted(worker.vehicle.capacities.items())),
        worker.pay,
        _pace_of(worker),
        worker.reliability_share,
        worker.fair_share_s,
        worker.carried_load_s,
    )


def _named_worker_ids(problem: Problem) -> frozenset[str]:
    """Workers whom some elder or visit tells apart from others."""
    names: Iterable[Iterable[str]] = chain(
        (elder.preferred_worker_ids for elder in problem.elders),
        (elder.forbidden_worker_ids for elder in problem.elders),
        (elder.worker_history for elder in problem.elders),
        (visit.pinned_worker_ids for visit in problem.visits),
        (visit.promise.worker_ids for visit in problem.visits if visit.promise is not None),
    )
    return frozenset(chain.from_iterable(names))
