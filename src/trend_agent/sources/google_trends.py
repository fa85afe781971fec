"""What is searched for, by Google Trends: its feed of trending searches, and the interest in words over time.

Google offers no documented interface for the latter: it is what its own page reads, and it is often refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
from lxml import etree
from pydantic import Field, field_validator

from trend_agent.egress import Http, Response
from trend_agent.errors import Rejected
from trend_agent.items import Cursor, Item, item_id
from trend_agent.sources import Source
from trend_agent.sources.feeds.xml import tree
from trend_agent.sources.fields import counts, headline, link, listed, moment, number, within, words
from trend_agent.sources.paged import with_query

HT = "{https://trends.google.com/trending/rss}"

GUARD = b")]}'"
"""What stands before Google's JSON, so that no page can load it as a script."""

TOGETHER = 5
"""Words that can be compared in one question."""


class GoogleTrends(Source, name="google_trends"):
    """Interest is from 0 to 100, relative to the highest point of the words and the time asked for together."""

    country: str = Field("US", max_length=2, description="where it is searched, as in ISO 3166")
    keywords: str = Field(
        "", max_length=500, description="up to five words, by commas: interest in them instead"
    )
    span: str = Field("now 7-d", description="how far back interest is asked for: `now 7-d`, `today 12-m` …")
    root: str = Field("https://trends.google.com", description="where Google Trends is")

    @field_validator("keywords")
    @classmethod
    def few(cls, value: str) -> str:
        if len(value.split(",")) > TOGETHER:
            raise ValueError(f"at most {TOGETHER} words can be compared")
        return value

    @property
    def key(self) -> str:
        return f"google_trends:{self.keywords or self.country}"

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        mark = since.value.get("mark") or 0
        found = await (self._interest(http) if self.keywords else self._trending(http))
        for item in found:
            at = item.published_at.timestamp() if item.published_at else mark
            if not self.keywords or at > (since.value.get("mark") or 0):
                yield item
            mark = max(mark, at)
        yield self.cursor(mark=mark)

    async def _trending(self, http: Http) -> list[Item]:
        answer = await http.get(with_query(f"{self.root}/trending/rss", geo=self.country))
        root = tree(answer.body)
        if root is None or root.tag != "rss":
            raise Rejected(f"{self.key!r} answered something other than a feed")
        rows = ({part.tag: part for part in row} | {"": row} for row in root.iter("item"))
        return [item for row in rows if (item := self._search(row))]

    def _search(self, row: dict[Any, etree._Element]) -> Item | None:
        title = headline(text(row.get("title")))
        at = moment(text(row.get("pubDate")))
        if not title:
            return None
        news = [{part.tag: text(part) for part in story} for story in row[""].iter(f"{HT}news_item")]
        about = [words(story.get(f"{HT}news_item_title")) for story in news]
        return self._item(
            f"{title} {at:%Y-%m-%d}" if at else title,
            title,
            at,
            body="\n".join(filter(None, about)),
            engagement=counts(searches=text(row.get(f"{HT}approx_traffic"))),
            news=[address for story in news if (address := link(story.get(f"{HT}news_item_url")))],
        )

    async def _interest(self, http: Http) -> list[Item]:
        names = [name.strip() for name in self.keywords.split(",")]
        asked = [{"keyword": name, "time": self.span, "geo": self.country} for name in names]
        question = {"comparisonItem": asked, "category": 0, "property": ""}
        widgets = listed(await self._asked(http, "explore", question), "widgets")
        line = next((one for one in widgets if within(one, "id") == "TIMESERIES"), None)
        if line is None:
            raise Rejected(f"{self.key!r} answered no line of interest")
        answer = await self._asked(http, "widgetdata/multiline", line.get("request"), token=line.get("token"))
        rows = within(answer, "default", "timelineData")
        if not isinstance(rows, list) or not all(moment(within(row, "time")) for row in rows):
            raise Rejected(f"{self.key!r} answered something other than interest over time")
        return list(self._points(names, rows))

    async def _asked(self, http: Http, what: str, question: Any, **more: Any) -> Any:
        asked = orjson.dumps(question).decode()
        return unguarded(
            await http.get(
                with_query(f"{self.root}/trends/api/{what}", hl="en-US", tz="0", req=asked, **more)
            )
        )

    def _points(self, names: list[str], rows: list[Any]) -> Iterator[Item]:
        for row in rows:
            at = moment(within(row, "time"))
            if at is None or within(row, "isPartial"):
                continue  # a part of an hour or a day is no measure yet
            for name, value, there in zip(names, listed(row, "value"), listed(row, "hasData"), strict=False):
                if there and number(value) is not None:
                    yield self._item(f"{name} {at.isoformat()}", name, at, engagement=counts(interest=value))

    def _item(self, key: str, title: str, at: datetime | None, **rest: Any) -> Item:
        page = f"{self.root}/trends/explore?q={quote(title)}&geo={self.country}"
        engagement, body = rest.pop("engagement"), rest.pop("body", "")
        return Item(
            id=item_id(self.label, f"{self.country} {key}"),
            source=self.label,
            title=title,
            body=body,
            url=page,
            published_at=at,
            seen_at=datetime.now(UTC),
            engagement=engagement,
            extra={name: value for name, value in {"country": self.country, **rest}.items() if value},
        )


def text(part: etree._Element | None) -> str:
    return (part.text or "").strip() if part is not None else ""


def unguarded(answer: Response) -> Any:
    """Google's JSON. Rejected where it is none."""
    body = answer.body.partition(b"\n")[2] if answer.body.startswith(GUARD) else answer.body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Rejected(f"{answer.url[:200]!r} answered no JSON ({fault})") from fault
