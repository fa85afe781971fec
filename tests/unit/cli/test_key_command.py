"""`trend key`: made, listed, rotated and revoked, and written into the audit log."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trend_agent.api.access.knowing import Known
from trend_agent.app import open_shared
from trend_agent.cli import front_door
from trend_agent.errors import Conflict, Missing, Rejected
from trend_agent.settings import Settings
from trend_agent.storage.access import Deed
from trend_agent.storage.sql.access import SqlAccess


@pytest.fixture
def records(tmp_path: Path) -> str:
    return str(tmp_path / "records.sqlite3")


def run(*words: str) -> str:
    found = CliRunner().invoke(front_door(), [*words], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def opens(records: str, text: str) -> bool:
    async def ask() -> bool:
        async with open_shared(Settings(records=f"sqlite:///{records}")) as database:
            known = Known(SqlAccess(database))
            found = await known.by_key(text)
            await known.close()
            return found is not None

    return asyncio.run(ask())


def deeds(records: str) -> list[Deed]:
    async def ask() -> list[Deed]:
        async with open_shared(Settings(records=f"sqlite:///{records}")) as database:
            return await SqlAccess(database).deeds(10)

    return asyncio.run(ask())


def test_a_key_lives_from_create_to_revoke(records: str) -> None:
    where = ("--records", records)
    first = run("key", "create", "screen", "--scope", "write", *where).strip()
    assert opens(records, first)
    (listed,) = json.loads(run("key", "list", "--json", *where))
    assert (listed["name"], listed["scope"], listed["revoked_at"]) == ("screen", "write", None)
    assert first.split("_")[2] not in run("key", "list", *where)
    again = json.loads(run("key", "rotate", listed["id"], "--grace-hours", "0", "--json", *where))["text"]
    assert (opens(records, first), opens(records, again)) == (False, True)
    assert run("key", "revoke", listed["id"], *where) == f"{listed['id']} is revoked\n"
    assert not opens(records, again)
    assert [deed.action for deed in deeds(records)] == [
        "trend key revoke",
        "trend key rotate",
        "trend key create",
    ]
    with pytest.raises(Conflict, match="revoked"):
        run("key", "rotate", listed["id"], *where)


def test_what_makes_no_sense_is_named(records: str) -> None:
    with pytest.raises(Rejected, match="read, write, admin, found 'all'"):
        run("key", "create", "x", "--scope", "all", "--records", records)
    with pytest.raises(Rejected, match="printable"):
        run("key", "create", "x\x07", "--records", records)
    run("key", "create", "x", "--records", records)
    with pytest.raises(Missing, match="no key 'nobody'"):
        run("key", "revoke", "nobody", "--records", records)
