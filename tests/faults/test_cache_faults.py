"""A cache that is broken, flushed or lied to: answers are right all the same, and only slower."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from proxy import Fault, Proxy
from redis.asyncio import Redis as Client
from structlog.testing import capture_logs

from services.backends import own_name
from services.redis import Redis
from trend_agent.errors import Denied, Unavailable
from trend_agent.observability import metrics
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache


class Truth:
    """What the answer is now; and how often it had to be worked out."""

    def __init__(self) -> None:
        self.value = b"answer"
        self.made = 0

    async def make(self) -> bytes:
        self.made += 1
        return self.value


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A server that a test may kill."""
    with Redis() as server:
        yield server


@asynccontextmanager
async def keeping_on(server: Redis, port: int = 0) -> AsyncIterator[tuple[Keeping, Truth]]:
    cache = open_cache(server.address(port), setting="TREND_CACHE")
    try:
        yield Keeping(cache, prefix=own_name(), pause=0.1), Truth()
    finally:
        await cache.close()


async def ask(keeping: Keeping, truth: Truth, key: str = "list") -> float:
    began = time.monotonic()
    assert await keeping.answer(key, make=truth.make, seconds=60) == truth.value
    return time.monotonic() - began


async def mended(keeping: Keeping, truth: Truth) -> None:
    """Within a few seconds answers are kept again, without anybody's doing."""
    async with asyncio.timeout(10):
        while True:
            await ask(keeping, truth)
            made = truth.made
            await ask(keeping, truth)
            if truth.made == made and not keeping.fault:
                return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("fault", ["down", "reset", "blackhole", "half-open", "latency", "bandwidth"])
async def test_on_a_bad_line_answers_are_right_and_timely(redis: Redis, fault: Fault) -> None:
    async with (
        Proxy(redis.port, seconds=5, rate=10) as proxy,
        keeping_on(redis, proxy.port) as (keeping, truth),
    ):
        await ask(keeping, truth)
        await proxy.set(fault)
        for key in ("list", "other", "third"):
            assert await ask(keeping, truth, key) < 1.5
        await proxy.set(None)
        await mended(keeping, truth)


async def test_a_broken_cache_is_logged_once_and_counted_each_time(redis: Redis) -> None:
    before = metrics.CACHE_READS.labels("fault")._value.get()
    async with Proxy(redis.port) as proxy, keeping_on(redis, proxy.port) as (keeping, truth):
        with capture_logs() as logs:
            await proxy.set("down")
            for number in range(10):
                await ask(keeping, truth, str(number))
            assert "does not answer" in keeping.fault
            await proxy.set(None)
            await mended(keeping, truth)
    assert [entry["event"] for entry in logs] == [
        "the cache is broken; answers are made anew",
        "the cache answers again",
    ]
    assert metrics.CACHE_READS.labels("fault")._value.get() - before >= 10


async def test_a_killed_or_flushed_cache_is_filled_again(own_redis: Redis) -> None:
    async with keeping_on(own_redis) as (keeping, truth):
        await ask(keeping, truth)
        async with Client.from_url(own_redis.address()) as client:
            await client.flushall()
        await ask(keeping, truth)
        assert truth.made == 2
        own_redis.kill()
        await ask(keeping, truth)
        own_redis.start()
        await mended(keeping, truth)


async def test_a_server_that_hangs_holds_nobody_up(own_redis: Redis) -> None:
    async with keeping_on(own_redis) as (keeping, truth):
        await ask(keeping, truth)
        own_redis.pause()
        try:
            took = [await ask(keeping, truth, str(n)) for n in range(5)]
        finally:
            own_redis.go_on()
        assert max(took) < 1.5
        await mended(keeping, truth)


@pytest.mark.parametrize("wrong", [b"", b"short", b"\x00" * 40])
async def test_what_somebody_else_wrote_is_never_answered(redis: Redis, wrong: bytes) -> None:
    async with keeping_on(redis) as (keeping, truth), Client.from_url(redis.address()) as client:
        await ask(keeping, truth)
        (key,) = await client.keys(f"{keeping.prefix}:*")
        await client.set(key, wrong)
        await ask(keeping, truth)
        assert truth.made == 2
        await ask(keeping, truth)
        assert truth.made == 2


async def test_a_key_of_another_type_is_written_over(redis: Redis) -> None:
    async with keeping_on(redis) as (keeping, truth), Client.from_url(redis.address()) as client:
        await ask(keeping, truth)
        (key,) = await client.keys(f"{keeping.prefix}:*")
        await client.delete(key)
        await client.lpush(key, "a list")
        await ask(keeping, truth)
        await client.delete(key)
        await mended(keeping, truth)


async def test_each_flipped_bit_is_noticed(redis: Redis) -> None:
    async with keeping_on(redis) as (keeping, truth), Client.from_url(redis.address()) as client:
        await ask(keeping, truth)
        (key,) = await client.keys(f"{keeping.prefix}:*")
        kept = await client.get(key)
        for place in range(len(kept) * 8):
            bad = bytearray(kept)
            bad[place // 8] ^= 1 << place % 8
            await client.set(key, bytes(bad))
            made = truth.made
            await ask(keeping, truth)
            assert truth.made == made + 1


async def test_an_answer_that_cannot_be_made_is_not_kept(redis: Redis) -> None:
    async with keeping_on(redis) as (keeping, truth):

        async def fail() -> bytes:
            raise Unavailable("records are down")

        for _ in range(2):
            with pytest.raises(Unavailable, match="records are down"):
                await keeping.answer("list", make=fail, seconds=60)
        await ask(keeping, truth)


async def test_who_stops_waiting_stops_nobody_else(redis: Redis) -> None:
    async with keeping_on(redis) as (keeping, truth):
        begun = asyncio.Event()

        async def slow() -> bytes:
            begun.set()
            await asyncio.sleep(0.2)
            return await truth.make()

        first = asyncio.create_task(keeping.answer("list", make=slow, seconds=60))
        await begun.wait()
        second = asyncio.create_task(keeping.answer("list", make=slow, seconds=60))
        await asyncio.sleep(0.05)
        first.cancel()
        assert await second == truth.value
        assert truth.made == 1


async def test_a_wrong_password_is_said_to_be_one(redis: Redis) -> None:
    cache = open_cache(redis.address(password="wrong"), setting="TREND_CACHE")
    with pytest.raises(Denied, match=r"redis at 'redis://127.0.0.1:\d+/0' refuses our credentials") as told:
        await cache.check()
    assert "wrong" not in str(told.value).replace("WRONGPASS", "")
    await cache.close()
