"""Who does the work of a workflow's steps: this process, on the records it owns, or whoever an engine is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Crew(Protocol):
    async def do(self, chore: str, arguments: dict[str, Any], *, key: str) -> Any:
        """Do a chore and return what it gave, a JSON value. A `key` that was done before is the same work: it is
        not done twice where that can be known. `Missing` where there is no such chore."""
        ...

    async def close(self) -> None: ...


class AtHome:
    """Has chores done in this process, on the loop it was made on: whichever thread asks, what is open stays on one
    loop."""

    def __init__(
        self, chores: Any, *, told: Callable[[str, int, int], None] = lambda _, __, ___: None
    ) -> None:
        self.chores = chores
        self.told = told
        self._home = asyncio.get_running_loop()

    async def do(self, chore: str, arguments: dict[str, Any], *, key: str) -> Any:
        return await self._at_home(
            self.chores.do(chore, arguments, told=lambda done, of: self.told(key, done, of))
        )

    async def close(self) -> None:
        await self._at_home(self.chores.close())

    async def _at_home(self, work: Coroutine[Any, Any, T]) -> T:
        if asyncio.get_running_loop() is self._home:
            return await work
        asked: Future[T] = asyncio.run_coroutine_threadsafe(work, self._home)
        return await asyncio.wrap_future(asked)
