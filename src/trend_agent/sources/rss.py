"""One feed, by its address: RSS of any version, RDF, Atom or JSON Feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from pydantic import Field

from trend_agent.egress import Http
from trend_agent.items import Cursor, Item
from trend_agent.sources import Source
from trend_agent.sources.one_feed import visit


class Rss(Source, name="rss"):
    """The cursor holds the validators of the last answer and a hash of its body, so that what has not
    changed is neither sent nor read twice."""

    url: str = Field(description="address of the feed", min_length=8, max_length=2048)
    called: str = Field("", max_length=80, description="name its items carry after `rss:`; empty: its host")
    language: str = Field("", description="language of the feed where it states none, as in ISO 639")
    category: str = Field("", description="what it is about: world, technology, science …")
    publisher: str = Field("", description="who publishes it, for the reader")

    @property
    def key(self) -> str:
        return f"rss:{self.url}"

    @property
    def label(self) -> str:
        return f"rss:{self.called or (urlsplit(self.url).hostname or '').removeprefix('www.')}"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        items, place = await visit(http, self.url, since.value, label=self.label, **self.about)
        for item in items:
            yield item
        yield self.cursor(**place)

    @property
    def about(self) -> dict[str, str]:
        """What is said of its items where the feed says nothing of it."""
        return {"lang": self.language, "publisher": self.publisher, "category": self.category}
