"""What goes over the wire to RabbitMQ: addresses, messages, and batches of them that are confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.abc import ChannelFrame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from trend_agent.storage.address import Address
from trend_agent.storage.ports.queue import Delivery, Message


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


def message(letter: AbstractIncomingMessage) -> Message:
    return Message(letter.body, str(letter.correlation_id), letter.priority or 0)


def delivery(queue: str, letter: AbstractIncomingMessage) -> Delivery:
    before = letter.headers.get("attempt", 0)
    return Delivery(queue, message(letter), (before if isinstance(before, int) else 0) + 1, receipt=letter)


async def send(
    channel: AbstractChannel,
    place: str,
    messages: Iterable[Message],
    headers: dict[str, Any] | None = None,
) -> None:
    """Publish, and return when the broker has confirmed each.

    The driver's own publish writes every message to the socket by itself, which costs twice as much and wakes the
    broker each time: here a batch goes in one piece. It notes what is to be confirmed where the driver does.
    """
    line: Any = await channel.get_underlay_channel()
    frames: list[Any] = []
    async with line.lock:
        confirmed = [_noted(line, frames, place, m, headers) for m in messages]
        await line.write_queue.put(ChannelFrame.marshall(line.number, frames))
    await asyncio.gather(*confirmed)


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
