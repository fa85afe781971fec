"""From what a request shows to who made it: a key, or the cookie of somebody who logged in.

What was found is believed for half a second, so that a revoked key is refused everywhere within one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from trend_agent.api.access import secrets as keys
from trend_agent.api.access.principal import Principal, contained
from trend_agent.errors import TrendError
from trend_agent.observability.log import logger
from trend_agent.storage.access import Key, Locked, Scope, Session
from trend_agent.storage.sql.access import SqlAccess

log = logger("access")

BELIEVED = 0.5
"""Seconds for which an answer of the database is believed."""

REMEMBERED = 10_000
"""Callers that are remembered at once."""

USED_EVERY = timedelta(minutes=5)
"""How exactly it is known when a key was used last."""

SESSION = timedelta(hours=12)
"""How long one stays logged in."""

NOBODY = "0" * 64
"""The digest of no secret, compared with where there is no key, so that this takes as long."""

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session with what its holder needs: the cookie's value, and what unsafe requests must say beside it."""

    session: Session
    cookie: str
    token: str


class Known:
    """Tells who callers are, makes keys, and logs people in and out."""

    def __init__(self, store: SqlAccess, *, clock: Clock = now, believed: float = BELIEVED) -> None:
        self.store = store
        self.clock = clock
        self.believed = believed
        self._found: dict[bytes, tuple[Principal | None, float]] = {}
        self._asking: dict[bytes, asyncio.Task[Principal | None]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._used: dict[str, datetime] = {}

    async def by_key(self, text: str) -> Principal | None:
        """Who holds this key; None where it is none, or good no more."""
        place = _hashed(b"k" + text.encode())
        found = self._found.get(place)
        if found is not None and found[1] > monotonic():
            return found[0]
        secret = keys.read(text)
        return await self._asked(place, lambda: self._by_secret(secret)) if secret else None

    async def by_cookie(self, text: str) -> Principal | None:
        """Who is logged in so; None where nobody is, or not any more."""
        if not text.isascii() or len(text) > 100:
            return None
        place = _hashed(b"c" + text.encode())
        found = self._found.get(place)
        if found is not None and found[1] > monotonic():
            return found[0]
        return await self._asked(place, lambda: self._by_session(text))

    async def make(self, name: str, scope: Scope, *, expires_at: datetime | None = None) -> tuple[Key, str]:
        """A new key and its text, which is nowhere else."""
        secret = keys.made()
        key = Key(secret.id, name, scope, self.clock(), expires_at)
        return await self.store.add_key(Locked(key, secret.digest)), secret.written

    async def make_first(self) -> str:
        """The text of an administrator's key where there has never been any key; else nothing."""
        secret = keys.made()
        key = Key(secret.id, "the first key", "admin", self.clock())
        return secret.written if await self.store.add_first_key(Locked(key, secret.digest)) else ""

    async def rotate(self, id: str, *, grace: timedelta) -> tuple[Key, str]:  # noqa: A002
        """Another secret for a key; the one before stays good for a while."""
        secret, at = keys.made(id), self.clock()
        return await self.store.rotate_key(id, secret.digest, at=at, until=at + grace), secret.written

    async def revoke(self, id: str) -> Key:  # noqa: A002
        key = await self.store.revoke_key(id, at=self.clock())
        self._found.clear()
        return key

    async def log_in(self, text: str) -> LoggedIn | None:
        """A session for who holds this key; None where it is none, or good no more."""
        secret = keys.read(text)
        found = await self._opened(secret) if secret else None
        if found is None:
            return None
        until = min(self.clock() + SESSION, found.expires_at or datetime.max.replace(tzinfo=UTC))
        return await self.begin_session(found.name, found.scope, key=found.id, until=until)

    async def begin_session(
        self, name: str, scope: Scope, *, key: str = "", until: datetime | None = None
    ) -> LoggedIn:
        cookie, at = secrets.token_urlsafe(32), self.clock()
        made = Session(_hash(cookie), key, name, scope, at, until or at + SESSION)
        return LoggedIn(await self.store.log_in(made), cookie, token_of(cookie))

    async def log_out(self, cookie: str) -> bool:
        self._found.pop(_hashed(b"c" + cookie.encode()), None)
        return await self.store.log_out(_hash(cookie))

    async def close(self) -> None:
        await asyncio.gather(*self._writing)

    async def _asked(self, place: bytes, ask: Callable[[], Awaitable[Principal | None]]) -> Principal | None:
        """What the database says; many who ask at once ask it once."""
        asking = self._asking.get(place)
        if asking is None:
            asking = self._asking[place] = asyncio.create_task(self._found_out(place, ask))
            asking.add_done_callback(lambda done: self._asked_for(place, done))
        return await asyncio.shield(asking)

    async def _found_out(
        self, place: bytes, ask: Callable[[], Awaitable[Principal | None]]
    ) -> Principal | None:
        since = monotonic()
        principal = await ask()
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[place] = principal, since + self.believed
        return principal

    def _asked_for(self, place: bytes, done: asyncio.Task[Principal | None]) -> None:
        self._asking.pop(place, None)
        if not done.cancelled():
            done.exception()  # who waits for it is told; nobody may wait any more

    async def _by_secret(self, secret: keys.Secret) -> Principal | None:
        key = await self._opened(secret)
        return None if key is None else Principal("key", key.id, key.name, contained(key.scope))

    async def _opened(self, secret: keys.Secret) -> Key | None:
        """The key this secret opens now."""
        locked = await self.store.locked(secret.id)
        at = self.clock()
        fits = keys.opens(secret, locked.digest if locked else NOBODY)
        fitted = keys.opens(secret, (locked.former if locked else "") or NOBODY)
        if locked is None or not alive(locked.key, at):
            return None
        if not fits and not (fitted and locked.key.former_until and at < locked.key.former_until):
            return None
        self._note_use(locked.key, at)
        return locked.key

    async def _by_session(self, cookie: str) -> Principal | None:
        found = await self.store.session(_hash(cookie))
        if found is None:
            return None
        (session, key), at = found, self.clock()
        if session.expires_at <= at or (session.key and (key is None or not alive(key, at))):
            return None
        return Principal("session", session.key, session.name, contained(session.scope))

    def _note_use(self, key: Key, at: datetime) -> None:
        """Write down now and then that it is used, without anybody waiting for it."""
        last = max(self._used.get(key.id, key.created_at), key.used_at or key.created_at)
        if (key.used_at is None and key.id not in self._used) or at - last >= USED_EVERY:
            self._used[key.id] = at
            task = asyncio.create_task(self._write_use(key.id, at))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write_use(self, id: str, at: datetime) -> None:  # noqa: A002
        try:
            await self.store.used({id: at})
        except TrendError as fault:
            log.warning("could not write down the use of a key", key=id, error=str(fault))


def alive(key: Key, at: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or at < key.expires_at)


def token_of(cookie: str) -> str:
    """What unsafe requests of a session must say in a header: another site can send its cookie, but not know this."""
    return hmac.new(cookie.encode(), b"trend-agent csrf", hashlib.sha256).hexdigest()[:40]


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _hashed(shown: bytes) -> bytes:
    return hashlib.sha256(shown).digest()
