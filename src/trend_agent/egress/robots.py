"""What a site's robots.txt (RFC 9309) lets us read. For pages found on the way, not for feeds and APIs.

Who subscribes to a feed asks for that very document, which is there to be read by programs: readers of feeds do
not look for robots.txt. A page that nobody named, such as the text behind an item's link, is looked up here first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from protego import Protego
from yarl import URL

from trend_agent.egress.answers import Response
from trend_agent.errors import Missing, Rejected, TrendError, Unavailable

READ = 500 << 10
"""Bytes of a robots.txt that are read: what the RFC asks for at least."""

FRESH = 86_400.0
"""Seconds a robots.txt holds: the most the RFC allows."""

AGAIN = 3_600.0
"""Seconds until one that could not be had is asked for again."""

SITES = 1_024
"""Sites remembered."""

US = "trend-agent"
"""Under what name rules may speak of us."""

NOTHING = "User-agent: *\nDisallow: /"


@dataclass(slots=True)
class _Rules:
    rules: Protego
    until: float


@dataclass(slots=True)
class _Site:
    """What is known of a site, and a lock so that it is asked once at a time."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    known: _Rules | None = None


class Robots:
    """The robots.txt of the sites we asked, by `get`; in memory only, so that a restart asks once more.

    4xx means there are no rules. Where it does not answer, or answers what we will not take (a redirect to a
    private address, a bomb), nothing may be read until it does.
    """

    def __init__(self, get: Callable[..., Awaitable[Response]]) -> None:
        self._get = get
        self._sites: dict[URL, _Site] = {}

    async def allow(self, url: URL) -> bool:
        site, now = self._site(url.origin()), asyncio.get_running_loop().time()
        async with site.asking:
            if site.known is None or site.known.until <= now:
                site.known = await self._asked(url.origin(), now)
        return bool(site.known.rules.can_fetch(str(url), US))

    def _site(self, origin: URL) -> _Site:
        if len(self._sites) >= SITES and origin not in self._sites:
            del self._sites[next(iter(self._sites))]  # the one that has been known for longest
        return self._sites.setdefault(origin, _Site())

    async def _asked(self, site: URL, now: float) -> _Rules:
        try:
            answer = await self._get(str(site / "robots.txt"), explain=absent)
        except Missing:
            return _Rules(Protego.parse(""), now + FRESH)
        except (Rejected, Unavailable):
            return _Rules(Protego.parse(NOTHING), now + AGAIN)
        return _Rules(Protego.parse(answer.body[:READ].decode("utf-8-sig", "replace")), now + FRESH)


def absent(answer: Response) -> TrendError | None:
    """Any 4xx save 429 says that there is no robots.txt."""
    there_is_none = 400 <= answer.status < 500 and answer.status != 429
    return Missing(f"{answer.url!r} answered {answer.status}") if there_is_none else None
