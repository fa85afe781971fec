"""What people say of topics is obeyed for ever: by what comes later, after a kill, and under other settings."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trend_agent.errors import Conflict, Missing
from trend_agent.items import Correction, Item
from trend_agent.processing.batch import Batch
from trend_agent.processing.cluster import ClusterSettings
from trend_agent.processing.cluster.stage import Cluster
from trend_agent.processing.corrections import Corrector
from trend_agent.processing.dedupe import Dedupe
from trend_agent.processing.embed import Embed
from trend_agent.processing.normalise import Normalise
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.summarise import Summariser
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER = ClusterSettings(
    step_hours=12, cut_base=0.2, density=0.5, attach_share=0.5, kept_items=16, live_hours=30
)


class House:
    """Records with a pipeline that can be started again."""

    def __init__(self, file: Path, settings: ClusterSettings | None = None, *, size: int = 400) -> None:
        self.database = Sqlite(file)
        self.database.write_now(upgrade)
        self.records = SqlRecords(self.database, configuration="c")
        self.settings, self.size = settings, size
        self.corrector = Corrector(self.records, by="ann")
        self.start()

    def start(self) -> None:
        self.cluster = Cluster(self.settings)
        self.pipeline = Pipeline(
            self.records,
            [Normalise(), Dedupe(), Embed(), self.cluster],
            ranker=Ranker(),
            summariser=Summariser(str.split),
            configuration="c",
            size=self.size,
            between_states=300,
        )

    async def take(self, items: Sequence[Item]) -> None:
        await self.records.ingest([Arrival(item) for item in items])
        await self.pipeline.drain()

    async def topics(self) -> dict[str, list[str]]:
        """Original items by topic, largest first."""
        found: dict[str, list[str]] = {}
        for fact in await self.records.facts(
            since=datetime(2000, 1, 1, tzinfo=UTC), until=UNTIL + timedelta(9)
        ):
            if not fact.copy_of:
                found.setdefault(fact.topic, []).append(fact.item.id)
        return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))

    async def place(self, item: str) -> str | None:
        return (await self.records.fate(item=item))[0].topic

    async def violated(self) -> list[str]:
        return [words for words in await self.records.check() if "not obeyed" in words]


@pytest.fixture(scope="module")
def world() -> list[Item]:
    return list(World(seed=8, days=3.5, per_day=500, until=UNTIL).items())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path / "r.sqlite3")
    yield made
    await made.records.close()


async def say_at_random(house: House, dice: random.Random, number: int) -> list[Correction]:
    """So many corrections; those that contradict what was said before are refused and not counted."""
    said: list[Correction] = []
    while len(said) < number:
        topics = await house.topics()
        keys = list(topics)
        large = [key for key in keys if len(topics[key]) > 2]
        try:
            match dice.randrange(4):
                case 0:
                    said.append(await house.corrector.merge(dice.sample(keys, 2)))
                case 1:
                    key = dice.choice(large)
                    chosen = dice.sample(topics[key], dice.randrange(1, len(topics[key])))
                    said.append(await house.corrector.split(key, chosen))
                case 2:
                    item = dice.choice(topics[dice.choice(keys)])
                    said.append(await house.corrector.pin(item, dice.choice(keys)))
                case _ if said:
                    await house.corrector.undo(dice.choice(said).id)
        except Conflict:
            continue
    return said


async def test_fifty_corrections_are_obeyed_by_all_that_comes(tmp_path: Path, world: list[Item]) -> None:
    house = House(tmp_path / "one.sqlite3")
    await house.take(world[:600])
    await say_at_random(house, random.Random(1), 40)
    assert await house.records.check() == []
    await house.take(world[600:1000])
    await say_at_random(house, random.Random(2), 10)
    await house.take(world[1000:])
    assert await house.records.check() == []
    standing = await house.corrector.standing()
    assert len(standing) > 20
    before, after = House(tmp_path / "two.sqlite3", OTHER), House(tmp_path / "three.sqlite3", OTHER)
    for said in standing:
        await before.corrector.take_in(row_of(said))
    await before.take(world)
    await after.take(world)
    assert await after.records.check() == []
    for said in standing:
        await after.corrector.take_in(row_of(said))
    for other in (before, after):
        assert len(await other.corrector.standing()) == len(standing)
        assert await other.records.check() == []
        await other.records.close()
    await house.records.close()


def row_of(said: Correction) -> dict[str, object]:
    return {"kind": said.kind, "of": said.of, "together": list(said.together), "apart": list(said.apart)}


async def test_kills_and_batches_change_nothing(tmp_path: Path, world: list[Item]) -> None:
    """The corrections stand at their places in the log, wherever batches end and whenever stages start again."""
    found = set()
    for name, size, again in (("a", 400, False), ("b", 37, True), ("c", 600, True)):
        house = House(tmp_path / f"{name}.sqlite3", size=size)
        for part, place in enumerate(range(0, 1200, 200)):
            await house.take(world[place : place + 200])
            if again:
                house.start()
            await say_at_random(house, random.Random(part), 3)
            if again:
                house.start()
        await house.take(world[1200:])
        assert await house.records.check() == []
        found.add(await house.records.logical_hash())
        await house.records.close()
    assert len(found) == 1


class Interrupted:
    """A stage during whose third batch somebody makes a correction."""

    name = "interrupted"

    def __init__(self, say: Callable[[], Awaitable[Correction]]) -> None:
        self.say, self.calls, self.loop = say, 0, asyncio.get_running_loop()

    def __call__(self, batch: Batch) -> None:
        self.calls += 1
        if self.calls == 3:
            asyncio.run_coroutine_threadsafe(self.speak(), self.loop).result()

    async def speak(self) -> None:
        await self.say()


async def test_a_correction_made_while_a_batch_is_on_its_way_stands_before_it(
    tmp_path: Path, world: list[Item]
) -> None:
    hashes = []
    for name, during in (("between", False), ("during", True)):
        house = House(tmp_path / f"{name}.sqlite3", size=200)

        async def say(house: House = house) -> Correction:
            return await house.corrector.merge([*await house.topics()][:2])

        if during:
            house.pipeline.stages = [*house.pipeline.stages, Interrupted(say)]
            await house.take(world[:700])
        else:
            await house.take(world[:400])
            await say()
            await house.take(world[400:700])
        assert await house.records.check() == []
        assert [c.place for c in await house.records.corrections()] == [400]
        hashes.append(await house.records.logical_hash())
        await house.records.close()
    assert hashes[0] == hashes[1]


async def test_the_past_is_answered_as_it_was(house: House, world: list[Item]) -> None:
    await house.take(world[:500])
    moment = world[300].seen_at
    before = await house.pipeline.trends(at=moment)
    one, other = list(await house.topics())[:2]
    made = await house.corrector.merge([one, other])
    assert await house.pipeline.trends(at=moment) == before
    assert other not in {trend.topic for trend in await house.pipeline.trends()}
    assert (await house.records.topic(other)).id == one
    assert {move[1:] for move in made.moved} == {(other, one)}
    assert made.emptied == [other]


async def test_what_is_wrong_is_said_by_name(house: House, world: list[Item]) -> None:
    await house.take(world[:400])
    topics = await house.topics()
    (one, items), (other, others) = list(topics.items())[:2]
    for wrong, words in (
        (house.corrector.merge([one, "nope"]), "no topic 'nope'"),
        (house.corrector.split(one, ["nope"]), "no item 'nope'"),
        (house.corrector.undo(7), "no correction 7"),
        (house.corrector.unpin(items[0]), "is not pinned"),
    ):
        with pytest.raises(Missing, match=words):
            await wrong
    await house.corrector.split(one, items[:1])
    for refused, words in (
        (house.corrector.merge([one, one]), "are one topic already"),
        (house.corrector.split(one, others[:1]), f"is not in topic '{one}' but in '{other}'"),
        (house.corrector.split(one, items[1:]), "all items of topic"),
        (house.corrector.pin(items[0], one), "are held apart by correction 1; undo it first"),
    ):
        with pytest.raises(Conflict, match=words):
            await refused
    assert len(await house.records.corrections()) == 1


async def test_what_is_taken_back_goes_back(house: House, world: list[Item]) -> None:
    await house.take(world[:400])
    topics = await house.topics()
    (one, items), (other, others), (third, _) = list(topics.items())[:3]
    split = await house.corrector.split(one, items[:2])
    pin = await house.corrector.pin(others[0], third)
    merge = await house.corrector.merge([third, one])
    assert await house.place(items[-1]) == third
    await house.corrector.undo(merge.id)
    again = await house.place(items[-1])
    assert again not in {one, third}
    assert await house.place(others[0]) == third
    await house.corrector.unpin(others[0])
    assert await house.place(others[0]) == other
    await house.corrector.undo(split.id)
    assert await house.place(items[0]) == third  # where the id it was split from leads
    assert await house.corrector.standing() == []
    with pytest.raises(Conflict, match=f"correction {pin.id} was taken back already"):
        await house.corrector.undo(pin.id)
    await house.take(world[400:900])
    assert await house.records.check() == []
