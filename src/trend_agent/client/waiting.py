"""The client that awaits, over aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

import aiohttp
from yarl import URL

from trend_agent.client import operations
from trend_agent.client.answers import Event, Page
from trend_agent.client.exchange import SILENCE, Following, Reply, Sent, Step, Terms, exchange, following
from trend_agent.client.operations import Operation
from trend_agent.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


def _asks(operation: Callable[P, Operation[T]]) -> Callable[Concatenate[AsyncClient, P], Awaitable[T]]:
    """The method that asks an operation."""

    @wraps(operation)
    def method(self: AsyncClient, /, *args: P.args, **how: P.kwargs) -> Awaitable[T]:
        return self.ask(operation(*args, **how))

    return method


def _lists(
    operation: Callable[P, Operation[Page[T]]],
) -> Callable[Concatenate[AsyncClient, P], AsyncIterator[T]]:
    """The method that goes through all pages of a list."""

    @wraps(operation)
    def method(self: AsyncClient, /, *args: P.args, **how: P.kwargs) -> AsyncIterator[T]:
        return self.every(operation(*args, **how))

    return method


def _follows(
    operation: Callable[P, Operation[None]],
) -> Callable[Concatenate[AsyncClient, P], AsyncIterator[Event]]:
    """The method that follows a stream."""

    @wraps(operation)
    def method(self: AsyncClient, /, *args: P.args, **how: P.kwargs) -> AsyncIterator[Event]:
        return self.follow(operation(*args, **how))

    return method


class AsyncClient:
    """`async with AsyncClient("http://127.0.0.1:8765", key) as client: await client.trend("t…")`.

    What an operation takes and answers is said in `operations.py`; lists are iterators over all pages. No redirect is
    followed, so that the key goes to the given address alone.
    """

    trends = _lists(operations.trends)
    trends_in_part = _lists(operations.trends_in_part)
    trend = _asks(operations.trend)
    items = _lists(operations.items)
    receipt = _asks(operations.receipt)
    item = _asks(operations.item)
    search = _asks(operations.search)
    sources = _lists(operations.sources)
    source = _asks(operations.source)
    add_source = _asks(operations.add_source)
    change_source = _asks(operations.change_source)
    remove_source = _asks(operations.remove_source)
    watches = _lists(operations.watches)
    add_watch = _asks(operations.add_watch)
    change_watch = _asks(operations.change_watch)
    remove_watch = _asks(operations.remove_watch)
    corrections = _lists(operations.corrections)
    merge = _asks(operations.merge)
    split = _asks(operations.split)
    pin = _asks(operations.pin)
    unpin = _asks(operations.unpin)
    undo = _asks(operations.undo)
    execute = _asks(operations.execute)
    executions = _lists(operations.executions)
    execution = _asks(operations.execution)
    cancel = _asks(operations.cancel)
    pause = _asks(operations.pause)
    resume = _asks(operations.resume)
    approve = _asks(operations.approve)
    stream = _follows(operations.stream)

    def __init__(
        self, address: str = "http://127.0.0.1:8765", key: str = "", *, tries: int = 4, seconds: float = 30.0
    ) -> None:
        self.terms = Terms(address, key, tries=tries, seconds=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, operation: Operation[T]) -> T:
        """What an operation answers."""
        talk = exchange(operation, self.terms)
        try:
            step = next(talk)
            while True:
                step = talk.send(await self._done(step))
        except StopIteration as over:
            answer: T = over.value
            return answer

    async def every(self, operation: Operation[Page[T]]) -> AsyncIterator[T]:
        """The entries of all pages, each page asked for when it is come to."""
        more: Operation[Page[T]] | None = operation
        while more:
            page = await self.ask(more)
            for entry in page.entries:
                yield entry
            more = following(more, page)

    async def follow(self, operation: Operation[None]) -> AsyncIterator[Event]:
        """The events of a stream, for as long as they are read; a lost connection is opened again where it broke."""
        follow = Following(operation, self.terms)
        while True:
            came: Reply | Unavailable = Unavailable("the stream ended")
            try:
                async with self._opened(follow.sent(), total=None, silence=SILENCE) as response:
                    if response.status == 200:
                        async for chunk in response.content.iter_any():
                            for event in follow.take(chunk):
                                yield event
                    else:
                        came = await _reply(response)
            except Unavailable as fault:
                came = fault
            await asyncio.sleep(follow.pause(came))

    async def _done(self, step: Step) -> Reply | Unavailable | None:
        if not isinstance(step, Sent):
            await asyncio.sleep(step)
            return None
        try:
            async with self._opened(step, total=self.terms.seconds) as response:
                return await _reply(response)
        except Unavailable as fault:
            return fault

    @asynccontextmanager
    async def _opened(
        self, sent: Sent, *, total: float | None, silence: float | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        self._session = self._session or aiohttp.ClientSession()
        url = URL(sent.url, encoded=True)  # a slash of a source's key stays encoded
        limits = aiohttp.ClientTimeout(total=total, connect=self.terms.seconds, sock_read=silence)
        try:
            async with self._session.request(
                sent.method, url, headers=sent.headers, data=sent.body, timeout=limits, allow_redirects=False
            ) as response:
                yield response
        except (OSError, aiohttp.ClientError) as fault:
            raise Unavailable(f"{url.authority} does not answer: {fault or type(fault).__name__}") from fault


async def _reply(response: aiohttp.ClientResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status, headers, await response.read())
