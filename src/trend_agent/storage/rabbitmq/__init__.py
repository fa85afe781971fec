"""RabbitMQ: the queue on a broker, by AMQP 0-9-1.

Queues are durable and classic, which alone know priorities; messages are persistent and publishes confirmed, and
what the broker cannot place it returns. A delay is a queue of its own whose messages expire into the one they are
for. The broker does not say how often it has handed a message out, only that it has: such a message is published
anew with its count in a header before anybody gets it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import aiormq
from aiormq.abc import AbstractConnection, DeliveredMessage
from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelPreconditionFailed,
    ConnectionNotAllowed,
    DeliveryError,
    ProbableAuthenticationError,
    PublishError,
)
from pamqp.exceptions import PAMQPException

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
from trend_agent.storage.rabbitmq.wire import Line

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

LOST = (AMQPError, PAMQPException, OSError, RuntimeError, StopAsyncIteration)
"""What the driver raises when a connection is not to be had or is gone."""

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
        self._free: list[Line] = []
        self._declared: set[str] = set()

    async def publish(self, queue: str, *messages: Message, delay: timedelta = AT_ONCE) -> None:
        fit(messages, delay)
        async with self._line() as line:
            place = await self._place(line, named(queue), delay)
            for start in range(0, len(messages), TOGETHER):
                await line.send(place, messages[start : start + TOGETHER])

    async def take(
        self,
        queue: str,
        *,
        limit: int = 1,
        wait: timedelta = AT_ONCE,
        lease: timedelta = timedelta(minutes=1),
    ) -> list[Delivery]:
        now = asyncio.get_running_loop().time
        async with self._line(waiting=wait.total_seconds()) as line:
            place = await self._place(line, named(queue))
            end = now() + wait.total_seconds()
            while True:
                letters = await _handed_out(line, place, limit, until=max(end, now() + GRACE))
                found = [wire.delivery(queue, line, one) for one in letters if not one.redelivered]
                again = [wire.delivery(queue, line, one) for one in letters if one.redelivered]
                await self._count_up(line, again)
                if found or not again:  # else there are copies of those by now
                    return sorted(found, key=lambda d: -d.message.priority)

    async def _count_up(self, line: Line, again: Sequence[Delivery]) -> None:
        """Line messages up anew that somebody had and did not finish, or give them up."""
        for reason in sorted({worn_out(delivery.attempt) for delivery in again}):
            some = [delivery for delivery in again if worn_out(delivery.attempt) == reason]
            await self._pass_on(line, some, AT_ONCE, reason)

    async def acknowledge(self, *deliveries: Delivery) -> None:
        tags: defaultdict[Line, list[int]] = defaultdict(list)
        for delivery in deliveries:
            tags[delivery.receipt.line].append(delivery.receipt.tag)
        async with self._errors():
            lost = sum([await line.acknowledge(held) for line, held in tags.items()])
        if lost:
            raise _not_yours(deliveries[0].queue, lost)

    async def retry(self, delivery: Delivery, *, delay: timedelta = AT_ONCE) -> None:
        async with self._beside(delivery) as line:
            await self._pass_on(line, [delivery], delay, worn_out(delivery.attempt))

    async def bury(self, delivery: Delivery, *, reason: str) -> None:
        async with self._beside(delivery) as line:
            await self._pass_on(line, [delivery], AT_ONCE, reason[:500] or "given up")

    async def _pass_on(
        self, line: Line, deliveries: Sequence[Delivery], delay: timedelta, reason: str
    ) -> None:
        """Publish copies first and acknowledge then: between the two there are two, never none."""
        queue = deliveries[0].queue
        place = await self._place(line, queue, delay)
        if reason:
            place = wire.dead(place)
        headers = [{"attempt": delivery.attempt, "reason": reason} for delivery in deliveries]
        await line.send(place, [delivery.message for delivery in deliveries], headers)
        tags = [delivery.receipt.tag for delivery in deliveries]
        if lost := await deliveries[0].receipt.line.acknowledge(tags):
            raise _not_yours(queue, lost)

    @asynccontextmanager
    async def _beside(self, delivery: Delivery) -> AsyncIterator[Line]:
        """Another line than the one a message came by, while that holds it."""
        if not delivery.receipt.held:
            raise _not_yours(delivery.queue, 1)
        async with self._line() as line:
            yield line

    async def dead(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        async with self._errors():
            line = await self._opened()
            try:
                place = wire.dead(await self._place(line, named(queue)))
                found = [letter async for letter in _got(line, place, limit)]
            finally:
                await line.channel.close()  # and with it every message goes back to where it was
        return [DeadLetter(wire.message(m), str(wire.header(m, "reason") or "")) for m in found]

    async def revive(self, queue: str) -> int:
        number = 0
        async with self._line() as line:
            place = await self._place(line, named(queue))
            async for letter in _got(line, wire.dead(place), (await self.depth(queue)).dead):
                await line.send(place, [wire.message(letter)])
                await line.acknowledge([wire.tag_of(letter)])
                number += 1
        return number

    async def depth(self, queue: str) -> Depth:
        async with self._line() as line:
            place = await self._place(line, named(queue))
            ready, dead = [
                (await line.channel.queue_declare(name, passive=True)).message_count
                for name in (place, wire.dead(place))
            ]
            return Depth(ready or 0, dead or 0)

    async def check(self) -> list[str]:
        async with self._line():
            return []

    async def close(self) -> None:
        self._free.clear()
        connection, self._connection = self._connection, None
        if connection:
            with suppress(TimeoutError, *LOST):
                async with asyncio.timeout(2):
                    await connection.close()

    async def _place(self, line: Line, queue: str, delay: timedelta = AT_ONCE) -> str:
        """Where a message for the queue goes: its line, or the place where it waits to be put there."""
        name = f"{self.prefix}.{queue}"
        declare = line.channel.queue_declare
        if name not in self._declared:
            await declare(name, durable=True, arguments={"x-max-priority": HIGHEST})
            await declare(wire.dead(name), durable=True)
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
        await declare(place, durable=True, arguments=arguments)
        return place

    @asynccontextmanager
    async def _line(self, *, waiting: float = 0) -> AsyncIterator[Line]:
        """A line to oneself, kept for the next one unless something went wrong on it."""
        async with self._errors(waiting=waiting):
            while self._free and self._free[-1].channel.is_closed:
                self._free.pop()
            line = self._free.pop() if self._free else await self._opened()
            yield line
            # One by which messages came has to stay open for their acknowledgements.
            if line.held or len(self._free) < CHANNELS:
                self._free.append(line)
            else:
                await line.channel.close()

    async def _opened(self) -> Line:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed:
                self._free.clear()
                self._declared.clear()
                self._connection = await aiormq.connect(self._url)
            connection = self._connection
        # The number of messages under way is bounded by what we ask for; a buffer of ten frames only wakes two tasks
        # in turns.
        return Line(await connection.channel(frame_buffer_size=0))

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
        except LOST as fault:
            await self.close()
            told = str(fault).strip() or type(fault).__name__
            raise Unavailable(f"{name} does not answer: {told}") from fault


async def _handed_out(line: Line, place: str, limit: int, *, until: float) -> list[DeliveredMessage]:
    """What the broker hands out, at most `limit` and none that comes long after the first or `until`.

    What has arrived by the end belongs to it: given back, it would count as handed out to no end.
    """
    arrived: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
    name = await line.consume(place, most=limit, into=arrived)
    found: list[DeliveredMessage] = []
    interrupted = True
    try:
        while len(found) < limit:
            left = GRACE if found else until - asyncio.get_running_loop().time()
            found.append(await asyncio.wait_for(arrived.get(), max(left, 0.001)))
            found += [arrived.get_nowait() for _ in range(arrived.qsize())]
        interrupted = False
    except TimeoutError:
        interrupted = False
    finally:
        await line.channel.basic_cancel(name)
        found += [arrived.get_nowait() for _ in range(arrived.qsize())]
        if interrupted:
            await line.give_back([wire.tag_of(letter) for letter in found])
    return found


async def _got(line: Line, place: str, limit: int) -> AsyncIterator[DeliveredMessage]:
    for _ in range(limit):
        letter = await line.get(place)
        if letter is None:
            return
        yield letter


def _not_yours(queue: str, lost: int) -> Conflict:
    return Conflict(f"the connection was lost: {lost} messages of {queue!r} are not this taker's any more")
