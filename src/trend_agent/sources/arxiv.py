"""New papers on arXiv, by its API (info.arxiv.org/help/api), whose pages are Atom feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import Field

from trend_agent.egress import Response
from trend_agent.errors import Misconfigured, TrendError
from trend_agent.items import Cursor, Item
from trend_agent.sources.feeds.feed import Entry, Feed
from trend_agent.sources.one_feed import read
from trend_agent.sources.paged import Page, Paged, stated, turned, with_query

PAGE = 100

FAULT = "http://arxiv.org/api/errors"
"""How the id of an entry begins that is an error."""


class Arxiv(Paged, name="arxiv"):
    """Papers appear once a day; it asks for three seconds between two requests."""

    query: str = Field("cat:cs.AI", min_length=1, max_length=500, description="a search, such as `cat:cs.AI`")
    interval: float = Field(3600, ge=60, le=86400, description="seconds between two visits")
    root: str = Field("https://export.arxiv.org/api", description="where the API is")

    newest_first: ClassVar[bool] = True
    pause: ClassVar[float] = 3.0
    meanings: ClassVar[Mapping[str, type[TrendError]]] = {"query": Misconfigured}

    @property
    def key(self) -> str:
        return f"arxiv:{self.query}"

    def address(self, since: Cursor) -> str:
        order = {"sortBy": "submittedDate", "sortOrder": "descending"}
        return with_query(f"{self.root}/query", search_query=self.query, **order, max_results=PAGE, start="0")

    async def read(self, answer: Response) -> Feed:
        return await read(answer)

    def rows(self, data: Feed) -> Sequence[Entry]:
        return data.entries

    def item(self, row: Entry) -> Item:
        return row.item(self.label, datetime.now(UTC), lang="en", publisher="arXiv")

    def mark(self, row: Entry) -> float | None:
        return row.published.timestamp() if row.published else None

    def following(self, page: Page) -> str | None:
        full = len(page.data.entries) >= PAGE
        return turned(page.url, start=stated(page.url, "start") + PAGE) if full else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        if not isinstance(data, Feed) or not data.entries or not data.entries[0].key.startswith(FAULT):
            return None
        return "query", data.entries[0].body
