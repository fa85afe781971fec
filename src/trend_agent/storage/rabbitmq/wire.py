"""What goes over the wire to RabbitMQ: addresses, messages, and batches of them that are confirmed or acknowledged.

The driver writes every publish and every acknowledgement to the socket by itself, which costs more than twice as much
and wakes the broker each time: here a batch goes in one piece.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from uuid import uuid4

from aiormq.abc import AbstractChannel, ChannelFrame, DeliveredMessage
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from trend_agent.storage.address import Address
from trend_agent.storage.ports.queue import Delivery, Message


class Line:
    """A channel, and the tags of the messages that came by it and are in somebody's hands, in their order."""

    def __init__(self, channel: AbstractChannel) -> None:
        self.channel: Any = channel
        self.held: dict[int, None] = {}

    async def consume(self, place: str, *, most: int, into: asyncio.Queue[DeliveredMessage]) -> str:
        """Have up to so many messages handed out; the name by which that is cancelled."""

        async def arrived(letter: DeliveredMessage) -> None:
            self.held[tag_of(letter)] = None
            into.put_nowait(letter)

        await self.channel.basic_qos(prefetch_count=most)
        return str((await self.channel.basic_consume(place, arrived)).consumer_tag)

    async def get(self, place: str) -> DeliveredMessage | None:
        letter: DeliveredMessage = await self.channel.basic_get(place)
        if letter.delivery_tag is None:
            return None
        self.held[letter.delivery_tag] = None
        return letter

    async def acknowledge(self, tags: Collection[int]) -> int:
        """Tell the broker that these are done; of how many that cannot be said, because they are held no more."""
        if self.channel.is_closed:
            return len(tags)
        done = self.held.keys() & tags
        frames = list(acknowledgements(self.held, done))
        for tag in done:
            del self.held[tag]
        await self._write(frames)
        return len(tags) - len(done)

    async def give_back(self, tags: Collection[int]) -> None:
        for tag in tags:
            self.held.pop(tag, None)
        await self._write([Basic.Nack(delivery_tag=tag, requeue=True) for tag in tags])

    async def send(
        self, place: str, messages: Sequence[Message], headers: Sequence[dict[str, Any]] = ()
    ) -> None:
        """Publish, each with its headers where there are any, and return when the broker has confirmed each."""
        frames: list[Any] = []
        async with self.channel.lock:
            confirmed = [
                _noted(self.channel, frames, place, *one)
                for one in zip_longest(messages, headers)  # of headers there are as many, or none
            ]
            await self.channel.write_queue.put(ChannelFrame.marshall(self.channel.number, frames))
        await asyncio.gather(*confirmed)

    async def _write(self, frames: list[Any]) -> None:
        """In one piece, and return when it is on its way."""
        if frames:
            written = self.channel.create_future()
            await self.channel.write_queue.put(ChannelFrame.marshall(self.channel.number, frames, written))
            await written


class Receipt(NamedTuple):
    """By which line a message came, and its tag there."""

    line: Line
    tag: int

    @property
    def held(self) -> bool:
        return self.tag in self.line.held and not self.line.channel.is_closed


def acknowledgements(held: Mapping[int, None], done: Collection[int]) -> Iterator[Basic.Ack]:
    """One for all that came before the first message still in hand, one each for the others."""
    before = 0
    for tag in held:
        if tag not in done:
            break
        before = tag
    if before:
        yield Basic.Ack(delivery_tag=before, multiple=True)
    yield from (Basic.Ack(delivery_tag=tag) for tag in sorted(done) if tag > before)


def tag_of(letter: DeliveredMessage) -> int:
    return letter.delivery_tag or 0


def url(address: Address, *, heartbeat: int) -> str:
    user, password = quote(address.user or "guest", safe=""), quote(address.password or "guest", safe="")
    port = address.port or (5671 if address.scheme == "amqps" else 5672)
    host = f"[{address.host}]" if ":" in address.host else address.host
    options = urlencode({"heartbeat": heartbeat})
    return (
        f"{address.scheme}://{user}:{password}@{host}:{port}/{quote(address.path or '/', safe='')}?{options}"
    )


def dead(place: str) -> str:
    return f"{place}.dead"


def rounded(delay: timedelta) -> int:
    """Milliseconds, up to two significant digits, so that there are few queues of delayed messages."""
    wait = max(1, -(-delay // timedelta(milliseconds=1)))
    unit: int = 10 ** max(0, len(str(wait)) - 2)
    return -(-wait // unit) * unit


def message(letter: DeliveredMessage) -> Message:
    about = letter.header.properties
    return Message(letter.body, str(about.correlation_id), about.priority or 0)


def header(letter: DeliveredMessage, name: str) -> Any:
    return (letter.header.properties.headers or {}).get(name)


def delivery(queue: str, line: Line, letter: DeliveredMessage) -> Delivery:
    before = header(letter, "attempt")
    attempt = (before if isinstance(before, int) else 0) + 1
    return Delivery(queue, message(letter), attempt, receipt=Receipt(line, tag_of(letter)))


def _noted(
    line: Any, frames: list[Any], place: str, message: Message, headers: dict[str, Any] | None
) -> asyncio.Future[Any]:
    """Adds a message to the frames; what the broker answers to it, or that it sent it back, comes in the future."""
    name = uuid4().hex
    line.delivery_tag += 1
    confirmed: asyncio.Future[Any] = line.create_future()
    line.confirmations[line.delivery_tag] = confirmed
    line.message_id_delivery_tag[name] = line.delivery_tag
    confirmed.add_done_callback(lambda _: line.message_id_delivery_tag.pop(name, None))
    properties = Basic.Properties(
        delivery_mode=2,
        message_id=name,
        correlation_id=message.key,
        priority=message.priority,
        headers=headers,
    )
    frames.append(Basic.Publish(exchange="", routing_key=place, mandatory=True))
    frames.append(ContentHeader(properties=properties, body_size=len(message.body)))
    most, body = line.max_content_size, message.body
    frames.extend(ContentBody(body[start : start + most]) for start in range(0, len(body), most))
    return confirmed
