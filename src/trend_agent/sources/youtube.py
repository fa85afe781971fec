"""Videos from YouTube: by the Data API v3 with a key (developers.google.com/youtube/v3), or by a channel's feed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from trend_agent.egress import Http, Response
from trend_agent.errors import Denied, Misconfigured, Missing, TrendError, Unavailable
from trend_agent.items import Cursor, Item
from trend_agent.sources.fields import counts, within
from trend_agent.sources.one_feed import visit
from trend_agent.sources.paged import Page, Paged, turned, with_query

PACIFIC = timezone(timedelta(hours=-8))
"""The quota begins anew at midnight in California; in summer an hour earlier, and then we are an hour late."""

PAGE = re.compile(r"https?://(?:www\.|m\.)?youtube\.com/channel/(UC[\w-]{22})/?")

SEARCH, LIST = 100, 1
"""Units of quota that one page costs."""

LISTS = {f"youtube#{kind}ListResponse" for kind in ("video", "search", "playlistItem", "activity")}
"""Pages whose rows are videos, or lead to them."""

VIDEO = "youtube#video"


class YouTube(Paged, name="youtube"):
    """What is popular in a country, what a search finds, or what a channel publishes; the last also without a key.

    The units that were used today, by refused requests as well, stand in the cursor; when they are used up, it is not
    asked any more.
    """

    api_key: SecretStr = Field(
        SecretStr(""), description="key of a Google Cloud project; `${NAME}` is a variable"
    )
    country: str = Field("US", max_length=2, description="where it should be popular, as in ISO 3166")
    query: str = Field("", max_length=500, description="search for this, newest first, at 100 units a page")
    channel: str = Field(
        "",
        pattern=r"^(UC[\w-]{22})?$",
        description="the id of a channel, `UC…`, to read instead",
        examples=["UC_x5XG1OV2P6uZZ5FSM9Ttw"],
    )
    quota: int = Field(10_000, ge=1, description="units a day this source may use of the project's")
    root: str = Field("https://www.googleapis.com/youtube/v3", description="where the API is")
    feeds: str = Field("https://www.youtube.com/feeds/videos.xml", description="where channels' feeds are")

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {
        "quotaExceeded": Unavailable,
        "dailyLimitExceeded": Unavailable,
        "rateLimitExceeded": Unavailable,
        "userRateLimitExceeded": Unavailable,
        "keyInvalid": Denied,
        "accessNotConfigured": Denied,
        "forbidden": Denied,
        "badRequest": Misconfigured,
        "channelNotFound": Missing,
        "playlistNotFound": Missing,
        "videoChartNotFound": Missing,
    }

    @classmethod
    def recognise(cls, address: str) -> dict[str, Any] | None:
        found = PAGE.match(address)
        return {"channel": found[1]} if found else None

    @property
    def key(self) -> str:
        return f"youtube:{self.query or self.channel or self.country}"

    @property
    def newest_first(self) -> bool:  # type: ignore[override]  # a chart is in no order of time
        return bool(self.query or self.channel)

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        if self.channel and not self.api_key.get_secret_value():
            address = with_query(self.feeds, channel_id=self.channel)
            items, place = await visit(http, address, since.value, label=self.label)
            for item in items:
                yield item
            yield self.cursor(**place)
            return
        self._require(since)
        async for found in super().collect(http, since):
            yield found

    def spent(self, requests: int, since: Cursor) -> Mapping[str, Any]:
        return {"day": _today(), "used": _used(since) + requests * self._cost}

    @property
    def _cost(self) -> int:
        return SEARCH if self.query else LIST

    def _require(self, since: Cursor) -> None:
        """Unavailable until tomorrow where a whole visit would exceed the quota."""
        used = _used(since)
        if used + self.pages * self._cost > self.quota:
            wait = _until_tomorrow()
            raise Unavailable(
                f"{self.key!r} has used {used} of its {self.quota} units today", retry_after=wait
            )

    async def headers(self, http: Http) -> Mapping[str, str]:
        return {"X-Goog-Api-Key": self.api_key.get_secret_value()}

    def address(self, since: Cursor) -> str:
        if self.query:
            about = {"q": self.query, "type": "video", "order": "date"}
            return with_query(f"{self.root}/search", part="snippet", maxResults=50, **about)
        if self.channel:
            uploads = f"UU{self.channel[2:]}"  # every channel's uploads are a playlist of that name
            return with_query(f"{self.root}/playlistItems", part="snippet", maxResults=50, playlistId=uploads)
        about = {"chart": "mostPopular", "regionCode": self.country}
        return with_query(f"{self.root}/videos", part="snippet,statistics", maxResults=50, **about)

    def rows(self, data: Any) -> Sequence[Any] | None:
        found = within(data, "items")
        return found if within(data, "kind") in LISTS and isinstance(found, list) else None

    def item(self, row: Any) -> Item | None:
        about, told = within(row, "snippet"), within(row, "statistics")
        video = video_of(row)
        return self.found(
            video,
            title=within(about, "title"),
            body=within(about, "description"),
            url=f"https://www.youtube.com/watch?v={video}",
            author=within(about, "channelTitle"),
            lang=within(about, "defaultAudioLanguage") or within(about, "defaultLanguage"),
            at=within(about, "publishedAt"),
            engagement=counts(
                views=within(told, "viewCount"),
                likes=within(told, "likeCount"),
                comments=within(told, "commentCount"),
            ),
        )

    def mark(self, row: Any) -> float | None:
        at = within(row, "snippet", "publishedAt")
        return datetime.fromisoformat(at).timestamp() if isinstance(at, str) and self.newest_first else None

    def following(self, page: Page) -> str | None:
        token = within(page.data, "nextPageToken")
        return turned(page.url, pageToken=token) if isinstance(token, str) else None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        fault = within(data, "error")
        if fault is None:
            return None
        reason = within(fault, "errors", 0, "reason") or within(fault, "status")
        return str(reason or ""), str(within(fault, "message") or (fault if isinstance(fault, str) else ""))

    def wait(self, code: str, said: str, answer: Response) -> float | None:
        daily = code in {"quotaExceeded", "dailyLimitExceeded"}
        return _until_tomorrow() if daily else super().wait(code, said, answer)


def video_of(row: Any) -> Any:
    """The id of the video a row is about: a video, a found one, one in a playlist, or one that was just published."""
    if within(row, "kind") == VIDEO:
        return within(row, "id")
    found, listed = within(row, "id", "videoId"), within(row, "snippet", "resourceId", "videoId")
    return found or listed or within(row, "contentDetails", "upload", "videoId")


def _used(since: Cursor) -> int:
    """The units used today."""
    return int(since.value.get("used", 0)) if since.value.get("day") == _today() else 0


def _today() -> str:
    return datetime.now(PACIFIC).date().isoformat()


def _until_tomorrow() -> float:
    now = datetime.now(PACIFIC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(60.0, (midnight - now).total_seconds())
