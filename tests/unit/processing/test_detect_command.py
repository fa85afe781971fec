"""`trend detect` as a filter on JSON Lines."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from trend_agent.cli.detect import detect

START = datetime(2026, 3, 2, tzinfo=UTC)


def run(rows: list[object], tmp_path: Path, *options: str) -> Result:
    file = tmp_path / "counts.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    front = typer.Typer()
    front.command()(detect)
    return CliRunner().invoke(front, [str(file), *options])


def rows(step: int = 15, *, last: int = 500) -> list[object]:
    """Two items an hour in one series, twenty from bin 450 on."""
    moments = [(at, 5 if at >= 450 else 1) for at in range(last) if at >= 450 or at % 2 == 0]
    stamp = [(START + timedelta(minutes=step * at)).isoformat() for at, _ in moments]
    return [{"series": "a", "at": at, "count": count} for at, (_, count) in zip(stamp, moments, strict=True)]


def test_a_rise_becomes_an_alarm_with_its_terms(tmp_path: Path) -> None:
    done = run(rows(), tmp_path)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert found
    assert set(found[0]) == {"series", "at", "surprise", "window"}
    assert "2026-03-06T16:30:00Z" <= found[-1]["at"] < "2026-03-06T19:30:00Z"


def test_cutting_the_file_leaves_the_alarms_before_the_cut(tmp_path: Path) -> None:
    for step in (15, 7):
        whole = run(rows(step), tmp_path).stdout.splitlines()
        for last in (453, 460, 471):
            until = (START + timedelta(minutes=step * (last - 1))).isoformat().replace("+00:00", "Z")
            cut = run(rows(step, last=last), tmp_path).stdout.splitlines()
            early = [line for line in cut if json.loads(line)["at"] <= until]
            assert early == [line for line in whole if json.loads(line)["at"] <= until]


def test_bad_rows_are_named_and_the_run_goes_on(tmp_path: Path) -> None:
    late = {"series": "a", "at": START.isoformat(), "count": 1}
    bad = [
        {"series": "a", "at": "soon", "count": 1},
        {"series": "a", "count": 1},
        {"series": None, "at": 1, "count": 1},
    ]
    worse = [{**late, "count": -1}, {**late, "count": "many"}, {**late, "count": True}]
    good = rows()
    done = run([*bad, *worse, *good, late], tmp_path)
    assert done.exit_code == 3
    assert done.stderr.count("trend: ") == 7
    assert done.stdout == run(good, tmp_path).stdout


def test_a_few_loud_series_are_judged_by_their_own_highs(tmp_path: Path) -> None:
    steps = range(96 * 8)
    counts = [200 + 40 * (at % 96 // 48) + at * 7919 % 31 for at in steps]
    loud = [count * 4 if at >= 96 * 7 + 20 else count for at, count in zip(steps, counts, strict=True)]
    stamps = [(START + timedelta(minutes=15 * at)).isoformat() for at in steps]
    both = {"calm": counts, "loud": loud}
    mixed = [{"series": name, "at": stamps[at], "count": both[name][at]} for at in steps for name in both]
    found = [json.loads(line) for line in run(mixed, tmp_path, "--own-scale").stdout.splitlines()]
    assert [(row["series"], row["at"]) for row in found if row["at"] > "2026-03-06"] == [
        ("loud", "2026-03-09T05:00:00Z")
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--bin", "7m"),
        ("--bin", "soon"),
        ("--false-alarms-per-day", "0"),
        ("--own-scale", "--false-alarms-per-day=2"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: tuple[str, str], tmp_path: Path) -> None:
    done = run(rows(), tmp_path, *options)
    assert type(done.exception).__name__ == "Misconfigured"
