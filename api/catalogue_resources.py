"""What the catalogues answer: limits, rules, kinds of issues, scenarios."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import Severity
from optimizer.rules import CostTerm, CostTermInfo, Rule, RuleInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one may ask for."""

    max_body_bytes: int
    max_visits: int
    max_places: int
    max_solve_s: float
    max_wait_s: float
    max_queue: int
    max_queue_of_district: int
    memory_limit_mb: int
    session_s: int
    idempotency_s: int
    rate_limit: str
    failed_login_limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every rule a plan keeps, and every term of its cost."""

    rules: dict[Rule, RuleInfo]
    cost_terms: dict[CostTerm, CostTermInfo]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueType:
    """A kind of issue: the law behind it, and whether it stops a plan."""

    code: str
    law: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTypes:
    """Every kind of issue of problems, drafts and files, of error bodies, and of plans that fail."""

    issues: tuple[IssueType, ...]
    errors: dict[str, str]
    failures: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSummary:
    """A scenario by name: what it is for, and its figures at size 1."""

    name: str
    purpose: str
    figures: dict[str, str]
    has_one_size: bool
