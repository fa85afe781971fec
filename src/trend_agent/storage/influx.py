"""InfluxDB: time series by line protocol on `/write` and InfluxQL on `/query`, which 1.x, 2.x and 3 all answer.

Names are checked and cannot hold anything special. A tag's value may be any text: what line protocol cannot carry
(control characters, backslashes) is written as %XX, so that a value comes back as it was and ends no line or literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import orjson

from trend_agent.egress.service import Service
from trend_agent.egress.wire import Reply
from trend_agent.errors import Denied, Misconfigured, Rejected, Unavailable
from trend_agent.storage.address import Address
from trend_agent.storage.ports.timeseries import (
    How,
    Point,
    Wanted,
    alternatives,
    fit,
    named,
    step_of,
)
from trend_agent.storage.sql.schema import millis, moment

SECONDS = 10.0
"""How long an answer may take."""

LINES = 5_000
"""Points of one request, as InfluxData advises."""

FIELD = "value"
HOSTILE = re.compile(r"[\x00-\x1f\x7f-\x9f%\\\u2028\u2029]")
SPECIAL = re.compile(r"([,= ])")
FUNCTIONS: dict[How, str] = {"count": "COUNT", "sum": "SUM", "mean": "MEAN", "min": "MIN", "max": "MAX"}


class InfluxTimeSeries:
    """`TimeSeries` in one database: `influx://USER:PASSWORD@HOST:8086/DATABASE`, `influxs://` for TLS."""

    def __init__(self, address: Address) -> None:
        address.known({"timeout"})
        self.address = address
        self.database = address.path or "trend"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", self.database):
            raise Misconfigured(f"{address.setting}: no name for a database: {self.database[:80]!r}")
        self._name = f"influxdb at {str(address)!r}"
        self._service = Service(
            self._name,
            tls=address.scheme == "influxs",
            host=address.host,
            port=address.port or 8086,
            user=address.user,
            password=address.password,
            seconds=address.number("timeout", SECONDS),
        )

    async def write(self, *points: Point) -> None:
        lines = [_line(fit(point)) for point in points]
        for start in range(0, len(lines), LINES):
            body = "\n".join(lines[start : start + LINES]).encode()
            reply = await self._written(body)
            if reply.status == 404 and b"database not found" in reply.body:
                await self._make_database()
                reply = await self._written(body)
            self._fit(reply)

    async def _written(self, body: bytes) -> Reply:
        where = {"db": self.database, "precision": "ms"}
        return await self._service.ask("POST", "/write", query=where, body=body)

    async def query(
        self, metric: str, *, since: datetime, until: datetime, tags: Wanted | None = None
    ) -> list[Point]:
        # InfluxQL has no parameters for names; all that goes in here was checked or is written as a literal.
        asked = f'SELECT {FIELD} FROM "{named(metric)}" WHERE {_where(since, until, tags)} GROUP BY *'  # noqa: S608
        points = [
            Point(metric, moment(at), float(value), _tags(found))
            for found, rows in await self._asked(asked)
            for at, value in rows
        ]
        return sorted(points, key=lambda p: (p.at, sorted(p.tags.items())))

    async def downsample(
        self,
        metric: str,
        *,
        since: datetime,
        until: datetime,
        every: timedelta,
        how: How = "sum",
        by: Sequence[str] = (),
        tags: Wanted | None = None,
    ) -> list[Point]:
        groups = "".join(f', "{named(tag)}"' for tag in by)
        asked = (
            f'SELECT {FUNCTIONS[how]}({FIELD}) FROM "{named(metric)}" WHERE {_where(since, until, tags)} '  # noqa: S608
            f"GROUP BY time({step_of(every)}ms){groups} fill(none)"
        )
        points = [
            Point(metric, moment(at), float(value), _tags(found))
            for found, rows in await self._asked(asked)
            for at, value in rows
        ]
        return sorted(points, key=lambda p: (p.at, [p.tags.get(tag, "") for tag in by]))

    async def forget(self, *, before: datetime, metric: str = "") -> None:
        source = f'FROM "{named(metric)}" ' if metric else ""
        await self._asked(f"DELETE {source}WHERE time < {millis(before)}ms", changing=True)

    async def check(self) -> list[str]:
        await self._make_database()
        return []

    async def close(self) -> None:
        await self._service.close()

    async def _make_database(self) -> None:
        await self._asked(f'CREATE DATABASE "{self.database}"', changing=True)

    async def _asked(self, asked: str, *, changing: bool = False) -> list[tuple[dict[str, str], Any]]:
        """The series of the answer to one InfluxQL statement, each as its tags and its rows."""
        where = {"db": self.database, "epoch": "ms", "q": asked}
        reply = await self._service.ask("POST" if changing else "GET", "/query", query=where)
        if reply.status == 404 and b"database not found" in reply.body:
            return []
        self._fit(reply)
        (result,) = self._parsed(reply).get("results") or [{}]
        if fault := result.get("error"):
            if "database not found" in fault:
                return []
            raise Rejected(f"{self._name} cannot answer: {fault}")
        if result.get("partial") or any(s.get("partial") for s in result.get("series", ())):
            raise Unavailable(f"{self._name} answers in part only: raise its max-row-limit")
        return [(s.get("tags") or {}, s["values"]) for s in result.get("series", ())]

    def _parsed(self, reply: Reply) -> dict[str, Any]:
        try:
            found = orjson.loads(reply.body)
        except orjson.JSONDecodeError as fault:
            raise Unavailable(f"{self._name} answers with something else than JSON") from fault
        return found if isinstance(found, dict) else {}

    def _fit(self, reply: Reply) -> None:
        """Raise what a status other than 2xx stands for."""
        if reply.status < 300:
            return
        told = f"{reply.status} {reply.body[:300].decode('utf-8', 'replace').strip()}"
        if reply.status in (401, 403):
            raise Denied(f"{self._name} refuses our credentials: {told}")
        if reply.status in (400, 413, 422):
            raise Rejected(f"{self._name} does not take what it was sent: {told}")
        wait = reply.headers.get("Retry-After", "")
        raise Unavailable(
            f"{self._name} cannot do it: {told}", retry_after=float(wait) if wait.isdigit() else None
        )


def _line(point: Point) -> str:
    tags = "".join(f",{tag}={_carried(value)}" for tag, value in sorted(point.tags.items()))
    return f"{point.metric}{tags} {FIELD}={float(point.value)!r} {millis(point.at)}"


def _carried(value: str) -> str:
    """A tag's value as line protocol wants it."""
    return SPECIAL.sub(r"\\\1", _harmless(value))


def _harmless(value: str) -> str:
    return HOSTILE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), value)


def _literal(value: str) -> str:
    """A text as InfluxQL writes it; no backslash is left in it to begin an escape."""
    return "'" + _harmless(value).replace("'", r"\'") + "'"


def _tags(found: dict[str, str]) -> dict[str, str]:
    return {tag: unquote(value) for tag, value in found.items() if value}


def _where(since: datetime, until: datetime, tags: Wanted | None) -> str:
    return " AND ".join(_conditions(since, until, tags))


def _conditions(since: datetime, until: datetime, tags: Wanted | None) -> Iterator[str]:
    yield f"time >= {millis(since)}ms AND time < {millis(until)}ms"
    for tag, values in alternatives(tags).items():
        met = [f'"{tag}" = {_literal(value)}' for value in values]
        yield f"({' OR '.join(met)})"
