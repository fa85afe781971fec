"""`trend cluster` as a filter."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from trend_agent.cli.cluster import cluster

ROWS = [
    {"id": "a", "title": "Minister Okafor resigns over harbour contract", "lang": "en"},
    {"id": "b", "title": "Orchestra plays Lindqvist in the park", "lang": "en", "gold_cluster": "x"},
    {"id": "c", "title": "Okafor resigns as minister over harbour contract", "lang": "en", "ref_event": 7},
]


def run(file: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(cluster)
    return CliRunner().invoke(app, [str(file), *options])


def written(path: Path, rows: list[dict[str, object]], *, end: str = "") -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + end, "utf-8")
    return path


def topics(result: Result) -> dict[str, str]:
    return {row["id"]: row["topic"] for row in map(json.loads, result.stdout.splitlines())}


def test_every_item_comes_out_once_in_order(tmp_path: Path) -> None:
    for option in ([], ["--as-arrived"]):
        result = run(written(tmp_path / "items.jsonl", ROWS), *option)
        assert result.exit_code == 0
        found = topics(result)
        assert list(found) == ["a", "b", "c"]
        assert found["a"] == found["c"] != found["b"]


def test_labels_are_not_looked_at(tmp_path: Path) -> None:
    bare = [{k: v for k, v in row.items() if not k.startswith(("gold_", "ref_"))} for row in ROWS]
    with_labels = run(written(tmp_path / "items.jsonl", ROWS)).stdout
    assert run(written(tmp_path / "bare.jsonl", bare)).stdout == with_labels


def test_bad_lines_are_survived_and_told(tmp_path: Path) -> None:
    file = written(tmp_path / "items.jsonl", [*ROWS, {"title": "no id"}], end="{not json\n")
    result = run(file)
    assert result.exit_code == 3
    assert list(topics(result)) == ["a", "b", "c"]


def test_dates_to_come_do_not_move_the_clock(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1] | {"published_at": "2999-01-01T00:00:00Z"}, ROWS[2]]
    found = topics(run(written(tmp_path / "items.jsonl", rows)))
    assert found["a"] == found["c"]


def test_corrections_are_obeyed(tmp_path: Path) -> None:
    file = written(tmp_path / "items.jsonl", ROWS)
    plain = topics(run(file))
    assert plain["a"] == plain["c"] != plain["b"]
    said = [
        {"kind": "split", "together": ["a"], "apart": ["c"]},
        {"kind": "merge", "together": ["b", "c", "not yet here"]},
    ]
    corrected = topics(run(file, "--corrections", str(written(tmp_path / "said.jsonl", said))))
    assert corrected["a"] != corrected["c"] == corrected["b"]
