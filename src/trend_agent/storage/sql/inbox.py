"""What has been done already: a message that comes again has no second effect.

The row is written in the transaction of the effect, so that there are both or neither.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, delete

from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import inbox, millis


def first_time(connection: Connection, consumer: str, key: str) -> bool:
    """Whether this consumer has not met the key before; from now on it has."""
    row = {"consumer": consumer, "key": key, "at": millis(datetime.now(UTC))}
    put = insert(connection, inbox).values(row).on_conflict_do_nothing()
    return bool(connection.execute(put).rowcount)


def forget(connection: Connection, *, before: datetime) -> int:
    """Drop what no queue can bring again; how many there were."""
    return connection.execute(delete(inbox).where(inbox.c.at < millis(before))).rowcount
