"""A process may be killed anywhere: nothing is lost, nothing happens twice, the end is the same."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from trend_agent.items import plain
from trend_agent.sources.demo import World

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    file = tmp_path / "world.jsonl"
    world = World(seed=3, days=2, per_day=1500, until=UNTIL)
    file.write_bytes(b"".join(orjson.dumps(plain(item), default=str) + b"\n" for item in world.items()))
    return file


def start(file: Path, records: str) -> subprocess.Popen[bytes]:
    command = [*TREND, "run", str(file), "--records", records, "--json", "--top", "50"]
    environment = {**os.environ, "TREND_BATCH": "100"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def finish(file: Path, records: str) -> tuple[bytes, dict[str, object]]:
    """The trends and what the doctor finds, at the end of an undisturbed run."""
    out, err = start(file, records).communicate(timeout=100)
    doctor = [*TREND, "doctor", "--json", "--records", records]
    found = subprocess.run(doctor, capture_output=True, check=False)
    assert found.returncode == 0, (err, found.stdout)
    return out, json.loads(found.stdout)


@pytest.mark.timeout(240)
def test_killed_at_random_moments_the_run_ends_the_same(log_file: Path, tmp_path: Path, place: str) -> None:
    began = time.monotonic()
    trends, clean = finish(log_file, str(tmp_path / "clean.sqlite3"))
    took = time.monotonic() - began
    chance = random.Random(7)
    cut_short = 0
    for _ in range(8):
        process = start(log_file, place)
        time.sleep(chance.uniform(0.2, max(1.0, took * 0.6)))
        cut_short += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    again, killed = finish(log_file, place)
    assert cut_short >= 4
    assert killed["hash"] == clean["hash"]
    assert killed["ledger"] == clean["ledger"]
    assert again == trends
