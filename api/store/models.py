"""The tables. Every row belongs to a district, and composite foreign keys keep rows of two districts apart.

Problems, plans, results, steps of days and audit entries are written once: :mod:`api.store.engine` refuses to change
them. What changes in the life of a plan is its :class:`PlanStateRow`, in that of a published day its :class:`DayRow`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Moments in UTC that come back aware of it (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment with its zone."""
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: String(200),
        dt.datetime: UtcDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(),
        bytes: LargeBinary(),
    }
    is_append_only: ClassVar[bool] = False


class DistrictRow(Base):
    """A tenant. ``pseudonym_key`` makes pseudonyms differ between districts."""

    __tablename__ = "districts"

    district_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    pseudonym_key: Mapped[bytes]
    created_at: Mapped[dt.datetime]


class ApiKeyRow(Base):
    """A key: what it may do, and the hash of its secret."""

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"), index=True)
    role: Mapped[str]
    label: Mapped[str]
    secret_hash: Mapped[str]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class UserRow(Base):
    """Somebody who signs in with a password: a key nobody holds says what they may do, and ends it when revoked."""

    __tablename__ = "users"

    name: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.key_id"), unique=True)
    password_hash: Mapped[str]
    changed_at: Mapped[dt.datetime]


class ProblemRow(Base):
    """A problem as JSON, and by which ways one travels in it."""

    __tablename__ = "problems"
    is_append_only = True

    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    first_date: Mapped[dt.date]
    num_days: Mapped[int]
    num_visits: Mapped[int]
    travel: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]
    content: Mapped[bytes]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]


class PlanRow(Base):
    """A version of a plan as it was ordered: of which problem, from which version, by whom and why."""

    __tablename__ = "plans"
    is_append_only = True
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "problem_id"], ["problems.district_id", "problems.problem_id"]),
        ForeignKeyConstraint(["district_id", "parent_id"], ["plans.district_id", "plans.plan_id"]),
        Index(None, "district_id", "parent_id"),
    )

    district_id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(primary_key=True)
    problem_id: Mapped[str]
    parent_id: Mapped[str | None]
    origin: Mapped[str]
    params: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]


class PlanStateRow(Base):
    """How far a plan has come; ``revision`` grows with every change and is its ``ETag``."""

    __tablename__ = "plan_states"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "plan_id"], ["plans.district_id", "plans.plan_id"]),
        Index(None, "state"),
    )

    district_id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    revision: Mapped[int]
    is_stop_requested: Mapped[bool]
    num_attempts: Mapped[int]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    error: Mapped[dict[str, Any] | None]


class PlanResultRow(Base):
    """What came out, once: the primary key accepts one completion of a plan and no second."""

    __tablename__ = "plan_results"
    is_append_only = True
    __table_args__ = (ForeignKeyConstraint(["district_id", "plan_id"], ["plans.district_id", "plans.plan_id"]),)

    district_id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    cost_cents: Mapped[int] = mapped_column(BigInteger)
    num_unassigned: Mapped[int]
    violations: Mapped[list[Any]]
    content: Mapped[bytes]
    created_at: Mapped[dt.datetime]


class PlanEventRow(Base):
    """A step of progress while a plan is made; swept some time after it is finished."""

    __tablename__ = "plan_events"
    __table_args__ = (ForeignKeyConstraint(["district_id", "plan_id"], ["plans.district_id", "plans.plan_id"]),)

    district_id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]


class DayRow(Base):
    """A published day: its last step; ``revision`` grows with every change and is its ``ETag``."""

    __tablename__ = "days"

    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"), primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    step: Mapped[int]
    revision: Mapped[int]


class DayStepRow(Base):
    """What happened to a published day and which version of its plan holds since.

    ``state`` is what is known of the day beside the facts and the plan, ``answer`` what was answered.
    """

    __tablename__ = "day_steps"
    is_append_only = True
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "date"], ["days.district_id", "days.date"]),
        ForeignKeyConstraint(["district_id", "plan_id"], ["plans.district_id", "plans.plan_id"]),
        ForeignKeyConstraint(["district_id", "base_problem_id"], ["problems.district_id", "problems.problem_id"]),
        Index(None, "district_id", "plan_id"),
    )

    district_id: Mapped[str] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    plan_id: Mapped[str]
    base_problem_id: Mapped[str]
    now_s: Mapped[int]
    events: Mapped[list[Any]]
    state: Mapped[bytes]
    answer: Mapped[bytes]
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]


class DayNewsRow(Base):
    """An elder or worker who must be told what a step changed for them, and since when they know."""

    __tablename__ = "day_news"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "date", "step"], ["day_steps.district_id", "day_steps.date", "day_steps.step"]
        ),
    )

    district_id: Mapped[str] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    changes: Mapped[list[Any]]
    told_at: Mapped[dt.datetime | None]
    told_by: Mapped[str | None]


class AuditRow(Base):
    """Who did what to which thing, when and why."""

    __tablename__ = "audit_log"
    is_append_only = True
    __table_args__ = (Index(None, "district_id", "entry_id"),)

    entry_id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"))
    at: Mapped[dt.datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str]


class IdempotencyRow(Base):
    """An idempotency key of a caller, and the thing that its first request made."""

    __tablename__ = "idempotency_keys"

    district_id: Mapped[str] = mapped_column(ForeignKey("districts.district_id"), primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class SecretRow(Base):
    """A secret of the service itself, such as the key that signs sessions; the one table of no district."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]
