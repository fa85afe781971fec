"""Access: is the limit exact over processes, what do the gate and the count cost, when is a revoked key refused?

    python -m bench.access [--only exact|cost|revoked|timing] [--try]

`exact`: four processes ask for one caller's 100,000 requests, all at once, of a Redis that is started for it; what is
admitted in each window of the clock is summed. Beside it `limits`, whose two strategies ask Redis for each request,
on the same server in the same run. `cost`: CPU time of the process per request of the hot list of 50 trends through
the whole application in memory, without a gate and with more and more of it, in turns by the request; the median is
kept, and what a trip to Redis costs is shared out over the requests of a handful.
`revoked`: seconds until a second opening of the records refuses a key. `timing`: Welch's t between the times taken to
refuse secrets that begin as the right one does and such that do not.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bench.kept import keep
from services.redis import Redis
from trend_agent.api import application
from trend_agent.api.access import secrets
from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.limits import Limiter, Rate
from trend_agent.api.access.serving import Access
from trend_agent.made_up import fill, made_up
from trend_agent.settings import Settings
from trend_agent.showing import Showing
from trend_agent.sources.demo import World
from trend_agent.storage.address import parsed
from trend_agent.storage.redis.counting import RedisCounter
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

PROCESSES = 4
TOGETHER = 64
Found = dict[str, Any]
Admits = Callable[[], Awaitable[tuple[int, bool]]]


def ours(address: str, rate: Rate) -> Admits:
    # Patient, as the machine is full: who gives up on Redis admits by another rule, which is not asked for here.
    counter = RedisCounter(parsed(f"{address}?timeout=30", setting="bench"), prefix="ours")
    limiter = Limiter("bench", rate, counter=counter)

    async def admits() -> tuple[int, bool]:
        admitted = await limiter.admits("one caller")
        return limiter.window, admitted

    return admits


def theirs(strategy: type[Any]) -> Callable[[str, Rate], Admits]:
    """The windows of `limits` begin when it likes: they are not told apart, only what is admitted altogether."""

    def of(address: str, rate: Rate) -> Admits:
        limiter = strategy(RedisStorage(f"async+{address}", implementation="redispy"))
        item = RateLimitItemPerSecond(rate.number, rate.seconds)

        async def admits() -> tuple[int, bool]:
            return 0, await limiter.hit(item, strategy.__name__)

        return admits

    return of


LIMITERS: dict[str, Callable[[str, Rate], Admits]] = {
    "ours": ours,
    "limits_fixed_window": theirs(FixedWindowRateLimiter),
    "limits_moving_window": theirs(MovingWindowRateLimiter),
}


def ask(
    name: str, address: str, rate: Rate, requests: int, start: float
) -> tuple[dict[int, int], float, float]:
    """What one process was admitted per window, its CPU time and its time by the wall."""

    async def all_of_them() -> Counter[int]:
        admits, left, admitted = LIMITERS[name](address, rate), iter(range(requests)), Counter[int]()

        async def one_after_the_other() -> None:
            for _ in left:
                window, passed = await admits()
                admitted[window] += passed

        await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))
        return admitted

    time.sleep(max(0.0, start - time.time()))
    cpu, wall = time.process_time(), time.perf_counter()
    admitted = asyncio.run(all_of_them())
    return dict(admitted), time.process_time() - cpu, time.perf_counter() - wall


def exact(redis: Redis, requests: int) -> Found:
    found: Found = {"processes": PROCESSES, "requests": requests}
    with get_context("spawn").Pool(PROCESSES) as pool:
        for name in LIMITERS:
            rate = Rate(5_000, 1) if name == "ours" else Rate(5_000, 60)
            start = time.time() + 5
            jobs = [(name, redis.address(options=""), rate, requests // PROCESSES, start)] * PROCESSES
            told = pool.starmap(ask, jobs)
            windows: Counter[int] = Counter()
            for admitted, _, _ in told:
                windows.update(admitted)
            took = max(wall for _, _, wall in told)
            found[name] = {
                "limit": f"{rate.number} in {rate.seconds} s",
                "windows": len(windows) if name == "ours" else 1 + int(took // rate.seconds),
                "most_admitted_in_a_window": max(windows.values()),
                "admitted": windows.total(),
                "decisions_per_cpu_second": round(requests / sum(cpu for _, cpu, _ in told)),
            }
    return found


class Caller:
    """Sends one request again and again, straight into the application."""

    def __init__(self, app: FastAPI, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.app = app
        self.headers = [
            (b"host", b"127.0.0.1:8765"),
            (b"user-agent", b"bench"),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate"),
            (b"connection", b"keep-alive"),
            *headers,
        ]

    async def once(self) -> int:
        status = 0

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        path = "/api/v1/trends"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"",
            "headers": list(self.headers), "client": ("203.0.113.7", 5), "server": ("127.0.0.1", 8765), "state": {},
        }  # fmt: skip
        await self.app(scope, receive, send)
        return status

    async def cpu(self) -> float:
        """Microseconds of CPU time of one request."""
        began = time.process_time_ns()
        assert await self.once() == 200
        return (time.process_time_ns() - began) / 1000


async def cost(redis: Redis, *, requests: int) -> Found:
    async with AsyncExitStack() as stack:
        book, pipeline = await stack.enter_async_context(made_up(Settings()))
        await fill(book, pipeline, World(seed=1, until=datetime.now(UTC)), Settings())
        showing = Showing(book, pipeline, made_up=None)
        showing.filled = True
        known = Known(SqlAccess(book.database))
        _, key = await known.make("bench", "read")
        shown = [(b"authorization", f"Bearer {key}".encode())]
        counter = RedisCounter(parsed(redis.address(options="?timeout=30"), setting="bench"), prefix="cost")
        stack.push_async_callback(counter.close)
        stack.push_async_callback(known.close)

        def behind(**doors: Any) -> FastAPI:
            return application(showing, access=Access(Doors(known, anonymous=True, **doors)))

        local = Limiter("requests", Rate(100_000_000, 60))
        callers = {
            "no_gate": Caller(application(showing)),
            "gate_alone": Caller(behind()),
            "gate_and_key": Caller(behind(), shown),
            "gate_and_key_and_count": Caller(behind(reads=local), shown),
        }
        took: dict[str, list[float]] = {name: [] for name in callers}
        for turn in range(requests):
            for name, caller in random.sample(sorted(callers.items()), len(callers)):
                spent = await caller.cpu()
                if turn >= requests // 10:
                    took[name].append(spent)
        found = {name: round(statistics.median(values), 1) for name, values in took.items()}
        alone = await _alone(known, key, local, counter)
        trip = alone["trip_microseconds"] / alone["requests_per_trip"]
        more = found["gate_and_key_and_count"] - found["gate_alone"] + trip
        return {
            "microseconds_of_cpu_per_request": found,
            **alone,
            "key_and_count_in_percent": round(more / found["no_gate"] * 100, 1),
            "gate_with_all_in_percent": round(
                (found["gate_and_key_and_count"] + trip - found["no_gate"]) / found["no_gate"] * 100, 1
            ),
        }


async def _alone(known: Known, key: str, limiter: Limiter, counter: RedisCounter) -> Found:
    """The key's check, the count and a trip to Redis by themselves, in microseconds."""
    number, trips = 10_000, 500
    began = time.process_time()
    for _ in range(number):
        await known.by_key(key)
    checked = time.process_time()
    for _ in range(number):
        await limiter.admits("one caller")
        limiter.standing("one caller")
    counted = time.process_time()
    for _ in range(trips):
        await counter.add("alone", 1, seconds=60)
    travelled = time.process_time()
    return {
        "key_microseconds": round((checked - began) / number * 1e6, 2),
        "count_microseconds": round((counted - checked) / number * 1e6, 2),
        "trip_microseconds": round((travelled - counted) / trips * 1e6, 1),
        "requests_per_trip": 60,
    }


async def revoked(times: int) -> Found:
    """Two openings of one file of records, as two processes have them."""
    with TemporaryDirectory(prefix="trend-") as folder:
        path = Path(folder) / "records.sqlite3"
        owner, other = Sqlite(path), Sqlite(path, shared=True)
        try:
            await owner.write(upgrade)
            ours, theirs = Known(SqlAccess(owner)), Known(SqlAccess(other))
            took = []
            for _ in range(times):
                key, text = await ours.make("leaked", "read")
                await theirs.by_key(text)
                await asyncio.sleep(random.random() * 0.4)
                await theirs.by_key(text)
                await ours.revoke(key.id)
                since = time.monotonic()
                while await theirs.by_key(text):  # noqa: ASYNC110  # it is another process's doing
                    await asyncio.sleep(0.002)
                took.append(time.monotonic() - since)
            await ours.close()
            await theirs.close()
        finally:
            await other.close()
            await owner.close()
        return {"times": times, "median_s": round(statistics.median(took), 3), "most_s": round(max(took), 3)}


def timing(number: int) -> Found:
    """Welch's t of two kinds of wrong secrets, in turns: those that share all but the end with the right one."""
    right = secrets.made()
    near, far = [], []
    for _ in range(number // 2):
        pair = [
            (near, replace(right, secret=right.secret[:-4] + secrets.made().secret[:4])),
            (far, secrets.made(right.id)),
        ]
        for kept, secret in random.sample(pair, 2):
            began = time.perf_counter_ns()
            secrets.opens(secret, right.digest)
            kept.append(time.perf_counter_ns() - began)
    cut = statistics.quantiles([*near, *far], n=20)[18]  # the slowest twentieth is the machine's doing
    near, far = [t for t in near if t <= cut], [t for t in far if t <= cut]
    spread = sqrt(statistics.variance(near) / len(near) + statistics.variance(far) / len(far))
    t = (statistics.mean(near) - statistics.mean(far)) / spread
    return {"refusals": number, "t": round(t, 2), "mean_ns": round(statistics.mean(far))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--try", dest="quick", action="store_true", help="a small part, to see that it runs")
    parser.add_argument("--only", choices=["exact", "cost", "revoked", "timing"], help="one part")
    asked = parser.parse_args()
    quick: bool = asked.quick
    with Redis() as redis:
        parts: dict[str, Callable[[], Found]] = {
            "exact": lambda: exact(redis, 4_000 if quick else 100_000),
            "cost": lambda: asyncio.run(cost(redis, requests=100 if quick else 2_000)),
            "revoked": lambda: asyncio.run(revoked(3 if quick else 30)),
            "timing": lambda: timing(2_000 if quick else 100_000),
        }
        found = {name: part() for name, part in parts.items() if asked.only in (None, name)}
    if quick:
        print(found)
    else:
        keep("access", found)


if __name__ == "__main__":
    main()
