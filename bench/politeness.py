"""Does collecting keep its manners for a month, whatever restarts come between? A made-up world that never waits.

    python -m bench.politeness [--feeds N] [--days N] [--restarts N] [--try]

The collector, the way out and the tables of the records are the product's; the clock is a virtual one, and the
network is in memory: hosts with many feeds, slow ones, validators of every shape, 304, 429 and 503 with
`Retry-After` in both forms, 500, 410. Each request is judged as it comes in. A restart forgets all but the records;
it may come in the middle of a request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import selectors
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import process_time
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Connection, create_engine
from yarl import URL

from bench.kept import keep
from trend_agent.egress import Http, Limits
from trend_agent.egress.wire import Reply
from trend_agent.items import Cursor, Item
from trend_agent.sources import Source
from trend_agent.sources.collector import Collector
from trend_agent.storage import Arrival, Health, Ingested, Records
from trend_agent.storage.sql import log
from trend_agent.storage.sql.schema import metadata

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
INTERVAL = 3600.0
PACE = 0.2
NEAR = 1e-3
"""Seconds by which two clocks may differ."""

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: where nothing is to be done, its clock jumps to what comes next."""

    def __init__(self) -> None:
        self.clock = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.clock


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for something that never comes"
        if timeout > 0:
            self._loop.clock += timeout + 1e-6
        return super().select(0)


class Tables:
    """The tables of the records in memory, used at once and in this thread: threads know no virtual time."""

    def __init__(self) -> None:
        self._connection = create_engine("sqlite://").connect()
        metadata.create_all(self._connection)

    async def _do(self, work: Callable[[Connection], T]) -> T:
        return work(self._connection)

    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        return await self._do(lambda c: log.ingest(c, arrivals, cursor))

    async def trying(self, source: str, at: datetime) -> Cursor:
        await self._do(lambda c: log.trying(c, source, at))
        return await self._do(lambda c: log.cursor(c, source))

    async def tried(
        self, health: Health, arrivals: Sequence[Arrival] = (), *, cursor: Cursor | None = None
    ) -> Health:
        whole = await self._do(lambda c: log.counted(c, health, arrivals, cursor))
        await self._do(lambda c: log.tried(c, whole))
        return whole

    async def health(self) -> list[Health]:
        return await self._do(log.health)

    async def rest(self, where: str, until: datetime) -> None:
        await self._do(lambda c: log.rest(c, where, until))

    async def rests(self, at: datetime) -> dict[str, datetime]:
        return await self._do(lambda c: log.rests(c, at))


class Followed(Source, name="followed"):
    """A feed that is asked as `rss` asks; what is in it is one item per change."""

    url: str
    interval: float = INTERVAL

    @property
    def key(self) -> str:
        return self.url

    @property
    def host(self) -> str:
        return URL(self.url).host or ""

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        answer = await http.get(self.url, validators=since.value.get("validators"))
        if not answer.not_modified:
            key = answer.body.decode()
            yield Item(f"{self.url}#{key}", self.name, f"change {key}", seen_at=BEGAN)
        yield self.cursor(validators=answer.validators)


@dataclass
class Feed:
    """One feed as its server knows it, and what it remembers of us."""

    url: str
    shape: str
    period: float
    gone_at: float
    version: int = -1
    validators: Mapping[str, str] | None = None
    asked_at: float = -1e9
    gone: bool = False

    def renewed(self, now: float) -> dict[str, str]:
        """Its validators at this time, in a shape of its own."""
        self.version = int(now / self.period)
        date = format_datetime(BEGAN + timedelta(seconds=self.version * self.period), usegmt=True)
        etag = {"weak": f'W/"{self.version}"', "bare": f"v{self.version}", "comma": f'"a,{self.version}"'}
        return {
            **({} if self.shape == "date" else {"etag": etag.get(self.shape, f'"{self.version}"')}),
            **({} if self.shape == "etag" else {"last-modified": date}),
        }


class World:
    """All servers. `ask` is what a wire is to `Http`; what is against manners is counted in `wrong`."""

    def __init__(self, feeds: int, days: float, chance: random.Random) -> None:
        self.chance = chance
        self.wrong: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self._busy: Counter[str] = Counter()
        self._started: dict[str, float] = {}
        self._closed: dict[str, float] = {}
        hosts = [f"h{n}.example" for n in range(max(1, feeds // 4))] + ["many.example"] * (feeds // 20)
        self.feeds = {
            url: Feed(
                url,
                shape=chance.choice(["etag", "date", "both", "weak", "bare", "comma"]),
                period=chance.choice([1800.0, 7200.0, 86400.0, 400000.0]),
                gone_at=chance.uniform(0, days * 86400) if n % 50 == 0 else 1e12,
            )
            for n in range(feeds)
            for url in [f"http://{chance.choice(hosts)}/{n}"]
        }

    async def ask(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        feed, host, now = self.feeds[str(url)], url.host or "", asyncio.get_running_loop().time()
        self._judge(feed, host, headers, now)
        feed.asked_at = self._started[host] = now
        self._busy[host] += 1
        try:
            await asyncio.sleep(5.0 if host == "many.example" else self.chance.uniform(0.05, 1.0))
            return self._answer(feed, host, headers, asyncio.get_running_loop().time())
        finally:
            self._busy[host] -= 1

    def _judge(self, feed: Feed, host: str, headers: Mapping[str, str], now: float) -> None:
        sent = {"etag": headers.get("If-None-Match"), "last-modified": headers.get("If-Modified-Since")}
        known = feed.validators or {}
        self.requests["conditional" if any(sent.values()) else "plain"] += 1
        self.requests["later"] += feed.validators is not None
        self.requests["later conditional"] += feed.validators is not None and any(sent.values())
        told = [
            ("sooner than the interval", now - feed.asked_at < INTERVAL - NEAR),
            ("two at once", self._busy[host] > 0),
            ("sooner than the pace", now - self._started.get(host, -1e9) < PACE - NEAR),
            ("while it wanted rest", now < self._closed.get(host, -1e9) - 1.0),  # dates have whole seconds
            ("after it was gone", feed.gone),
            (
                "with altered validators",
                any(value != known.get(name) for name, value in sent.items() if value),
            ),
            ("under no name", not headers.get("User-Agent", "").startswith("trend-agent/")),
        ]
        self.wrong.update(what for what, wrong in told if wrong)

    def _answer(self, feed: Feed, host: str, headers: Mapping[str, str], now: float) -> Reply:
        if now >= feed.gone_at:
            feed.gone = True
            return Reply(410, {})
        if (trouble := self.chance.random()) < 0.02:
            return Reply(500, {})
        if trouble < 0.03:
            wait = self.chance.choice([60, 900, 7200, 40000])
            self._closed[host] = now + wait
            date = format_datetime(BEGAN + timedelta(seconds=now + wait), usegmt=True)
            plainly = self.chance.random() < 0.5
            return Reply(429 if plainly else 503, {"retry-after": str(wait) if plainly else date})
        fresh = feed.renewed(now)
        same = headers.get("If-None-Match", fresh.get("etag")) == fresh.get("etag") and headers.get(
            "If-Modified-Since", fresh.get("last-modified")
        ) == fresh.get("last-modified")
        asked = "If-None-Match" in headers or "If-Modified-Since" in headers
        feed.validators = fresh
        if asked and same:
            return Reply(304, fresh)
        return Reply(200, fresh, str(feed.version).encode())

    async def close(self) -> None:
        """Nothing is open."""


async def lived(world: World, days: float, restarts: int) -> None:
    """The program's life in it: a collector from each restart to the next."""
    loop, tables = asyncio.get_running_loop(), Tables()
    sources = [Followed(url=url) for url in world.feeds]
    ends = sorted(world.chance.uniform(0, days * 86400) for _ in range(restarts))
    for end in [*ends, days * 86400]:

        def now() -> datetime:
            return BEGAN + timedelta(seconds=loop.time())

        http = Http(limits=Limits(pace=PACE), transport=world, memory=tables, now=now)
        async with http:
            collector = Collector(cast(Records, tables), http, now=now)
            work = asyncio.ensure_future(collector.run(sources))
            await asyncio.sleep(max(0.0, end - loop.time()))
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await asyncio.sleep(world.chance.choice([0.0, 0.5, 20.0]))


def simulated(feeds: int, days: float, restarts: int, *, seed: int = 1) -> dict[str, Any]:
    world = World(feeds, days, random.Random(seed))
    began = process_time()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(lived(world, days, restarts))
    asked = world.requests
    return {
        "feeds": feeds,
        "days": days,
        "restarts": restarts,
        "requests": asked["plain"] + asked["conditional"],
        "violations": dict(world.wrong),
        "conditional_after_the_first": round(asked["later conditional"] / max(1, asked["later"]), 5),
        "gone_and_left_alone": sum(feed.gone for feed in world.feeds.values()),
        "cpu_seconds": round(process_time() - began, 1),
    }


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--restarts", type=int, default=500)
    parser.add_argument("--try", action="store_true", dest="only_shown", help="keep no result")
    asked = parser.parse_args()
    found = simulated(asked.feeds, asked.days, asked.restarts)
    print(json.dumps(found)) if asked.only_shown else keep("politeness", found)


if __name__ == "__main__":
    main()
