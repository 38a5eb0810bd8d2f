"""The tables of studies: each study with how far it has come, and the runs that are kept of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.store.models import Base


class StudyRow(Base):
    """A study as it was asked for, how far it has come, and what came out."""

    __tablename__ = "studies"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "problem_id"], ["problems.district_id", "problems.problem_id"]),
        Index(None, "state"),
    )

    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"), primary_key=True)
    study_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    problem_id: Mapped[str | None]
    content: Mapped[bytes]
    num_runs: Mapped[int]
    num_done: Mapped[int]
    state: Mapped[str]
    is_stop_requested: Mapped[bool]
    num_starts: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    finished_at: Mapped[dt.datetime | None]
    error: Mapped[dict[str, Any] | None]
    results: Mapped[bytes | None]
    report: Mapped[bytes | None]


class StudyRunRow(Base):
    """A run of a study, kept so that a study that was stopped goes on with what is missing."""

    __tablename__ = "study_runs"
    is_append_only = True
    __table_args__ = (ForeignKeyConstraint(["district_id", "study_id"], ["studies.district_id", "studies.study_id"]),)

    district_id: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
