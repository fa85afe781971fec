"""`trend run`, started again: on a file that changed, was cut, or under other settings."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TREND = [sys.executable, "-c", "from trend_agent.cli import main; main()"]
TOPICS = (
    "Storm Brakka reaches Orlen",
    "Parlament von Selkustan tritt ab",
    "La grève des trains continue à Vendor",
)


def lines(first: int, last: int) -> bytes:
    rows = [
        {
            "id": f"i{n}",
            "title": f"{TOPICS[n % 3]} {n * 7919}",
            "source": f"s{n % 4}",
            "lang": ("en", "de", "fr")[n % 3],
        }
        for n in range(first, last)
    ]
    for n, row in enumerate(rows):
        row["published_at"] = f"2026-03-01T{n // 60 % 24:02}:{n % 60:02}:00Z"
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def trend(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TREND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **environment},
    )


def doctor(records: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(trend("doctor", "--json", "--records", str(records)).stdout)
    assert found["wrong"] == []
    return found


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "r we?ird#.sqlite3"


def test_a_file_that_changed_is_read_from_its_beginning(tmp_path: Path, records: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(lines(0, 30))
    assert trend("run", str(file), "--records", str(records)).returncode == 0
    file.write_bytes(lines(30, 50))
    assert "not the file it was" in trend("run", str(file), "--records", str(records)).stderr
    assert doctor(records)["ledger"]["fetched"] == 50
    with file.open("ab") as more:
        more.write(lines(50, 60))
    assert trend("run", str(file), "--records", str(records)).stderr == ""
    assert doctor(records)["ledger"]["fetched"] == 60
    assert records.exists()


def test_a_cut_gzip_loses_nothing_once_it_is_whole(tmp_path: Path, records: Path) -> None:
    whole = gzip.compress(lines(0, 4000))
    file = tmp_path / "items.jsonl.gz"
    file.write_bytes(whole[: len(whole) * 3 // 4])
    assert trend("run", str(file), "--records", str(records)).returncode == 3
    cut = doctor(records)["ledger"]
    assert cut["verdicts"]["quarantined"] == 1
    assert 100 < cut["fetched"] < 4000
    file.write_bytes(whole)
    trend("run", str(file), "--records", str(records))
    assert doctor(records)["ledger"]["fetched"] == 4000 + 1


def test_other_languages_wanted_later_leave_what_was_settled(tmp_path: Path, records: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(lines(0, 60))
    second.write_bytes(lines(60, 90))
    trend("run", str(first), "--records", str(records), TREND_LANGUAGES="en")
    filtered = doctor(records)["ledger"]["verdicts"]["filtered"]
    assert filtered > 20
    trend("run", str(second), "--records", str(records))
    found = doctor(records)["ledger"]
    assert found["fetched"] == 90
    assert found["verdicts"]["filtered"] == filtered


def test_fresh_begins_anew_and_destroys_nothing_of_others(tmp_path: Path, records: Path) -> None:
    file, thesis = tmp_path / "items.jsonl", tmp_path / "thesis.txt"
    file.write_bytes(lines(0, 30))
    trend("run", str(file), "--records", str(records))
    file.write_bytes(lines(100, 110))
    assert trend("run", str(file), "--fresh", "--as-of", "bogus", "--records", str(records)).returncode == 2
    assert doctor(records)["ledger"]["fetched"] == 30
    trend("run", str(file), "--fresh", "--records", str(records))
    assert doctor(records)["ledger"]["fetched"] == 10
    thesis.write_text("My life's work, many pages of it, and no other copy anywhere.")
    assert trend("run", str(file), "--fresh", "--records", str(thesis)).returncode == 2
    assert thesis.read_text().startswith("My life's work")


def test_a_trend_is_shown_by_its_rank(tmp_path: Path, records: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(lines(0, 30))
    trend("run", str(file), "--records", str(records))
    assert "score" in trend("show", "1", "--records", str(records)).stdout
    assert "no topic and no item '999'" in trend("show", "999", "--records", str(records)).stderr


def test_the_version_is_told() -> None:
    done = trend("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "trend")
