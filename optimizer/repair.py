"""Making a draft sound: visits that break a rule are taken out, then whatever fits is put in again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from optimizer.check import check_plan
from optimizer.judge import timed_plan
from optimizer.plan import Draft, Plan, RouteDraft, Step, StopKind, Violation
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix


class Sound(NamedTuple):
    """A draft that breaks no rule, its plan (without cost), and why visits were left out, by id in order of removal."""

    draft: Draft
    plan: Plan
    dropped: dict[str, str]


def drop_until_sound(problem: Problem, travel: TravelMatrix, draft: Draft) -> Sound:
    """`draft` without the visits that make it break rules.

    Visits that violations name go first; a violation of a whole route or station costs the route its last visit.
    """
    dropped: dict[str, str] = {}
    while True:
        plan = timed_plan(problem, travel, draft)
        violations = check_plan(problem, travel, plan)
        if not violations:
            return Sound(draft, plan, dropped)
        culprits = _culprits(draft, violations)
        if not culprits:
            dropped |= {visit_id: str(violations[0]) for visit_id in sorted(draft.served_visit_ids)}
            return Sound(Draft(), timed_plan(problem, travel, Draft()), dropped)
        dropped |= {visit_id: _why(visit_id, violations) for visit_id in culprits}
        draft = without_visits(draft, culprits)


def without_visits(draft: Draft, visit_ids: list[str]) -> Draft:
    """`draft` without some visits and without loadings and routes that then serve nothing."""
    gone = set(visit_ids)
    routes = (replace(route, steps=_useful_steps(route, gone)) for route in draft.routes)
    return Draft(routes=tuple(route for route in routes if route.visit_ids))


def _useful_steps(route: RouteDraft, gone: set[str]) -> tuple[Step, ...]:
    kept = [step for step in route.steps if step.visit_id not in gone]
    next_kinds = [*(step.kind for step in kept[1:]), StopKind.END]
    return tuple(
        step
        for step, next_kind in zip(kept, next_kinds, strict=False)
        if step.kind is not StopKind.LOAD or next_kind not in {StopKind.LOAD, StopKind.END}
    )


def _why(visit_id: str, violations: tuple[Violation, ...]) -> str:
    """The violation that names the visit, or the first one where none does."""
    return str(next((violation for violation in violations if violation.visit_id == visit_id), violations[0]))


def _culprits(draft: Draft, violations: tuple[Violation, ...]) -> list[str]:
    """Visits to take out for `violations`: those named, or one per route that is at fault as a whole."""
    served = draft.served_visit_ids
    named = Counter(violation.visit_id for violation in violations if violation.visit_id in served)
    if named:
        return [visit_id for visit_id, _ in named.most_common()]
    at_fault = {(violation.worker_id, violation.shift_id) for violation in violations}
    routes = [route for route in draft.routes if (route.worker_id, route.shift_id) in at_fault] or draft.routes
    return [route.visit_ids[-1] for route in routes if route.visit_ids]
