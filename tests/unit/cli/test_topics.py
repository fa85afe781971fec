"""`trend topics`: what people say in a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from trend_agent.cli import front_door
from trend_agent.errors import Conflict, Misconfigured, Missing

TITLES = (
    "Storm Brakka reaches Orlen",
    "Parlament von Selkustan tritt ab",
    "La grève des trains continue à Vendor",
)


def trend(*arguments: str, records: Path) -> Result:
    return CliRunner().invoke(front_door(), [*arguments, "--records", str(records)], env={"COLUMNS": "150"})


def refused(kind: type[Exception], *arguments: str, records: Path) -> str:
    found = trend(*arguments, records=records).exception
    assert isinstance(found, kind)
    return str(found)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("items") / "items.jsonl"
    rows = [
        {
            "id": f"i{n}", "title": f"{TITLES[n % 3]} {n * 7919}", "source": f"s{n % 4}",
            "lang": ("en", "de", "fr")[n % 3], "published_at": f"2026-03-01T{n // 60:02}:{n % 60:02}:00Z",
        }
        for n in range(60)
    ]  # fmt: skip
    made.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return made


def topic_of(item: str, records: Path) -> str:
    told: list[dict[str, Any]] = json.loads(trend("show", item, "--json", records=records).stdout)
    return str(told[0]["topic"])


def test_topics_are_put_right_from_a_terminal(tmp_path: Path, file: Path) -> None:
    records, other = tmp_path / "r.sqlite3", tmp_path / "other.sqlite3"
    assert "no records" in refused(Misconfigured, "topics", "merge", "a", "b", records=records)
    assert trend("run", str(file), records=records).exit_code == 0
    first, second = topic_of("i0", records), topic_of("i1", records)
    done = trend("topics", "merge", first, second, "--by", "ann", records=records)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"correction 1: {first}, {second} are one: {first}; ")
    assert topic_of("i1", records) == first
    assert second not in trend("top", "--json", records=records).stdout
    wrong = refused(Conflict, "topics", "split", second, "i0", records=records)
    assert "'i0'" in wrong
    assert "held together by correction 1; undo it first" in wrong
    assert "no topic 'nope'" in refused(Missing, "topics", "pin", "i2", "nope", records=records)
    assert "no item 'nope'" in refused(Missing, "topics", "pin", "nope", first, records=records)
    assert trend("topics", "pin", "i2", second, records=records).exit_code == 0
    assert topic_of("i2", records) == first
    listed = json.loads(trend("topics", "list", "--json", records=records).stdout)
    assert [(c["kind"], c["by"] == "ann", c["stands"]) for c in listed] == [
        ("merge", True, True),
        ("pin", False, True),
    ]
    exported = tmp_path / "corrections.jsonl"
    assert trend("topics", "export", str(exported), records=records).exit_code == 0
    assert trend("run", str(file), records=other).exit_code == 0
    with exported.open("a") as more:
        more.write('{"kind": "merge"}\n')
    taken = trend("topics", "import", str(exported), records=other)
    assert (taken.exit_code, taken.stdout) == (
        3,
        "2 corrections taken in, 0 stood already, 1 could not be\n",
    )
    assert "correction 3 of" in taken.stderr
    assert topic_of("i1", other) == topic_of("i0", other) == topic_of("i2", other)
    assert json.loads(trend("doctor", "--json", records=other).stdout)["wrong"] == []
    assert trend("topics", "unpin", "i2", records=records).exit_code == 0
    assert trend("topics", "undo", "1", records=records).exit_code == 0
    assert len({topic_of(item, records) for item in ("i0", "i1", "i2")}) == 3
    assert "merge" in trend("topics", "list", records=records).stdout
    assert trend("topics", "export", records=records).stdout == ""
    assert json.loads(trend("doctor", "--json", records=records).stdout)["wrong"] == []
