"""Search by meaning: an index of the records' items by their vectors, kept up to the records.

The index follows from the records alone. It notes in its store how far it has read their memberships, which also
tell it when an item moves to another topic; cleared, it comes out the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trend_agent.items import Item, Sparse
from trend_agent.processing.embed import beginning
from trend_agent.storage import Fact, Records
from trend_agent.storage.ports.vectors import EVERYWHERE, Point, Vectors, Where
from trend_agent.text.embedding import Dense, Embedder, Text

PART = 256
"""Memberships that are read and stored at once."""

MANY = 10_000
"""Points stored since, from which on the store is made fast again."""

READ = 1000
"""Characters of a body whose words are searched for."""


@dataclass(frozen=True, slots=True)
class Found:
    """An item that was searched for, and its topic of now. Scores hold within one answer only."""

    item: Item
    topic: str
    score: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How an index stands beside its records, in items: `missing` should be in it, `extra` should not, and `behind`
    have still to be read."""

    indexed: int
    behind: int
    missing: Sequence[str]
    extra: Sequence[str]


class Index:
    """The originals among the records' items, by their words (`lexical`) and, with an `encoder`, by their meaning."""

    def __init__(
        self, records: Records, vectors: Vectors, *, lexical: Embedder, encoder: Embedder | None = None
    ) -> None:
        self.records = records
        self.vectors = vectors
        self.lexical = lexical
        self.encoder = encoder
        self._unbuilt = 0

    async def catch_up(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Store what the records have and the index has not; returns how many points that were."""
        done, place = 0, await self.vectors.place()
        while True:
            facts, last = await self.records.placed(place, PART)
            if last == place:
                break
            await self.vectors.upsert(await self._points(facts), place=last)
            place, done = last, done + len(facts)
            progress(len(facts))
        self._unbuilt += done
        if self._unbuilt >= MANY:
            await self.vectors.optimise()
            self._unbuilt = 0
        return done

    async def rebuild(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """The same from nothing."""
        await self.vectors.clear()
        return await self.catch_up(progress)

    async def compared(self) -> Compared:
        """Which items the index and the records do not have in common."""
        indexed, place = set(await self.vectors.items()), await self.vectors.place()
        due, there = await self.records.originals(until=place), await self.records.originals()
        return Compared(len(indexed), len(there - due), sorted(due - indexed), sorted(indexed - there))

    async def mend(self) -> Compared:
        """Delete what is extra and store what is missing; how it stood before."""
        found = await self.compared()
        await self.vectors.delete(items=found.extra)
        for start in range(0, len(found.missing), PART):
            facts = await self.records.standing(found.missing[start : start + PART])
            await self.vectors.upsert(await self._points(facts))
        return found

    async def search(self, text: str, *, where: Where = EVERYWHERE, limit: int = 20) -> list[Found]:
        """The items nearest to a text: by both lists, where there is an encoder, else by words alone."""
        asked = Text(text)
        near = await self.vectors.nearest(
            sparse=(await self._sparse([asked]))[0],
            dense=numbers((await self._dense([asked]))[0]),
            where=where,
            limit=limit,
        )
        facts = {fact.item.id: fact for fact in await self.records.standing([one.item for one in near])}
        return [  # what left the records since is not shown
            Found(facts[one.item].item, facts[one.item].topic, one.score) for one in near if one.item in facts
        ]

    async def _points(self, facts: Sequence[Fact]) -> list[Point]:
        sparse = await self._sparse([wording(fact.item) for fact in facts])
        dense = await self._dense([beginning(fact.item) for fact in facts])
        return [
            Point(
                fact.item.id,
                fact.item.seen_at,
                fact.item.source,
                fact.item.lang,
                fact.topic,
                sparse=words,
                dense=numbers(meaning),
            )
            for fact, words, meaning in zip(facts, sparse, dense, strict=True)
        ]

    async def _sparse(self, texts: Sequence[Text]) -> list[Sparse]:
        return [vector for vector in await self.lexical.embed(texts) if isinstance(vector, Sparse)]

    async def _dense(self, texts: Sequence[Text]) -> Sequence[Dense | None]:
        if self.encoder is None or not texts:
            return [None] * len(texts)
        return [vector for vector in await self.encoder.embed(texts) if not isinstance(vector, Sparse)]


def numbers(vector: Dense | None) -> list[float] | None:
    return None if vector is None else list(vector.tolist())


def wording(item: Item) -> Text:
    """The words by which an item is found."""
    return Text("\n".join(part for part in (item.title, item.body[:READ]) if part), item.lang)
