"""The judge's word on plans made by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from api.outcomes import outcome_of
from api.resources import dump
from api.store.records import Outcome
from api.worlds import World
from optimizer.check import check_plan
from optimizer.errors import InputError, Issue
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import draft_from_json, plan_from_json, plan_to_json
from optimizer.judge import judged_plan, with_figures
from optimizer.plan import Draft, Plan, RouteDraft, SolveStatus, Step, StopKind, Violation
from optimizer.problem import Problem

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A plan with its figures derived anew, and every rule it breaks."""

    problem: Problem
    plan: Plan
    violations: tuple[Violation, ...]

    def outcome(self) -> Outcome:
        """As it is kept."""
        return outcome_of(self.problem, self.plan, self._violation_facts())

    def judgement(self) -> bytes:
        """As a :class:`api.resources.Judgement` is answered."""
        facts = {
            "status": self.plan.status,
            "violations": self._violation_facts(),
            "cost": {"cents_by_term": dict(self.plan.cost.cents_by_term)},
            "total_cents": self.plan.cost.total_cents,
            "plan": orjson.Fragment(plan_to_json(self.plan, self.problem.horizon)),
        }
        return dump(facts)

    def _violation_facts(self) -> tuple[Mapping[str, Any], ...]:
        adapter = TypeAdapter(tuple[Violation, ...])
        return tuple(adapter.dump_python(self.violations, mode="json", exclude_none=True))


def judge(world: World, plan: Plan | Draft) -> Judged:
    """A plan as the judge sees it; a draft gets its times first."""
    problem, travel = world.problem, world.travel
    if isinstance(plan, Draft):
        plan = judged_plan(problem, travel, plan)
    violations = tuple(check_plan(problem, travel, plan))
    judged = replace(with_figures(problem, travel, plan), status=_status(problem, plan, violations))
    return Judged(problem=problem, plan=judged, violations=violations)


def read_plan(data: bytes, problem: Problem) -> Plan:
    """The member ``plan`` of a body."""
    return below("plan", lambda: plan_from_json(data, problem.horizon))


def read_draft(data: bytes, problem: Problem) -> Draft:
    """The member ``draft`` of a body: routes made by hand, every step of which names something of the problem."""
    draft = below("draft", lambda: draft_from_json(data, problem.horizon))
    if issues := list(_draft_issues(draft, problem)):
        raise InputError(issues)
    return draft


def below(name: str, read: Callable[[], _Read]) -> _Read:
    """What `read` reads; the paths of its faults are put below `name`."""
    try:
        return read()
    except InputError as error:
        issues = [replace(each, path=name if each.path == "$" else f"{name}.{each.path}") for each in error.issues]
        raise type(error)(issues) from None


def _draft_issues(draft: Draft, problem: Problem) -> Iterator[Issue]:
    for number, route in enumerate(draft.routes):
        path = f"draft.routes[{number}]"
        if (route.worker_id, route.shift_id) in problem.shift_by_id:
            for position, step in enumerate(route.steps):
                yield from _step_issues(f"{path}.steps[{position}]", step, route, problem)
        else:
            message = f"worker {route.worker_id!r} has no shift {route.shift_id!r}."
            hint = did_you_mean(route.worker_id, problem.worker_by_id) or "Correct the ids."
            yield Issue(code="unknown-worker", path=path, message=message, hint=hint)


def _step_issues(path: str, step: Step, route: RouteDraft, problem: Problem) -> Iterator[Issue]:
    """A step names exactly one thing, of its own kind, which is there."""
    rests = {rest.break_id for rest in problem.shift_by_id[route.worker_id, route.shift_id].breaks}
    named: dict[StopKind, tuple[str | None, Collection[str]]] = {
        StopKind.VISIT: (step.visit_id, problem.visit_by_id),
        StopKind.LOAD: (step.station_id, problem.station_by_id),
        StopKind.BREAK: (step.break_id, rests),
    }
    name, known = named[step.kind]
    noun = "station" if step.kind is StopKind.LOAD else str(step.kind)
    if [kind for kind, (other, _) in named.items() if other is not None] != [step.kind]:
        message = f"a step of kind {str(step.kind)!r} names a {noun}, and nothing else."
        yield Issue(code="step-id", path=path, message=message, hint=f"Give it '{noun}_id' alone.")
    elif name not in known:
        message = f"there is no {noun} {name!r} here."
        yield Issue(code=f"unknown-{noun}", path=path, message=message, hint=did_you_mean(str(name), known))


def _status(problem: Problem, plan: Plan, violations: tuple[Violation, ...]) -> SolveStatus:
    if violations:
        return SolveStatus.INVALID
    is_incomplete = any(problem.visit_by_id[item.visit_id].mandatory for item in plan.unassigned)
    return SolveStatus.INCOMPLETE if is_incomplete else SolveStatus.COMPLETE
