"""What every backend promises of watches and alerts: each owner's own, each change told once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from places import database_at, opened
from trend_agent.errors import Conflict, Missing
from trend_agent.storage.ports.watches import MOST, Alert, Standing, Watch
from trend_agent.storage.sql.watches import SqlWatches


@pytest.fixture
async def watches(place: str) -> AsyncIterator[SqlWatches]:
    async with opened(database_at(place)) as records:
        yield SqlWatches(records.database)


def watch(noon: datetime, key: str = "w1", **changes: Any) -> Watch:
    made = Watch(
        key, "me", f"watch {key}", {"text": "ferry"}, noon, noon, channels={"mail": ["a@b"], "n": 2**80}
    )
    return replace(made, **changes)


def alert(noon: datetime, key: str = "a1", **changes: Any) -> Alert:
    made = Alert(key, "w1", "me", "t1", "entered", noon, "rising", "Ferry returns", 1, 2.5, noon)
    return replace(made, **changes)


async def test_a_watch_is_read_as_it_was_saved_by_its_owner_only(watches: SqlWatches, noon: datetime) -> None:
    await watches.add(watch(noon), [])
    await watches.add(watch(noon, "w2", owner="you"), [])
    assert await watches.watches("me") == [watch(noon)]
    assert await watches.watch("me", "w1") == watch(noon)
    for owner, key in (("you", "w1"), ("me", "w2"), ("me", "w3")):
        with pytest.raises(Missing, match=key):
            await watches.watch(owner, key)


async def test_one_owner_has_no_two_watches_of_one_name(watches: SqlWatches, noon: datetime) -> None:
    await watches.add(watch(noon), [])
    with pytest.raises(Conflict, match="watch w1"):
        await watches.add(watch(noon, "w2", name="watch w1"), [])
    await watches.add(watch(noon, "w2"), [])
    with pytest.raises(Conflict, match="watch w1"):
        await watches.change(watch(noon, "w2", name="watch w1"))
    await watches.add(watch(noon, "w3", name="watch w1", owner="you"), [])


async def test_an_owner_has_so_many_watches_and_no_more(watches: SqlWatches, noon: datetime) -> None:
    for number in range(MOST):
        await watches.add(watch(noon, f"w{number}"), [])
    with pytest.raises(Conflict, match="the most"):
        await watches.add(watch(noon, "one more"), [])
    await watches.remove("me", "w0")
    await watches.add(watch(noon, "one more"), [])


async def test_what_stands_in_a_watch_is_replaced_topic_by_topic(watches: SqlWatches, noon: datetime) -> None:
    first, second = Standing("t1", "new", noon), Standing("t2", "rising", noon, noon)
    await watches.add(watch(noon), [first])
    assert await watches.enabled() == [(watch(noon), {"t1": first})]
    later = replace(first, state="rising", at=noon + timedelta(hours=1))
    await watches.tell(watch(noon), [], [later, second])
    assert (await watches.enabled())[0][1] == {"t1": later, "t2": second}
    await watches.change(watch(noon), [second])
    assert (await watches.enabled())[0][1] == {"t2": second}
    await watches.change(watch(noon, enabled=False))
    assert await watches.enabled() == []


async def test_the_same_alert_is_told_once(watches: SqlWatches, noon: datetime) -> None:
    await watches.add(watch(noon), [])
    (told,) = await watches.tell(watch(noon), [alert(noon)], [])
    assert told.number >= 1
    (other,) = await watches.tell(watch(noon), [alert(noon), alert(noon, "a2")], [])
    assert other.id == "a2"
    assert [one.id for one in await watches.alerts("me")] == ["a2", "a1"]
    assert await watches.alert("me", "a1") == told


async def test_a_watch_that_was_changed_or_removed_since_tells_nothing(
    watches: SqlWatches, noon: datetime
) -> None:
    await watches.add(watch(noon), [])
    await watches.change(watch(noon, changed_at=noon + timedelta(milliseconds=1)))
    assert await watches.tell(watch(noon), [alert(noon)], [Standing("t1", "new", noon)]) == []
    assert (await watches.enabled())[0][1] == {}
    await watches.remove("me", "w1")
    assert await watches.tell(watch(noon), [alert(noon)], []) == []
    assert await watches.alerts("me") == []


async def test_a_watch_goes_with_its_alerts_and_nobody_elses(watches: SqlWatches, noon: datetime) -> None:
    await watches.add(watch(noon), [Standing("t1", "new", noon)])
    await watches.add(watch(noon, "w2"), [])
    await watches.tell(watch(noon), [alert(noon)], [])
    await watches.tell(watch(noon, "w2"), [alert(noon, "a2", watch="w2")], [])
    with pytest.raises(Missing):
        await watches.remove("you", "w1")
    await watches.remove("me", "w1")
    assert [one.id for one in await watches.alerts("me")] == ["a2"]
    with pytest.raises(Missing):
        await watches.remove("me", "w1")


async def test_alerts_come_in_pages_and_by_whether_they_were_read(
    watches: SqlWatches, noon: datetime
) -> None:
    await watches.add(watch(noon), [])
    await watches.add(watch(noon, "w2"), [])
    await watches.tell(watch(noon), [alert(noon, f"a{n}") for n in range(5)], [])
    await watches.tell(watch(noon, "w2"), [alert(noon, "b", watch="w2")], [])
    first = await watches.alerts("me", limit=2)
    rest = await watches.alerts("me", before=first[-1].number)
    assert [one.id for one in first + rest] == ["b", "a4", "a3", "a2", "a1", "a0"]
    assert [one.id for one in await watches.alerts("me", watch="w2")] == ["b"]
    assert await watches.read("me", ["a4", "nobody's"], at=noon) == 1
    assert await watches.read("you", ["a3"], at=noon) == 0
    assert await watches.read_until("me", rest[1].number, watch="w1", at=noon) == 3
    assert [one.id for one in await watches.alerts("me", unread=True)] == ["b", "a3"]
    assert (await watches.alert("me", "a4")).read_at == noon
    await watches.read("me", ["a4"], at=None)
    assert (await watches.alert("me", "a4")).read_at is None


async def test_old_alerts_are_let_go_and_their_numbers_never_come_again(
    watches: SqlWatches, noon: datetime
) -> None:
    later = noon + timedelta(days=1)
    await watches.add(watch(noon), [Standing("t1", "new", noon), Standing("t2", "new", later)])
    (old,) = await watches.tell(watch(noon), [alert(noon)], [])
    assert await watches.forget(later) == 1
    assert list((await watches.enabled())[0][1]) == ["t2"]
    (new,) = await watches.tell(watch(noon), [alert(noon, told_at=later)], [])
    assert new.number > old.number
    assert await watches.forget(later) == 0
