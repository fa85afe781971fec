"""Every way by which a stranger can have an address asked: each is given an address and the way out.

A source that asks an address it was told belongs in here, so that it stands before the same canaries.
"""

from collections.abc import Awaitable, Callable
from contextlib import aclosing

from trend_agent.egress import Http
from trend_agent.items import Cursor
from trend_agent.sources import Source, source
from trend_agent.sources.full_text import main_text


def collecting(name: str, setting: str) -> Callable[[Http, str], Awaitable[object]]:
    """A source whose `setting` is an address."""

    async def collect(http: Http, url: str) -> object:
        found: Source = source(name, **{setting: url})
        return [thing async for thing in found.collect(http, Cursor(found.key))]

    return collect


async def first_page(http: Http, url: str) -> object:
    async with aclosing(http.jsons([url], at_once=1)) as pages:
        return await anext(pages)


DOORS: dict[str, Callable[[Http, str], Awaitable[object]]] = {
    "feed": collecting("rss", "url"),
    "api base": collecting("hackernews", "root"),
    "discovery": lambda http, url: http.get(url, robots=True),
    "opml": lambda http, url: http.get(url, headers={"Accept": "text/x-opml"}),
    "icon": lambda http, url: http.get(url, headers={"Accept": "image/*"}),
    "picture": lambda http, url: http.get(url, at_once=2),
    "full text": main_text,
    "webhook": lambda http, url: http.send(url, b"{}"),
    "websub": lambda http, url: http.submit(url, {"hub.mode": "subscribe"}),
    "token": lambda http, url: http.submit(url, {"grant_type": "client_credentials"}),
    "model": lambda http, url: http.post(url, {}),
    "pages": first_page,
}
