"""How many lists a second one process serves, with its keys checked and its rate counted, beside a bare route.

    python -m bench.api [--items N] [--on sqlite|postgres] [--turns N] [--seconds S]

`trend serve` as its users start it, over a million items, and a FastAPI route that returns the same 50 trends as
typed models from memory, are asked in turns by `wrk` over 64 connections on the same machine. `as_of` asks for the
list of another moment each time, of ten hours in which lists were published each minute; `computed` for one of a
stretch of which none is kept, over two connections. Ratios are medians of the turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil
from sqlalchemy import Connection, text
from tests.postgres_server import server as postgres

from bench.kept import keep
from bench.storage import NOON, fill, records, trend
from trend_agent.api.rest.answers import TrendPage
from trend_agent.storage.sql import trends as lists

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
CONNECTIONS = 64
COMPUTING = 2
"""Connections over which lists are asked for that have to be computed: with more, none would be done in time."""

LIST = "/api/v1/trends?limit=50"
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


async def prepare(place: str, number: int) -> bytes:
    """Records of so many items, and the page that everybody is to answer."""
    async with records(place) as book:
        await book.database.write(lambda c: fill(c, number), alone=True, patient=True)
        await book.database.write(put_into_topics, alone=True, patient=True)
        await book.database.write(publish_each_minute, alone=True, patient=True)
        page = await book.listed(limit=50)
        return b'{"trends":[' + ",".join(page.trends).encode() + b'],"next":null,"at":"2026-03-01T12:00:00Z"}'


def put_into_topics(connection: Connection) -> None:
    """What computing a list reads: in which of ten thousand topics each item was since it came."""
    where = "INSERT INTO memberships (seq, topic, since) SELECT seq, 't' || (seq % 10000), seen_at FROM items"
    connection.execute(text(where))


def publish_each_minute(connection: Connection) -> None:
    """The lists of the hours that are asked for, and then the one of noon once more."""
    for minutes in range(-12 * 60, 1):
        at = NOON + timedelta(minutes=minutes)
        lists.publish(connection, [trend(rank * 7 + minutes, rank, at) for rank in range(1, 101)])


def bare(port: int, page: Path) -> None:
    """The route anybody would write: models in, JSON out."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import TypeAdapter

    held = TypeAdapter(TrendPage).validate_json(page.read_bytes())
    app = FastAPI()

    @app.get("/api/v1/trends")
    async def trends(limit: int = 50) -> TrendPage:
        return TrendPage(held.trends[:limit], held.next, held.at)

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urlopen(Request(f"http://127.0.0.1:{port}{LIST}", headers=_headers(environment)), timeout=5)
                break
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _headers(environment: Mapping[str, str]) -> dict[str, str]:
    key = environment.get("BENCH_KEY", "")
    return {"Authorization": f"Bearer {key}"} if key else {}


def asked(
    port: int, key: str, seconds: float, process: psutil.Process, script: str = "", at_once: int = CONNECTIONS
) -> dict[str, float]:
    """What `wrk` tells of some seconds, and the processor time each answer took."""
    command = ["wrk", "-t1", f"-c{at_once}", f"-d{seconds:g}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {key}"] if key else []
    command += ["-s", script] if script else []
    before = sum(process.cpu_times()[:2])
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{LIST}"], capture_output=True, text=True, check=True
    ).stdout
    spent = sum(process.cpu_times()[:2]) - before
    number = int(_found(r"(\d+) requests in", told))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return {
        "requests_per_second": float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        "median_ms": _ms("50%", told),
        "p99_ms": _ms("99%", told),
        "cpu_ms": 1000 * spent / max(1, number),
        "wrong": float(wrong[1]) if wrong else 0.0,
    }


def _found(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    assert found, told
    return found[1]


def _ms(share: str, told: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)\b", told)
    assert found, told
    return float(found[1]) * UNITS[found[2]]


MOMENTS = """
local n = %d
request = function()
  n = n + 1
  local day = string.format("%sT%%02d:%%02d:%%02d", 1 + n %% 10, 10 + n %% 50, n %% 59)
  return wrk.format("GET", string.format("/api/v1/trends?limit=50&as_of=%%s.%%06d", day, n))
end
"""


def unhindered(place: str, port: int) -> dict[str, str]:
    """Settings of a server over these records that counts requests and refuses none for their number."""
    return {
        "TREND_RECORDS": place if "://" in place else f"sqlite:///{place}",
        "TREND_PORT": str(port),
        "TREND_RATE": "100000000/minute",
        "TREND_RATE_WRITES": "100000000/minute",
        "TREND_VECTORS": "none",
        "TREND_LOG_REQUESTS": "none",
    }


def made_key(settings: Mapping[str, str], scope: str) -> str:
    """The text of a new key for the server of these settings."""
    made = subprocess.run(
        [*TREND, "key", "create", "bench", "--scope", scope, "--json"],
        env={**os.environ, **settings}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(made.stdout)["text"])


def compared(place: str, folder: Path, number: int, turns: int, seconds: float) -> dict[str, Any]:
    page = asyncio.run(prepare(place, number))
    (folder / "page.json").write_bytes(page)
    ours, theirs = free_port(), free_port()
    settings = unhindered(place, ours)
    key = made_key(settings, "read")
    script = folder / "moments.lua"
    found: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "as_of": [], "computed": []}
    bare_command = [
        sys.executable,
        "-m",
        "bench.api",
        "--bare",
        str(theirs),
        "--page",
        str(folder / "page.json"),
    ]
    with (
        running([*TREND, "serve"], ours, {**settings, "BENCH_KEY": key}) as us,
        running(bare_command, theirs, {}) as them,
    ):
        for turn in range(turns):
            found["ours"].append(asked(ours, key, seconds, us))
            found["bare"].append(asked(theirs, "", seconds, them))
            for name, day in (("as_of", "2026-03-01"), ("computed", "2026-02-28")):
                script.write_text(MOMENTS % (turn * 100_000, day))
                at_once = CONNECTIONS if name == "as_of" else COMPUTING
                found[name].append(asked(ours, key, seconds, us, str(script), at_once))
    ratio = [
        a["requests_per_second"] / b["requests_per_second"]
        for a, b in zip(found["ours"], found["bare"], strict=True)
    ]
    costs = [b["cpu_ms"] / a["cpu_ms"] for a, b in zip(found["ours"], found["bare"], strict=True)]
    return {
        "items": number,
        "moment": f"{NOON:%Y-%m-%d}",
        **{
            name: {part: round(statistics.median(one[part] for one in rows), 3) for part in rows[0]}
            for name, rows in found.items()
        },
        "ours_to_bare": round(statistics.median(ratio), 2),
        "bare_to_ours_cpu": round(statistics.median(costs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--on", choices=["sqlite", "postgres"])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--page", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        bare(given.bare, given.page)
        return
    for name in [given.on] if given.on else ["sqlite", "postgres"]:
        with (
            tempfile.TemporaryDirectory(prefix="bench-api-") as folder,
            nullcontext() if name == "sqlite" else postgres() as running_server,
        ):
            place = f"{folder}/r.sqlite3" if running_server is None else running_server.url()
            keep("api", {name: compared(place, Path(folder), given.items, given.turns, given.seconds)})


if __name__ == "__main__":
    main()
