"""What the worst servers can cost us: the deadline, two seconds of processor, 64 MiB, and never another's turn.

The servers run in a process of their own, so that what is measured is ours; `python -m bench.hostile` keeps it.
"""

import asyncio
import gc
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import pytest
from loopback_world import Limits, Loopback

from hostile import SERVERS
from trend_agent.egress import Http, Response
from trend_agent.errors import TrendError
from trend_agent.sources import source
from trend_agent.sources.collector import Collector
from trend_agent.sources.feeds import Document, Feed, sandbox

GOOD = b"<rss><channel><title>T</title><item><title>A</title><guid>a</guid></item></channel></rss>"

MIB = 1 << 20


@pytest.fixture(scope="module")
def host() -> Iterator[dict[str, Any]]:
    """The addresses of the servers by their names, and of a good one."""
    program = Path(__file__).with_name("hostile.py")
    with subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield {**json.loads(process.stdout.readline()), "pid": process.pid}
        finally:
            process.kill()


def processor(host: dict[str, Any]) -> float:
    """Seconds used by this process and the readers of documents, those that ended too."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = [c.cpu_times() for c in psutil.Process().children() if c.pid != host["pid"]]
    mine = os.times()
    return sum((mine.user, mine.system, ended.ru_utime, ended.ru_stime, *(c.user + c.system for c in living)))


def peak(*, reset: bool = False) -> int:
    """The most memory this process held at once since the last reset, in bytes."""
    if reset:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("name", SERVERS)
async def test_a_hostile_server_costs_no_more_than_it_may(host, name, record_property):
    await sandbox().read(Document(GOOD))  # a reader is there, as in life
    limits = Limits(deadline=0.8, connect=0.5, pace=0)
    async with Http(policy=Loopback(), limits=limits) as http:
        # Collecting the garbage of all tests before takes a second and is not its cost.
        memory, before, start = peak(reset=True), processor(host), monotonic()
        (answer,) = await asyncio.gather(http.get(host[name]), return_exceptions=True)
        fetched = monotonic() - start
        if isinstance(answer, Response):
            document = Document(answer.body, answer.headers, answer.url, plain=True)
            (answer,) = await asyncio.gather(sandbox().read(document), return_exceptions=True)
        spent, grown = processor(host) - before, peak() - memory
    for key, value in {"wall": fetched, "cpu": spent, "mib": grown / MIB}.items():
        record_property(key, round(value, 2))
    assert isinstance(answer, Feed | TrendError)
    assert fetched <= limits.deadline + 1
    assert spent <= 2
    assert grown <= 64 * MIB


async def test_good_sources_are_collected_beside_as_many_hostile_ones(host, records):
    bad = [source("rss", url=host[name], called=f"bad{n}") for n, name in enumerate(SERVERS)]
    good = [source("rss", url=url, called=f"good{n}") for n, url in enumerate(host["good"][: len(bad)])]
    async with Http(policy=Loopback(), limits=Limits(deadline=3, pace=0)) as http:
        collector = Collector(records, http)
        start, ends = monotonic(), []

        async def visit(one):
            health = await collector.visit(one)
            ends.append(monotonic() - start)
            return health

        hostile = [asyncio.ensure_future(visit(one)) for one in bad]
        healths = await asyncio.gather(*(visit(one) for one in good))
        assert [health.error for health in healths] == [""] * len(good)
        assert {health.fetched for health in healths} == {1}
        outcomes = await asyncio.gather(*hostile)
    assert len(outcomes) == len(bad)
