"""The backends beside their raw drivers: reads of the cache, the queue's throughput, hits on a Zipf mix, hot lists.

    python -m bench.backends

Starts redis-server and rabbitmq-server as the tests do. Ours and the raw driver take turns in one run, on the same
server; of each the median of all rounds is kept. `per_second` is by the wall clock and shares the machine with the
server and whoever else is on it; `per_cpu_second` counts this process alone.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aio_pika
import httpx
from cachetools import LRUCache
from redis.asyncio import Redis as RawRedis

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bench.kept import keep
from services.rabbitmq import Rabbit
from services.redis import Redis
from trend_agent.api import application
from trend_agent.made_up import fill, made_up
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache, open_queue
from trend_agent.storage.ports.queue import Message, Queue

READS = 2_000
BATCH = 2_000
MESSAGES = 10_000
ROUNDS = 5
Found = dict[str, Any]


def milliseconds(took: list[float]) -> dict[str, float]:
    cut = statistics.quantiles(took, n=20)
    return {"median_ms": round(statistics.median(took) * 1000, 3), "p95_ms": round(cut[18] * 1000, 3)}


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def redis_reads(server: Redis) -> Found:
    """A value of 4 kB, read again and again."""
    cache = open_cache(server.address(), setting="TREND_CACHE")
    keeping = Keeping(cache)
    raw = RawRedis.from_url(server.address())
    value = random.Random(1).randbytes(4096)
    await raw.set("raw", value)
    await cache.put("ours", value, seconds=600)

    async def make() -> bytes:
        return value

    asked = {
        "raw_driver": lambda: raw.get("raw"),
        "cache_port": lambda: cache.get("ours"),
        "kept_answer": lambda: keeping.answer("page", make=make, seconds=600),
    }
    took: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(READS):
        for name, ask in asked.items():
            took[name].append(await timed(ask))
    await cache.close()
    await raw.aclose()
    return {name: milliseconds(times) for name, times in took.items()}


class Rates:
    """Messages per second of the wall clock and of this process's own time."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    async def measure(self, work: Callable[[], Awaitable[object]]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        await work()
        self.wall.append(MESSAGES / (time.perf_counter() - wall))
        self.cpu.append(MESSAGES / (time.process_time() - cpu))

    def found(self) -> dict[str, int]:
        return {
            "per_second": round(statistics.median(self.wall)),
            "best_per_second": round(max(self.wall)),
            "per_cpu_second": round(statistics.median(self.cpu)),
        }


async def publish(queue: Queue, messages: list[Message]) -> None:
    for start in range(0, len(messages), BATCH):
        await queue.publish("bench", *messages[start : start + BATCH])


async def work_off(queue: Queue) -> None:
    done = 0
    while done < MESSAGES:
        taken = await queue.take("bench", limit=BATCH, wait=timedelta(seconds=5))
        await queue.acknowledge(*taken)
        done += len(taken)


async def raw_rabbit(server: Rabbit) -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
    """The same by aio-pika as its manual shows it: confirmed publishes in batches."""
    connection = await aio_pika.connect(server.address())
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    line = await channel.declare_queue("raw", durable=True)
    body = b"x" * 200

    async def send() -> None:
        for _ in range(0, MESSAGES, BATCH):
            sent = [aio_pika.Message(body, delivery_mode=2) for _ in range(BATCH)]
            await asyncio.gather(*(channel.default_exchange.publish(m, "raw") for m in sent))

    async def close() -> None:
        await line.purge()
        await connection.close()

    return send, close


async def queues(rabbit: Rabbit, redis: Redis) -> Found:
    messages = [Message(b"x" * 200) for _ in range(MESSAGES)]
    opened = {
        "rabbitmq": open_queue(rabbit.address(), setting="TREND_QUEUE", database=None),  # type: ignore[arg-type]
        "redis": open_queue(redis.address(database=1), setting="TREND_QUEUE", database=None),  # type: ignore[arg-type]
    }
    rates = {f"{name}_{part}": Rates() for name in opened for part in ("publish", "take_and_acknowledge")}
    rates["rabbitmq_raw_driver_publish"] = Rates()
    send, close = await raw_rabbit(rabbit)
    for _ in range(ROUNDS):
        await rates["rabbitmq_raw_driver_publish"].measure(send)
        for name, queue in opened.items():
            await rates[f"{name}_publish"].measure(lambda queue=queue: publish(queue, messages))
            await rates[f"{name}_take_and_acknowledge"].measure(lambda queue=queue: work_off(queue))
    await close()
    for queue in opened.values():
        await queue.close()
    return {"bytes": 200, "batch": BATCH, **{name: rate.found() for name, rate in rates.items()}}


def zipf(number: int, pages: int, exponent: float) -> list[int]:
    weights = [1 / (rank + 1) ** exponent for rank in range(pages)]
    return random.Random(7).choices(range(pages), weights, k=number)


async def hits(*, pages: int, exponent: float, megabytes: float, new_edition_every: int = 0) -> Found:
    """The share of reads that found their page of 4 kB, beside a bare LRU cache that holds as many pages."""
    cache = open_cache(f"memory:?megabytes={megabytes}", setting="TREND_CACHE")
    keeping = Keeping(cache)
    bare: LRUCache[object, bytes] = LRUCache(int(megabytes * 1e6) // 4096)
    reads = zipf(100_000, pages, exponent)
    made = bare_made = 0
    body = b"x" * 4096

    async def make() -> bytes:
        nonlocal made
        made += 1
        return body

    for number, page in enumerate(reads):
        edition = number // new_edition_every if new_edition_every else 0
        await keeping.answer(str(edition), str(page), make=make, seconds=3600)
        if (edition, page) not in bare:
            bare_made += 1
            bare[edition, page] = body
        bare[edition, page]
    return {
        "reads": len(reads), "pages": pages, "exponent": exponent, "megabytes": megabytes,
        "new_edition_every": new_edition_every,
        "hit_rate": round(1 - made / len(reads), 4), "bare_lru_hit_rate": round(1 - bare_made / len(reads), 4),
    }  # fmt: skip


async def hot_lists(redis: Redis) -> Found:
    """What an answer costs this process: not kept, kept in memory, kept in Redis; of now and of a past moment."""
    settings, found = Settings(), {}
    async with made_up(settings) as (book, pipeline):
        now = (await fill(book, pipeline, World(seed=1, until=datetime.now(UTC)), settings))[0].at
        showing = Showing(book, pipeline, made_up=None)
        showing.made_up = showing.real
        past = f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M:%S}"
        for name, address in (("not_kept", ""), ("memory", "memory:"), ("redis", redis.address(database=2))):
            cache = open_cache(address, setting="TREND_CACHE") if address else None
            app = application(showing, keeping=Keeping(cache) if cache else None)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bench.example") as client:
                for what, query, number in (
                    ("now", "", 100),
                    ("past", f"?as_of={past}", 100 if cache else 7),
                ):
                    took = []
                    await client.get(f"/api/v1/trends{query}")
                    for _ in range(number):
                        began = time.process_time()
                        assert (await client.get(f"/api/v1/trends{query}")).status_code == 200
                        took.append(time.process_time() - began)
                    found[f"{what}_{name}_cpu_ms"] = round(statistics.median(took) * 1000, 2)
            if cache:
                await cache.close()
    return found


async def measure(redis: Redis, rabbit: Rabbit) -> Found:
    return {
        "redis_reads": await redis_reads(redis),
        "queue": await queues(rabbit, redis),
        "zipf": [
            await hits(pages=10_000, exponent=1.1, megabytes=64),
            await hits(pages=10_000, exponent=1.1, megabytes=10),
            await hits(pages=1_000, exponent=1.1, megabytes=64, new_edition_every=10_000),
        ],
        "hot_lists": await hot_lists(redis),
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    with Redis() as redis, Rabbit() as rabbit:
        keep("backends", asyncio.run(measure(redis, rabbit)))


if __name__ == "__main__":
    main()
