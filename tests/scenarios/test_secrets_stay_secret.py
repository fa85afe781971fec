"""Secrets that were planted are found nowhere but where their owner put them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import Installation

from services import free_port

CANARY = "c4n4ry"
SAFE = {".env", "r.first-key"}
"""Where the owner writes secrets down, and where the first key is shown."""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    closed = f"127.0.0.1:{free_port()}"
    secrets = {
        "cache": f"redis://:{CANARY}-cache@{closed}/0",
        "timeseries": f"influx://trend:{CANARY}-series@{closed}/trend",
        "queue": f"amqp://trend:{CANARY}-queue@{closed}/",
        "embedder_key": f"{CANARY}-embedder",
        "vectors_key": f"{CANARY}-vectors",
        "vectors": "none",
        "log_level": "debug",
    }
    (tmp_path / ".env").write_text("".join(f"TREND_{n.upper()}={v}\n" for n, v in secrets.items()))
    found = Installation(tmp_path)
    try:
        yield found
    finally:
        found.end()


def holding(folder: Path, secret: str) -> list[str]:
    """The files that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in SAFE]
    return [str(path.relative_to(folder)) for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.timeout(240)
def test_what_opens_services_and_keys_is_in_no_file_log_or_answer(installation: Installation) -> None:
    process = installation.up()
    installation.until("/api/v1/workflows", lambda page: "executions" in page)
    key = installation.run("key", "create", "for a program", "--scope", "admin").split()[-1]
    assert key.startswith("trend_")
    secret = key.rpartition("_")[2]
    begun = installation.ask("/api/v1/workflows/execute", key=key, template="refresh")
    installation.until(f"/api/v1/workflows/{begun['id']}", lambda found: bool(found["ended"]))
    told = [
        installation.run("doctor", "--json", wanted=1),
        str(installation.ask("/readyz")),
        str(installation.ask("/api/v1/workflows", key=key)),
        installation.run("key", "list", "--json"),
        str(installation.ask("/api/v1/admin/audit", key=key)),
    ]
    process.terminate()
    process.wait(timeout=30)
    installation.run("export", "export.jsonl")
    first = (installation.folder / "r.first-key").read_text().strip().rpartition("_")[2]
    assert "refresh" in told[2]
    for hidden in (CANARY, secret, first):
        assert [text for text in told if hidden in text] == []
        assert holding(installation.folder, hidden) == []
