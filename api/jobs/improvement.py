"""The search in the background for a better version of a published day, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from api.daybook.answers import answer_of, news_of
from api.daybook.state import day_of, state_of
from api.jobs.task import ImprovementTask, Solved, StepMade
from api.outcomes import outcome_of
from api.worlds import make_world
from optimizer.formats.json import plan_from_json, problem_from_json


def improve(task: ImprovementTask, should_stop: Callable[[], bool]) -> Solved:
    """The best version found, with what it changes for whom if it is worth its changes."""
    from optimizer.redispatch.redispatch import RedispatchParams, Tier, redispatch  # brings in the engines

    base = make_world(task.base_problem, task.travel, task.streets_path)
    problem = problem_from_json(task.problem)
    before = plan_from_json(task.plan, problem.horizon)
    day = day_of(task.state, problem, before, base.travel, base.streets)
    params = RedispatchParams(
        improve_s=task.improve_s,
        max_elders_told=task.budget.max_elders_told,
        max_workers_told=task.budget.max_workers_told,
        seed=task.seed,
    )
    found = redispatch(day, params, Tier.IMPROVEMENT, should_stop=should_stop)
    outcome = outcome_of(problem, found.plan)
    if not found.diff.visits and not found.diff.workers:
        return Solved(outcome=outcome)
    answer = answer_of(found.plan, found.diff, found.tier, found.notes, task.budget)
    return Solved(outcome=outcome, step=StepMade(state=state_of(found.day), answer=answer, news=news_of(found.diff)))
