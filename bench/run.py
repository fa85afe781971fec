"""The main job on recorded items: speed, memory, and what twenty kills change.

    python -m bench.run FILE [--kills N]

Runs `trend run FILE` as a user would, and again with a `kill -9` at random moments, each followed by starting
again; compares the hash of all facts and the trends.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.kept import keep

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]


def start(file: Path, records: Path) -> subprocess.Popen[bytes]:
    command = [*TREND, "run", str(file), "--records", str(records), "--json", "--top", "100"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def doctor(records: Path) -> dict[str, Any]:
    command = [*TREND, "doctor", "--json", "--records", str(records)]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    return found


def clean_run(file: Path, records: Path) -> tuple[bytes, dict[str, float]]:
    """The trends, and what the run cost: wall seconds and the largest resident set in MiB."""
    began = time.monotonic()
    process = start(file, records)
    assert process.stdout
    out = process.stdout.read()
    _, _, used = os.wait4(process.pid, 0)
    return out, {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "mib": round(used.ru_maxrss / 1024, 0),
    }


def killed_run(file: Path, records: Path, *, kills: int, longest: float) -> tuple[bytes, int]:
    """The trends after kills at random moments; and how many of those hit a run that was going on."""
    chance = random.Random(1)
    hit = 0
    for _ in range(kills):
        process = start(file, records)
        time.sleep(chance.uniform(0.1, longest))
        hit += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return clean_run(file, records)[0], hit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trends, cost = clean_run(asked.file, Path(folder) / "clean.sqlite3")
        clean = doctor(Path(folder) / "clean.sqlite3")
        ledger = clean["ledger"]
        found = {
            **cost,
            "items": ledger["fetched"],
            "items_per_second": round(ledger["fetched"] / cost["seconds"]),
            "ledger": ledger["verdicts"],
            "wrong": clean["wrong"],
            "database_mib": round(clean["bytes"] / 2**20),
        }
        if asked.kills:
            records = Path(folder) / "killed.sqlite3"
            again, hit = killed_run(asked.file, records, kills=asked.kills, longest=cost["seconds"] / 4)
            killed = doctor(records)
            found |= {
                "kills": asked.kills,
                "kills_that_hit": hit,
                "same_facts": killed["hash"] == clean["hash"],
                "same_trends": again == trends,
                "same_ledger": killed["ledger"] == ledger,
                "wrong_after_kills": killed["wrong"],
            }
    keep("run", {asked.file.parent.name: found})


if __name__ == "__main__":
    main()
