"""News of the world's press in 65 languages, by GDELT's DOC 2.0 API (blog.gdeltproject.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from babel import Locale
from pydantic import Field

from trend_agent.egress import Response
from trend_agent.errors import Misconfigured, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import moment, within, words
from trend_agent.sources.paged import Paged, with_query

MOST = 250
"""Articles in an answer."""

BROKEN = re.compile(r"\\(?![\"\\/bfnrtu])")
"""A backslash that escapes nothing: titles are passed on as they were found."""


class Gdelt(Paged, name="gdelt"):
    """One request in five seconds is allowed; the newest articles are a quarter of an hour old."""

    query: str = Field(
        min_length=3, max_length=500, description="what to search for, such as `climate sourcelang:eng`"
    )
    root: str = Field("https://api.gdeltproject.org/api/v2", description="where the API is")

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {"limit": Unavailable, "query": Misconfigured}

    @property
    def key(self) -> str:
        return f"gdelt:{self.query}"

    def address(self, since: Cursor) -> str:
        """From an hour before the newest article that was seen, as what is found late bears an earlier time."""
        mark = since.value.get("mark")
        after = datetime.fromtimestamp(mark - 3600, UTC).strftime("%Y%m%d%H%M%S") if mark else ""
        about = {"mode": "ArtList", "format": "json", "sort": "DateDesc", "maxrecords": MOST}
        span = {"startdatetime": after} if after else {"timespan": "1h"}
        return with_query(f"{self.root}/doc/doc", query=self.query, **about, **span)

    async def read(self, answer: Response) -> Any:
        """It answers errors as plain text, with status 200."""
        text = answer.body.decode("utf-8", "replace")
        try:
            return json.loads(BROKEN.sub(r"\\\\", text), strict=False)
        except ValueError:
            return words(text, 300)

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = data.get("articles", []) if isinstance(data, dict) else None
        return found if isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        return self.found(
            within(row, "url"),
            title=within(row, "title"),
            url=within(row, "url"),
            lang=languages().get(str(within(row, "language")).lower()),
            at=within(row, "seendate"),
            publisher=within(row, "domain"),
            country=within(row, "sourcecountry"),
        )

    def mark(self, row: Any) -> float | None:
        at = moment(within(row, "seendate"))
        return at.timestamp() if at else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        if not isinstance(data, str):
            return None
        return "limit" if "limit requests" in data.lower() else "query", data

    def wait(self, code: str, said: str, answer: Response) -> float | None:
        return super().wait(code, said, answer) or 60.0


@cache
def languages() -> dict[str, str]:
    """Codes of languages by their English names."""
    return {name.lower(): code for code, name in Locale("en").languages.items()}
