"""What hostile servers cost, each by itself, and two hundred of them beside two hundred good ones.

    python -m bench.hostile

The servers are those of the tests, in a process of their own. `each` is the dearest of every kind: seconds until the
fetch was over, processor seconds with the reader's, MiB the process grew by. `beside` is with the limits of life.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import structlog

from bench.collect import Loopback
from bench.kept import keep
from trend_agent.egress import Http, Limits
from trend_agent.sources import source
from trend_agent.sources.collector import Collector
from trend_agent.sources.feeds import sandbox
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import prepare

TESTS = Path(__file__).parents[1] / "tests" / "unit" / "egress"
SIDE = 200


def each() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        test = f"{TESTS / 'test_hostile_costs.py'}"
        how = ["-q", "-k", "costs_no_more", "-o", "junit_family=legacy", f"--junitxml={report}"]
        done = subprocess.run([sys.executable, "-m", "pytest", test, *how], check=False, capture_output=True)
        cases = [
            {p.get("name", ""): float(p.get("value", "nan")) for p in case.iter("property")}
            for case in ET.parse(report).iter("testcase")
        ]
    figures = [case for case in cases if case]
    dearest = {name: max(case[name] for case in figures) for name in ("wall", "cpu", "mib")}
    return {"servers": len(figures), "all_within": done.returncode == 0, **dearest}


async def beside(bad: list[str], good: list[str], folder: str) -> dict[str, Any]:
    database = Sqlite(Path(folder) / "records.sqlite3")
    await prepare(database)
    records = SqlRecords(database, configuration="bench")
    began, ended = time.monotonic(), []

    async def visit(kind: str, number: int, url: str) -> str:
        health = await collector.visit(source("rss", url=url, called=f"{kind}{number}"))
        ended.append((kind, time.monotonic() - began))
        return health.error

    async with Http(policy=Loopback(), limits=Limits()) as http:
        collector = Collector(records, http)
        hostile = [asyncio.ensure_future(visit("bad", n, url)) for n, url in enumerate(bad)]
        errors = await asyncio.gather(*(visit("good", n, url) for n, url in enumerate(good)))
        await asyncio.gather(*hostile)
    last = {kind: round(max(at for of, at in ended if of == kind), 1) for kind in ("good", "bad")}
    fetched = (await records.balance()).fetched
    await database.close()
    return {
        "good": len(good),
        "hostile": len(bad),
        "good_that_failed": len([error for error in errors if error]),
        "seconds_until_all_good_were_done": last["good"],
        "seconds_until_all_were": last["bad"],
        "items": fetched,
    }


def together() -> dict[str, Any]:
    command = [sys.executable, str(TESTS / "hostile.py"), "3"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        assert servers.stdout
        told = json.loads(servers.stdout.readline())
        good = told.pop("good")[:SIDE]
        try:
            with tempfile.TemporaryDirectory() as folder:
                return asyncio.run(beside(list(told.values())[:SIDE], good, folder))
        finally:
            servers.kill()
            sandbox().close()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    keep("hostile", {"beside": together(), "each": each()})


if __name__ == "__main__":
    main()
