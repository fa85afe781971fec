"""Searching by words: FTS5 on SQLite, tsvector on PostgreSQL, both fed with our own terms.

The index is no table of `schema.metadata`, as the two engines have nothing in common there but its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, String, bindparam, cast, column, func, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from trend_agent.storage import Fact
from trend_agent.storage.sql.schema import items, members, millis
from trend_agent.storage.sql.topics import facts_of
from trend_agent.storage.terms import Phrase, Wanted, terms, wanted

INDEX = "words"
"""The index; SQLite keeps tables of its own beside it, whose names begin alike."""

words = table(INDEX, column("seq"), column("terms"))
AT_ONCE = 1_000


def make(connection: Connection) -> None:
    """Make an empty index."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("CREATE VIRTUAL TABLE words USING fts5(terms, tokenize='ascii')"))
        return
    connection.execute(
        text("CREATE TABLE words (seq BIGINT PRIMARY KEY REFERENCES items (seq), terms TSVECTOR NOT NULL)")
    )
    connection.execute(text("CREATE INDEX ix_words_terms ON words USING gin (terms)"))


def drop(connection: Connection) -> None:
    connection.execute(text("DROP TABLE words"))


def rebuild(connection: Connection) -> None:
    """Index every item anew."""
    connection.execute(text("DELETE FROM words"))
    place = -1
    wanted_rows = select(items.c.seq, items.c.title, items.c.body).order_by(items.c.seq).limit(AT_ONCE)
    while rows := connection.execute(wanted_rows.where(items.c.seq > place)).all():
        add(connection, ((row.seq, f"{row.title}\n{row.body}") for row in rows))
        place = rows[-1].seq


def add(connection: Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Index items by their places in the log."""
    on_sqlite = connection.dialect.name == "sqlite"
    form = " ".join if on_sqlite else _vector
    rows = [{"at": seq, "of": form(terms(content))} for seq, content in texts]
    if rows and on_sqlite:
        connection.execute(text("INSERT INTO words (rowid, terms) VALUES (:at, :of)"), rows)
    elif rows:
        vector = cast(bindparam("of", type_=String), TSVECTOR)
        connection.execute(words.insert().values(seq=bindparam("at"), terms=vector), rows)


def remove(connection: Connection, seqs: Sequence[int]) -> None:
    key = "rowid" if connection.dialect.name == "sqlite" else "seq"
    connection.execute(text(f"DELETE FROM words WHERE {key} = :at"), [{"at": seq} for seq in seqs])  # noqa: S608


def search(
    connection: Connection,
    query: str,
    since: datetime | None,
    until: datetime | None,
    among: Mapping[Column[Any], Collection[str]],
    limit: int,
) -> list[Fact]:
    """The newest items that hold what the query asks for, newest first. `among` are the values that a column may
    have; none leaves it open."""
    asked = wanted(query)
    if not asked.phrases:
        return []
    found = select(items, members.c.topic).join(members, members.c.seq == items.c.seq)
    found = found.where(items.c.seq.in_(_matching(connection, asked)))
    if since:
        found = found.where(items.c.seen_at >= millis(since))
    if until:
        found = found.where(items.c.seen_at <= millis(until))
    for column_, values in among.items():
        if values:
            found = found.where(column_.in_(values))
    return facts_of(connection, found.order_by(items.c.seq.desc()).limit(limit))


def _matching(connection: Connection, asked: Wanted) -> Any:
    if connection.dialect.name == "sqlite":
        return (
            select(column("rowid"))
            .select_from(words)
            .where(text("words MATCH :asked"))
            .params(asked=_fts5(asked))
        )
    query = cast(bindparam("asked", _tsquery(asked), type_=String), TSQUERY)
    return select(words.c.seq).where(words.c.terms.op("@@")(query))


def missing(connection: Connection) -> int:
    """How many items the index does not know."""
    key = words.c.seq if connection.dialect.name == "postgresql" else column("rowid")
    known = select(key).select_from(words)
    return connection.scalar(select(func.count()).select_from(items).where(items.c.seq.not_in(known))) or 0


def _vector(found: Sequence[str]) -> str:
    return " ".join(f"'{term}':{place}" for place, term in enumerate(found, 1))


def _fts5(asked: Wanted) -> str:
    def said(phrase: Phrase) -> str:
        return f'"{" ".join(phrase.terms)}"{" *" if phrase.open else ""}'

    all_of = " AND ".join(map(said, asked.phrases))
    return f"({all_of})" + "".join(f" NOT {said(phrase)}" for phrase in asked.without)


def _tsquery(asked: Wanted) -> str:
    def said(phrase: Phrase) -> str:
        joined = " <-> ".join(f"'{term}'" for term in phrase.terms)
        return f"({joined}{':*' if phrase.open else ''})"

    return " & ".join([*map(said, asked.phrases), *(f"!{said(phrase)}" for phrase in asked.without)])
