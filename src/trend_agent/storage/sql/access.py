"""Who may do what, over SQL: each method runs one function on one connection, as one short transaction.

Any process may write here, whoever owns the pipeline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from trend_agent.storage.access import Deed, Key, Locked, Reply, Session
from trend_agent.storage.sql import deeds, keys
from trend_agent.storage.sql.database import Database

T = TypeVar("T")

AT_ONCE = 8
"""Transactions of one process at once; what waits on SQLite goes to the disk together all the same."""


class SqlAccess:
    """Keys, sessions, the audit log and answers given once, on SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def _write(self, change: Callable[[Connection], T]) -> T:
        """Of many who write at once most wait here, where they hold no connection that a reader could use."""
        async with self._turns:
            return await self.database.write(change)

    async def add_key(self, locked: Locked) -> Key:
        return await self._write(lambda c: keys.add(c, locked))

    async def add_first_key(self, locked: Locked) -> Key | None:
        """The key, where there has never been any; else None, and nothing has happened."""
        return await self._write(lambda c: keys.add_first(c, locked))

    async def locked(self, key: str) -> Locked | None:
        return await self.database.read(lambda c: keys.locked(c, key), single=True)

    async def keys(self) -> list[Key]:
        """All there ever were, newest first."""
        return await self.database.read(keys.listed, single=True)

    async def rotate_key(self, key: str, digest: str, *, at: datetime, until: datetime) -> Key:
        """Give it another secret; the one before is good `until` then. `Conflict` where it is good no more."""
        return await self._write(lambda c: keys.rotate(c, key, digest, at=at, until=until))

    async def revoke_key(self, key: str, *, at: datetime) -> Key:
        """It is good for nothing any more, nor are those logged in by it. Doing so twice does nothing."""
        return await self._write(lambda c: keys.revoke(c, key, at=at))

    async def used(self, moments: Mapping[str, datetime]) -> None:
        """When keys were used last."""
        await self._write(lambda c: keys.used(c, moments))

    async def log_in(self, session: Session) -> Session:
        return await self._write(lambda c: keys.log_in(c, session))

    async def session(self, digest: str) -> tuple[Session, Key | None] | None:
        """Who is logged in so, and by which key."""
        return await self.database.read(lambda c: keys.session(c, digest), single=True)

    async def log_out(self, digest: str) -> bool:
        return await self._write(lambda c: keys.log_out(c, digest))

    async def begin(self, caller: str, key: str, fingerprint: str, at: datetime) -> Reply | None:
        """None where nobody has begun to answer this yet: whoever asked now has. Else how it stands."""
        return await self._write(lambda c: deeds.begin(c, caller, key, fingerprint, at))

    async def give_up(self, caller: str, key: str) -> None:
        """Nothing has come of it: it may be tried again."""
        await self._write(lambda c: deeds.give_up(c, caller, key))

    async def done(
        self, deed: Deed | None, *, caller: str = "", key: str = "", reply: Reply | None = None
    ) -> None:
        """What was done and, where it may be asked again, what was answered: in one transaction."""

        def change(connection: Connection) -> None:
            if deed is not None:
                deeds.write_down(connection, deed)
            if reply is not None:
                deeds.finish(connection, caller, key, reply)

        await self._write(change)

    async def deeds(self, limit: int, *, before: int | None = None, caller: str = "") -> list[Deed]:
        """The audit log, newest first."""
        return await self.database.read(lambda c: deeds.written(c, limit, before=before, caller=caller))

    async def broken(self) -> int | None:
        """The number of the first line of the audit log that was changed or taken out; None where none was."""
        return await self.database.read(deeds.first_broken, patient=True)
