"""The one place where real things are chosen and joined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from trend_agent.api.desk import Notice
from trend_agent.egress import Http
from trend_agent.errors import Misconfigured, TrendError
from trend_agent.items import Trend, digest
from trend_agent.observability.log import logger
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.sources import Source
from trend_agent.sources.collector import Collector
from trend_agent.storage import Records
from trend_agent.storage.sql.records import SqlRecords

log = logger("app")

LOGIC = "1"
"""Raised whenever a stage would answer differently: states written by other logic are not taken up."""


def configuration(settings: Settings) -> str:
    """The hash of every setting and rule that the stages' answers depend on."""
    return digest(LOGIC, ",".join(sorted(settings.wanted_languages())))


@asynccontextmanager
async def open_records(settings: Settings, *, write: bool = False) -> AsyncIterator[SqlRecords]:
    """The records of this installation; made or brought up to date when they are to be written to."""
    from trend_agent.storage.sql.sqlite import Sqlite
    from trend_agent.storage.sql.upgrade import upgrade, version, wanted

    path = settings.records_path()
    database = Sqlite(path)
    try:
        if write:
            await database.write(upgrade)
        elif not path.exists():
            raise Misconfigured(f"there are no records at {str(path)!r} yet; `trend up` or `trend run` makes them")
        elif (found := await database.read(version)) != wanted():
            raise Misconfigured(
                f"the records at {str(path)!r} are of version {found or 'none'!r}, this program wants {wanted()!r}; "
                "run `trend db upgrade`"
            )
        yield SqlRecords(database, configuration=configuration(settings))
    finally:
        await database.close()


def make_pipeline(records: Records, settings: Settings) -> Pipeline:
    """The stages in their order: the list is the program."""
    from datetime import timedelta

    from trend_agent.processing.cluster.stage import Cluster
    from trend_agent.processing.dedupe import Dedupe
    from trend_agent.processing.language import DetectLanguage
    from trend_agent.processing.normalise import Normalise
    from trend_agent.processing.rank import Ranker, RankSettings
    from trend_agent.processing.summarise import Summariser
    from trend_agent.text.words import words

    return Pipeline(
        records,
        [Normalise(), DetectLanguage(wanted=settings.wanted_languages()), Dedupe(), Cluster()],
        ranker=Ranker(RankSettings(window=timedelta(hours=settings.window_hours))),
        summariser=Summariser(words),
        configuration=configuration(settings),
        size=settings.batch,
    )


def run_settings(settings: Settings, files: Sequence[Path]) -> Settings:
    """Recorded files get records of their own beside the installation's, the same ones each time."""
    names = sorted(str(file.resolve()) for file in files)
    name = f"run-{files[0].name.split('.')[0]}-{digest(*names, size=4)}.sqlite3"
    return settings.model_copy(update={"records": f"sqlite:///{settings.records_path().parent / name}"})


class Showing:
    """What the API reads from: the made-up world until real trends are there, then the real ones."""

    def __init__(self, records: Records, pipeline: Pipeline, sources: Sequence[Source]) -> None:
        self.real = (records, pipeline)
        self.made_up: tuple[Records, Pipeline] | None = None
        self.sources = sources
        self.filled = False
        self.fault = ""

    @property
    def records(self) -> Records:
        return self._shown()[0]

    def _shown(self) -> tuple[Records, Pipeline]:
        return self.made_up if self.made_up and not self.filled else self.real

    async def trends(self, limit: int, as_of: datetime | None = None) -> list[Trend]:
        records, pipeline = self._shown()
        return await (records.trends(limit=limit) if as_of is None else pipeline.trends(at=as_of, limit=limit))

    async def notices(self) -> list[Notice]:
        """What a reader has to know of what is shown."""
        found = []
        if self.made_up and not self.filled:
            waiting = "until a source answers, this is" if self.sources else "this is"
            found.append(Notice("made-up", f"{waiting} a made-up world: none of it is real"))
        if self.fault:
            found.append(Notice("fault", self.fault))
        failing = [h for h in await self.real[0].health() if h.failures]
        found += [Notice("source", h.error, source=h.source) for h in failing]
        return found

    async def ready(self) -> tuple[bool, Mapping[str, str]]:
        state = "filled" if self.filled else "made-up world" if self.made_up else "empty"
        return not self.fault, {"trends": state, "processing": self.fault or "fine"}


class Service:
    """Everything in one process: collect, process, serve."""

    def __init__(self, settings: Settings, sources: Sequence[Source]) -> None:
        self.settings = settings
        self.sources = sources
        self.arrived = asyncio.Event()

    async def run(self, showing: Showing, http: Http) -> None:
        """Until it is told to stop."""
        records, pipeline = showing.real
        collector = Collector(records, http, arrived=self.arrived.set)
        self.arrived.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(collector.run(self.sources))
            group.create_task(keep_processing(pipeline, showing, self.arrived, limit=self.settings.top))


async def keep_processing(
    pipeline: Pipeline, showing: Showing, arrived: asyncio.Event, *, limit: int, settle: float = 1.0
) -> None:
    """Settle what arrives and publish the list, for ever; a fault is told and tried again."""
    wait = settle
    while True:
        await arrived.wait()
        arrived.clear()
        try:
            done = await pipeline.drain()
            if done or not showing.filled:
                showing.filled = bool(await pipeline.publish(limit=limit))
            showing.fault, wait = "", settle
        except TrendError as fault:
            showing.fault = str(fault)
            log.error("processing stopped", error=str(fault), again_in=wait)
            arrived.set()
            wait = min(wait * 2, 60.0)
        await asyncio.sleep(wait)
