"""Items from files: good ones as they are, bad ones with a fate."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trend_agent.items import EARLIEST, plain
from trend_agent.sources.recorded import Recording
from trend_agent.storage import Arrival

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(*rows: dict[str, Any] | str) -> Sequence[Arrival]:
    return Recording(Path("log.jsonl"), iter(enumerate(rows, 1)), now=NOW).arrivals(100)


def test_a_recorded_item_is_seen_when_it_says_it_was_published() -> None:
    (arrival,) = read({"id": "a", "title": "x", "published_at": "2025-01-01T10:00:00+02:00"})
    assert arrival.item.seen_at == datetime(2025, 1, 1, 8, tzinfo=UTC)
    assert arrival.fault == ""


def test_times_that_cannot_be_are_the_streams() -> None:
    rows = [
        {"id": "a", "published_at": "2025-01-01T10:00:00Z"},
        {"id": "b", "published_at": "9999-01-01T10:00:00Z"},
        {"id": "c", "published_at": "0001-01-01T10:00:00Z"},
        {"id": "d", "published_at": "soon"},
        {"id": "e"},
    ]
    assert {a.item.seen_at for a in read(*rows)} == {datetime(2025, 1, 1, 10, tzinfo=UTC)}
    assert read({"id": "only"})[0].item.seen_at == EARLIEST


def test_labels_are_not_read_and_unknown_fields_pass_through() -> None:
    (arrival,) = read({"id": "a", "title": "x", "gold_cluster": "c1", "ref_event": 3, "country": "au"})
    assert arrival.item.extra == {"country": "au"}
    assert plain(arrival.item)["country"] == "au"


def test_a_row_that_is_no_item_keeps_its_place_and_says_why() -> None:
    bad, unnamed, good = read("no JSON (unexpected end)", {"title": "no id"}, {"id": "a", "title": "x"})
    assert bad.item.id == "line:log.jsonl:1"
    assert "no JSON" in bad.fault
    assert "'id'" in unnamed.fault
    assert "no id" in unnamed.item.body
    assert good.fault == ""


def test_a_title_that_is_no_text_is_refused_and_a_lone_surrogate_replaced() -> None:
    number, broken = read({"id": "a", "title": 3}, {"id": "b", "title": "half \ud83d"})
    assert "'title' should be a text" in number.fault
    assert broken.item.title == "half ?" or "\ufffd" in broken.item.title


def test_a_recording_goes_on_where_it_was() -> None:
    rows = [{"id": f"i{n}", "published_at": f"2025-01-0{n}T00:00:00Z"} for n in range(1, 6)]
    first = Recording(Path("log.jsonl"), iter(enumerate(rows, 1)), now=NOW)
    first.arrivals(3)
    place = first.place()
    rest = Recording(Path("log.jsonl"), iter([(4, {"id": "x"})]), now=NOW, clock=place["clock"])
    assert place["line"] == 3
    assert rest.arrivals(5)[0].item.seen_at == datetime(2025, 1, 3, tzinfo=UTC)
