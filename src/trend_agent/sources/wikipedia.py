"""What people look up and what happened, by Wikipedia: most read articles, news, and the list of current events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from trend_agent.items import Cursor, Item, digest
from trend_agent.sources.fields import counts, listed, moment, within, words
from trend_agent.sources.paged import Page, Paged, with_query

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""The pages are called so, whatever language this computer speaks."""

LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
REFERENCE = re.compile(r"\[(https?://[^\s\]]+)(?:\s+([^\]]*))?\]")
HEADING = re.compile(r"^'''(.+?)'''")
COMMENT = re.compile(r"<!--.*?-->|<ref[^>]*/>", re.DOTALL)


class Wikipedia(Paged, name="wikipedia"):
    """Most read articles are those of the day before; current events are kept in English only."""

    show: Literal["most_read", "news", "current_events"] = Field(
        "most_read", description="which list to read"
    )
    language: str = Field("en", pattern=r"^[a-z-]{2,12}$", description="which Wikipedia", examples=["de"])
    interval: float = Field(3600, ge=60, le=86400, description="seconds between two visits")
    pages: int = Field(2, ge=1, le=14, description="days to read at a visit, from today backwards")
    root: str = Field("", description="where it is; empty: the Wikipedia of the language")

    @property
    def key(self) -> str:
        return f"wikipedia:{self.language}/{self.show}"

    def address(self, since: Cursor) -> str:
        return self._day(datetime.now(UTC))

    def _day(self, day: datetime) -> str:
        root = self.root or f"https://{self.language}.wikipedia.org"
        if self.show != "current_events":
            return f"{root}/api/rest_v1/feed/featured/{day:%Y/%m/%d}"
        page = f"Portal:Current_events/{day.year}_{MONTHS[day.month - 1]}_{day.day}"
        about = {"action": "parse", "prop": "wikitext", "format": "json", "formatversion": 2, "redirects": 1}
        return with_query(f"{root}/w/api.php", **about, page=page)

    def following(self, page: Page) -> str | None:
        return self._day(datetime.now(UTC) - timedelta(days=page.number + 1))

    def rows(self, data: Any) -> Sequence[Any] | None:
        if self.show == "most_read":
            day = within(data, "mostread", "date")
            return [{**row, "day": day} for row in listed(data, "mostread", "articles")]
        if self.show == "news":
            return listed(data, "news")
        text = within(data, "parse", "wikitext")
        if within(data, "error", "code") == "missingtitle":
            return []  # the day has just begun
        title = str(within(data, "parse", "title"))
        return [{**row, "page": title} for row in events(text)] if isinstance(text, str) else None

    def item(self, row: Any) -> Item | None:
        return {"most_read": self._read, "news": self._news, "current_events": self._event}[self.show](row)

    def _read(self, row: Any) -> Item | None:
        day = moment(within(row, "day"))
        title = within(row, "titles", "normalized") or within(row, "normalizedtitle") or within(row, "title")
        return self.found(
            f"{self.language} {within(row, 'title')} {day:%Y-%m-%d}" if day else within(row, "title"),
            title=title,
            body=within(row, "extract"),
            url=within(row, "content_urls", "desktop", "page"),
            lang=self.language,
            at=within(row, "day"),
            engagement=counts(views=within(row, "views"), rank=within(row, "rank")),
            about=within(row, "description"),
        )

    def _news(self, row: Any) -> Item | None:
        story = words(within(row, "story"))
        about = within(row, "links", 0)
        return self.found(
            f"{self.language} {digest(story)}",
            title=story,
            body=within(about, "extract"),
            url=within(about, "content_urls", "desktop", "page"),
            lang=self.language,
        )

    def _event(self, row: Any) -> Item | None:
        return self.found(
            digest(row["text"]),
            title=row["text"],
            url=row["url"],
            lang="en",
            at=_date_of(row["page"]),
            publisher=row["publisher"],
            category=row["heading"],
            about=row["about"],
        )

    def complaint(self, data: Any) -> tuple[str, str] | None:
        fault = within(data, "error")
        if fault is None or within(fault, "code") == "missingtitle":
            return None
        return str(within(fault, "code") or ""), str(within(fault, "info") or "")


def events(wikitext: str) -> Iterator[dict[str, str]]:
    """The lines of a day's page that tell of an event: those with a reference, below a heading and subjects."""
    heading, subjects = "", dict[int, str]()
    for line in COMMENT.sub("", wikitext).splitlines():
        if found := HEADING.match(line.strip("; ")):
            heading, subjects = found[1], {}
        depth = len(line) - len(line.lstrip("*"))
        told = LINK.sub(r"\1", line.lstrip("* ")).replace("''", "").strip()
        reference = REFERENCE.search(told)
        if depth and not reference:
            subjects = {level: text for level, text in subjects.items() if level < depth} | {depth: told}
        elif depth and reference:
            about = " · ".join(text for level, text in sorted(subjects.items()) if level < depth)
            text = " ".join(REFERENCE.sub("", told).split())
            publisher = (reference[2] or "").strip("() ")
            yield {
                "text": text,
                "url": reference[1],
                "publisher": publisher,
                "heading": heading,
                "about": about,
            }


def _date_of(page: str) -> datetime | None:
    year, _, rest = page.rpartition("/")[2].replace("_", " ").partition(" ")
    month, _, day = rest.partition(" ")
    if month not in MONTHS or not (year.isdecimal() and day.isdecimal()):
        return None
    return datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=UTC)
