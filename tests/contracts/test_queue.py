"""What every backend of the queue promises."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import func, select

from services.backends import QUEUES, database, own_name
from trend_agent.errors import Conflict, Rejected
from trend_agent.storage.opening import open_queue
from trend_agent.storage.ports.queue import ATTEMPTS, LARGEST, DeadLetter, Delivery, Depth, Message, Queue
from trend_agent.storage.sql.inbox import first_time
from trend_agent.storage.sql.schema import inbox
from trend_agent.storage.sql.sqlite import Sqlite

SHORT = timedelta(milliseconds=300)
LONG = timedelta(seconds=5)
More = Callable[[], Awaitable[Queue]]


@pytest.fixture(params=QUEUES)
async def another(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[More]:
    """Opens the same queue as one process more would."""
    get, kind = request.getfixturevalue, request.param
    options = f"?prefix={own_name()}"
    opened: list[Queue] = []
    async with database(kind, get, tmp_path) as book:

        async def more() -> Queue:
            server = {"redis": "redis", "rabbitmq": "rabbit"}.get(kind)
            address = get(server).address(options=options) if server else "records:"
            opened.append(open_queue(address, setting="TREND_QUEUE", database=book))
            return opened[-1]

        yield more
        for queue in opened:
            await queue.close()


@pytest.fixture
async def queue(another: More) -> Queue:
    return await another()


def messages(number: int, priority: int = 0) -> list[Message]:
    return [Message(b"body %d" % n, f"key-{n}-{priority}", priority) for n in range(number)]


async def take_all(queue: Queue, *, limit: int = 100) -> list[Delivery]:
    found: list[Delivery] = []
    while some := await queue.take("work", limit=limit, wait=SHORT):
        found += some
    return found


async def test_what_is_published_is_handed_out_whole_and_oldest_first(queue: Queue) -> None:
    some = [*messages(20), Message(bytes(range(256)) * 4000, "bytes"), Message(b"", "狮子")]
    await queue.publish("work", *some[:5])
    await queue.publish("work", *some[5:])
    found = await take_all(queue, limit=7)
    assert [d.message for d in found] == some
    assert {d.attempt for d in found} == {1}
    await queue.acknowledge(*found)
    assert await queue.depth("work") == Depth(0, 0)


async def test_the_highest_priority_comes_first(queue: Queue) -> None:
    for priority in (0, 9, 5, 1):
        await queue.publish("work", *messages(2, priority))
    found = [(await queue.take("work", wait=LONG))[0].message for _ in range(8)]
    assert [m.priority for m in found] == [9, 9, 5, 5, 1, 1, 0, 0]
    assert [m.body for m in found] == [b"body 0", b"body 1"] * 4


async def test_no_two_takers_have_the_same(another: More) -> None:
    one, two = await another(), await another()
    await one.publish("work", *messages(60))
    shares = await asyncio.gather(take_all(one, limit=5), take_all(two, limit=5))
    keys = [d.message.key for share in shares for d in share]
    assert sorted(keys) == sorted(m.key for m in messages(60))


async def test_queues_are_apart(queue: Queue) -> None:
    await queue.publish("work", Message(b"w"))
    await queue.publish("other", Message(b"o"))
    (delivery,) = await queue.take("other", limit=9, wait=SHORT)
    assert delivery.message.body == b"o"
    assert (await queue.depth("work")).ready == 1


async def test_an_empty_queue_answers_in_time(queue: Queue) -> None:
    assert await queue.take("work") == []
    began = time.monotonic()
    assert await queue.take("work", wait=SHORT) == []
    assert 0.25 < time.monotonic() - began < 2


async def test_who_waits_gets_what_comes(another: More) -> None:
    taker, publisher = await another(), await another()
    waiting = asyncio.create_task(taker.take("work", wait=LONG))
    await asyncio.sleep(0.2)
    await publisher.publish("work", Message(b"late"))
    (delivery,) = await waiting
    assert delivery.message.body == b"late"


async def test_a_delayed_message_is_not_handed_out_before_its_time(queue: Queue) -> None:
    began = time.monotonic()
    await queue.publish("work", Message(b"second"), delay=timedelta(milliseconds=900))
    await queue.publish("work", Message(b"first"), delay=timedelta(milliseconds=400))
    assert await queue.take("work") == []
    assert (await queue.depth("work")).ready == 0
    for body, earliest in ((b"first", 0.4), (b"second", 0.9)):
        (delivery,) = await queue.take("work", wait=LONG)
        assert delivery.message.body == body
        assert earliest <= time.monotonic() - began + 0.01 < earliest + 1


async def test_what_a_dead_taker_had_is_handed_out_again(another: More) -> None:
    dying, other = await another(), await another()
    await dying.publish("work", *messages(3))
    assert len(await dying.take("work", limit=3, wait=LONG, lease=SHORT)) == 3
    await dying.close()
    found: list[Delivery] = []
    while len(found) < 3:
        some = await other.take("work", limit=3, wait=LONG)
        assert some
        found += some
    assert sorted(d.message.key for d in found) == [m.key for m in messages(3)]
    assert {d.attempt for d in found} == {2}


async def test_work_that_is_done_twice_has_one_effect(
    another: More, tmp_path: Path, made_sqlite: Path
) -> None:
    """The taker does the work and dies before it can say so."""
    book = Sqlite(Path(copy(made_sqlite, tmp_path / "effects.sqlite3")))
    dying, other = await another(), await another()
    await dying.publish("work", *messages(4))
    done = []
    for taker in (dying, other):
        for _ in range(4):
            for delivery in await taker.take("work", wait=LONG, lease=SHORT):
                key = delivery.message.key
                if await book.write(lambda c, key=key: first_time(c, "worker", key)):
                    done.append(key)
                if taker is other:
                    await other.acknowledge(delivery)
        await taker.close()
    assert sorted(done) == [m.key for m in messages(4)]
    assert await book.read(lambda c: c.scalar(select(func.count()).select_from(inbox))) == 4
    await book.close()


async def test_what_is_acknowledged_out_of_order_leaves_the_others_in_hand(another: More) -> None:
    """Of two takes by one taker, a mixture is done; the rest is handed out again when the taker dies."""
    dying, other = await another(), await another()
    await dying.publish("work", *messages(8))
    taken = await dying.take("work", limit=4, wait=LONG, lease=timedelta(seconds=2))
    taken += await dying.take("work", limit=4, wait=LONG, lease=timedelta(seconds=2))
    done = [taken[n] for n in (6, 0, 1, 3)]
    await dying.acknowledge(*done)
    await dying.close()
    found: list[Delivery] = []
    while len(found) < 4:
        some = await other.take("work", limit=8, wait=LONG)
        assert some
        found += some
    left = {m.key for m in messages(8)} - {d.message.key for d in done}
    assert sorted(d.message.key for d in found) == sorted(left)
    await other.acknowledge(*found)
    assert await other.depth("work") == Depth(0, 0)


async def test_acknowledging_twice_is_a_conflict(queue: Queue) -> None:
    await queue.publish("work", *messages(2))
    first, second = await queue.take("work", limit=2, wait=LONG)
    await queue.acknowledge(first)
    with pytest.raises(Conflict):
        await queue.acknowledge(first, second)
    with pytest.raises(Conflict):
        await queue.retry(second)
    with pytest.raises(Conflict):
        await queue.bury(second, reason="late")
    assert await queue.depth("work") == Depth(0, 0)


async def test_a_taker_whose_message_was_taken_back_is_told(another: More) -> None:
    slow, other = await another(), await another()
    await slow.publish("work", Message(b"x"))
    (late,) = await slow.take("work", wait=LONG, lease=SHORT)
    await slow.close()
    (now,) = await other.take("work", wait=LONG)
    with pytest.raises(Conflict, match="not this taker's any more"):
        await slow.acknowledge(late)
    await other.acknowledge(now)
    assert await other.depth("work") == Depth(0, 0)


async def test_a_message_given_back_comes_again_after_a_while(queue: Queue) -> None:
    await queue.publish("work", Message(b"x", "k"))
    (delivery,) = await queue.take("work", wait=LONG)
    began = time.monotonic()
    await queue.retry(delivery, delay=timedelta(milliseconds=500))
    assert await queue.take("work") == []
    (again,) = await queue.take("work", wait=LONG)
    assert time.monotonic() - began >= 0.49
    assert (again.message, again.attempt) == (delivery.message, 2)


async def test_after_too_many_attempts_it_lies_with_the_dead_letters_and_can_be_revived(queue: Queue) -> None:
    await queue.publish("work", Message(b"poison", "p", 3), Message(b"good", "g"))
    for attempt in range(1, ATTEMPTS + 1):
        (delivery,) = await queue.take("work", wait=LONG)
        assert (delivery.message.body, delivery.attempt) == (b"poison", attempt)
        await queue.retry(delivery)
    assert await queue.depth("work") == Depth(1, 1)
    (good,) = await queue.take("work", limit=5, wait=SHORT)
    assert good.message.body == b"good"
    for _ in range(2):  # looking changes nothing
        (letter,) = await queue.dead("work")
        assert letter == DeadLetter(
            Message(b"poison", "p", 3), f"handed out {ATTEMPTS} times without success"
        )
    assert await queue.revive("work") == 1
    (again,) = await queue.take("work", wait=LONG)
    assert (again.message.key, again.attempt) == ("p", 1)
    assert await queue.depth("work") == Depth(0, 0)


async def test_a_message_that_kills_every_taker_is_given_up(another: More) -> None:
    first = await another()
    await first.publish("work", Message(b"bomb", "b"))
    lease = timedelta(milliseconds=50)
    for _ in range(ATTEMPTS):
        taker = await another()
        assert await taker.take("work", wait=LONG, lease=lease)
        await taker.close()
    last = await another()
    assert await last.take("work", wait=timedelta(seconds=1)) == []
    (letter,) = await last.dead("work")
    assert (letter.message.key, letter.reason) == ("b", f"handed out {ATTEMPTS} times without success")


async def test_what_is_buried_says_why(queue: Queue) -> None:
    await queue.publish("work", *messages(3))
    for delivery in await queue.take("work", limit=3, wait=LONG):
        await queue.bury(delivery, reason=f"no such source: {delivery.message.key}")
    assert [d.reason for d in await queue.dead("work")] == [f"no such source: key-{n}-0" for n in range(3)]
    assert [d.message for d in await queue.dead("work", limit=2)] == messages(2)
    assert await queue.depth("work") == Depth(0, 3)
    assert await queue.revive("work") == 3
    assert await queue.depth("work") == Depth(3, 0)


async def test_thousands_go_through(queue: Queue) -> None:
    some = messages(3000)
    await queue.publish("work", *some)
    assert (await queue.depth("work")).ready == 3000
    found = []
    while len(found) < 3000:
        taken = await queue.take("work", limit=500, wait=LONG)
        assert taken
        await queue.acknowledge(*taken)
        found += [d.message for d in taken]
    assert found == some
    assert await queue.depth("work") == Depth(0, 0)


@pytest.mark.parametrize(
    "message",
    [Message(b"x", "k", 10), Message(b"x", "k", -1), Message(b"x", ""), Message(b"x", "k" * 201),
     Message(bytes(LARGEST + 1), "k")],
    ids=["priority 10", "priority -1", "no key", "long key", "large"],
)  # fmt: skip
async def test_what_cannot_be_carried_is_rejected_with_all_that_came_with_it(
    queue: Queue, message: Message
) -> None:
    with pytest.raises(Rejected):
        await queue.publish("work", Message(b"good"), message)
    assert await queue.depth("work") == Depth(0, 0)


@pytest.mark.parametrize("name", ["", "Work", "a.b", "a b", "x" * 64, "a/b", "1"])
async def test_a_name_that_is_none_is_rejected(queue: Queue, name: str) -> None:
    with pytest.raises(Rejected, match="no name for a queue"):
        await queue.publish(name, Message(b"x"))
    with pytest.raises(Rejected, match="no name for a queue"):
        await queue.take(name)


async def test_nothing_waits_for_years(queue: Queue) -> None:
    with pytest.raises(Rejected, match="cannot wait"):
        await queue.publish("work", Message(b"x"), delay=timedelta(days=400))


async def test_a_sound_backend_has_nothing_wrong(queue: Queue) -> None:
    assert await queue.check() == []
