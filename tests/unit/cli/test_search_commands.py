"""`trend search` and `trend likeness` from the command line."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trend_agent.cli import front_door
from trend_agent.errors import Conflict, Misconfigured, Missing, Rejected
from trend_agent.storage.qdrant.edge import EdgeVectors

TINY = Path(__file__).parents[1] / "text" / "tiny_encoder"
ROWS = [
    {
        "id": "a",
        "source": "wire",
        "lang": "en",
        "title": "Earthquake hits Japan",
        "seen_at": "2026-03-01T10:00:00Z",
    },
    {
        "id": "b",
        "source": "blog",
        "lang": "ru",
        "title": "Землетрясение в Японии",
        "seen_at": "2026-03-01T11:00:00Z",
    },
    {
        "id": "c",
        "source": "wire",
        "lang": "en",
        "title": "Lender fails in Peru",
        "seen_at": "2026-03-01T12:00:00Z",
    },
]


def trend(*words: str, stdin: str = "") -> Result:
    result = CliRunner().invoke(front_door(), list(words), input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def records(tmp_path, monkeypatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    assert trend("run", "items.jsonl").exit_code == 0
    (found,) = (tmp_path / ".trend").glob("*.sqlite3")
    return str(found)


def found(*words: str) -> list[str]:
    return [row["item"]["id"] for row in json.loads(trend("search", *words, "--json").stdout)]


def test_items_are_found_in_every_language_and_filtered(records: str) -> None:
    there = ("--records", records)
    assert set(found("earthquake in Japan", *there, "--limit", "2")) == {"a", "b"}
    assert found("earthquake in Japan", *there, "--lang", "ru") == ["b"]
    assert found("Japan", *there, "--source", "wire") == ["a"]
    assert "a" not in found("Japan", *there, "--since", "2026-03-01T10:30")
    assert "b" not in found("Japan", *there, "--until", "2026-03-01T10:30")
    assert found("quince", *there) == []
    assert "nothing found" in trend("search", "quince", *there).stdout
    assert "Japan" in trend("search", "earthquake", *there).stdout


def test_an_encoder_has_an_index_of_its_own(records: str) -> None:
    there = ("--records", records, "--embedder", f"onnx:{TINY}")
    assert found("collapses", *there)[0] == "c"
    assert found("quince", "--records", records) == []


def test_the_index_follows_the_topics(records: str) -> None:
    with sqlite3.connect(records) as book:
        ((topic,),) = book.execute(
            "select topic from members join items using (seq) where items.id = 'c'"
        ).fetchall()
    assert found("lender", "--records", records, "--topic", topic) == ["c"]
    with pytest.raises(Missing, match="no topic 'nope'"):
        trend("search", "lender", "--records", records, "--topic", "nope")


def test_an_index_that_is_open_elsewhere_is_named(records: str) -> None:
    trend("search", "lender", "--records", records)
    (folder,) = Path(records).with_suffix(".vectors").iterdir()
    held = EdgeVectors(folder)
    assert held
    with pytest.raises(Conflict, match="open in another process"):
        trend("search", "lender", "--records", records)


@pytest.mark.parametrize("embedder", ["minilm", "onnx:", "https://host/v1", "ftp://host#m"])
def test_an_embedder_nobody_knows_is_named(embedder: str) -> None:
    with pytest.raises(Misconfigured, match=r"TREND_EMBEDDER should be lexical, onnx:FOLDER"):
        trend("likeness", "--embedder", embedder)


def test_records_that_share_a_folder_of_vectors_stay_apart(records: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TREND_VECTORS", f"edge:///{tmp_path}/shared")
    assert found("lender", "--records", records) == ["c"]
    (tmp_path / "other.jsonl").write_text(
        json.dumps({**ROWS[0], "title": "Budget vote in Peru"}) + "\n", "utf-8"
    )
    assert trend("run", "other.jsonl").exit_code == 0
    (other,) = (tmp_path / ".trend").glob("run-other*.sqlite3")
    assert found("lender", "--records", str(other)) == []
    assert found("budget", "--records", str(other)) == ["a"]


def test_vectors_nowhere_cannot_be_searched(records: str, monkeypatch) -> None:
    for value, words in (("none", "nothing can be searched"), ("redis://h", "TREND_VECTORS should be")):
        monkeypatch.setenv("TREND_VECTORS", value)
        with pytest.raises(Misconfigured, match=words):
            trend("search", "lender", "--records", records)


def test_a_moment_that_is_none_names_its_option(records: str) -> None:
    with pytest.raises(Rejected, match="--since wants a moment"):
        trend("search", "x", "--records", records, "--since", "yesterday")


def test_pairs_come_out_in_order_with_their_ids() -> None:
    one, other = {"title": "Earthquake hits Japan"}, {"title": "Lender fails", "body": "A bank is gone."}
    rows = [
        {"id": 7, "lang": "en", "a": one, "b": one, "gold_similarity": 0},
        {"a": {**one, "lang": "en"}, "b": {**other, "lang": "en"}},
        {"a": {"title": "Сильное землетрясение в Японии"}, "b": {"title": "A strong earthquake in Japan"}},
    ]
    result = trend("likeness", stdin="".join(json.dumps(row) + "\n" for row in rows))
    same, different, across = map(json.loads, result.stdout.splitlines())
    assert same == {"id": 7, "likeness": 1.0}
    assert different["likeness"] < 0.2
    assert across["likeness"] > 0.4
    assert result.exit_code == 0


def test_an_encoder_changes_likeness() -> None:
    row = json.dumps({"lang": "en", "a": {"title": "quake"}, "b": {"title": "earthquake hits"}}) + "\n"
    alone, both = (
        json.loads(trend("likeness", *options, stdin=row).stdout)["likeness"]
        for options in ([], ["--embedder", f"onnx:{TINY}"])
    )
    assert alone != both


def test_bad_pairs_are_told_and_survived() -> None:
    good = json.dumps({"a": {"title": "x", "lang": "en"}, "b": {"title": "x", "lang": "en"}})
    result = trend("likeness", stdin=f'{{"a": 1}}\nnonsense\n{{"a": {{"title": 3}}, "b": {{}}}}\n{good}\n')
    assert result.stdout.splitlines() == ['{"likeness":1.0}']
    assert result.exit_code == 3
    assert "a pair needs an item 'a', found int" in result.stderr
