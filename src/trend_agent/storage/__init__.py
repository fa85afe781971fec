"""Where data rests: the port of the records on this page, the others in `ports/`, one file per technology below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from trend_agent.items import (
    Call,
    Correction,
    Cursor,
    Lineage,
    Outcome,
    Topic,
    Trend,
)
from trend_agent.storage.values import (
    BIN_SECONDS,
    About,
    Arrival,
    Balance,
    Choice,
    Count,
    Fact,
    Gap,
    Glimpses,
    Health,
    Ingested,
    Keep,
    Kind,
    Listed,
    Run,
    Seen,
    Settled,
    Subscription,
    Told,
    Visit,
)

__all__ = [
    "BIN_SECONDS",
    "About",
    "Arrival",
    "Balance",
    "Choice",
    "Count",
    "Fact",
    "Gap",
    "Glimpses",
    "Health",
    "Ingested",
    "Keep",
    "Kind",
    "Listed",
    "Records",
    "Run",
    "Seen",
    "Settled",
    "Subscription",
    "Told",
    "Visit",
]


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
