"""when a topic was first on a published list."""

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


def downgrade() -> None:
    op.drop_table("debuts")
