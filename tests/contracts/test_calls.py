"""What every backend promises of calls: written down once, resolved once, never changed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from trend_agent.errors import Missing
from trend_agent.items import Call, Outcome
from trend_agent.storage.sql.records import SqlRecords


def call(at: datetime, topic: str = "t1", rank: int = 1) -> Call:
    return Call(topic, at, rank, 0.8, 3, ["a", "b"], "c0")


def outcome(made: Call, *, held: bool = True) -> Outcome:
    return Outcome(made.topic, made.at, made.at + timedelta(hours=6), held, 5, 4, 1.5)


async def test_a_call_is_read_as_it_was_made(records: SqlRecords, noon: datetime) -> None:
    await records.register([call(noon), call(noon, "t2", 2)])
    assert await records.calls() == [(call(noon), None), (call(noon, "t2", 2), None)]


async def test_a_call_made_twice_stays_as_it_was_first(records: SqlRecords, noon: datetime) -> None:
    await records.register([call(noon)])
    await records.register([replace(call(noon), confidence=0.1, rank=9)])
    assert await records.calls() == [(call(noon), None)]


async def test_an_outcome_stays_as_it_was_first(records: SqlRecords, noon: datetime) -> None:
    made = call(noon)
    await records.register([made, call(noon, "t2")])
    await records.resolve([outcome(made)])
    await records.resolve([outcome(made, held=False)])
    assert await records.calls() == [(made, outcome(made)), (call(noon, "t2"), None)]
    assert await records.calls(unresolved=True) == [(call(noon, "t2"), None)]


async def test_what_was_never_called_cannot_be_resolved(records: SqlRecords, noon: datetime) -> None:
    with pytest.raises(Missing, match="t1"):
        await records.resolve([outcome(call(noon))])


async def test_the_beginning_is_the_oldest_settled_item(records: SqlRecords) -> None:
    assert await records.beginning() is None
