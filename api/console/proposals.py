"""Remedies tried out: each becomes a plan of its own, a what-if child, published once it is accepted."""

from __future__ import annotations

from api.bodies import sound_problem
from api.console.access import Visitor
from api.errors import Refusal
from api.intake import keep_problem, world_of
from api.judging import outcome_of_judged
from api.outcomes import params_facts
from api.plan_views import stored_plan
from api.service import require_role
from api.store.records import NewPlan, Origin, PlanRecord, Role
from optimizer.judge import Judged, judge
from optimizer.params import SolveParams
from optimizer.plan import Remedy, RemedyKind
from optimizer.remedies import apply_remedy

CHANGES_ROUTES = frozenset({RemedyKind.INSERT, RemedyKind.SWAP})
"""Remedies that change no facts."""


def propose(visitor: Visitor, parent: PlanRecord, visit_id: str, remedy: Remedy, reason: str) -> PlanRecord:
    """Keep the plan in which a remedy serves a visit, with nothing else moved, as a what-if child of `parent`.

    Raises
    ------
    Refusal
        403 for viewers, 409 where the remedy does not fit the plan.
    """
    change = visitor.change(reason)
    require_role(visitor.caller, Role.DISPATCHER)
    judged = _tried(visitor, parent, visit_id, remedy)
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


def _tried(visitor: Visitor, parent: PlanRecord, visit_id: str, remedy: Remedy) -> Judged:
    """The judge's word on the parent's plan with the remedy carried out."""
    from optimizer.explain import carry_out  # brings in the assignment models
    from optimizer.plan_supply import plan_sources

    world = world_of(visitor.service, visitor.store, parent.problem_id)
    plan = stored_plan(visitor.store, parent)
    supplied, sources = plan_sources(world.problem, world.travel, plan)
    _, draft = carry_out(supplied, world.travel, sources, plan, visit_id=visit_id, remedy=remedy)
    if draft is None:
        raise Refusal(409, "not-ready", f"the remedy does not fit plan {parent.plan_id!r} any more. Look again.")
    is_same = remedy.kind in CHANGES_ROUTES
    return judge(world.problem if is_same else apply_remedy(world.problem, visit_id, remedy), world.travel, draft)
