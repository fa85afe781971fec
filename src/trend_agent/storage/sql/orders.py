"""Orders as a table: written by who asks, answered in the transaction of what was asked for; so it is done once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, select, update

from trend_agent.errors import Conflict, TrendError, Unavailable
from trend_agent.storage.orders import MOST, Order
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.schema import millis, moment, orders

KEPT = timedelta(days=7)
"""How long one that has ended is told of."""


def answered(connection: Connection, order: str, answer: Any) -> None:
    """To be called in the transaction of what was ordered. `Conflict` undoes that where the order has ended
    before."""
    if order and not _ended(connection, order, state="done", answer=_json(answer)):
        raise Conflict(f"the order {order!r} has ended already")


def _ended(connection: Connection, order: str, **values: Any) -> bool:
    put = update(orders).where(orders.c.id == order, orders.c.state == "waiting")
    ended = put.values(**values, ended_at=millis(datetime.now(UTC)))
    return bool(connection.execute(ended).rowcount)


def _place(connection: Connection, order: Order) -> None:
    connection.execute(delete(orders).where(orders.c.at < millis(order.at - KEPT)))
    alive = orders.c.state == "waiting", orders.c.until > millis(order.at)
    if connection.scalar(select(func.count()).select_from(orders).where(*alive)) >= MOST:  # type: ignore[operator]
        raise Unavailable(f"{MOST} orders wait for the owner of the records", retry_after=30)
    row = {"id": order.id, "kind": order.kind, "said": _json(order.said), "by": order.by}
    moments = {"at": millis(order.at), "until": millis(order.until)}
    connection.execute(orders.insert().values(**row, **moments, state="waiting", fault="", words=""))


def _found(connection: Connection, order: str) -> Order | None:
    row = connection.execute(select(orders).where(orders.c.id == order)).first()
    return None if row is None else _order(row)


def _order(row: Row[*tuple[Any, ...]]) -> Order:
    answer = orjson.loads(row.answer) if row.answer else None
    moments = moment(row.at), moment(row.until)
    said = orjson.loads(row.said)
    return Order(
        row.id,
        row.kind,
        said,
        row.by,
        *moments,
        row.state,
        answer,
        row.fault,
        row.words,
        moment(row.ended_at),
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class SqlOrders:
    """Any process may write here, whoever owns the pipeline."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def place(self, order: Order) -> None:
        """Keep an order that is to be carried out. `Unavailable` while too many wait."""
        await self.database.write(lambda c: _place(c, order))

    async def found(self, order: str) -> Order | None:
        return await self.database.read(lambda c: _found(c, order), single=True)

    async def waiting(self) -> list[str]:
        """Those that wait, the oldest first."""
        wanted = select(orders.c.id).where(orders.c.state == "waiting").order_by(orders.c.at, orders.c.id)
        return await self.database.read(lambda c: list(c.scalars(wanted)), single=True)

    async def refuse(self, order: str, fault: TrendError) -> bool:
        """End an order that waits without having carried it out; whether it waited."""
        told = {"fault": type(fault).__name__, "words": str(fault)[:2000]}
        return await self.database.write(lambda c: _ended(c, order, state="refused", **told))
