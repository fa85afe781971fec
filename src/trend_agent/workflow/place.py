"""Where executions are remembered, and who may run them: one process per executor's name, known by a lock that
ends with the process however it ends. So nobody has to guess from a heartbeat whether another is dead."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from trend_agent.errors import Misconfigured, Unavailable

SUFFIX = "workflows"


@dataclass(frozen=True, slots=True)
class Place:
    """A SQLite file or a schema of PostgreSQL: the address as DBOS takes it, and the schema there."""

    address: str
    schema: str = SUFFIX

    @property
    def file(self) -> Path | None:
        parts = urlsplit(self.address)
        return Path(unquote(parts.path[1:])) if parts.scheme == "sqlite" else None

    @property
    def exists(self) -> bool:
        """Whether something may be remembered there; of PostgreSQL one has to ask."""
        return self.file is None or self.file.exists()

    def lease(self, executor: str) -> Lease:
        file = self.file
        return (
            FileLease(file.with_name(f"{file.name}.{executor}.lock"))
            if file
            else SessionLease(self.address, f"{self.schema}/{executor}")
        )


def place_of(address: str) -> Place:
    """The place an address names: `sqlite:///PATH` or `postgresql://…`, whose `search_path` is its schema."""
    parts = urlsplit(address)
    if parts.scheme == "sqlite" and parts.path[1:]:
        path = Path(unquote(parts.path[1:])).absolute()
        return Place(f"sqlite:///{quote(str(path))}")
    if parts.scheme not in {"postgresql", "postgres"}:
        raise Misconfigured(
            "TREND_WORKFLOWS should be sqlite:///PATH or postgresql://USER@HOST/DATABASE, "
            f"found {address.rsplit('@', maxsplit=1)[-1]!r}"
        )
    rest = dict(parse_qsl(parts.query))
    schema = rest.pop("search_path", "").split(",")[0].strip().lower() or SUFFIX
    return Place(urlunsplit(parts._replace(scheme="postgresql", query=urlencode(rest))), schema)


class Lease(Protocol):
    """The right to run workflows under an executor's name."""

    def take(self) -> bool:
        """Whether it is ours now, or was."""
        ...

    def give_back(self) -> None: ...


class FileLease:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self) -> bool:
        if self._handle is not None:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise Misconfigured(
                f"cannot remember workflows at {str(self.path.parent)!r}: {fault.strerror}"
            ) from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def give_back(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class SessionLease:
    """An advisory lock of PostgreSQL, which ends with its session; where that is lost it is asked for again."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self.name = name
        self._session: Any = None

    def take(self) -> bool:
        import psycopg

        try:
            if self._session is not None:
                try:
                    self._session.execute("SELECT 1")
                except psycopg.Error:
                    self.give_back()
                else:
                    return True
            self._session = psycopg.connect(self.address, autocommit=True, connect_timeout=10)
            row = self._session.execute(
                "SELECT pg_try_advisory_lock(1953654128, hashtext(%s))", [self.name]
            ).fetchone()
        except psycopg.Error as fault:
            raise Unavailable(f"the place of the workflows cannot be used: {fault}") from fault
        if not row[0]:
            self.give_back()
        return bool(row[0])

    def give_back(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
