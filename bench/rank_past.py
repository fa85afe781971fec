"""Any moment again: the first fifty trends of a hundred moments, over three ways to cut one log and after kills."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from trend_agent.app import make_pipeline
from trend_agent.items import digest, plain
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


def take_in(file: Path, records: Path, *, batch: int, kills: int) -> int:
    """Run to the end, killed at random moments before; returns how many kills hit a run that was going on."""
    command = ["env", f"TREND_BATCH={batch}", *TREND, "run", str(file), "--records", str(records)]
    chance, hit = random.Random(batch), 0
    for _ in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(2.0, 8.0))
        hit += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return hit


async def hashes(records: Path, moments: list[datetime]) -> list[str]:
    database = Sqlite(records)
    pipeline = make_pipeline(SqlRecords(database), Settings())
    found = [
        digest(orjson.dumps(await pipeline.trends(at=moment, limit=50)).decode(), size=16)
        for moment in moments
    ]
    await database.close()
    return found


def past(number: int = 100) -> dict[str, Any]:
    chance = random.Random(7)
    moments = [UNTIL - timedelta(hours=chance.uniform(0, 60)) for _ in range(number)]
    found: dict[str, Any] = {"moments": number}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.jsonl"
        world = World(seed=11, days=3, per_day=700, until=UNTIL)
        file.write_bytes(b"".join(orjson.dumps(plain(item), default=str) + b"\n" for item in world.items()))
        lists = {}
        for batch, kills in ((500, 0), (73, 4), (2000, 2)):
            records = Path(folder) / f"{batch}.sqlite3"
            hit = take_in(file, records, batch=batch, kills=kills)
            lists[batch] = asyncio.run(hashes(records, moments))
            found[f"batches of {batch}"] = {"kills_that_hit": hit, "lists": len(set(lists[batch]))}
        found["same"] = sum(len(set(three)) == 1 for three in zip(*lists.values(), strict=True))
    return found


if __name__ == "__main__":
    print(past(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
