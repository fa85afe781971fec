"""Posts from X, formerly Twitter, by its API v2 with a bearer token (docs.x.com): a search, an account or a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field, SecretStr, model_validator

from trend_agent.egress import Http
from trend_agent.errors import Denied, Misconfigured, Missing, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, within
from trend_agent.sources.paged import Page, Paged, turned, with_query

PROBLEMS = "https://api.twitter.com/2/problems/"

REACH = timedelta(days=6)
"""A search reaches a week back and refuses to go on from an older post."""

EPOCH = 1_288_834_974_657
"""The millisecond that is added to an id's first 41 bits."""


class Twitter(Paged, name="twitter"):
    """Which of the lists there are and how many posts a month, a token's plan says."""

    bearer_token: SecretStr = Field(
        SecretStr(""), description="an application's token; `${NAME}` is a variable"
    )
    query: str = Field("", max_length=4096, description="search recent posts for this")
    account_id: str = Field(
        "",
        pattern=r"^\d*$",
        description="number of an account whose posts to read instead",
        examples=["783214"],
    )
    list_id: str = Field(
        "", pattern=r"^\d*$", description="number of a list to read instead", examples=["84839422"]
    )
    root: str = Field("https://api.x.com/2", description="where the API is")

    newest_first: ClassVar[bool] = True
    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "client-forbidden": Denied,
        "usage-capped": Unavailable,
        "not-authorized-for-resource": Denied,
        "resource-not-found": Missing,
        "invalid-request": Misconfigured,
        "disallowed-resource": Denied,
    }

    @model_validator(mode="after")
    def one_of_three(self) -> Twitter:
        if sum(map(bool, (self.query, self.account_id, self.list_id))) != 1:
            raise ValueError("exactly one of query, account_id and list_id is wanted")
        return self

    @property
    def key(self) -> str:
        return f"twitter:{self.query or self.account_id or f'list/{self.list_id}'}"

    async def headers(self, http: Http) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.bearer_token.get_secret_value()}"}

    def address(self, since: Cursor) -> str:
        lists = f"{self.root}/lists/{self.list_id}/tweets"
        place = f"{self.root}/users/{self.account_id}/tweets" if self.account_id else lists
        mark = int(since.value.get("mark") or 0)
        after = mark if not self.list_id and mark >= earliest(datetime.now(UTC)) else ""
        return with_query(
            f"{self.root}/tweets/search/recent" if self.query else place,
            query=self.query,
            since_id=after,
            max_results=100,
            expansions="author_id",
            **{"tweet.fields": "created_at,lang,public_metrics", "user.fields": "username"},
        )

    def rows(self, data: Any) -> Sequence[Any] | None:
        """The posts, each with its author, who stands elsewhere in the page."""
        if not isinstance(data, dict) or not {"data", "meta", "errors"} & data.keys():
            return None
        found = data.get("data", [])
        posts = found if isinstance(found, list) else [found]
        if not all(isinstance(within(post, "text"), str) for post in posts):
            return None
        people = {within(user, "id"): user for user in within(data, "includes", "users") or []}
        return [{**post, "author": people.get(post.get("author_id"))} for post in posts]

    def item(self, row: Any) -> Item | None:
        name, told = within(row, "author", "username"), within(row, "public_metrics")
        return self.found(
            within(row, "id"),
            title=within(row, "text"),
            url=f"https://x.com/{name or 'i'}/status/{within(row, 'id')}",
            author=name,
            lang=within(row, "lang"),
            at=within(row, "created_at"),
            engagement=counts(
                likes=within(told, "like_count"),
                reposts=within(told, "retweet_count"),
                comments=within(told, "reply_count"),
                quotes=within(told, "quote_count"),
            ),
        )

    def mark(self, row: Any) -> int | None:
        found = str(within(row, "id") or "")
        return int(found) if found.isdecimal() else None

    def following(self, page: Page) -> str | None:
        token = within(page.data, "meta", "next_token")
        name = "next_token" if self.query else "pagination_token"
        return turned(page.url, **{name: token}) if isinstance(token, str) else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        """A page of posts may also tell of posts that were not found; that is none."""
        if isinstance(data, dict) and ("data" in data or not {"title", "errors"} & data.keys()):
            return None
        kind = str(within(data, "type") or within(data, "errors", 0, "type") or "")
        said = (
            within(data, "detail")
            or within(data, "errors", 0, "detail")
            or within(data, "errors", 0, "message")
        )
        return (kind.removeprefix(PROBLEMS), str(said or within(data, "title") or "")) if said else None


def earliest(now: datetime) -> int:
    """The smallest id from which a search goes on."""
    return (int((now - REACH).timestamp() * 1000) - EPOCH) << 22
