"""Reading one feed at an address: what every source shares whose platform offers feeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from trend_agent.egress import Http, Response
from trend_agent.errors import TrendError
from trend_agent.items import UNDETERMINED, Item
from trend_agent.sources import moves
from trend_agent.sources.feeds import Document, jsonfeed, sandbox
from trend_agent.sources.feeds.feed import WEB, Feed, language
from trend_agent.sources.tags import links, relations

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


async def visit(
    http: Http, url: str, since: Mapping[str, Any], *, label: str, lang: str = "", **told: str
) -> tuple[list[Item], dict[str, Any]]:
    """The items of a feed as `label`'s, and what its cursor holds: the validators of the answer and a hash of its
    body, so that what has not changed is neither sent nor read twice; and where it has moved to.

    Where the address it moved to fails and its own answers, the move is undone."""
    try:
        feed, place = await _asked(http, url, moves.address(url, since), since)
    except TrendError as fault:
        if moves.address(url, since) == url:
            raise
        feed, place = await _asked_again(http, url, fault)
    return items(feed, label, lang=lang, **told) if feed else [], place


async def _asked(
    http: Http, url: str, address: str, since: Mapping[str, Any]
) -> tuple[Feed | None, dict[str, Any]]:
    """What is at an address of the feed known by `url`, None where it is what it was; and what the cursor holds."""
    answer = await http.get(address, headers={"Accept": ACCEPT}, validators=since.get("validators"))
    moved = moves.heard(url, address, since, answer, datetime.now(UTC))
    place = {"validators": answer.validators, **moved}
    if answer.not_modified:
        return None, {**{name: since.get(name) for name in ("body", "hub")}, **place}
    body = blake2b(answer.body, digest_size=16).hexdigest()
    place |= {"body": body, "hub": hub(answer)}
    return (None if body == since.get("body") else await read(answer)), place


async def _asked_again(http: Http, url: str, fault: TrendError) -> tuple[Feed | None, dict[str, Any]]:
    """The same at the feed's own address, as if it had never moved; `fault` where that fails as well."""
    try:
        found = await _asked(http, url, url, {})
    except TrendError:
        raise fault from None
    moves.log.warning("a source is back at its own address", source=url, error=str(fault))
    return found


def hub(answer: Response) -> tuple[str, str] | None:
    """The hub that tells of changes of a feed, and what the feed is called there; None where it names none."""
    named = {relation: link["href"] for link in reversed(list(links(answer))) for relation in relations(link)}
    named |= jsonfeed.relations(answer.body) if b'"hubs"' in answer.body else {}
    if not WEB.match(named.get("hub", "")):
        return None
    return named["hub"], named.get("self") or answer.url


async def read(answer: Response) -> Feed:
    """Rejected where the answer is no feed."""
    return await sandbox().read(Document(answer.body, answer.headers, answer.url, plain=True))


def items(feed: Feed, label: str, *, lang: str = "", **told: str) -> list[Item]:
    """Its entries as items of `label`; `lang` and `told` hold where the feed says nothing of it."""
    now = datetime.now(UTC)
    spoken = feed.lang or language(lang) or UNDETERMINED
    about = {name: text for name, text in {"publisher": feed.title, **_some(told)}.items() if text}
    return [entry.item(label, now, lang=spoken, **about) for entry in feed.entries]


def _some(told: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in told.items() if text}
