"""time series, queue and inbox as tables; marks of what has changed."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_metric", "series", ["metric", "tags"], unique=True)
    op.create_table(
        "series_tags",
        sa.Column("series", SERIAL, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_series_tags_series_series")),
        sa.PrimaryKeyConstraint("series", "name", name=op.f("pk_series_tags")),
    )
    op.create_index("ix_series_tags_name", "series_tags", ["name", "value"], unique=False)
    op.create_table(
        "points",
        sa.Column("series", SERIAL, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_points_series_series")),
        sa.PrimaryKeyConstraint("series", "at", name=op.f("pk_points")),
    )
    op.create_table(
        "messages",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("dead", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_queue", "messages", ["queue", "dead", "priority", "id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "key", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"], unique=False)
    editions = op.create_table(
        "editions",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_editions")),
    )
    # Two books never share a mark: answers kept for one are none of the other's.
    op.bulk_insert(editions, [{"name": name, "mark": uuid4().hex} for name in ("facts", "list")])


def downgrade() -> None:
    for table in ("editions", "inbox", "messages", "points", "series_tags", "series"):
        op.drop_table(table)
