"""Is a problem sound? Every issue at once, each with a stable code, its path, the law it breaks and the cure.

Nothing is repaired and nothing is raised on account of the facts. Warnings (what cannot be served whatever the plan)
are looked for once no error is left: over contradictory facts they would mislead.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import InvalidProblem, Issue
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix
from optimizer.validate.codes import DRAFT_ERROR_CODES, ERROR_CODES, ISSUE_CODES, WARNING_CODES, issue
from optimizer.validate.coverage import coverage_issues
from optimizer.validate.drafts import require_sound_draft
from optimizer.validate.facts import horizon_issues, number_issues, quantity_issues, visit_issues, worker_issues
from optimizer.validate.links import link_issues
from optimizer.validate.references import id_issues, reference_issues

__all__ = [
    "DRAFT_ERROR_CODES",
    "ERROR_CODES",
    "ISSUE_CODES",
    "WARNING_CODES",
    "require_sound_draft",
    "require_valid",
    "validate_problem",
]


def validate_problem(problem: Problem, travel: TravelMatrix | None = None) -> tuple[Issue, ...]:
    """Every issue of `problem`; with `travel` also of its ways. Warnings are given once there are no errors."""
    errors = tuple(_errors(problem, travel))
    return errors or tuple(coverage_issues(problem, travel))


def require_valid(problem: Problem, travel: TravelMatrix | None = None) -> tuple[Issue, ...]:
    """Warnings about `problem`.

    Raises
    ------
    InvalidProblem
        With every error, if there are any.
    """
    issues = validate_problem(problem, travel)
    errors = [found for found in issues if found.code in ERROR_CODES]
    if errors:
        raise InvalidProblem(errors)
    return issues


def _errors(problem: Problem, travel: TravelMatrix | None) -> Iterator[Issue]:
    yield from id_issues(problem)
    yield from reference_issues(problem)
    yield from horizon_issues(problem.horizon)
    yield from quantity_issues(problem)
    yield from number_issues(problem)
    yield from visit_issues(problem)
    yield from worker_issues(problem)
    yield from link_issues(problem)
    if travel is not None:
        yield from _travel_issues(problem, travel)


def _travel_issues(problem: Problem, travel: TravelMatrix) -> Iterator[Issue]:
    """Places and modes that the matrix lacks."""
    hint = "Make the matrix from this problem."
    for place in problem.places:
        if place not in travel.idx_by_place:
            message = f"the travel matrix lacks the place lon {place.lon}, lat {place.lat} {place.place_id!r}."
            yield issue("place-without-travel", "travel.places", message, hint)
    for i, worker in enumerate(problem.workers):
        if worker.vehicle.mode not in travel.duration_s:
            message = f"the travel matrix lacks the mode {worker.vehicle.mode!r}."
            yield issue("mode-without-travel", f"workers[{i}].vehicle.mode", message, hint)
