"""SQLite: one writer on a thread of its own, readers beside it that can do no harm.

Everything acknowledged is on disk (`synchronous=FULL`). SQLite 3.7.0 to 3.51.2 can lose a commit when two
connections write or checkpoint in WAL mode at once (fixed in 3.51.3, 3.50.7 and 3.44.6). So nobody ever does: a
lock beside the file is held for the time of a transaction, and readers are opened so that they never checkpoint.
A second lock says who owns the pipeline; other processes may write short transactions, `shared`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar, cast
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from trend_agent.errors import Conflict, Misconfigured, Unavailable
from trend_agent.storage.exports import whole

T = TypeVar("T")

OLDEST = (3, 37, 0)
READERS = 4

LEAST_ROOM = 64 << 10
"""Bytes free on a disk that is not full."""

TOGETHER = 64
"""Changes that go to the disk in one transaction at most."""

TURN_SECONDS = 10.0
"""How long a writer waits for another one to be done."""

CLAIMS = (0.005, 0.02, 0.05)
"""Seconds between tries to own the pipeline: who only looks whether anybody does is in the way for less."""

LOOK_AGAIN = 0.002
"""Seconds between two looks whether it is one's turn."""


def wal_fault(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the WAL-reset fault."""
    if version >= (3, 51, 3):
        return False
    mended = {(3, 50): 7, (3, 44): 6}
    return version >= (3, 7, 0) and version[2] < mended.get(version[:2], 10**6)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A change, and where what comes of it goes."""

    change: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class Sqlite:
    """One database file. `read` and `write` run a function on a connection, each as one transaction.

    `shared`: writes beside the owner, who is another process or another object of this one.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise Misconfigured(f"SQLite {sqlite3.sqlite_version} is too old; {wanted} or later is needed")
        self.path = path
        self.name = str(path)
        self.shared = shared
        self._lock: int | None = None
        self._turns: tuple[int, int] | None = None
        self._writer: Engine | None = None
        self._readers = _readers(path)
        self._queue: deque[_Waiting] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="records-writer")

    async def exists(self) -> bool:
        return self.path.exists()

    async def prepare(self) -> None: ...

    async def owned(self) -> bool:
        return await asyncio.to_thread(_held, self.path)

    async def write(
        self, change: Callable[[Connection], T], *, alone: bool = False, patient: bool = False
    ) -> T:
        """Run `change` in one transaction that is on disk when this returns, or has not happened.

        The one writer is always `alone`, and nothing here has a time limit. What waits while the disk is busy goes
        to it together: `change` is run again, by itself, where another one of them failed.
        """
        if alone and self.shared:
            raise Conflict(f"this process does not own the records at {self.name!r}")
        waiting = _Waiting(change)
        self._queue.append(waiting)
        self._thread.submit(self._write_waiting)
        return cast(T, await asyncio.wrap_future(waiting.done))

    def _write_waiting(self) -> None:
        """All that waits in one transaction, as far as it fits; who comes too late finds nothing left to do."""
        some: list[_Waiting] = []
        while self._queue and len(some) < TOGETHER:
            if (first := self._queue.popleft()).done.set_running_or_notify_cancel():
                some.append(first)
        if len(some) > 1:
            try:
                found = self.write_now(lambda connection: [one.change(connection) for one in some])
            except Exception:  # noqa: BLE001  # whose fault it was shows when each is run by itself
                found = None
            for one, result in zip(some, found or (), strict=False):
                one.done.set_result(result)
            some = [] if found is not None else some
        for one in some:
            try:
                one.done.set_result(self.write_now(one.change))
            except BaseException as fault:  # noqa: BLE001  # goes to who waits for it
                one.done.set_exception(fault)

    def write_now(self, change: Callable[[Connection], T]) -> T:
        writer = self.writer()
        with _our_errors(self.path), self._turn(), writer.begin() as connection:
            return change(connection)

    async def read(
        self,
        look: Callable[[Connection], T],
        *,
        patient: bool = False,
        single: bool = False,
        brief: bool = False,
    ) -> T:
        """A `brief` look is over before a thread would have begun it, and there is a free connection mostly."""
        if brief and self._readers.pool.checkedout() < READERS:  # type: ignore[attr-defined]
            return self.read_now(look)
        return await asyncio.to_thread(self.read_now, look)

    def read_now(self, look: Callable[[Connection], T]) -> T:
        with _our_errors(self.path), self._readers.connect() as connection:
            return look(connection)

    def writer(self) -> Engine:
        if self._writer is None:
            if not self.shared:
                self._lock = self._lock or _claim(self.path)
            self._writer = _writer(self.path)
        return self._writer

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The time in which nobody else writes or checkpoints."""
        if self._turns is None:
            self._turns = _opened(self.path, ".next"), _opened(self.path, ".turn")
        following, turn = self._turns
        # Who waits holds the place of the next, so that one who writes without pause has to line up behind them.
        _take(following, self.name)
        try:
            _take(turn, self.name)
        finally:
            fcntl.flock(following, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def copy_now(self, path: Path) -> None:
        """Copy the file as of one moment, beside a writer that goes on (SQLite's online backup)."""
        with _our_errors(self.path), self._readers.connect() as connection:
            target = sqlite3.connect(path)
            try:
                driver: Any = connection.connection.driver_connection
                driver.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")  # one file that stands alone
            finally:
                target.close()

    def place_now(self, copy: Path) -> None:
        """Put a copy where there are no records yet, as the one writer."""
        if self.path.exists():
            raise Conflict(
                f"there are records at {self.name!r} already; restore to another place, or move them away"
            )
        self._lock = _claim(self.path)
        with whole(self.path) as part:
            shutil.copyfile(copy, part)

    async def close(self) -> None:
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        self._thread.shutdown(wait=True)
        self._readers.dispose()
        if self._writer is not None:
            with self._turn():  # who closes last checkpoints
                self._writer.dispose()
            self._writer = None
        for handle in (*(self._turns or ()), self._lock):
            if handle is not None:
                os.close(handle)
        self._turns = self._lock = None


def _opened(path: Path, suffix: str) -> int:
    """A file beside the records that locks are held on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path.with_name(path.name + suffix), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise Misconfigured(f"cannot keep records at {str(path)!r}: {fault.strerror}") from fault


def _take(handle: int, name: str) -> None:
    """Lock a file as soon as nobody else has it; `Unavailable` where that takes too long."""
    until = monotonic() + TURN_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > until:
                raise Unavailable(
                    f"another process has been writing to {name!r} for {TURN_SECONDS:g} s", retry_after=5
                ) from None
            sleep(LOOK_AGAIN)
        else:
            return


def _claim(path: Path) -> int:
    """Take the right to own the pipeline, held by an open file until the process ends, however it ends."""
    handle = _opened(path, ".lock")
    for wait in (*CLAIMS, None):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wait is None:
                os.close(handle)
                raise Conflict(
                    f"another process is writing to {str(path)!r}; stop it first, or ask it through its API"
                ) from None
            sleep(wait)
        else:
            break
    return handle


def _held(path: Path) -> bool:
    """Whether somebody has that right: it is shared for an instant where nobody has."""
    handle = _opened(path, ".lock")
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def _writer(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_writer(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _readers(path: Path) -> Engine:
    address = f"file:{quote(str(path))}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=READERS,
    )
    event.listen(engine, "connect", _prepare_reader)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _prepare_reader(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA mmap_size=268435456")


def _no_room(path: Path) -> str:
    """That there is none, which SQLite at times calls an I/O error."""
    try:
        return "; its disk is full" if shutil.disk_usage(path.parent).free < LEAST_ROOM else ""
    except OSError:
        return ""


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    """Turn the driver's errors into ours, naming the file."""
    name = repr(str(path))
    try:
        yield
    except OperationalError as fault:
        text = str(fault.orig)
        if path.is_dir():
            raise Misconfigured(f"{name} is a folder; records are a file") from fault
        if "no such table" in text or "no such column" in text:
            raise Misconfigured(f"{name} holds no records of this version; run `trend db upgrade`") from fault
        if "unable to open" in text:
            raise Misconfigured(
                f"there are no records at {name} yet; `trend up` or `trend run` makes them"
            ) from fault
        raise Unavailable(f"the records at {name} cannot be used: {text}{_no_room(path)}") from fault
    except DatabaseError as fault:
        if "not a database" in str(fault.orig):
            raise Misconfigured(f"{name} is not a SQLite database") from fault
        if (
            type(fault.orig) is sqlite3.DatabaseError
        ):  # as SQLite raises where a page is not what it should be
            raise Unavailable(
                f"the records at {name} are damaged ({fault.orig}); `trend restore` puts a backup elsewhere"
            ) from fault
        raise
