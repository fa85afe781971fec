"""The queue in Redis: sorted sets, changed by scripts that run whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from trend_agent.errors import Conflict, Denied, Unavailable
from trend_agent.storage.address import Address
from trend_agent.storage.ports.queue import (
    AT_ONCE,
    ATTEMPTS,
    DeadLetter,
    Delivery,
    Depth,
    Message,
    fit,
    named,
    worn_out,
)
from trend_agent.storage.redis import connected, our_errors, scripts

SECONDS = 10.0
"""How long an answer may take."""

TOGETHER = 500
"""Messages of one script, which holds up everybody else for as long as it runs."""

LOOK_AGAIN = 0.05
"""Seconds between two looks at an empty queue, for whoever waits."""


class RedisQueue:
    """`Queue` on a Redis server that writes before it confirms (`appendonly yes`, `appendfsync always`) and never
    evicts (`noeviction`).

    Its keys begin with the option `prefix`, so that installations can share a server.
    """

    def __init__(self, address: Address) -> None:
        address.known({"prefix", "timeout"})
        self.address = address
        self.prefix = address.options.get("prefix", "trend")
        self._redis = connected(address, seconds=address.number("timeout", SECONDS))
        self._scripts: dict[str, Any] = {}

    async def publish(self, queue: str, *messages: Message, delay: timedelta = AT_ONCE) -> None:
        fit(messages, delay)
        for start in range(0, len(messages), TOGETHER):
            some = messages[start : start + TOGETHER]
            parts = [part for m in some for part in (m.body, m.key, m.priority)]
            await self._run(scripts.PUBLISH, queue, _ms(delay), *parts)

    async def take(
        self,
        queue: str,
        *,
        limit: int = 1,
        wait: timedelta = AT_ONCE,
        lease: timedelta = timedelta(minutes=1),
    ) -> list[Delivery]:
        end = asyncio.get_running_loop().time() + wait.total_seconds()
        while True:
            holder = uuid4().hex
            most, reason = ATTEMPTS, worn_out(ATTEMPTS)
            rows = await self._run(
                scripts.TAKE, queue, min(limit, TOGETHER), max(1, _ms(lease)), holder, most, reason
            )
            if rows or asyncio.get_running_loop().time() >= end:
                return [_delivery(queue, holder, row) for row in rows]
            await asyncio.sleep(LOOK_AGAIN)

    async def acknowledge(self, *deliveries: Delivery) -> None:
        lost = 0
        by_queue: dict[str, list[Any]] = {}
        for delivery in deliveries:
            by_queue.setdefault(delivery.queue, []).extend(delivery.receipt)
        for queue, receipts in by_queue.items():
            for start in range(0, len(receipts), 2 * TOGETHER):
                some = receipts[start : start + 2 * TOGETHER]
                lost += await self._run(scripts.ACKNOWLEDGE, queue, *some)
        if lost:
            raise _not_yours(deliveries[0].queue, lost)

    async def retry(self, delivery: Delivery, *, delay: timedelta = AT_ONCE) -> None:
        await self._give_back(delivery, delay=_ms(delay), reason=worn_out(delivery.attempt))

    async def bury(self, delivery: Delivery, *, reason: str) -> None:
        await self._give_back(delivery, delay=0, reason=reason[:500] or "given up")

    async def _give_back(self, delivery: Delivery, *, delay: int, reason: str) -> None:
        if await self._run(scripts.GIVE_BACK, delivery.queue, *delivery.receipt, delay, reason):
            raise _not_yours(delivery.queue, 1)

    async def dead(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        rows = await self._run(scripts.DEAD, queue, limit)
        return [DeadLetter(Message(b, k.decode(), int(p)), reason.decode()) for b, k, p, reason in rows]

    async def revive(self, queue: str) -> int:
        return int(await self._run(scripts.REVIVE, queue))

    async def depth(self, queue: str) -> Depth:
        return Depth(*await self._run(scripts.DEPTH, queue))

    async def check(self) -> list[str]:
        """Also how the server is set: one that forgets is no place for a queue."""
        with our_errors(self.address):
            await self._redis.ping()
            persistence: dict[str, Any] = await self._redis.info("persistence")
            memory: dict[str, Any] = await self._redis.info("memory")
        wrong = []
        if not persistence.get("aof_enabled"):
            wrong.append("redis does not log what it is told (appendonly no): a crash loses messages")
        elif await self._flushed_later():
            wrong.append(
                "redis confirms what it has not written yet (appendfsync is not 'always'): a crash may lose messages"
            )
        if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
            policy = memory.get("maxmemory_policy")
            wrong.append(f"redis drops keys when it is full ({policy}): a queue wants noeviction")
        return wrong

    async def close(self) -> None:
        with our_errors(self.address):
            await self._redis.aclose()

    async def _flushed_later(self) -> bool:
        """Whether an answer may come before the log is on the disk; False where a rented server does not tell."""
        try:
            with our_errors(self.address):
                told: dict[Any, Any] = await self._redis.config_get("appendfsync")
        except (Denied, Unavailable):
            return False
        return told.get("appendfsync") not in {None, "always"}

    async def _run(self, script: str, queue: str, *arguments: Any) -> Any:
        # One hash tag, so that a cluster keeps a queue's keys together.
        begin = f"{self.prefix}:{{{named(queue)}}}"
        keys = [f"{begin}:{part}" for part in ("ready", "later", "taken", "dead", "rows")]
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        with our_errors(self.address):
            return await self._scripts[script](keys=keys, args=arguments)


def _ms(span: timedelta) -> int:
    return max(0, span // timedelta(milliseconds=1))


def _delivery(queue: str, holder: str, row: Sequence[Any]) -> Delivery:
    number, body, key, priority, attempt = row
    return Delivery(queue, Message(body, key.decode(), int(priority)), int(attempt), (number, holder))


def _not_yours(queue: str, lost: int) -> Conflict:
    return Conflict(f"the lease ran out: {lost} messages of {queue!r} are not this taker's any more")
