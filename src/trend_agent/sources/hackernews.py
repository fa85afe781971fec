"""Stories from Hacker News: its lists by the public Firebase API (github.com/HackerNews/API), or what a search
(hn.algolia.com/api) finds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from trend_agent.egress import Http
from trend_agent.errors import Rejected
from trend_agent.items import Cursor, Item, item_id
from trend_agent.sources import Source
from trend_agent.sources.feeds.feed import plain
from trend_agent.sources.fields import counts, within
from trend_agent.sources.paged import with_query

AT_ONCE = 8
"""Stories asked for together; the API states no limit and answers one story per request."""

LONGEST = 20_000
"""Characters of a text that are read."""


class HackerNews(Source, name="hackernews"):
    """Every visit fetches the list anew, for the points and comments its stories have by then."""

    feed: Literal["top", "new", "best"] = Field("top", description="which list to read")
    limit: int = Field(100, ge=1, le=500, description="how many stories of it, from the first on")
    query: str = Field(
        "", max_length=500, description="search the newest stories for this in place of a list"
    )
    root: str = Field("https://hacker-news.firebaseio.com/v0", description="where the API is")
    search: str = Field("https://hn.algolia.com/api/v1", description="where the search is")

    @property
    def key(self) -> str:
        return f"hackernews:{self.query or self.feed}"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        if self.query:
            async for found in self._searched(http, since):
                yield found
            return
        keys = await http.json(f"{self.root}/{self.feed}stories.json")
        if not isinstance(keys, list):
            raise Rejected(f"{self.key!r} answered something other than a list of stories")
        keys = [key for key in keys if isinstance(key, int)][: self.limit]
        async for story in http.jsons((f"{self.root}/item/{key}.json" for key in keys), at_once=AT_ONCE):
            if (
                isinstance(story, dict)
                and story.get("title")
                and not (story.get("dead") or story.get("deleted"))
            ):
                yield self._item(story)
        yield self.cursor(first=keys[0] if keys else None)

    async def _searched(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        mark = since.value.get("mark", 0)
        about = {"query": self.query, "tags": "story", "hitsPerPage": self.limit}
        newer = f"created_at_i>={mark}" if mark else ""
        hits = within(
            await http.json(with_query(f"{self.search}/search_by_date", **about, numericFilters=newer)),
            "hits",
        )
        if not isinstance(hits, list):
            raise Rejected(f"{self.key!r} answered something other than what was found")
        for hit in hits:
            if within(hit, "title"):
                yield self._item(hit | {"id": hit["objectID"], "time": hit["created_at_i"]} | renamed(hit))
        yield self.cursor(mark=max([mark, *(hit.get("created_at_i", 0) for hit in hits)]))

    def _item(self, story: dict[str, Any]) -> Item:
        page = f"https://news.ycombinator.com/item?id={story['id']}"
        return Item(
            id=item_id(self.label, str(story["id"])),
            source=self.label,
            title=plain(story["title"][:LONGEST]),
            body=plain((story.get("text") or "")[:LONGEST]),
            url=story.get("url") or page,
            author=story.get("by") or "",
            lang="en",
            published_at=datetime.fromtimestamp(story["time"], UTC),
            seen_at=datetime.now(UTC),
            engagement=counts(points=story.get("score", 0), comments=story.get("descendants", 0)),
            extra={"discussion": page},
        )


def renamed(hit: dict[str, Any]) -> dict[str, Any]:
    """What the search calls otherwise than the lists do."""
    names = {"by": "author", "score": "points", "descendants": "num_comments", "text": "story_text"}
    return {ours: hit.get(theirs) for ours, theirs in names.items()}
