"""Marks of what has changed: an answer kept under a mark is right for as long as the mark stands.

Marks are random, never counted up, so that records restored from a backup do not come by an old one again.
"""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, select

from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import editions

Part = Literal["facts", "list"]


_marks = select(editions.c.mark).order_by(editions.c.name)


def mark(connection: Connection, part: Part) -> None:
    """To be called in every transaction that changes this part: the facts, or the published list."""
    put = insert(connection, editions).values(name=part, mark=uuid4().hex)
    connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"mark": put.excluded.mark}))


def edition(connection: Connection) -> str:
    """The marks that stand, as one text."""
    return "-".join(connection.scalars(_marks))
