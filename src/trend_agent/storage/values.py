"""What the records take in and tell: values that cross the port, each as it was at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from trend_agent.items import (
    Fate,
    Item,
    Lineage,
    Membership,
    Verdict,
)

BIN_SECONDS = 15 * 60
"""Width of a time-series bucket."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item as it came in, before anything was done to it.

    `seq` is its place in the log, given by the records. `fault` says why it cannot be an item at all
    (a line that is no JSON, say); it is kept all the same, so that its fate can be told. `verdict` is what
    became of it, where that is settled.
    """

    item: Item
    seq: int = 0
    fault: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """All that one processing batch made true; it becomes so in one transaction.

    `items` are the clean items of the fates `kept` and `duplicate`, `addresses` the canonical address by
    item id, `states` the stages' states to continue from, where this batch is a good place to do so. `corrected`
    is the last correction that the stages had heard of.
    """

    last_seq: int
    fates: Sequence[Fate]
    items: Sequence[Item] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    memberships: Sequence[Membership] = ()
    lineage: Sequence[Lineage] = ()
    states: Mapping[str, bytes] = field(default_factory=dict)
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many of a delivery were new, and how many the log knew already."""

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The ledger's sums. `waiting` arrivals have no fate yet."""

    fetched: int
    waiting: int
    verdicts: Mapping[Verdict, int]
    reasons: Mapping[str, int]

    @property
    def holds(self) -> bool:
        return self.fetched - self.waiting == sum(self.verdicts.values())


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is doing. `known` counts what it delivered again, `last_news` is when it last had anything new."""

    source: str
    last_try: datetime | None = None
    last_success: datetime | None = None
    fetched: int = 0
    known: int = 0
    failures: int = 0
    error: str = ""
    retry_at: datetime | None = None
    last_news: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a source: how many new items it brought, or why it failed."""

    source: str
    at: datetime
    fetched: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """That somebody chose a source while the program ran: its kind and settings, and whether it is visited.

    It stands above what the configuration says of the source under the same key.
    """

    source: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Subscription:
    """That a hub tells us when a feed changes (WebSub). `token` is the secret part of the address it calls, `secret`
    what it signs with. `until` is when its lease ends, None while it has not confirmed."""

    source: str
    topic: str
    hub: str
    token: str
    secret: str
    asked_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One item's place in a topic, with what ranking needs to know of it."""

    seq: int
    item: Item
    topic: str
    copy_of: str | None


class Glimpses(NamedTuple):
    """What ranking reads of items and of their places in topics, as it rests: a sequence per property, in log order.

    Moments are milliseconds since 1970, counters are JSON; of a long body there are the beginning and the end.
    `copy_of` and `topic` are empty where there is none; `bearer` is the place in the log of the item whose topic one
    shares: its original's, or its own.
    """

    seq: Sequence[int]
    id: Sequence[str]
    topic: Sequence[str]
    source: Sequence[str]
    url: Sequence[str]
    author: Sequence[str]
    body: Sequence[str]
    copy_of: Sequence[str]
    published_at: Sequence[int | None]
    seen_at: Sequence[int]
    engagement: Sequence[str]
    bearer: Sequence[int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the records came to know between two readings, for whoever keeps a picture of a window.

    `items` are the new ones. `moves` are the memberships of places in the log that became true since, in
    order; the latest holds. `last_seq` and `last_move` are where to go on.
    """

    items: Glimpses
    moves: Sequence[tuple[int, str]]
    last_seq: int
    last_move: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an item, for whoever asks: its fate, and the topic it is in."""

    fate: Fate | None
    item: Item
    address: str
    topic: str | None
    history: Sequence[Membership] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of a source and language were seen on a day, the copies among them counted in `copies` too."""

    day: datetime
    source: str
    lang: str
    items: int
    copies: int


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a piece of work; without `ended_at` it goes on, or its process did not live to end it."""

    id: int
    kind: str
    started_at: datetime
    ended_at: datetime | None = None
    error: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


Kind = Literal["lists", "moments", "runs", "buckets", "bodies", "facts"]
"""What may be kept for a time only. Past answers rest on the last two."""

Keep = Mapping[Kind, datetime]
"""From when on each kind is kept; what is not named is kept for ever."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What was removed on purpose: `bodies` or `facts` of what was seen before a moment, or `source:NAME`."""

    what: str
    before: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class About:
    """What records lie on: the engine with its version, the bytes they take, and what one should know of it."""

    engine: str
    bytes: int
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of the published list: each trend as the JSON it was published as, best first; `last` is the rank of the
    last one, `more` whether others follow it. `at` is None where there is no list."""

    trends: Sequence[str]
    at: datetime | None = None
    last: int = 0
    more: bool = False
