"""What is talked about on Bluesky, by its public API (docs.bsky.app): its list of trends, a feed, or an account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from trend_agent.errors import Denied, Misconfigured, Missing, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, headline, moment, within
from trend_agent.sources.paged import Page, Paged, turned, with_query

DISCOVER = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.generator/whats-hot"

PAGE = re.compile(r"https?://bsky\.app/profile/([^/?#]{3,250})/?$")

TITLE = 300
"""Characters a post can have, so that it always is a title."""


class Bluesky(Paged, name="bluesky"):
    """Posts of a feed or an account are read page after page; the list of trends has one page."""

    show: str = Field(
        "trends",
        max_length=300,
        description="`trends`, `discover`, the address of a feed (`at://…`) or the name of an account",
    )
    root: str = Field("https://public.api.bsky.app/xrpc", description="where the API is")

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "InvalidRequest": Misconfigured,
        "UnknownFeed": Missing,
        "AccountTakedown": Missing,
        "AuthMissing": Denied,
        "RateLimitExceeded": Unavailable,
        "UpstreamFailure": Unavailable,
        "InternalServerError": Unavailable,
    }

    @classmethod
    def recognise(cls, address: str) -> dict[str, Any] | None:
        found = PAGE.match(address)
        return {"show": found[1]} if found else None

    @property
    def key(self) -> str:
        return f"bluesky:{self.show}"

    def address(self, since: Cursor) -> str:
        if self.show == "trends":
            return with_query(f"{self.root}/app.bsky.unspecced.getTrends", limit=25)
        if self.show == "discover" or self.show.startswith("at://"):
            feed = DISCOVER if self.show == "discover" else self.show
            return with_query(f"{self.root}/app.bsky.feed.getFeed", feed=feed, limit=100)
        return with_query(f"{self.root}/app.bsky.feed.getAuthorFeed", actor=self.show, limit=100)

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = within(data, "trends" if self.show == "trends" else "feed")
        return found if isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        return self._trend(row) if self.show == "trends" else self._post(within(row, "post"))

    def _trend(self, row: Any) -> Item | None:
        name, at = within(row, "displayName") or within(row, "topic"), moment(within(row, "startedAt"))
        return self.found(
            f"{within(row, 'topic')} {at:%Y-%m-%d}" if at else name,
            title=name,
            body=within(row, "description"),
            url=f"https://bsky.app{within(row, 'link')}",
            at=within(row, "startedAt"),
            engagement=counts(posts=within(row, "postCount")),
            category=within(row, "category"),
        )

    def _post(self, post: Any) -> Item | None:
        said, who = within(post, "record"), within(post, "author", "handle")
        place = str(within(post, "uri") or "").rpartition("/")[2]
        return self.found(
            within(post, "uri"),
            title=headline(within(said, "text"))[:TITLE],
            url=f"https://bsky.app/profile/{who}/post/{place}",
            author=who,
            lang=within(said, "langs", 0),
            at=within(said, "createdAt"),
            engagement=counts(
                likes=within(post, "likeCount"),
                reposts=within(post, "repostCount"),
                comments=within(post, "replyCount"),
                quotes=within(post, "quoteCount"),
            ),
            link=within(post, "embed", "external", "uri"),
        )

    def following(self, page: Page) -> str | None:
        cursor = within(page.data, "cursor")
        return turned(page.url, cursor=cursor) if isinstance(cursor, str) and cursor else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        code = within(data, "error")
        return (str(code), str(within(data, "message") or "")) if code else None
