"""Being told by a hub when a feed changes, in place of asking (WebSub, W3C Recommendation of 2018).

A feed names its hub; we ask the hub to tell us, under an address that holds a token nobody else knows; the hub asks
whether it was us; then it posts the feed, signed with a secret that only it was given. A lease ends and is renewed.
The feed goes on being visited as well, so that nothing is lost with a hub that falls silent.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from trend_agent.egress import Http, Response
from trend_agent.errors import Missing, Rejected, TrendError
from trend_agent.observability.log import logger
from trend_agent.sources import Source
from trend_agent.sources.one_feed import items, read
from trend_agent.sources.rss import Rss
from trend_agent.storage import Arrival, Health, Records, Subscription

log = logger("websub")

LEASE = timedelta(days=10)
"""What is asked for; a hub may grant another."""

LONGEST_LEASE = timedelta(days=90)

EARLY = timedelta(days=1)
"""So long before its end a lease is renewed, or when a quarter of it is left."""

AGAIN = timedelta(hours=6)
"""After this a hub that did not confirm is asked once more."""

METHODS = {"sha1", "sha256", "sha384", "sha512"}

Wanted = Callable[[], Awaitable[Sequence[Source]]]


class Hubs:
    """What is agreed with hubs, and what they bring. `site` is the address under which we are reached from outside;
    `wanted` are the sources to be collected now; `arrived` is called when something new is in the log."""

    def __init__(
        self,
        records: Records,
        http: Http,
        wanted: Wanted,
        *,
        site: str,
        arrived: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.records, self.http, self.wanted = records, http, wanted
        self.site, self.arrived, self.now = site.rstrip("/"), arrived, now

    async def run(self, *, every: float = 600.0) -> None:
        """Keep what hubs offer agreed, for ever."""
        while True:
            try:
                await self.agree()
            except TrendError as fault:
                log.error("could not look after hubs", error=str(fault))
            await asyncio.sleep(every)

    async def agree(self) -> None:
        """Subscribe where a feed names a hub and nothing is agreed, renew what ends, leave what is not wanted."""
        feeds = {feed.key: feed for feed in await self.wanted() if told(feed)}
        held = {one.source: one for one in await self.records.subscriptions()}
        for key in held.keys() - feeds.keys():
            await self.records.unsubscribe(key)  # the hub is told 410 when it calls next
        for key in feeds:
            hub, topic = (await self.records.cursor(key)).value.get("hub") or ("", "")
            before = held.get(key)
            if hub and self._due(before, hub, topic):
                await self._ask(key, hub, topic, before)

    def _due(self, held: Subscription | None, hub: str, topic: str) -> bool:
        if held is None or (held.hub, held.topic) != (hub, topic):
            return True
        waited = self.now() - held.asked_at
        if held.until is None:
            return waited >= AGAIN
        early = min(EARLY, (held.until - held.asked_at) / 4)
        return self.now() >= held.until - early and waited >= min(AGAIN, early)

    async def _ask(self, key: str, hub: str, topic: str, held: Subscription | None) -> None:
        if held is None or (held.hub, held.topic) != (hub, topic):
            token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
            held = Subscription(key, topic, hub, token, secret, self.now())
        await self.records.subscribe(replace(held, asked_at=self.now()))
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": f"{self.site}/websub/{held.token}",
            "hub.secret": held.secret,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
        }
        try:
            await self.http.submit(hub, form)
        except TrendError as fault:
            log.warning("a hub does not take us", source=key, hub=hub, error=str(fault))

    async def verify(self, token: str, mode: str, topic: str, lease_seconds: int) -> None:
        """A hub asks whether we want this. `Missing` where we do not."""
        held = await self._held(token)
        if held.topic != topic or mode != "subscribe":
            raise Missing(f"nobody here asked to {mode[:20]!r} {topic[:200]!r}")
        lease = min(timedelta(seconds=lease_seconds), LONGEST_LEASE)
        await self.records.subscribe(replace(held, until=self.now() + lease))
        log.info(
            "a hub tells of changes", source=held.source, hub=held.hub, hours=lease.total_seconds() // 3600
        )

    async def denied(self, token: str, reason: str) -> None:
        """A hub says that it will not tell us."""
        held = await self._held(token)
        await self.records.subscribe(replace(held, asked_at=self.now(), until=None))
        log.warning("a hub denies us", source=held.source, hub=held.hub, reason=reason[:200])

    async def agreed(self, token: str) -> None:
        """`Missing` where nothing is agreed with anybody under this token."""
        await self._held(token)

    async def deliver(self, token: str, body: bytes, headers: Mapping[str, str]) -> int:
        """What a hub posts: how many new items it held. `Rejected` where it is not signed as agreed or no feed."""
        held = await self._held(token)
        if not signed(body, headers.get("x-hub-signature", ""), held.secret):
            raise Rejected("the signature is not that of what was agreed")
        feed = next((one for one in await self.wanted() if one.key == held.source), None)
        if not told(feed):
            raise Missing(f"{held.source!r} is not collected any more")
        found = items(await read(Response(200, feed.url, headers, body)), feed.label, **feed.about)
        at = self.now()
        health = await self.records.tried(
            Health(held.source, last_try=at, last_success=at), [Arrival(item) for item in found]
        )
        if health.fetched:
            self.arrived()
        return health.fetched

    async def _held(self, token: str) -> Subscription:
        for held in await self.records.subscriptions():
            if hmac.compare_digest(held.token.encode(), token.encode()):
                return held
        raise Missing("nothing is agreed with a hub under this address")


def told(source: Source | None) -> TypeGuard[Rss]:
    """Whether hubs may bring what a source has. Not where pages are to be read: a hub does not wait for that long."""
    return isinstance(source, Rss) and not source.full_text


def signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether `method=hex` is the HMAC of the body under the secret."""
    method, _, given = signature.strip().partition("=")
    if method.lower() not in METHODS:
        return False
    return hmac.compare_digest(
        hmac.new(secret.encode(), body, method.lower()).hexdigest().encode(), given.lower().encode()
    )
