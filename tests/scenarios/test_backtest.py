"""A walk over a recorded log makes the calls that would have been made, whatever came later."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from trend_agent.app import make_pipeline
from trend_agent.cli.backtest import backtest
from trend_agent.items import Call, Item, Outcome, plain
from trend_agent.processing.backtest import walk
from trend_agent.processing.scorecard import HORIZON, scorecard
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.storage.sql.sqlite import Sqlite
from trend_agent.storage.sql.upgrade import upgrade

UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUT = UNTIL - timedelta(hours=14)


@pytest.fixture(scope="module")
def world() -> list[Item]:
    return list(World(seed=7, days=2, per_day=500, until=UNTIL).items())


async def calls(folder: Path, world: list[Item]) -> list[tuple[Call, Outcome | None]]:
    database = Sqlite(folder / "records.sqlite3")
    database.write_now(upgrade)
    records = SqlRecords(database, configuration="c")
    await records.ingest([Arrival(item) for item in world])
    pipeline = make_pipeline(records, Settings())
    await pipeline.drain()
    found = await walk(pipeline, CUT - timedelta(hours=12), UNTIL, every=timedelta(hours=2))
    await records.close()
    return found


async def test_changing_the_future_never_changes_a_past_call(tmp_path: Path, world: list[Item]) -> None:
    past = [item for item in world if item.seen_at <= CUT]
    future = [item for item in world if item.seen_at > CUT]
    turned = [replace(item, title=f"{future[-k].title} {k}") for k, item in enumerate(future, 1)]
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = await calls(tmp_path / "one", [*past, *future])
    other = await calls(tmp_path / "other", [*past, *turned])
    mine, theirs = ([c for c, _ in made if c.at <= CUT] for made in (one, other))
    assert len(mine) > 3
    assert mine == theirs
    early, likewise = ([o for c, o in made if c.at + HORIZON <= CUT] for made in (one, other))
    assert None not in early
    assert early == likewise
    assert [o for _, o in one] != [o for _, o in other]
    assert scorecard(one).resolved == sum(o is not None for _, o in one)


def test_the_command_says_its_measures_with_their_number_of_cases(tmp_path: Path, world: list[Item]) -> None:
    file = tmp_path / "world.jsonl"
    file.write_text("".join(json.dumps(plain(item)) + "\n" for item in world[-700:]), "utf-8")
    app = typer.Typer()
    app.command()(backtest)
    arguments = [str(file), "--records", str(tmp_path / "r.sqlite3"), "--every", "4", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["calls"] >= found["resolved"] > 0
    assert 0 <= found["brier"] <= 1
    assert set(found["precision"]) == {"1", "3", "5", "10"}
