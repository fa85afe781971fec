"""Queues on bad lines and servers that die: what was acknowledged is there, what is not was said so."""

import asyncio
import gc
import logging
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from proxy import Fault, Proxy
from redis.asyncio import Redis as Client

from services.backends import own_name
from services.rabbitmq import Rabbit
from services.redis import Redis
from trend_agent.errors import Conflict, Denied, Misconfigured, TrendError, Unavailable
from trend_agent.storage.opening import open_queue
from trend_agent.storage.ports.queue import Message, Queue

WAIT = timedelta(seconds=1)
KINDS = ["redis", "rabbit"]


@asynccontextmanager
async def queue_on(server: Any, *, port: int = 0, prefix: str, seconds: float = 2) -> AsyncIterator[Queue]:
    address = server.address(port, options=f"?prefix={prefix}&timeout={seconds}")
    queue = open_queue(address, setting="TREND_QUEUE", database=None)  # type: ignore[arg-type]
    try:
        yield queue
    finally:
        await queue.close()


async def drained(queue: Queue, *, seconds: float = 60) -> list[str]:
    """The keys of all that was handled: each is noted, then acknowledged, as the line may break after the server took
    the acknowledgement and before it said so. Whoever is cut off tries again, and waits for what was in their hands
    then: until the lease is over it is neither ready nor gone."""
    keys: list[str] = []
    end, lease = time.monotonic() + seconds, timedelta(seconds=2)
    held_until = 0.0
    while time.monotonic() < end:
        try:
            taken = await queue.take("work", limit=50, wait=WAIT, lease=lease)
            idle = not taken and (await queue.depth("work")).ready == 0
            if idle and time.monotonic() > held_until:
                return keys
            for delivery in taken:
                keys.append(delivery.message.key)
                await queue.acknowledge(delivery)
        except (Unavailable, Conflict):
            held_until = time.monotonic() + lease.total_seconds() + 1
            await asyncio.sleep(0.2)
    pytest.fail("the queue could not be drained")


@pytest.mark.parametrize("fault", ["down", "reset", "blackhole", "half-open", "latency", "bandwidth"])
@pytest.mark.parametrize("kind", KINDS)
async def test_on_a_bad_line_what_was_acknowledged_is_there_and_what_is_not_was_said_so(
    request: pytest.FixtureRequest, kind: str, fault: Fault
) -> None:
    server, prefix = request.getfixturevalue(kind), own_name()
    acknowledged, refused = set(), 0
    async with (
        Proxy(server.port, seconds=4, rate=50) as proxy,
        queue_on(server, port=proxy.port, prefix=prefix, seconds=1) as queue,
    ):
        for number in range(40):
            if number == 10:
                await proxy.set(fault)
            if number == 13:
                await proxy.set(None)
            began = time.monotonic()
            try:
                await queue.publish("work", Message(b"x" * 100, f"k{number}"))
                acknowledged.add(f"k{number}")
            except Unavailable as fault_told:
                refused += 1
                assert f"{server.port}" not in str(fault_told), "the address told is the one that was asked"
            assert time.monotonic() - began < 4
        assert {f"k{n}" for n in range(20, 40)} <= acknowledged, "it did not recover"
        assert refused >= 1
    async with queue_on(server, prefix=prefix) as other:
        found = await drained(other)
    assert acknowledged <= set(found)
    assert set(found) <= {f"k{n}" for n in range(40)}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_taker_on_a_line_that_breaks_loses_nothing(request: pytest.FixtureRequest, kind: str) -> None:
    server, prefix = request.getfixturevalue(kind), own_name()
    async with queue_on(server, prefix=prefix) as publisher:
        await publisher.publish("work", *(Message(b"x", f"k{n}") for n in range(100)))
    async with Proxy(server.port) as proxy, queue_on(server, port=proxy.port, prefix=prefix) as queue:

        async def shake() -> None:
            for fault in ("reset", "down", "reset", "down"):
                await asyncio.sleep(0.15)
                await proxy.set(fault)  # type: ignore[arg-type]
                await asyncio.sleep(0.1)
                await proxy.set(None)

        shaking = asyncio.create_task(shake())
        found = await drained(queue)
        await shaking
    assert set(found) == {f"k{n}" for n in range(100)}


async def test_a_killed_redis_has_all_it_acknowledged(redis: Redis) -> None:
    await _killed_while_publishing(redis)


async def test_a_killed_rabbitmq_has_all_it_confirmed(rabbit: Rabbit) -> None:
    await _killed_while_publishing(rabbit)


async def _killed_while_publishing(server: Any) -> None:
    prefix, acknowledged, enough = own_name(), set(), asyncio.Event()
    async with queue_on(server, prefix=prefix, seconds=5) as queue:
        await queue.publish("work", *(Message(b"x", f"taken{n}") for n in range(5)))
        taken = await queue.take("work", limit=5, wait=WAIT, lease=timedelta(seconds=1))
        assert len(taken) == 5

        async def publish(name: str) -> None:
            for number in range(2000):
                try:
                    await queue.publish("work", Message(b"x", f"{name}{number}"))
                except Unavailable:
                    return
                acknowledged.add(f"{name}{number}")
                if len(acknowledged) == 30:
                    enough.set()

        publishing = [asyncio.create_task(publish(name)) for name in "abc"]
        async with asyncio.timeout(60):
            await enough.wait()
        server.kill()
        await asyncio.gather(*publishing)
        server.start()
        found = await drained(queue)
    assert acknowledged <= set(found), "something was acknowledged and is gone"
    assert {f"taken{n}" for n in range(5)} <= set(found), "what a taker had did not come back"


async def test_a_broker_that_is_full_takes_nothing_and_says_so(rabbit: Rabbit) -> None:
    async with queue_on(rabbit, prefix=own_name(), seconds=1) as queue:
        await queue.publish("work", Message(b"before", "before"))
        rabbit.control("set_vm_memory_high_watermark", "0.0000001")
        try:
            refused = 0
            for number in range(3):
                try:
                    await queue.publish("work", Message(b"x" * 1000, f"full{number}"))
                except Unavailable:
                    refused += 1
            assert refused >= 2
            assert len(asyncio.all_tasks()) < 50, "publishers pile up"
        finally:
            rabbit.control("set_vm_memory_high_watermark", "0.4")
        async with asyncio.timeout(20):
            while True:
                try:
                    await queue.publish("work", Message(b"after", "after"))
                    break
                except Unavailable:
                    await asyncio.sleep(0.3)
        assert {"before", "after"} <= set(await drained(queue))


async def test_publishers_to_a_broker_whose_disk_is_full_wait_are_refused_and_leave_nothing_behind(
    rabbit: Rabbit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "aiormq")  # a record that is kept keeps what it speaks of
    async with queue_on(rabbit, prefix=own_name(), seconds=1) as queue:
        await queue.publish("work", Message(b"before", "before"))
        rabbit.control("set_disk_free_limit", "900000GB")
        tracemalloc.start()
        try:
            held = []
            for number in range(3):
                told = await asyncio.gather(*(full(queue, f"{number}-{n}") for n in range(30)))
                assert number == 0 or set(told) == {False}
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
            assert held[-1] < held[1] + (1 << 20), "what was refused is held for ever"
        finally:
            tracemalloc.stop()
            rabbit.control("set_disk_free_limit", "50MB")
        async with asyncio.timeout(20):
            while not await accepted(queue, Message(b"after", "after")):  # noqa: ASYNC110
                await asyncio.sleep(0.3)  # a broker does not tell when it has room
        assert {"before", "after"} <= set(await drained(queue))


async def full(queue: Queue, key: str) -> bool:
    return await accepted(queue, Message(b"x" * 100_000, key))


async def accepted(queue: Queue, message: Message) -> bool:
    try:
        await queue.publish("work", message)
    except Unavailable:
        return False
    return True


async def test_a_queue_that_somebody_deleted_is_noticed_and_made_anew(rabbit: Rabbit) -> None:
    prefix = own_name()
    async with queue_on(rabbit, prefix=prefix) as queue:
        await queue.publish("work", Message(b"x", "lost with its queue"))
        rabbit.control("delete_queue", f"{prefix}.work")
        with pytest.raises(Unavailable, match="lost a queue"):
            await queue.publish("work", Message(b"x", "returned"))
        await queue.publish("work", Message(b"x", "again"))
        assert await drained(queue) == ["again"]


async def test_a_queue_of_another_kind_is_named(rabbit: Rabbit) -> None:
    import aiormq

    prefix = own_name()
    async with await aiormq.connect(rabbit.address()) as connection:
        channel = await connection.channel()
        await channel.queue_declare(f"{prefix}.work", durable=False, auto_delete=True)
        async with queue_on(rabbit, prefix=prefix) as queue:
            with pytest.raises(Misconfigured, match=f"another kind.*{prefix}"):
                await queue.publish("work", Message(b"x"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_password_is_said_to_be_one(request: pytest.FixtureRequest, kind: str) -> None:
    server = request.getfixturevalue(kind)
    queue = open_queue(server.address(password="open-it"), setting="TREND_QUEUE", database=None)  # type: ignore[arg-type]
    for asked in (queue.check(), queue.publish("work", Message(b"x"))):
        with pytest.raises(Denied, match=r"at '.*127.0.0.1:\d+.*' refuses our credentials") as told:
            await asked
        assert "open-it" not in str(told.value)
    await queue.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_is_not_there_is_named(request: pytest.FixtureRequest, kind: str) -> None:
    server = request.getfixturevalue(kind)
    async with Proxy(server.port) as proxy:
        await proxy.set("down")
        async with queue_on(server, port=proxy.port, prefix=own_name()) as queue:
            with pytest.raises(Unavailable, match=f"127.0.0.1:{proxy.port}.*does not answer"):
                await queue.check()


async def test_wrong_keys_in_redis_are_a_clear_error_and_no_crash(redis: Redis) -> None:
    prefix = own_name()
    async with queue_on(redis, prefix=prefix) as queue, Client.from_url(redis.address()) as client:
        await client.set(f"{prefix}:{{work}}:ready", "not a sorted set")
        with pytest.raises(TrendError, match="cannot do it"):
            await queue.publish("work", Message(b"x"))
        await client.delete(f"{prefix}:{{work}}:ready")
        await queue.publish("work", Message(b"x", "good"))
        assert "good" in await drained(queue)


async def test_a_redis_that_forgets_is_no_place_for_a_queue(redis: Redis) -> None:
    async with Client.from_url(redis.address()) as client, queue_on(redis, prefix=own_name()) as queue:
        try:
            await client.config_set("maxmemory", "100mb")
            await client.config_set("maxmemory-policy", "allkeys-lru")
            await client.config_set("appendonly", "no")
            wrong = await queue.check()
        finally:
            await client.config_set("maxmemory", "0")
            await client.config_set("maxmemory-policy", "noeviction")
            await client.config_set("appendonly", "yes")
        assert ["appendonly" in wrong[0], "noeviction" in wrong[1]] == [True, True]


async def test_a_redis_that_writes_later_is_told_of(redis: Redis) -> None:
    async with Client.from_url(redis.address()) as client, queue_on(redis, prefix=own_name()) as queue:
        assert await queue.check() == []
        try:
            await client.config_set("appendfsync", "everysec")
            assert "appendfsync" in (await queue.check())[0]
        finally:
            await client.config_set("appendfsync", "always")
