"""Vectors in PostgreSQL with the extension pgvector, over asyncpg: the extra `postgres`.

Dense vectors are columns of pgvector's, walked by its graph once that is built. Its sparse ones know nothing of how
rare a term is, so sparse vectors are rows of an inverted index, weighed while they are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from trend_agent.errors import Misconfigured, Rejected
from trend_agent.items import Sparse
from trend_agent.storage.ports.vectors import EVERYWHERE, Near, Point, Where
from trend_agent.storage.sql.postgres import Postgres

T = TypeVar("T")

DEPTH, RANK_CONSTANT = 4, 60
"""How many times the wanted number each of two lists holds before they are merged, and k of reciprocal rank fusion
(Cormack 2009)."""

WIDTH = 256
"""Candidates kept while the graph is walked."""

WIDEST = 2_000
"""Numbers of a dense vector for which pgvector builds a graph; wider ones are compared one by one."""

PART = 2_000
"""Points written by one statement."""

MADE = (
    "CREATE TABLE IF NOT EXISTS {0} (item text PRIMARY KEY, seen_at timestamptz NOT NULL, source text NOT NULL,"
    " lang text NOT NULL, topic text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {0}_terms (place bigint, item text REFERENCES {0} ON DELETE CASCADE,"
    " weight real NOT NULL, PRIMARY KEY (place, item))",
    "CREATE TABLE IF NOT EXISTS {0}_place (one boolean PRIMARY KEY, place bigint NOT NULL)",
    "CREATE INDEX IF NOT EXISTS {0}_by_item ON {0}_terms (item)",
    "CREATE INDEX IF NOT EXISTS {0}_by_time ON {0} (seen_at)",
)

EXTENSION = (
    "SELECT nspname FROM pg_extension JOIN pg_namespace spaces ON spaces.oid = extnamespace"
    " WHERE extname = 'vector'"
)
"""The schema in which the extension was made."""

SHAPE = (
    "SELECT to_regclass($1) IS NOT NULL, (SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass($1)"
    " AND attname = 'dense' AND NOT attisdropped)"
)
"""Whether the tables are there, and the size of dense vectors, if any."""

PUT = (
    "INSERT INTO {0} SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])"
    " ON CONFLICT (item) DO UPDATE SET seen_at = excluded.seen_at, source = excluded.source,"
    " lang = excluded.lang, topic = excluded.topic"
)

PUT_DENSE = (
    "UPDATE {0} SET dense = given.vector::vector FROM unnest($1::text[], $2::text[]) AS given(name, vector)"
    " WHERE item = given.name"
)

PUT_TERMS = "INSERT INTO {0}_terms SELECT * FROM unnest($1::bigint[], $2::text[], $3::real[])"

PUT_PLACE = "INSERT INTO {0}_place VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET place = excluded.place"

BY_TERMS = (
    "WITH asked(place, weight) AS (SELECT * FROM unnest($6::bigint[], $7::real[])),"
    " rarity AS (SELECT place, ln(1 + ((SELECT count(*) FROM {0}) - count(*) + 0.5) / (count(*) + 0.5)) AS rare"
    " FROM {0}_terms JOIN asked USING (place) GROUP BY place)"
    " SELECT item, sum(asked.weight * found.weight * rare) AS score"
    " FROM {0}_terms found JOIN asked USING (place) JOIN rarity USING (place) JOIN {0} USING (item)"
    " WHERE {where} GROUP BY item ORDER BY score DESC, item LIMIT $8"
)
"""The weight of a term is that of Qdrant's modifier `idf`."""

BY_MEANING = (
    "SELECT item, 1 - (dense <=> $6::vector) AS score FROM {0} WHERE dense IS NOT NULL AND {where}"
    " ORDER BY dense <=> $6::vector LIMIT $7"
)

WHERE = (
    "($1::timestamptz IS NULL OR seen_at >= $1) AND ($2::timestamptz IS NULL OR seen_at <= $2)"
    " AND ($3::text[] IS NULL OR source = ANY($3)) AND ($4::text[] IS NULL OR lang = ANY($4))"
    " AND ($5::text[] IS NULL OR topic = ANY($5))"
)

OTHER_SIZE = "22000"
"""SQLSTATE of a vector that is not of its column's size."""


class PostgresVectors:
    """`Vectors` in three tables whose names begin with `name`, made when the first points come."""

    def __init__(self, address: str, name: str) -> None:
        self._database = Postgres(address, holds="vectors")
        self.name = name

    async def upsert(self, points: Sequence[Point], *, place: int | None = None) -> None:
        def store(table: _Table) -> None:
            table.make(size=next((len(p.dense) for p in points if p.dense is not None), None))
            for start in range(0, len(points), PART):
                table.put(points[start : start + PART])
            if place is not None:
                table.run(PUT_PLACE, place)

        with _size_refused():
            await self._database.write(lambda c: store(self._table(c)))

    async def place(self) -> int:
        return await self._asked(lambda t: t.number("SELECT max(place) FROM {0}_place"), 0)

    async def nearest(
        self,
        *,
        sparse: Sparse | None = None,
        dense: Sequence[float] | None = None,
        where: Where = EVERYWHERE,
        limit: int = 10,
    ) -> list[Near]:
        def look(table: _Table) -> list[Near]:
            asked = [sparse is not None and sparse.places, dense is not None and table.size]
            most = limit * DEPTH if all(asked) else limit
            lists = []
            if sparse is not None and sparse.places:
                lists.append(table.by_terms(sparse, where, most))
            if dense is not None and table.size:
                lists.append(table.by_meaning(dense, where, most))
            return lists[0] if len(lists) == 1 else merged(lists, limit)

        return await self._asked(look, [])

    async def delete(self, *, items: Collection[str] = (), where: Where = EVERYWHERE) -> None:
        def remove(table: _Table) -> None:
            if not table.there:
                return
            if items:
                table.run("DELETE FROM {0} WHERE item = ANY($1)", sorted(items))
            if where != EVERYWHERE:
                table.run("DELETE FROM {0} WHERE {where}", *conditions(where))

        await self._database.write(lambda c: remove(self._table(c)))

    async def count(self, where: Where = EVERYWHERE) -> int:
        asked = "SELECT count(*) FROM {0} WHERE {where}"
        return await self._asked(lambda t: t.number(asked, *conditions(where)), 0)

    async def items(self) -> list[str]:
        asked = 'SELECT item FROM {0} ORDER BY item COLLATE "C"'
        return await self._asked(lambda t: [str(row[0]) for row in t.run(asked)], [])

    async def clear(self) -> None:
        gone = "DROP TABLE IF EXISTS {0}_terms, {0}_place, {0}"
        await self._database.write(lambda c: self._table(c).run(gone) and None)

    async def optimise(self) -> None:
        """Build the graph of dense vectors. Writers wait meanwhile, readers do not."""
        made = "CREATE INDEX IF NOT EXISTS {0}_graph ON {0} USING hnsw (dense vector_cosine_ops)"

        def build(table: _Table) -> None:
            if table.size and table.size <= WIDEST:
                table.run(made)

        await self._database.write(lambda c: build(self._table(c)), patient=True)

    async def close(self) -> None:
        await self._database.close()

    async def _asked(self, look: Callable[[_Table], T], otherwise: T) -> T:
        """What there is to read, or what holds where nothing was stored yet."""

        def read(connection: Connection) -> T:
            table = self._table(connection)
            return look(table) if table.there else otherwise

        return await self._database.read(read)

    def _table(self, connection: Connection) -> _Table:
        return _Table(connection, self.name, self._database.name)


class _Table:
    """The tables within one transaction: whether they are `there`, and the `size` of dense vectors, None where there
    are none."""

    def __init__(self, connection: Connection, name: str, spoken: str) -> None:
        self._connection, self._name, self._spoken = connection, name, spoken
        if found := self.run(EXTENSION):
            self._reach(found[0][0])
        else:
            self._require()
        self.there, self.size = self.run(SHAPE, name)[0]

    def run(self, statement: str, *values: Any) -> Sequence[Any]:
        """Its rows; `{0}` stands for our tables' name, `{where}` for the conditions that are its first values."""
        done = self._connection.exec_driver_sql(statement.format(self._name, where=WHERE), values)
        return done.all() if done.returns_rows else []

    def number(self, statement: str, *values: Any) -> int:
        return int(self.run(statement, *values)[0][0] or 0)

    def make(self, *, size: int | None) -> None:
        if not self.there:
            self.run("CREATE EXTENSION IF NOT EXISTS vector")
            self._reach(self.run(EXTENSION)[0][0])
            for statement in MADE:
                self.run(statement)
        if size and not self.size:
            self.run(f"ALTER TABLE {{0}} ADD COLUMN IF NOT EXISTS dense vector({size})")

    def put(self, points: Sequence[Point]) -> None:
        last = {point.item: point for point in points}
        some = list(last.values())
        about = [(p.item, p.seen_at, p.source, p.lang, p.topic) for p in some]
        self.run("DELETE FROM {0} WHERE item = ANY($1)", list(last))
        self.run(PUT, *map(list, zip(*about, strict=True)))
        if dense := [(p.item, written(p.dense)) for p in some if p.dense is not None]:
            self.run(PUT_DENSE, *map(list, zip(*dense, strict=True)))
        terms = [(place, p.item, weight) for p in some if p.sparse for place, weight in pairs(p.sparse)]
        if terms:
            self.run(PUT_TERMS, *map(list, zip(*terms, strict=True)))

    def by_terms(self, sparse: Sparse, where: Where, limit: int) -> list[Near]:
        places, weights = map(list, zip(*pairs(sparse), strict=True))
        return nears(self.run(BY_TERMS, *conditions(where), places, weights, limit))

    def by_meaning(self, dense: Sequence[float], where: Where, limit: int) -> list[Near]:
        self.run(f"SET LOCAL hnsw.ef_search = {WIDTH}")
        self.run("SET LOCAL hnsw.iterative_scan = strict_order")
        return nears(self.run(BY_MEANING, *conditions(where), written(dense), limit))

    def _require(self) -> None:
        if not self.run("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
            raise Misconfigured(
                f"TREND_VECTORS: PostgreSQL at {self._spoken!r} has no extension pgvector; install version 0.8 or "
                "later there, or choose another place for vectors"
            )

    def _reach(self, schema: str) -> None:
        """The extension's types are found wherever it was installed."""
        wider = "current_setting('search_path') || ', ' || quote_ident($1)"
        self.run(f"SELECT set_config('search_path', {wider}, true)", schema)


@contextmanager
def _size_refused() -> Iterator[None]:
    try:
        yield
    except DBAPIError as fault:
        if getattr(fault.orig, "sqlstate", None) == OTHER_SIZE:
            raise Rejected(f"a vector is not of the size of those stored: {fault.orig}") from fault
        raise


def conditions(where: Where) -> tuple[Any, ...]:
    """The first five values of a statement with a `WHERE`."""
    among = (where.sources, where.languages, where.topics)
    return (where.since, where.until, *(sorted(some) if some else None for some in among))


def pairs(sparse: Sparse) -> Iterable[tuple[int, float]]:
    return zip(map(int, sparse.places), map(float, sparse.weights), strict=True)


def written(dense: Sequence[float]) -> str:
    """A vector as pgvector reads it."""
    return f"[{','.join(repr(float(number)) for number in dense)}]"


def nears(rows: Iterable[Any]) -> list[Near]:
    return [Near(item, float(score)) for item, score in rows]


def merged(lists: Sequence[Sequence[Near]], limit: int) -> list[Near]:
    """One list by reciprocal rank."""
    scores: defaultdict[str, float] = defaultdict(float)
    for found in lists:
        for rank, near in enumerate(found, 1):
            scores[near.item] += 1 / (RANK_CONSTANT + rank)
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Near(item, score) for item, score in ordered[:limit]]
