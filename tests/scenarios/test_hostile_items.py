"""Whatever a line holds, it ends in a recorded fate, and the run goes on."""

import asyncio
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from places import database_at, drop, opened
from trend_agent.errors import Missing
from trend_agent.items import Fate
from trend_agent.storage.sql.postgres import in_schema

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
GOOD = {"published_at": "2026-03-01T12:00:00Z", "source": "s", "lang": "en"}


def line(key: str, **fields: Any) -> bytes:
    return json.dumps({**GOOD, "id": key, "title": f"A plain title about {key}", **fields}).encode() + b"\n"


HOSTILE = {
    "huge": line("huge", title="x" * 1_000_000),
    "control": line("control", title="be\x07ll \x1b[31mred\x00 nul"),
    "nuls": line(
        "nuls", body="b\x00", url="https://e.example/\x00", author="a\x00", lang="e\x00n", via={"x": "\x00"}
    ),
    "bidi": line("bidi", title="\u202egnissim\u202c \u2066x\u2069 \U000e0041tag"),
    "year1": line("year1", published_at="0001-01-01T00:00:00Z"),
    "year9999": line("year9999", published_at="9999-12-31T23:59:59Z"),
    "nuladdress": line("nuladdress", url="https://example.org/\x00/a"),
    "script": line(
        "script", url="javascript:alert(1)", title="<img src=x onerror=alert(1)>Rabbits moved into a library"
    ),
    "untitled": line("untitled", title="", body="Only a body is here, and it speaks of rain."),
    "empty": line("empty", title="", body=" \u200b "),
    "deep": b'{"id":"deep","title":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
    "nested": b'{"id":"nested","title":"A box in a box","x":' + b"[" * 600 + b"]" * 600 + b"}\n",
    "escaped": line("esc\x1b[31m", title="An id that paints the terminal red"),
    "number": line("number", title=3),
    "surrogate": b'{"id": "surrogate", "title": "half \\ud83d", "published_at": "2026-03-01T12:00:00Z"}\n',
    "infinite": b'{"id": "infinite", "title": "endless counting", "engagement": {"points": 1e999}}\n',
    "emoji": line("emoji", title="\U0001f468\u200d\U0001f469\u200d\U0001f467" * 3000),
    "zalgo": line("zalgo", title="Z" + "\u0301" * 5000),
}
NOT_READABLE = ("deep", "nested", "escaped", "number", "infinite", "surrogate")
"""Those whose line cannot be read as an item at all."""

NO_ITEMS = {
    "notjson": b"this is no JSON\n",
    "latin1": b'{"id": "caf\xe9"}\n',
    "list": b"[1, 2]\n",
    "noid": b'{"title": "x"}\n',
}


def trend(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*TREND, *arguments], capture_output=True, check=False, timeout=100)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("hostile") / "items.jsonl"
    good = [line(f"good{n}", title=f"Storm Brakka reaches the coast of Orlen, {n} dead") for n in range(3)]
    file.write_bytes(b"".join([good[0], *HOSTILE.values(), good[1], *NO_ITEMS.values(), good[2]]))
    return file


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, stream: Path) -> Iterator[str]:
    """The address of records that took the stream in."""
    on_postgres = request.param == "postgres"
    place = f"sqlite:///{stream.parent / 'r.sqlite3'}"
    if on_postgres:
        place = in_schema(request.getfixturevalue("postgres_url"), f"hostile_{uuid4().hex[:12]}")
    done = trend("run", str(stream), "--records", place, "--json")
    assert done.returncode == 3, done.stderr
    assert b"Traceback" not in done.stderr
    yield place
    if on_postgres:
        asyncio.run(drop(place))


def told(records: str, key: str) -> list[Fate | None]:
    async def look() -> list[Fate | None]:
        async with opened(database_at(records)) as book:
            return [found.fate for found in await book.fate(item=key)]

    try:
        return asyncio.run(look())
    except Missing:
        return []


@pytest.mark.parametrize("key", sorted(HOSTILE))
def test_a_hostile_item_has_one_fate(records: str, key: str) -> None:
    fates = [fate.verdict for fate in told(records, key) if fate]
    if key in NOT_READABLE:
        assert fates == []
    elif key in ("empty", "emoji"):  # nothing in them can be read
        assert fates == ["quarantined"]
    else:
        assert fates in (["kept"], ["duplicate"])


def test_a_line_that_is_no_item_is_told_of_by_its_place(records: str, stream: Path) -> None:
    lines = stream.read_bytes().splitlines(keepends=True)
    for key, content in {**NO_ITEMS, **{key: HOSTILE[key] for key in NOT_READABLE}}.items():
        (fate,) = told(records, f"line:items.jsonl:{lines.index(content) + 1}")
        assert fate is not None
        assert (fate.verdict, fate.reason) == ("quarantined", "unreadable"), key
        assert fate.detail


def test_the_ledger_balances(records: str) -> None:
    found = json.loads(trend("doctor", "--json", "--records", records).stdout)
    assert found["wrong"] == []
    ledger = found["ledger"]
    assert ledger["waiting"] == 0
    assert ledger["fetched"] == sum(ledger["verdicts"].values()) == 3 + len(HOSTILE) + len(NO_ITEMS)
    assert ledger["reasons"]["quarantined: unreadable"] == len(NO_ITEMS) + len(NOT_READABLE)


def test_what_is_shown_is_clean(records: str) -> None:
    out = trend("top", "--json", "--top", "100", "--records", records).stdout.decode()
    shown = [t["headline"]["text"] for t in json.loads(out)]
    assert "Rabbits moved into a library" in shown
    for text in shown:
        assert "<" not in text
        assert all(c.isprintable() for c in text)
        assert not {"\u202e", "\u2066", "\U000e0041", "\x1b"} & set(text)


def test_a_date_in_the_far_future_does_not_lead_the_list(records: str) -> None:
    trends = json.loads(trend("top", "--json", "--records", records).stdout)
    assert all(t["last_seen"] < "2026-12" for t in trends)


def test_a_cut_gzip_is_read_up_to_the_cut(tmp_path: Path) -> None:
    whole = gzip.compress(
        b"".join(line(f"g{n}", title=f"Number {n} of a list {n * 7919}") for n in range(3000))
    )
    file = tmp_path / "cut.jsonl.gz"
    file.write_bytes(whole[: len(whole) // 2])
    records = str(tmp_path / "r.sqlite3")
    done = trend("run", str(file), "--records", records)
    assert done.returncode == 3
    found = json.loads(trend("doctor", "--json", "--records", records).stdout)
    assert found["ledger"]["verdicts"]["kept"] > 100
    assert found["ledger"]["verdicts"]["quarantined"] == 1


def test_a_wrong_moment_is_one_clear_line(tmp_path: Path) -> None:
    done = trend("top", "--as-of", "yesterday", "--records", str(tmp_path / "none.sqlite3"))
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "trend: --as-of wants a moment like 2026-03-01T12:00, found 'yesterday'"
    ]


def test_records_that_are_not_there_are_a_matter_of_settings(tmp_path: Path) -> None:
    done = trend("top", "--records", str(tmp_path / "none.sqlite3"))
    assert done.returncode == 2
    assert b"no records" in done.stderr


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.sqlite3"
    file.write_text("Dear reader, this is no database at all, whatever its name says.")
    done = trend("top", "--records", str(file))
    assert done.returncode == 2
    assert b"letter.sqlite3" in done.stderr
