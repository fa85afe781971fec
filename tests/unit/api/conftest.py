"""The small newsroom, filled once and copied for each test, and a client that asks its desk."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import copy

import httpx
import pytest
from small_newsroom import SmallDesk, fill

from made_up_web import made_up_http
from principals import ADMINISTRATOR, As
from trend_agent.api import application
from trend_agent.api.hands import OwnHands
from trend_agent.egress import Http
from trend_agent.sources import source
from trend_agent.sources.choosing import Choosing
from trend_agent.sources.collector import Collector
from trend_agent.storage.keeping import Keeping
from trend_agent.storage.opening import open_cache
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade
from trend_agent.storage.sql.watches import SqlWatches
from trend_agent.web import add_pages


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of records that is made once, to be copied: committing to disk is what takes time."""
    path = tmp_path_factory.mktemp("api") / "filled.sqlite3"
    database = Sqlite(path)
    database.write_now(upgrade)
    asyncio.run(fill(SqlRecords(database, configuration="test")))
    database.close_now()
    return path


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[SmallDesk]:
    database = Sqlite(Path(copy(filled, tmp_path)))
    yield SmallDesk(SqlRecords(database, configuration="test"))
    database.close_now()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """The way out to the made-up web."""
    async with made_up_http() as made:
        yield made


@pytest.fixture
async def hands(desk: SmallDesk, http: Http) -> AsyncIterator[OwnHands]:
    """The hands of the owner of the newsroom; one source is configured, beside those that are chosen."""
    configured = [source("rss", url="https://coast.example/feed", called="coast")]
    made = OwnHands(
        desk.records,
        corrected=lambda: None,
        keeping=Keeping(open_cache("memory:", setting="TREND_CACHE")),
        sources=Choosing(desk.records, http, lambda: configured, dict),
        collector=Collector(desk.records, http),
    )
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def admin(desk: SmallDesk, hands: OwnHands) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything."""
    app = As(ADMINISTRATOR, application(desk, hands=hands, watches=SqlWatches(desk.records.database)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as made:
        yield made


@pytest.fixture
async def client(desk: SmallDesk) -> AsyncIterator[httpx.AsyncClient]:
    app = application(desk)
    add_pages(app)
    # A fault of ours is answered and raised again for the server's log: the client wants the answer.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test.example") as made:
        yield made
