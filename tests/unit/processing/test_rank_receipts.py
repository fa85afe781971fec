"""Receipts: they add up, they can be recomputed from an export alone, and the changes they name are true."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson
import pytest

from made_stream import Stream
from trend_agent.errors import Rejected
from trend_agent.processing.rank import Ranker, RankSettings, Standing
from trend_agent.processing.rank.change import Change, Reranking
from trend_agent.processing.rank.columns import Columns
from trend_agent.processing.rank.export import exported, marked, written
from trend_agent.processing.rank.lines import line_of
from trend_agent.processing.rank.verify import verify
from trend_agent.storage import Fact


@pytest.fixture
def stream(noon: datetime) -> Stream:
    """A newsroom of four days with three rises, one of them copied all over."""
    made = Stream(noon)
    made.newsroom(sources=12, topics=25)
    for n in range(9):
        made.add(
            "quake", f"q{n}", 0.3 * n, title="Quake strikes the old harbour", engagement={"points": 10.0 * n}
        )
        made.add("match", f"m{n % 4}", 0.4 * n, title="Final match ends in a draw", author=f"writer {n % 2}")
    for n in range(6):
        made.add("hype", "chat", 0.9 - 0.1 * n, title="Buy this now", author=f"stranger {n}")
    first = made.add("echo", "wire", 2, title="Minister resigns over budget")
    for n in range(8):
        made.add("echo", f"e{n}", 1.5 - 0.1 * n, copy_of=first.id, title="Minister resigns over budget")
    made.facts.append(
        Fact(9000, replace(first, id="undated", source="blog", published_at=None), "echo", None)
    )
    return made


def export(stream: Stream, *, limit: int | None = 8) -> list[dict[str, Any]]:
    ranker, facts = Ranker(configuration="made here"), {fact.seq: fact for fact in stream.facts}
    moment = ranker.measured(Columns.of(line_of(fact) for fact in stream.facts), stream.noon)
    placed = ranker.placed(moment, facts)
    listed = list(placed if limit is None else islice(placed, limit))
    return exported(ranker, moment, facts, listed)


def lines(rows: Sequence[dict[str, Any]]) -> list[bytes]:
    return written(rows).splitlines()


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in nested objects numbers stand; marks are not looked at."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            if key != "marks":
                yield from numbers(part, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def with_number(row: dict[str, Any], path: tuple[Any, ...], change: float) -> dict[str, Any]:
    changed = orjson.loads(orjson.dumps(row))
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] += change
    return changed


def test_every_score_is_its_terms_sum_and_every_input_is_there(stream: Stream) -> None:
    ranked = stream.ranked()
    assert len(ranked) > 20
    for standing in ranked:
        terms = standing.receipt.terms
        assert abs(sum(t.value for t in terms) - standing.receipt.score) < 1e-9
        assert {"volume", "rise", "acceleration", "surprise", "breadth", "engagement"} <= {
            t.name for t in terms
        }
        assert all(t.inputs for t in terms)
        assert list(standing.receipt.items) == [f.item.id for f in standing.facts]
    surprise = next(t.inputs for t in ranked[0].receipt.terms if t.name == "surprise")
    assert {"observed", "expected", "usual_per_hour", "hours", "chance_a_day", "alarm_above"} <= set(surprise)


def test_an_export_verifies_and_names_any_number_that_was_changed(stream: Stream) -> None:
    rows = export(stream)
    assert verify(lines(rows)) == (8, [])
    plain = [orjson.loads(line) for line in lines(rows)]
    places = [(n, path) for n, row in enumerate(plain) for path in numbers(row)]
    assert len(places) > 500
    for n, path in places[:: max(1, len(places) // 60)]:
        changed = [*plain[:n], with_number(plain[n], path, 0.01), *plain[n + 1 :]]
        _, faults = verify(lines(changed))
        assert any(f"line {n + 1}" in fault and str(path[0]) in fault for fault in faults), (n, path, faults)


def test_newcomers_without_company_weigh_little_and_the_export_shows_it(stream: Stream) -> None:
    rows = [
        {k: v for k, v in orjson.loads(x).items() if k != "marks"} for x in lines(export(stream, limit=None))
    ]
    place = next(n for n, row in enumerate(rows) if row.get("topic") == "hype")
    hype = rows[place]
    assert hype["terms"][0]["inputs"]["in_concert"] == 5
    assert sum(item["weight"] for item in hype["items"]) == pytest.approx(sum(1 / n**2 for n in range(1, 7)))
    assert verify(lines([marked(row) for row in rows])) == (len(rows) - 1, [])
    for part, change in (("author_days", 2), ("counted_at", -9e4)):
        items = [{**item, part: item[part] + change * n} for n, item in enumerate(hype["items"], 1)]
        forged = [*rows[:place], {**hype, "items": items}, *rows[place + 1 :]]
        _, faults = verify(lines([marked(row) for row in forged]))
        assert any(f"line {place + 1} " in fault and "the weight of" in fault for fault in faults), part


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("score",), "'score' says"),
        (("terms", 0, "value"), "term 'volume' says"),
        (("terms", 3, "inputs", "expected"), "'surprise', 'expected' says"),
        (("items", 2, "weight"), "the weight of items[2] says"),
        (("items", 2, "counted_at"), "its items give"),
        (("velocity",), "'velocity' says"),
        (("rank",), "'rank' says"),
    ],
)
def test_a_number_changed_together_with_its_mark_is_found_by_computing_again(
    stream: Stream, path: tuple[Any, ...], named: str
) -> None:
    rows = [{k: v for k, v in orjson.loads(line).items() if k != "marks"} for line in lines(export(stream))]
    forged = with_number(rows[1], path, 1.0 if path == ("rank",) else 0.01 if path[0] != "items" else -900.0)
    _, faults = verify(lines([marked(rows[0]), marked(forged), *map(marked, rows[2:])]))
    assert any(named in fault for fault in faults), faults


def test_changed_settings_are_told_from_their_hash(stream: Stream) -> None:
    rows = [{k: v for k, v in orjson.loads(line).items() if k != "marks"} for line in lines(export(stream))]
    rows[0]["settings"]["detect"]["half_life_hours"] = 71.0
    _, faults = verify(lines([marked(row) for row in rows]))
    assert any("'configuration' is not the hash" in fault for fault in faults)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"kind": "trend"}'])
def test_what_is_no_export_is_refused(text: bytes) -> None:
    with pytest.raises(Rejected):
        verify([text])


def test_a_broken_export_is_found_without_a_crash(stream: Stream) -> None:
    rows = [orjson.loads(line) for line in lines(export(stream))]
    for spoilt in (
        {**rows[1], "items": 3},
        {**rows[1], "terms": []},
        {k: rows[1][k] for k in ("kind", "topic")},
    ):
        assert verify(lines([rows[0], spoilt, *rows[2:]]))[1]


def test_the_configuration_covers_every_setting_and_what_made_the_facts() -> None:
    settings = RankSettings()
    seen = {Ranker(settings).configuration, Ranker(settings, configuration="other").configuration}
    seen.add(Ranker(replace(settings, detect=replace(settings.detect, spread=0.9))).configuration)
    for name in ("copy_weight", "surprise_floor", "calibration", "page", "false_alarms_per_day"):
        seen.add(Ranker(replace(settings, **{name: getattr(settings, name) * 2})).configuration)
    assert len(seen) == 8
    assert Ranker(RankSettings.of("day")).configuration not in seen


def without(facts: Sequence[Fact], ids: Sequence[str]) -> list[Fact]:
    return [fact for fact in facts if fact.item.id not in ids]


def told_again(facts: Sequence[Fact], ids: Sequence[str]) -> list[Fact]:
    """The facts, and each of those items once more from somebody unknown."""
    more = [
        Fact(
            fact.seq * 10_000,
            replace(
                fact.item,
                id=f"{fact.item.id} again",
                source=f"nobody {n}",
                author="",
                url="",
                body="",
                engagement={},
            ),
            fact.topic,
            None,
        )
        for n, fact in enumerate(f for f in facts if f.item.id in ids)
    ]
    return [*facts, *more]


def order(ranked: Sequence[Standing]) -> list[str]:
    return [s.topic for s in ranked]


def test_the_items_named_really_exchange_the_neighbours(stream: Stream) -> None:
    ranker, facts = Ranker(), {fact.seq: fact for fact in stream.facts}
    moment = ranker.measured(Columns.of(line_of(fact) for fact in stream.facts), stream.noon)
    trial, listed = Reranking(ranker, moment, facts), order(stream.ranked())
    found: list[Change] = []
    for place in range(6):
        change = trial.smallest(listed[place], listed[place + 1])
        if change:
            found.append(change)
            changed = (without if change.kind == "missing" else told_again)(stream.facts, change.items)
            again = order(Ranker()(changed, stream.noon))
            upper = again.index(change.upper) if change.upper in again else len(again)
            assert again.index(change.lower) < upper, change
            fewer = (without if change.kind == "missing" else told_again)(stream.facts, change.items[:-1])
            again = order(Ranker()(fewer, stream.noon))
            assert again.index(change.upper) < again.index(change.lower), change
    assert len(found) >= 5
    assert trial.around(listed[0])[0] is None
    assert trial.around("no such topic") == (None, None)


def test_the_future_plays_no_part(stream: Stream, noon: datetime) -> None:
    early = noon - timedelta(hours=1)
    past = [fact for fact in stream.facts if fact.item.seen_at <= early]
    assert Ranker()(past, early)[:10] == Ranker()(past, early, limit=10)
    assert Ranker()(list(reversed(past)), early) == Ranker()(past, early)
