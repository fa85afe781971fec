"""What is wrong with where the records are is one clear line and an exit code, and never a silent other place."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import orjson
import pytest
from sqlalchemy import text

from places import database_at, drop, opened
from postgres_server import Server
from trend_agent.errors import Unavailable
from trend_agent.items import Cursor, Item, plain
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.postgres import in_schema
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import downgrade, prepare

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAIN = "from trend_agent.cli import main; main()"


def trend(
    *arguments: str, records: str, code: str = MAIN, stdout: object = subprocess.PIPE
) -> tuple[int, list[str]]:
    """The exit code and the lines on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdout=stdout,  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        env={**os.environ, "TREND_RECORDS": records},
        check=False,
        timeout=280,
    )
    return done.returncode, done.stderr.decode().splitlines()


WRONG = {
    "no scheme of ours": ("mysql://me:geheim@h/x", "should be sqlite:///PATH or postgresql://"),
    "no port": ("postgresql://me:geheim@127.0.0.1:port/x", "no address"),
    "nobody listens": ("postgresql://me:geheim@127.0.0.1:1/x", "cannot be reached"),
    "no such host": ("postgresql://me:geheim@nowhere.invalid/x", "cannot be reached"),
    "an unknown option": ("postgresql://me:geheim@127.0.0.1:1/x?sslmode=nonsense", "sslmode"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_address_is_one_line_without_its_password(case: str, tmp_path: Path) -> None:
    address, words = WRONG[case]
    for command in (["top"], ["db", "upgrade"], ["doctor"]):
        code, lines = trend(*command, records=address)
        assert (code, len(lines)) == (2, 1), lines
        assert words in lines[0]
        assert "geheim" not in lines[0]


def test_what_postgresql_refuses_is_one_line(postgres_server: Server) -> None:
    async def user() -> None:
        connection = await asyncpg.connect(postgres_server.url())
        await connection.execute("CREATE ROLE secretive LOGIN PASSWORD 'right'")
        await connection.close()

    asyncio.run(user())
    postgres_server.ask_for_a_password("secretive")
    url = postgres_server.url()
    for address, words in (
        (url.replace("trend@", "secretive:geheim@"), "refuses the password"),
        (url.replace("/postgres", "/no_such"), "no such database"),
        (url + "?search_path=not_made_yet", "no records"),
        (url + "?nonsense=1", "nonsense"),
        (url.replace("trend@", "secretive:right@"), "permission denied"),
    ):
        command = ["top"] if "right" not in address else ["db", "upgrade"]
        code, lines = trend(*command, records=address)
        assert (code, len(lines)) == (2, 1), lines
        assert words in lines[0]
        assert "geheim" not in lines[0]


def test_a_missing_driver_says_what_to_install(tmp_path: Path) -> None:
    without = f"import sys; sys.modules['asyncpg'] = None; {MAIN}"
    code, lines = trend("top", records="postgresql://h/x", code=without)
    assert (code, len(lines)) == (2, 1), lines
    assert "pip install 'trend-agent[postgres]'" in lines[0]


def test_missing_parquet_says_what_to_install(tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path / 'r.sqlite3'}"
    assert trend("db", "upgrade", records=place)[0] == 0
    without = f"import sys; sys.modules['duckdb'] = None; {MAIN}"
    code, lines = trend("export", str(tmp_path / "x.parquet"), records=place, code=without)
    assert (code, len(lines)) == (2, 1), lines
    assert "pip install 'trend-agent[parquet]'" in lines[0]
    assert [f.name for f in tmp_path.iterdir() if "parquet" in f.name] == []


def test_old_tables_are_one_line(place: str) -> None:
    async def older() -> None:
        database = database_at(place)
        await prepare(database)
        await database.write(lambda c: downgrade(c, "0001"), alone=True)
        await database.close()

    asyncio.run(older())
    code, lines = trend("top", records=place)
    assert (code, len(lines)) == (2, 1), lines
    assert "trend db upgrade" in lines[0]
    assert trend("db", "upgrade", records=place)[0] == 0
    assert trend("top", records=place)[0] == 0


def test_two_at_once_are_refused(postgres_place: str) -> None:
    async def hold() -> tuple[int, list[str]]:
        async with opened(database_at(postgres_place)):
            return await asyncio.to_thread(trend, "db", "upgrade", records=postgres_place)

    code, lines = asyncio.run(hold())
    assert (code, len(lines)) == (1, 1), lines
    assert "another process is working on the records" in lines[0]


def test_an_export_to_a_full_disk_is_one_line(tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path / 'r.sqlite3'}"
    assert trend("db", "upgrade", records=place)[0] == 0
    with Path("/dev/full").open("wb") as full:
        code, lines = trend("export", "-", records=place, stdout=full)
    assert (code, lines) == (1, ["trend: cannot write the export: No space left on device"])


async def test_a_full_disk_takes_nothing_half_and_mends(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "r.sqlite3")
    async with opened(database) as records:
        pages = await database.read(lambda c: c.scalar(text("PRAGMA page_count")))
        await database.write(lambda c: c.execute(text(f"PRAGMA max_page_count = {pages + 20}")))
        world = list(World(seed=1, days=1, per_day=2000, until=UNTIL).items())
        taken = 0
        with pytest.raises(Unavailable, match="full"):
            for place in range(0, len(world), 50):
                some = [Arrival(item) for item in world[place : place + 50]]
                await records.ingest(some, cursor=Cursor("w", {"place": place}))
                taken = place + 50
        assert 0 < taken < len(world)
        assert (await records.balance()).fetched == taken
        assert (await records.cursor("w")).value == {"place": taken - 50}
        assert await records.check() == []
        await database.write(lambda c: c.execute(text("PRAGMA max_page_count = 1000000")))
        await records.ingest([Arrival(item) for item in world])
        assert (await records.balance()).fetched == len({item.id for item in world})


def lines_of(items: Sequence[Item]) -> bytes:
    return b"".join(orjson.dumps(plain(item), default=str) + b"\n" for item in items)


def test_from_one_engine_to_the_other_and_back_by_the_commands(tmp_path: Path, postgres_url: str) -> None:
    log = tmp_path / "w.jsonl"
    log.write_bytes(lines_of(list(World(seed=1, days=1, per_day=200, until=UNTIL).items())))
    first, back = (f"sqlite:///{tmp_path / name}.sqlite3" for name in ("first", "back"))
    there = in_schema(postgres_url, "there_and_back")
    try:
        assert trend("run", str(log), "--records", first, records=first)[0] in (0, 3)
        assert trend("export", str(tmp_path / "x.jsonl.gz"), records=first)[0] == 0
        assert trend("import", str(tmp_path / "x.jsonl.gz"), records=there)[0] == 0
        assert trend("backup", str(tmp_path / "b"), records=there)[0] == 0
        assert trend("restore", str(tmp_path / "b"), records=back)[0] == 0
        found = [doctor(place) for place in (first, there, back)]
        assert len({json.dumps([f["hash"], f["ledger"]], sort_keys=True) for f in found}) == 1
        assert [f["engine"].split()[0] for f in found] == ["SQLite", "PostgreSQL", "SQLite"]
        assert [f["wrong"] for f in found] == [[], [], []]
        code, lines = trend("import", str(tmp_path / "x.jsonl.gz"), records=there)
        assert (code, len(lines)) == (1, 1)
        assert "empty" in lines[0]
    finally:
        asyncio.run(drop(there))


def doctor(place: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "doctor", "--json", "--records", place], capture_output=True, check=False
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_source_is_forgotten_by_the_command(tmp_path: Path, place: str) -> None:
    log = tmp_path / "w.jsonl"
    items = list(World(seed=1, days=1, per_day=200, until=UNTIL).items())
    log.write_bytes(lines_of(items))
    assert trend("run", str(log), "--records", place, records=place)[0] in (
        0,
        3,
    )  # a few lines are bad on purpose
    assert trend("sources", "forget", "--yes", items[0].source, records=place)[0] == 0
    ledger = doctor(place)["ledger"]
    number = sum(i.source == items[0].source for i in items)
    assert ledger["reasons"]["filtered: its source was forgotten"] == number  # type: ignore[index]
    code, lines = trend("sources", "forget", "--yes", "nobody", records=place)
    assert (code, lines) == (1, ["trend: no source 'nobody' has brought anything"])
    code, lines = trend("top", "--as-of", items[-1].seen_at.isoformat(), records=place)
    assert code == 0
    assert "was removed" in lines[0]
