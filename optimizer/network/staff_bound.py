r"""How few workers can do at all: a lower bound on any fleet, from the work there is and the hours people have.

For types *t* of workers, stretches *I* of the day and sets *T* of types who can give the same visits:

.. math::

    \min \sum_t n_t \quad \text{with} \quad
    \sum_{t \in T} w^I_{Tt} \ge \sum_{v \in T} E_v(I) (1 - y_v), \quad
    \sum_T w^I_{Tt} \le (H^I_t + A^I_t)\, n_t, \quad
    \sum_v y_v \le (1 - x) N, \quad n_t \in \mathbb{N}

with the least work :math:`E_v` of a visit in the stretch (:mod:`optimizer.network.staff_work`: service, the shortest
ways, loadings), the visits :math:`y` that may be left out or late at a share *x* on time, the hours :math:`H` of a
shift inside the stretch, breaks that must lie there taken off, and the ways and loadings :math:`A` that may lie before
it. Whoever is missed is missed in every stretch. All of this is necessary, so fewer workers than the bound cannot do;
that as many can is not said. Of all stretches those count in which most work falls on a second, for each set *T*.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optimizer.network.fleet import fleet_of, type_of
from optimizer.network.mixed import MixedModel
from optimizer.network.staff_work import Work, work_of
from optimizer.problem import Problem, Shift
from optimizer.travel import TravelMatrix

_MAX_ENDS = 32
"""Starts and ends of stretches looked at."""

_NUM_DENSEST = 3
"""Stretches of each set of types that count."""


def least_workers(problem: Problem, travel: TravelMatrix, on_time_share: float) -> int | None:
    """Workers needed at least for `on_time_share` of all visits on time; ``None`` where no number of these types does.

    Raises
    ------
    SolverBug
        If the integer program fails.
    """
    if not problem.visits:
        return 0
    work, types = work_of(problem, travel), list(fleet_of(problem))
    sets = list(dict.fromkeys(work.types))
    set_of = np.array([sets.index(each) for each in work.types])
    program = MixedModel()
    numbers = program.add(len(types), cost=1.0, upper=np.inf)
    missed = program.add(len(set_of), is_whole=False)
    program.bind(1, (0, missed, 1), upper=math.floor((1 - on_time_share) * len(set_of) + 1e-9))
    pairs = [(row, t) for row, each in enumerate(sets) for t, name in enumerate(types) if name in each]
    rows, givers = (np.array([pair[part] for pair in pairs], dtype=np.int64) for part in (0, 1))
    for stretch in _stretches(work, set_of):
        least = work.within(*stretch)
        there = np.flatnonzero(least)
        given = program.add(len(pairs), upper=np.inf, is_whole=False)
        total = np.bincount(set_of, least, len(sets))
        program.bind(len(sets), (rows, given, 1), (set_of[there], missed[there], least[there]), lower=total)
        hours_s = [-_hours_s(problem, work, name, *stretch) for name in types]
        program.bind(len(types), (givers, given, 1), (range(len(types)), numbers, hours_s), upper=0)
    answer = program.solve(gap_share=0.0)
    return math.ceil(answer.bound - 1e-6) if answer.proof.has_values else None


def _stretches(work: Work, set_of: NDArray[np.intp]) -> list[tuple[int, int]]:
    """The whole horizon, and for each set of types the stretches in which most of its work falls on a second."""
    soonest_s, latest_s = work.early_s + work.service_s, work.late_s + work.service_s
    starts = _some(np.concatenate([work.early_s, work.late_s, soonest_s]))
    ends = _some(np.concatenate([latest_s, soonest_s, work.late_s]))
    between = [(start_s, end_s) for start_s in starts for end_s in ends if start_s < end_s]
    num_sets = int(set_of.max()) + 1
    load = np.array([np.bincount(set_of, work.within(*each), num_sets) / (each[1] - each[0]) for each in between])
    load = np.column_stack([load, load.sum(axis=1)]) if between else np.zeros((0, 1))
    densest = np.argsort(-load, axis=0)[:_NUM_DENSEST]
    found = {between[number] for number in densest.ravel().tolist()}
    return [(min(starts), max(ends)), *sorted(found)]


def _some(times_s: NDArray[np.int64]) -> list[int]:
    """Some of the times, spread evenly over their order; the least and the largest are among them."""
    known = np.unique(times_s)
    if len(known) > _MAX_ENDS:
        known = np.unique(known[np.linspace(0, len(known) - 1, _MAX_ENDS).round().astype(int)])
    return [int(time_s) for time_s in known]


def _hours_s(problem: Problem, work: Work, name: str, start_s: int, end_s: int) -> float:
    """Most seconds of work between `start_s` and `end_s` that a worker of the type can do, or have done before."""
    of_type = (worker for worker in problem.workers if type_of(worker) == name)
    return max(sum(_shift_s(work, shift, start_s, end_s) for shift in worker.shifts) for worker in of_type)


def _shift_s(work: Work, shift: Shift, start_s: int, end_s: int) -> float:
    present_s = min(shift.end_s, end_s) - max(shift.start_s, start_s)
    if present_s <= 0:
        return 0.0
    rests = [r for r in shift.breaks if r.mandatory and start_s <= r.start_s and r.end_s + r.duration_s <= end_s]
    free_s = max(0, present_s - sum(rest.duration_s for rest in rests))
    return min(free_s, math.inf if shift.max_work_s is None else shift.max_work_s) + work.spared_s(shift, start_s)
