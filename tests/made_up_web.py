"""A small web that lies in memory: a feed, a page that names it, and hosts that do not answer."""

from collections.abc import Mapping

from yarl import URL

from trend_agent.egress import Http
from trend_agent.egress.wire import Limits, Reply
from trend_agent.errors import Unavailable

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Coast</title>
<item><guid>1</guid><title>Night ferry returns</title><link>https://coast.example/ferry</link>
<pubDate>Sun, 01 Mar 2026 11:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>Harbour frozen</title><link>https://coast.example/ice</link>
<pubDate>Sun, 01 Mar 2026 11:30:00 GMT</pubDate></item>
</channel></rss>"""

PAGE = """<html><head><title>Coast</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/feed">
<link rel="alternate" type="application/rss+xml" title="Sport" href="/sport/feed">
</head><body>Coast</body></html>"""

PLACES = {
    "https://coast.example/": ("text/html", PAGE),
    "https://coast.example/feed": ("application/rss+xml", FEED),
    "https://coast.example/sport/feed": ("application/rss+xml", FEED),
    "https://plain.example/": ("text/html", "<html><body>nothing here</body></html>"),
}


class MadeUpWeb:
    """`Transport` to the places above; every other one does not answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def ask(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        self.asked.append(str(url))
        if str(url) not in PLACES:
            raise Unavailable(f"{url.host} does not answer")
        kind, text = PLACES[str(url)]
        return Reply(200, {"content-type": kind}, text.encode())

    async def close(self) -> None: ...


def made_up_http() -> Http:
    """The way out to the made-up web, without any pause between two requests."""
    return Http(transport=MadeUpWeb(), limits=Limits(pace=0.0))
