"""What the service answers with: the core's own plans and problems, and the little that is known around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from api.store.records import Origin, PlanRecord, PlanState, ProblemRecord, Role
from optimizer.errors import Issue
from optimizer.params import SolveParams
from optimizer.plan import Cost, Plan, SolveStatus, Unassigned, Violation
from optimizer.problem import Problem

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_Item]):
    """Part of a list, newest first; ``next`` is the ``before`` of the part that follows."""

    items: tuple[_Item, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSummary:
    """A problem that is kept; ``issues`` are warnings, for problems with errors are refused."""

    id: str
    name: str
    first_date: dt.date
    num_days: int
    num_visits: int
    travel: Mapping[str, Any]
    issues: tuple[Issue, ...]
    created_at: dt.datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemResource(ProblemSummary):
    """A problem with all its facts."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What is wrong with a problem, all at once."""

    is_valid: bool
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why no plan came out."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A version of a plan: how it was ordered, how far it has come, and its figures once it is done.

    ``first_date`` is the first day of the problem, to which the plan's clock times belong. ``status``, ``cost_cents``,
    ``num_unassigned`` and ``violations`` belong to a plan that is done; violations are those of a plan made by hand.
    """

    id: str
    problem_id: str
    first_date: dt.date
    parent_id: str | None
    origin: Origin
    state: PlanState
    revision: int
    params: SolveParams
    reason: str
    created_at: dt.datetime
    created_by: str
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    is_stop_requested: bool
    status: SolveStatus | None = None
    cost_cents: int | None = None
    num_unassigned: int | None = None
    violations: tuple[Violation, ...] = ()
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResource(PlanSummary):
    """A version of a plan with its routes, once it is done."""

    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the judge says of a plan: its times, cost and figures derived anew, and every rule it breaks."""

    status: SolveStatus
    violations: tuple[Violation, ...]
    cost: Cost
    total_cents: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class UnassignedList:
    """Visits that are not served, why not, and what would serve them."""

    items: tuple[Unassigned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the key or session belongs to."""

    key_id: str
    district_id: str
    role: Role


def problem_facts(record: ProblemRecord) -> dict[str, Any]:
    """The fields of a :class:`ProblemSummary`."""
    return {
        "id": record.problem_id,
        "name": record.name,
        "first_date": record.first_date,
        "num_days": record.num_days,
        "num_visits": record.num_visits,
        "travel": dict(record.travel),
        "issues": record.warnings,
        "created_at": record.created_at,
        "created_by": record.created_by,
    }


def plan_facts(record: PlanRecord) -> dict[str, Any]:
    """The fields of a :class:`PlanSummary`."""
    return {
        "id": record.plan_id,
        "problem_id": record.problem_id,
        "first_date": record.horizon.first_date,
        "parent_id": record.parent_id,
        "origin": record.origin,
        "state": record.state,
        "revision": record.revision,
        "params": dict(record.params),
        "reason": record.reason,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "is_stop_requested": record.is_stop_requested,
        "status": record.status,
        "cost_cents": record.cost_cents,
        "num_unassigned": record.num_unassigned,
        "violations": record.violations,
        "error": None if record.error is None else dict(record.error),
    }


def dump(facts: Any) -> bytes:
    """`facts` as JSON; ready-made JSON goes in as :class:`orjson.Fragment`."""
    return orjson.dumps(facts, option=orjson.OPT_UTC_Z)


def dump_page(items: Sequence[Mapping[str, Any]], limit: int) -> bytes:
    """A :class:`Page` of facts that have an ``id``."""
    return dump({"items": items, "next": items[-1]["id"] if len(items) == limit else None})
