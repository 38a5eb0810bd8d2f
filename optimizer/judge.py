"""From a draft to a plan as the judge sees it: timed, priced, every visit accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from optimizer.check import check_plan
from optimizer.cost import cost_of
from optimizer.kpis import kpis_of
from optimizer.plan import Draft, Plan, SolveStatus, Unassigned, Violation
from optimizer.problem import Problem, Visit
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A plan for a problem with its figures derived anew, and every rule it breaks."""

    problem: Problem
    plan: Plan
    violations: tuple[Violation, ...]


def judge(problem: Problem, travel: TravelMatrix, plan: Plan | Draft) -> Judged:
    """The judge's word on a plan made by hand; a draft gets its times first.

    Raises
    ------
    InputError
        If a draft names something that the problem does not have.
    """
    if isinstance(plan, Draft):
        plan = judged_plan(problem, travel, plan)
    violations = tuple(check_plan(problem, travel, plan))
    status = SolveStatus.INVALID if violations else _status(problem, plan.unassigned)
    return Judged(
        problem=problem, plan=replace(with_figures(problem, travel, plan), status=status), violations=violations
    )


def judged_plan(problem: Problem, travel: TravelMatrix, draft: Draft) -> Plan:
    """The plan of `draft` with times and cost; every visit it does not serve is unassigned, without reasons."""
    plan = timed_plan(problem, travel, draft)
    return replace(plan, cost=cost_of(problem, travel, plan))


def timed_plan(problem: Problem, travel: TravelMatrix, draft: Draft) -> Plan:
    """The same without cost."""
    served = draft.served_visit_ids
    unassigned = tuple(Unassigned(visit_id=v.visit_id) for v in problem.visits if v.visit_id not in served)
    return Plan(
        problem_name=problem.name,
        status=_status(problem, unassigned),
        routes=time_draft(problem, travel, draft),
        unassigned=unassigned,
    )


def with_figures(problem: Problem, travel: TravelMatrix, plan: Plan) -> Plan:
    """`plan` with cost and key figures as its stops have them, whatever was printed."""
    priced = replace(plan, cost=cost_of(problem, travel, plan))
    return replace(priced, kpis=asdict(kpis_of(problem, travel, priced)))


def unserved_cents(problem: Problem, visit: Visit) -> int:
    """What leaving `visit` unserved costs."""
    return problem.weights.mandatory_cents * (1 + visit.priority) if visit.mandatory else visit.unserved_cents


def _status(problem: Problem, unassigned: Iterable[Unassigned]) -> SolveStatus:
    """How far a plan that breaks no rule goes."""
    is_incomplete = any(problem.visit_by_id[item.visit_id].mandatory for item in unassigned)
    return SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE
