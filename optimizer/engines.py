"""The engines as :mod:`optimizer.solve` uses them: OR-Tools on a part of a problem, the fast search on all of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from optimizer import routing
from optimizer.assign import Part
from optimizer.check import check_plan
from optimizer.judge import judged_plan
from optimizer.parallel import PartTask
from optimizer.params import SolveParams
from optimizer.plan import Draft, Plan, Sources
from optimizer.problem import Problem
from optimizer.search.engine import Incumbent, Search
from optimizer.search.hold import Held, hold_bound
from optimizer.travel import TravelMatrix

_RUN_S = 0.1
"""The search has so much time at most for each supply run: there are few of them."""


def improve_part(
    task: PartTask,
    travel: TravelMatrix,
    params: SolveParams,
    deadline_s: float,
    should_stop: Callable[[], bool],
) -> tuple[Draft, tuple[str, ...]]:
    """OR-Tools' draft for one part if the judge finds it sound and cheaper than the start, else the start; notes."""
    part, start = task.part, task.start
    improved = routing.improve(
        part.problem, travel, start, part.sources, params, deadline_s=deadline_s, should_stop=should_stop
    )
    before, after = judged_plan(part.problem, travel, start), judged_plan(part.problem, travel, improved)
    violations = check_plan(part.problem, travel, after)
    if violations:
        return start, (
            f"part {part.name!r}: the judge refused the engine's plan ({violations[0]}); its start was kept.",
        )
    return (improved if after.cost.total_cents < before.cost.total_cents else start), ()


def searched_runs(
    part: Part,
    travel: TravelMatrix,
    start: Draft,
    params: SolveParams,
    *,
    duration_s: float,
    should_stop: Callable[[], bool],
) -> Draft:
    """The search's draft for the supply runs alone if the judge finds it sound, else the start."""
    search = Search(part.problem, travel, part.sources, seed=params.seed, num_threads=1)
    search.start(start)
    if params.step_limit is None:
        duration_s = min(duration_s, _RUN_S * len(part.problem.visits))
    deadline_s = time.monotonic() + duration_s
    search.improve(deadline_s=deadline_s, step_limit=params.step_limit, should_stop=should_stop)
    found = judged_plan(part.problem, travel, search.draft)
    return start if check_plan(part.problem, travel, found) else search.draft


class HeldSearch:
    """The fast search on a problem, around whatever `plan` holds in place."""

    def __init__(
        self, problem: Problem, travel: TravelMatrix, sources: Sources, plan: Plan, params: SolveParams
    ) -> None:
        self._held: Held = hold_bound(problem, sources, plan)
        self._step_limit = params.step_limit
        # With a step limit a plan must be the same on any machine, however many cores it has.
        num_threads = 2 if params.step_limit is not None and not params.num_workers else params.num_workers
        self._search = Search(
            self._held.problem,
            travel,
            self._held.sources,
            locked=self._held.visit_id_by_name,
            seed=params.seed,
            num_threads=num_threads,
        )
        self._search.start(self._held.start)

    @property
    def draft(self) -> Draft:
        """The best plan so far, as one of the whole problem."""
        return self._held.original(self._search.draft)

    @property
    def num_steps(self) -> int:
        """Steps done so far by the busiest thread."""
        return self._search.num_steps

    def improve(
        self, deadline_s: float, should_stop: Callable[[], bool], on_progress: Callable[[Incumbent], None]
    ) -> None:
        """Search until the deadline (a value of ``time.monotonic()``), or for as many steps as the limit allows."""
        self._search.improve(
            deadline_s=deadline_s, step_limit=self._step_limit, should_stop=should_stop, on_progress=on_progress
        )
