"""Manners hold for days and over restarts: the made-up world of `bench/politeness.py`, small."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_no_request_is_against_manners_whatever_restarts_come_between() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.politeness", "--feeds=40", "--days=2", "--restarts=40", "--try"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=100,
    )
    found = json.loads(done.stdout)
    assert found["violations"] == {}
    assert found["requests"] > 500
    assert found["conditional_after_the_first"] >= 0.99
    assert found["gone_and_left_alone"] == 1
