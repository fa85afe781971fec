"""The one place where real things are chosen and joined."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from trend_agent.errors import Misconfigured, Unavailable
from trend_agent.items import digest
from trend_agent.processing.pipeline import Pipeline
from trend_agent.settings import Settings, filled, listed
from trend_agent.storage import Records
from trend_agent.storage.address import extra, parsed
from trend_agent.storage.opening import open_cache, open_counter, open_objects, open_queue, open_timeseries
from trend_agent.storage.ports.cache import Cache
from trend_agent.storage.ports.objects import Objects
from trend_agent.storage.ports.queue import Queue
from trend_agent.storage.ports.timeseries import TimeSeries
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.records import SqlRecords

if TYPE_CHECKING:
    from trend_agent.api.access.oidc import SignOn
    from trend_agent.api.access.serving import Access
    from trend_agent.jobs import Carrier, Tools
    from trend_agent.jobs.celery import Handed
    from trend_agent.processing.pipeline import ReadElsewhere
    from trend_agent.processing.rank import RankSettings
    from trend_agent.processing.reading import Reader
    from trend_agent.processing.search import Index
    from trend_agent.sources import Source
    from trend_agent.sources.roster import Listed
    from trend_agent.storage.ports.vectors import Vectors
    from trend_agent.storage.redis.board import Board
    from trend_agent.text.embedding import Embedder
    from trend_agent.text.language import LanguageDetector

LOGIC = "5"
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


@asynccontextmanager
async def open_shared(settings: Settings, *, make: bool = False) -> AsyncIterator[Database]:
    """The records' database for short transactions of any process, whoever owns the pipeline: keys, sessions,
    watches and the like. `make`: the records are made where there are none."""
    from trend_agent.storage.sql.upgrade import require

    database = database_of(settings, shared=True)
    if make and not await database.exists():
        async with open_records(settings, write=True):
            pass
    try:
        try:
            await require(database)
        except Unavailable as fault:
            raise Misconfigured(f"{fault}; TREND_RECORDS says where they are") from fault
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_access(settings: Settings, database: Database, *, processes: int = 1) -> AsyncIterator[Access]:
    """Who may do what on these records; `processes` is how many of us serve them without counting together."""
    from trend_agent.api.access.bounds import Bounds
    from trend_agent.api.access.gate import Doors
    from trend_agent.api.access.knowing import Known
    from trend_agent.api.access.limits import Limiter, rate
    from trend_agent.api.access.serving import Access
    from trend_agent.storage.sql.access import SqlAccess

    def limiter(name: str, text: str, setting: str) -> Limiter | None:
        found = rate(text, setting=setting)
        if found is None:
            return None
        prefix = f"trend:rate:{digest(settings.records_name())}"
        counter = open_counter(settings.rates, setting="TREND_RATES", prefix=prefix)
        return Limiter(name, found, counter=counter, processes=processes)

    access = Access(
        Doors(
            Known(SqlAccess(database)),
            anonymous=settings.open_to_readers(),
            bounds=Bounds(settings.body_bytes),
            reads=limiter("requests", settings.rate, "TREND_RATE"),
            writes=limiter("writes", settings.rate_writes, "TREND_RATE_WRITES"),
        ),
        secure=settings.public_url.startswith("https:"),
        origins=settings.reading_origins(),
        seconds=settings.request_seconds,
        logged=settings.log_requests,
        proxies=settings.proxies(),
        sign_on=make_sign_on(settings),
    )
    try:
        yield access
    finally:
        await access.close()


def make_sign_on(settings: Settings) -> SignOn | None:
    """The service that knows people here, where one is named."""
    if not settings.oidc:
        return None
    address = parsed(settings.oidc, setting="TREND_OIDC")
    with extra("oidc", address):
        from trend_agent.api.access.oidc import SignOn
    return SignOn(
        settings.oidc,
        client=settings.oidc_client,
        secret=settings.oidc_secret.get_secret_value(),
        scope=settings.oidc_scope,
        admins=frozenset(address.lower() for address in listed(settings.oidc_admins)),
    )


def database_of(settings: Settings, *, shared: bool = False) -> Database:
    path = settings.records_path()
    if path is None:
        from trend_agent.storage.sql.postgres import Postgres

        return Postgres(settings.records, seconds=settings.statement_seconds)
    from trend_agent.storage.sql.sqlite import Sqlite

    return Sqlite(path, shared=shared)


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the records. Nothing is connected to before it is used."""

    timeseries: TimeSeries
    queue: Queue
    cache: Cache
    objects: Objects


@asynccontextmanager
async def open_beside(settings: Settings, database: Database) -> AsyncIterator[Beside]:
    """What the settings name. `Misconfigured` for an address nobody understands or a driver that is missing."""
    site = f"http://{settings.host}:{settings.port}"
    async with AsyncExitStack() as stack:
        beside = Beside(
            open_timeseries(settings.timeseries, setting="TREND_TIMESERIES", database=database),
            open_queue(settings.queue, setting="TREND_QUEUE", database=database),
            open_cache(settings.cache, setting="TREND_CACHE"),
            open_objects(settings.objects, setting="TREND_OBJECTS", site=site),
        )
        for part in (beside.timeseries, beside.queue, beside.cache, beside.objects):
            stack.push_async_callback(part.close)
        yield beside


def answers_depend_on(settings: Settings) -> str:
    """A hash of every setting that what is read out depends on."""
    return digest(facts_hash(settings), rank_settings(settings).hash, str(settings.top))


@cache
def detector() -> LanguageDetector:
    """One for the process: its models are large."""
    from trend_agent.text.language import LanguageDetector

    return LanguageDetector()


def make_pipeline(records: Records, settings: Settings, *, read: ReadElsewhere | None = None) -> Pipeline:
    """The stages in their order: the list is the program."""
    from trend_agent.processing.cluster.stage import Cluster
    from trend_agent.processing.dedupe import Dedupe
    from trend_agent.processing.embed import Embed
    from trend_agent.processing.language import DetectLanguage
    from trend_agent.processing.normalise import Normalise
    from trend_agent.processing.rank import Ranker
    from trend_agent.processing.summarise import Summariser
    from trend_agent.text.words import words

    return Pipeline(
        records,
        [
            Normalise(),
            DetectLanguage(detector(), wanted=settings.wanted_languages()),
            Dedupe(),
            Embed(),
            Cluster(),
        ],
        ranker=Ranker(rank_settings(settings), words=words, configuration=facts_hash(settings)),
        summariser=Summariser(words),
        configuration=configuration(settings),
        size=settings.batch,
        read=read,
    )


def make_reader(settings: Settings) -> Reader:
    """The stages without memory, for whoever reads for the owner of the records."""
    from trend_agent.processing.reading import Reader

    return Reader(detector(), wanted=settings.wanted_languages())


def make_tools(settings: Settings) -> Tools:
    """What a worker does jobs with; the records are open for reading only."""
    from trend_agent.egress import Http
    from trend_agent.jobs import Tools
    from trend_agent.jobs.tools import Outlets

    @asynccontextmanager
    async def reader() -> AsyncIterator[Reader]:
        yield make_reader(settings)

    @asynccontextmanager
    async def pipeline() -> AsyncIterator[Pipeline]:
        async with open_records(settings) as book:
            yield make_pipeline(book, settings)

    @asynccontextmanager
    async def outlets() -> AsyncIterator[Outlets]:
        database = database_of(settings)
        try:
            async with open_beside(settings, database) as beside:
                yield Outlets(beside.objects, beside.queue)
        finally:
            await database.close()

    return Tools(
        configuration=configuration(settings), reader=reader, http=Http, pipeline=pipeline, outlets=outlets
    )


def make_workers(settings: Settings) -> Any:
    """The Celery application of this installation's workers. `Misconfigured` where no broker is named."""
    from trend_agent.jobs.celery import Workshop, open_for_jobs

    if not settings.broker:
        raise Misconfigured(
            "workers need a broker: TREND_BROKER should be amqp://HOST:5672/ or redis://HOST:6379/0"
        )
    app = _celery(settings)
    workshop = Workshop(lambda: open_board(settings), lambda: make_tools(settings))
    open_for_jobs(app, workshop, warm=make_reader(settings).warm)
    return app


def make_carrier(settings: Settings) -> Carrier:
    """Who carries jobs: workers where there is a broker, or else this process."""
    from trend_agent.jobs import Here

    return make_handed(settings) if settings.broker else Here(make_tools(settings))


def make_handed(settings: Settings) -> Handed:
    app = _celery(settings)
    from trend_agent.jobs.celery import Handed

    return Handed(app, open_board(settings))


def _celery(settings: Settings) -> Any:
    address = parsed(settings.broker, setting="TREND_BROKER")
    if address.scheme not in {"amqp", "amqps", "redis", "rediss"}:
        raise Misconfigured(
            f"TREND_BROKER should begin with amqp:// or redis://, found {address.scheme + ':'!r}"
        )
    with extra("celery", address):
        from trend_agent.jobs.celery import application
    return application(address, seconds=settings.job_seconds)


def open_board(settings: Settings) -> Board:
    """The board of this installation: a Redis of its own, or the broker where that is one."""
    named = settings.board or settings.broker
    address = parsed(named, setting="TREND_BOARD" if settings.board else "TREND_BROKER")
    if address.scheme not in {"redis", "rediss"}:
        raise Misconfigured(
            f"TREND_BOARD should be redis://HOST:6379/0, beside a broker that is none, found {address.scheme + ':'!r}"
        )
    with extra("celery", address):
        from trend_agent.storage.redis.board import Board
    return Board(address)


def chosen_encoder(settings: Settings) -> Embedder | None:
    """The sentence encoder of this installation; None where texts are compared by their words alone."""
    from trend_agent.text.embedding.remembered import Remembered

    kind, _, name = settings.embedder.partition(":")
    if settings.embedder == "lexical":
        return None
    if kind == "onnx" and name:
        from trend_agent.text.embedding.onnx import OnnxEncoder

        return Remembered(OnnxEncoder(name, threads=settings.embedder_threads))
    base, _, model = settings.embedder.partition("#")
    if kind in {"http", "https"} and model:
        from trend_agent.text.embedding.endpoint import EndpointEncoder

        return Remembered(EndpointEncoder(base, model, key=settings.embedder_key.get_secret_value()))
    raise Misconfigured(
        f"TREND_EMBEDDER should be lexical, onnx:FOLDER, onnx:OWNER/MODEL or https://HOST/PATH#MODEL, "
        f"found {settings.embedder!r}"
    )


def open_vectors(settings: Settings, embedder: str) -> Vectors:
    """Where the vectors made by `embedder` are kept: each embedder's apart, as they cannot be compared."""
    scheme, _, rest = settings.vectors.partition("://")
    if scheme in {"qdrant+http", "qdrant+https"} and rest:
        from trend_agent.storage.qdrant.server import ServerVectors

        collection = f"trend-{digest(settings.records, embedder)}"
        key = settings.vectors_key.get_secret_value()
        return ServerVectors(f"{scheme.removeprefix('qdrant+')}://{rest}", collection, key=key)
    if scheme in {"postgresql", "postgres"} and rest:
        from trend_agent.storage.pgvector import PostgresVectors

        return PostgresVectors(settings.vectors, f"vectors_{digest(settings.records, embedder)}")
    if scheme != "edge":
        raise Misconfigured(
            f"TREND_VECTORS should be edge, edge:///FOLDER, qdrant+http(s)://HOST:PORT, postgresql://… or none, "
            f"found {settings.vectors.split('@')[-1]!r}"
        )
    from trend_agent.storage.qdrant.edge import EdgeVectors

    if rest:
        return EdgeVectors(Path(unquote(rest[1:])) / digest(settings.records, embedder))
    return EdgeVectors(settings.beside_records(".vectors") / digest(embedder))


@asynccontextmanager
async def open_index(records: Records, settings: Settings) -> AsyncIterator[Index]:
    """The index of these records' items by their vectors. Misconfigured where there is to be none."""
    from trend_agent.processing.lexical import Lexical
    from trend_agent.processing.search import Index

    if settings.vectors == "none":
        raise Misconfigured("TREND_VECTORS is none: nothing can be searched by vectors")
    lexical, encoder = Lexical(), chosen_encoder(settings)
    vectors = open_vectors(settings, f"{lexical.name} {encoder.name if encoder else ''}")
    try:
        yield Index(records, vectors, lexical=lexical, encoder=encoder)
    finally:
        await vectors.close()


async def mend_index(records: Records, settings: Settings) -> None:
    """Let the index of vectors follow what was removed from the records, where there is one."""
    if settings.vectors != "none":
        async with open_index(records, settings) as index:
            await index.mend()


def rank_settings(settings: Settings) -> RankSettings:
    """How trends are measured under these settings."""
    from trend_agent.processing.rank import RankSettings

    return RankSettings.of(
        settings.horizon,
        window=timedelta(hours=settings.window_hours),
        false_alarms_per_day=settings.false_alarms_per_day,
    )


def facts_hash(settings: Settings) -> str:
    """The hash of all that the facts under a score depend on: the stages' rules and their settings."""
    from trend_agent.processing.cluster.settings import ClusterSettings

    return digest(configuration(settings), repr(ClusterSettings()))


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


def configured_sources(settings: Settings) -> list[Source]:
    """The sources of this installation's configuration: those of its file, or the built-in ones that need no key."""
    from trend_agent.sources.defaults import default_sources, sources_from

    if settings.sources is None:
        return default_sources(every=settings.every)
    return sources_from(settings.sources, filled)


async def open_roster(settings: Settings, records: Records | None) -> list[Listed]:
    """Every source of this installation: the configured ones and those chosen at run time, which stand above."""
    from trend_agent.sources.roster import joined

    return joined(configured_sources(settings), await records.choices() if records else [], filled)


async def wanted_sources(settings: Settings, records: Records) -> list[Source]:
    """Those that are to be visited now."""
    from trend_agent.sources.roster import visited

    return visited(await open_roster(settings, records))


def named_source(roster: Sequence[Listed], name: str) -> Source:
    """The source called `name`, or the feed at that address. `Missing` says which there are."""
    from trend_agent.sources import source
    from trend_agent.sources.roster import pick

    if "://" in name and name not in {one.key for one in roster}:
        return source("rss", url=name)
    listed = pick(roster, name)
    if listed.source is None:
        raise Misconfigured(listed.fault)
    return listed.source
