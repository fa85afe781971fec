"""What is not kept for ever: what grew old, and what a source said that is to be forgotten.

The log keeps a line of every arrival, emptied, and its fate: the ledger balances as before, and what comes again
is known. What no longer can be answered as it was is recorded as a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from trend_agent.errors import Conflict, Missing
from trend_agent.items import plain
from trend_agent.storage import Gap, Keep, Kind
from trend_agent.storage.sql import search
from trend_agent.storage.sql.corrections import renamed
from trend_agent.storage.sql.editions import mark
from trend_agent.storage.sql.ledger import balance
from trend_agent.storage.sql.log import insert, raw_item
from trend_agent.storage.sql.schema import (
    EPOCH,
    arrivals,
    buckets,
    cursors,
    fates,
    gaps,
    items,
    lineage,
    members,
    memberships,
    millis,
    moment,
    moments,
    runs,
    sources,
    states,
    topics,
    trends,
    visits,
)
from trend_agent.storage.sql.settle import refresh, sliced
from trend_agent.storage.sql.topics import clock

FORGOTTEN = "its source was forgotten"
ORPHANED = "what it copied was removed"


def found_gaps(connection: Connection) -> list[Gap]:
    rows = connection.execute(select(gaps).order_by(gaps.c.at, gaps.c.what))
    return [Gap(row.what, moment(row.before), moment(row.at)) for row in rows]


def trim(connection: Connection, keep: Keep, at: datetime) -> dict[str, int]:
    """Let go of what is older than is kept; returns how many rows of each kind."""
    gone: dict[str, int] = {
        kind: TRIMMERS[kind](connection, millis(before), at) for kind, before in keep.items()
    }
    if any(gone.values()):
        mark(connection, "facts")
    return gone


def _lists(connection: Connection, before: int, _: datetime) -> int:
    newest = connection.scalar(select(func.max(trends.c.at))) or 0
    return connection.execute(delete(trends).where(trends.c.at < min(before, newest))).rowcount


def _moments(connection: Connection, before: int, _: datetime) -> int:
    return connection.execute(delete(moments).where(moments.c.at < before)).rowcount


def _runs(connection: Connection, before: int, _: datetime) -> int:
    gone = connection.execute(delete(runs).where(runs.c.ended_at < before)).rowcount
    return gone + connection.execute(delete(visits).where(visits.c.at < before)).rowcount


def _buckets(connection: Connection, before: int, _: datetime) -> int:
    return connection.execute(delete(buckets).where(buckets.c.bin < before)).rowcount


def _bodies(connection: Connection, before: int, at: datetime) -> int:
    """Cut items to their titles, in the log as well."""
    wanted = select(items.c.seq, items.c.title).where(items.c.seen_at < before, items.c.body != "")
    rows = connection.execute(wanted).all()
    for some in sliced(rows):
        seqs = [row.seq for row in some]
        connection.execute(update(items).where(items.c.seq.in_(seqs)).values(body=""))
        _rewrite(connection, seqs, lambda row: {**row, "body": ""})
        search.remove(connection, seqs)
        search.add(connection, [(row.seq, row.title) for row in some])
    if rows:
        _note(connection, "bodies", before, at)
    return len(rows)


def _facts(connection: Connection, before: int, at: datetime) -> int:
    if balance(connection, "").waiting:
        raise Conflict("items wait to be processed; facts can be removed when none do")
    seqs = list(connection.scalars(select(items.c.seq).where(items.c.seen_at < before).order_by(items.c.seq)))
    renamed(connection, _let_go(connection, seqs))
    connection.execute(delete(trends).where(trends.c.at < before))
    _moments(connection, before, at)
    if seqs:
        _note(connection, "facts", before, at)
    return len(seqs)


TRIMMERS: Mapping[Kind, Callable[[Connection, int, datetime], int]] = {
    "lists": _lists,
    "moments": _moments,
    "runs": _runs,
    "buckets": _buckets,
    "bodies": _bodies,
    "facts": _facts,
}


def forget(connection: Connection, source: str, keys: Sequence[str], at: datetime) -> int:
    """Remove everything a source said; returns how many items it had. `Missing` if it never said anything."""
    if balance(connection, "").waiting:
        raise Conflict("items wait to be processed; a source can be forgotten when none do")
    seqs = list(connection.scalars(select(arrivals.c.seq).where(arrivals.c.source == source)))
    gone = sum(
        connection.execute(delete(table).where(table.c.source.in_([source, *keys]))).rowcount
        for table in (cursors, sources)
    )
    connection.execute(delete(visits).where(visits.c.source.in_([source, *keys])))
    if not seqs and not gone:
        raise Missing(f"no source {source!r} has brought anything")
    first = connection.scalar(select(func.min(arrivals.c.seen_at)).where(arrivals.c.source == source)) or 0
    ever = {topic for some in sliced(seqs) for topic in connection.scalars(_ever_in(some))}
    heirs = _let_go(connection, seqs)
    for some in sliced(sorted(ever)):
        connection.execute(delete(trends).where(trends.c.topic.in_(some)))
    connection.execute(delete(moments).where(moments.c.at >= first))  # any of them may quote it
    verdict = {"verdict": "filtered", "reason": FORGOTTEN, "detail": "", "of": None, "address": ""}
    for some in sliced(seqs):
        connection.execute(update(fates).where(fates.c.seq.in_(some)).values(verdict))
        connection.execute(update(arrivals).where(arrivals.c.seq.in_(some)).values(fault=""))
    _unname(connection, seqs, heirs)
    connection.execute(
        delete(states)
    )  # the stages remember words of it: they are brought up from the log again
    mark(connection, "facts")
    if seqs:
        _note(connection, f"source:{source}", millis(at), at)
    return len(seqs)


def _unname(connection: Connection, seqs: Sequence[int], heirs: Mapping[str, str]) -> None:
    """Let no correction name these items; the ledger says which ones did."""
    ids = {
        row.id: row.seq
        for some in sliced(seqs)
        for row in connection.execute(select(arrivals.c.id, arrivals.c.seq).where(arrivals.c.seq.in_(some)))
    }
    for item, numbers in renamed(connection, {item: heirs.get(item) for item in ids}).items():
        detail = f"named no more by correction {', '.join(map(str, numbers))}"
        connection.execute(update(fates).where(fates.c.seq == ids[item]).values(detail=detail))


def _ever_in(seqs: Sequence[int]) -> Select[tuple[str]]:
    """The topics these items were ever in, themselves or with what they copy: old lists may quote them there."""
    original = items.alias("original")
    followed = (
        select(original.c.seq).join(items, items.c.copy_of == original.c.id).where(items.c.seq.in_(seqs))
    )
    own = memberships.c.seq.in_(seqs)
    return select(memberships.c.topic).distinct().where(own | memberships.c.seq.in_(followed))


def _let_go(connection: Connection, seqs: Sequence[int]) -> dict[str, str]:
    """Empty these items and take them out of their topics; which copy took the place of which original."""
    going = set(seqs)
    touched: set[str] = set()
    heirs: dict[str, str] = {}
    for some in sliced(seqs):
        touched.update(connection.scalars(select(members.c.topic).distinct().where(members.c.seq.in_(some))))
        heirs |= _hand_on(connection, some, going)
    for some in sliced(seqs):
        search.remove(connection, some)
        for table in (members, memberships, items):
            connection.execute(delete(table).where(table.c.seq.in_(some)))
        _rewrite(connection, some, lambda row: {key: row[key] for key in ("id", "source", "seen_at")})
    refresh(connection, touched)
    _end(connection, touched)
    return heirs


def _hand_on(connection: Connection, seqs: Sequence[int], going: Collection[int]) -> dict[str, str]:
    """Let the first copy that stays take the place of an original that goes; the heirs by the originals' ids."""
    copy = items.alias("copy")
    pairs = (
        select(copy.c.seq, copy.c.id, items.c.seq.label("original"), items.c.id.label("of"))
        .select_from(copy.join(items, items.c.id == copy.c.copy_of))
        .where(items.c.seq.in_(seqs))
        .order_by(copy.c.seq)
    )
    staying: dict[int, list[Any]] = {}
    for row in connection.execute(pairs):
        if row.seq not in going:
            staying.setdefault(row.original, []).append(row)
    for original, (heir, *others) in staying.items():
        for rest in sliced([row.seq for row in others]):
            connection.execute(update(items).where(items.c.seq.in_(rest)).values(copy_of=heir.id))
            connection.execute(update(fates).where(fates.c.seq.in_(rest)).values(of=heir.id))
        kept = {"verdict": "kept", "reason": ORPHANED, "detail": "", "of": None}
        connection.execute(update(items).where(items.c.seq == heir.seq).values(copy_of=None))
        connection.execute(update(fates).where(fates.c.seq == heir.seq).values(kept))
        connection.execute(update(memberships).where(memberships.c.seq == original).values(seq=heir.seq))
    return {heir.of: heir.id for heir, *_ in staying.values()}


def _rewrite(
    connection: Connection, seqs: Sequence[int], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    rows = connection.execute(
        select(arrivals.c.seq, arrivals.c.seen_at, arrivals.c.raw).where(arrivals.c.seq.in_(seqs))
    )
    changed = [
        {
            "at": row.seq,
            "to": orjson.dumps(change(plain(raw_item(row.raw, moment(row.seen_at)))), default=str),
        }
        for row in rows
    ]
    if changed:
        connection.execute(
            update(arrivals).where(arrivals.c.seq == bindparam("at")).values(raw=bindparam("to")), changed
        )


def _end(connection: Connection, touched: set[str]) -> None:
    """Record the end of topics that have nothing left."""
    at = clock(connection) or EPOCH
    for some in sliced(sorted(touched)):
        empty = select(topics.c.id).where(
            topics.c.id.in_(some), topics.c.size == 0, topics.c.merged_into.is_(None)
        )
        ended = [
            {"topic": key, "change": "ended", "at": millis(at), "other": None}
            for key in sorted(connection.scalars(empty))
        ]
        if ended:
            connection.execute(lineage.insert(), ended)


def _note(connection: Connection, what: str, before: int, at: datetime) -> None:
    row = {"what": what, "before": before, "at": millis(at)}
    put = insert(connection, gaps).values(row)
    connection.execute(put.on_conflict_do_update(index_elements=["what"], set_=row))


def require(connection: Connection, since: datetime) -> None:
    """`Missing` where an answer would rest on what is no longer there."""
    for gap in found_gaps(connection):
        if gap.what in ("bodies", "facts") and since < gap.before:
            what = "cut to titles" if gap.what == "bodies" else "removed"
            raise Missing(
                f"what was seen before {gap.before:%Y-%m-%d %H:%M} UTC was {what} on {gap.at:%Y-%m-%d}; "
                "no answer that rests on it can be given as it was"
            )
