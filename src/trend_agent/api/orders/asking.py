"""The hands of a process that does not own the records: what only the owner can do is ordered, and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from trend_agent.api.errors import Told
from trend_agent.api.orders import QUEUE, answer_of, correction
from trend_agent.errors import TrendError
from trend_agent.items import Correction
from trend_agent.processing.saying import Merge, Pin, Split, Undo, Unpin
from trend_agent.sources.choosing import Choosing
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.orders import Order
from trend_agent.storage.ports.queue import Message, Queue
from trend_agent.storage.sql.orders import SqlOrders
from trend_agent.storage.sql.schema import millis, moment

PATIENCE = 5.0
"""Seconds in which an order is waited for; who ordered is told where to ask for it then."""

GOOD_FOR = timedelta(minutes=10)
"""How long an order may wait for an owner; nobody expects it to be carried out hours later."""

LOOK_AGAIN = 0.05
NO_OWNER = "nobody collects and processes now, so that this cannot be done; `trend up` does"


class Pending(Told):
    """An order that is not carried out yet."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"not done yet: /api/v1/orders/{order.id} tells what comes of it", retry_after=1)
        self.order = order


class OrderingHands:
    """Orders what the owner has to do. Sources are chosen here: a choice is a row that any process may write, and
    that the owner looks at before each round."""

    def __init__(
        self,
        orders: SqlOrders,
        queue: Queue,
        *,
        owned: Callable[[], Awaitable[bool]],
        sources: Choosing,
        keeping: Keeping,
        patience: float = PATIENCE,
        good_for: timedelta = GOOD_FOR,
    ) -> None:
        self.orders = orders
        self.queue = queue
        self.owned = owned
        self.sources = sources
        self.keeping = keeping
        self.patience = patience
        self.good_for = good_for

    async def correct(self, asked: Merge | Split | Pin | Unpin | Undo, *, by: str) -> Correction:
        return correction.validate_python(await self._done("correct", asked.model_dump(mode="json"), by))

    async def collect(self, names: Sequence[str], *, by: str) -> int:
        return int(await self._done("collect", list(names), by))

    async def clear_cache(self) -> None:
        await self.keeping.clear()

    async def _done(self, kind: str, said: Any, by: str) -> Any:
        """The answer to an order. `Pending` where it is not there in time, `Told` where there is no owner."""
        if not await self.owned():
            raise Told(NO_OWNER)
        now = moment(millis(datetime.now(UTC)))  # as it is kept
        order = Order(uuid4().hex, kind, said, by, now, now + self.good_for)
        await self.orders.place(order)
        try:
            await self.queue.publish(QUEUE, Message(order.id.encode(), key=order.id))
        except TrendError as fault:
            if await self.orders.refuse(order.id, fault):  # or else somebody has found it all the same
                raise
        return answer_of(await self._ended(order))

    async def _ended(self, order: Order) -> Order:
        end = asyncio.get_running_loop().time() + self.patience
        while True:
            found = await self.orders.found(order.id)
            if found is not None and found.state != "waiting":
                return found
            if asyncio.get_running_loop().time() > end:
                raise Pending(order)
            await asyncio.sleep(LOOK_AGAIN)
