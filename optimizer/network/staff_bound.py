r"""How few workers can do at all: a lower bound on any fleet, from the work there is and the hours people have.

For types *t* of workers, stretches *I* of the day and groups *g* of visits whose on-time starts (and services) lie
inside *I* and that the same types can give:

.. math::

    \min \sum_t n_t \quad \text{with} \quad
    \sum_{t \in T_g} w^I_{gt} \ge W^I_g - m_g y_g, \quad
    \sum_g w^I_{gt} \le H^I_t\, n_t, \quad
    \sum_g y_g \le (1 - x) N, \quad n_t \in \mathbb{N}

with the service :math:`W` of a group (the fastest pace, no travel), the longest visit :math:`m`, the visits :math:`y`
that may be left out or late at a share *x* on time, and the hours :math:`H` of a shift inside the stretch, breaks that
must lie there taken off. Whoever is missed is missed in every stretch. All of this is necessary, so fewer workers than
the bound cannot do; that as many can is not said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimizer.assign.territories import able_worker_ids
from optimizer.network.fleet import fleet_of, type_of
from optimizer.network.mixed import MixedModel
from optimizer.problem import Problem, Visit, Worker
from optimizer.units import scale_percent

_MAX_STRETCHES = 24


class _Group(NamedTuple):
    """Visits that the same types can give and whose on-time starts and services lie in the same span."""

    types: frozenset[str]
    start_s: int
    end_s: int


def least_workers(problem: Problem, on_time_share: float) -> int | None:
    """Workers needed at least for `on_time_share` of all visits on time; ``None`` where no number of these types does.

    Raises
    ------
    SolverBug
        If the integer program fails.
    """
    groups = _groups(problem)
    if not groups:
        return 0
    work_s = [[_work_s(problem, visit) for visit in visits] for visits in groups.values()]
    spans, types = list(groups), list(fleet_of(problem))
    program = MixedModel()
    numbers = program.add(len(types), cost=1.0, upper=np.inf)
    missed = program.add(len(spans), upper=[len(each) for each in work_s], is_whole=False)
    may_miss = math.floor((1 - on_time_share) * sum(map(len, work_s)) + 1e-9)
    program.bind(1, (0, missed, 1), upper=may_miss)
    for stretch in _stretches(spans):
        inside = [i for i, span in enumerate(spans) if stretch[0] <= span.start_s and span.end_s <= stretch[1]]
        pairs = [(row, i, t) for row, i in enumerate(inside) for t, name in enumerate(types) if name in spans[i].types]
        given = program.add(len(pairs), upper=np.inf, is_whole=False)
        longest_s = [max(work_s[i]) for i in inside]
        row_entries = ([row for row, _, _ in pairs], given, 1)
        missed_entries = (range(len(inside)), missed[inside], longest_s)
        program.bind(len(inside), row_entries, missed_entries, lower=[sum(work_s[i]) for i in inside])
        hours_s = [-_hours_s(problem, name, *stretch) for name in types]
        program.bind(len(types), ([t for _, _, t in pairs], given, 1), (range(len(types)), numbers, hours_s), upper=0)
    answer = program.solve(gap_share=0.0)
    return math.ceil(answer.bound - 1e-6) if answer.proof.has_values else None


def _groups(problem: Problem) -> dict[_Group, list[Visit]]:
    able = able_worker_ids(problem)
    type_by_worker_id = {worker.worker_id: type_of(worker) for worker in problem.workers}
    groups: dict[_Group, list[Visit]] = defaultdict(list)
    for visit in problem.visits:
        types = frozenset(type_by_worker_id[worker_id] for worker_id in able[visit.visit_id])
        start_s = min(window.start_s for window in visit.windows)
        last_s = max(window.end_s if window.soft_end_s is None else window.soft_end_s for window in visit.windows)
        groups[_Group(types, start_s, last_s + visit.service_duration_s)].append(visit)
    return dict(groups)


def _stretches(spans: Sequence[_Group]) -> list[tuple[int, int]]:
    """The whole horizon, and the narrowest stretches from the start of one span to the end of another."""
    starts, ends = {span.start_s for span in spans}, {span.end_s for span in spans}
    between = sorted(((a, b) for a in starts for b in ends if a < b), key=lambda stretch: stretch[1] - stretch[0])
    step = max(1, len(between) // _MAX_STRETCHES)
    return [(min(starts), max(ends)), *between[::step]]


def _work_s(problem: Problem, visit: Visit) -> int:
    """Seconds of service by the fastest pace (100 % at most, as spans end by that), for all of the visit's workers."""
    paces = {w.duration_percent_by_service.get(visit.service, w.duration_percent) for w in problem.workers}
    return visit.num_workers * scale_percent(visit.service_duration_s, min(100, *paces))


def _hours_s(problem: Problem, name: str, start_s: int, end_s: int) -> int:
    """Most seconds that a worker of the type can work between `start_s` and `end_s`."""
    return max(_worker_s(worker, start_s, end_s) for worker in problem.workers if type_of(worker) == name)


def _worker_s(worker: Worker, start_s: int, end_s: int) -> int:
    total_s = 0
    for shift in worker.shifts:
        present_s = max(0, min(shift.end_s, end_s) - max(shift.start_s, start_s))
        rests = [r for r in shift.breaks if r.mandatory and start_s <= r.start_s and r.end_s + r.duration_s <= end_s]
        total_s += max(0, present_s - sum(rest.duration_s for rest in rests))
    return total_s
