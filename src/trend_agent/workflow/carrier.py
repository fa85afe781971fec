"""Who carries a step's work: this process, or others that it is handed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Carrier(Protocol):
    async def carry(self, job: str, arguments: dict[str, Any], *, key: str) -> Any:
        """Have the job done and return what it gave, a JSON value. A `key` that was carried before is the same work:
        it is not done twice where that can be known. `Missing` where there is no such job."""
        ...

    async def close(self) -> None: ...


class InProcess:
    """Carries in this process, on the loop it was made on: whichever thread asks, what is open stays on one loop."""

    def __init__(self, jobs: Any, *, told: Callable[[str, int, int], None] = lambda _, __, ___: None) -> None:
        self.jobs = jobs
        self.told = told
        self._home = asyncio.get_running_loop()

    async def carry(self, job: str, arguments: dict[str, Any], *, key: str) -> Any:
        return await self._at_home(
            self.jobs.do(job, arguments, key=key, told=lambda done, of: self.told(key, done, of))
        )

    async def close(self) -> None:
        await self._at_home(self.jobs.close())

    async def _at_home(self, work: Coroutine[Any, Any, T]) -> T:
        if asyncio.get_running_loop() is self._home:
            return await work
        carried: Future[T] = asyncio.run_coroutine_threadsafe(work, self._home)
        return await asyncio.wrap_future(carried)
