"""What is trending on a Mastodon server, by its public API (docs.joinmastodon.org/methods/trends)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, headline, listed, moment, number, within
from trend_agent.sources.paged import Page, Paged, stated, turned, with_query

PAGE = {"links": 20, "statuses": 40, "tags": 20}
"""The most a page can have."""

TITLE = 300
"""Characters of a post that stand for its title."""


class Mastodon(Paged, name="mastodon"):
    """A server allows 300 requests in five minutes; its lists are made anew every few minutes."""

    server: str = Field("https://mastodon.social", description="address of the server")
    show: Literal["links", "statuses", "tags"] = Field("links", description="links, posts or tags that trend")

    @property
    def key(self) -> str:
        return f"mastodon:{urlsplit(self.server).hostname}/{self.show}"

    def address(self, since: Cursor) -> str:
        return with_query(f"{self.server}/api/v1/trends/{self.show}", limit=PAGE[self.show], offset="0")

    def rows(self, data: Any) -> Sequence[Any] | None:
        return data if isinstance(data, list) else None

    def item(self, row: Any) -> Item | None:
        return {"links": self._link, "statuses": self._post, "tags": self._tag}[self.show](row)

    def _link(self, row: Any) -> Item | None:
        return self.found(
            within(row, "url"),
            title=within(row, "title"),
            body=within(row, "description"),
            url=within(row, "url"),
            author=within(row, "author_name"),
            lang=within(row, "language"),
            at=within(row, "published_at"),
            engagement=used(row),
            publisher=within(row, "provider_name"),
        )

    def _post(self, row: Any) -> Item | None:
        text = headline(within(row, "content"))
        return self.found(
            within(row, "uri"),
            title=text if len(text) <= TITLE else f"{text[:TITLE].rsplit(' ', 1)[0]} …",
            body=text if len(text) > TITLE else "",
            url=within(row, "url") or within(row, "uri"),
            author=within(row, "account", "acct"),
            lang=within(row, "language"),
            at=within(row, "created_at"),
            engagement=counts(
                likes=within(row, "favourites_count"),
                reposts=within(row, "reblogs_count"),
                comments=within(row, "replies_count"),
            ),
        )

    def _tag(self, row: Any) -> Item | None:
        day = moment(within(row, "history", 0, "day"))
        name = within(row, "name")
        return self.found(
            f"#{name} {day:%Y-%m-%d}" if day else f"#{name}",
            title=f"#{name}" if name else "",
            url=within(row, "url"),
            at=within(row, "history", 0, "day"),
            engagement=used(row),
        )

    def following(self, page: Page) -> str | None:
        rows, here = self.rows(page.data) or (), stated(page.url, "offset")
        return turned(page.url, offset=here + len(rows)) if len(rows) >= PAGE[self.show] else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        said = within(data, "error")
        return ("", str(within(data, "error_description") or said)) if said else None


def used(row: Any) -> dict[str, float]:
    """How often and by how many it was used in the last two days that are counted."""
    days = listed(row, "history")[:2]
    return {
        name: sum(number(within(day, name)) or 0.0 for day in days) for name in ("uses", "accounts") if days
    }
