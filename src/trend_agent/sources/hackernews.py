"""Stories from Hacker News, by its public Firebase API (github.com/HackerNews/API)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from trend_agent.egress import Http
from trend_agent.items import Cursor, Item, item_id
from trend_agent.sources import Source
from trend_agent.sources.feeds.feed import plain

AT_ONCE = 8
"""Stories asked for together; the API states no limit and answers one story per request."""

LONGEST = 20_000
"""Characters of a text that are read."""


class HackerNews(Source, name="hackernews"):
    """Every visit fetches the list anew, for the points and comments its stories have by then."""

    feed: Literal["top", "new", "best"] = Field("top", description="which list to read")
    limit: int = Field(100, ge=1, le=500, description="how many stories of it, from the first on")
    root: str = Field("https://hacker-news.firebaseio.com/v0", description="where the API is")

    @property
    def key(self) -> str:
        return f"hackernews:{self.feed}"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        keys = (await http.json(f"{self.root}/{self.feed}stories.json"))[: self.limit]
        async for story in http.jsons((f"{self.root}/item/{int(key)}.json" for key in keys), at_once=AT_ONCE):
            if story and story.get("title") and not (story.get("dead") or story.get("deleted")):
                yield self._item(story)
        yield self.cursor(first=keys[0] if keys else None)

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
            engagement={"points": story.get("score", 0), "comments": story.get("descendants", 0)},
            extra={"discussion": page},
        )
