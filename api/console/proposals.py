"""Remedies tried out: each becomes a plan of its own, a what-if child, published once it is accepted."""

from __future__ import annotations

from api.bodies import sound_problem
from api.console.access import Visitor
from api.errors import Refusal
from api.intake import keep_problem
from api.judging import outcome_of_judged
from api.outcomes import params_facts
from api.service import require_role
from api.store.records import NewPlan, Origin, PlanRecord, Role
from api.unserved import carried_out
from optimizer.params import SolveParams
from optimizer.plan import Remedy
from optimizer.remedies import CHANGES_ROUTES


def propose(visitor: Visitor, parent: PlanRecord, visit_id: str, remedy: Remedy, reason: str) -> PlanRecord:
    """Keep the plan in which a remedy serves a visit, with nothing else moved, as a what-if child of `parent`.

    Raises
    ------
    Refusal
        403 for viewers, 409 where the remedy does not fit the plan.
    """
    change = visitor.change(reason)
    require_role(visitor.caller, Role.DISPATCHER)
    judged = carried_out(visitor.service, visitor.store, parent, visit_id, remedy)
    if judged is None:
        raise Refusal(409, "not-ready", f"the remedy does not fit plan {parent.plan_id!r} any more. Look again.")
    problem_id = parent.problem_id
    if remedy.kind not in CHANGES_ROUTES:
        read = sound_problem(judged.problem, visitor.service.settings)
        travel = visitor.store.problem(parent.problem_id).travel
        problem_id = keep_problem(visitor.store, read, travel, change).problem_id
    new = NewPlan(
        problem_id=problem_id,
        origin=Origin.WHAT_IF,
        parent_id=parent.plan_id,
        parent_revision=parent.revision,
        params=params_facts(SolveParams()),
    )
    return visitor.store.add_finished(new, outcome_of_judged(judged), change)
