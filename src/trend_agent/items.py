"""The words of the program: what every room talks about. No input or output here.

All times are aware and in UTC. Stream time is what the items' `seen_at` say, never the wall clock, so
that the same log gives the same answers whenever it is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal, get_args

from trend_agent.errors import Rejected

UNDETERMINED = "und"
"""ISO 639-2 for a language nobody can tell."""

Verdict = Literal["kept", "duplicate", "filtered", "quarantined"]
"""What may become of an item. The ledger's law: fetched = kept + duplicate + filtered + quarantined."""

TrendState = Literal["new", "rising", "peaking", "fading", "steady"]

Change = Literal["born", "merged", "split", "ended", "woken"]

CorrectionKind = Literal["merge", "split", "pin", "undo"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a source published.

    `published_at` is the source's claim: it may be missing, wrong or in the future. `seen_at` is ours.
    `engagement` holds the source's counters (points, comments, views …) as they were at `seen_at`.
    `extra` carries fields we do not know through, unread.
    """

    id: str
    source: str
    title: str
    seen_at: datetime
    published_at: datetime | None = None
    body: str = ""
    url: str = ""
    author: str = ""
    lang: str = UNDETERMINED
    engagement: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def happened_at(self) -> datetime:
        """When it counts as published: the source's date unless that lies ahead of when we saw it."""
        if self.published_at is None or self.published_at > self.seen_at:
            return self.seen_at
        return self.published_at

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.body}" if self.body else self.title


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an item: exactly one per item, recorded in the ledger.

    `of` is the item it duplicates, where it does. `reason` is one of few, so that fates can be counted by it;
    `detail` is what was special about this one.
    """

    item: str
    verdict: Verdict
    at: datetime
    reason: str = ""
    of: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The fact that from `since` (stream time) on, `item` belongs to `topic`. The latest one holds."""

    item: str
    topic: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """The fact that `topic` changed at a moment; `other` is the topic it went into or came out of.

    A topic that had ended is `woken` when items come to it again.
    """

    topic: str
    change: Change
    at: datetime
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The fact that somebody put topics right, said of items: all of `together` belong to one topic, and none of
    `apart` belongs to it. It holds for ever, whatever clustering thinks, until one of kind `undo` takes it back.

    `at` is stream time, `said_at` the wall clock; in the log it stands right behind the arrival `place`. `of` are
    the topics it was said of, `topic` the one that `together` came to. `moved` is what it changed at once, as
    (item, topic it left, topic it came to), and `emptied` are the topics that lost all by it and lead to their heir;
    `places` tells the topic of every item named, as far as it was known.
    """

    kind: CorrectionKind
    by: str
    at: datetime
    said_at: datetime
    topic: str
    of: Sequence[str] = ()
    together: Sequence[str] = ()
    apart: Sequence[str] = ()
    moved: Sequence[tuple[str, str, str]] = ()
    emptied: Sequence[str] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    undoes: int | None = None
    place: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """A set of items about one happening or subject, under an id that never dies."""

    id: str
    born_at: datetime
    updated_at: datetime
    items: int
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a score: `value` is what it adds, `inputs` what it was computed from."""

    name: str
    value: float
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What makes a score, complete enough to compute it again: the terms sum to the score."""

    terms: Sequence[Term]
    items: Sequence[str]
    configuration: str
    """Hash of every setting that took part."""

    @property
    def score(self) -> float:
        return sum(term.value for term in self.terms)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence shown to a reader, and the items that say it, word for word."""

    text: str
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trend:
    """A topic's measured state at a moment of stream time.

    `series` are the items per hour over the last 24 h, oldest first. `velocity` is in items per hour.
    `confidence` is the probability that the next six hours bring more independent items than the last six did, as
    past rises of the stream teach; the receipt says how many those were. `alarm` is when the present rise passed the
    dial, None while none has.
    """

    topic: str
    at: datetime
    rank: int
    score: float
    state: TrendState
    headline: Sentence
    summary: Sequence[Sentence]
    items: int
    copies: int
    sources: Sequence[str]
    languages: Sequence[str]
    first_seen: datetime
    last_seen: datetime
    velocity: float
    confidence: float
    series: Sequence[float]
    receipt: Receipt
    label: str = ""
    category: str = ""
    alarm: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """That a topic was said to be rising, written down before anybody could know.

    `before` are its independent items in the hours before, `items` some of its items by then, by which it is known
    again should it be merged.
    """

    topic: str
    at: datetime
    rank: int
    confidence: float
    before: int
    items: Sequence[str]
    configuration: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: whether the hours after brought more independent items than those before.

    `lead_hours` is how long after the call the median of its sources first told of it (negative: before), None for
    fewer than three sources.
    """

    topic: str
    at: datetime
    resolved_at: datetime
    held: bool
    after: int
    sources: int
    lead_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a source left off. `value` is the source's own and opaque to everybody else."""

    source: str
    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A vector by its places other than zero, in ascending order, and what stands there."""

    places: Sequence[int]
    weights: Sequence[float]


PLAIN_KEY = re.compile(r"[A-Za-z0-9._-]{0,40}")


def item_id(source: str, key: str) -> str:
    """The id of the thing `source` calls `key`: readable where the key is short and plain, else a hash."""
    if PLAIN_KEY.fullmatch(key):
        return f"{source}:{key}"
    return f"{source}:{digest(key)}"


def topic_id(founder: str) -> str:
    """The permanent id of the topic that the item `founder` began."""
    return f"t{digest(founder)}"


def digest(*parts: str, size: int = 8) -> str:
    """A short stable hash of texts, as 2 * `size` hexadecimal digits."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=size).hexdigest()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def plain(item: Item) -> dict[str, Any]:
    """The item as a JSON object: the line format of the filters and of exports."""
    return {
        **item.extra,
        "id": item.id,
        "source": item.source,
        "lang": item.lang,
        "published_at": stamp(item.published_at) if item.published_at else None,
        "seen_at": stamp(item.seen_at),
        "title": item.title,
        "body": item.body,
        "url": item.url,
        "author": item.author,
        "engagement": dict(item.engagement),
    }


def item_of(row: Mapping[str, Any], *, clock: datetime, now: datetime) -> Item:
    """The item a JSON object describes.

    Where it has no `seen_at`, its `published_at` counts as that; where that is missing or cannot be (before
    1990, after `now`), the stream's `clock` does. Fields we do not know go to `extra`, except `gold_…` and
    `ref_…`, which are left out. `Rejected` says what is wrong.
    """
    key = row.get("id")
    if not isinstance(key, str | int) or key == "":
        raise Rejected(f"an item needs an 'id', found {key!r}")
    if isinstance(key, bool) or len(str(key)) > LONGEST_ID or not str(key).isprintable():
        raise Rejected(
            f"an 'id' should be at most {LONGEST_ID} printable characters, found {str(key)[:80]!r}"
        )
    published = _moment(row.get("published_at"))
    stamps = (_moment(row.get("seen_at")), published)
    return Item(
        id=str(key),
        source=_text(row, "source") or "recorded",
        title=_text(row, "title"),
        body=_text(row, "body"),
        url=_text(row, "url"),
        author=_text(row, "author"),
        lang=_text(row, "lang") or UNDETERMINED,
        published_at=published,
        seen_at=next((s for s in stamps if s and EARLIEST <= s <= now), clock),
        engagement=_numbers(row.get("engagement")),
        extra=_extra(row),
    )


def corrected(correction: Correction) -> dict[str, Any]:
    """A correction as a JSON object: the line format of exports."""
    return {
        "id": correction.id,
        "kind": correction.kind,
        "by": correction.by,
        "at": stamp(correction.at),
        "said_at": stamp(correction.said_at),
        "of": list(correction.of),
        "topic": correction.topic,
        "together": list(correction.together),
        "apart": list(correction.apart),
        "moved": [list(move) for move in correction.moved],
        "emptied": list(correction.emptied),
        "places": dict(correction.places),
        "undoes": correction.undoes,
        "place": correction.place,
    }


def correction_of(row: Mapping[str, Any]) -> Correction:
    """The correction a JSON object describes; only `kind` and `together` must be there. `Rejected` says what is
    wrong."""
    known: tuple[CorrectionKind, ...] = get_args(CorrectionKind)
    kind = next((each for each in known if each == row.get("kind")), None)
    if kind is None:
        raise Rejected(
            f"a correction's 'kind' should be one of {', '.join(known)}, found {str(row.get('kind'))[:80]!r}"
        )
    together = _ids(row, "together")
    if not together and kind != "undo":
        raise Rejected("a correction needs the items that belong 'together'")
    undoes, number, place = (row.get(name) for name in ("undoes", "id", "place"))
    places = row.get("places") or {}
    return Correction(
        kind=kind,
        by=_text(row, "by"),
        at=_moment(row.get("at")) or EARLIEST,
        said_at=_moment(row.get("said_at")) or EARLIEST,
        topic=_text(row, "topic"),
        of=_ids(row, "of"),
        together=together,
        apart=_ids(row, "apart"),
        moved=[(item, left, came) for item, left, came in row.get("moved") or ()],
        emptied=_ids(row, "emptied"),
        places={str(item): str(topic) for item, topic in places.items()},
        undoes=undoes if isinstance(undoes, int) else None,
        place=place if isinstance(place, int) else 0,
        id=number if isinstance(number, int) else 0,
    )


def _ids(row: Mapping[str, Any], name: str) -> list[str]:
    value = row.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise Rejected(f"{name!r} should be a list of ids, found {str(value)[:80]!r}")
    return list(dict.fromkeys(value))


LONGEST_ID = 1_000
DEEPEST = 32
"""Levels of lists and objects in a field we pass through."""

KNOWN = frozenset(
    ("id", "source", "lang", "published_at", "seen_at", "title", "body", "url", "author", "engagement")
)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing can have been seen before there was a web."""


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, with a Z."""
    return moment.isoformat().replace("+00:00", "Z")


def _moment(value: Any) -> datetime | None:
    """A date where it is one that Python can hold, whatever year it claims."""
    if not isinstance(value, str):
        return None
    try:
        return utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None


def _text(row: Mapping[str, Any], name: str) -> str:
    """A field's text, as every store can hold it: a lone surrogate becomes U+FFFD, a NUL is left out."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Rejected(f"{name!r} should be a text, found {type(value).__name__}")
    value = value.replace("\x00", "")
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value


def _extra(row: Mapping[str, Any]) -> dict[str, Any]:
    extra = {k: v for k, v in row.items() if k not in KNOWN and not k.startswith(("gold_", "ref_"))}
    for name, value in extra.items():
        if _deeper(value, DEEPEST):
            raise Rejected(f"{name[:80]!r} is nested over {DEEPEST} levels deep")
    return extra


def _deeper(value: Any, levels: int) -> bool:
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_deeper(part, levels - 1) for part in value)


def _numbers(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    return {
        str(k): float(v)
        for k, v in value.items()
        if isinstance(v, int | float) and abs(v) < 1e15 and isfinite(v)
    }
