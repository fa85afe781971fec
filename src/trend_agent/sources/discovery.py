"""From an address somebody has in mind to sources: a platform's page, a feed, or a page that names its feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trend_agent.egress import Http, Response
from trend_agent.errors import Missing, Rejected
from trend_agent.sources import known
from trend_agent.sources.feeds.feed import WEB, plain
from trend_agent.sources.one_feed import ACCEPT, read
from trend_agent.sources.tags import links, relations

TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/xml",
}

NAMES = ("/feed", "/rss", "/atom", "feed.xml", "rss.xml", "atom.xml", "feed.json", "index.xml", ".rss")
"""What the address of a feed often holds, where a page does not declare its feeds."""

MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A source that an address leads to: its kind and settings, and what it is called there."""

    kind: str
    settings: Mapping[str, Any]
    title: str = ""


async def discover(http: Http, address: str) -> list[Found]:
    """What an address leads to, the most likely first. `Missing` where it leads to nothing we can read."""
    for kind in known().values():
        if settings := kind.recognise(address):
            return [Found(kind.name, settings, kind.name)]
    answer = await http.get(address, headers={"Accept": f"text/html;q=0.9, {ACCEPT}"})
    try:
        return [Found("rss", {"url": answer.url}, (await read(answer)).title)]
    except Rejected:
        found = declared(answer) or guessed(answer)
    if not found:
        raise Missing(f"{address!r} is no feed and names none")
    return found[:MOST]


def declared(answer: Response) -> list[Found]:
    """The feeds that a page says are its own."""
    feeds = (
        link
        for link in links(answer)
        if "alternate" in relations(link) and link.get("type", "").partition(";")[0].strip().lower() in TYPES
    )
    return _each_once((link["href"], link.get("title", "")) for link in feeds)


def guessed(answer: Response) -> list[Found]:
    """The links on a page whose addresses look like feeds."""
    likely = (link["href"] for link in links(answer) if link["tag"] == "a")
    return _each_once((url, "") for url in likely if url.lower().partition("?")[0].endswith(NAMES))


def _each_once(feeds: Any) -> list[Found]:
    titles = {url: plain(title[:200]) for url, title in feeds if WEB.match(url)}
    return [Found("rss", {"url": url}, title) for url, title in titles.items()]
