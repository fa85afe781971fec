"""Vectors on a Qdrant server, over its REST interface: the extra `qdrant`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

try:
    from qdrant_client import AsyncQdrantClient, models
    from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
except ModuleNotFoundError as fault:
    from trend_agent.errors import Misconfigured

    raise Misconfigured("a Qdrant server needs its client: pip install 'trend-agent[qdrant]'") from fault

from trend_agent.errors import Denied, Rejected, Unavailable
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

SECONDS = 30
"""After which a request is given up."""

PART = 500
"""Points of one request, which a server takes up to 32 MB of."""


WALKED = models.SearchParams(
    hnsw_ef=WIDTH, quantization=models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLED)
)


class ServerVectors:
    """`Vectors` in one collection, made when the first points come."""

    def __init__(self, url: str, collection: str, *, key: str = "") -> None:
        self.url, self.collection = url, collection
        self._client = AsyncQdrantClient(
            url=url, api_key=key or None, timeout=SECONDS, check_compatibility=False
        )
        self._there = False

    async def upsert(self, points: Sequence[Point], *, place: int | None = None) -> None:
        size = next((len(point.dense) for point in points if point.dense is not None), None)
        rows = [server_point(point) for point in points]
        if place is not None:
            rows.append(models.PointStruct(id=str(MARKER), vector={}, payload={"place": place}))
        async with self._asking():
            if rows and not await self._exists():
                await self._make(size)
            # the marker goes last: what it stands for is stored by then
            for start in range(0, len(rows), PART):
                await self._client.upsert(self.collection, rows[start : start + PART], wait=True)

    async def place(self) -> int:
        async with self._asking():
            if not await self._exists():
                return 0
            found = await self._client.retrieve(self.collection, [str(MARKER)], with_payload=True)
        return int((found[0].payload or {})["place"]) if found else 0

    async def nearest(
        self,
        *,
        sparse: Sparse | None = None,
        dense: Sequence[float] | None = None,
        where: Where = EVERYWHERE,
        limit: int = 10,
    ) -> list[Near]:
        asked: list[tuple[str, Any]] = []
        if sparse is not None and sparse.places:
            asked.append((SPARSE, server_sparse(sparse)))
        if dense is not None:
            asked.append((DENSE, list(map(float, dense))))
        async with self._asking():
            if not asked or not await self._exists():
                return []
            answer = await self._client.query_points(
                self.collection, **question(asked, where, limit), limit=limit, with_payload=["item"]
            )
        return [Near(str((one.payload or {})["item"]), one.score) for one in answer.points]

    async def delete(self, *, items: Collection[str] = (), where: Where = EVERYWHERE) -> None:
        async with self._asking():
            if not await self._exists():
                return
            if items:
                ids = models.PointIdsList(points=[point_id(item) for item in sorted(items)])
                await self._client.delete(self.collection, ids, wait=True)
            if where != EVERYWHERE:
                meant = models.FilterSelector(filter=server_filter(where))
                await self._client.delete(self.collection, meant, wait=True)

    async def count(self, where: Where = EVERYWHERE) -> int:
        async with self._asking():
            if not await self._exists():
                return 0
            answer = await self._client.count(self.collection, count_filter=server_filter(where), exact=True)
        return int(answer.count)

    async def items(self) -> list[str]:
        found: list[str] = []
        at: Any = None
        async with self._asking():
            while await self._exists():
                rows, at = await self._client.scroll(
                    self.collection, server_filter(EVERYWHERE), limit=PAGE, offset=at, with_payload=["item"]
                )
                found += [str((row.payload or {})["item"]) for row in rows]
                if at is None:
                    break
        return sorted(found)

    async def clear(self) -> None:
        async with self._asking():
            if await self._exists():
                await self._client.delete_collection(self.collection)
        self._there = False

    async def optimise(self) -> None:
        """The server does so by itself."""

    async def close(self) -> None:
        await self._client.close()

    async def _exists(self) -> bool:
        self._there = self._there or await self._client.collection_exists(self.collection)
        return self._there

    async def _make(self, size: int | None) -> None:
        dense = {DENSE: models.VectorParams(size=size, distance=models.Distance.COSINE)} if size else {}
        sparse = {SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)}
        in_bytes = models.ScalarQuantizationConfig(
            type=models.ScalarType.INT8, quantile=QUANTILE, always_ram=True
        )
        await self._client.create_collection(
            self.collection,
            dense,
            sparse_vectors_config=sparse,
            quantization_config=models.ScalarQuantization(scalar=in_bytes),
        )
        kinds = dict.fromkeys(KEYWORDS, models.PayloadSchemaType.KEYWORD)
        for name, kind in (kinds | {"seen_at": models.PayloadSchemaType.DATETIME}).items():
            await self._client.create_payload_index(self.collection, name, kind, wait=True)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """What the client raises, in our words."""
        try:
            yield
        except UnexpectedResponse as fault:
            said = f"the Qdrant server at {self.url!r} answered {fault.status_code}: {fault.content[:200]!r}"
            if fault.status_code in {401, 403}:
                raise Denied(f"{said}; TREND_VECTORS_KEY holds the key") from fault
            if fault.status_code in {408, 429} or (fault.status_code or 500) >= 500:
                raise Unavailable(said) from fault
            raise Rejected(said) from fault
        except ResourceExhaustedResponse as fault:
            wait = float(fault.retry_after_s)
            raise Unavailable(
                f"the Qdrant server at {self.url!r} is limiting us", retry_after=wait
            ) from fault
        except (ResponseHandlingException, QdrantException) as fault:
            raise Unavailable(f"the Qdrant server at {self.url!r} does not answer ({fault})") from fault


def server_sparse(vector: Sparse) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.places), values=list(map(float, vector.weights)))


def server_point(point: Point) -> models.PointStruct:
    vectors: dict[str, Any] = {}
    if point.sparse is not None and point.sparse.places:
        vectors[SPARSE] = server_sparse(point.sparse)
    if point.dense is not None:
        vectors[DENSE] = list(map(float, point.dense))
    return models.PointStruct(id=point_id(point.item), vector=vectors, payload=payload(point))


def server_filter(where: Where) -> models.Filter:
    """The filter in the server's words; the marker is never meant."""
    must: list[Any] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=values))
        for key, values in wanted(where).items()
    ]
    if ends := span(where):
        must.append(models.FieldCondition(key="seen_at", range=models.DatetimeRange.model_validate(ends)))
    return models.Filter(must=must, must_not=[models.HasIdCondition(has_id=[str(MARKER)])])


def question(asked: Sequence[tuple[str, Any]], where: Where, limit: int) -> dict[str, Any]:
    meant = server_filter(where)
    if len(asked) == 1:
        ((name, vector),) = asked
        return {"query": vector, "using": name, "query_filter": meant, "search_params": WALKED}
    lists = [
        models.Prefetch(query=vector, using=name, filter=meant, limit=DEPTH * limit, params=WALKED)
        for name, vector in asked
    ]
    return {"prefetch": lists, "query": models.RrfQuery(rrf=models.Rrf(k=RANK_CONSTANT))}
