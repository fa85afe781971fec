"""A memory before an embedder: a text that was asked before is not asked again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from trend_agent.items import digest
from trend_agent.text.embedding import Embedder, Text, Vector


class Remembered:
    """The vectors of the last `most` texts, by a hash of their content."""

    def __init__(self, embedder: Embedder, *, most: int = 20_000) -> None:
        self.embedder = embedder
        self.name = embedder.name
        self.most = most
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    async def embed(self, texts: Sequence[Text]) -> Sequence[Vector]:
        keys = [digest(text.lang, text.text) for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        made = await self.embedder.embed(list(fresh.values())) if fresh else ()
        found = {key: self._kept[key] for key in keys if key in self._kept}
        found |= dict(zip(fresh, made, strict=True))
        for key in found:
            self._kept[key] = found[key]
            self._kept.move_to_end(key)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return [found[key] for key in keys]
