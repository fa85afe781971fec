"""`trend cost` says what each of the first places costs a brigade, and on which source."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from trend_agent.app import make_pipeline
from trend_agent.cli.cost import cost
from trend_agent.items import Item
from trend_agent.settings import Settings
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
SUBJECTS = ("flood in Halden", "strike at the port", "comet over Arden", "budget of the senate")


def chatter() -> list[Item]:
    """Five days of four subjects on a source where accounts have names, by twenty who post each day; and a paper."""
    made = []
    for n in range(400):
        at = NOON - timedelta(minutes=18 * n + 1)
        title = f"{SUBJECTS[n * n % 4]} as seen by account {n % 20} in hour {n // 3}"
        made.append(Item(f"c{n}", "chat", title, at, published_at=at, author=f"account {n % 20}", lang="en"))
        if n % 4 == 0:
            made.append(Item(f"p{n}", "paper", f"{SUBJECTS[n // 4 % 4]}, day {n // 80}", at, published_at=at))
    return sorted(made, key=lambda item: item.seen_at)


async def taken_in(file: Path) -> None:
    database = Sqlite(file)
    await prepare(database)
    records = SqlRecords(database)
    try:
        await records.ingest([Arrival(item) for item in chatter()])
        await make_pipeline(records, Settings()).drain()
    finally:
        await records.close()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("cost") / "r.sqlite3"
    asyncio.run(taken_in(file))
    return str(file)


def said(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(cost)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_new_accounts_never_get_where_aged_ones_do_with_posts_that_count(records: str) -> None:
    rows = json.loads(said("--records", records, "--top", "3", "--json"))
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert all(row["title"] for row in rows)
    for row in rows:
        assert row["posts"] is None or row["posts"] >= row["aged_accounts"]
        assert row["posts_with_ageing"] == 3 * row["aged_accounts"]
    aged = [row["aged_accounts"] for row in rows]
    assert aged == sorted(aged, reverse=True)


def test_it_says_through_which_source_the_posts_would_come(records: str) -> None:
    words = said("--records", records, "--top", "2")
    assert "through 'chat', where 400 of its 400 items name an author" in " ".join(words.split())
