"""Keys and who is logged in, in the records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, delete, func, select

from trend_agent.errors import Conflict, Missing
from trend_agent.storage.access import Key, Locked, Scope, Session
from trend_agent.storage.sql.schema import keys, millis, moment, sessions


def add(connection: Connection, locked: Locked) -> Key:
    key = locked.key
    connection.execute(
        keys.insert().values(
            id=key.id,
            name=key.name,
            scope=key.scope,
            digest=locked.digest,
            former=locked.former,
            created_at=millis(key.created_at),
            expires_at=millis(key.expires_at),
        )
    )
    return key


def add_first(connection: Connection, locked: Locked) -> Key | None:
    """The key, where there has never been any; else None, and nothing has happened."""
    if connection.scalar(select(func.count()).select_from(keys)):
        return None
    return add(connection, locked)


def locked(connection: Connection, id: str) -> Locked | None:  # noqa: A002  # it is called so everywhere
    row = connection.execute(select(keys).where(keys.c.id == id)).first()
    return None if row is None else Locked(_key(row), row.digest, row.former)


def listed(connection: Connection) -> list[Key]:
    """All there ever were, newest first."""
    return [
        _key(row) for row in connection.execute(select(keys).order_by(keys.c.created_at.desc(), keys.c.id))
    ]


def rotate(connection: Connection, id: str, digest: str, *, at: datetime, until: datetime) -> Key:  # noqa: A002
    """Give it another secret; the one before is good `until` then. Whatever came before that one is not."""
    found = _alive(connection, id, at)
    return _changed(connection, id, digest=digest, former=found.digest, former_until=millis(until))


def revoke(connection: Connection, id: str, *, at: datetime) -> Key:  # noqa: A002
    """It is good for nothing any more, nor are those logged in by it. Doing so twice does nothing."""
    found = locked(connection, id)
    if found is None:
        raise Missing(f"no key {id!r}")
    connection.execute(delete(sessions).where(sessions.c.key == id))
    if found.key.revoked_at is not None:
        return found.key
    return _changed(connection, id, revoked_at=millis(at), former="", former_until=None)


def used(connection: Connection, moments: Mapping[str, datetime]) -> None:
    for id_, at in moments.items():
        connection.execute(keys.update().where(keys.c.id == id_).values(used_at=millis(at)))


def log_in(connection: Connection, session: Session) -> Session:
    """Remember somebody; those whose time is over are forgotten on the way."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= millis(session.created_at)))
    connection.execute(
        sessions.insert().values(
            digest=session.digest,
            key=session.key,
            name=session.name,
            scope=session.scope,
            created_at=millis(session.created_at),
            expires_at=millis(session.expires_at),
        )
    )
    return session


def session(connection: Connection, digest: str) -> tuple[Session, Key | None] | None:
    """Who is logged in so, and by which key."""
    joined = sessions.outerjoin(keys, sessions.c.key == keys.c.id)
    columns = [column.label(f"key_{column.name}") for column in keys.c]
    row = connection.execute(
        select(sessions, *columns).select_from(joined).where(sessions.c.digest == digest)
    ).first()
    if row is None:
        return None
    found = Session(
        row.digest, row.key, row.name, cast(Scope, row.scope), moment(row.created_at), moment(row.expires_at)
    )
    return found, _key(row, "key_") if row.key_id else None


def log_out(connection: Connection, digest: str) -> bool:
    return bool(connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount)


def _alive(connection: Connection, id: str, at: datetime) -> Locked:  # noqa: A002
    found = locked(connection, id)
    if found is None:
        raise Missing(f"no key {id!r}")
    if found.key.revoked_at is not None:
        raise Conflict(f"the key {id!r} is revoked; make another one")
    if found.key.expires_at is not None and found.key.expires_at <= at:
        raise Conflict(f"the key {id!r} has expired; make another one")
    return found


def _changed(connection: Connection, id: str, **values: Any) -> Key:  # noqa: A002
    connection.execute(keys.update().where(keys.c.id == id).values(**values))
    found = locked(connection, id)
    assert found is not None
    return found.key


def _key(row: Row[Any], prefix: str = "") -> Key:
    def at(name: str) -> Any:
        return getattr(row, prefix + name)

    return Key(
        id=at("id"),
        name=at("name"),
        scope=cast(Scope, at("scope")),
        created_at=moment(at("created_at")),
        expires_at=moment(at("expires_at")),
        former_until=moment(at("former_until")),
        revoked_at=moment(at("revoked_at")),
        used_at=moment(at("used_at")),
    )
