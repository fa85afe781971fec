"""Corrections: what people said of topics, what that changed at once, and whether it is obeyed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, select, update

from trend_agent.errors import Conflict
from trend_agent.items import Correction, Lineage, Membership
from trend_agent.storage import Settled
from trend_agent.storage.sql.editions import mark
from trend_agent.storage.sql.log import settled_until
from trend_agent.storage.sql.schema import arrivals, corrections, members, millis, moment
from trend_agent.storage.sql.settle import last_correction, make_true, sliced


def correct(connection: Connection, said: Correction, lineage: Sequence[Lineage], after: int) -> Correction:
    if settled_until(connection) != said.place or last_correction(connection) != after:
        raise Conflict("the records changed while this correction was being made")
    number = connection.execute(
        corrections.insert().values(_row(said)).returning(corrections.c.id)
    ).scalar_one()
    moves = [Membership(item, came, said.at) for item, _, came in said.moved]
    make_true(connection, Settled(last_seq=said.place, fates=[], memberships=moves, lineage=lineage))
    mark(connection, "facts")
    return replace(said, id=int(number))


def made(connection: Connection, after: int = 0) -> list[Correction]:
    wanted = select(corrections).where(corrections.c.id > after).order_by(corrections.c.id)
    return [_correction(row) for row in connection.execute(wanted)]


def renamed(connection: Connection, heirs: Mapping[str, str | None]) -> dict[str, list[int]]:
    """Let corrections name the heirs of items that go, or nothing where there is none; which named each of them."""
    found: dict[str, list[int]] = {}
    for row in connection.execute(
        select(corrections.c.id, corrections.c.said).order_by(corrections.c.id)
    ).all():
        what = orjson.loads(row.said)
        named = {*what["together"], *what["apart"], *what["places"], *(item for item, _, _ in what["moved"])}
        going = named & heirs.keys()
        if not going:
            continue
        said = orjson.dumps(_renamed(what, heirs)).decode()
        connection.execute(update(corrections).where(corrections.c.id == row.id).values(said=said))
        for item in sorted(going):
            found.setdefault(item, []).append(row.id)
    return found


def _renamed(what: Mapping[str, Any], heirs: Mapping[str, str | None]) -> dict[str, Any]:
    def heir(item: str) -> str | None:
        return heirs.get(item, item)

    return {
        **what,
        "together": [name for item in what["together"] if (name := heir(item))],
        "apart": [name for item in what["apart"] if (name := heir(item))],
        "moved": [[name, left, came] for item, left, came in what["moved"] if (name := heir(item))],
        "places": {name: topic for item, topic in what["places"].items() if (name := heir(item))},
    }


def violated(connection: Connection) -> list[str]:
    """Corrections that stand and are not obeyed, in words."""
    known = made(connection)
    undone = {correction.undoes for correction in known}
    standing = [c for c in known if c.kind != "undo" and c.id not in undone]
    topics = _topics(connection, {item for c in standing for item in (*c.together, *c.apart)})
    found = []
    for c in standing:
        together = {topics[item] for item in c.together if item in topics}
        apart = {topics[item] for item in c.apart if item in topics}
        if len(together) > 1 or together & apart:
            found.append(f"correction {c.id} ({c.kind} of {', '.join(map(repr, c.of))}) is not obeyed")
    return found


def _topics(connection: Connection, items: set[str]) -> dict[str, str]:
    look = (
        select(arrivals.c.id, members.c.topic)
        .join(members, members.c.seq == arrivals.c.seq)
        .where(arrivals.c.id.in_(bindparam("ids", expanding=True)))
    )
    return {
        item: topic
        for part in sliced(sorted(items))
        for item, topic in connection.execute(look, {"ids": part})
    }


def _row(said: Correction) -> dict[str, Any]:
    what = {
        "of": list(said.of),
        "together": list(said.together),
        "apart": list(said.apart),
        "moved": [list(move) for move in said.moved],
        "emptied": list(said.emptied),
        "places": dict(said.places),
    }
    return {
        "place": said.place,
        "kind": said.kind,
        "by": said.by,
        "at": millis(said.at),
        "said_at": millis(said.said_at),
        "topic": said.topic,
        "said": orjson.dumps(what).decode(),
        "undoes": said.undoes,
    }


def _correction(row: Row[*tuple[Any, ...]]) -> Correction:
    what = orjson.loads(row.said)
    return Correction(
        kind=row.kind,
        by=row.by,
        at=moment(row.at),
        said_at=moment(row.said_at),
        topic=row.topic,
        of=what["of"],
        together=what["together"],
        apart=what["apart"],
        moved=[(item, left, came) for item, left, came in what["moved"]],
        emptied=what["emptied"],
        places=what["places"],
        undoes=row.undoes,
        place=row.place,
        id=row.id,
    )
