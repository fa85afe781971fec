"""the first published list of every five minutes, whole."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moments",
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("trends", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_moments")),
    )


def downgrade() -> None:
    op.drop_table("moments")
