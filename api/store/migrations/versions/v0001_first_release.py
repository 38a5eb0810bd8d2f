"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "districts",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("pseudonym_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_districts")),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=200), nullable=False),
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["districts.district_id"], name=op.f("fk_api_keys_district_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_district_id"), ["district_id"], unique=False)

    op.create_table(
        "audit_log",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.district_id"], name=op.f("fk_audit_log_district_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_log_district_id_entry_id"), ["district_id", "entry_id"], unique=False
        )

    op.create_table(
        "idempotency_keys",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.district_id"], name=op.f("fk_idempotency_keys_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "actor", "idempotency_key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "problems",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("problem_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("num_days", sa.Integer(), nullable=False),
        sa.Column("num_visits", sa.Integer(), nullable=False),
        sa.Column("travel", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.district_id"], name=op.f("fk_problems_district_id")),
        sa.PrimaryKeyConstraint("district_id", "problem_id", name=op.f("pk_problems")),
    )
    op.create_table(
        "plans",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("problem_id", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.String(length=200), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "parent_id"],
            ["plans.district_id", "plans.plan_id"],
            name=op.f("fk_plans_district_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "problem_id"],
            ["problems.district_id", "problems.problem_id"],
            name=op.f("fk_plans_district_id_problem_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "plan_id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_district_id_parent_id"), ["district_id", "parent_id"], unique=False)

    op.create_table(
        "plan_events",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["plans.district_id", "plans.plan_id"],
            name=op.f("fk_plan_events_district_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "plan_id", "seq", name=op.f("pk_plan_events")),
    )
    op.create_table(
        "plan_results",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=200), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False),
        sa.Column("num_unassigned", sa.Integer(), nullable=False),
        sa.Column("violations", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["plans.district_id", "plans.plan_id"],
            name=op.f("fk_plan_results_district_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "plan_id", name=op.f("pk_plan_results")),
    )
    op.create_table(
        "plan_states",
        sa.Column("district_id", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_stop_requested", sa.Boolean(), nullable=False),
        sa.Column("num_attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["plans.district_id", "plans.plan_id"],
            name=op.f("fk_plan_states_district_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("district_id", "plan_id", name=op.f("pk_plan_states")),
    )
    with op.batch_alter_table("plan_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_states_state"), ["state"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("plan_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_states_state"))

    op.drop_table("plan_states")
    op.drop_table("plan_results")
    op.drop_table("plan_events")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_district_id_parent_id"))

    op.drop_table("plans")
    op.drop_table("problems")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_log_district_id_entry_id"))

    op.drop_table("audit_log")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_district_id"))

    op.drop_table("api_keys")
    op.drop_table("secrets")
    op.drop_table("districts")
