"""The judge's word on plans made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from api.outcomes import outcome_of
from api.resources import dump
from api.store.records import Outcome
from api.worlds import World
from optimizer.errors import InputError
from optimizer.formats.json import draft_from_json, plan_from_json, plan_to_json
from optimizer.judge import Judged, judge
from optimizer.plan import Violation

_Read = TypeVar("_Read")


def outcome_of_judged(judged: Judged) -> Outcome:
    """A judged plan as it is kept."""
    return outcome_of(judged.problem, judged.plan, _violation_facts(judged))


def judgement(judged: Judged) -> bytes:
    """A judged plan as a :class:`api.resources.Judgement` is answered."""
    plan = judged.plan
    facts = {
        "status": plan.status,
        "violations": _violation_facts(judged),
        "cost": {"cents_by_term": {term.value: cents for term, cents in plan.cost.cents_by_term.items()}},
        "total_cents": plan.cost.total_cents,
        "plan": orjson.Fragment(plan_to_json(plan, judged.problem.horizon)),
    }
    return dump(facts)


def judge_draft(world: World, data: bytes) -> Judged:
    """The judge's word on the member ``draft`` of a body: routes made by hand."""
    problem = world.problem
    return below("draft", lambda: judge(problem, world.travel, draft_from_json(data, problem.horizon)))


def judge_plan(world: World, data: bytes) -> Judged:
    """The judge's word on the member ``plan`` of a body."""
    plan = below("plan", lambda: plan_from_json(data, world.problem.horizon))
    return judge(world.problem, world.travel, plan)


def below(name: str, read: Callable[[], _Read]) -> _Read:
    """What `read` reads; the paths of its faults are put below `name`."""
    try:
        return read()
    except InputError as error:
        issues = [replace(each, path=name if each.path == "$" else f"{name}.{each.path}") for each in error.issues]
        raise type(error)(issues) from None


def _violation_facts(judged: Judged) -> tuple[Mapping[str, Any], ...]:
    adapter = TypeAdapter(tuple[Violation, ...])
    return tuple(adapter.dump_python(judged.violations, mode="json", exclude_none=True))
