"""Between the core's plans and parameters and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter

from api.store.records import Outcome
from optimizer.formats.json import plan_from_json, plan_to_json
from optimizer.params import SolveParams
from optimizer.plan import Draft, Plan
from optimizer.problem import Problem


def params_facts(params: SolveParams) -> dict[str, Any]:
    """Parameters as they are kept and answered."""
    facts: dict[str, Any] = TypeAdapter(SolveParams).dump_python(params, mode="json")
    return facts


def params_from(facts: Mapping[str, Any]) -> SolveParams:
    """Parameters that were kept."""
    return TypeAdapter(SolveParams).validate_json(orjson.dumps(dict(facts)), strict=True)


def outcome_of(problem: Problem, plan: Plan, violations: tuple[Mapping[str, Any], ...] = ()) -> Outcome:
    """A plan as it is kept."""
    return Outcome(
        status=plan.status.value,
        cost_cents=plan.cost.total_cents,
        num_unassigned=len(plan.unassigned),
        content=orjson.dumps(orjson.loads(plan_to_json(plan, problem.horizon))),
        violations=violations,
    )


def start_for(problem: Problem, parent: bytes) -> Draft:
    """The routes of a kept plan as a start for `problem`, without the shifts and visits that it does not have."""
    from optimizer.repair import without_visits

    draft = plan_from_json(parent, problem.horizon).draft
    kept = Draft(routes=tuple(r for r in draft.routes if (r.worker_id, r.shift_id) in problem.shift_by_id))
    return without_visits(kept, sorted(kept.served_visit_ids - problem.visit_by_id.keys()))
