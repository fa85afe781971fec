"""Everything comes out and goes in again, between any two backends, and damage is noticed."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from places import database_at, opened
from trend_agent.app import make_pipeline
from trend_agent.errors import Conflict, Rejected, Unavailable
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival, exports
from trend_agent.storage.sql.backup import backup, restore, verified
from trend_agent.storage.sql.dump import TABLES, Digest, Entry, columns
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.upgrade import downgrade, version, wanted

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of records that hold something of everything."""
    return asyncio.run(made(tmp_path_factory.mktemp("kept")))


async def made(folder: Path) -> Path:
    async with opened(database_at(f"sqlite:///{folder / 'r.sqlite3'}")) as records:
        world = World(seed=2, days=1, per_day=300, until=UNTIL)
        await records.ingest([Arrival(item) for item in world.items()])
        pipeline = make_pipeline(records, Settings(batch=100))
        pipeline.between_states = 100
        await pipeline.drain()
        await pipeline.publish()
        await records.end_run(await records.begin_run("test", {"n": 1}))
        await records.export(lambda entries: exports.write(folder / "kept.jsonl", entries, {}))
    return folder / "kept.jsonl"


@pytest.fixture
async def records(place: str, kept: Path) -> AsyncIterator[SqlRecords]:
    async with opened(database_at(place)) as found:
        assert await found.take_in(exports.read(kept)) > 1000
        yield found


async def everything(records: SqlRecords) -> dict[str, list[tuple[object, ...]]]:
    return await records.database.read(
        lambda c: {t.name: [tuple(r) for r in c.execute(select(t).order_by(*t.primary_key))] for t in TABLES}
    )


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.parquet"])
async def test_there_and_back_nothing_is_lost(
    records: SqlRecords, kept: Path, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    await records.export(lambda entries: exports.write(file, entries, columns()))
    async with opened(database_at(f"sqlite:///{tmp_path / 'back.sqlite3'}")) as back:
        await back.take_in(exports.read(file))
        assert await everything(back) == await everything(records)
        assert await back.logical_hash() == await records.logical_hash()
        assert await back.check() == []
        out = io.BytesIO()
        await back.export(lambda entries: exports.write_lines(out, entries))
        assert out.getvalue() == kept.read_bytes()
        word = next(iter(await records.trends())).headline.text.split()[0]
        assert await back.search(word) == await records.search(word) != []


async def test_what_was_imported_is_worked_on_as_if_it_had_been_made_here(records: SqlRecords) -> None:
    more = list(World(seed=2, days=1.5, per_day=300, until=UNTIL).items())
    before = (await records.balance()).fetched
    await records.ingest([Arrival(item) for item in more])
    await make_pipeline(records, Settings()).drain()
    balance = await records.balance()
    assert balance.fetched > before
    assert balance.holds
    assert balance.waiting == 0
    assert await records.begin_run("more", {}) == 2
    assert await records.check() == []


async def test_records_that_hold_something_are_not_imported_into(records: SqlRecords, kept: Path) -> None:
    before = await records.logical_hash()
    with pytest.raises(Conflict, match="empty"):
        await records.take_in(exports.read(kept))
    assert await records.logical_hash() == before


def spoiled(kept: Path) -> dict[str, tuple[list[Entry], str]]:
    found: list[Entry] = list(exports.read(kept))
    changed = [{"items": {**e["items"], "title": "another"}} if "items" in e else e for e in found]
    return {
        "cut off": (found[:-1], "cut off"),
        "a row missing": ([e for n, e in enumerate(found) if n != 5], "damaged"),
        "a row changed": (changed, "damaged"),
        "no beginning": (found[1:], "no export"),
        "an unknown kind": ([found[0], {"nonsense": {"a": 1}}, *found[1:]], "unknown kind"),
        "a version to come": ([{"export": {**found[0]["export"], "schema": "9999"}}, *found[1:]], "9999"),
        "nothing": ([], "no export"),
    }


@pytest.mark.parametrize(
    "how",
    [
        "cut off",
        "a row missing",
        "a row changed",
        "no beginning",
        "an unknown kind",
        "a version to come",
        "nothing",
    ],
)
async def test_a_damaged_export_leaves_the_records_empty(place: str, kept: Path, how: str) -> None:
    entries, words = spoiled(kept)[how]
    async with opened(database_at(place)) as records:
        with pytest.raises(Rejected, match=words):
            await records.take_in(entries)
        assert (await records.balance()).fetched == 0
        assert await records.check() == []


LATER = {"calls", "outcomes", "debuts", "moments"}
"""Tables that the first version did not have."""


async def test_an_export_of_an_older_version_is_brought_up_to_date(place: str, kept: Path) -> None:
    first, *rest, _ = exports.read(kept)
    digest, rows = Digest(), [entry for entry in rest if not entry.keys() & LATER]
    for entry in rows:
        ((table, row),) = entry.items()
        digest.add(table, row)
    older = [{"export": {**first["export"], "schema": "0001"}}, *rows, {"end": digest.told()}]
    async with opened(database_at(place)) as records:
        await records.take_in(older)
        assert await records.logical_hash() == first["export"]["hash"]
        assert await records.check() == []
        assert await records.database.read(version) == wanted()


def test_a_file_that_is_no_export_is_named(tmp_path: Path) -> None:
    for name, content in {
        "a.jsonl": b"{]",
        "b.jsonl": b"[1]",
        "c.jsonl.gz": b"no gzip",
        "d.parquet": b"PAR1",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises((Rejected, Unavailable)):
            list(exports.read(tmp_path / name))


async def test_an_export_that_fails_leaves_no_file(records: SqlRecords, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"

    def cut() -> object:
        yield {"export": {}}
        raise Rejected("enough")

    with pytest.raises(Rejected):
        exports.write(file, cut(), {})  # type: ignore[arg-type]
    assert list(tmp_path.glob("*.jsonl*")) == []
    assert list(tmp_path.glob(".*.part")) == []


async def test_a_backup_is_restored_to_either_engine(
    records: SqlRecords, tmp_path: Path, postgres_url: str
) -> None:
    about = await backup(records.database, tmp_path / "b")
    assert about["hash"] == await records.logical_hash()
    target = database_at(f"sqlite:///{tmp_path / 'restored.sqlite3'}")
    await restore(target, tmp_path / "b")
    async with opened(target) as restored:
        assert await everything(restored) == await everything(records)
    with pytest.raises(Conflict):
        again = database_at(f"sqlite:///{tmp_path / 'restored.sqlite3'}")
        await restore(again, tmp_path / "b")


async def test_a_backup_of_sqlite_is_restored_to_postgresql(
    kept: Path, tmp_path: Path, postgres_place: str
) -> None:
    async with opened(database_at(f"sqlite:///{tmp_path / 'r.sqlite3'}")) as records:
        await records.take_in(exports.read(kept))
        before = await records.logical_hash()
        await backup(records.database, tmp_path / "b")
    target = database_at(postgres_place)
    await restore(target, tmp_path / "b")
    async with opened(target) as restored:
        assert await restored.logical_hash() == before


async def test_a_backup_of_older_tables_is_brought_up_to_date(kept: Path, tmp_path: Path) -> None:
    async with opened(database_at(f"sqlite:///{tmp_path / 'r.sqlite3'}")) as records:
        await records.take_in(exports.read(kept))
        before = await records.logical_hash()
        await records.database.write(lambda c: downgrade(c, "0001"), alone=True)
        await backup(records.database, tmp_path / "b")
    target = database_at(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    await restore(target, tmp_path / "b")
    async with opened(target) as restored:
        assert await restored.logical_hash() == before
        assert await restored.search("the") != []


async def test_one_flipped_bit_anywhere_in_a_backup_is_noticed(records: SqlRecords, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    await backup(records.database, folder)
    verified(folder)
    for file in sorted(folder.iterdir()):
        whole = file.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 40)):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(Rejected, match=r"damaged|no backup"):
                verified(folder)
        file.write_bytes(whole)
    verified(folder)


async def test_a_backup_wants_a_folder_of_its_own(records: SqlRecords, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter").write_text("x")
    with pytest.raises(Conflict, match="not empty"):
        await backup(records.database, tmp_path / "b")


def test_the_gzip_is_one_anybody_reads(kept: Path, tmp_path: Path) -> None:
    exports.write(tmp_path / "x.jsonl.gz", exports.read(kept), {})
    assert gzip.decompress((tmp_path / "x.jsonl.gz").read_bytes()) == kept.read_bytes()
    assert orjson.loads(kept.read_bytes().splitlines()[-1])["end"]["rows"] > 1000


async def test_what_was_answered_before_an_import_is_not_afterwards(place: str, kept: Path) -> None:
    async with opened(database_at(place)) as records:
        before = await records.edition()
        await records.take_in(exports.read(kept))
        assert await records.edition() != before
