"""Posts from Reddit: by its API with the keys of an application (reddit.com/dev/api), else by its public feeds."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, SecretStr

from trend_agent.egress import Http
from trend_agent.errors import Denied, TrendError
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, within
from trend_agent.sources.one_feed import visit
from trend_agent.sources.paged import Page, Paged, turned, with_query

PAGE = re.compile(r"https?://(?:www\.|old\.|new\.)?reddit\.com/r/([A-Za-z0-9_+]{2,})/?$")

POST = "t3"
"""The kind of a thing that is a post; others are comments, communities and people."""


class Reddit(Paged, name="reddit"):
    """With keys 100 requests a minute are allowed; without, the feed of a community has 25 posts and few requests."""

    community: str = Field("all", max_length=200, description="a community, or several joined by `+`")
    sort: Literal["hot", "new", "rising", "top", "controversial"] = Field("hot", description="which list")
    client_id: str = Field("", description="id of an application of type script or web; empty: public feeds")
    client_secret: SecretStr = Field(SecretStr(""), description="its secret; `${NAME}` names a variable")
    login: str = Field("https://www.reddit.com", description="where tokens and public feeds are")
    root: str = Field("https://oauth.reddit.com", description="where the API is")

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "invalid_grant": Denied,
        "unauthorized_client": Denied,
    }

    @classmethod
    def recognise(cls, address: str) -> dict[str, Any] | None:
        found = PAGE.match(address)
        return {"community": found[1]} if found else None

    @property
    def key(self) -> str:
        return f"reddit:{self.community}/{self.sort}"

    @property
    def newest_first(self) -> bool:  # type: ignore[override]  # only this list is in order of time
        return self.sort == "new"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        if self.client_id:
            async for found in super().collect(http, since):
                yield found
            return
        address = f"{self.login}/r/{quote(self.community)}/{self.sort}/.rss"
        items, place = await visit(http, address, since.value, label=self.label)
        for item in items:
            yield item
        yield self.cursor(**place)

    async def headers(self, http: Http) -> Mapping[str, str]:
        keys = f"{self.client_id}:{self.client_secret.get_secret_value()}".encode()
        answer = await http.submit(
            f"{self.login}/api/v1/access_token",
            {"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {b64encode(keys).decode()}"},
            explain=self.explain,
        )
        token = within(await self.read(answer), "access_token")
        if not isinstance(token, str):
            raise Denied(f"{self.key!r} was given no token for the application {self.client_id!r}")
        return {"Authorization": f"Bearer {token}"}

    def address(self, since: Cursor) -> str:
        return with_query(f"{self.root}/r/{quote(self.community)}/{self.sort}", limit=100, raw_json=1)

    def rows(self, data: Any) -> Sequence[Any] | None:
        """A page is a listing; that of one post is a list of two, its comments being the second."""
        listing = within(data, 0) if isinstance(data, list) else data
        found = within(listing, "data", "children")
        return found if within(listing, "kind") == "Listing" and isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        post = within(row, "data")
        if within(row, "kind") != POST or within(post, "promoted"):
            return None
        page = f"https://www.reddit.com{within(post, 'permalink')}"
        return self.found(
            within(post, "name"),
            title=within(post, "title"),
            body=within(post, "selftext"),
            url=page if within(post, "is_self") else within(post, "url"),
            author=within(post, "author"),
            at=within(post, "created_utc"),
            engagement=counts(points=within(post, "score"), comments=within(post, "num_comments")),
            discussion=page,
            community=within(post, "subreddit"),
        )

    def mark(self, row: Any) -> float | None:
        return (
            within(row, "data", "created_utc") if self.newest_first and within(row, "kind") == POST else None
        )

    def following(self, page: Page) -> str | None:
        after = within(page.data, "data", "after")
        return turned(page.url, after=after) if isinstance(after, str) else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        code = within(data, "error")
        if code is None:
            return None
        return str(within(data, "reason") or code), str(within(data, "message") or "")
