"""Vectors in a folder, by Qdrant's engine inside this process. One process at a time opens a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from threading import Lock
from typing import TypeVar

import qdrant_edge as edge

from trend_agent.errors import Conflict, Misconfigured, Rejected, Unavailable
from trend_agent.items import Sparse
from trend_agent.storage.ports.vectors import EVERYWHERE, Near, Point, Where
from trend_agent.storage.qdrant import (
    DENSE,
    DEPTH,
    KEYWORDS,
    MARKER,
    OVERSAMPLED,
    PAGE,
    QUANTILE,
    RANK_CONSTANT,
    SPARSE,
    WIDTH,
    payload,
    point_id,
    span,
    wanted,
)

T = TypeVar("T")

INDEXED = 20_000
"""Kilobytes of vectors of a segment from which on it gets a graph; below, all are looked at."""

LAYOUT = "edge_config.json"
"""The file in which the engine says how a folder's vectors are kept."""


class EdgeVectors:
    """`Vectors` in a folder, made when the first points come. Conflict while another process has it open.

    The engine writes ahead, so that a killed process loses nothing it was told of. Its calls run in threads; one
    lock keeps writers apart.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = Lock()
        self._closed = False
        self._shard = opened(folder)

    async def upsert(self, points: Sequence[Point], *, place: int | None = None) -> None:
        made = [edge_point(point) for point in points]
        if place is not None:
            made.append(edge.Point(str(MARKER), {}, {"place": place}))
        size = next((len(point.dense) for point in points if point.dense is not None), None)
        if made:
            await self._write(lambda shard: shard.update(edge.UpdateOperation.upsert_points(made)), size)

    async def place(self) -> int:
        none: list[edge.Record] = []
        found = await self._read(lambda shard: shard.retrieve([str(MARKER)], True, False), none)  # noqa: FBT003
        return int(found[0].payload["place"]) if found and found[0].payload else 0

    async def nearest(
        self,
        *,
        sparse: Sparse | None = None,
        dense: Sequence[float] | None = None,
        where: Where = EVERYWHERE,
        limit: int = 10,
    ) -> list[Near]:
        asked: list[edge.Query] = []
        if sparse is not None and sparse.places:
            asked.append(edge.Query.Nearest(edge_sparse(sparse), using=SPARSE))
        if dense is not None:
            asked.append(edge.Query.Nearest(list(map(float, dense)), using=DENSE))
        if not asked:
            return []
        request, none = question(asked, where, limit), list[edge.ScoredPoint]()
        found = await self._read(lambda shard: shard.query(request), none)
        return [Near(str((one.payload or {})["item"]), one.score) for one in found]

    async def delete(self, *, items: Collection[str] = (), where: Where = EVERYWHERE) -> None:
        if items:
            gone = edge.UpdateOperation.delete_points([point_id(item) for item in sorted(items)])
            await self._write(lambda shard: shard.update(gone))
        if where != EVERYWHERE:
            meant = edge.UpdateOperation.delete_points_by_filter(edge_filter(where))
            await self._write(lambda shard: shard.update(meant))

    async def count(self, where: Where = EVERYWHERE) -> int:
        request = edge.CountRequest(exact=True, filter=edge_filter(where))
        return await self._read(lambda shard: shard.count(request), 0)

    async def items(self) -> list[str]:
        return await self._read(all_items, [])

    async def clear(self) -> None:
        await asyncio.to_thread(self._shut)
        await asyncio.to_thread(lambda: rmtree(self.folder, ignore_errors=True))

    async def optimise(self) -> None:
        # the engine never does this by itself, as the server does
        await self._read(lambda shard: shard.optimize(), default=False)

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        with self._writing:
            shard, self._shard = self._shard, None
            if shard:
                shard.flush()
                shard.close()

    async def _read(self, look: Callable[[edge.EdgeShard], T], default: T) -> T:
        shard = self._shard
        if shard is None:
            return default
        with words_of_ours(self.folder):
            return await asyncio.to_thread(look, shard)

    async def _write(self, change: Callable[[edge.EdgeShard], None], size: int | None = None) -> None:
        def run() -> None:
            with self._writing:
                if self._closed:  # whoever wanted this was cancelled, and must not open it once more
                    return
                if self._shard is None:
                    # another process may have made it by now
                    self._shard = opened(self.folder) or made(self.folder, size)
                change(self._shard)

        with words_of_ours(self.folder):
            await asyncio.to_thread(run)


@contextmanager
def words_of_ours(folder: Path) -> Iterator[None]:
    """The engine raises bare `Exception`, told apart by its text alone; anything more special is not its own."""
    try:
        yield
    except Exception as fault:
        said = str(fault)[:300]
        if type(fault) is not Exception:
            raise
        if "WouldBlock" in said:
            raise Conflict(
                f"the vectors at {str(folder)!r} are open in another process; is `trend up` running?"
            ) from fault
        if said.startswith("Service runtime error"):
            raise Unavailable(f"the vectors at {str(folder)!r} cannot be used: {said}") from fault
        raise Rejected(f"the vectors at {str(folder)!r} refuse this: {said}") from fault


def kept_as(dense: dict[str, edge.EdgeVectorParams] | None = None) -> edge.EdgeConfig:
    in_bytes = edge.ScalarQuantizationConfig(
        edge.ScalarType.Int8, quantile=QUANTILE, memory=edge.Memory.Pinned
    )
    return edge.EdgeConfig(
        vectors=dense,
        sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        quantization_config=in_bytes,
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=INDEXED),
    )


def walked() -> edge.SearchParams:
    exact = edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLED)
    return edge.SearchParams(hnsw_ef=WIDTH, quantization=exact)


def opened(folder: Path) -> edge.EdgeShard | None:
    """What is kept in a folder; None where that is nothing. Unavailable where it is something else, Misconfigured
    where there can be no such folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Misconfigured(
            f"cannot keep vectors at {str(folder)!r}: {fault.strerror}; TREND_VECTORS says where"
        ) from fault
    if not any(folder.glob("*")):
        return None
    if not (folder / LAYOUT).exists():  # the engine, told how to keep things, would begin a store beside them
        raise Unavailable(
            f"the vectors at {str(folder)!r} cannot be used: there are no vectors in that folder"
        )
    with words_of_ours(folder):
        # what was made without the bytes gets them when it is optimised next
        return edge.EdgeShard.load(str(folder), kept_as())


def made(folder: Path, size: int | None) -> edge.EdgeShard:
    """A new store: with room for dense vectors of `size` numbers, or for sparse ones alone."""
    dense = {DENSE: edge.EdgeVectorParams(size=size, distance=edge.Distance.Cosine)} if size else None
    shard = edge.EdgeShard.create(str(folder), kept_as(dense))
    kinds = dict.fromkeys(KEYWORDS, edge.PayloadSchemaType.Keyword) | {
        "seen_at": edge.PayloadSchemaType.Datetime
    }
    for name, kind in kinds.items():
        shard.update(edge.UpdateOperation.create_field_index(name, kind))
    return shard


def edge_sparse(vector: Sparse) -> edge.SparseVector:
    return edge.SparseVector(list(vector.places), list(map(float, vector.weights)))


def edge_point(point: Point) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {}
    if point.sparse is not None and point.sparse.places:
        vectors[SPARSE] = edge_sparse(point.sparse)
    if point.dense is not None:
        vectors[DENSE] = list(map(float, point.dense))
    return edge.Point(point_id(point.item), vectors, payload(point))


def edge_filter(where: Where) -> edge.Filter:
    """The filter in the engine's words; the marker is never meant."""
    must: list[edge.ConditionType] = [
        edge.FieldCondition(key, match=edge.MatchAny(values)) for key, values in wanted(where).items()
    ]
    if ends := span(where):
        must.append(edge.FieldCondition("seen_at", range=edge.RangeDateTime(**ends)))
    return edge.Filter(must=must, must_not=[edge.HasIdCondition({str(MARKER)})])


def question(queries: Sequence[edge.Query], where: Where, limit: int) -> edge.QueryRequest:
    meant = edge_filter(where)
    if len(queries) == 1:
        return edge.QueryRequest(
            limit=limit, query=queries[0], filter=meant, with_payload=["item"], params=walked()
        )
    lists = [
        edge.Prefetch(limit=DEPTH * limit, query=query, filter=meant, params=walked()) for query in queries
    ]
    merged = edge.Fusion.Rrf(k=RANK_CONSTANT)  # which the library's stubs do not count among queries
    return edge.QueryRequest(limit, query=merged, prefetches=lists, with_payload=["item"])  # type: ignore[arg-type]


def all_items(shard: edge.EdgeShard) -> list[str]:
    found: list[str] = []
    at = None
    while True:
        request = edge.ScrollRequest(
            offset=at, limit=PAGE, filter=edge_filter(EVERYWHERE), with_payload=["item"]
        )
        rows, at = shard.scroll(request)
        found += [str((row.payload or {})["item"]) for row in rows]
        if at is None:
            return sorted(found)
