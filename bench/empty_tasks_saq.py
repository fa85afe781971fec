"""An empty saq function."""

from __future__ import annotations

import os
from typing import Any

from redis.asyncio import Redis
from saq import Queue

client = Redis.from_url(os.environ["BENCH_REDIS"])
queue = Queue.from_url(os.environ["BENCH_REDIS"])


async def empty(_: Any) -> None:
    await client.incr("bench:done")


settings = {"queue": queue, "functions": [empty], "concurrency": 1}


async def enqueue(count: int) -> None:
    own = Queue.from_url(os.environ["BENCH_REDIS"])
    await own.connect()
    for _ in range(count):
        await own.enqueue("empty")
    await own.disconnect()
