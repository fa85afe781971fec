"""searching by words, and what is no longer kept."""

import sqlalchemy as sa
from alembic import op

from trend_agent.storage.sql import search

revision = "0005"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gaps",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_gaps")),
    )
    search.make(op.get_bind())
    search.rebuild(op.get_bind())


def downgrade() -> None:
    search.drop(op.get_bind())
    op.drop_table("gaps")
