"""What every backend of the cache promises, and what stands between it and whoever wants an answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.backends import CACHES, own_name
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.ports.cache import Cache


@pytest.fixture(params=CACHES)
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    memory = request.param == "memory"
    address = "memory:" if memory else request.getfixturevalue("redis").address(options="?timeout=5")
    made = open_cache(address, setting="TREND_CACHE")
    yield made
    await made.close()


async def test_what_is_put_is_got_until_its_time_is_over(cache: Cache) -> None:
    one, other = own_name(), own_name()
    await cache.put(one, b"\x00value", seconds=60)
    await cache.put(other, b"brief", seconds=0.15)
    assert await cache.get(one) == b"\x00value"
    assert await cache.get(other) == b"brief"
    await asyncio.sleep(0.2)
    assert await cache.get(other) is None
    assert await cache.get(one) == b"\x00value"


async def test_what_was_never_put_is_not_there(cache: Cache) -> None:
    assert await cache.get(own_name()) is None


async def test_putting_again_replaces_and_forgetting_forgets(cache: Cache) -> None:
    one, other = own_name(), own_name()
    await cache.put(one, b"a", seconds=60)
    await cache.put(one, b"b", seconds=60)
    await cache.put(other, b"", seconds=60)
    assert (await cache.get(one), await cache.get(other)) == (b"b", b"")
    await cache.forget(one, own_name())
    await cache.forget()
    assert (await cache.get(one), await cache.get(other)) == (None, b"")


async def test_a_hundred_at_once_make_an_answer_once(cache: Cache) -> None:
    keeping, made = Keeping(cache, prefix=own_name()), []

    async def make() -> bytes:
        made.append(1)
        await asyncio.sleep(0.05)
        return b"answer"

    asked = [keeping.answer("list", "v1", make=make, seconds=60) for _ in range(100)]
    assert set(await asyncio.gather(*asked)) == {b"answer"}
    assert await keeping.answer("list", "v1", make=make, seconds=60) == b"answer"
    assert len(made) == 1


async def test_another_version_is_another_answer(cache: Cache) -> None:
    keeping = Keeping(cache, prefix=own_name())

    async def answer(version: str) -> bytes:
        return version.encode()

    for version in ("v1", "v2", "v1"):
        found = await keeping.answer("list", version, make=lambda v=version: answer(v), seconds=60)
        assert found == version.encode()


async def test_a_sound_backend_has_nothing_wrong(cache: Cache) -> None:
    assert await cache.check() == []


async def test_clearing_forgets_what_begins_so_and_nothing_else(cache: Cache) -> None:
    name = own_name()
    mine = [f"{name}:*[a]?:{n}" for n in range(3)]
    for key in (*mine, f"{name}:xa:1"):
        await cache.put(key, b"kept", seconds=60)
    await cache.clear(f"{name}:*[a]?:")
    assert [await cache.get(key) for key in mine] == [None, None, None]
    assert await cache.get(f"{name}:xa:1") == b"kept"


async def test_answers_that_were_cleared_are_made_again(cache: Cache) -> None:
    keeping, made = Keeping(cache, prefix=own_name()), []

    async def make() -> bytes:
        made.append(1)
        return b"answer"

    for _ in range(2):
        await keeping.answer("list", make=make, seconds=60)
    await keeping.clear()
    await keeping.answer("list", make=make, seconds=60)
    assert len(made) == 2
