r"""A month planned day by day: what one day leaves behind is the next one's history.

Whom an elder has met (visits that count for continuity) and the load that a worker has above the fair share go from
each day's plan into the next day's problem, so prices of continuity and fairness, and the limit of different workers,
hold over the month and not within a day only. How steadily an elder *e* is looked after is told by the usual-provider
index: the share of the :math:`n_e` visits given by whoever gave most of them,

.. math:: U_e = \max_w n_{ew} / n_e

(Breslau & Reeb 1975, Medical Care 13:44-56), over elders with at least two visits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import NamedTuple

from optimizer.kpis import gini
from optimizer.params import SolveParams
from optimizer.plan import Plan
from optimizer.problem import Elder, Problem, Worker
from optimizer.reading import ReadPlan, read_plan
from optimizer.solve import solve
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR


class DayFigures(NamedTuple):
    """One day of the month."""

    date: str
    num_visits: int
    num_served: int
    on_time_share: float | None
    known_worker_share: float | None
    num_workers: int
    paid_hours: float
    travel_km: float
    cost_yuan: float


class ElderMonth(NamedTuple):
    """What an elder had of the month; workers are those of visits that count for continuity."""

    elder_id: str
    community: str
    num_visits: int
    num_served: int
    num_workers: int
    usual_worker_share: float | None


class WorkerMonth(NamedTuple):
    """What a worker did in the month: hours of ways, loadings and visits.

    ``above_fair_hours`` are those above the fair share, negative below it.
    """

    worker_id: str
    num_days: int
    num_visits: int
    load_hours: float
    above_fair_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPlan:
    """Every day's problem with the history it was planned with, its plan, and figures of all."""

    problems: tuple[Problem, ...]
    plans: tuple[Plan, ...]
    days: tuple[DayFigures, ...]
    elders: tuple[ElderMonth, ...]
    workers: tuple[WorkerMonth, ...]

    @property
    def num_visits(self) -> int:
        """Visits asked for."""
        return sum(day.num_visits for day in self.days)

    @property
    def num_served(self) -> int:
        """Visits served."""
        return sum(day.num_served for day in self.days)

    @property
    def on_time_share(self) -> float | None:
        """Share of the visits served that start on time."""
        on_time = sum(day.num_served * (day.on_time_share or 0.0) for day in self.days)
        return on_time / self.num_served if self.num_served else None

    @property
    def usual_worker_share(self) -> float | None:
        """Mean share of the usual worker, over elders with at least two visits that count."""
        shares = [elder.usual_worker_share for elder in self.elders if elder.usual_worker_share is not None]
        return fmean(shares) if shares else None

    @property
    def load_gini(self) -> float | None:
        """Gini coefficient of the month's hours of work over all workers."""
        return gini([worker.load_hours for worker in self.workers])


def plan_month(
    days: Sequence[Problem],
    travel: TravelMatrix,
    params: SolveParams,
    *,
    has_memory: bool = True,
    on_day: Callable[[DayFigures], None] = lambda figures: None,
) -> MonthPlan:
    """Plan the days of a month in their order.

    Parameters
    ----------
    travel
        Over all places of every day.
    params
        Limits of each day's solve.
    has_memory
        Whether a day knows those before it; without, each is planned by what was known before the month.

    Raises
    ------
    InvalidProblem
        If a day has errors.
    """
    memory = Memory()
    problems, plans, figures = [], [], []
    for day in days:
        problem = memory.told_to(day) if has_memory else day
        plan = solve(problem, travel, params)
        memory.keep(problem, read_plan(problem, travel, plan))
        problems.append(problem)
        plans.append(plan)
        figures.append(_day_figures(problem, plan))
        on_day(figures[-1])
    return MonthPlan(
        problems=tuple(problems),
        plans=tuple(plans),
        days=tuple(figures),
        elders=tuple(memory.elder_rows(days)),
        workers=tuple(memory.worker_rows(days)),
    )


@dataclass(slots=True, eq=False)
class Memory:
    """What the days so far leave behind: visits by elder and worker, and loads above the fair share."""

    _served: Counter[str] = field(default_factory=Counter)
    _met: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _carried_s: Counter[str] = field(default_factory=Counter)
    _visits: Counter[str] = field(default_factory=Counter)
    _worked_days: Counter[str] = field(default_factory=Counter)
    _load_s: Counter[str] = field(default_factory=Counter)

    def told_to(self, day: Problem) -> Problem:
        """`day` with all of that as history."""
        return replace(
            day,
            elders=tuple(self._known(elder) for elder in day.elders),
            workers=tuple(self._burdened(worker) for worker in day.workers),
        )

    def keep(self, problem: Problem, reading: ReadPlan) -> None:
        """Add what a day's plan did."""
        for route in reading.used_routes:
            for stop in route.visit_stops:
                self._visits[stop.worker.worker_id] += 1
                if stop.visit is not None and stop.visit.counts_for_continuity and stop.visit.elder_id is not None:
                    self._met[stop.visit.elder_id][stop.worker.worker_id] += 1
        self._served.update(visit.elder_id for visit, _ in reading.served if visit.elder_id is not None)
        self._worked_days.update({route.worker.worker_id for route in reading.used_routes})
        working = [worker for worker in problem.workers if worker.shifts]
        loads_s = {worker.worker_id: reading.load_s_by_worker_id[worker.worker_id] for worker in working}
        self._load_s.update(loads_s)
        mean_s = sum(loads_s.values()) // max(1, len(loads_s))
        for worker in working:
            fair_s = mean_s if worker.fair_share_s is None else worker.fair_share_s
            self._carried_s[worker.worker_id] += loads_s[worker.worker_id] - fair_s

    def elder_rows(self, days: Sequence[Problem]) -> Iterator[ElderMonth]:
        """A row for each elder of the month with a visit."""
        asked = Counter(visit.elder_id for day in days for visit in day.visits)
        elders = {elder.elder_id: elder for day in days for elder in day.elders}
        for elder_id, elder in elders.items():
            if asked[elder_id]:
                met = self._met[elder_id]
                share = max(met.values()) / met.total() if met.total() > 1 else None
                served = self._served[elder_id]
                yield ElderMonth(elder_id, elder.community, asked[elder_id], served, len(met), share)

    def worker_rows(self, days: Sequence[Problem]) -> Iterator[WorkerMonth]:
        """A row for each worker of the month."""
        for worker_id in dict.fromkeys(worker.worker_id for day in days for worker in day.workers):
            yield WorkerMonth(
                worker_id,
                self._worked_days[worker_id],
                self._visits[worker_id],
                round(self._load_s[worker_id] / SECONDS_PER_HOUR, 2),
                round(self._carried_s[worker_id] / SECONDS_PER_HOUR, 2),
            )

    def _known(self, elder: Elder) -> Elder:
        met = self._met.get(elder.elder_id)
        return replace(elder, worker_history=_added(elder.worker_history, met)) if met else elder

    def _burdened(self, worker: Worker) -> Worker:
        carried_s = self._carried_s[worker.worker_id]
        return replace(worker, carried_load_s=worker.carried_load_s + carried_s) if carried_s else worker


def _added(history: Mapping[str, int], met: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(history) + Counter(met))


def _day_figures(problem: Problem, plan: Plan) -> DayFigures:
    kpis = plan.kpis
    return DayFigures(
        date=problem.horizon.first_date.isoformat(),
        num_visits=kpis["num_visits"],
        num_served=kpis["num_served"],
        on_time_share=kpis["on_time_share"],
        known_worker_share=kpis["known_worker_share"],
        num_workers=kpis["num_workers_used"],
        paid_hours=round(kpis["paid_duration_s"] / SECONDS_PER_HOUR, 1),
        travel_km=round(kpis["travel_distance_m"] / 1000, 1),
        cost_yuan=round(plan.cost.total_cents / 100, 2),
    )
