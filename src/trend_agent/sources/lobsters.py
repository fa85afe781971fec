"""Stories from Lobsters (lobste.rs), by the JSON of its lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, moment, within
from trend_agent.sources.paged import Page, Paged


class Lobsters(Paged, name="lobsters"):
    """Its lists have 25 stories a page and no stated limit."""

    feed: Literal["hottest", "newest", "active"] = Field("hottest", description="which list to read")
    root: str = Field("https://lobste.rs", description="where the site is")

    newest_first: ClassVar[bool] = False

    @property
    def key(self) -> str:
        return f"lobsters:{self.feed}"

    def address(self, since: Cursor) -> str:
        return f"{self.root}/{self.feed}.json"

    def rows(self, data: Any) -> Sequence[Any] | None:
        return data if isinstance(data, list) else None

    def item(self, row: Any) -> Item | None:
        who = within(row, "submitter_user")
        return self.found(
            within(row, "short_id"),
            title=within(row, "title"),
            body=within(row, "description"),
            url=within(row, "url") or within(row, "comments_url"),
            author=who if isinstance(who, str) else within(who, "username"),
            lang="en",
            at=within(row, "created_at"),
            engagement=counts(points=within(row, "score"), comments=within(row, "comment_count")),
            discussion=within(row, "comments_url"),
            tags=within(row, "tags"),
        )

    def mark(self, row: Any) -> float | None:
        at = moment(within(row, "created_at"))
        return at.timestamp() if at and self.feed == "newest" else None

    def following(self, page: Page) -> str | None:
        return f"{self.root}/{self.feed}/page/{page.number + 2}.json" if self.rows(page.data) else None
