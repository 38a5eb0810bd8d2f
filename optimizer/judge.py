"""From a draft to a plan as the judge sees it: timed, priced, every visit accounted for."""

from __future__ import annotations

from dataclasses import asdict, replace

from optimizer.cost import cost_of
from optimizer.kpis import kpis_of
from optimizer.plan import Draft, Plan, SolveStatus, Unassigned
from optimizer.problem import Problem, Visit
from optimizer.timing import time_draft
from optimizer.travel import TravelMatrix


def judged_plan(problem: Problem, travel: TravelMatrix, draft: Draft) -> Plan:
    """The plan of `draft` with times and cost; every visit it does not serve is unassigned, without reasons."""
    served = draft.served_visit_ids
    unassigned = tuple(Unassigned(visit_id=v.visit_id) for v in problem.visits if v.visit_id not in served)
    is_incomplete = any(problem.visit_by_id[item.visit_id].mandatory for item in unassigned)
    plan = Plan(
        problem_name=problem.name,
        status=SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE,
        routes=time_draft(problem, travel, draft),
        unassigned=unassigned,
    )
    return replace(plan, cost=cost_of(problem, travel, plan))


def with_figures(problem: Problem, travel: TravelMatrix, plan: Plan) -> Plan:
    """`plan` with cost and key figures as its stops have them, whatever was printed."""
    priced = replace(plan, cost=cost_of(problem, travel, plan))
    return replace(priced, kpis=asdict(kpis_of(problem, travel, priced)))


def unserved_cents(problem: Problem, visit: Visit) -> int:
    """What leaving `visit` unserved costs."""
    return problem.weights.mandatory_cents * (1 + visit.priority) if visit.mandatory else visit.unserved_cents
