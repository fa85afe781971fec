"""Repositories on GitHub by the stars they gain, by its search (docs.github.com/rest/search)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field, SecretStr

from trend_agent.egress import Http
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, within
from trend_agent.sources.paged import Page, Paged, stated, turned, with_query

PAGE = 100

MOST = 1_000
"""Results of a search that GitHub hands out."""


class GitHub(Paged, name="github"):
    """GitHub tells how many stars there are, not how many came: the cursor holds those of the visit before.

    Of a repository that was not seen before, all stars count as gained where it is new, and none elsewhere.
    Without a token 10 searches a minute are allowed, with one 30.
    """

    show: Literal["new", "known"] = Field(
        "new", description="those of the last days, or the most starred ones"
    )
    days: int = Field(
        30, ge=1, le=365, description="how old a new one may be, or how long ago a known one changed"
    )
    language: str = Field("", max_length=50, description="programming language; empty: all")
    gained: int = Field(10, ge=1, description="stars gained since the last visit from which on it is told")
    token: SecretStr = Field(SecretStr(""), description="a token, for more requests; may be empty")
    root: str = Field("https://api.github.com", description="where the API is")

    @property
    def key(self) -> str:
        return f"github:{'/'.join(filter(None, (self.show, self.language)))}"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        before: dict[str, float] = since.value.get("stars") or {}
        now: dict[str, float] = {}
        async for found in super().collect(http, since):
            if isinstance(found, Cursor):
                kept = dict(list((now | {n: v for n, v in before.items() if n not in now}).items())[:MOST])
                yield self.cursor(**found.value, stars=kept)
                continue
            stars = now[found.title] = found.engagement["stars"]
            gained = stars - before.get(found.title, 0 if self.show == "new" else stars)
            if gained >= self.gained:
                yield replace(found, engagement={**found.engagement, "gained": gained})

    async def headers(self, http: Http) -> Mapping[str, str]:
        said = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        token = self.token.get_secret_value()
        return {**said, "Authorization": f"Bearer {token}"} if token else said

    def address(self, since: Cursor) -> str:
        day = (datetime.now(UTC) - timedelta(days=self.days)).date()
        wanted = [f"{'created' if self.show == 'new' else 'pushed'}:>={day}", f"stars:>={self.gained}"]
        about = [*wanted, f"language:{self.language}"] if self.language else wanted
        query = {"q": " ".join(about), "sort": "stars", "order": "desc", "per_page": PAGE, "page": 1}
        return with_query(f"{self.root}/search/repositories", **query)

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = within(data, "items")
        return found if isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        """Once a day: on another day it is news again that stars came."""
        name = within(row, "full_name")
        return self.found(
            f"{name}@{datetime.now(UTC):%Y-%m-%d}",
            title=name,
            body=within(row, "description"),
            url=within(row, "html_url"),
            author=within(row, "owner", "login"),
            engagement={"stars": 0.0}
            | counts(
                stars=within(row, "stargazers_count"),
                forks=within(row, "forks_count"),
                issues=within(row, "open_issues_count"),
            ),
            programming_language=within(row, "language"),
            tags=within(row, "topics"),
            created_at=within(row, "created_at"),
        )

    def following(self, page: Page) -> str | None:
        total, here = min(within(page.data, "total_count") or 0, MOST), stated(page.url, "page")
        return turned(page.url, page=here + 1) if here * PAGE < total else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        said = within(data, "message")
        return ("", str(said)) if said and "items" not in data else None
