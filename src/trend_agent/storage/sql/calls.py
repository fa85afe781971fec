"""Calls and what came of them: both are facts, added and never changed."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, and_, select

from trend_agent.errors import Missing
from trend_agent.items import Call, Outcome
from trend_agent.storage.sql.schema import calls, millis, moment, outcomes

SAME = and_(outcomes.c.topic == calls.c.topic, outcomes.c.at == calls.c.at)


def register(connection: Connection, made: Sequence[Call]) -> None:
    known = _known(connection, calls, [(call.topic, millis(call.at)) for call in made])
    rows = {
        (call.topic, millis(call.at)): {
            "topic": call.topic,
            "at": millis(call.at),
            "rank": call.rank,
            "confidence": call.confidence,
            "before": call.before,
            "items": orjson.dumps(list(call.items)).decode(),
            "configuration": call.configuration,
        }
        for call in made
    }
    if new := [row for key, row in rows.items() if key not in known]:
        connection.execute(calls.insert(), new)


def resolve(connection: Connection, found: Sequence[Outcome]) -> None:
    keys = [(outcome.topic, millis(outcome.at)) for outcome in found]
    called, resolved = _known(connection, calls, keys), _known(connection, outcomes, keys)
    for key in keys:
        if key not in called:
            raise Missing(f"there is no call of topic {key[0]!r} at {moment(key[1]).isoformat()}")
    rows = {
        key: {
            "topic": outcome.topic,
            "at": key[1],
            "resolved_at": millis(outcome.resolved_at),
            "held": int(outcome.held),
            "after": outcome.after,
            "sources": outcome.sources,
            "lead_hours": outcome.lead_hours,
        }
        for key, outcome in zip(keys, found, strict=True)
        if key not in resolved
    }
    if rows:
        connection.execute(outcomes.insert(), list(rows.values()))


def made(connection: Connection, *, unresolved: bool) -> list[tuple[Call, Outcome | None]]:
    wanted = (
        select(calls, outcomes.c.resolved_at, outcomes.c.held, outcomes.c.after, outcomes.c.sources,
               outcomes.c.lead_hours)
        .outerjoin(outcomes, SAME)
        .order_by(calls.c.at, calls.c.rank, calls.c.topic)
    )  # fmt: skip
    if unresolved:
        wanted = wanted.where(outcomes.c.topic.is_(None))
    found: list[tuple[Call, Outcome | None]] = []
    for row in connection.execute(wanted):
        at = moment(row.at)
        call = Call(
            row.topic, at, row.rank, row.confidence, row.before, orjson.loads(row.items), row.configuration
        )
        outcome = None
        if row.resolved_at is not None:
            when = moment(row.resolved_at)
            outcome = Outcome(row.topic, at, when, bool(row.held), row.after, row.sources, row.lead_hours)
        found.append((call, outcome))
    return found


def _known(connection: Connection, table, keys: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:  # type: ignore[no-untyped-def]
    """Those of the keys (topic, milliseconds) that a table has. A list of calls is of few moments."""
    moments = sorted({at for _, at in keys})
    found: set[tuple[str, int]] = set()
    for at in moments:
        found |= {(topic, at) for topic in connection.scalars(select(table.c.topic).where(table.c.at == at))}
    return found
