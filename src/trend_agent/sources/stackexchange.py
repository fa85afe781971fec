"""Questions from Stack Overflow and its sister sites, by the Stack Exchange API 2.3 (api.stackexchange.com/docs)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from trend_agent.egress import Response
from trend_agent.errors import Denied, Misconfigured, Missing, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, number, within
from trend_agent.sources.paged import Page, Paged, stated, turned, with_query

PAGE = 100

WAIT = re.compile(r"available in (\d+) seconds")


class StackExchange(Paged, name="stackexchange"):
    """Without a key 300 requests a day are allowed for an address, with one 10,000."""

    site: str = Field("stackoverflow", max_length=60, description="which site, as the API calls it")
    sort: Literal["hot", "activity", "creation", "votes", "week", "month"] = Field(
        "hot", description="which list"
    )
    tagged: str = Field("", max_length=200, description="only with all these tags, by `;`")
    api_key: SecretStr = Field(
        SecretStr(""), description="key of an application, for more requests; may be empty"
    )
    root: str = Field("https://api.stackexchange.com/2.3", description="where the API is")

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "bad_parameter": Misconfigured,
        "access_token_required": Denied,
        "invalid_access_token": Denied,
        "access_denied": Denied,
        "no_method": Missing,
        "key_required": Denied,
        "throttle_violation": Unavailable,
        "internal_error": Unavailable,
        "temporarily_unavailable": Unavailable,
    }

    @property
    def key(self) -> str:
        return f"stackexchange:{'/'.join(filter(None, (self.site, self.tagged, self.sort)))}"

    @property
    def newest_first(self) -> bool:  # type: ignore[override]  # only this list is in order of time
        return self.sort == "creation"

    def address(self, since: Cursor) -> str:
        return with_query(
            f"{self.root}/questions",
            site=self.site,
            sort=self.sort,
            tagged=self.tagged,
            order="desc",
            pagesize=PAGE,
            filter="withbody",
            key=self.api_key.get_secret_value(),
            page=1,
        )

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = within(data, "items")
        return found if isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        return self.found(
            f"{self.site}-{within(row, 'question_id')}",
            title=within(row, "title"),
            body=within(row, "body"),
            url=within(row, "link"),
            author=within(row, "owner", "display_name"),
            at=within(row, "creation_date"),
            engagement=counts(
                points=within(row, "score"),
                comments=within(row, "answer_count"),
                views=within(row, "view_count"),
            ),
            tags=within(row, "tags"),
            site=self.site,
        )

    def mark(self, row: Any) -> float | None:
        return number(within(row, "creation_date")) if self.newest_first else None

    def following(self, page: Page) -> str | None:
        more = within(page.data, "has_more")
        return turned(page.url, page=stated(page.url, "page") + 1) if more else None

    def rest(self, page: Page) -> float | None:
        """`backoff` are seconds in which this method must not be called; the quota is for a day."""
        if (backoff := number(within(page.data, "backoff"))) is not None:
            return backoff
        return 3600.0 if within(page.data, "quota_remaining") == 0 else super().rest(page)

    def complaint(self, data: Any) -> tuple[str, str] | None:
        if within(data, "error_id") is None:
            return None
        return str(within(data, "error_name") or ""), str(within(data, "error_message") or "")

    def wait(self, code: str, said: str, answer: Response) -> float | None:
        stated = WAIT.search(said)
        return float(stated[1]) if stated else super().wait(code, said, answer)
