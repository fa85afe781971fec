"""The platform under the harness: the product's parts, joined as the product joins them, over light stages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.effects import Sender, Sink, WithOutbox, metadata, write_report
from harness.points import Pointed, Points
from harness.stages import FirstWord, Language, SameTitle, Take
from harness.world import BEGIN, Feed, World
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.rank import Ranker
from trend_agent.processing.summarise import Summariser
from trend_agent.settings import Settings
from trend_agent.sources.collector import Collector
from trend_agent.storage.access import Deed
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.deeds import write_down
from trend_agent.storage.sql.postgres import Postgres
from trend_agent.storage.sql.queue import SqlQueue
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

CONFIGURATION = "light"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a platform stands: its records, a folder for the rest, and the world it looks at."""

    records: str
    folder: Path
    world: World
    batch: int = 20
    between_states: int = 200

    @property
    def sink(self) -> Sink:
        return Sink(self.folder / "sink.jsonl")

    @property
    def report(self) -> Path:
        return self.folder / "report.txt"

    def database(self) -> Database:
        if self.records.startswith("sqlite"):
            return Sqlite(Path(self.records.removeprefix("sqlite:///")))
        return Postgres(self.records)


async def prepared(ground: Ground) -> None:
    """Make the tables, the product's and the harness's."""
    database = ground.database()
    try:
        await prepare(database)
        await database.write(metadata.create_all, alone=True)
    finally:
        await database.close()


@dataclass
class Platform:
    """One process's view of it. The methods are what a plant may replace."""

    ground: Ground
    book: SqlRecords
    points: Points = field(default_factory=Points)

    def __post_init__(self) -> None:
        self.records: Any = Pointed(self.book, self.points)
        self.queue = SqlQueue(self.book.database)
        self.sender = self.make_sender()
        self._pipeline: Pipeline | None = None

    def make_sender(self) -> Sender:
        return Sender(self.book, self.queue, self.ground.sink, self.points)

    @property
    def pipeline(self) -> Pipeline:
        self._pipeline = self._pipeline or light_pipeline(self.records, self.ground)
        return self._pipeline

    def collector(self) -> Collector:
        return Collector(self.records, None)  # type: ignore[arg-type]  # feeds of the world need no network

    async def collect(self, *, pages: int = 10**9) -> bool:
        """Visit what has more to bring; whether there was any."""
        left = [f for f in self.ground.world.feeds(pages=pages) if not await self._exhausted(f)]
        for feed in left:
            await self.collector().visit(feed)
            await self.note("collected", feed.key)
        return bool(left)

    async def note(self, action: str, what: str) -> None:
        """Write down in the audit log that something was done."""
        deed = Deed(0, BEGIN, "harness", "harness", action, 200, "", what, {})
        self.points.reach("before a line of the audit log")
        await self.book.database.write(lambda c: write_down(c, deed))
        self.points.reach("after a line of the audit log")

    async def _exhausted(self, feed: Feed) -> bool:
        return feed.exhausted(await self.book.cursor(feed.key))

    async def process(self) -> int:
        return await self.pipeline.step()

    async def tell(self) -> None:
        """Write the report of what is kept."""
        topics = [fact.item.id for fact in await self.book.facts_at(range(1, self.ground.world.items + 1))]
        write_report(self.ground.report, topics, self.points)

    async def whole(self) -> None:
        """Everything until there is nothing left to do."""
        while await self.collect():
            pass
        while await self.process():
            while await self.sender.some():
                pass
        while await self.sender.some():
            pass
        await self.tell()


def light_pipeline(records: Any, ground: Ground) -> Pipeline:
    return Pipeline(
        records,
        [Take(), Language(), SameTitle(), FirstWord()],
        ranker=Ranker(),
        summariser=Summariser(lambda text, _: text.split()),
        configuration=CONFIGURATION,
        size=ground.batch,
        between_states=ground.between_states,
    )


@asynccontextmanager
async def standing(
    ground: Ground, points: Points | None = None, kind: type[Platform] = Platform
) -> AsyncIterator[Platform]:
    """The platform, opened by one process."""
    database = ground.database()
    try:
        yield kind(ground, WithOutbox(database, configuration=CONFIGURATION), points or Points())
    finally:
        await database.close()


def settings_of(ground: Ground) -> Settings:
    return Settings(records=ground.records)
