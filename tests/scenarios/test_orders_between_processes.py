"""Two real processes: one that serves and one that owns the records, which is away, at work, halted and killed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from installation import Installation

from places import database_at, opened
from services import wait_until
from trend_agent.items import Fate, Item, Lineage, Membership
from trend_agent.storage import Arrival, Settled

CORRECTIONS = "/api/v1/corrections"
FEED = "rss:http://feed.invalid/rss.xml"


class House:
    """An installation that is served by one process and may be owned by another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.front, self.back = (Installation(folder, vectors="none") for _ in range(2))
        self.owner: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.front.port}", timeout=60)

    def serve(self) -> None:
        self.front.up("serve")
        wait_until(lambda: answers(self.front.port), seconds=200, what="nobody serves")
        key = (self.folder / "r.first-key").read_text().strip()
        self.client.headers["Authorization"] = f"Bearer {key}"

    def own(self) -> None:
        self.owner = self.back.up()
        wait_until(lambda: answers(self.back.port), seconds=200, what="nobody owns the records")

    def kill_owner(self) -> None:
        assert self.owner is not None
        self.owner.kill()
        self.owner.wait()

    def merge(self, topics: list[str], *, key: str) -> httpx.Response:
        asked = {"kind": "merge", "topics": topics}
        return self.client.post(CORRECTIONS, json=asked, headers={"Idempotency-Key": key})

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def merged(self) -> list[list[str]]:
        """What stands corrected, in the order in which it was."""
        found = self.get(CORRECTIONS)["corrections"]
        return [one["correction"]["of"] for one in reversed(found)]

    def end(self) -> None:
        self.client.close()
        for side in (self.front, self.back):
            side.end()
            for process in side.begun:
                process.wait()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


async def fill(place: str) -> None:
    """Twenty topics of an item each."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    items = [Item(f"wire:{n}", "wire", f"Otters return to river {n}", at, lang="en") for n in range(20)]
    async with opened(database_at(place)) as records:
        await records.ingest([Arrival(item) for item in items])
        await records.settle(
            Settled(
                last_seq=len(items),
                fates=[Fate(item.id, "kept", at) for item in items],
                items=items,
                memberships=[Membership(item.id, f"t{n}", at) for n, item in enumerate(items)],
                lineage=[Lineage(f"t{n}", "born", at) for n in range(20)],
            )
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    asyncio.run(fill(f"sqlite:///{tmp_path}/r.sqlite3"))
    made = House(tmp_path)
    try:
        yield made
    finally:
        made.end()


@pytest.mark.timeout(900)  # processes are begun three times, which is what takes long
def test_the_owner_does_what_is_ordered_once_whatever_becomes_of_it(house: House) -> None:
    house.serve()
    pairs = [[f"t{n}", f"t{n + 1}"] for n in range(0, 20, 2)]
    refused = house.merge(pairs[0], key="nobody")
    assert (refused.status_code, "`trend up`" in refused.json()["detail"]) == (503, True)
    house.own()
    at_work(house, pairs[0])
    halted(house, pairs[1])
    killed_in_the_middle(house, pairs[2:])
    log = house.get("/api/v1/admin/audit?limit=100")["deeds"]
    ordered = [one["details"]["order"] for one in log if "order" in one["details"]]
    assert len(ordered) == len(set(ordered))


def at_work(house: House, pair: list[str]) -> None:
    """What is ordered is answered as if it were done by who was asked; sources are chosen by either."""
    assert house.merge(pair, key="nobody").status_code == 201  # nothing had come of it before
    assert house.merge(pair, key="nobody").headers["Idempotency-Replayed"] == "true"
    run = house.client.post("/api/v1/admin/collect", json={"sources": [FEED]})
    assert run.status_code == 202
    where = run.headers["Location"]
    assert where.startswith("/api/v1/admin/runs/")
    wait_until(lambda: house.get(where)["ended_at"], seconds=60, what="the collection does not end")
    path = f"/api/v1/sources/{FEED.replace(':', '%3A').replace('/', '%2F')}"
    assert house.client.patch(path, json={"enabled": False}).json()["state"] == "disabled"
    told = httpx.get(f"http://127.0.0.1:{house.back.port}{path}", headers=house.client.headers, timeout=30)
    assert told.json()["state"] == "disabled"


def halted(house: House, pair: list[str]) -> None:
    """An owner that is there and does not answer: it is told where to ask for what it does when it goes on."""
    assert house.owner is not None
    os.kill(house.owner.pid, signal.SIGSTOP)
    try:
        answer = house.merge(pair, key="halted")
        assert answer.status_code == 202
        where = answer.headers["Location"]
        assert house.get(where)["state"] == "waiting"
        assert pair not in house.merged()
    finally:
        os.kill(house.owner.pid, signal.SIGCONT)
    wait_until(lambda: house.get(where)["state"] == "done", seconds=60, what="the order is not done")
    assert house.merge(pair, key="halted").headers["Location"] == where
    assert house.merged().count(pair) == 1


def killed_in_the_middle(house: House, pairs: list[list[str]]) -> None:
    """Killed when it has taken some of many orders: each is done once, and told of."""
    taken = "SELECT count(*) FROM orders WHERE state = 'done'"
    with (
        sqlite3.connect(f"file:{house.folder}/r.sqlite3?mode=ro", uri=True) as look,
        ThreadPoolExecutor(len(pairs)) as many,
    ):
        before = look.execute(taken).fetchone()[0]
        asked = [many.submit(house.merge, pair, key=pair[0]) for pair in pairs]
        wait_until(
            lambda: look.execute(taken).fetchone()[0] > before, seconds=60, what="no order is carried out"
        )
        house.kill_owner()
        answers = [one.result() for one in asked]
    house.own()
    for answer, pair in zip(answers, pairs, strict=True):
        assert answer.status_code in (201, 202, 503)  # 503: it came after the owner had gone
        if answer.status_code == 202:
            where = answer.headers["Location"]
            wait_until(lambda: house.get(where)["state"] == "done", seconds=60, what="an order is not done")  # noqa: B023
        wanted = 0 if answer.status_code == 503 else 1
        assert house.merged().count(pair) == wanted, (answer.status_code, pair)
