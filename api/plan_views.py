"""A stored plan as the caller may see it."""

from __future__ import annotations

from typing import Any

import orjson

from api.auth.pseudonyms import Pseudonyms, sees_persons
from api.intake import world_of
from api.representations import View, view_of
from api.resources import plan_facts
from api.service import Service
from api.store.district import DistrictStore
from api.store.districts import pseudonym_key
from api.store.records import Caller, PlanRecord
from optimizer.formats.json import plan_from_json, plan_to_json
from optimizer.judge import with_figures
from optimizer.plan import Plan
from optimizer.redispatch.diff import PlanDiff, diff_plans


def pseudonyms_for(service: Service, caller: Caller) -> Pseudonyms | None:
    """The district's pseudonyms for a caller who sees those; None for one who sees persons."""
    if sees_persons(caller.role):
        return None
    return Pseudonyms(pseudonym_key(service.database, caller.district_id))


def plan_body(service: Service, store: DistrictStore, caller: Caller, record: PlanRecord) -> dict[str, Any]:
    """The facts of a :class:`api.resources.PlanResource`."""
    content = None if record.status is None else _content_for(service, store, caller, record)
    return {**plan_facts(record), "plan": None if content is None else orjson.Fragment(content)}


def stored_plan(store: DistrictStore, record: PlanRecord) -> Plan:
    """The plan itself; 409 while there is none."""
    return plan_from_json(store.plan_content(record.plan_id), record.horizon)


def kpis_of(service: Service, store: DistrictStore, record: PlanRecord) -> dict[str, Any]:
    """Key figures of a plan; those of a version that an event made are worked out now."""
    plan = stored_plan(store, record)
    if not plan.kpis:
        world = world_of(service, store, record.problem_id)
        plan = with_figures(world.problem, world.travel, plan)
    return dict(plan.kpis)


def plan_view(service: Service, store: DistrictStore, caller: Caller, record: PlanRecord) -> View:
    """Problem and plan for sheets and maps."""
    plan = stored_plan(store, record)
    return view_of(world_of(service, store, record.problem_id), plan, pseudonyms_for(service, caller))


def diff_of(store: DistrictStore, service: Service, record: PlanRecord, against: PlanRecord) -> PlanDiff:
    """What changed from `against` to `record`."""
    problem = world_of(service, store, record.problem_id).problem
    return diff_plans(
        problem,
        stored_plan(store, against),
        stored_plan(store, record),
        plan_id=record.plan_id,
        against_id=against.plan_id,
    )


def _content_for(service: Service, store: DistrictStore, caller: Caller, record: PlanRecord) -> bytes:
    pseudonyms = pseudonyms_for(service, caller)
    if pseudonyms is None:
        return store.plan_content(record.plan_id)
    world = world_of(service, store, record.problem_id)
    plan = pseudonyms.plan(world.problem, stored_plan(store, record))
    return plan_to_json(plan, world.problem.horizon)
