"""The whole text of what a source tells in a few words, from the pages its items link to, where a source is set so.

A page is asked for once, when its item is new: the log keeps an item as it first came. So there is nothing to ask
again on a condition. Whatever is wrong with a page, its item stays as its source told it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace

from trend_agent.egress import Http
from trend_agent.errors import Rejected, TrendError
from trend_agent.items import Item
from trend_agent.observability import metrics
from trend_agent.observability.log import logger
from trend_agent.sources.door import admitted
from trend_agent.sources.feeds import Document, page_sandbox

log = logger("pages")

MOST = 50
"""Pages asked for in one visit; the items beyond stay as they are."""

SECONDS = 60.0
"""Wall time in which the pages of one visit are asked for: the source's host is not visited meanwhile."""

TOGETHER = 4
"""Pages asked for at once, of different hosts: to each goes one request at a time, as everywhere."""

LARGEST = 2 << 20
"""Bytes of a page; what is larger is no text that somebody reads."""

KINDS = {"", "text/html", "application/xhtml+xml"}
HEADERS = {"Accept": "text/html,application/xhtml+xml"}


class Pages:
    """The pages of one visit to a source."""

    def __init__(self, http: Http, source: str, *, most: int = MOST, seconds: float = SECONDS) -> None:
        self._http, self._source = http, source
        self._left, self._seconds = most, seconds
        self._until: float | None = None
        self._turns = asyncio.Semaphore(TOGETHER)

    async def filled(self, items: Sequence[Item], *, known: Set[str] = frozenset()) -> list[Item]:
        """The same items in their order, each with the main text of its page as body where that is longer. Those
        of the ids `known` are left alone."""
        wanted = {item.id: item for item in items if item.url and item.id not in known}
        asked = list(wanted.values())[: self._left]
        self._left -= len(asked)
        self._until = self._until or asyncio.get_running_loop().time() + self._seconds
        found = await asyncio.gather(*(self._filled(item) for item in asked))
        self._tell([outcome for _, outcome in found] + ["left"] * (len(wanted) - len(asked)))
        whole = {item.id: item for item, _ in found}
        return [whole.get(item.id, item) for item in items]

    async def _filled(self, item: Item) -> tuple[Item, metrics.PageOutcome]:
        try:
            async with asyncio.timeout_at(self._until), self._turns:
                text = await main_text(self._http, item.url)
        except TimeoutError:
            return item, "left"
        except TrendError as fault:
            log.info("could not read a page", source=self._source, item=item.id, error=str(fault))
            return item, "failed"
        longer = admitted(replace(item, body=text))
        return (longer, "taken") if len(longer.body) > len(item.body) else (item, "shorter")

    def _tell(self, outcomes: Sequence[metrics.PageOutcome]) -> None:
        for outcome in outcomes:
            metrics.PAGES.labels(outcome).inc()
        if outcomes:
            log.info("read pages", source=self._source, **Counter[str](outcomes))


async def main_text(http: Http, url: str) -> str:
    """The main text of the page at an address, empty where it has none. Denied where robots.txt keeps it from us,
    Rejected where it is no page or costs too much to read; further errors as `Http.get` has them."""
    answer = await http.get(url, headers=HEADERS, robots=True)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise Rejected(f"{url!r} is of the type {kind[:80]!r}, expected HTML")
    if len(answer.body) > LARGEST:
        raise Rejected(f"the page {url!r} has over {LARGEST} bytes")
    return await page_sandbox().text(Document(answer.body, answer.headers, answer.url))
