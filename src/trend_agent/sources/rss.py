"""One feed, by its address: RSS of any version, RDF, Atom or JSON Feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from pydantic import Field

from trend_agent.egress import Http, Response
from trend_agent.items import UNDETERMINED, Cursor, Item
from trend_agent.sources import Source
from trend_agent.sources.feeds import Document, sandbox
from trend_agent.sources.feeds.feed import language

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


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
        answer = await http.get(
            self.url, headers={"Accept": ACCEPT}, validators=since.value.get("validators")
        )
        body = blake2b(answer.body, digest_size=16).hexdigest()
        if answer.not_modified:
            yield self.cursor(**{**since.value, "validators": answer.validators})
            return
        if body != since.value.get("body"):
            for item in await self._items(answer):
                yield item
        yield self.cursor(validators=answer.validators, body=body)

    async def _items(self, answer: Response) -> list[Item]:
        feed = await sandbox().read(Document(answer.body, answer.headers, answer.url, plain=True))
        now = datetime.now(UTC)
        lang = feed.lang or language(self.language) or UNDETERMINED
        told = {"publisher": self.publisher or feed.title, "category": self.category}
        told = {name: text for name, text in told.items() if text}
        return [entry.item(self.label, now, lang=lang, **told) for entry in feed.entries]
