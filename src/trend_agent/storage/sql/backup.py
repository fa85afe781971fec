"""Backups: a folder with all of the records, what they are, and checksums that `sha256sum -c` reads.

On SQLite it holds a copy of the file, on PostgreSQL an export of one moment; each can be restored to either.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from trend_agent.errors import Conflict, Rejected
from trend_agent.items import stamp
from trend_agent.storage import exports
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare, upgrade, version, wanted

ABOUT = "backup.json"
SUMS = "SHA256SUMS"
FILE = "records.sqlite3"
EXPORT = "records.jsonl.gz"


async def backup(database: Database, folder: Path) -> dict[str, Any]:
    """Write a backup into an empty or new folder; returns what it says of itself."""
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{str(folder)!r} is not empty; a backup wants a folder of its own")
    with exports.whole_folder(folder) as part:
        name = await _copy(database, part)
        about = {"taken_at": stamp(datetime.now(UTC)), "records": database.name, "file": name}
        about |= await _what_it_holds(database, part / name)
        (part / ABOUT).write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2) + b"\n")
        sums = "".join(f"{_line(part / file)}\n" for file in (ABOUT, name))
        (part / SUMS).write_text(sums, encoding="utf-8")
    return about


async def _copy(database: Database, folder: Path) -> str:
    if isinstance(database, Sqlite):
        await asyncio.to_thread(database.copy_now, folder / FILE)
        return FILE
    await SqlRecords(database).export(lambda entries: exports.write(folder / EXPORT, entries, {}))
    return EXPORT


async def _what_it_holds(database: Database, file: Path) -> dict[str, Any]:
    """Version and hash of the copy itself: the records may have gone on."""
    if file.name == FILE:
        copy = Sqlite(file)
        try:
            return {"schema": await copy.read(version), "hash": await SqlRecords(copy).logical_hash()}
        finally:
            await copy.close()
    about = next(exports.read(file))["export"]
    return {"schema": about["schema"], "hash": about["hash"]}


def verified(folder: Path) -> dict[str, Any]:
    """What a backup says of itself. `Rejected` names the file that is missing or damaged."""
    try:
        sums = (folder / SUMS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Rejected(f"{str(folder)!r} is no backup: {SUMS} cannot be read") from fault
    lines = {line[66:]: line for line in sums.removesuffix("\n").split("\n")}  # 64 digits, two blanks, a name
    if sorted(lines) not in ([ABOUT, EXPORT], [ABOUT, FILE]):
        raise Rejected(f"the backup in {str(folder)!r} is damaged: {SUMS} should name its two files")
    for name, line in lines.items():
        if not (folder / name).is_file():
            raise Rejected(f"the backup in {str(folder)!r} is damaged: there is no {name!r}")
        if line != _line(folder / name):
            raise Rejected(f"the backup in {str(folder)!r} is damaged: {name!r} is not what was written")
    about: dict[str, Any] = orjson.loads((folder / ABOUT).read_bytes())
    return about


async def restore(database: Database, folder: Path) -> dict[str, Any]:
    """Fill a place that holds no records yet from a backup whose checksums hold; returns what it says of itself."""
    about = await asyncio.to_thread(verified, folder)
    file = folder / about["file"]
    if file.name == FILE and isinstance(database, Sqlite):
        await asyncio.to_thread(database.place_now, file)
        await prepare(database)
    else:
        await prepare(database)
        await _pour(file, SqlRecords(database))
    found = await SqlRecords(database).logical_hash()
    if about["schema"] == wanted() and found != about["hash"]:
        raise Rejected(f"the restored facts have the hash {found}, the backup says {about['hash']}")
    return about


async def _pour(file: Path, records: SqlRecords) -> None:
    if file.name == EXPORT:
        await records.take_in(exports.read(file))
        return
    with tempfile.TemporaryDirectory(
        prefix="trend-"
    ) as folder:  # a copy, as it may have to be brought up to date
        source = Sqlite(Path(shutil.copy(file, folder)))
        try:
            await source.write(upgrade)
            lines = Path(folder) / EXPORT
            await SqlRecords(source).export(lambda entries: exports.write(lines, entries, {}))
            await records.take_in(exports.read(lines))
        finally:
            await source.close()


def _line(file: Path) -> str:
    with file.open("rb") as stream:
        return f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {file.name}"
