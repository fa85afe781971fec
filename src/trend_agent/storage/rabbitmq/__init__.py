"""RabbitMQ: the queue on a broker, by AMQP 0-9-1.

Queues are durable and classic, which alone know priorities; messages are persistent and publishes confirmed, and
what the broker cannot place it returns. A delay is a queue of its own whose messages expire into the one they are
for. The broker does not say how often it has handed a message out, only that it has: such a message is published
anew with its count in a header before anybody gets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelInvalidStateError,
    ChannelPreconditionFailed,
    DeliveryError,
    MessageProcessError,
    ProbableAuthenticationError,
    PublishError,
)
from aiormq.exceptions import ChannelAccessRefused, ConnectionNotAllowed

from trend_agent.errors import Conflict, Denied, Misconfigured, Unavailable
from trend_agent.storage.address import Address
from trend_agent.storage.ports.queue import (
    AT_ONCE,
    HIGHEST,
    DeadLetter,
    Delivery,
    Depth,
    Message,
    fit,
    named,
    worn_out,
)
from trend_agent.storage.rabbitmq import wire

SECONDS = 10.0
"""How long an answer may take."""

HEARTBEAT = 15
"""Seconds between signs of life; a taker that gives none for twice as long has lost its messages."""

TOGETHER = 2_000
"""Publishes that wait for their confirmation at once."""

CHANNELS = 8
"""Channels kept for the next one who needs one."""

GRACE = 0.05
"""Seconds in which the broker starts to hand out what waits, and that may pass between two messages."""

REFUSED = (AuthenticationError, ProbableAuthenticationError, ChannelAccessRefused, ConnectionNotAllowed)


class RabbitQueue:
    """`Queue` on a RabbitMQ broker. Its queues' names begin with the option `prefix`."""

    def __init__(self, address: Address) -> None:
        address.known({"heartbeat", "prefix", "timeout"})
        self.address = address
        self.prefix = address.options.get("prefix", "trend")
        self.seconds = address.number("timeout", SECONDS)
        self._url = wire.url(address, heartbeat=int(address.number("heartbeat", HEARTBEAT)))
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._free: list[AbstractChannel] = []
        self._declared: set[str] = set()

    async def publish(self, queue: str, *messages: Message, delay: timedelta = AT_ONCE) -> None:
        fit(messages, delay)
        async with self._channel() as channel:
            place = await self._place(channel, named(queue), delay)
            for start in range(0, len(messages), TOGETHER):
                await wire.send(channel, place, messages[start : start + TOGETHER])

    async def take(
        self,
        queue: str,
        *,
        limit: int = 1,
        wait: timedelta = AT_ONCE,
        lease: timedelta = timedelta(minutes=1),
    ) -> list[Delivery]:
        async with self._channel(waiting=wait.total_seconds()) as channel:
            name = await self._place(channel, named(queue))
            await channel.set_qos(prefetch_count=limit)
            line = await channel.get_queue(name, ensure=False)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            tag = await line.consume(arrived.put)
            try:
                return await self._gathered(channel, queue, arrived, limit, wait.total_seconds())
            finally:
                await line.cancel(tag)
                while not arrived.empty():
                    await arrived.get_nowait().nack(requeue=True)

    async def _gathered(
        self,
        channel: AbstractChannel,
        queue: str,
        arrived: asyncio.Queue[AbstractIncomingMessage],
        limit: int,
        wait: float,
    ) -> list[Delivery]:
        found: list[Delivery] = []
        end = asyncio.get_running_loop().time() + max(wait, GRACE)
        while len(found) < limit:
            left = end - asyncio.get_running_loop().time()
            try:
                message = await asyncio.wait_for(arrived.get(), GRACE if found else max(left, 0.001))
            except TimeoutError:
                break
            if message.redelivered:
                await self._count_up(channel, queue, message)
            else:
                found.append(wire.delivery(queue, message))
        return sorted(found, key=lambda d: -d.message.priority)

    async def _count_up(self, channel: AbstractChannel, queue: str, message: AbstractIncomingMessage) -> None:
        """Line a message up anew that somebody had and did not finish, or give it up."""
        delivery = wire.delivery(queue, message)
        await self._pass_on(channel, delivery, AT_ONCE, worn_out(delivery.attempt))

    async def acknowledge(self, *deliveries: Delivery) -> None:
        lost = 0
        async with self._errors():
            for delivery in deliveries:
                lost += not await _acknowledged(delivery)
        if lost:
            raise _not_yours(deliveries[0].queue, lost)

    async def retry(self, delivery: Delivery, *, delay: timedelta = AT_ONCE) -> None:
        async with self._held(delivery) as channel:
            await self._pass_on(channel, delivery, delay, worn_out(delivery.attempt))

    async def bury(self, delivery: Delivery, *, reason: str) -> None:
        async with self._held(delivery) as channel:
            await self._pass_on(channel, delivery, AT_ONCE, reason[:500] or "given up")

    async def _pass_on(
        self, channel: AbstractChannel, delivery: Delivery, delay: timedelta, reason: str
    ) -> None:
        """Publish a copy first and acknowledge then: between the two there are two, never none."""
        place = await self._place(channel, delivery.queue, delay)
        if reason:
            place = wire.dead(place)
        headers = {"attempt": delivery.attempt, "reason": reason}
        await wire.send(channel, place, [delivery.message], headers)
        if not await _acknowledged(delivery):
            raise _not_yours(delivery.queue, 1)

    @asynccontextmanager
    async def _held(self, delivery: Delivery) -> AsyncIterator[AbstractChannel]:
        if delivery.receipt.processed or delivery.receipt.channel.is_closed:
            raise _not_yours(delivery.queue, 1)
        async with self._channel() as channel:
            yield channel

    async def dead(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        async with self._errors():
            channel = await self._opened()
            try:
                letters = await self._place(channel, named(queue))
                line = await channel.get_queue(wire.dead(letters), ensure=False)
                found = [m async for m in _got(line, limit)]
            finally:
                await channel.close()  # and with it every message goes back to where it was
        return [DeadLetter(wire.message(m), str(m.headers.get("reason", ""))) for m in found]

    async def revive(self, queue: str) -> int:
        number = 0
        async with self._channel() as channel:
            place = await self._place(channel, named(queue))
            line = await channel.get_queue(wire.dead(place), ensure=False)
            async for letter in _got(line, (await self.depth(queue)).dead):
                await wire.send(channel, place, [wire.message(letter)])
                await letter.ack()
                number += 1
        return number

    async def depth(self, queue: str) -> Depth:
        async with self._channel() as channel:
            place = await self._place(channel, named(queue))
            ready, dead = [
                await channel.declare_queue(name, passive=True) for name in (place, wire.dead(place))
            ]
            return Depth(
                ready.declaration_result.message_count or 0, dead.declaration_result.message_count or 0
            )

    async def check(self) -> list[str]:
        async with self._channel():
            return []

    async def close(self) -> None:
        self._free.clear()
        connection, self._connection = self._connection, None
        if connection:
            with suppress(TimeoutError, *CONNECTION_EXCEPTIONS):
                async with asyncio.timeout(2):
                    await connection.close()

    async def _place(self, channel: AbstractChannel, queue: str, delay: timedelta = AT_ONCE) -> str:
        """Where a message for the queue goes: its line, or the place where it waits to be put there."""
        name = f"{self.prefix}.{queue}"
        if name not in self._declared:
            await channel.declare_queue(name, durable=True, arguments={"x-max-priority": HIGHEST})
            await channel.declare_queue(wire.dead(name), durable=True)
            self._declared.add(name)
        if delay <= AT_ONCE:
            return name
        wait = wire.rounded(delay)
        place = f"{name}.after-{wait}ms"
        # Declared each time, which keeps it from expiring for longer than the message stays in it.
        arguments: dict[str, Any] = {
            "x-message-ttl": wait,
            "x-expires": wait + 60_000,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": name,
        }
        await channel.declare_queue(place, durable=True, arguments=arguments)
        return place

    @asynccontextmanager
    async def _channel(self, *, waiting: float = 0) -> AsyncIterator[AbstractChannel]:
        """A channel to oneself, kept for the next one unless something went wrong on it."""
        async with self._errors(waiting=waiting):
            while self._free and (self._free[-1].is_closed):
                self._free.pop()
            channel = self._free.pop() if self._free else await self._opened()
            yield channel
            # A channel that gave out messages has to stay open for their acknowledgements.
            self._free.append(channel)

    async def _opened(self) -> AbstractChannel:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed:
                self._free.clear()
                self._declared.clear()
                self._connection = await aio_pika.connect(self._url, timeout=self.seconds)
            connection = self._connection
        return await connection.channel(publisher_confirms=True, on_return_raises=True)

    @asynccontextmanager
    async def _errors(self, *, waiting: float = 0) -> AsyncIterator[None]:
        """Turn the driver's errors into ours, naming the broker; begin anew after those that leave doubt."""
        name = f"rabbitmq at {str(self.address)!r}"
        try:
            async with asyncio.timeout(self.seconds + waiting):
                yield
        except REFUSED as fault:
            raise Denied(f"{name} refuses our credentials: {fault}") from fault
        except ChannelPreconditionFailed as fault:
            raise Misconfigured(f"{name} has a queue of our name but of another kind: {fault}") from fault
        except PublishError as fault:
            self._declared.clear()
            raise Unavailable(f"{name} has lost a queue; it is made anew") from fault
        except DeliveryError as fault:
            raise Unavailable(f"{name} does not take messages now", retry_after=1) from fault
        except TimeoutError as fault:
            await self.close()
            raise Unavailable(f"{name} did not answer within {self.seconds:g} s") from fault
        except CONNECTION_EXCEPTIONS as fault:
            await self.close()
            told = str(fault).strip() or type(fault).__name__
            raise Unavailable(f"{name} does not answer: {told}") from fault


async def _acknowledged(delivery: Delivery) -> bool:
    """Whether the broker could be told; a channel that is gone has given the message back."""
    try:
        await delivery.receipt.ack()
    except (MessageProcessError, ChannelInvalidStateError):
        return False
    return True


async def _got(line: Any, limit: int) -> AsyncIterator[AbstractIncomingMessage]:
    for _ in range(limit):
        message = await line.get(fail=False)
        if message is None:
            return
        yield message


def _not_yours(queue: str, lost: int) -> Conflict:
    return Conflict(f"the connection was lost: {lost} messages of {queue!r} are not this taker's any more")
