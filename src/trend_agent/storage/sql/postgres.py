"""PostgreSQL through asyncpg: a pool for everybody, and one session for the owner of the pipeline.

What only the owner may do runs on the very session that holds the owner's advisory lock: when that session is
gone, so is the right, and a process that was thought dead cannot write. Reads see one moment (`REPEATABLE
READ`, read-only). Every transaction has a time limit on both sides.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

from trend_agent.errors import Conflict, Misconfigured, Unavailable

T = TypeVar("T")

POOL = 5
MOST = 20
"""Connections kept, and opened at most."""

SECONDS = 60.0
"""How long one transaction may take before it is given up."""

CONNECT_SECONDS = 10.0
AGAIN = frozenset({"40001", "40P01"})
"""Serialisation failure, deadlock: the transaction has not happened and is to be run once more."""

ATTEMPTS = 6
OWNER = "SELECT pg_try_advisory_lock(1953654126, hashtext(current_schema()))"
"""One owner per schema; the number is ours and means nothing."""
OWNED = (
    "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1953654126 "
    "AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

MISCONFIGURED = {
    "28P01": "refuses the password",
    "28000": "refuses the user",
    "3D000": "has no such database",
    "42501": "does not let this user do that",
    "3F000": "has no such schema",
    "42704": "does not know that",
}
NO_TABLES = frozenset({"42P01", "42703"})
PASSING = ("08", "53", "57", "55P03", "25006", "58030")
"""Beginnings of SQLSTATEs of what passes: connection lost, out of space or connections, shutting down,
cancelled, a lock not had in time, a standby, an I/O error."""


class Postgres:
    """One schema of one database. `address` is a libpq URL; `search_path=NAME` in its query names the schema.

    `read` and `write` run a function on a connection, each as one transaction of at most `seconds`. `holds` is what
    errors call what lies there.
    """

    dialect = "postgresql"

    def __init__(
        self,
        address: str,
        *,
        holds: str = "records",
        seconds: float = SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.address = address
        self.holds = holds
        self.name = spoken(address)
        self.seconds = seconds
        self.connect_seconds = connect_seconds
        self._millis = round(seconds * 1000)
        self._pool = self._engine(pool_size=POOL, max_overflow=MOST - POOL, pool_timeout=connect_seconds)
        self._readers = self._pool.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._single = self._pool.execution_options(isolation_level="AUTOCOMMIT")
        self._alone = self._engine(poolclass=NullPool)
        self._owner: AsyncConnection | None = None
        self._turn = asyncio.Lock()

    async def write(
        self, change: Callable[[Connection], T], *, alone: bool = False, patient: bool = False
    ) -> T:
        """Run `change` in one transaction, again where it fell to another one; it is durable when this returns.

        `alone`: as the owner of the pipeline; `Conflict` while another process is. `patient`: without a
        time limit, for upkeep.
        """

        begun: list[bool] = []

        async def once() -> T:
            async with (
                self._limit(patient=patient),
                self._session(alone=alone) as connection,
                connection.begin(),
            ):
                await connection.execute(
                    text(f"SET LOCAL statement_timeout = {0 if patient else self._millis}")
                )
                begun.append(True)
                return await connection.run_sync(change)

        with self._our_errors():
            return await _until_it_passes(once, lost=lambda: not begun)

    async def read(
        self,
        look: Callable[[Connection], T],
        *,
        patient: bool = False,
        single: bool = False,
        brief: bool = False,
    ) -> T:
        """Run `look` on one moment of the records; it cannot write.

        `single`: it is one statement, and the two trips to begin and end a transaction are saved.
        """
        readers = self._single if single else self._readers

        async def once() -> T:
            async with self._limit(patient=patient), readers.connect() as connection:
                if patient:
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                return await connection.run_sync(look)

        with self._our_errors():
            return await _until_it_passes(once, lost=lambda: not patient)  # an export may be half written

    async def prepare(self) -> None:
        """Make the schema the address names, where it is not there yet."""
        if schema := schema_of(self.address):
            await self.write(lambda c: c.execute(CreateSchema(schema, if_not_exists=True)))

    async def owned(self) -> bool:
        return bool(await self.read(lambda c: c.scalar(text(OWNED)), single=True))

    async def exists(self) -> bool:
        return True  # a database that is not there refuses the connection

    async def close(self) -> None:
        await self._resign()
        await self._pool.dispose()
        await self._alone.dispose()

    def _engine(self, **how: Any) -> AsyncEngine:
        connect = _driver().connect
        server = {
            "application_name": "trend-agent",
            "statement_timeout": str(self._millis),
            "lock_timeout": "10000",
            "jit": "off",  # it costs more than our statements take
            "tcp_keepalives_idle": "20",  # an owner whose machine is gone loses its right within a minute
            "tcp_keepalives_interval": "10",
            "tcp_keepalives_count": "3",
        }

        async def creator() -> Any:
            return await connect(self.address, timeout=self.connect_seconds, server_settings=server)

        return create_async_engine("postgresql+asyncpg://", async_creator=creator, **how)

    def _limit(self, *, patient: bool) -> asyncio.Timeout:
        """A limit of our own above the server's, for a server or a network that does not answer at all."""
        return asyncio.timeout(None if patient else self.seconds + 2 * self.connect_seconds)

    @asynccontextmanager
    async def _session(self, *, alone: bool) -> AsyncIterator[AsyncConnection]:
        if not alone:
            async with self._pool.connect() as connection:
                yield connection
            return
        async with self._turn:
            try:
                yield await self._owned()
            except BaseException:
                if self._owner is not None and (self._owner.invalidated or self._owner.closed):
                    await self._resign()
                raise

    async def _owned(self) -> AsyncConnection:
        """The owner's session; made, and the lock taken, where there is none."""
        if self._owner is not None:
            return self._owner
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._alone.connect())
            if not await connection.scalar(text(OWNER)):
                raise Conflict(f"another process is working on the records at {self.name!r}; stop it first")
            await connection.commit()
            stack.pop_all()  # it stays open, and the lock held, until the process ends, however it ends
            self._owner = connection
            return connection

    async def _resign(self) -> None:
        gone, self._owner = self._owner, None
        if gone is not None:
            await gone.close()

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        """Turn the driver's errors into ours, naming the address without its password."""
        try:
            yield
        except DBAPIError as fault:
            raise self._named(_sqlstate(fault), fault) or fault from fault
        except (TimeoutError, PoolTimeoutError) as fault:
            raise Unavailable(
                f"the {self.holds} at {self.name!r} do not answer in time", retry_after=2
            ) from fault
        except OSError as fault:
            why = fault.strerror or str(fault)
            raise Unavailable(
                f"the {self.holds} at {self.name!r} cannot be reached: {why}", retry_after=2
            ) from fault
        except _driver().PostgresError as fault:  # while connecting, the driver speaks for itself
            raise self._named(fault.sqlstate or "", fault) or fault from fault
        except _driver().ClientConfigurationError as fault:
            raise Misconfigured(f"{self.name!r} is no address of PostgreSQL: {fault}") from fault
        except _driver().InterfaceError as fault:
            raise Unavailable(
                f"the {self.holds} at {self.name!r} cannot be used: {fault}", retry_after=2
            ) from fault

    def _named(self, state: str, fault: Exception) -> Exception | None:
        plain = getattr(fault.orig, "__cause__", fault.orig) if isinstance(fault, DBAPIError) else fault
        words = (str(plain).splitlines() or [type(plain).__name__])[0]
        if state in NO_TABLES:
            return Misconfigured(f"{self.name!r} holds no records of this version; run `trend db upgrade`")
        if state in MISCONFIGURED:
            return Misconfigured(f"PostgreSQL at {self.name!r} {MISCONFIGURED[state]}: {words}")
        lost = isinstance(fault, InterfaceError) or getattr(fault, "connection_invalidated", False)
        if lost or state.startswith(PASSING) or state in AGAIN:
            return Unavailable(f"the {self.holds} at {self.name!r} cannot be used: {words}", retry_after=2)
        return None


async def _until_it_passes(once: Callable[[], Awaitable[T]], *, lost: Callable[[], bool]) -> T:
    """The one place where a transaction is run again.

    One that fell to another, after a wait that grows and is never twice the same; and once more one whose
    connection was lost, where `lost` says that nothing can have happened: the pool's may be of yesterday.
    """
    fresh = True
    for attempt in range(1, ATTEMPTS):
        try:
            return await once()
        except DBAPIError as fault:
            if fault.connection_invalidated and fresh and lost():
                fresh = False
                continue
            if _sqlstate(fault) not in AGAIN:
                raise
        await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * 2**attempt)  # noqa: S311  # no secret
    return await once()


def _sqlstate(fault: DBAPIError) -> str:
    return getattr(fault.orig, "sqlstate", None) or ""


def spoken(address: str) -> str:
    """An address as it may be shown: without its password."""
    parts = urlsplit(address)
    user = f"{parts.username}@" if parts.username else ""
    schema = f" ({found})" if (found := schema_of(address)) else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}{schema}"


def in_schema(address: str, name: str) -> str:
    """The address of a schema of its own beside the one `address` names."""
    parts = urlsplit(address)
    plain = re.sub("[^a-z0-9]+", "_", name.lower())[:63]
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), "search_path": plain})))


def schema_of(address: str) -> str:
    """The schema an address names, in lower case as PostgreSQL reads it; empty for the database's own."""
    named = dict(parse_qsl(urlsplit(address).query)).get("search_path", "")
    return named.split(",")[0].strip().lower()


def _driver() -> Any:
    try:
        import asyncpg
    except ImportError as fault:
        raise Misconfigured(
            "PostgreSQL needs the driver asyncpg; run `pip install 'trend-agent[postgres]'`"
        ) from fault
    return asyncpg
