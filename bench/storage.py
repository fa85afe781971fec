"""The records on SQLite and PostgreSQL: inserting in bulk, a page of trends, hours by topics.

    python -m bench.storage [--part insert|page|hours] [--items N] [--rows N]

Each figure stands beside what it is measured against, taken in turns in the same run: the raw driver, the ORM,
DuckDB. PostgreSQL is the tests' own, with `fsync` as PostgreSQL has it by default.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import DeclarativeBase, Session
from tests.postgres_server import server

from bench.kept import keep
from trend_agent.items import Item, Receipt, Sentence, Term, Trend
from trend_agent.storage import Arrival
from trend_agent.storage.sql import bulk, trends
from trend_agent.storage.sql.postgres import Postgres, in_schema
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.schema import arrivals, metadata, millis
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH = 5_000
ONE, PAGE = TypeAdapter(Trend), TypeAdapter(list[Trend])


class Rows(DeclarativeBase):
    metadata = metadata


class Listed(Rows):
    """The table of trends as a user of the ORM would map it."""

    __table__ = metadata.tables["trends"]


@asynccontextmanager
async def records(place: str) -> AsyncIterator[SqlRecords]:
    database = Postgres(place) if place.startswith("postgresql") else Sqlite(Path(place))
    try:
        await prepare(database)
        yield SqlRecords(database)
    finally:
        await database.close()


def arrival_rows(number: int) -> list[dict[str, Any]]:
    body = "A storm has reached the coast and hundreds of people had to leave their houses. " * 4
    return [
        {
            "seq": n,
            "id": f"wire:{n}",
            "source": f"wire-{n % 40}",
            "seen_at": millis(NOON) + n,
            "raw": f'{{"id": "wire:{n}", "title": "Storm number {n}", "body": "{body}"}}'.encode(),
            "fault": "",
        }
        for n in range(1, number + 1)
    ]


def parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[n : n + BATCH] for n in range(0, len(rows), BATCH))


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def compare(
    ways: dict[str, Callable[[], Awaitable[object]]], before: Callable[[], Awaitable[object]], turns: int
) -> dict[str, float]:
    """Median seconds of each way, taken in turns."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            await before()
            took[name].append(await timed(way))
    return {name: statistics.median(times) for name, times in took.items()}


async def insert_sqlite(folder: Path, rows: list[dict[str, Any]], turns: int) -> dict[str, Any]:
    tuples = [tuple(row.values()) for row in rows]
    raw = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    async with records(str(folder / "ours.sqlite3")) as book:
        made = await book.database.read(
            lambda c: c.scalars(text("SELECT sql FROM sqlite_master WHERE name = 'arrivals'")).one()
        )
        raw.execute(made)

        async def ours() -> None:
            for some in parts(rows):
                await book.database.write(lambda c, some=some: bulk.add(c, arrivals, some))

        async def driver() -> None:
            for some in parts(tuples):
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany("INSERT INTO arrivals VALUES (?, ?, ?, ?, ?, ?)", some)
                raw.execute("COMMIT")

        async def empty() -> None:
            await book.database.write(lambda c: c.execute(arrivals.delete()))
            raw.execute("DELETE FROM arrivals")

        return told(await compare({"ours": ours, "executemany": driver}, empty, turns), len(rows))


async def insert_postgres(url: str, rows: list[dict[str, Any]], turns: int) -> dict[str, Any]:
    tuples = [tuple(row.values()) for row in rows]
    address = in_schema(url, "bench_insert")
    async with records(address) as book:
        raw = await asyncpg.connect(address)

        async def ours() -> None:
            for some in parts(rows):
                await book.database.write(lambda c, some=some: bulk.add(c, arrivals, some))

        async def core() -> None:
            for some in parts(rows):
                await book.database.write(lambda c, some=some: c.execute(arrivals.insert(), some))

        async def executemany() -> None:
            for some in parts(tuples):
                await raw.executemany("INSERT INTO arrivals VALUES ($1, $2, $3, $4, $5, $6)", some)

        async def copy() -> None:
            for some in parts(tuples):
                await raw.copy_records_to_table("arrivals", records=some)

        async def empty() -> None:
            await raw.execute("TRUNCATE arrivals CASCADE")

        ways = {"ours": ours, "core_executemany": core, "executemany": executemany, "copy": copy}
        found = told(await compare(ways, empty, turns), len(rows))
        await raw.close()
        return found


def told(seconds: dict[str, float], number: int) -> dict[str, Any]:
    rates = {name: round(number / took) for name, took in seconds.items()}
    best = max(rate for name, rate in rates.items() if name in ("copy", "executemany"))
    return {"rows_per_second": rates, "of_the_drivers_best": round(rates["ours"] / best, 2)}


async def ingested(place: str, number: int) -> int:
    """Items a second through the port: hashed, compared with what is known, with a cursor's transaction each."""
    items = [
        Item(f"in:{n}", "wire", f"Storm number {n}", NOON + timedelta(seconds=n), body="x" * 300)
        for n in range(number)
    ]
    async with records(place) as book:
        began = time.perf_counter()
        for some in parts(items):
            await book.ingest([Arrival(item) for item in some])
        return round(number / (time.perf_counter() - began))


def trend(n: int, rank: int, at: datetime) -> Trend:
    term = Term("surprise", 1.5, {"seen": 3, "expected": 0.2})
    sentence = Sentence(f"Storm number {n} has reached the coast", [f"wire:{n}"])
    return Trend(
        topic=f"t{n:016x}", at=at, rank=rank, score=9 - rank / 20, state="rising", headline=sentence,
        summary=[sentence] * 3, items=30, copies=9, sources=[f"wire-{k}" for k in range(12)], languages=["en", "de"],
        first_seen=at, last_seen=at, velocity=2.0, confidence=0.9, series=[float(k) for k in range(24)],
        receipt=Receipt([term] * 5, [f"wire:{n + k}" for k in range(30)], "c0"), label="storm",
    )  # fmt: skip


ITEMS = """INSERT INTO {table} ({columns}) SELECT {values} FROM {numbers}"""


def fill(connection: Connection, number: int) -> None:
    """Arrivals, fates, items and members made by the engine itself: a million takes seconds."""
    on_sqlite = connection.dialect.name == "sqlite"
    numbers = (
        f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {number}) SELECT n FROM s)"
        if on_sqlite
        else f"(SELECT n FROM generate_series(1, {number}) n) s"
    )
    raw = "CAST('{\"id\": 1}' AS BLOB)" if on_sqlite else "'{}'::bytea"
    start = millis(NOON) - number * 250
    tables = {
        "arrivals (seq, id, source, seen_at, raw)": f"n, 'w:' || n, 'w', {start} + n * 250, {raw}",
        "fates (seq, verdict, reason, detail, of, at, address)".replace(" of,", ' "of",'): (
            f"n, 'kept', '', '', NULL, {start} + n * 250, ''"
        ),
        "items (seq, id, source, title, body, url, author, lang, seen_at, engagement, extra)": (
            f"n, 'w:' || n, 'w', 'Storm number ' || n, '', '', '', 'en', {start} + n * 250, '{{}}', '{{}}'"
        ),
        "members (seq, topic)": "n, 't' || (n % 50000)",
    }
    for table, values in tables.items():
        connection.execute(text(f"INSERT INTO {table} SELECT {values} FROM {numbers}"))
    for hour in range(24 * 30):
        at = NOON - timedelta(hours=hour)
        trends.publish(connection, [trend(rank * 7 + hour, rank, at) for rank in range(1, 101)])
    connection.execute(text("ANALYZE"))


async def page(place: str, number: int, calls: int) -> dict[str, Any]:
    """The first 50 trends as the bytes that are sent: ours as `GET /api/v1/trends` puts them together, and as an
    application of the ORM's users would, which maps rows to objects, reads their JSON and writes the answer's."""
    async with records(place) as book:
        await book.database.write(lambda c: fill(c, number), alone=True, patient=True)
        newest = select(func.max(Listed.at)).scalar_subquery()
        mapped = select(Listed).where(Listed.at == newest).order_by(Listed.rank).limit(50)

        async def ours() -> bytes:
            found = await book.listed(limit=50)
            return b"[" + ",".join(found.trends).encode() + b"]"

        def objects(connection: Connection) -> list[Listed]:
            with Session(connection) as session:
                return list(session.scalars(mapped))

        async def orm() -> bytes:
            rows = await book.database.read(objects)
            return PAGE.dump_json([ONE.validate_json(row.trend) for row in rows])

        assert await ours() == await orm()
        taken = await in_turns({"ours": ours, "orm": orm}, calls)

        def rows_only(connection: Connection) -> dict[str, float]:
            ways = {"core": lambda: trends.listed(connection, 50, 0), "orm": lambda: objects(connection)}
            return alternately(ways, calls)

        rows = await book.database.read(rows_only)
        return {
            "items": number,
            **taken,
            "orm_to_ours_cpu": round(taken["orm"]["cpu_ms"] / taken["ours"]["cpu_ms"], 2),
            "rows_only_cpu_ms": {name: ms(seconds) for name, seconds in rows.items()},
            "rows_only_orm_to_core": round(rows["orm"] / rows["core"], 2),
        }


async def in_turns(
    ways: dict[str, Callable[[], Awaitable[object]]], turns: int
) -> dict[str, dict[str, float]]:
    """Of each way: milliseconds by the clock, and of this process's time."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(turns):
        for name, way in ways.items():
            cpu = time.process_time()
            took[name].append(await timed(way))
            spent[name] += time.process_time() - cpu
    return {
        name: {
            "p50_ms": ms(statistics.median(times)),
            "p95_ms": ms(statistics.quantiles(times, n=20)[-1]),
            "cpu_ms": ms(spent[name] / turns),
        }
        for name, times in took.items()
    }


def alternately(ways: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Median seconds of this process's time that each way takes."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            began = time.process_time()
            way()
            took[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in took.items()}


def ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


HOURS = "SELECT topic, bin / 3600000 AS hour, sum(size) AS items FROM {table} GROUP BY topic, bin / 3600000"


def fill_buckets(connection: Connection, number: int) -> None:
    numbers = (
        f"(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {number - 1}) SELECT n FROM s)"
        if connection.dialect.name == "sqlite"
        else f"(SELECT n FROM generate_series(0, {number - 1}) n) s"
    )
    values = "'t' || (n / 200), 1772366400000 + (n / 2 % 100) * 900000, 'w' || (n % 2), 'en', 1 + n % 3, 0"
    connection.execute(
        text(f"INSERT INTO buckets (topic, bin, source, lang, size, copies) SELECT {values} FROM {numbers}")
    )
    connection.execute(text("ANALYZE buckets"))


async def hours(url: str, folder: Path, number: int) -> dict[str, Any]:
    """Seconds to sum the buckets of every topic by the hour."""
    sql = text(HOURS.format(table="buckets"))
    found: dict[str, Any] = {"rows": number}
    sums = set()

    def look(connection: Connection) -> int:
        return sum(row.items for row in connection.execute(sql))

    for name, place in {
        "sqlite": str(folder / "hours.sqlite3"),
        "postgresql": in_schema(url, "hours"),
    }.items():
        async with records(place) as book:
            await book.database.write(lambda c: fill_buckets(c, number), alone=True, patient=True)
            took = []
            for _ in range(3):
                began = time.perf_counter()
                sums.add(await book.database.read(look, patient=True))
                took.append(time.perf_counter() - began)
            found[name] = round(statistics.median(took), 2)
    with duckdb.connect() as duck:
        found |= duck_hours(duck, folder, sums)
    found["same_sums"] = len(sums) == 1
    return found


def duck_hours(duck: duckdb.DuckDBPyConnection, folder: Path, sums: set[int]) -> dict[str, Any]:
    """The same by DuckDB: on SQLite's file where its extension is to be had, and on the rows as Parquet."""
    duck.execute("SET threads = 2")
    found: dict[str, Any] = {}
    file, parquet = folder / "hours.sqlite3", folder / "hours.parquet"
    try:
        duck.execute("SET autoinstall_known_extensions = false")
        duck.execute(f"ATTACH '{file}' AS kept (TYPE sqlite, READ_ONLY)")
        tables = {"duckdb_on_sqlites_file": "kept.buckets"}
    except duckdb.Error:
        found["duckdb_on_sqlites_file"] = "not to be had: its extension is not part of the package"
        tables = {}
    rows = sqlite3.connect(file).execute("SELECT topic, bin, size FROM buckets")
    lines = folder / "hours.csv"
    with lines.open("w") as out:
        out.writelines(f"{topic},{bin_},{size}\n" for topic, bin_, size in rows)
    began = time.perf_counter()
    duck.execute(
        f"COPY (SELECT * FROM read_csv('{lines}', columns = {{'topic': 'VARCHAR', 'bin': 'BIGINT', 'size': 'INT'}})) "
        f"TO '{parquet}'"
    )
    found["seconds_to_make_the_parquet"] = round(time.perf_counter() - began, 2)
    for name, table in {**tables, "duckdb_on_parquet": f"'{parquet}'"}.items():
        took = []
        for _ in range(3):
            began = time.perf_counter()
            result = duck.execute(HOURS.format(table=table).replace("bin /", "bin //"))
            total = 0
            while some := result.fetchmany(100_000):
                total += sum(int(row[2]) for row in some)
            took.append(time.perf_counter() - began)
            sums.add(total)
        found[name] = round(statistics.median(took), 2)
    return found


async def measure(asked: argparse.Namespace, url: str, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if asked.part in (None, "insert"):
        rows = arrival_rows(asked.inserted)
        found["insert"] = {
            "rows": asked.inserted,
            "sqlite": await insert_sqlite(folder, rows, 5),
            "postgresql": await insert_postgres(url, rows, 5),
            "items_per_second_through_the_port": {
                "sqlite": await ingested(str(folder / "port.sqlite3"), asked.inserted),
                "postgresql": await ingested(in_schema(url, "port"), asked.inserted),
            },
        }
    if asked.part in (None, "page"):
        found["page"] = {
            "sqlite": await page(str(folder / "page.sqlite3"), asked.items, 300),
            "postgresql": await page(in_schema(url, "page"), asked.items, 300),
        }
    if asked.part in (None, "hours"):
        found["hours_by_topics"] = await hours(url, folder, asked.rows)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["insert", "page", "hours"])
    parser.add_argument("--inserted", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=5_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(settings=()) as running:
        found = asyncio.run(measure(asked, running.url(), Path(folder)))
    load = round(os.getloadavg()[0], 1)
    keep("storage", {name: {**part, "load_of_the_machine": load} for name, part in found.items()})


if __name__ == "__main__":
    main()
