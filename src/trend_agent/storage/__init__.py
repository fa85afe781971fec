"""Where data rests: the port of the records on this page, the others in `ports/`, one file per technology below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from trend_agent.items import (
    Call,
    Correction,
    Cursor,
    Fate,
    Item,
    Lineage,
    Membership,
    Outcome,
    Topic,
    Trend,
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


class Records(Protocol):
    """The book of record. Every method is one transaction."""

    async def ingest(self, arrivals: Sequence[Arrival], *, cursor: Cursor | None = None) -> Ingested:
        """Store what is new together with the source's cursor; adding a known item does nothing."""
        ...

    async def known(self, items: Sequence[str]) -> set[str]:
        """Those of these ids that came in before, whatever became of them."""
        ...

    async def pending(
        self, limit: int, *, after: int | None = None, until: int | None = None
    ) -> list[Arrival]:
        """Arrivals in log order: those without a fate, or those of the log between two places."""
        ...

    async def settle(self, batch: Settled) -> None:
        """Make a batch true, all of it or nothing. `Conflict` if any of its items has a fate already, or a
        correction was made that the batch had not heard of."""
        ...

    async def correct(
        self, correction: Correction, lineage: Sequence[Lineage], *, after: int, order: str = ""
    ) -> Correction:
        """Make a correction true together with what it changed, all of it or nothing; returns it with its id. An
        `order` is answered by it in the same transaction. `Conflict` where that has ended before, if arrivals behind
        its place have their fates, or `after` is not the last correction's id."""
        ...

    async def corrections(self, *, after: int = 0) -> list[Correction]:
        """The corrections behind the one of id `after`, in the order they were made."""
        ...

    async def states(self, configuration: str) -> tuple[int, dict[str, bytes]]:
        """The stages' newest states, and the place in the log they stand at; (0, {}) when there are none
        for this configuration."""
        ...

    async def settled_until(self) -> int:
        """The place in the log up to which every arrival has its fate."""
        ...

    async def publish(self, trends: Sequence[Trend]) -> None:
        """Make this list the current one."""
        ...

    async def trends(self, *, limit: int = 50, after_rank: int = 0) -> list[Trend]: ...

    async def listed(self, *, limit: int = 50, after_rank: int = 0, as_of: datetime | None = None) -> Listed:
        """The same ready to be sent: a list never changes once it is published, so its trends need not be read. With
        `as_of` that of the list which was published last by a moment, of the first ones of every five minutes;
        nothing where none of the five minutes before is kept."""
        ...

    async def published(self, at: datetime) -> list[Trend]:
        """The list published for this very moment, best first; empty where none was, or it is kept no more."""
        ...

    async def trend(self, topic: str) -> Trend:
        """The topic's trend in the newest list it was on. `Missing` if it never was; a merged topic's id
        gives the survivor's."""
        ...

    async def places(
        self, topic: str, *, since: datetime | None = None, until: datetime | None = None, limit: int = 1000
    ) -> list[Trend]:
        """The newest of the topic's places on the kept lists of a time, under any of its names, oldest first; of an
        hour the last list is kept. `Missing` if there never was such a topic."""
        ...

    async def names(self, topic: str) -> list[str]:
        """The ids of the topics that were merged into this one, directly or by way of others."""
        ...

    async def others(
        self, *, since: datetime, until: datetime, least: int, most: int
    ) -> list[list[tuple[datetime, int]]]:
        """(bin start, items) of topics born in [since, until) with `least` items and more, as far as `until`; a fair
        sample of at most `most` of them."""
        ...

    async def counts(self, *, since: datetime, until: datetime) -> list[Count]:
        """Items seen in [since, until) by day, source and language."""
        ...

    async def topics_since(self, since: datetime | None = None) -> int:
        """How many topics stand on their own: of all, or of those that got items since a moment."""
        ...

    async def topic(self, topic: str) -> Topic:
        """The topic, or the one it was merged into. `Missing` if there never was one."""
        ...

    async def lineage(self, topic: str) -> list[Lineage]: ...

    async def members(self, topic: str, *, limit: int = 100, after: int = 0) -> list[Fact]:
        """A topic's items, copies included, in log order after the place `after`."""
        ...

    async def newest(self, topics: Collection[str], *, limit: int) -> dict[str, list[Fact]]:
        """By topic, the items that came to it last, newest first and without copies. A topic that was merged into
        another has none any more."""
        ...

    async def first_names(self, topics: Collection[str]) -> dict[str, str]:
        """By topic, the name under which it was on a published list first: its own, or that of a topic merged into it
        since. Whatever is merged later, it is a name that lists have shown. One that never was on any is left
        out."""
        ...

    async def search(
        self,
        text: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Collection[str] = (),
        languages: Collection[str] = (),
        topics: Collection[str] = (),
        limit: int = 50,
    ) -> list[Fact]:
        """The items whose title or body holds every word of `text`, the last that arrived first; `"a phrase"`,
        `-without`, `begin*`. No text is an error: signs mean nothing, and nothing finds nothing."""
        ...

    async def placed(self, after: int, limit: int) -> tuple[list[Fact], int]:
        """Originals of the next `limit` memberships after the one numbered `after`, each once and in the topic it
        is in now, with the number of the last membership read, which is `after` where there are no more."""
        ...

    async def originals(self, *, until: int | None = None) -> set[str]:
        """The ids of all items in a topic that copy no other, or of those placed up to the membership numbered
        `until`."""
        ...

    async def standing(self, items: Sequence[str]) -> list[Fact]:
        """Those of these items that are originals in a topic, with it, in log order."""
        ...

    async def fate(self, *, item: str = "", address: str = "") -> list[Told]:
        """What became of an item, by its id or its canonical address; `Missing` if we never saw it."""
        ...

    async def facts(
        self, *, since: datetime, until: datetime, topics: Collection[str] | None = None
    ) -> list[Fact]:
        """Every item seen in [since, until] that was in a topic at `until`, in one of `topics` where they are given,
        in log order. `Missing` where some of what was seen is no longer kept as it was."""
        ...

    async def holders(self, items: Collection[str], *, at: datetime) -> dict[str, str]:
        """The topic each of some items was in at a moment, by item id; one that was in none is left out."""
        ...

    async def register(self, calls: Sequence[Call]) -> None:
        """Write calls down; one of the same topic and moment is known already and stays as it was."""
        ...

    async def resolve(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what came of calls; what is resolved stays so. `Missing` where there was no such call."""
        ...

    async def calls(self, *, unresolved: bool = False) -> list[tuple[Call, Outcome | None]]:
        """Every call with what came of it, oldest first; only those without an outcome where asked for."""
        ...

    async def seen(
        self, *, since: datetime, until: datetime, after_seq: int = 0, after_move: int = 0
    ) -> Seen:
        """What was seen in [since, until] and stands beyond a place in the log, as it was in topics at `until`; and
        the memberships that became true after the move `after_move`."""
        ...

    async def facts_at(self, places: Sequence[int]) -> list[Fact]:
        """Settled items by their places in the log, in its order; a place without one is left out. Their topic is
        empty: it depends on the moment."""
        ...

    async def clock(self) -> datetime | None:
        """The newest `seen_at` that has been settled; None when nothing has."""
        ...

    async def beginning(self) -> datetime | None:
        """The oldest `seen_at` that has been settled; None when nothing has."""
        ...

    async def series(self, topic: str) -> list[tuple[datetime, str, str, int, int]]:
        """(bin start, source, language, items, copies) of a topic, oldest first."""
        ...

    async def balance(self, *, source: str = "") -> Balance: ...

    async def cursor(self, source: str) -> Cursor: ...

    async def cursors(self) -> dict[str, Cursor]:
        """Where every source left off, by its key."""
        ...

    async def trying(self, source: str, at: datetime) -> Cursor:
        """Record that a visit begins: a process that does not live to see its end comes no sooner again. Returns
        where the source left off."""
        ...

    async def tried(
        self, health: Health, arrivals: Sequence[Arrival] = (), *, cursor: Cursor | None = None
    ) -> Health:
        """Record how a collection went, together with the last of what it brought. Its counts are added to those
        known; returned are its own, what of `arrivals` was new and known among them."""
        ...

    async def resume(self, source: str) -> None:
        """Forget that a source failed, and when it wanted to be asked again: it is due at its usual pace."""
        ...

    async def rest(self, where: str, until: datetime) -> None:
        """Record that a host, by its name and port, wants no request until then."""
        ...

    async def rests(self, at: datetime) -> dict[str, datetime]:
        """The hosts that want none at that moment, and until when."""
        ...

    async def health(self) -> list[Health]: ...

    async def visits(self, since: datetime) -> list[Visit]:
        """Every visit to a source since then, oldest first."""
        ...

    async def choose(self, choice: Choice) -> None:
        """Keep a choice; the last one of a source holds."""
        ...

    async def unchoose(self, source: str) -> None:
        """Take a choice back. `Missing` where there is none."""
        ...

    async def choices(self) -> list[Choice]: ...

    async def subscribe(self, subscription: Subscription) -> None:
        """Keep what is agreed with a hub; the last one of a source holds."""
        ...

    async def unsubscribe(self, source: str) -> None: ...

    async def subscriptions(self) -> list[Subscription]: ...

    async def begin_run(self, kind: str, details: Mapping[str, Any], *, order: str = "") -> int:
        """Write down that work begins; its number. An `order` is answered by it, as in `correct`."""
        ...

    async def end_run(
        self, run: int, *, error: str = "", details: Mapping[str, Any] | None = None
    ) -> None: ...

    async def run(self, run: int) -> Run: ...

    async def runs(
        self, *, kinds: Collection[str] = (), before: int | None = None, limit: int = 50
    ) -> list[Run]:
        """The newest runs of some kinds, or of any, newest first; those before the run of a number, where given."""
        ...

    async def trim(self, keep: Keep) -> dict[str, int]:
        """Let go of what is older than is kept; returns how many of each kind. The ledger keeps its sums."""
        ...

    async def forget(self, source: str, *, keys: Sequence[str] = ()) -> int:
        """Remove everything a source said, its arrivals' contents included, and where it left off, also under
        the `keys` it was collected by; returns how many items it had.
        Each keeps a fate that says so. What is copied by others' items goes on as theirs. `Missing` if it never
        brought anything; `Conflict` while items wait."""
        ...

    async def gaps(self) -> list[Gap]:
        """What was removed on purpose, oldest first."""
        ...

    async def about(self) -> About: ...

    async def edition(self) -> str:
        """A mark that changes with every change of the facts or of the published list, and never comes again."""
        ...

    async def check(self) -> list[str]:
        """What is wrong with the records, in words; empty when they are sound."""
        ...

    async def logical_hash(self) -> str:
        """A hash of everything that is true: fates, topics, memberships, lineage."""
        ...

    async def close(self) -> None: ...
