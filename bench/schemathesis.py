"""`python -m bench.schemathesis`: everything the OpenAPI document promises, tried by Schemathesis in all its phases.

The small newsroom is served on loopback behind its gate by a process of its own (`tests/served_newsroom.py`). All
checks, no operation left out; `tests/schemathesis.toml` says what is set, `tests/fuzzing.py` what is checked besides.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from bench.kept import keep

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
KEY = "trend_everything"
PHASES = "examples,coverage,fuzzing,stateful"
SLOWEST_START = 180.0
COUNTED = re.compile(
    r"Test cases:\s+([\d,]+) generated, (?:[\d,]+ found ([\d,]+) unique failures?|([\d,]+) passed)"
)


def main() -> None:
    asked = _asked()
    with TemporaryDirectory(prefix="trend-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        ours = [TESTS, TESTS / "unit" / "api", TESTS / "unit" / "workflow"]
        paths = os.pathsep.join([*map(str, ours), os.environ.get("PYTHONPATH", "")])
        serving = subprocess.Popen(
            [sys.executable, str(TESTS / "served_newsroom.py"), str(port), folder],
            env={**os.environ, "PYTHONPATH": paths, "TREND_LOG_LEVEL": "error"},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            began = time.monotonic()
            tried = _tried(port, folder, asked)
            seconds = time.monotonic() - began
        finally:
            serving.terminate()
            serving.wait(timeout=30)
    counted = COUNTED.search(tried.stdout)
    if counted is None:
        sys.exit(f"nothing was tried:\n{tried.stdout[-3000:]}{tried.stderr[-1000:]}")
    cases, failures = int(counted[1].replace(",", "")), int((counted[2] or "0").replace(",", ""))
    operations = re.search(r"Tested: (\d+)", tried.stdout)
    print(tried.stdout[-20_000 if tried.returncode else -1500 :])
    found = {
        "cases": cases,
        "failures": failures,
        "operations": int(operations[1]) if operations else 0,
        "phases": PHASES,
        "seconds": round(seconds),
    }
    if not asked.forget:
        keep("schemathesis", found)
    if failures or tried.returncode or cases < asked.least:
        sys.exit(f"{failures} failures in {cases} cases, of which {asked.least} are wanted at least")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=330, help="cases per operation when fuzzing")
    parser.add_argument("--least", type=int, default=20_000, help="cases below which nothing is shown")
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--forget", action="store_true", help="keep no result")
    return parser.parse_args()


def _tried(port: int, folder: str, asked: argparse.Namespace) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "--config-file", str(TESTS / "schemathesis.toml"),
            "run", f"http://127.0.0.1:{port}/openapi.json",
            "--header", f"Authorization: Bearer {KEY}",
            "--phases", asked.phases,
            "--mode", "all",
            "--checks", "all",
            "--max-examples", str(asked.examples),
            "--seed", str(asked.seed),
            "--continue-on-failure", "--no-color",
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzzing", "PYTHONPATH": str(TESTS)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def _wait(port: int) -> None:
    end = time.monotonic() + SLOWEST_START
    while time.monotonic() < end:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    sys.exit("the newsroom is not served")


if __name__ == "__main__":
    main()
