"""The templates over the real pipeline end with the records that the pipeline alone ends with."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trend_agent.app import make_pipeline, open_records
from trend_agent.items import Item
from trend_agent.settings import Settings
from trend_agent.sources.demo import World
from trend_agent.storage import Arrival
from trend_agent.workflow import Progress, SimpleWorkflowEngine, create_custom_workflow, get_template


@pytest.fixture(scope="module")
def items() -> Sequence[Item]:
    until = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return list(World(seed=5, days=1, per_day=600, until=until).items())


def settings_at(place: str, file: Path) -> Settings:
    return Settings(records=place, batch=50, workflows=f"sqlite:///{file.with_suffix('.workflows')}")


async def filled(settings: Settings, items: Sequence[Item]) -> None:
    async with open_records(settings, write=True) as book:
        await book.ingest([Arrival(item) for item in items])


@pytest.mark.timeout(180)
async def test_processing_step_by_step_gives_what_the_pipeline_gives(
    items: Sequence[Item], place: str, tmp_path: Path
) -> None:
    stepwise = settings_at(place, tmp_path / "a")
    plain = settings_at(f"sqlite:///{tmp_path / 'plain.sqlite3'}", tmp_path / "b")
    await filled(stepwise, items)
    await filled(plain, items)
    heard: list[Progress] = []
    engine = SimpleWorkflowEngine(stepwise, listeners=[heard.append])
    done = await engine.execute(get_template("processing_only", top_n_trends=20, most=250))
    assert (done.state, done.error) == ("done", "")
    assert [r.round for r in done.steps if r.name == "cluster"] == [1, 2, 3]
    assert sum(r.output["settled"] for r in done.steps if r.name == "cluster") == len(items)
    assert any(p.step == "cluster" and p.what == "went on" for p in heard)
    async with open_records(plain, write=True) as book:
        pipeline = make_pipeline(book, plain)
        await pipeline.drain()
        wanted, trends = await book.logical_hash(), await pipeline.publish(limit=20)
    async with open_records(stepwise) as book:
        assert await book.logical_hash() == wanted
        assert await book.trends(limit=20) == trends
        assert await book.check() == []


@pytest.mark.timeout(120)
async def test_steps_of_two_executions_that_get_between_each_other_lose_nothing(
    items: Sequence[Item], tmp_path: Path
) -> None:
    settings = settings_at(f"sqlite:///{tmp_path / 'r.sqlite3'}", tmp_path / "a")
    await filled(settings, items)
    async with SimpleWorkflowEngine(settings) as engine:
        both = [get_template("processing_only", top_n_trends=10, most=n) for n in (200, 300)]
        done = await asyncio.gather(*(engine.execute(one) for one in both))
    assert [e.state for e in done] == ["done", "done"]
    async with open_records(settings) as book:
        balance = await book.balance()
        assert (balance.waiting, balance.holds, balance.fetched) == (0, True, len(items))


@pytest.mark.timeout(120)
async def test_the_snippet_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feed.xml").write_text("<rss/>")
    sources = tmp_path / "sources.toml"
    sources.write_text('[[rss]]\nurl = "http://127.0.0.1:9/feed.xml"\n')
    monkeypatch.setenv("TREND_SOURCES", str(sources))
    monkeypatch.chdir(tmp_path)

    from trend_agent.workflow import SimpleWorkflowEngine, get_template

    workflow = get_template("full_pipeline", top_n_trends=100)
    execution = await SimpleWorkflowEngine().execute(workflow)

    assert execution.state == "done"
    assert execution.outputs["collect"]["collected"]["failed"]
    assert execution.outputs["persist"] == {"at": None, "trends": 0}


async def test_records_that_cannot_be_opened_fail_the_step_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("My life's work, many pages of it, and no other copy anywhere.")
    settings = settings_at(f"sqlite:///{tmp_path / 'thesis.txt'}", tmp_path / "a")
    done = await SimpleWorkflowEngine(settings).execute(get_template("refresh"))
    assert done.state == "failed"
    assert "is not a SQLite database" in done.error
    assert (tmp_path / "thesis.txt").read_text().startswith("My life's work")


async def test_a_step_that_nothing_carries_is_named(tmp_path: Path) -> None:
    settings = settings_at(f"sqlite:///{tmp_path / 'r.sqlite3'}", tmp_path / "a")
    engine = SimpleWorkflowEngine(settings)
    done = await engine.execute(create_custom_workflow("mine", [{"kind": "rank", "limit": 5}]))
    assert done.outputs["rank"] == {"at": None, "limit": 5, "topics": 0}


async def test_a_decision_between_the_measuring_and_the_words_changes_nothing_of_the_list(
    items: Sequence[Item], tmp_path: Path
) -> None:
    settings = settings_at(f"sqlite:///{tmp_path / 'r.sqlite3'}", tmp_path / "a")
    await filled(settings, items[:200])
    steps = ["detect_language", "deduplicate", "cluster", {"kind": "rank", "limit": 5}]
    made = create_custom_workflow("reviewed", [*steps, "approval", "summarise", "persist"])
    async with SimpleWorkflowEngine(settings) as engine:
        execution = await engine.start(made)
        while not any(s.state == "approval" for s in (await engine.repository.get(execution)).steps):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await engine.approve(execution)
        done = await engine.wait(execution)
    assert done.state == "done"
    assert done.outputs["persist"]["at"] == done.outputs["rank"]["at"]
    assert done.outputs["persist"]["trends"] == done.outputs["rank"]["topics"] == 5
