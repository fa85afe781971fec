"""A world that is known: so many sources, so many items, some of them copies, all of them served in pages that
overlap, as feeds do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from trend_agent.items import Cursor, Item, item_id
from trend_agent.sources import Source

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = "storm election harvest comet strike bridge vaccine festival merger eclipse drought".split()  # noqa: SIM905
AGAIN = 3
"""Items of the page before that a page brings once more."""


@dataclass(frozen=True, slots=True)
class World:
    """`items` items over `sources` sources; every fifth copies an earlier one of its subject."""

    items: int
    sources: int = 4
    page: int = 20

    def item(self, number: int) -> Item:
        subject = number % len(WORDS)
        original = number - number % (len(WORDS) * 5) + subject if number % 5 == 4 else number
        seen = BEGIN + timedelta(seconds=number)
        source = f"made-{number % self.sources}"
        return Item(
            id=item_id(source, str(number)),
            source=source,
            title=f"{WORDS[subject]} {original}",
            lang="en",
            published_at=seen,
            seen_at=seen,
        )

    def of(self, source: int) -> range:
        """The numbers of a source's items."""
        return range(source, self.items, self.sources)

    def ids(self) -> Iterator[str]:
        return (self.item(number).id for number in range(self.items))

    def feeds(self, *, pages: int = 10**9) -> list[Feed]:
        return [
            Feed(items=self.items, sources=self.sources, number=n, page=self.page, pages=pages)
            for n in range(self.sources)
        ]


class Feed(Source, name="made"):
    """One source of the world; its cursor is how many items of it are known. A visit brings `pages` pages."""

    items: int
    sources: int
    number: int
    page: int
    pages: int

    @property
    def key(self) -> str:
        return f"made-{self.number}"

    async def collect(self, http: Any, since: Cursor) -> AsyncIterator[Item | Cursor]:
        world = World(self.items, self.sources, self.page)
        numbers = world.of(self.number)
        done = int(dict(since.value).get("done", 0))
        for _ in range(self.pages):
            if done >= len(numbers):
                return
            for number in numbers[max(0, done - AGAIN) : done + self.page]:
                yield world.item(number)
            done = min(len(numbers), done + self.page)
            yield self.cursor(done=done)

    def exhausted(self, cursor: Cursor) -> bool:
        return int(dict(cursor.value).get("done", 0)) >= len(World(self.items, self.sources).of(self.number))
