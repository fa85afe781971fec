"""The port of the queue: work that waits, handed out at least once.

A message may be handed out twice: when its taker dies or dawdles, and when a publisher that was not answered
publishes again. Its `key` is for `storage/sql/inbox.py`, which lets an effect in the records happen once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

from trend_agent.errors import Rejected

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
HIGHEST = 9
LARGEST = 1 << 20
"""Bytes of a message. What is larger belongs among the objects, and its key into the message."""

ATTEMPTS = 5
"""How often a message is handed out before it is put with the dead letters."""

AT_ONCE = timedelta(0)
LONGEST_DELAY = timedelta(days=30)


def new_key() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Message:
    """Work to be done. Of those that wait, the highest priority (0 to 9) is handed out first, then the oldest."""

    body: bytes
    key: str = field(default_factory=new_key)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in the hands of one taker, for the `attempt`th time; `receipt` is the backend's own."""

    queue: str
    message: Message
    attempt: int
    receipt: Any


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages could be taken now, and how many lie with the dead letters."""

    ready: int
    dead: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up, and why."""

    message: Message
    reason: str


class Queue(Protocol):
    """Every method raises Unavailable or Denied for the backend's faults: then nothing was acknowledged."""

    async def publish(self, queue: str, *messages: Message, delay: timedelta = AT_ONCE) -> None:
        """Returns when every message is safe. With `delay` none is handed out before it has passed."""
        ...

    async def take(
        self,
        queue: str,
        *,
        limit: int = 1,
        wait: timedelta = AT_ONCE,
        lease: timedelta = timedelta(minutes=1),
    ) -> list[Delivery]:
        """Up to `limit` messages, waiting for the first of them at most `wait`.

        They are the taker's until acknowledged or until `lease` has passed; RabbitMQ takes them back when
        the taker's connection is lost instead. One that was handed out ATTEMPTS times goes to the dead letters.
        """
        ...

    async def acknowledge(self, *deliveries: Delivery) -> None:
        """The work is done. Conflict when any of them is not the taker's any more; the others are done."""
        ...

    async def retry(self, delivery: Delivery, *, delay: timedelta = AT_ONCE) -> None:
        """Give it back, to be taken again after `delay`, or to the dead letters after ATTEMPTS; Conflict
        when it is not the taker's any more."""
        ...

    async def bury(self, delivery: Delivery, *, reason: str) -> None:
        """Put it with the dead letters; Conflict when it is not the taker's any more."""
        ...

    async def dead(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        """The dead letters, oldest first; they stay where they are."""
        ...

    async def revive(self, queue: str) -> int:
        """Put all dead letters back in line as if never tried; how many they were."""
        ...

    async def depth(self, queue: str) -> Depth: ...

    async def check(self) -> list[str]:
        """What is wrong with the backend, in words; empty when it can be used."""
        ...

    async def close(self) -> None: ...


def named(queue: str) -> str:
    if not NAME.fullmatch(queue):
        raise Rejected(f"no name for a queue: {queue[:80]!r}; lower case, digits, _ and - were expected")
    return queue


def fit(messages: Sequence[Message], delay: timedelta = AT_ONCE) -> None:
    """Rejected if any message cannot be carried, or not for so long."""
    if delay > LONGEST_DELAY:
        raise Rejected(f"a message cannot wait {delay}; {LONGEST_DELAY.days} days are the most")
    for message in messages:
        if not 0 <= message.priority <= HIGHEST:
            raise Rejected(f"no priority: {message.priority!r}; 0 to {HIGHEST} were expected")
        if not message.key or not message.key.isprintable() or len(message.key.encode()) > 200:
            raise Rejected(
                f"no key for a message: {message.key[:80]!r}; 1 to 200 bytes of printable text were expected"
            )
        if len(message.body) > LARGEST:
            raise Rejected(f"the message {message.key!r} has more than {LARGEST} bytes")


def worn_out(attempt: int) -> str:
    """Why a message is given up after so many attempts; empty while it is not."""
    return f"handed out {attempt} times without success" if attempt >= ATTEMPTS else ""
