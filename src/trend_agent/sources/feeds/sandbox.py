"""Reading strangers' documents in processes of limited means, a few of which are kept for the next document.

A document can at most cost what is allowed: it is given up after `seconds`, or when its reader is ended by
the system for too much memory or processor time. The others' readers do not notice.
"""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import cache
from queue import Empty, LifoQueue
from threading import Timer
from typing import IO, Any

import orjson

from trend_agent.errors import Rejected
from trend_agent.sources.feeds.feed import Document, Entry, Feed
from trend_agent.sources.feeds.worker import ANSWERED, ASKED


class Reader:
    """One process that reads documents, one after another."""

    def __init__(self, *, memory: int, cpu: float) -> None:
        command = [sys.executable, "-P", "-m", "trend_agent.sources.feeds.worker", str(memory), str(cpu)]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module, two numbers
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt at the terminal is for us alone
        )
        self.stays = True

    def ask(self, document: Document, wanted: str, *, seconds: float) -> dict[str, Any]:
        """The process's answer; it is over with the process when none comes in time."""
        watch = Timer(seconds, self._process.kill)
        watch.start()
        try:
            answer = self._exchange(document, wanted)
        except (EOFError, BrokenPipeError):
            self.stays = False
            answer = {"error": f"reading the document took more than it may ({self._ended()})"}
        finally:
            watch.cancel()
        return answer

    def _exchange(self, document: Document, wanted: str) -> dict[str, Any]:
        headers = {
            name: value.encode("utf-8", "replace").decode() for name, value in document.headers.items()
        }
        about = {"headers": headers, "url": document.url, "plain": document.plain}
        head = orjson.dumps({"wanted": wanted, **about})
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        stdin.write(ASKED.pack(len(head), len(document.body)) + head)
        stdin.write(document.body)
        stdin.flush()
        self.stays, size = ANSWERED.unpack(exactly(stdout, ANSWERED.size))
        answer: dict[str, Any] = orjson.loads(exactly(stdout, size))
        return answer

    def _ended(self) -> str:
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def close(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # what was still to be written interests nobody now
        self._process.wait()


class Sandbox:
    """`size` readers at most, started when needed; each allows `memory` bytes of data and `cpu` seconds."""

    def __init__(
        self, *, size: int = 2, seconds: float = 10.0, memory: int = 192 << 20, cpu: float = 1.5
    ) -> None:
        self._seconds = seconds
        self._memory, self._cpu = memory, cpu
        self._idle: LifoQueue[Reader] = LifoQueue()
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="feeds")

    async def read(self, document: Document) -> Feed:
        """Rejected where the document is no feed, or costs more than it may."""
        return await asyncio.wrap_future(self.submit(document))

    def submit(self, document: Document) -> Future[Feed]:
        """The same for who is not asynchronous."""
        return self._threads.submit(self._read, document)

    async def text(self, page: Document) -> str:
        """The main text of a page, empty where it has none. Rejected where that costs more than it may."""
        answer = await asyncio.wrap_future(self._threads.submit(self._asked, page, "text"))
        text: str = answer["text"]
        return text

    def _read(self, document: Document) -> Feed:
        return feed_of(self._asked(document, "feed")["feed"])

    def _asked(self, document: Document, wanted: str) -> dict[str, Any]:
        try:
            reader = self._idle.get_nowait()
        except Empty:
            reader = Reader(memory=self._memory, cpu=self._cpu)
        answer = reader.ask(document, wanted, seconds=self._seconds)
        if reader.stays:
            self._idle.put(reader)
        else:
            reader.close()
        if "error" in answer:
            raise Rejected(answer["error"])
        return answer

    def close(self) -> None:
        self._threads.shutdown()
        while not self._idle.empty():
            self._idle.get_nowait().close()


@cache
def sandbox() -> Sandbox:
    """The one this process shares."""
    shared = Sandbox()
    atexit.register(shared.close)
    return shared


@cache
def page_sandbox() -> Sandbox:
    """The one for pages: apart, so that no feed waits behind a source's pages, and its reader may be larger."""
    shared = Sandbox(size=1)
    atexit.register(shared.close)
    return shared


def exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def feed_of(row: dict[str, Any]) -> Feed:
    return Feed(**{**row, "entries": [entry_of(entry) for entry in row["entries"]]})


def entry_of(row: dict[str, Any]) -> Entry:
    row["published"] = moment_of(row["published"])
    return Entry(**row)


def moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
