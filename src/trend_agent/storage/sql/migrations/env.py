"""Alembic runs this; the connection is handed in by `upgrade`."""

from alembic import context

from trend_agent.storage.sql.schema import metadata
from trend_agent.storage.sql.upgrade import ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=ours,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
