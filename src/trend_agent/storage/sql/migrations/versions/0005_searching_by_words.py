"""searching by words."""

from alembic import op

from trend_agent.storage.sql import search

revision = "0005"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    search.make(op.get_bind())
    search.rebuild(op.get_bind())


def downgrade() -> None:
    search.drop(op.get_bind())
