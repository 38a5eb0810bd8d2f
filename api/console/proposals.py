"""Remedies tried out: each becomes a plan of its own, a what-if child, and is the district's plan once accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from api.bodies import ReadProblem, sound_problem
from api.console.access import Visitor
from api.errors import Refusal
from api.intake import Intake, keep_problem, world_of
from api.store.acceptance import accept_plan, accepted_plan_ids
from api.store.records import PlanRecord, Role
from optimizer.plan import Remedy, RemedyKind, SolveStatus
from optimizer.problem import Problem
from optimizer.remedies import apply_remedy, with_visit

NUM_ACCEPTED = 100
"""So many accepted plans are looked through for those in force."""


def role_for(remedy: Remedy) -> Role:
    """Who may try a remedy: dispatchers what changes routes alone, planners what changes facts."""
    return Role.DISPATCHER if remedy.kind is RemedyKind.INSERT else Role.PLANNER


def propose(visitor: Visitor, parent: PlanRecord, visit_id: str, remedy: Remedy, reason: str) -> PlanRecord:
    """Order the plan in which a remedy serves a visit: the parent's routes, with as little changed as it takes.

    Raises
    ------
    Refusal
        403 where the visitor's role does not go that far.
    """
    change = visitor.change(reason)
    intake = Intake(service=visitor.service, store=visitor.store, caller=visitor.caller, change=change)
    order: dict[str, Any] = {"params": {"time_limit_s": 0}}
    if remedy.kind is not RemedyKind.INSERT:
        world = world_of(visitor.service, visitor.store, parent.problem_id)
        read = sound_problem(remedied(world.problem, visit_id, remedy), visitor.service.settings)
        order["problem_id"] = _kept(visitor, parent, read, intake)
    return intake.make_child(parent.plan_id, orjson.dumps(order), None)


def remedied(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    """The problem after a remedy; a visit that is given up becomes one that need not be served."""
    if remedy.kind is not RemedyKind.SWAP:
        return apply_remedy(problem, visit_id, remedy)
    given_up = problem.visit_by_id[remedy.dropped_visit_id or ""]
    return with_visit(problem, replace(given_up, mandatory=False, unserved_cents=0, priority=0))


def _kept(visitor: Visitor, parent: PlanRecord, read: ReadProblem, intake: Intake) -> str:
    """The id of the changed problem, which travels as the parent's does."""
    if not visitor.may(Role.PLANNER):
        detail = "what changes facts takes the role 'planner'. Ask a planner, or for another key."
        raise Refusal(403, "not-allowed", detail)
    travel = visitor.store.problem(parent.problem_id).travel
    return keep_problem(visitor.store, read, travel, intake.change).problem_id


def accept(visitor: Visitor, record: PlanRecord, reason: str) -> None:
    """Let the district go by a plan from now on.

    Raises
    ------
    Refusal
        409 for a plan that is not finished or breaks rules, 403 for viewers.
    """
    if not visitor.may(Role.DISPATCHER):
        raise Refusal(403, "not-allowed", "accepting a plan takes the role 'dispatcher'. Ask for another key.")
    if record.status is None or record.status == SolveStatus.INVALID:
        detail = f"plan {record.plan_id!r} is not finished or breaks rules. Accept another one."
        raise Refusal(409, "not-ready", detail)
    accept_plan(visitor.service.database, visitor.caller.district_id, record.plan_id, visitor.change(reason))


def in_force(visitor: Visitor) -> dict[str, str]:
    """By first day the plan that was accepted last for it."""
    found: dict[str, str] = {}
    for plan_id in accepted_plan_ids(visitor.service.database, visitor.caller.district_id, limit=NUM_ACCEPTED):
        record = visitor.store.plan(plan_id)
        found.setdefault(record.horizon.first_date.isoformat(), plan_id)
    return found
