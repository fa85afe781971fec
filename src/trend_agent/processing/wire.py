"""Arrivals and pages as JSON, for the way to another process and back.

What is numbers goes as bytes (little-endian, in base64), all of a kind behind one another with the count of each:
that is what makes a page cheaper to unpack than to read anew. Of an item only what reading changed comes back.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trend_agent.errors import Rejected
from trend_agent.items import Fate, Item, item_of, plain
from trend_agent.processing.cluster.terms import Reading
from trend_agent.processing.dedupe.known import Arrival as Prepared
from trend_agent.processing.dedupe.known import Text
from trend_agent.processing.dedupe.reading import Reading as Compared
from trend_agent.processing.reading import Page
from trend_agent.storage import Arrival

FOREVER = datetime.max.replace(tzinfo=UTC)
CHANGED = ("source", "title", "body", "url", "author", "lang")
"""Fields of an item that reading may change and that are texts."""

READ = ("grams", "terms", "kinds", "cases", "usual", "lower", "upper")
"""What is read of a title for clustering: fields of `Reading`, each an array."""

Rows = list[dict[str, Any]]

ARRAYS: Mapping[str, tuple[str, Callable[[Page], Any]]] = {
    "runs": ("<u4", lambda page: page.prepared.text.runs if page.prepared else ()),
    "keys": ("<u8", lambda page: page.prepared.text.keys if page.prepared else ()),
    "hashes": (
        "<u8",
        lambda page: (page.prepared.text.exact, page.prepared.address) if page.prepared else (),
    ),
    "grams": ("<i4", lambda page: page.reading.grams if page.reading else ()),
    "terms": ("<i4", lambda page: page.reading.terms if page.reading else ()),
    "kinds": ("<i1", lambda page: page.reading.kinds if page.reading else ()),
    "cases": ("<i4", lambda page: page.reading.cases if page.reading else ()),
    "usual": ("<i4", lambda page: page.reading.usual if page.reading else ()),
    "lower": ("<i4", lambda page: page.reading.lower if page.reading else ()),
    "upper": ("<i4", lambda page: page.reading.upper if page.reading else ()),
}


def arrival_rows(arrivals: Sequence[Arrival]) -> Rows:
    """Arrivals as JSON objects, without the fields that are only carried through."""
    return [
        {**plain(replace(a.item, extra={})), "fault": a.fault, "verdict": a.verdict, "seq": a.seq}
        for a in arrivals
    ]


def arrivals_of(rows: Rows) -> list[Arrival]:
    """The arrivals of `arrival_rows`; `Rejected` says what is wrong."""
    return [_arrival(row) for row in rows]


def _arrival(row: dict[str, Any]) -> Arrival:
    fault, verdict, seq = (row.pop(name, None) for name in ("fault", "verdict", "seq"))
    return Arrival(item_of(row, clock=FOREVER, now=FOREVER), seq or 0, fault or "", verdict)


def packed(arrivals: Sequence[Arrival], pages: Sequence[Page]) -> dict[str, Any]:
    """Pages of these arrivals as a JSON object."""
    return {
        "pages": [_row(arrival.item, page) for arrival, page in zip(arrivals, pages, strict=True)],
        "numbers": {name: _bytes([get(p) for p in pages], kind) for name, (kind, get) in ARRAYS.items()},
    }


def unpacked(arrivals: Sequence[Arrival], found: Mapping[str, Any]) -> list[Page]:
    """The pages of these arrivals; `Rejected` where what came is none of theirs."""
    try:
        rows = found["pages"]
        numbers = {name: _arrays(found["numbers"][name], kind) for name, (kind, _) in ARRAYS.items()}
        columns = zip(arrivals, rows, zip(*numbers.values(), strict=True), strict=True)
        return [
            _page(arrival.item, row, dict(zip(ARRAYS, values, strict=True)))
            for arrival, row, values in columns
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Rejected(f"these are no pages of {len(arrivals)} arrivals: {fault!r}") from fault


def _row(raw: Item, page: Page) -> dict[str, Any]:
    if page.fate:
        f = page.fate
        return {"fate": [f.verdict, f.reason, f.of, f.detail]}
    assert page.prepared
    item, compared = page.item, page.prepared.reading
    row: dict[str, Any] = {
        name: getattr(item, name) for name in CHANGED if getattr(item, name) != getattr(raw, name)
    }
    if item.published_at != raw.published_at:
        row["published_at"] = item.published_at.isoformat() if item.published_at else None
    if item.engagement != raw.engagement:
        row["engagement"] = item.engagement
    row["compared"] = [getattr(compared, name) for name in COMPARED]
    return row if not page.address else {**row, "address": page.address}


COMPARED = ("address", "house", "title", "short", "prose", "wire")


def _page(raw: Item, row: dict[str, Any], numbers: Mapping[str, NDArray[Any]]) -> Page:
    if "fate" in row:
        verdict, reason, of, detail = row["fate"]
        return Page(raw, Fate(raw.id, verdict, raw.seen_at, reason, of, detail))
    changed = {name: row[name] for name in (*CHANGED, "engagement") if name in row}
    if "published_at" in row:
        stamp = row["published_at"]
        changed["published_at"] = datetime.fromisoformat(stamp) if stamp else None
    item = replace(raw, **changed)
    compared = Compared(
        item.id, item.seen_at.timestamp(), **dict(zip(COMPARED, row["compared"], strict=True))
    )
    exact, address = numbers["hashes"].tolist()
    text = Text(
        compared.title, compared.short, compared.prose, numbers["runs"], numbers["keys"].tolist(), exact
    )
    reading = Reading(**{name: numbers[name] for name in READ})
    return Page(item, None, row.get("address", ""), Prepared(compared, text, address), reading)


def _bytes(arrays: Sequence[Any], kind: str) -> list[str]:
    """How many there are of each, and all of them."""
    whole = np.concatenate([np.zeros(0, kind), *(np.asarray(array, kind) for array in arrays)])
    counts = np.array([len(array) for array in arrays], "<u4")
    return [b64encode(counts.tobytes()).decode(), b64encode(whole.astype(kind).tobytes()).decode()]


def _arrays(found: Sequence[str], kind: str) -> Iterator[NDArray[Any]]:
    counts, whole = np.frombuffer(b64decode(found[0]), "<u4"), np.frombuffer(b64decode(found[1]), kind)
    ends = np.cumsum(counts).tolist()
    if (ends[-1] if ends else 0) != len(whole):
        raise ValueError("counts and numbers do not fit")
    native = np.dtype(kind).newbyteorder("=")
    for end, count in zip(ends, counts.tolist(), strict=True):
        yield whole[end - count : end].astype(native)  # of its own: what is remembered is not the whole shard
