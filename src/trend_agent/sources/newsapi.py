"""Articles from NewsAPI (newsapi.org/docs), which needs a key: headlines of a country or topic, or a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from trend_agent.egress import Http
from trend_agent.errors import Denied, Misconfigured, Rejected, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import moment, within
from trend_agent.sources.paged import Page, Paged, stated, turned, with_query

PAGE = 100
"""Articles on a page, the most there can be."""


class NewsApi(Paged, name="newsapi"):
    """The free plan has 100 requests a day: visit it every 15 minutes at most, one page at a time."""

    api_key: SecretStr = Field(SecretStr(""), description="key from newsapi.org; `${NAME}` names a variable")
    country: str = Field(
        "us", max_length=2, description="country of the headlines, as in ISO 3166; empty: all"
    )
    category: Literal[
        "", "business", "entertainment", "general", "health", "science", "sports", "technology"
    ] = Field("", description="category of the headlines")
    query: str = Field("", max_length=500, description="search everything for this in place of headlines")
    language: str = Field("", max_length=2, description="language of what is searched, as in ISO 639-1")
    root: str = Field("https://newsapi.org/v2", description="where the API is")

    newest_first: ClassVar[bool] = True
    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "apiKeyDisabled": Denied,
        "apiKeyExhausted": Unavailable,
        "apiKeyInvalid": Denied,
        "apiKeyMissing": Denied,
        "maximumResultsReached": Rejected,
        "parameterInvalid": Misconfigured,
        "parametersMissing": Misconfigured,
        "rateLimited": Unavailable,
        "sourcesTooMany": Misconfigured,
        "sourceDoesNotExist": Misconfigured,
        "unexpectedError": Unavailable,
    }

    @property
    def key(self) -> str:
        return f"newsapi:{self.query or '/'.join(filter(None, (self.country, self.category))) or 'all'}"

    async def headers(self, http: Http) -> Mapping[str, str]:
        return {"X-Api-Key": self.api_key.get_secret_value()}

    def address(self, since: Cursor) -> str:
        if not self.query:
            about = {"country": self.country, "category": self.category}
            return with_query(f"{self.root}/top-headlines", pageSize=PAGE, page=1, **about)
        after = since.value.get("mark")
        return with_query(
            f"{self.root}/everything",
            q=self.query,
            language=self.language,
            from_=datetime.fromtimestamp(after, UTC).strftime("%Y-%m-%dT%H:%M:%S") if after else "",
            sortBy="publishedAt",
            pageSize=PAGE,
            page=1,
        )

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = within(data, "articles")
        return found if isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        title = within(row, "title")
        return self.found(
            within(row, "url"),
            title="" if title == "[Removed]" else title,
            body=within(row, "description"),
            url=within(row, "url"),
            author=within(row, "author"),
            lang=self.language,
            at=within(row, "publishedAt"),
            publisher=within(row, "source", "name"),
            category=self.category,
        )

    def mark(self, row: Any) -> float | None:
        at = moment(within(row, "publishedAt"))
        return at.timestamp() if at and self.query else None  # headlines are in no order of time

    def following(self, page: Page) -> str | None:
        total, here = within(page.data, "totalResults") or 0, stated(page.url, "page")
        return turned(page.url, page=here + 1) if here * PAGE < total and self.rows(page.data) else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        if within(data, "status") != "error":
            return None
        return str(within(data, "code") or "error"), str(within(data, "message") or "")
