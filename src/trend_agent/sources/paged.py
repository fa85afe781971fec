"""Sources that are rows of JSON at an address, page after page: the part that all of them share.

A source says where its first page is, where the rows stand in a page, how a row becomes an item, and where the
next page is. Here it is paged, marked where it left off, spared when its platform says so, and its complaints
are made into our errors.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson
from pydantic import Field

from trend_agent.egress import Http, Response
from trend_agent.egress.answers import refusal
from trend_agent.errors import Rejected, TrendError, Unavailable
from trend_agent.items import UNDETERMINED, Cursor, Item, item_id
from trend_agent.sources import Source
from trend_agent.sources.feeds.feed import language
from trend_agent.sources.fields import headline, link, moment, number, words

REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
RESET = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
"""Headers by which platforms say how many requests are left, and when there are new ones: in so many seconds, at
a second since 1970, or at a date."""

LIMITED = {403, 429}
"""What is answered to one who has no requests left."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came from `url`: `data` is its JSON, `number` counts from 0 within a visit."""

    url: str
    answer: Response
    data: Any
    number: int


class Paged(Source):
    """The cursor's `mark` is the newest row that was read. Where `newest_first`, pages are read until rows are older
    than that; what a visit leaves over stands in `next`, and the next visit goes on there."""

    pages: int = Field(1, ge=1, le=50, description="pages to read at a visit, where there are as many")

    newest_first: ClassVar[bool] = False
    pause: ClassVar[float] = 0
    """Seconds the platform wants between two pages."""

    meanings: ClassVar[Mapping[str, type[TrendError]]] = {}
    """What to do about the platform's error codes."""

    @abstractmethod
    def address(self, since: Cursor) -> str:
        """Where the first page is."""

    @abstractmethod
    def rows(self, data: Any) -> Sequence[Any] | None:
        """The rows of a page; None where it is no page of this platform."""

    @abstractmethod
    def item(self, row: Any) -> Item | None:
        """The item a row is; None for one that is none, such as an advertisement."""

    def following(self, page: Page) -> str | None:
        """Where the next page is; None where this is the last."""
        return None

    def mark(self, row: Any) -> float | None:
        """A number that grows from older rows to newer ones."""
        return None

    def complaint(self, data: Any) -> tuple[str, str] | None:
        """The code and the words of an error that a page states."""
        return None

    def spent(self, requests: int, since: Cursor) -> Mapping[str, Any]:
        """What the cursor holds of a quota that is counted here, after so many requests since `since`."""
        return {}

    async def headers(self, http: Http) -> Mapping[str, str]:
        """What to send with every request, such as a key."""
        return {}

    def rest(self, page: Page) -> float | None:
        """Seconds for which the platform wants to be left alone after this page."""
        return resting(page.answer.headers, datetime.now(UTC))

    async def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        spare(self.key, since)
        headers = await self.headers(http)
        walk, place = _Walk(since.value, self.address(since), resumes=self.newest_first), since
        for number_ in range(self.pages):
            await asyncio.sleep(self.pause if number_ else 0)
            try:
                page = await self._page(http, walk, headers, number_)
                rows = self._rows(page)
            except TrendError:
                if spent := self.spent(walk.requests, since):
                    yield self.cursor(**{**place.value, **spent})
                raise
            for row in rows:
                walk.saw(self.mark(row))
                if item := self.item(row):
                    yield item
            rest = self.rest(page)
            walk.go_on(self.following(page), last=number_ + 1 == self.pages or rest is not None)
            place = self.cursor(**walk.value(rest), **self.spent(walk.requests, since))
            yield place
            if not walk.url or rest is not None:
                return

    async def _page(self, http: Http, walk: _Walk, headers: Mapping[str, str], number_: int) -> Page:
        walk.requests += 1
        try:
            answer = await http.get(walk.url, headers=headers, explain=self.explain)
        except Rejected:
            if not walk.resumed:
                raise
            walk.requests += 1
            walk.start_anew()  # what was left over cannot be asked for any more
            answer = await http.get(walk.url, headers=headers, explain=self.explain)
        return Page(walk.url, answer, await self.read(answer), number_)

    async def read(self, answer: Response) -> Any:
        """The JSON of a page. Rejected where it is none."""
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError as fault:
            raise Rejected(f"{self.key!r} answered no JSON ({fault})") from fault

    def _rows(self, page: Page) -> Sequence[Any]:
        if found := self.complaint(page.data):
            raise self._meant(*found, page.answer, Rejected(f"{self.key!r} answered an error"))
        rows = self.rows(page.data)
        if rows is None:
            raise Rejected(f"{self.key!r} answered something other than was asked for")
        return rows

    def explain(self, answer: Response) -> TrendError | None:
        """The error that an answer other than 200 stands for, in the platform's words where it has any."""
        wait = resting(answer.headers, datetime.now(UTC))
        if answer.status in LIMITED and wait is not None:
            return Unavailable(f"{self.key!r} has no requests left for now", retry_after=wait)
        try:
            found = self.complaint(orjson.loads(answer.body))
        except orjson.JSONDecodeError:
            return None
        return self._meant(*found, answer, refusal(answer.status, self.key, wait)) if found else None

    def _meant(self, code: str, said: str, answer: Response, otherwise: TrendError) -> TrendError:
        kind = self.meanings.get(code, type(otherwise))
        text = f"{self.key!r} answered {' '.join(filter(None, (code, words(said, 300))))}".strip()
        if issubclass(kind, Unavailable):
            return kind(text, retry_after=self.wait(code, said, answer))
        return kind(text)

    def wait(self, code: str, said: str, answer: Response) -> float | None:
        """Seconds to wait after a complaint, where it says so."""
        return number(answer.headers.get("retry-after")) or resting(answer.headers, datetime.now(UTC))

    def found(
        self,
        key: object,
        *,
        title: Any,
        body: Any = "",
        url: Any = "",
        author: Any = "",
        lang: Any = "",
        at: Any = None,
        engagement: Mapping[str, float] | None = None,
        **extra: Any,
    ) -> Item | None:
        """The item under `key`, its texts made plain; None where it has no key or no title."""
        title = headline(title)
        if not title or key is None or key == "":
            return None
        return Item(
            id=item_id(self.label, str(key)),
            source=self.label,
            title=title,
            body=words(body),
            url=link(url),
            author=words(author, 500),
            lang=language(lang) or UNDETERMINED,
            published_at=moment(at),
            seen_at=datetime.now(UTC),
            engagement=engagement or {},
            extra={name: value for name, value in extra.items() if value},
        )


class _Walk:
    """Where a visit is, between the mark it started from and the newest row it saw."""

    def __init__(self, value: Mapping[str, Any], first: str, *, resumes: bool) -> None:
        self._old: float | None = value.get("mark")
        self._newest: float | None = value.get("newest")
        self._first, self._resumes = first, resumes
        self._met = False
        self.requests = 0
        self.resumed = bool(resumes and value.get("next"))
        self.url = str(value["next"]) if self.resumed else first

    def start_anew(self) -> None:
        self.url, self.resumed, self._newest = self._first, False, None

    def saw(self, mark: float | None) -> None:
        if mark is not None:
            self._newest = max(mark, self._newest or mark)
            self._met = self._met or (self._old is not None and mark <= self._old)

    def go_on(self, url: str | None, *, last: bool) -> None:
        """Go to the next page, unless all that is new has been read; a first visit reads no history."""
        done = self._resumes and self._met
        self.resumed = False
        ended = done or (last and not (self._resumes and self._old is not None))
        self.url = url if url and not ended else ""

    def value(self, rest: float | None) -> dict[str, Any]:
        """What the cursor holds here."""
        newest = self._newest if self._newest is not None else self._old
        kept: dict[str, Any] = {"mark": newest}
        if self.url:
            kept = (
                {"mark": self._old, "next": self.url, "newest": newest}
                if self._resumes
                else {"mark": self._old}
            )
        if rest is not None:
            kept["not_before"] = datetime.now(UTC).timestamp() + rest
        return {name: value for name, value in kept.items() if value is not None}


def spare(key: str, since: Cursor) -> None:
    """Unavailable while the platform wants to be left alone, as the cursor has it."""
    wait = (since.value.get("not_before") or 0) - datetime.now(UTC).timestamp()
    if wait > 0:
        raise Unavailable(f"{key!r} is left alone for another {wait:.0f} s, as it asks", retry_after=wait)


def resting(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until there are requests again; None while some are left, or nothing is said."""
    left = next((number(headers[name]) for name in REMAINING if name in headers), None)
    if left is None or left >= 1:
        return None
    reset = next((headers[name] for name in RESET if name in headers), "")
    seconds = number(reset)
    at = moment(reset) if seconds is None or seconds > 1e9 else None
    wait = (at - now).total_seconds() if at else seconds or 60.0
    return min(max(wait, 1.0), 86400.0)


def turned(url: str, **query: object) -> str:
    """The same address with these parameters in place of its own: how most platforms turn pages."""
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query, keep_blank_values=True)) | {n: str(v) for n, v in query.items()}
    return urlunsplit(parts._replace(query=urlencode(said)))


def stated(url: str, name: str) -> int:
    """A number that an address states; 0 where it states none."""
    found = dict(parse_qsl(urlsplit(url).query)).get(name, "")
    return int(found) if found.isdecimal() else 0


def with_query(url: str, **query: object) -> str:
    """An address with those parameters that are not empty; a trailing `_` of a name is left out."""
    said = {name.rstrip("_"): str(value) for name, value in query.items() if value not in (None, "", False)}
    return f"{url}?{urlencode(said)}" if said else url
