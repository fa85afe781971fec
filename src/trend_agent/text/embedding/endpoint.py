"""Any endpoint that speaks OpenAI's embeddings: `POST {base}/embeddings`, hosted or on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from trend_agent.egress import Http, Limits, NamedOrigin
from trend_agent.errors import Denied, Misconfigured, Rejected, Unavailable
from trend_agent.text.embedding import Dense, Text, unit

BATCH = 64
"""Texts of one request."""

LONGEST = 2000
"""Characters of a text that are sent; more is beyond what most models read."""

PAUSES = (1.0, 4.0, 15.0)
"""Seconds before another try where it is down or limiting us, unless it says how long."""

MOST_PAUSE = 60.0

LIMITS = Limits(deadline=60.0, body=64 << 20, pace=0.0)


class EndpointEncoder:
    """Vectors of `model` at `base`, an address such as `https://api.openai.com/v1`.

    Unavailable is tried again after `pauses`; Denied and Rejected are not. `dimensions` asks for shorter vectors
    where a model can, and an answer of another size is Rejected.
    """

    def __init__(
        self,
        base: str,
        model: str,
        *,
        key: str = "",
        dimensions: int | None = None,
        limits: Limits = LIMITS,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        if urlsplit(base).scheme not in {"http", "https"} or not model:
            raise Misconfigured(
                f"an embedding endpoint is http(s)://HOST/PATH#MODEL, found {base!r} and model {model!r}"
            )
        self.base, self.model, self.dimensions = base.rstrip("/"), model, dimensions
        self.name = f"endpoint:{self.base}#{model}" + (f":{dimensions}" if dimensions else "")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._policy, self._limits, self._pauses = NamedOrigin(base), limits, pauses
        self._size = dimensions

    async def embed(self, texts: Sequence[Text]) -> Sequence[Dense]:
        found: list[Dense] = []
        # a session of its own for each call: an event loop owns it, and callers have different ones
        async with Http(policy=self._policy, limits=self._limits) as http:
            for start in range(0, len(texts), BATCH):
                found += await self._part(http, [text.text for text in texts[start : start + BATCH]])
        return found

    async def _part(self, http: Http, texts: Sequence[str]) -> list[Dense]:
        # a blank stands for a text that is empty, which endpoints refuse
        asked: dict[str, Any] = {
            "model": self.model,
            "input": [text[:LONGEST].strip() or " " for text in texts],
        }
        if self.dimensions:
            asked["dimensions"] = self.dimensions
        for pause in (*self._pauses, None):
            try:
                return self._read(
                    await http.post(f"{self.base}/embeddings", asked, headers=self._headers), len(texts)
                )
            except Unavailable as fault:
                if pause is None:
                    raise
                await asyncio.sleep(min(fault.retry_after or pause, MOST_PAUSE))
            except Denied as fault:
                raise Denied(f"{fault}; TREND_EMBEDDER_KEY holds the key") from fault
        raise AssertionError("the last try returns or raises")

    def _read(self, answer: Any, wanted: int) -> list[Dense]:
        try:
            rows = {int(row["index"]): row["embedding"] for row in answer["data"]}
            made = np.array([rows[at] for at in range(wanted)], np.float32)
        except (KeyError, TypeError, ValueError, IndexError) as fault:
            raise Rejected(f"{self.name!r} answered no embeddings of {wanted} texts ({fault!r})") from fault
        if made.ndim != 2 or not np.isfinite(made).all():
            raise Rejected(f"{self.name!r} answered something other than vectors of finite numbers")
        self._size = self._size or made.shape[1]
        if made.shape[1] != self._size:
            raise Rejected(
                f"{self.name!r} answered vectors of {made.shape[1]} numbers, expected {self._size}"
            )
        return list(unit(made))
