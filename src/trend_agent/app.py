"""The one place where real things are chosen and joined."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from trend_agent.errors import Misconfigured, Missing, Unavailable
from trend_agent.items import digest
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings
from trend_agent.storage import Records
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.records import SqlRecords

if TYPE_CHECKING:
    from trend_agent.sources import Source
    from trend_agent.text.language import LanguageDetector

LOGIC = "1"
"""Raised whenever a stage would answer differently: states written by other logic are not taken up."""


def configuration(settings: Settings) -> str:
    """The hash of every setting and rule that the stages' answers depend on."""
    return digest(LOGIC, ",".join(sorted(settings.wanted_languages())))


@asynccontextmanager
async def open_records(settings: Settings, *, write: bool = False) -> AsyncIterator[SqlRecords]:
    """The records of this installation; made or brought up to date when they are to be written to."""
    from trend_agent.storage.sql.upgrade import prepare, require

    database = database_of(settings)
    try:
        try:
            await (prepare(database) if write else require(database))
        except Unavailable as fault:  # before any work: the address may be wrong, and a person should look
            raise Misconfigured(f"{fault}; TREND_RECORDS says where they are") from fault
        yield SqlRecords(database, configuration=configuration(settings))
    finally:
        await database.close()


def database_of(settings: Settings) -> Database:
    path = settings.records_path()
    if path is None:
        from trend_agent.storage.sql.postgres import Postgres

        return Postgres(settings.records, seconds=settings.statement_seconds)
    from trend_agent.storage.sql.sqlite import Sqlite

    return Sqlite(path)


@cache
def _detector() -> LanguageDetector:
    """One for the process: its models are large."""
    from trend_agent.text.language import LanguageDetector

    return LanguageDetector()


def make_pipeline(records: Records, settings: Settings) -> Pipeline:
    """The stages in their order: the list is the program."""
    from trend_agent.processing.cluster.stage import Cluster
    from trend_agent.processing.dedupe import Dedupe
    from trend_agent.processing.embed import Embed
    from trend_agent.processing.language import DetectLanguage
    from trend_agent.processing.normalise import Normalise
    from trend_agent.processing.rank import Ranker, RankSettings
    from trend_agent.processing.summarise import Summariser
    from trend_agent.text.words import words

    return Pipeline(
        records,
        [
            Normalise(),
            DetectLanguage(_detector(), wanted=settings.wanted_languages()),
            Dedupe(),
            Embed(),
            Cluster(),
        ],
        ranker=Ranker(RankSettings(window=timedelta(hours=settings.window_hours))),
        summariser=Summariser(words),
        configuration=configuration(settings),
        size=settings.batch,
    )


def run_settings(settings: Settings, files: Sequence[Path]) -> Settings:
    """Recorded files get records of their own beside the installation's, the same ones each time."""
    names = sorted(str(file.resolve()) for file in files)
    name = f"run-{files[0].name.split('.')[0]}-{digest(*names, size=4)}"
    path = settings.records_path()
    if path is None:
        from trend_agent.storage.sql.postgres import in_schema

        records = in_schema(settings.records, name)
    else:
        records = f"sqlite:///{quote(str(path.parent / name))}.sqlite3"
    return settings.model_copy(update={"records": records})


def chosen_sources(settings: Settings) -> list[Source]:
    """The sources of this installation: those of its file, or the built-in ones that need no key."""
    from trend_agent.sources.defaults import default_sources, sources_from

    return sources_from(settings.sources) if settings.sources else default_sources(every=settings.every)


def chosen_source(settings: Settings, name: str) -> Source:
    """The source called `name`, or the feed at that address."""
    if "://" in name:
        from trend_agent.sources import source

        return source("rss", url=name)
    found = {s.key: s for s in chosen_sources(settings)}
    if name not in found:
        raise Missing(f"no source called {name!r}; there are {', '.join(sorted(found))}")
    return found[name]
