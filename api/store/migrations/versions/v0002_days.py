"""Published days: their steps, and who must be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "days",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.district_id"], name=op.f("fk_days_district_id")),
        sa.PrimaryKeyConstraint("district_id", "date", name=op.f("pk_days")),
    )
    op.create_table(
        "day_steps",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("base_problem_id", sa.String(length=200), nullable=False),
        sa.Column("now_s", sa.Integer(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "base_problem_id"],
            ["problems.district_id", "problems.problem_id"],
            name=op.f("fk_day_steps_district_id_base_problem_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "date"], ["days.district_id", "days.date"], name=op.f("fk_day_steps_district_id_date")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["plans.district_id", "plans.plan_id"],
            name=op.f("fk_day_steps_district_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "date", "step", name=op.f("pk_day_steps")),
    )
    with op.batch_alter_table("day_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_steps_district_id_plan_id"), ["district_id", "plan_id"], unique=False)

    op.create_table(
        "day_news",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=200), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "date", "step"],
            ["day_steps.district_id", "day_steps.date", "day_steps.step"],
            name=op.f("fk_day_news_district_id_date_step"),
        ),
        sa.PrimaryKeyConstraint("district_id", "date", "step", "person", "person_id", name=op.f("pk_day_news")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("day_news")
    with op.batch_alter_table("day_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_steps_district_id_plan_id"))

    op.drop_table("day_steps")
    op.drop_table("days")
