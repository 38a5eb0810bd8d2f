"""The comparison itself: every case, every seed, every solver, one after the other; and the judge's word on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.quality.child import Answer, ask
from benchmarks.quality.families import Case, Instance
from benchmarks.quality.rows import Row, gap_percent
from optimizer.check import check_plan
from optimizer.errors import InputError
from optimizer.judge import judged_plan
from optimizer.plan import SolveStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row of the table's making: the class it counts in, and what was wrong, or could not be stated.

    ``row`` is ``None`` where the solver cannot state the problem (`unsupported` says why).
    """

    group: str
    instance: str
    solver: str
    row: Row | None = None
    fault: str = ""
    unsupported: str = ""
    left_out: tuple[str, ...] = ()


Ask = Callable[..., Answer]


def compare(
    family: str, cases: Sequence[Case], solvers: Sequence[str], *, time_s: float, num_seeds: int, ask: Ask = ask
) -> Iterator[Outcome]:
    """Outcomes as they come. Solvers take turns in going first; `time_s` 0 is each instance's published time."""
    for turn, case in enumerate(cases):
        instance = case.load()
        limit_s = time_s or case.published_s
        order = [*solvers[turn % len(solvers) :], *solvers[: turn % len(solvers)]]
        for seed in range(num_seeds):
            for solver in order:
                answer = ask(solver, instance.problem, instance.travel, limit_s, seed)
                yield judged(answer, family=family, case=case, instance=instance, solver=solver, seed=seed)


def judged(answer: Answer, *, family: str, case: Case, instance: Instance, solver: str, seed: int) -> Outcome:
    """The outcome of an answer: timed, checked and priced by the judge, whoever gave it."""
    group = case.group(instance)
    if answer.unsupported:
        return Outcome(
            group=group,
            instance=case.name,
            solver=solver,
            unsupported=answer.unsupported,
            left_out=instance.left_out,
        )
    cost, fault = _cost_and_fault(instance, answer)
    row = Row(
        family=family,
        instance=case.name,
        solver=solver,
        seed=seed,
        seconds=round(answer.seconds, 3),
        cost=cost,
        best_known=instance.best_known,
        gap_percent=None if fault else gap_percent(cost, instance.best_known),
        valid=not fault,
    )
    return Outcome(group=group, instance=case.name, solver=solver, row=row, fault=fault, left_out=instance.left_out)


def _cost_and_fault(instance: Instance, answer: Answer) -> tuple[float | None, str]:
    """Cost in the published unit, and the first thing wrong ("" for nothing)."""
    if answer.draft is None:
        return None, answer.fault
    problem, travel = instance.problem, instance.travel
    try:
        plan = judged_plan(problem, travel, answer.draft)
    except InputError as error:
        return None, str(error.issues[0])
    cost = plan.cost.total_cents / instance.cost_divisor
    violations = check_plan(problem, travel, plan)
    if violations:
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        return cost, f"{violations[0]}{more}"
    if plan.status is not SolveStatus.COMPLETE:
        return cost, f"{len(plan.unassigned)} visits are not served"
    return cost, ""
