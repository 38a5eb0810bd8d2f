"""Does a draft speak of its problem? Every step names the one thing its kind is about, and that thing is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from optimizer.errors import InputError, Issue
from optimizer.plan import Draft, RouteDraft, Step, StopKind
from optimizer.problem import Problem
from optimizer.validate.codes import issue
from optimizer.validate.references import unknown_issue


def require_sound_draft(problem: Problem, draft: Draft) -> None:
    """Refuse a draft whose names lead nowhere.

    Raises
    ------
    InputError
        With every step and route at fault.
    """
    if issues := list(draft_issues(problem, draft)):
        raise InputError(issues)


def draft_issues(problem: Problem, draft: Draft) -> Iterator[Issue]:
    """Every route and step of `draft` that names something unknown, or not the one thing it should."""
    for position, route in enumerate(draft.routes):
        path = f"routes[{position}]"
        if route.worker_id not in problem.worker_by_id:
            yield unknown_issue("worker", route.worker_id, path, problem.worker_by_id)
        elif (route.worker_id, route.shift_id) not in problem.shift_by_id:
            shift_ids = [shift.shift_id for shift in problem.worker_by_id[route.worker_id].shifts]
            yield unknown_issue("shift", route.shift_id, path, shift_ids, owner=f"worker {route.worker_id!r}")
        else:
            yield from _route_issues(path, route, problem)


def _route_issues(path: str, route: RouteDraft, problem: Problem) -> Iterator[Issue]:
    known_ids: dict[StopKind, Collection[str]] = {
        StopKind.VISIT: problem.visit_by_id,
        StopKind.LOAD: problem.station_by_id,
        StopKind.BREAK: [rest.break_id for rest in problem.shift_by_id[route.worker_id, route.shift_id].breaks],
    }
    for number, step in enumerate(route.steps):
        yield from _step_issues(f"{path}.steps[{number}]", step, known_ids[step.kind])


def _step_issues(path: str, step: Step, known: Collection[str]) -> Iterator[Issue]:
    ids = {StopKind.VISIT: step.visit_id, StopKind.LOAD: step.station_id, StopKind.BREAK: step.break_id}
    name = ids.pop(step.kind)
    noun = "station" if step.kind is StopKind.LOAD else str(step.kind)
    if name is None or any(other is not None for other in ids.values()):
        message = f"a step of kind {str(step.kind)!r} names a {noun}, and nothing else."
        yield issue("step-id", path, message, f"Give it '{noun}_id' alone.")
    elif name not in known:
        owner = "the shift" if step.kind is StopKind.BREAK else "the problem"
        yield unknown_issue(noun, name, path, known, owner=owner)
