"""Studies as the API tells of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.store.studies import StudyRecord, StudyState

REPORT_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'none'"
    )
}
"""Of reports as pages: what is inside may run, if the page's own policy has its hash; nothing is fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResource:
    """A study and how far it has come: ``num_done`` of ``num_runs`` plans are made."""

    id: str
    name: str
    problem_id: str | None
    state: StudyState
    num_runs: int
    num_done: int
    reason: str
    created_at: dt.datetime
    created_by: str
    finished_at: dt.datetime | None
    error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDifference:
    """Mean paired difference to the base, with the ends of its 95 % interval; ``num`` seeds."""

    mean: float
    low: float | None
    high: float | None
    num: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFigure:
    """A figure of a variant: its mean over the seeds, and how it differs from the base."""

    variant: str
    figure: str
    mean: float
    num: int
    difference: StudyDifference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFault:
    """A plan that could not be made."""

    variant: str
    seed: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """What came out of a study."""

    figures: tuple[StudyFigure, ...]
    faults: tuple[StudyFault, ...]


def study_facts(record: StudyRecord) -> dict[str, Any]:
    """The fields of a :class:`StudyResource`."""
    return {
        "id": record.study_id,
        "name": record.name,
        "problem_id": record.problem_id,
        "state": record.state,
        "num_runs": record.num_runs,
        "num_done": record.num_done,
        "reason": record.reason,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "finished_at": record.finished_at,
        "error": record.error,
    }
