"""The kill harness in a minute; `make faults` runs the whole of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FAULTS = Path(__file__).parent


def harness(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{FAULTS}{os.pathsep}{FAULTS.parent}"},
    )
    assert done.stdout, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # what is logged comes before
    return found


@pytest.mark.timeout(400)
def test_struck_at_points_nothing_is_lost_and_nothing_happens_twice() -> None:
    found = harness("--only", "sweep", "--points", "4")["sweep"]
    assert found["wrong"] == []
    assert found["deaths"] >= 10
    assert found["of_workflows"] >= 8


@pytest.mark.timeout(600)
def test_twelve_bugs_that_were_planted_are_caught() -> None:
    found = harness("--only", "plants")["plants"]
    assert found["missed"] == []
    assert found["caught"] == 12


@pytest.mark.timeout(400)
def test_killed_at_random_it_ends_as_if_nothing_had_been(postgres_place: str) -> None:
    few = ("--items", "2000", "--seconds", "20", "--kills", "30", "--every", "0.3")
    found = harness("--only", "storm", "--records", postgres_place, *few)["storm"]
    assert found["wrong"] == []
    assert found["hash"] == found["hash_of_a_clean_run"]
    assert found["items"] == 2000
    assert found["kills"] >= 10
