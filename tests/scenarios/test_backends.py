"""The command line over configured backends: all of them, some that are down, and some that refuse us."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from services import free_port
from services.backends import own_name
from services.ceph import Ceph
from services.influx import Influx
from services.rabbitmq import Rabbit
from services.redis import Redis

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return {
        **os.environ,
        "TREND_RECORDS": f"sqlite:///{folder}/r.sqlite3",
        "TREND_OBJECTS": f"folder:{folder}/objects",
        **{f"TREND_{name.upper()}": value for name, value in settings.items()},
    }


def trend(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TREND, *arguments],
        env=environment(folder, **settings),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert trend(tmp_path, "db", "upgrade").returncode == 0
    return tmp_path


def beside(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return {part["name"]: part for part in json.loads(done.stdout)["beside"]}


def test_doctor_finds_the_defaults_sound(folder: Path) -> None:
    done = trend(folder, "doctor", "--json")
    assert done.returncode == 0
    assert {name: (part["address"], part["wrong"]) for name, part in beside(done).items()} == {
        "timeseries": ("records:", []),
        "queue": ("records:", []),
        "cache": ("memory:", []),
        "objects": (f"folder:{folder}/objects", []),
        "vectors": ("edge", []),
    }


def test_doctor_looks_at_every_backend_and_shows_no_password(
    folder: Path, redis: Redis, rabbit: Rabbit, influx: Influx, ceph: Ceph
) -> None:
    settings = {
        "timeseries": influx.address(database=own_name()),
        "queue": rabbit.address(),
        "cache": redis.address(),
        "objects": ceph.address(prefix=own_name()),
        "broker": rabbit.address(),
        "board": redis.address(),
    }
    done = trend(folder, "doctor", "--json", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(settings) <= set(beside(done))
    assert all(part["wrong"] == [] and part["milliseconds"] > 0 for part in beside(done).values())
    for secret in (redis.password, ceph.secret, "guest"):
        assert secret not in done.stdout + done.stderr


def test_doctor_names_what_is_down_and_what_refuses_us(
    folder: Path, redis: Redis, rabbit: Rabbit, influx: Influx, ceph: Ceph
) -> None:
    settings = {
        "timeseries": influx.address(password="open-it"),
        "queue": f"amqp://guest:open-it@127.0.0.1:{free_port()}/?timeout=2",
        "cache": redis.address(password="open-it"),
        "objects": ceph.address(secret="open-it"),
        "broker": rabbit.address(password="open-it"),
        "board": f"redis://:open-it@127.0.0.1:{free_port()}/0?timeout=2",
    }
    done = trend(folder, "doctor", "--json", **settings)
    assert done.returncode == 1
    found = {name: part["wrong"][0] for name, part in beside(done).items() if part["wrong"]}
    assert "refuses our credentials" in found["timeseries"]
    assert "does not answer" in found["queue"]
    assert "refuses our credentials" in found["cache"]
    assert "s3 at" in found["objects"]
    assert "broker cannot be reached" in found["broker"]
    assert "does not answer" in found["board"]
    assert "open-it" not in done.stdout + done.stderr
    told = trend(folder, "doctor", **settings)
    assert told.stdout.count("does not work") == 6
    assert "Traceback" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("cache", "reddis://host/"),
        ("queue", "amqp:/host"),
        ("timeseries", "influx://"),
        ("objects", "s3+ftp://host/x"),
        ("vectors", "qdrant://host"),
        ("vectors", "edge:////proc/nope"),
    ],
)
def test_an_address_nobody_understands_stops_before_any_work(folder: Path, name: str, address: str) -> None:
    command = "up" if name in {"cache", "vectors"} else "doctor"
    done = trend(folder, command, **{name: address, "port": str(free_port())})
    assert done.returncode == 2
    assert f"TREND_{name.upper()}" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_cache_that_refuses_us_stops_before_any_work(folder: Path, redis: Redis) -> None:
    done = trend(folder, "up", cache=redis.address(password="open-it"), port=str(free_port()))
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert "TREND_CACHE: redis at" in last
    assert "refuses our credentials" in last
    assert "open-it" not in done.stderr


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


def test_the_service_goes_on_without_its_cache_says_so_and_takes_it_up_again(
    folder: Path, own_redis: Redis
) -> None:
    port = free_port()
    (folder / "sources.toml").write_text('[[rss]]\nurl = "http://feed.invalid/rss.xml"\n')
    settings = {"cache": own_redis.address(), "port": str(port), "sources": f"{folder}/sources.toml"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*TREND, "up"], env=environment(folder, **settings), cwd=folder, stdout=log, stderr=log
        )
    try:
        trends = wait_for(port, lambda: get(port, "/api/v1/trends")["trends"])
        wait_for(port, lambda: get(port, "/readyz")["parts"]["cache"] == "fine")
        own_redis.kill()
        for limit in (1, 2, 3):  # lists that nobody asked for yet
            assert get(port, f"/api/v1/trends?limit={limit}")["trends"][0]["topic"] == trends[0]["topic"]
        assert get(port, "/readyz")["parts"]["cache"] == "does not answer"
        own_redis.start()
        wait_for(
            port, lambda: get(port, "/api/v1/statistics") and get(port, "/readyz")["parts"]["cache"] == "fine"
        )
        assert (folder / "log").read_text().count("the cache is broken") == 1
    finally:
        process.kill()
        process.wait()


def text(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def get(port: int, path: str) -> Any:
    return json.loads(text(port, path))


def wait_for(port: int, there: Any) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if found := there():
                return found
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.3)
    pytest.fail("it did not come about within a minute")
