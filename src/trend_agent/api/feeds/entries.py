"""Entries made of what the records hold: of trends, of items, of how the sources are doing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from trend_agent.api.feeds.feed import BEGINNING, Entry, address, permanent
from trend_agent.items import UNDETERMINED, Item, Trend
from trend_agent.storage import Health, Records, Visit

SHOWN = 12
"""Voices of a trend that are named."""


async def of_trends(records: Records, trends: Sequence[Trend], site: str) -> list[Entry]:
    """One entry per topic, under the name it was first on a list by: who has read it knows it again after topics
    were merged. Scores and ranks are left out, as they move with every minute."""
    first = await records.first_names([t.topic for t in trends])
    return [_of_trend(trend, first.get(trend.topic, trend.topic), site) for trend in trends]


def _of_trend(trend: Trend, name: str, site: str) -> Entry:
    told = f"{trend.items} items from {len(trend.sources)} sources"
    return Entry(
        id=permanent("topic", name),
        title=trend.headline.text or trend.label or "(no title)",
        link=f"{site}/trends/{quote(trend.topic, safe='')}",
        updated=trend.last_seen,
        published=trend.first_seen,
        says=[*(sentence.text for sentence in trend.summary), told],
        by=trend.sources[:SHOWN],
        tags=[trend.category] if trend.category else [],
    )


def of_items(items: Iterable[Item], site: str) -> list[Entry]:
    return [_of_item(item, site) for item in items]


def _of_item(item: Item, site: str) -> Entry:
    return Entry(
        id=permanent("item", item.id),
        title=item.title or "(no title)",
        link=address(item.url) or f"{site}/api/v1/items/{quote(item.id, safe='')}/fate",
        updated=item.seen_at,
        published=max(item.happened_at, BEGINNING),
        says=[item.body] if item.body else [],
        by=[item.author or item.source],
        tags=[item.source],
        lang="" if item.lang == UNDETERMINED else item.lang,
    )


def of_health(health: Sequence[Health], visits: Sequence[Visit], site: str) -> list[Entry]:
    """One entry for each time a source began to fail or answered again, newest first. A source that fails since
    before the visits that are known has one as well."""
    entries: list[Entry] = []
    failing: dict[str, bool] = {}
    for visit in visits:
        fails = bool(visit.error)
        if failing.get(visit.source, fails) != fails:
            entries.append(_turn(visit.source, visit.at, visit.error, site))
        failing[visit.source] = fails
    turned = {entry.tags[0] for entry in entries}
    entries += [
        _turn(one.source, one.last_success or BEGINNING, one.error, site)
        for one in health
        if one.failures and one.source not in turned
    ]
    return sorted(entries, key=lambda entry: (entry.updated, entry.id), reverse=True)


def _turn(source: str, at: datetime, error: str, site: str) -> Entry:
    what = "fails" if error else "answers again"
    return Entry(
        id=permanent("turn", f"{source} {what} {at:%Y-%m-%dT%H:%M:%S.%f}"),
        title=f"{source} {what}",
        link=f"{site}/api/v1/sources",
        updated=at,
        published=at,
        says=[error] if error else [],
        tags=[source],
    )
