"""What every test may use."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade


def refuse_the_outside(event: str, details: tuple[Any, ...]) -> None:
    """An audit hook: a test that connects to anything but this machine fails, whatever library it uses."""
    if event == "socket.connect" and isinstance(details[1], tuple):
        host = str(details[1][0]).partition("%")[0]
        if host != "localhost" and not ip_address(host).is_loopback:
            raise RuntimeError(f"a test reached for {host!r}")


sys.addaudithook(refuse_the_outside)


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqlRecords]:
    database = Sqlite(tmp_path / "records.sqlite3")
    database.write_now(upgrade)
    yield SqlRecords(database, configuration="test")
    database.close_now()
