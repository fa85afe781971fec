"""Calls, and what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("configuration", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "at", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_at", "calls", ["at"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("lead_hours", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("topic", "at", name=op.f("pk_outcomes")),
    )


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_index("ix_calls_at", table_name="calls")
    op.drop_table("calls")
