"""Studies and their runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "studies",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("study_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.String(length=200), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("num_runs", sa.Integer(), nullable=False),
        sa.Column("num_done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("is_stop_requested", sa.Boolean(), nullable=False),
        sa.Column("num_starts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("results", sa.LargeBinary(), nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["districts.district_id"], name=op.f("fk_studies_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "problem_id"],
            ["problems.district_id", "problems.problem_id"],
            name=op.f("fk_studies_district_id_problem_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "study_id", name=op.f("pk_studies")),
    )
    op.create_index(op.f("ix_studies_state"), "studies", ["state"])
    op.create_table(
        "study_runs",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("study_id", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "study_id"],
            ["studies.district_id", "studies.study_id"],
            name=op.f("fk_study_runs_district_id_study_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "study_id", "run_id", name=op.f("pk_study_runs")),
    )
