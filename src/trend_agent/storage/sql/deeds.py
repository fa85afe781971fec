"""The audit log, and the answers that are given again to whoever asks again, in the records."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, Connection, delete, select, text

from trend_agent.storage.access import Deed, Reply
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import audit, millis, moment, replies

KEPT = timedelta(hours=24)
"""How long an answer is given again."""

ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('trend-agent audit ' || current_schema(), 0))"
"""Each seal needs the one before it; on SQLite there is one writer anyway."""


def write_down(connection: Connection, deed: Deed) -> Deed:
    """Add a line under the next number, sealed."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(ONE_BY_ONE))
    last = connection.execute(
        select(audit.c.number, audit.c.seal).order_by(audit.c.number.desc()).limit(1)
    ).first()
    number, before = (last.number + 1, last.seal) if last else (1, "")
    row = _row(deed, number)
    connection.execute(audit.insert().values(**row, seal=_sealed(row, before)))
    return deed


def written(connection: Connection, limit: int, *, before: int | None = None, caller: str = "") -> list[Deed]:
    """The newest lines, or those older than the number `before`; of one caller only, where one is named."""
    wanted = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(audit.c.number < before)
    if caller:
        wanted = wanted.where(audit.c.caller == caller)
    return [
        Deed(
            number=row.number,
            at=moment(row.at),
            caller=row.caller,
            name=row.name,
            action=row.action,
            status=row.status,
            address=row.address,
            request=row.request,
            details=orjson.loads(row.details),
            seal=row.seal,
        )
        for row in connection.execute(wanted)
    ]


def first_broken(connection: Connection) -> int | None:
    """The number of the first line that is not as it was written, or is missing; None where all are there.

    That the newest lines were cut off cannot be seen from the log alone.
    """
    before, expected = "", 1
    for row in connection.execute(
        select(audit).order_by(audit.c.number), execution_options={"yield_per": 1000}
    ):
        plain = {f"{c.name}": getattr(row, c.name) for c in audit.c if c.name != "seal"}
        if row.number != expected or row.seal != _sealed(plain, before):
            return expected
        before, expected = row.seal, expected + 1
    return None


def _row(deed: Deed, number: int) -> dict[str, object]:
    def plain(words: str) -> str:
        return words.replace("\x00", "")  # PostgreSQL holds no NUL

    return {
        "number": number,
        "at": millis(deed.at),
        "caller": deed.caller,
        "name": deed.name,
        "action": plain(deed.action),
        "status": deed.status,
        "address": deed.address,
        "request": deed.request,
        "details": plain(orjson.dumps(dict(deed.details), option=orjson.OPT_SORT_KEYS).decode()),
    }


def _sealed(row: dict[str, object], before: str) -> str:
    return hashlib.sha256(orjson.dumps([before, row], option=orjson.OPT_SORT_KEYS)).hexdigest()


def begin(connection: Connection, caller: str, key: str, fingerprint: str, at: datetime) -> Reply | None:
    """None where nobody has begun to answer this yet: the caller of this function now has. Else how it stands."""
    connection.execute(delete(replies).where(replies.c.at < millis(at - KEPT)))
    row = {
        "caller": caller,
        "key": key,
        "fingerprint": fingerprint,
        "at": millis(at),
        "headers": "{}",
        "body": b"",
    }
    if connection.execute(insert(connection, replies).values(row).on_conflict_do_nothing()).rowcount:
        return None
    found = connection.execute(select(replies).where(*_of(caller, key))).one()
    return Reply(found.fingerprint, found.status, orjson.loads(found.headers), found.body)


def finish(connection: Connection, caller: str, key: str, reply: Reply) -> None:
    connection.execute(
        replies.update()
        .where(*_of(caller, key))
        .values(status=reply.status, headers=orjson.dumps(dict(reply.headers)).decode(), body=reply.body)
    )


def give_up(connection: Connection, caller: str, key: str) -> None:
    """Nothing has come of it: it may be tried again."""
    connection.execute(delete(replies).where(*_of(caller, key), replies.c.status.is_(None)))


def _of(caller: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return replies.c.caller == caller, replies.c.key == key
