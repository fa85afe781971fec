"""Which sources there are beside the configured ones, how visits to them went, and what is agreed with hubs."""

from __future__ import annotations

from datetime import datetime

import orjson
from sqlalchemy import Connection, delete, select

from trend_agent.errors import Missing
from trend_agent.storage import Choice, Health, Subscription, Visit
from trend_agent.storage.sql.log import insert
from trend_agent.storage.sql.schema import choices, millis, moment, subscriptions, visits

VISITED = visits.insert()


def visited(connection: Connection, health: Health) -> None:
    """Write one visit down."""
    error = health.error.replace("\x00", "")  # a stranger's words; PostgreSQL holds no NUL
    row = {
        "source": health.source,
        "at": millis(health.last_try),
        "fetched": health.fetched,
        "error": error,
    }
    if health.last_try:
        connection.execute(VISITED, row)


def since(connection: Connection, start: datetime) -> list[Visit]:
    rows = connection.execute(
        select(visits).where(visits.c.at >= millis(start)).order_by(visits.c.at, visits.c.id)
    )
    return [Visit(row.source, moment(row.at), row.fetched, row.error) for row in rows]


def choose(connection: Connection, choice: Choice) -> None:
    row = {
        "source": choice.source,
        "kind": choice.kind,
        "settings": orjson.dumps(dict(choice.settings)).decode(),
        "enabled": int(choice.enabled),
    }
    put = insert(connection, choices).values(row)
    connection.execute(put.on_conflict_do_update(index_elements=["source"], set_=row))


def unchoose(connection: Connection, source: str) -> None:
    if not connection.execute(delete(choices).where(choices.c.source == source)).rowcount:
        raise Missing(f"nothing was chosen of a source {source!r}")


def chosen(connection: Connection) -> list[Choice]:
    return [
        Choice(row.source, row.kind, orjson.loads(row.settings), bool(row.enabled))
        for row in connection.execute(select(choices).order_by(choices.c.source))
    ]


def subscribe(connection: Connection, subscription: Subscription) -> None:
    row = {
        "source": subscription.source,
        "topic": subscription.topic,
        "hub": subscription.hub,
        "token": subscription.token,
        "secret": subscription.secret,
        "asked_at": millis(subscription.asked_at),
        "until": millis(subscription.until),
    }
    put = insert(connection, subscriptions).values(row)
    connection.execute(put.on_conflict_do_update(index_elements=["source"], set_=row))


def unsubscribe(connection: Connection, source: str) -> None:
    connection.execute(delete(subscriptions).where(subscriptions.c.source == source))


def subscribed(connection: Connection) -> list[Subscription]:
    return [
        Subscription(
            source=row.source,
            topic=row.topic,
            hub=row.hub,
            token=row.token,
            secret=row.secret,
            asked_at=moment(row.asked_at),
            until=moment(row.until),
        )
        for row in connection.execute(select(subscriptions).order_by(subscriptions.c.source))
    ]
