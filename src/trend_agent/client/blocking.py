"""The client that blocks, over the standard library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from trend_agent.client import operations
from trend_agent.client.answers import Event, Page
from trend_agent.client.exchange import SILENCE, Following, Reply, Sent, Step, Terms, exchange, following
from trend_agent.client.operations import Operation
from trend_agent.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


def _asks(operation: Callable[P, Operation[T]]) -> Callable[Concatenate[Client, P], T]:
    """The method that asks an operation."""

    @wraps(operation)
    def method(self: Client, /, *args: P.args, **how: P.kwargs) -> T:
        return self.ask(operation(*args, **how))

    return method


def _lists(operation: Callable[P, Operation[Page[T]]]) -> Callable[Concatenate[Client, P], Iterator[T]]:
    """The method that goes through all pages of a list."""

    @wraps(operation)
    def method(self: Client, /, *args: P.args, **how: P.kwargs) -> Iterator[T]:
        return self.every(operation(*args, **how))

    return method


def _follows(operation: Callable[P, Operation[None]]) -> Callable[Concatenate[Client, P], Iterator[Event]]:
    """The method that follows a stream."""

    @wraps(operation)
    def method(self: Client, /, *args: P.args, **how: P.kwargs) -> Iterator[Event]:
        return self.follow(operation(*args, **how))

    return method


class Client:
    """`Client("http://127.0.0.1:8765", key).trends(lang=["en"])`; threads may share one.

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

    def ask(self, operation: Operation[T]) -> T:
        """What an operation answers."""
        talk = exchange(operation, self.terms)
        try:
            step = next(talk)
            while True:
                step = talk.send(self._done(step))
        except StopIteration as over:
            answer: T = over.value
            return answer

    def every(self, operation: Operation[Page[T]]) -> Iterator[T]:
        """The entries of all pages, each page asked for when it is come to."""
        more: Operation[Page[T]] | None = operation
        while more:
            page = self.ask(more)
            yield from page.entries
            more = following(more, page)

    def _done(self, step: Step) -> Reply | Unavailable | None:
        if not isinstance(step, Sent):
            time.sleep(step)
            return None
        try:
            with _opened(step, self.terms.seconds) as response:
                return _reply(response)
        except Unavailable as fault:
            return fault

    def follow(self, operation: Operation[None]) -> Iterator[Event]:
        """The events of a stream, for as long as they are read; a lost connection is opened again where it broke."""
        follow = Following(operation, self.terms)
        while True:
            came: Reply | Unavailable = Unavailable("the stream ended")
            try:
                with _opened(follow.sent(), SILENCE) as response:
                    if response.status == 200:
                        while chunk := response.read1(1 << 16):
                            yield from follow.take(chunk)
                    else:
                        came = _reply(response)
            except Unavailable as fault:
                came = fault
            time.sleep(follow.pause(came))


@contextmanager
def _opened(sent: Sent, seconds: float) -> Iterator[HTTPResponse]:
    parts = urlsplit(sent.url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=seconds)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(sent.method, target, sent.body, dict(sent.headers))
        yield connection.getresponse()
    except (OSError, HTTPException) as fault:
        raise Unavailable(f"{parts.netloc} does not answer: {fault or type(fault).__name__}") from fault
    finally:
        connection.close()


def _reply(response: HTTPResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read())
