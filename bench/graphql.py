"""A list of 100 trends with 8 fields over GraphQL, beside plain strawberry; abuse; the worst that is let through.

    python -m bench.graphql [--part list|abuse|worst] [--turns N]

All ways give the same data. `plain` is strawberry as its own documentation has it: types with annotated fields and
`schema.execute`, over the records' published list; `plain_from_memory` is given the trends and reads nothing. Ours
go the whole way from a request's bytes to the answer's: `kept` with the answer kept, `document_known` with the answer
made anew of a document that was checked before, `anew` with the document read and checked as well, `list_read` with
the list read from the records on top. Figures are CPU time of this process, taken in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from tests.costly_documents import ABUSE

from bench.kept import keep
from bench.live import Desk
from bench.storage import fill, records, trend
from trend_agent.api import application
from trend_agent.api.graphql.door import Door
from trend_agent.api.graphql.limits import LIMITS
from trend_agent.api.graphql.reading import Asked, Reading
from trend_agent.api.graphql.running import Running
from trend_agent.api.kept import KeptDesk
from trend_agent.storage.sql.records import SqlRecords

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUERY = "{trends(first:100){nodes{topic rank score state label items copies lastSeen}}}"
FLAT = "{trends{topic rank score state label items copies lastSeen}}"


@strawberry.type
class Trend:
    topic: str
    rank: int
    score: float
    state: str
    label: str
    items: int
    copies: int
    last_seen: datetime


KNOWN = [trend(n, n, NOON) for n in range(1, 101)]


@strawberry.type
class Query:
    @strawberry.field
    async def trends(self, info: strawberry.Info) -> list[Trend]:
        return [
            Trend(
                topic=t.topic,
                rank=t.rank,
                score=t.score,
                state=t.state,
                label=t.label,
                items=t.items,
                copies=t.copies,
                last_seen=t.last_seen,
            )
            for t in (await info.context.trends(limit=100) if info.context else KNOWN)
        ]


async def asked(app: Any, query: str) -> bytes:
    """One request to the application, as the server would hand it over."""
    body = orjson.dumps({"query": query})
    parts: list[bytes] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"bench"), (b"content-type", b"application/json")],
        "client": ("192.0.2.7", 1), "server": ("bench", 80),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(parts)


async def rates(ways: dict[str, Callable[[], Awaitable[object]]], turns: int) -> dict[str, float]:
    """Answers a second of CPU time, the median over turns in which each way has its go."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            began, number = time.process_time(), 0
            while time.process_time() - began < 0.25 or number < 3:
                await way()
                number += 1
            took[name].append((time.process_time() - began) / number)
    return {name: round(1 / statistics.median(each), 1) for name, each in took.items()}


def door_of(app: Any) -> Door:
    (found,) = (route for route in app.router.routes if isinstance(route, Door))
    return found


async def measure_list(book: SqlRecords, turns: int) -> dict[str, Any]:
    desk: Any = Desk(book)
    app = application(desk)
    door, plain = door_of(app), strawberry.Schema(Query)

    async def kept() -> bytes:
        return await asked(app, QUERY)

    async def anew() -> bytes:
        door.running = Running()
        return await asked(app, QUERY)

    async def known_document() -> bytes:
        door.running.forget()
        return await asked(app, QUERY)

    async def list_read() -> bytes:
        door.running = Running()
        app.state.desk = KeptDesk(desk)
        return await asked(app, QUERY)

    async def peer(context: Any = book) -> bytes:
        made = await plain.execute(FLAT, context_value=context)
        assert made.errors is None
        return orjson.dumps({"data": made.data})

    async def from_memory() -> bytes:
        return await peer(None)

    ours, theirs = (
        orjson.loads(await anew())["data"]["trends"]["nodes"],
        orjson.loads(await peer())["data"]["trends"],
    )
    same = [{**one, "lastSeen": one["lastSeen"].replace("Z", "+00:00")} for one in ours]
    assert same == theirs, "both give the same data"
    ways = {"kept": kept, "document_known": known_document, "anew": anew, "list_read": list_read}
    found = await rates({**ways, "plain": peer, "plain_from_memory": from_memory}, turns)
    times = {name: round(rate / found["plain"], 1) for name, rate in found.items()}
    return {"answers_per_cpu_second": found, "times_plain_strawberry": times}


def measure_abuse() -> dict[str, Any]:
    slowest, largest = ("", 0.0), ("", 0.0)
    for name, text in ABUSE.items():
        took = min(_refused(text) for _ in range(3))
        tracemalloc.start()
        _refused(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        slowest = max(slowest, (name, took), key=lambda one: one[1])
        largest = max(largest, (name, float(peak)), key=lambda one: one[1])
    return {
        "kinds": len(ABUSE),
        "slowest_refusal": {"of": slowest[0], "milliseconds": round(slowest[1] * 1e3, 2)},
        "largest_refusal": {"of": largest[0], "mebibytes": round(largest[1] / 2**20, 2)},
    }


def _refused(text: str) -> float:
    began = time.process_time()
    try:
        Reading().read(Asked(text, {}), trusted=False)
    except GraphQLError:
        return time.process_time() - began
    raise AssertionError(f"was let through: {text[:80]}")


ALL = (
    "topic at rank score state items copies sources languages firstSeen lastSeen velocity confidence series label "
    "category alarm headline{text items}summary{text items}receipt{terms{name value inputs}items configuration}"
)


def named(number: int, text: str) -> str:
    """A field asked for under several names; `#` in it is each one's number."""
    return "{" + " ".join(f"a{n}:" + text.replace("#", str(n)) for n in range(number)) + "}"


WORST = {
    "wide rows": "{trends(first:250){nodes{" + ALL + "}}}",
    "wide rows under 3 names": named(3, "trends(first:80){nodes{" + ALL + "}}"),
    "items of 100 trends": "{trends(first:100){nodes{topic newest(first:20){id title}}}}",
    "few items of 500 trends": "{trends(first:500){nodes{newest(first:5){id}}}}",
    "a balance and a list": "{ledger{holds}trends(first:80){nodes{" + ALL + "}}}",
    "searches": named(5, 'search(query:"storm number #",first:100){nodes{item{id title}}}'),
    "scores": named(9, "scorecard{at}"),
    "headlines": named(4, 'topic(id:"t#"){headlines{at}}'),
    "items of topics": named(25, 'items(topic:"t#",first:100){nodes{item{id title body}}}'),
    "topics": named(30, 'topic(id:"t#"){rank names lineage{at}series{at}}'),
    "numbers": "{statistics(days:90){topics}}",
    "every kind": "{trends(first:100){nodes{" + ALL + "}}scorecard{at}sources{source}categories{share}}",
    "fragments that overlap": "{trends{nodes{" + "".join(f"...f{n} " for n in range(60)) + "}}}"
    + "".join(f"fragment f{n} on Trend{{topic rank score at}}" for n in range(60)),
}  # fmt: skip


async def measure_worst(book: SqlRecords, turns: int) -> dict[str, Any]:
    """The costliest documents that are let through, from bytes to bytes with nothing kept."""
    desk: Any = Desk(book)
    app = application(desk)
    door = door_of(app)
    found = {}
    for name, query in WORST.items():
        cost = Reading().read(Asked(query, {}), trusted=False).cost
        took, waited = [], []
        for _ in range(turns):
            door.running = Running()
            began, at = time.process_time(), time.perf_counter()
            body = await asked(app, query)
            took.append(time.process_time() - began)
            waited.append(time.perf_counter() - at)
            assert b'"data":{' in body, (name, body[:300])
        found[name] = {
            "cost": cost,
            "cpu_milliseconds": round(statistics.median(took) * 1e3, 1),
            "milliseconds": round(statistics.median(waited) * 1e3, 1),
        }
    worst = max(found.items(), key=lambda one: one[1]["cpu_milliseconds"])
    return {"limit_of_cost": LIMITS.cost, "documents": found, "worst": {worst[0]: worst[1]}}


async def measured(parts: list[str], turns: int, items: int) -> dict[str, Any]:
    found: dict[str, Any] = {"abuse": measure_abuse()} if "abuse" in parts else {}
    with tempfile.TemporaryDirectory(prefix="trend-graphql-") as folder:
        async with records(str(Path(folder) / "records.sqlite3")) as book:
            if "list" in parts:
                await book.publish(KNOWN)
                found["list"] = await measure_list(book, turns)
            if "worst" in parts:
                await book.database.write(lambda c: fill(c, items))
                await book.database.write(_topics)
                await book.reindex()
                await book.publish([trend(n, n, NOON.replace(hour=13)) for n in range(1, 501)])
                found["worst"] = {"items": items, **await measure_worst(book, turns)}
    found["mebibytes_resident_at_most"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def _topics(connection: Any) -> None:
    """The topics that the filled items are in."""
    connection.exec_driver_sql(
        "INSERT INTO topics (id, born_at, updated_at, size) SELECT topic, 0, 0, count(*) FROM members GROUP BY topic"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", nargs="+", default=["list", "abuse", "worst"])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--items", type=int, default=1_000_000)
    arguments = parser.parse_args()
    keep("graphql", asyncio.run(measured(arguments.part, arguments.turns, arguments.items)))


if __name__ == "__main__":
    main()
