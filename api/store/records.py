"""What the store hands out: plain facts, free of any database session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from optimizer.errors import Issue
from optimizer.problem import Horizon


class Role(StrEnum):
    """What a key may do; each role may do what those before it may."""

    VIEWER = "viewer"
    """Read, with pseudonyms in place of elders' names, addresses and phones."""
    DISPATCHER = "dispatcher"
    """Read everything, bring problems in, order, stop, check and edit plans."""
    PLANNER = "planner"
    """Ask "what if" with changed facts, and load scenarios."""
    ADMIN = "admin"
    """Read the audit log."""

    @property
    def rank(self) -> int:
        """Position among the roles, lowest first."""
        return list(Role).index(self)


class PlanState(StrEnum):
    """How far a plan has come."""

    QUEUED = "queued"
    SOLVING = "solving"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in {PlanState.DONE, PlanState.FAILED, PlanState.CANCELLED}


class Origin(StrEnum):
    """Where a version of a plan comes from."""

    SOLVE = "solve"
    """Made from nothing."""
    WHAT_IF = "what-if"
    """Solved anew from its parent's routes, with other facts or parameters."""
    EDIT = "edit"
    """Its parent's routes changed by hand."""
    EVENT = "event"
    """Its parent, the published version of a day, re-planned after something has happened."""
    IMPROVEMENT = "improvement"
    """Its parent, the published version of a day, improved in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a key, its district and its role. The address counts failed logins."""

    key_id: str
    district_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the audit log keeps of a change beside the thing changed."""

    actor: str
    reason: str = ""
    request_id: str = ""
    idempotency_key: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProblem:
    """A problem to be kept."""

    name: str
    horizon: Horizon
    num_visits: int
    travel: Mapping[str, Any]
    warnings: tuple[Issue, ...]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRecord:
    """A problem as it is kept, without its content."""

    problem_id: str
    name: str
    first_date: dt.date
    num_days: int
    num_visits: int
    travel: Mapping[str, Any]
    warnings: tuple[Issue, ...]
    created_at: dt.datetime
    created_by: str

    @property
    def horizon(self) -> Horizon:
        """First day and number of days, as dates in plans need them."""
        return Horizon(first_date=self.first_date, num_days=self.num_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A version of a plan to be made or kept."""

    problem_id: str
    origin: Origin
    params: Mapping[str, Any] = field(default_factory=dict)
    parent_id: str | None = None
    parent_revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished plan: its JSON, and the figures that lists show."""

    status: str
    cost_cents: int
    num_unassigned: int
    content: bytes
    violations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """A version of a plan: how it was ordered, how far it has come, and the figures of what came out."""

    plan_id: str
    problem_id: str
    horizon: Horizon
    parent_id: str | None
    origin: Origin
    params: Mapping[str, Any]
    reason: str
    created_at: dt.datetime
    created_by: str
    state: PlanState
    revision: int
    is_stop_requested: bool
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    error: Mapping[str, Any] | None
    status: str | None = None
    cost_cents: int | None = None
    num_unassigned: int | None = None
    violations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """A step of progress."""

    seq: int
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An entry of the audit log."""

    entry_id: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    reason: str
    request_id: str
