"""What jobs work with: opened when it is first needed, kept for the next job, closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from trend_agent.egress import Http
from trend_agent.processing.pipeline import Pipeline
from trend_agent.processing.reading import Reader
from trend_agent.storage.ports.objects import Objects
from trend_agent.storage.ports.queue import Queue

T = TypeVar("T")
Opener = Callable[[], AbstractAsyncContextManager[T]]


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where lists go that leave the house."""

    objects: Objects
    queue: Queue


class Kept(Generic[T]):
    """One thing, opened by whoever calls first."""

    def __init__(self, opener: Opener[T], stack: AsyncExitStack) -> None:
        self._opener, self._stack = opener, stack
        self._turn = asyncio.Lock()
        self._found: list[T] = []

    async def __call__(self) -> T:
        async with self._turn:
            if not self._found:
                self._found.append(await self._stack.enter_async_context(self._opener()))
            return self._found[0]


class Tools:
    """One set for a process. `pipeline` is asked for lists alone; its records may be open for reading only.
    `configuration` is the hash of all that reading an arrival depends on."""

    def __init__(
        self,
        *,
        configuration: str,
        reader: Opener[Reader],
        http: Opener[Http],
        pipeline: Opener[Pipeline],
        outlets: Opener[Outlets],
    ) -> None:
        self.configuration = configuration
        self._stack = AsyncExitStack()
        self.reader = Kept(reader, self._stack)
        self.http = Kept(http, self._stack)
        self.pipeline = Kept(pipeline, self._stack)
        self.outlets = Kept(outlets, self._stack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._stack.aclose()
