"""`trend serve` as real processes: beside an owner at work, several on one port, and stopped while they answer."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import httpx
import psutil
import pytest

from places import database_at, opened
from services import wait_until
from trend_agent.api.access.knowing import Known
from trend_agent.items import Item
from trend_agent.settings import Settings
from trend_agent.storage import Arrival
from trend_agent.storage.sql.access import SqlAccess

TREND = Path(sys.executable).with_name("trend")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    place: str, folder: Path, *words: str, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a running `trend serve`, and its process; stopped at the end however it went."""
    port = free_port()
    environment: Mapping[str, str] = {
        **os.environ,
        "TREND_RECORDS": place,
        "TREND_PORT": str(port),
        "TREND_OBJECTS": f"folder:{folder / 'objects'}",
        "TREND_LOG_FORM": "json",
        **settings,
    }
    log = folder / f"serve-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            words or [str(TREND), "serve"], env=environment, cwd=folder, stdout=out, stderr=out
        )
        try:
            site = f"http://127.0.0.1:{port}"
            _await_alive(site, process, log)
            yield site, process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_alive(site: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = monotonic() + 200
    while monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{site}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.1)
    raise AssertionError(f"it did not begin to serve: {log.read_text()}")


@asynccontextmanager
async def key_of(place: str, folder: Path) -> AsyncIterator[str]:
    """The first key, as who started the first process finds it."""
    path = Settings(records=place).beside_records(".first-key")
    yield (path if path.is_absolute() else folder / path).read_text().strip()


async def test_serve_shows_what_an_owner_keeps_up_and_writes_beside_it(place: str, tmp_path: Path) -> None:
    async with opened(database_at(place)) as owner:
        processes = "2" if place.startswith("sqlite") else "1"  # several of them have to share a file
        with serving(place, tmp_path, str(TREND), "serve", "--processes", processes) as (site, _):
            async with key_of(place, tmp_path) as key, httpx.AsyncClient(base_url=site, timeout=60) as client:
                admin = {"Authorization": f"Bearer {key}"}

                async def taking_in() -> None:
                    for number in range(20):
                        title = f"Otters return {number}"
                        item = Item(
                            id=f"wire:{number}",
                            source="wire",
                            title=title,
                            seen_at=datetime.now(UTC),
                        )
                        await owner.ingest([Arrival(item)])

                async def making_keys() -> list[int]:
                    made = [
                        await client.post("/api/v1/admin/keys", json={"name": f"k{n}"}, headers=admin)
                        for n in range(20)
                    ]
                    return [answer.status_code for answer in made]

                _, codes = await asyncio.gather(taking_in(), making_keys())
                assert codes == [201] * 20
                listed = (await client.get("/api/v1/admin/keys", headers=admin)).json()["keys"]
                assert len(listed) == 21
                ledger = (await client.get("/api/v1/ledger", headers=admin)).json()
                assert ledger["balance"]["fetched"] == 20
                log = (await client.get("/api/v1/admin/audit", headers=admin)).json()["deeds"]
                assert len(log) == 20
                await _refused_everywhere_within_a_second(owner.database, client, listed)
        assert await SqlAccess(owner.database).broken() is None


async def _refused_everywhere_within_a_second(
    database: object, client: httpx.AsyncClient, listed: list[dict[str, str]]
) -> None:
    """A key that this process revokes is refused by all that serve."""
    known = Known(SqlAccess(database))  # type: ignore[arg-type]
    made, text = await known.make("leaked", "read")
    shown = {"Authorization": f"Bearer {text}"}

    async def codes() -> set[int]:
        limits = httpx.Limits(max_keepalive_connections=0)  # each request may reach the other process
        async with httpx.AsyncClient(base_url=client.base_url, limits=limits, timeout=30) as fresh:
            asked = await asyncio.gather(*(fresh.get("/api/v1/ledger", headers=shown) for _ in range(8)))
            return {answer.status_code for answer in asked}

    assert await codes() == {200}
    await known.revoke(made.id)
    await asyncio.sleep(1.0)
    assert await codes() == {401}
    await known.close()


def test_one_process_from_its_first_key_to_its_last_answer(tmp_path: Path) -> None:
    """The steps share a process, as beginning one is what takes time."""
    place = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    words = (sys.executable, "-m", "trend_agent.api")
    with serving(place, tmp_path, *words, TREND_DRAIN_SECONDS="3") as (site, process):
        _the_first_key_is_in_no_log(tmp_path)
        _hundreds_who_are_slow_hinder_nobody_and_are_hung_up_on(site, process, tmp_path)
        _it_drains_before_it_stops(site, process)


def _the_first_key_is_in_no_log(folder: Path) -> None:
    file = folder / "records.first-key"
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text().strip()
    (log,) = folder.glob("serve-*.log")
    text = log.read_text()
    assert len(key) > 50
    assert key not in text
    assert str(file) in text
    assert any(
        json.loads(line).get("event") == "serving" for line in text.splitlines() if line.startswith("{")
    )


SLOW = 500


def _hundreds_who_are_slow_hinder_nobody_and_are_hung_up_on(
    site: str, process: subprocess.Popen[bytes], folder: Path
) -> None:
    """Half of them stop within the head, a quarter within the body, and a quarter reads no answer."""
    key = (folder / "records.first-key").read_text().strip()
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    post = f"POST /api/v1/corrections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n".encode()
    body = post + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    large = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    server = psutil.Process(process.pid)
    assert len(httpx.get(f"{site}/openapi.json", timeout=60).content) > 100_000
    slow = []
    try:
        for said in (head, body, head, large) * (SLOW // 4):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", int(site.rpartition(":")[2])))
            one.sendall(said)
            slow.append(one)
        wait_until(lambda: _connections(server) >= SLOW // 2, seconds=60, what="they are not let in")
        with httpx.Client(base_url=site, timeout=30) as good:
            assert {good.get("/readyz").status_code for _ in range(50)} == {200}
        wait_until(lambda: _connections(server) < 10, seconds=120, what="they are not hung up on")
        for one in slow[::2]:
            one.settimeout(5)
            assert one.recv(1) == b""
    finally:
        for one in slow:
            one.close()


def _connections(server: psutil.Process) -> int:
    return sum(one.status == "ESTABLISHED" for one in server.net_connections("tcp"))


def _it_drains_before_it_stops(site: str, process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    until = monotonic() + 3
    while (answer := httpx.get(f"{site}/readyz", timeout=10)).status_code == 200 and monotonic() < until:
        sleep(0.05)
    assert answer.status_code == 503
    assert answer.json()["parts"]["service"] == "stopping"
    assert httpx.get(f"{site}/api/v1/trends", timeout=10).status_code == 200
    process.wait(30)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{site}/readyz", timeout=5)
