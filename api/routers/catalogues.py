"""What may be asked and answered: limits, rules, kinds of issues."""

from __future__ import annotations

from fastapi import APIRouter

from api.catalogue_resources import IssueType, IssueTypes, Limits, Rules
from api.deps import ServiceDep, Viewer
from api.errors import ERROR_CODES
from api.jobs.task import FAILURES
from api.openapi import errors
from optimizer.errors import Severity
from optimizer.formats.issues import FORMAT_ISSUE_CODES
from optimizer.rules import COST_TERMS, RULES
from optimizer.validate import DRAFT_ERROR_CODES, WARNING_CODES
from optimizer.validate import ERROR_CODES as PROBLEM_ERROR_CODES

router = APIRouter(tags=["catalogues"], responses=errors())


@router.get("/limits", summary="How much one may ask for")
def limits(service: ServiceDep, caller: Viewer) -> Limits:
    """The limits of this service."""
    return Limits(**{name: getattr(service.settings, name) for name in Limits.__dataclass_fields__})


@router.get("/rules", summary="Every rule and cost term")
def rules(caller: Viewer) -> Rules:
    """What plans are judged by."""
    return Rules(rules=RULES, cost_terms=COST_TERMS)


@router.get("/issue-types", summary="Every kind of issue and error")
def issue_types(caller: Viewer) -> IssueTypes:
    """What can be wrong."""
    laws = {**FORMAT_ISSUE_CODES, **PROBLEM_ERROR_CODES, **DRAFT_ERROR_CODES, **WARNING_CODES}
    issues = tuple(
        IssueType(code=code, law=law, severity=Severity.WARNING if code in WARNING_CODES else Severity.ERROR)
        for code, law in sorted(laws.items())
    )
    return IssueTypes(issues=issues, errors=dict(ERROR_CODES), failures=dict(FAILURES))
