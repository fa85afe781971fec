"""One writer, harmless readers, tables as the migrations make them."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from trend_agent.errors import Conflict, Misconfigured, Unavailable
from trend_agent.items import Cursor
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite, wal_fault
from trend_agent.storage.sql.upgrade import upgrade, wanted


@pytest.mark.parametrize(
    ("number", "faulty"),
    [
        ((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False),
        ((3, 50, 6), True), ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False),
    ],
)  # fmt: skip
def test_the_wal_fault_is_known_by_version(number: tuple[int, int, int], faulty: bool) -> None:
    assert wal_fault(number) is faulty


def test_what_is_acknowledged_is_on_disk(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "r.sqlite3")
    assert database.write_now(lambda c: c.execute(text("PRAGMA synchronous")).scalar()) == 2
    assert database.write_now(lambda c: c.execute(text("PRAGMA journal_mode")).scalar()) == "wal"
    database.close_now()


def test_a_second_writer_gets_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "r.sqlite3"
    first, second = Sqlite(file), Sqlite(file)
    first.write_now(upgrade)
    with pytest.raises(Conflict, match=r"another process is writing to '.*r\.sqlite3'"):
        second.write_now(upgrade)
    first.close_now()
    second.write_now(upgrade)
    second.close_now()


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "r.sqlite3"
    code = (
        "import os, sys; from pathlib import Path; from trend_agent.storage.sql.sqlite import Sqlite;"
        "from trend_agent.storage.sql.upgrade import upgrade;"
        "Sqlite(Path(sys.argv[1])).write_now(upgrade); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(file)], check=False).returncode == -9
    database = Sqlite(file)
    assert database.write_now(upgrade) == wanted()
    database.close_now()


def test_readers_cannot_write(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "r.sqlite3")
    database.write_now(upgrade)
    with pytest.raises(Unavailable, match="readonly"):
        database.read_now(lambda c: c.execute(text("DELETE FROM arrivals")))
    database.close_now()


async def test_a_reader_sees_the_last_commit_while_a_writer_works(records: SqlRecords) -> None:
    await records.ingest([], cursor=Cursor("a", {"n": 1}))

    def slow_change(connection: object) -> dict[str, int]:
        from trend_agent.storage.sql import log

        log.ingest(connection, [], Cursor("a", {"n": 2}))  # type: ignore[arg-type]
        database: Sqlite = records.database  # type: ignore[assignment]
        return dict(database.read_now(lambda c: log.cursor(c, "a")).value)

    assert await records.database.write(slow_change) == {"n": 1}
    assert (await records.cursor("a")).value == {"n": 2}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Misconfigured, match="cannot keep records"):
        Sqlite(tmp_path / "file" / "r.sqlite3").write_now(upgrade)
