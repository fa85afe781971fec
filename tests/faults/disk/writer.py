"""Takes items into records on a disk that is bad, and says on stdout which were acknowledged: FILE failing|endless"""

import asyncio
import ctypes
import errno
import sys
from datetime import UTC, datetime
from itertools import count, product
from pathlib import Path

from trend_agent.errors import Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

TOGETHER = 20
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRITES, SYNCS = 1, 2


def batch(number: int) -> list[Arrival]:
    body = "The ferry left at nine. " * 20
    return [
        Arrival(Item(f"w:{number}-{n}", "w", f"story {number} {n}", NOON, body=body)) for n in range(TOGETHER)
    ]


async def take(records: SqlRecords, number: int) -> None:
    try:
        await records.ingest(batch(number), cursor=Cursor("w", {"batch": number}))
        told = "kept"
    except Unavailable as fault:
        told = f"refused {fault}"
    print(number, told, flush=True)  # noqa: T201  # what the test reads


async def failing(records: SqlRecords) -> None:
    """Each batch meets a failure at another place: of a write or a sync, for good or for want of room."""
    bad_disk = ctypes.CDLL(None).bad_disk
    cases = product((WRITES, SYNCS), (errno.EIO, errno.ENOSPC), range(1, 61))
    for number, (kind, error, at) in enumerate(cases):
        bad_disk(kind, ctypes.c_long(at if kind == WRITES else 1 + at % 4), error)
        await take(records, number)
        bad_disk(0, ctypes.c_long(0), 0)


async def endless(records: SqlRecords) -> None:
    for number in count():
        await take(records, number)


async def main(file: Path, way: str) -> None:
    database = Sqlite(file)
    try:
        await prepare(database)
        await {"failing": failing, "endless": endless}[way](SqlRecords(database))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
