"""The owner carries out what other processes order of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from trend_agent.api.hands import OwnHands
from trend_agent.api.orders import QUEUE, asked, names
from trend_agent.errors import Conflict, Rejected, TrendError, Unavailable
from trend_agent.observability.log import logger
from trend_agent.storage.orders import Order
from trend_agent.storage.ports.queue import Delivery, Queue
from trend_agent.storage.sql.orders import SqlOrders

log = logger("orders")

WAIT = timedelta(seconds=5)
LEASE = timedelta(minutes=2)
LONGEST_PAUSE = 30.0
TOO_OLD = "nobody began this in time, and it is not done any more; order it again"


class Carrying:
    """Carries out one order after the other."""

    def __init__(self, hands: OwnHands, orders: SqlOrders, queue: Queue, *, wait: timedelta = WAIT) -> None:
        self.hands = hands
        self.orders = orders
        self.queue = queue
        self.wait = wait

    async def run(self) -> None:
        """For ever: first what waits already, then what comes. A fault is logged, and it is gone on after a pause."""
        pause, first = 1.0, True
        while True:
            try:
                for order in await self.orders.waiting() if first else ():
                    await self.carry_out(order)
                first = False
                for delivery in await self.queue.take(QUEUE, wait=self.wait, lease=LEASE):
                    await self._delivered(delivery)
                pause = 1.0
            except TrendError as fault:
                log.error("orders wait", error=str(fault), again_in=pause)
                await asyncio.sleep(pause)
                pause, first = min(2 * pause, LONGEST_PAUSE), True

    async def _delivered(self, delivery: Delivery) -> None:
        try:
            await self.carry_out(delivery.message.body.decode("ascii", "replace"))
            await self.queue.acknowledge(delivery)
        except Conflict as fault:  # it may be handed out once more, and is then found to have ended
            log.warning("an order was not acknowledged", error=str(fault))

    async def carry_out(self, key: str) -> None:
        """Do what an order says, unless it has ended or grown old. `Unavailable` where it can be tried again."""
        order = await self.orders.found(key)
        if order is None or order.state != "waiting":
            return
        try:
            await self._done(order)
        except TrendError as fault:
            if isinstance(fault, Unavailable) and datetime.now(UTC) < order.until:
                raise
            if await self.orders.refuse(order.id, fault):
                log.warning("an order was refused", order=order.id, kind=order.kind, error=str(fault))

    async def _done(self, order: Order) -> None:
        """What is done answers the order itself."""
        if datetime.now(UTC) >= order.until:
            raise Unavailable(TOO_OLD)
        try:
            match order.kind:
                case "correct":
                    await self.hands.correct(asked.validate_python(order.said), by=order.by, order=order.id)
                case "collect":
                    await self.hands.collect(names.validate_python(order.said), by=order.by, order=order.id)
                case other:
                    raise Rejected(
                        f"no order {other!r} is known here; the processes are of different versions"
                    )
        except ValidationError as fault:
            raise Rejected(f"this order is not one of ours: {fault.errors()[0]['msg'].lower()}") from fault
