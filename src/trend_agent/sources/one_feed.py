"""Reading one feed at an address: what every source shares whose platform offers feeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from trend_agent.egress import Http, Response
from trend_agent.items import UNDETERMINED, Item
from trend_agent.sources.feeds import Document, sandbox
from trend_agent.sources.feeds.feed import WEB, Feed, language
from trend_agent.sources.tags import links, relations

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


async def visit(
    http: Http, url: str, since: Mapping[str, Any], *, label: str, lang: str = "", **told: str
) -> tuple[list[Item], dict[str, Any]]:
    """The items of a feed as `label`'s, and what its cursor holds: the validators of the answer and a hash of its
    body, so that what has not changed is neither sent nor read twice."""
    answer = await http.get(url, headers={"Accept": ACCEPT}, validators=since.get("validators"))
    if answer.not_modified:
        return [], {**since, "validators": answer.validators}
    body = blake2b(answer.body, digest_size=16).hexdigest()
    place = {"validators": answer.validators, "body": body, "hub": hub(answer)}
    if body == since.get("body"):
        return [], place
    return items(await read(answer), label, lang=lang, **told), place


def hub(answer: Response) -> tuple[str, str] | None:
    """The hub that tells of changes of a feed, and what the feed is called there; None where it names none."""
    named = {relation: link["href"] for link in reversed(list(links(answer))) for relation in relations(link)}
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
