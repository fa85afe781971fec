"""when a topic was first on a published list; a quick way from a topic to those merged into it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "debuts",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_debuts")),
    )
    op.execute("INSERT INTO debuts (topic, at) SELECT topic, min(at) FROM trends GROUP BY topic")
    op.create_index(op.f("ix_topics_merged_into"), "topics", ["merged_into"])


def downgrade() -> None:
    op.drop_index(op.f("ix_topics_merged_into"), "topics")
    op.drop_table("debuts")
