"""The forecast of the next 24 hours: honest intervals, no look ahead, silence where little is known."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from trend_agent.cli.forecast import forecast
from trend_agent.processing.forecast import expected, forecasts

DAY = 24


def world(seed: int, days: int = 40, level: float = 30.0) -> np.ndarray:
    """Items per hour with a day's and a week's shape and a level that wanders and returns."""
    rng = np.random.default_rng(seed)
    hour = np.arange(days * DAY)
    wander = np.zeros(hour.size)
    for at in range(1, hour.size):
        wander[at] = 0.9 * wander[at - 1] + 0.15 * rng.normal()
    weekend = np.where(hour // DAY % 7 >= 5, 0.5, 1.0)
    mean = level * weekend * (1 + 0.7 * np.sin(hour / DAY * 2 * np.pi)) * np.exp(wander)
    return rng.poisson(mean).astype(float)


def test_intervals_hold_about_as_often_as_they_say() -> None:
    for coverage in (0.8, 0.95):
        inside = []
        for seed in range(6):
            counts = world(seed)
            for now in range(30 * DAY, 39 * DAY, 33):
                found = forecasts([counts[:now]], coverage=coverage)[0]
                assert found is not None
                ahead = counts[now : now + DAY]
                inside.append((ahead >= found.lower) & (ahead <= found.upper))
        assert np.mean(inside) == pytest.approx(coverage, abs=0.05)


def test_it_beats_repeating_yesterday_and_repeating_the_last_hour() -> None:
    missed: dict[str, list[float]] = {"ours": [], "yesterday": [], "last hour": []}
    for seed in range(4):
        counts = world(seed)
        for now in range(28 * DAY, 39 * DAY, 17):
            ahead = counts[now : now + DAY]
            ours = np.expm1(expected(np.log1p(counts[:now])))
            rivals = {
                "ours": ours,
                "yesterday": counts[now - DAY : now],
                "last hour": np.full(DAY, counts[now - 1]),
            }
            for name, rival in rivals.items():
                missed[name].append(float(np.abs(rival - ahead).mean()))
    assert np.mean(missed["ours"]) < 0.75 * np.mean(missed["yesterday"])
    assert np.mean(missed["ours"]) < 0.5 * np.mean(missed["last hour"])


def test_a_weekend_is_foreseen_on_friday_night() -> None:
    ratios = []
    for seed in range(12):
        counts = world(seed, days=40)[: 33 * DAY]
        ratios.append(np.expm1(expected(np.log1p(counts))).sum() / counts[-DAY:].sum())
    assert np.median(ratios) < 0.85


def test_the_interval_holds_its_middle_and_is_never_negative() -> None:
    for level in (0.3, 3, 300):
        found = forecasts([world(1, level=level)])[0]
        assert found is not None
        assert np.all((found.lower >= 0) & (found.lower <= found.mean) & (found.mean <= found.upper))
        assert np.all(found.upper > found.lower)


def test_nothing_is_said_of_a_series_with_too_little_past() -> None:
    short, empty = world(1)[-2 * DAY :], np.zeros(20 * DAY)
    empty[3] = 5
    assert forecasts([short, empty]) == [None, None]


def test_a_young_series_borrows_the_errors_of_the_others() -> None:
    young = world(1)[-4 * DAY :]
    assert forecasts([young]) == [None]
    alone, borrowed = forecasts([world(2), young])
    assert alone is not None
    assert borrowed is not None
    assert np.all(borrowed.upper > borrowed.lower)


def stamp(hour: int, quarter: int) -> str:
    return datetime.fromtimestamp(hour * 3600 + quarter * 900, UTC).isoformat()


def run(counts: dict[str, np.ndarray], tmp_path: Path, *options: str) -> Result:
    file = tmp_path / "counts.jsonl"
    rows = [
        {
            "series": name,
            "at": stamp(hour, quarter),
            "count": count / 4,
        }
        for hour in range(max(map(len, counts.values())))
        for quarter in range(4)
        for name, count in ((name, float(line[hour])) for name, line in counts.items() if hour < len(line))
        if count
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    front = typer.Typer()
    front.command()(forecast)
    return CliRunner().invoke(front, [str(file), *options])


def test_the_command_gives_24_rows_per_series_from_the_next_hour_on(tmp_path: Path) -> None:
    done = run({"a": world(1, 20), "b": world(2, 20)[: 3 * DAY]}, tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert [row["at"] for row in rows] == [f"1970-01-21T{hour:02}:00:00Z" for hour in range(DAY)]
    assert {row["series"] for row in rows} == {"a"}
    assert set(rows[0]) == {"series", "at", "mean", "lower", "upper"}


def test_a_forecast_as_of_an_hour_knows_nothing_later(tmp_path: Path) -> None:
    whole, cut = world(1, 20), world(1, 20)[: 15 * DAY]
    then = run({"a": whole}, tmp_path, "--as-of", "1970-01-16T00:00:00")
    assert then.exit_code == 0
    assert then.stdout == run({"a": cut}, tmp_path).stdout


def test_a_coverage_that_is_no_share_is_refused(tmp_path: Path) -> None:
    done = run({"a": world(1, 5)}, tmp_path, "--coverage", "80")
    assert type(done.exception).__name__ == "Misconfigured"
