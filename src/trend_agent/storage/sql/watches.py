"""Watches and alerts over SQL. Any process may write here, whoever owns the pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, select, update

from trend_agent.errors import Conflict, Missing
from trend_agent.storage.ports.watches import MOST, Alert, Standing, Watch
from trend_agent.storage.sql.database import Database
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import alerts, millis, moment, standings, watches
from trend_agent.storage.sql.settle import sliced


class SqlWatches:
    """`Watches` in the records' own database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, watch: Watch, standing: Sequence[Standing]) -> None:
        await self.database.write(lambda c: _add(c, watch, standing))

    async def change(self, watch: Watch, standing: Sequence[Standing] | None = None) -> None:
        await self.database.write(lambda c: _change(c, watch, standing))

    async def remove(self, owner: str, watch: str) -> None:
        await self.database.write(lambda c: _remove(c, owner, watch))

    async def watch(self, owner: str, watch: str) -> Watch:
        return await self.database.read(lambda c: _watch(_found(c, owner, watch)))

    async def watches(self, owner: str) -> list[Watch]:
        look = select(watches).where(watches.c.owner == owner).order_by(watches.c.name, watches.c.id)
        return await self.database.read(lambda c: [_watch(row) for row in c.execute(look)])

    async def enabled(self) -> list[tuple[Watch, dict[str, Standing]]]:
        return await self.database.read(_enabled)

    async def tell(self, watch: Watch, told: Sequence[Alert], standing: Sequence[Standing]) -> list[Alert]:
        return await self.database.write(lambda c: _tell(c, watch, told, standing))

    async def alerts(
        self,
        owner: str,
        *,
        watch: str = "",
        unread: bool = False,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Alert]:
        look = select(alerts).where(alerts.c.owner == owner).order_by(alerts.c.number.desc()).limit(limit)
        if watch:
            look = look.where(alerts.c.watch == watch)
        if unread:
            look = look.where(alerts.c.read_at.is_(None))
        if before is not None:
            look = look.where(alerts.c.number < before)
        return await self.database.read(lambda c: [_alert(row) for row in c.execute(look)])

    async def alert(self, owner: str, alert: str) -> Alert:
        look = select(alerts).where(alerts.c.owner == owner, alerts.c.id == alert)
        row = await self.database.read(lambda c: c.execute(look).first())
        if row is None:
            raise Missing(f"no alert {alert!r}")
        return _alert(row)

    async def read(self, owner: str, told: Sequence[str], *, at: datetime | None) -> int:
        def change(connection: Connection) -> int:
            mine = update(alerts).where(alerts.c.owner == owner).values(read_at=millis(at))
            return sum(
                connection.execute(mine.where(alerts.c.id.in_(part))).rowcount for part in sliced(set(told))
            )

        return await self.database.write(change)

    async def read_until(self, owner: str, number: int, *, watch: str = "", at: datetime) -> int:
        mine = update(alerts).where(
            alerts.c.owner == owner, alerts.c.number <= number, alerts.c.read_at.is_(None)
        )
        if watch:
            mine = mine.where(alerts.c.watch == watch)
        return await self.database.write(lambda c: c.execute(mine.values(read_at=millis(at))).rowcount)

    async def forget(self, before: datetime) -> int:
        def change(connection: Connection) -> int:
            connection.execute(delete(standings).where(standings.c.at < millis(before)))
            return connection.execute(delete(alerts).where(alerts.c.told_at < millis(before))).rowcount

        return await self.database.write(change)


def _add(connection: Connection, watch: Watch, standing: Sequence[Standing]) -> None:
    mine = select(func.count()).select_from(watches).where(watches.c.owner == watch.owner)
    if (connection.scalar(mine) or 0) >= MOST:
        raise Conflict(f"there are {MOST} watches already, which is the most: remove one first")
    _unlike_others(connection, watch)
    connection.execute(watches.insert().values(_row(watch)))
    _stand(connection, watch.id, standing)


def _change(connection: Connection, watch: Watch, standing: Sequence[Standing] | None) -> None:
    _found(connection, watch.owner, watch.id)
    _unlike_others(connection, watch)
    connection.execute(update(watches).where(watches.c.id == watch.id).values(_row(watch)))
    if standing is not None:
        connection.execute(delete(standings).where(standings.c.watch == watch.id))
        _stand(connection, watch.id, standing)


def _unlike_others(connection: Connection, watch: Watch) -> None:
    same = select(watches.c.id).where(
        watches.c.owner == watch.owner, watches.c.name == watch.name, watches.c.id != watch.id
    )
    if connection.execute(same).first():
        raise Conflict(f"there is a watch called {watch.name!r} already")


def _remove(connection: Connection, owner: str, key: str) -> None:
    _found(connection, owner, key)
    connection.execute(delete(alerts).where(alerts.c.watch == key))
    connection.execute(delete(standings).where(standings.c.watch == key))
    connection.execute(delete(watches).where(watches.c.id == key))


def _found(connection: Connection, owner: str, key: str) -> Row[*tuple[Any, ...]]:
    row = connection.execute(select(watches).where(watches.c.owner == owner, watches.c.id == key)).first()
    if row is None:
        raise Missing(f"no watch {key!r}")
    return row


def _enabled(connection: Connection) -> list[tuple[Watch, dict[str, Standing]]]:
    look = select(watches).where(watches.c.enabled == 1).order_by(watches.c.id)
    found = {row.id: (_watch(row), dict[str, Standing]()) for row in connection.execute(look)}
    for row in connection.execute(select(standings)) if found else ():
        if row.watch in found:
            known = Standing(row.topic, row.state, moment(row.at), moment(row.alarm))
            found[row.watch][1][row.topic] = known
    return list(found.values())


def _tell(
    connection: Connection, watch: Watch, told: Sequence[Alert], standing: Sequence[Standing]
) -> list[Alert]:
    same = select(watches.c.id).where(
        watches.c.id == watch.id, watches.c.changed_at == millis(watch.changed_at)
    )
    if connection.execute(same).first() is None:
        return []
    _stand(connection, watch.id, standing)
    new = []
    for alert in told:
        put = insert(connection, alerts).values(_alert_row(alert)).on_conflict_do_nothing()
        number = connection.execute(put.returning(alerts.c.number)).scalar()
        if number is not None:
            new.append(replace(alert, number=int(number)))
    return new


def _stand(connection: Connection, watch: str, standing: Sequence[Standing]) -> None:
    rows = [
        {
            "watch": watch,
            "topic": one.topic,
            "state": one.state,
            "at": millis(one.at),
            "alarm": millis(one.alarm),
        }
        for one in standing
    ]
    if rows:
        put = insert(connection, standings)
        connection.execute(
            put.on_conflict_do_update(
                index_elements=["watch", "topic"],
                set_={name: put.excluded[name] for name in ("state", "at", "alarm")},
            ),
            rows,
        )


def _row(watch: Watch) -> dict[str, Any]:
    return {
        "id": watch.id,
        "owner": watch.owner,
        "name": watch.name,
        "filter": orjson.dumps(dict(watch.filter)).decode(),
        "channels": json.dumps(dict(watch.channels)),  # a stranger's numbers may be of any size
        "enabled": int(watch.enabled),
        "created_at": millis(watch.created_at),
        "changed_at": millis(watch.changed_at),
    }


def _watch(row: Row[*tuple[Any, ...]]) -> Watch:
    return Watch(
        id=row.id,
        owner=row.owner,
        name=row.name,
        filter=orjson.loads(row.filter),
        channels=json.loads(row.channels),
        enabled=bool(row.enabled),
        created_at=moment(row.created_at),
        changed_at=moment(row.changed_at),
    )


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "watch": alert.watch,
        "owner": alert.owner,
        "topic": alert.topic,
        "kind": alert.kind,
        "at": millis(alert.at),
        "told_at": millis(alert.told_at),
        "state": alert.state,
        "before": alert.before,
        "alarm": millis(alert.alarm),
        "headline": alert.headline,
        "rank": alert.rank,
        "score": alert.score,
        "read_at": millis(alert.read_at),
    }


def _alert(row: Row[*tuple[Any, ...]]) -> Alert:
    return Alert(
        id=row.id,
        watch=row.watch,
        owner=row.owner,
        topic=row.topic,
        kind=row.kind,
        at=moment(row.at),
        state=row.state,
        headline=row.headline,
        rank=row.rank,
        score=row.score,
        told_at=moment(row.told_at),
        before=row.before,
        alarm=moment(row.alarm),
        read_at=moment(row.read_at),
        number=row.number,
    )
