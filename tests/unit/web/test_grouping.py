"""A trend's items by source, copies apart; and the items its sentences rest on, wherever they are."""

from dataclasses import replace
from datetime import datetime, timedelta

from trend_agent.items import Item, Receipt, Sentence, Trend
from trend_agent.storage import Arrival, Fact
from trend_agent.storage.sql.records import SqlRecords
from trend_agent.web.grouping import grouped, witnesses


def fact(noon: datetime, seq: int, source: str, copy_of: str | None = None) -> Fact:
    item = Item(
        id=f"{source}:{seq}", source=source, title=f"Title {seq}", seen_at=noon + timedelta(minutes=seq)
    )
    return Fact(seq, item, "t1", copy_of)


def test_sources_with_most_originals_come_first_and_newest_items_on_top(noon: datetime) -> None:
    facts = [
        fact(noon, 1, "few"),
        fact(noon, 2, "many"),
        fact(noon, 3, "copier", "many:2"),
        fact(noon, 4, "many"),
        fact(noon, 5, "many", "few:1"),
    ]
    groups = grouped(facts)
    assert [g.source for g in groups] == ["many", "few", "copier"]
    assert [i.id for i in groups[0].originals] == ["many:4", "many:2"]
    assert [i.id for i in groups[0].copies] == ["many:5"]
    assert (groups[2].originals, [i.id for i in groups[2].copies]) == ([], ["copier:3"])


async def test_an_item_behind_a_sentence_is_found_even_when_it_is_not_on_the_page(
    records: SqlRecords, noon: datetime
) -> None:
    here, far = fact(noon, 1, "here"), fact(noon, 2, "far")
    await records.ingest([Arrival(far.item)])
    trend = Trend(
        topic="t1", at=noon, rank=1, score=0.0, state="new", headline=Sentence("x", ["here:1"]),
        summary=[Sentence("y", ["far:2", "nowhere:3"])], items=1, copies=0, sources=[], languages=[],
        first_seen=noon, last_seen=noon, velocity=0.0, confidence=0.0, series=[], receipt=Receipt([], [], ""),
    )  # fmt: skip
    found = await witnesses(records, trend, [here])
    assert {name: item.title for name, item in found.items()} == {"here:1": "Title 1", "far:2": "Title 2"}
    assert set(await witnesses(records, replace(trend, summary=[]), [here])) == {"here:1"}
