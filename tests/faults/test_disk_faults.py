"""Records on a disk that fails, loses power or damages them: what was acknowledged is there, or it is said so."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from services import absent
from trend_agent.errors import Misconfigured, Unavailable
from trend_agent.items import Item
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

DISK = Path(__file__).parent / "disk"
SECTOR, PAGE = 512, 4096
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOGETHER = 20
"""Items in a batch of `disk/writer.py`."""


@pytest.fixture(scope="session")
def bad_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that stands before libc."""
    compiler = shutil.which("cc")
    if compiler is None:
        absent("there is no C compiler on this machine")
    library = tmp_path_factory.mktemp("disk") / "bad_disk.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(DISK / "bad_disk.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("live", "synced"):
        (tmp_path / name).mkdir()
    return tmp_path


def writer(library: Path, place: Path, way: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "BAD_DISK": str(place / "live"),
        "BAD_DISK_SYNCED": str(place / "synced") if way == "endless" else "",
    }
    if way != "endless":
        del environment["BAD_DISK_SYNCED"]
    command = [sys.executable, str(DISK / "writer.py"), str(place / "live" / "r.sqlite3"), way]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@asynccontextmanager
async def reopened(file: Path) -> AsyncIterator[SqlRecords]:
    database = Sqlite(file)
    try:
        yield SqlRecords(database)
    finally:
        await database.close()


async def kept_whole(file: Path) -> set[int]:
    """The batches that are there, each of them with all of its items; the records are sound."""
    async with reopened(file) as records:
        assert await records.check() == []
        arrivals = await records.pending(1_000_000)
        batches = [int(arrival.item.id[2:].partition("-")[0]) for arrival in arrivals]
        found = set(batches)
        assert len(batches) == TOGETHER * len(found), "a batch is there in part"
        assert (await records.cursor("w")).value == {"batch": max(found)}
        return found


async def test_an_item_whose_write_or_sync_fails_is_not_acknowledged_and_the_others_are_there(
    bad_disk: Path, place: Path
) -> None:
    with writer(bad_disk, place, "failing") as process:
        told = dict(line.split(maxsplit=1) for line in process.communicate(timeout=120)[0].splitlines())
    assert process.returncode == 0
    kept = {int(number) for number, words in told.items() if words == "kept"}
    refused = {int(number): words for number, words in told.items() if words.startswith("refused")}
    assert len(kept) + len(refused) == 240
    assert {number // 60 for number in refused} == {0, 1, 2, 3}, "no write or no sync failed at all"
    assert all("cannot be used: " in words for words in refused.values())
    found = await kept_whole(place / "live" / "r.sqlite3")
    assert kept <= found


def after_power_loss(place: Path, random: Random) -> Path:
    """A folder with what a disk may hold that lost power: of each sector what was synced, or what was written since;
    a file may end anywhere between its two lengths."""
    folder = place / f"after-{random.random()}"
    folder.mkdir()
    for live in (place / "live").glob("r.sqlite3*"):
        if live.name.endswith(("-shm", ".lock")):
            continue
        synced = place / "synced" / live.name
        old, new = synced.read_bytes() if synced.exists() else b"", live.read_bytes()
        length = random.randint(*sorted((len(old), len(new))))
        parts = [
            (new if random.random() < 0.5 and new[at : at + SECTOR] else old)[at : at + SECTOR].ljust(
                SECTOR, b"\0"
            )
            for at in range(0, length, SECTOR)
        ]
        (folder / live.name).write_bytes(b"".join(parts)[:length])
    return folder


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_acknowledged_outlives_a_loss_of_power_that_tears_what_was_not_synced(
    bad_disk: Path, place: Path, seed: int
) -> None:
    random, kept = Random(seed), set()
    with writer(bad_disk, place, "endless") as process:
        assert process.stdout
        for _ in range(random.randint(60, 120)):
            kept.add(int(process.stdout.readline().split()[0]))
        process.kill()
        kept |= {int(line.split()[0]) for line in process.stdout.read().splitlines() if line.endswith("kept")}
    for _ in range(8):
        found = await kept_whole(after_power_loss(place, random) / "r.sqlite3")
        assert kept <= found
        assert found <= set(range(max(kept) + 2))


async def test_a_page_that_is_not_one_is_a_clear_error_and_found_by_the_check(place: Path) -> None:
    file = place / "r.sqlite3"
    database = Sqlite(file)
    await prepare(database)
    records = SqlRecords(database)
    await records.ingest([Arrival(Item(f"w:{n}", "w", f"story {n}", NOON)) for n in range(2000)])
    await database.close()
    whole = file.read_bytes()
    for page in range(1, len(whole) // PAGE):
        file.write_bytes(whole[: page * PAGE] + b"\xff" * 16 + whole[page * PAGE + 16 :])
        assert await said_of(file), f"nothing was said of page {page}"


async def said_of(file: Path) -> list[str]:
    """What the check says of records, or how they refuse to be read."""
    async with reopened(file) as records:
        try:
            return await records.check()
        except (Unavailable, Misconfigured) as fault:
            return [str(fault)]


async def test_a_log_that_is_gone_takes_nothing_with_it_that_a_checkpoint_had_written(place: Path) -> None:
    file = place / "r.sqlite3"
    async with reopened(file) as records:
        await prepare(records.database)
        await records.ingest([Arrival(Item("w:1", "w", "a story", NOON))])
    (place / "r.sqlite3-wal").unlink(missing_ok=True)  # closing had emptied it
    async with reopened(file) as records:
        assert await records.check() == []
        assert (await records.balance()).fetched == 1


async def test_a_file_that_may_only_be_read_is_read_and_refuses_each_write(place: Path) -> None:
    """Root may write to any file: the system call is refused for it as the system refuses it for others."""
    file = place / "r.sqlite3"
    async with reopened(file) as records:
        await prepare(records.database)
        await records.ingest([Arrival(Item("w:1", "w", "a story", NOON))])
        await records.database.write(lambda c: c.exec_driver_sql("PRAGMA query_only=ON"))
        with pytest.raises(Unavailable, match="readonly database"):
            await records.ingest([Arrival(Item("w:2", "w", "another", NOON))])
        assert (await records.balance()).fetched == 1
