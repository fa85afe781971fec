"""The index of vectors belongs to one process: while that is a service, `trend search` asks it."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn

from places import opened
from services import free_port, listens
from trend_agent.api import application
from trend_agent.items import Fate, Item, Lineage, Membership
from trend_agent.service import keep_indexing
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.storage import Arrival, Settled
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TITLES = ("Storm hits the coast", "Bank cuts its rates", "Otters return to the river")


async def filled(records: SqlRecords) -> None:
    items = [Item(f"w:{n}", "w", t, NOON + timedelta(minutes=n), lang="en") for n, t in enumerate(TITLES)]
    await records.ingest([Arrival(item) for item in items])
    await records.settle(
        Settled(
            last_seq=len(items),
            fates=[Fate(i.id, "kept", i.seen_at) for i in items],
            items=items,
            memberships=[Membership(i.id, f"t{n}", i.seen_at) for n, i in enumerate(items)],
            lineage=[Lineage(f"t{n}", "born", i.seen_at) for n, i in enumerate(items)],
        )
    )


async def trend(records: str, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TREND_RECORDS": records, "TREND_PORT": str(port)}
    return await asyncio.to_thread(
        subprocess.run, [*TREND, *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(240)
async def test_a_search_while_a_service_holds_the_index_is_answered_by_it(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    settings = Settings(records=f"sqlite:///{tmp_path}/r.sqlite3")
    async with opened(Sqlite(tmp_path / "r.sqlite3")) as records:
        await filled(records)
        showing = Showing(records, None, made_up=None)  # type: ignore[arg-type]
        server = uvicorn.Server(
            uvicorn.Config(application(showing), host="127.0.0.1", port=port, log_config=None)
        )
        indexing = asyncio.create_task(keep_indexing(records, settings, opened=showing.has_index, pause=0.2))
        serving = asyncio.create_task(server.serve())
        try:
            for _ in range(300):
                await asyncio.sleep(0.1)
                if listens(port) and showing.index and await showing.index.vectors.count() == len(TITLES):
                    break
            done = await trend(settings.records, port, "search", "storm coast", "--lang", "en", "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)[0]["item"]["id"] == "w:0"
            astray = await trend(settings.records, other, "search", "storm coast")
            assert (astray.returncode, len(astray.stderr.splitlines())) == (1, 1), astray.stderr
            assert "open in another process" in astray.stderr
            assert f"asked at http://127.0.0.1:{other}" in astray.stderr
        finally:
            server.should_exit = True
            indexing.cancel()
            await asyncio.gather(serving, indexing, return_exceptions=True)
