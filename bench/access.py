"""Access: is the limit exact over processes, what do the gate and the count cost, when is a revoked key refused?

    python -m bench.access [--try]

`exact`: four processes ask for one caller's 100,000 requests, all at once, of a Redis that is started for it; what is
admitted in each window of the clock is summed. Beside it `limits`, whose two strategies ask Redis for each request,
on the same server in the same run. `cost`: CPU time of the process per request of the hot list of 50 trends through
the whole application in memory, without a gate and with more and more of it, in turns; the least of the rounds is
kept, as what else runs on the machine only adds to it.
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
from trend_agent.service import Showing, _fill, _made_up
from trend_agent.settings import Settings
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

    async def cpu(self, requests: int) -> float:
        """Microseconds of CPU time for a request."""
        began = time.process_time()
        for _ in range(requests):
            assert await self.once() == 200
        return (time.process_time() - began) / requests * 1e6


async def cost(redis: Redis, *, rounds: int, requests: int) -> Found:
    async with AsyncExitStack() as stack:
        book, pipeline = await stack.enter_async_context(_made_up(Settings()))
        await _fill(book, pipeline, World(seed=1, until=datetime.now(UTC)), Settings())
        showing = Showing(book, pipeline, made_up=None)
        showing.filled = True
        known = Known(SqlAccess(book.database))
        _, key = await known.make("bench", "read")
        shown = [(b"authorization", f"Bearer {key}".encode())]
        counter = RedisCounter(parsed(redis.address(options="?timeout=30"), setting="bench"), prefix="cost")
        stack.push_async_callback(counter.close)
        stack.push_async_callback(known.close)
        large = Rate(100_000_000, 60)

        def behind(**doors: Any) -> FastAPI:
            return application(showing, access=Access(Doors(known, anonymous=True, **doors)))

        local = Limiter("requests", large)
        everywhere = Limiter("requests", Rate(1_000_000, 60), counter=counter)
        callers = {
            "no_gate": Caller(application(showing)),
            "gate_alone": Caller(behind()),
            "gate_and_key": Caller(behind(), shown),
            "gate_and_key_and_count": Caller(behind(reads=local), shown),
            "gate_and_key_and_count_on_redis": Caller(behind(reads=everywhere), shown),
        }
        took: dict[str, list[float]] = {name: [] for name in callers}
        for caller in callers.values():
            await caller.cpu(200)
        for _ in range(rounds):
            for name, caller in random.sample(sorted(callers.items()), len(callers)):
                took[name].append(await caller.cpu(requests))
        found = {name: round(min(values), 1) for name, values in took.items()}
        alone = await _alone(known, key, local, requests * rounds)
        return {
            "microseconds_of_cpu_per_request": found,
            **alone,
            "all_of_it_in_percent": round(
                (found["gate_and_key_and_count_on_redis"] / found["no_gate"] - 1) * 100, 1
            ),
            "key_and_count_in_percent": round(
                (found["gate_and_key_and_count_on_redis"] - found["gate_alone"]) / found["no_gate"] * 100, 1
            ),
        }


async def _alone(known: Known, key: str, limiter: Limiter, number: int) -> Found:
    """The key's check and the count by themselves, in microseconds."""
    began = time.process_time()
    for _ in range(number):
        await known.by_key(key)
    checked = time.process_time()
    for _ in range(number):
        await limiter.admits("one caller")
        limiter.standing("one caller")
    counted = time.process_time()
    return {
        "key_microseconds": round((checked - began) / number * 1e6, 2),
        "count_microseconds": round((counted - checked) / number * 1e6, 2),
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
    quick = parser.parse_args().quick
    with Redis() as redis:
        found = {
            "exact": exact(redis, 4_000 if quick else 100_000),
            "cost": asyncio.run(cost(redis, rounds=3 if quick else 10, requests=100 if quick else 300)),
            "revoked": asyncio.run(revoked(3 if quick else 30)),
            "timing": timing(2_000 if quick else 100_000),
        }
    if quick:
        print(found)
    else:
        keep("access", found)


if __name__ == "__main__":
    main()
