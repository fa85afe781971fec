"""`trend sources`: choosing, listing and lists of feeds, in a place of their own."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trend_agent.cli import front_door
from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.items import Cursor
from trend_agent.sources.collector import NEVER
from trend_agent.storage import Health
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "sources.toml"
    file.write_text(
        '[[hackernews]]\n[[rss]]\nurl = "https://a.example/feed"\ncalled = "a"\ncategory = "world"\n'
    )
    monkeypatch.setenv("TREND_SOURCES", str(file))
    monkeypatch.setenv("TREND_RECORDS", f"sqlite:///{tmp_path / 'records.sqlite3'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trend(*words: str) -> str:
    done = CliRunner().invoke(front_door(), ["sources", *words], env={"COLUMNS": "80"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def listed() -> dict[str, dict[str, object]]:
    return {row["source"]: row for row in json.loads(trend("--json"))}


async def prepared(place: Path) -> SqlRecords:
    database = Sqlite(place / "records.sqlite3")
    await prepare(database)
    return SqlRecords(database)


def test_the_list_can_be_shown_before_anything_was_collected(place: Path) -> None:
    assert [row["state"] for row in listed().values()] == ["not visited", "not visited"]


def test_a_source_is_added_changed_disabled_and_reset(place: Path) -> None:
    assert trend("add", "lobsters", "feed=newest") == "added lobsters:newest\n"
    with pytest.raises(Conflict, match="'lobsters:newest' is collected already"):
        trend("add", "lobsters", "feed=newest")
    trend("set", "lobsters:newest", "interval=1800")
    trend("disable", "hackernews:top")
    rows = listed()
    assert rows["lobsters:newest"]["every"] == 1800
    assert rows["hackernews:top"]["state"] == "disabled"
    trend("enable", "hackernews:top")
    assert listed()["hackernews:top"]["state"] == "not visited"
    trend("reset", "lobsters:newest")
    assert "lobsters:newest" not in listed()


def test_what_nobody_knows_is_named(place: Path) -> None:
    with pytest.raises(Missing, match="no kind of source called 'nope'; there are arxiv"):
        trend("add", "nope")
    with pytest.raises(Missing, match="no source called 'nope'"):
        trend("disable", "nope")
    with pytest.raises(Rejected, match="name=value"):
        trend("set", "hackernews:top", "limit")


def test_feeds_go_out_as_a_list_and_come_in_again(place: Path) -> None:
    written = trend("opml", "export")
    assert 'xmlUrl="https://a.example/feed"' in written
    more = written.replace("</body>", '<outline text="B" xmlUrl="https://b.example/feed"/></body>')
    (place / "feeds.opml").write_text(more)
    assert trend("opml", "import", str(place / "feeds.opml")) == "1 feeds added, 1 known already\n"
    assert "rss:https://b.example/feed" in listed()
    with pytest.raises(Rejected, match=r"cannot read 'nothing\.opml'"):
        trend("opml", "import", "nothing.opml")


async def test_the_list_says_how_each_does_and_fits_eighty_columns(place: Path) -> None:
    now = datetime.now(UTC)
    records = await prepared(place)
    try:
        for hour in range(200):
            at = now - timedelta(hours=200 - hour)
            brings = 3 if hour < 150 else 0
            await records.tried(Health("hackernews:top", last_try=at, last_success=at, fetched=brings))
        fault = "'https://a.example/feed' answered 403: it does not let us in"
        await records.tried(Health("rss:https://a.example/feed", last_try=now, failures=1, error=fault))
    finally:
        await records.close()
    shown = await asyncio.to_thread(trend)
    assert max(map(len, shown.splitlines())) <= 80
    told = " ".join(shown.split())
    assert "hackernews:top nothing new for" in told
    assert "where it usually brings 2.2 an hour" in told
    assert f"rss:https://a.example/feed failed 1×: {fault}" in told
    rows = await asyncio.to_thread(listed)
    assert [row["state"] for row in rows.values()] == ["quiet", "failing"]


async def test_a_source_that_is_gone_says_how_it_is_asked_again_and_one_that_moved_where_to(
    place: Path,
) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    fault = "'https://a.example/feed' answered 410: it is gone for good"
    move = {"from": "https://b.example/feed", "to": "https://c.example/feed", "at": now.isoformat()}
    await asyncio.to_thread(trend, "add", "rss", "url=https://b.example/feed")
    records = await prepared(place)
    try:
        gone = Health("rss:https://a.example/feed", last_try=now, failures=1, error=fault, retry_at=NEVER)
        await records.tried(gone)
        at = datetime.now(UTC)
        await records.tried(Health("rss:https://b.example/feed", last_try=at, last_success=at, fetched=1))
        await records.ingest([], cursor=Cursor("rss:https://b.example/feed", {"moved": move}))
    finally:
        await records.close()
    told = " ".join((await asyncio.to_thread(trend)).split())
    assert f"rss:https://a.example/feed paused: {fault}; it is asked again when it is enabled" in told
    assert "rss:https://b.example/feed moved for good to https://c.example/feed (2026-03-01)" in told
    rows = await asyncio.to_thread(listed)
    assert rows["rss:https://b.example/feed"]["moved"]["to"] == "https://c.example/feed"
    await asyncio.to_thread(trend, "enable", "rss:https://a.example/feed")
    rows = await asyncio.to_thread(listed)
    assert rows["rss:https://a.example/feed"]["state"] == "fine"


def test_kinds_are_listed_with_their_settings(place: Path) -> None:
    assert "newsapi" in trend("kinds")
    assert "a bearer token" in " ".join(trend("kinds").split())
    assert "page to read" not in trend("kinds", "rss")
    schema = json.loads(trend("kinds", "newsapi", "--json"))
    assert schema["properties"]["api_key"]["format"] == "password"
