"""What a trend rests on: every number and sentence of an answer can be traced to what the records hold."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from small_newsroom import SmallDesk, made_item, made_trend, take_in

from trend_agent.items import Receipt, Sentence, Term
from trend_agent.processing.rank.verify import verify


async def got(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_timeline_holds_every_item_by_source(client: httpx.AsyncClient) -> None:
    told = await got(client, "/api/v1/trends/t1/timeline")
    assert sum(c["items"] for c in told["columns"]) == 6
    assert sum(c["copies"] for c in told["columns"]) == 1
    assert {c["source"] for c in told["columns"]} == {"wire", "courier"}
    assert told["width_seconds"] == 3600
    assert all(c["start"].endswith(":00:00Z") for c in told["columns"])
    assert [c["start"] for c in told["columns"]] == sorted(c["start"] for c in told["columns"])


async def test_the_timeline_of_a_past_moment_knows_only_what_was_there(
    client: httpx.AsyncClient, noon: datetime
) -> None:
    then = noon - timedelta(minutes=25)
    told = await got(client, "/api/v1/trends/t1/timeline", as_of=then.isoformat(), width="quarter")
    # One of its own, and that of t2, which is part of it since; the original of its copy was not seen yet.
    assert sum(c["items"] for c in told["columns"]) == 2
    assert told["at"] == "2026-03-01T11:35:00Z"
    items = await got(client, "/api/v1/trends/t1/items", as_of=then.isoformat())
    assert [f["item"]["id"] for f in items["items"]] == ["wire:a/b:3", "wire:a/b:7"]


async def test_a_timeline_marks_each_alarm_once(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    alarm = noon - timedelta(minutes=50)
    receipt = Receipt([Term("surprise", 1.5, {"log10_odds": 3.25})], ["wire:a/b:0"], "c")
    for hours, moved in ((1, 0), (2, 5)):
        at = noon + timedelta(hours=hours)
        told = made_trend("t1", at, 1, alarm=alarm + timedelta(minutes=moved), receipt=receipt)
        await desk.records.publish([told])
    found = (await got(client, "/api/v1/trends/t1/timeline", as_of="2026-03-02"))["alarms"]
    assert found == [{"at": "2026-03-01T11:10:00Z", "surprise": 3.25}]


async def test_a_topic_of_many_hours_has_a_forecast_within_its_bounds(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    hours = range(170, 0, -1)
    items = [made_item(noon, 6 * h, id=f"long:{h}") for h in hours]
    await take_in(desk.records, "t-long", items, copies={})
    told = await got(client, "/api/v1/trends/t-long/timeline")
    assert told["no_forecast"] == ""
    assert told["forecast"]["rests_on"] == "own"
    assert len(told["forecast"]["hours"]) == 24
    assert all(h["lower"] <= h["mean"] <= h["upper"] for h in told["forecast"]["hours"])
    young = await got(client, "/api/v1/trends/t3/timeline")
    assert young["forecast"] is None
    assert "items in the 24 hours before" in young["no_forecast"]


async def test_a_receipt_says_each_term_in_words_and_sums_to_the_score(client: httpx.AsyncClient) -> None:
    told = (await got(client, "/api/v1/trends/t2/receipt"))["receipt"]
    assert told["topic"] == "t1"
    assert told["score"] == pytest.approx(sum(term["value"] for term in told["terms"]))
    (surprise,) = (t["words"] for t in told["terms"] if t["name"] == "surprise")
    assert surprise == "4.0 items in 4 h where 0.50 were to be expected"
    assert told["items"] == ["wire:a/b:0"]


async def test_a_receipt_leads_to_the_list_it_can_be_computed_again_from(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    at = await desk.records.clock()
    assert at is not None
    await desk.records.publish(await desk.pipeline.trends(at=at + timedelta(minutes=1)))
    trend = (await got(client, "/api/v1/trends"))["trends"][0]
    told = await got(client, f"/api/v1/trends/{trend['topic']}/receipt")
    answer = await client.get(told["recompute"])
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = answer.content.splitlines()
    assert verify(lines) == (trend["rank"], [])
    assert verify([line.replace(b'"wire"', b'"wired"') for line in lines])[1]
    assert parse_qs(urlsplit(told["recompute"]).query)["as_of"] == [trend["at"]]


async def test_what_would_exchange_neighbours_is_told_where_it_is_asked_for(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    at = await desk.records.clock()
    await desk.records.publish(await desk.pipeline.trends(at=at))
    first = (await got(client, "/api/v1/trends"))["trends"][0]["topic"]
    told = await got(client, f"/api/v1/trends/{first}/receipt", changes="true")
    assert told["lifts"] == ""
    assert "below" in told["drops"]
    assert (await got(client, f"/api/v1/trends/{first}/receipt"))["drops"] == ""


async def test_every_sentence_of_a_summary_names_the_item_that_says_it(
    client: httpx.AsyncClient, desk: SmallDesk
) -> None:
    told = await got(client, "/api/v1/trends/t1/summary")
    (sentence,) = told["sentences"]
    (citation,) = sentence["items"]
    item = await got(client, f"/api/v1/items/{citation['item']}")
    assert sentence["text"] in item["item"]["body"]
    assert citation["url"] == item["item"]["url"] == "https://wire.example/otters/0"
    assert told["headline"]["items"][0]["source"] == "wire"


async def test_a_sentence_whose_item_is_gone_stays_without_it(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    gone = Sentence("Nobody says this any more.", ["gone:1"])
    copied = Sentence("Otters return.", ["wire:a/b:4"])
    told = made_trend("t1", noon + timedelta(hours=3), 1, summary=[gone, copied])
    await desk.records.publish([told])
    first, second = (await got(client, "/api/v1/trends/t1/summary"))["sentences"]
    assert (first["text"], first["items"]) == ("Nobody says this any more.", [])
    assert [c["item"] for c in second["items"]] == ["wire:a/b:4"]


async def test_similar_topics_are_those_whose_items_say_much_the_same(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    far = made_item(noon, 30, id="far:1", title="Parliament votes on the budget", body="Taxes rise.")
    near = made_item(noon, 31, id="near:1", title="More otters return to a river", body="Otters thrive.")
    await take_in(desk.records, "t-far", [far], copies={})
    await take_in(desk.records, "t-near", [near], copies={})
    places = [("t1", "wire:a/b:0"), ("t-far", "far:1"), ("t-near", "near:1")]
    at = noon + timedelta(hours=1)
    await desk.records.publish(
        [
            made_trend(topic, at, rank, headline=Sentence("x", [item]))
            for rank, (topic, item) in enumerate(places, 1)
        ]
    )
    found = (await got(client, "/api/v1/trends/t1/similar"))["similar"]
    assert found[0]["topic"] == "t-near"
    assert found[0]["rank"] == 3
    assert all(a["likeness"] >= b["likeness"] for a, b in pairwise(found))
    assert "t1" not in {one["topic"] for one in found}
    one = await got(client, "/api/v1/trends/t1/similar", limit=1)
    assert len(one["similar"]) == 1


async def test_a_topic_is_found_by_any_name_it_had(client: httpx.AsyncClient) -> None:
    told = await got(client, "/api/v1/topics/t2")
    assert (told["topic"]["id"], told["names"], told["rank"]) == ("t1", ["t2"], 1)
    assert told["headline"] == "Otters return to the river 1"
    assert told["ended"] is False


async def test_headlines_are_told_once_for_as_long_as_they_stood(
    client: httpx.AsyncClient, desk: SmallDesk, noon: datetime
) -> None:
    for hours, words in ((1, "Otters are back"), (2, "Otters are back"), (3, "Otters return")):
        told = made_trend("t1", noon + timedelta(hours=hours), 4 - hours, headline=Sentence(words, ["a"]))
        await desk.records.publish([told])
    found = (await got(client, "/api/v1/topics/t1/headlines"))["headlines"]
    assert [(h["text"], h["best_rank"]) for h in found] == [
        ("Otters return to the river 1", 1),
        ("Otters are back", 2),
        ("Otters return", 1),
    ]
    assert (found[1]["since"], found[1]["until"]) == ("2026-03-01T13:00:00Z", "2026-03-01T14:00:00Z")
    past = await got(client, "/api/v1/topics/t1/headlines", as_of="2026-03-01T12:30:00Z")
    assert len(past["headlines"]) == 1
