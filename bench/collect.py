"""Collecting a thousand feeds from loopback: fetched, parsed and stored, beside requests and feedparser in a loop.

    python -m bench.collect [--feeds N]

The feeds are served by a process of their own. Ours is what `trend collect` does before it processes: collector,
sandboxed readers, records on SQLite whose every transaction is on disk. The peer keeps nothing of what it reads.
Processor seconds are of this process and its readers; the machine may be shared, which wall seconds show.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import os
import resource
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import structlog

from bench.feeds import ENTRY, TEXT
from bench.kept import keep
from trend_agent.egress import AddressPolicy, Http, Limits
from trend_agent.sources import source
from trend_agent.sources.collector import Collector
from trend_agent.sources.feeds import sandbox
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

ENTRIES = 30
HOSTS = 200


class Loopback(AddressPolicy):
    def reachable(self, address: IPv4Address | IPv6Address) -> bool:
        return str(address).startswith("127.0.1.")

    def port(self, number: int | None) -> bool:
        return True


def document(number: int) -> bytes:
    items = "".join(
        ENTRY.format(n=f"{number}-{n}", m=n % 60, text=f"{number} {n} {TEXT}") for n in range(ENTRIES)
    )
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Harbour {number}</title>'
    )
    return f"{head}{items}</channel></rss>".encode()


class Feeds(socketserver.StreamRequestHandler):
    """Answers a GET of /N with the feed of that number."""

    def handle(self) -> None:
        number = int(self.rfile.readline().split()[1][1:])
        while self.rfile.readline().strip():
            continue
        body = document(number)
        head = f'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nETag: "{number}"\r\n'
        self.wfile.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)


def serve() -> None:
    """Until stdin ends; prints the port."""
    socketserver.ThreadingTCPServer.request_queue_size = 1000
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("0.0.0.0", 0), Feeds) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


def processor() -> float:
    import psutil

    ended, mine = resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
    readers = [c.cpu_times() for c in psutil.Process().children() if "feeds.worker" in " ".join(c.cmdline())]
    return mine.user + mine.system + ended.ru_utime + ended.ru_stime + sum(c.user + c.system for c in readers)


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """`work` says how many entries it read."""
    cpu, wall = processor(), time.monotonic()
    entries = work()
    seconds = time.monotonic() - wall
    spent = processor() - cpu
    return {"entries": entries, "seconds": round(seconds, 2), "cpu_seconds": round(spent, 2)}


async def collected(urls: list[str], folder: str) -> int:
    database = Sqlite(Path(folder) / "records.sqlite3")
    try:
        await prepare(database)
        records = SqlRecords(database, configuration="bench")
        async with Http(policy=Loopback(), limits=Limits(pace=0.0)) as http:
            collector = Collector(records, http)
            feeds = [source("rss", url=url, called=f"f{n}") for n, url in enumerate(urls)]
            visits = await asyncio.gather(*(collector.visit(feed) for feed in feeds))
        assert not any(visit.error for visit in visits), next(v.error for v in visits if v.error)
        return (await records.balance()).fetched
    finally:
        await database.close()


def ours(urls: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(collected(urls, folder))


def peers(urls: list[str]) -> int:
    import feedparser
    import requests

    return sum(
        len(feedparser.parse(io.BytesIO(answer.content), response_headers=dict(answer.headers)).entries)
        for answer in (requests.get(url, timeout=20) for url in urls)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--serve", action="store_true")
    asked = parser.parse_args()
    if asked.serve:
        return serve()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    command = [sys.executable, "-m", "bench.collect", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        urls = [f"http://127.0.1.{1 + n % HOSTS}:{port}/{n}" for n in range(asked.feeds)]
        found = {"ours": measured(lambda: ours(urls)), "requests + feedparser": measured(lambda: peers(urls))}
        server.kill()
    sandbox().close()
    mine, theirs = found["ours"], found["requests + feedparser"]
    keep(
        "collect",
        {
            "feeds": asked.feeds,
            **found,
            "times_by_wall": round(theirs["seconds"] / mine["seconds"], 1),
            "times_by_cpu": round(theirs["cpu_seconds"] / mine["cpu_seconds"], 1),
        },
    )
    return None


if __name__ == "__main__":
    main()
