"""A window that is kept up to date, and moments that are over."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from trend_agent.processing.rank.window import Window
from trend_agent.storage import Glimpses, Seen

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Book:
    """Records in which the newest item is as old as one says."""

    def __init__(self) -> None:
        self.newest = NOON
        self.read: list[tuple[datetime, int]] = []

    async def clock(self) -> datetime:
        return self.newest

    async def seen(self, *, since: datetime, until: datetime, after_seq: int, after_move: int) -> Seen:
        self.read.append((until, after_seq))
        return Seen(Glimpses(*([()] * len(Glimpses._fields))), [], last_seq=len(self.read), last_move=0)


def window_over(book: Any) -> Window:
    return Window(book, timedelta(hours=1))


async def test_what_is_kept_goes_on_where_it_was() -> None:
    book = Book()
    window = window_over(book)
    for _ in range(2):
        await window.columns(NOON)
    assert book.read == [(NOON, 0), (NOON, 1)]


async def test_a_moment_that_is_over_when_its_turn_comes_is_read_as_one_of_the_past() -> None:
    book = Book()
    window = window_over(book)
    await window.columns(NOON)
    async with window.lock:
        waiting = asyncio.create_task(window.columns(NOON))
        for _ in range(5):
            await asyncio.sleep(0)
        book.newest = NOON + timedelta(minutes=1)
    await waiting
    assert book.read[-1] == (NOON, 0)
    assert window.last_seq == 1
