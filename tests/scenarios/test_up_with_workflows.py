"""Workflows in `trend up`: asked for from outside, shown over HTTP, gone on with after a kill."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation

WORKFLOW = """
name: asks
steps:
  - {kind: rank, limit: 5}
  - {kind: approval, name: ask}
  - {kind: rank, name: again, limit: 5}
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "asks.yaml").write_text(WORKFLOW)
    found = Installation(tmp_path)
    try:
        yield found
    finally:
        found.end()


def waits(found: Any) -> bool:
    return any(step["state"] == "approval" for step in found["steps"])


@pytest.mark.timeout(240)
def test_killed_while_a_workflow_is_under_way_it_goes_on_with_it_when_it_is_started_again(
    installation: Installation,
) -> None:
    first = installation.up()
    assert installation.until("/api/v1/workflows", lambda page: "executions" in page)["executions"] == []
    execution = installation.run("workflows", "run", "asks.yaml", "--detach")
    path = f"/api/v1/workflows/{execution}"
    before = installation.until(path, waits)
    assert (before["state"], before["steps"][0]["state"], before["executor"]) == ("running", "done", "local")
    first.send_signal(signal.SIGKILL)
    first.wait()
    installation.up()
    after = installation.until(path, lambda found: waits(found) and found["recoveries"] == 1)
    assert after["steps"][0] == before["steps"][0]
    assert installation.run("workflows", "approve", execution, "--by", "Ada") == f"{execution} is approved"
    done = installation.until(path, lambda found: found["state"] != "running")
    assert (done["state"], done["steps"][1]["result"]["by"]) == ("done", "Ada")
