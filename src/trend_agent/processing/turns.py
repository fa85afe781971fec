"""Whose turn it is at the stages of a pipeline: theirs who settle what waits batch by batch, or a workflow's step.

The stages have a memory, so that one at a time may be at them, and between two steps of a workflow its span has been
seen by some of them and not by the others. Whoever comes in between waits a moment for the next step, then has the
span put away: what the stages saw of it has not happened, and a step that comes late takes it from the log again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that batches wait for a workflow's next step: it is remembered in between, which takes some hundredths."""


class Turns:
    """`batch` and `step` are turns; what a step says in between goes for the batches that come after it."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._one = asyncio.Lock()
        self._until = 0.0
        self._put_away: Callable[[], None] = _nothing

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """A turn for what waits, once no step is expected any more."""
        now = asyncio.get_running_loop().time
        while True:
            async with self._one:
                if (wait := self._until - now()) <= 0:
                    put_away, self._put_away = self._put_away, _nothing
                    put_away()
                    yield
                    return
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """A turn for a workflow's step."""
        async with self._one:
            yield

    def expect(self, put_away: Callable[[], None] | None = None) -> None:
        """A step is expected soon, for which something may lie ready; `put_away` is called where it does not come."""
        self._until = asyncio.get_running_loop().time() + self.patience
        self._put_away = put_away or _nothing

    def go_on(self) -> None:
        """No step is expected."""
        self._until, self._put_away = 0.0, _nothing


async def uncut(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; who is cut meanwhile waits for its end first. A thread goes on whoever waits for it, and so
    does a transaction: what they change must not change under the next one's hands."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # who was cut is told of that, and of nothing else
        raise


def _nothing() -> None: ...
