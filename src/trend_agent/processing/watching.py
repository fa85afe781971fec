"""Watches look at every list that is published, and tell each change once.

What stood in a watch is written down with its alerts in one transaction, and an alert's id is made of what it tells:
whoever dies in between looks again and tells the same. A topic that was merged brings its standing with it, so that
nobody is told of an old story under a new id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from trend_agent.items import Trend, digest, stamp
from trend_agent.processing.filtering import Filter
from trend_agent.processing.timeline import REARM
from trend_agent.storage import Records
from trend_agent.storage.ports.watches import Alert, Kind, Standing, Watch, Watches


class Watching:
    """What owners do with their watches, and what the watches do with a list."""

    def __init__(self, watches: Watches, records: Records) -> None:
        self.watches = watches
        self.records = records

    async def add(
        self,
        owner: str,
        name: str,
        wanted: Filter,
        *,
        channels: Mapping[str, Any] | None = None,
        enabled: bool = True,
    ) -> Watch:
        """A new watch. What stands in it already is no news. `Conflict` as the port has it."""
        now = _now()
        watch = Watch(
            f"w{uuid4().hex[:16]}", owner, name, parts(wanted), now, now, enabled, dict(channels or {})
        )
        await self.watches.add(watch, await self._standing(wanted))
        return watch

    async def change(
        self,
        owner: str,
        key: str,
        *,
        name: str | None = None,
        wanted: Filter | None = None,
        channels: Mapping[str, Any] | None = None,
        enabled: bool | None = None,
    ) -> Watch:
        """Change some of a watch. Under another filter, or looking again, what stands in it already is no news."""
        old = await self.watches.watch(owner, key)
        new = replace(
            old,
            name=old.name if name is None else name,
            filter=old.filter if wanted is None else parts(wanted),
            channels=old.channels if channels is None else dict(channels),
            enabled=old.enabled if enabled is None else enabled,
            changed_at=max(_now(), old.changed_at + timedelta(milliseconds=1)),
        )
        anew = new.filter != old.filter or (new.enabled and not old.enabled)
        await self.watches.change(new, await self._standing(Filter(**new.filter)) if anew else None)
        return new

    async def look(self, listed: Sequence[Trend]) -> list[Alert]:
        """Look at a list that was just published; the alerts that are new."""
        told = []
        for watch, standing in await self.watches.enabled():
            inside = Filter(**watch.filter).chosen(listed)
            known = {trend.topic: await self._known(trend.topic, standing) for trend in inside}
            alerts = [alert for trend in inside for alert in changes(watch, trend, known[trend.topic])]
            now = [stands(trend, known[trend.topic]) for trend in inside]
            if inside:
                told += await self.watches.tell(watch, alerts, now)
        return told

    async def _known(self, topic: str, standing: Mapping[str, Standing]) -> Standing | None:
        """How a topic stood in a watch, by itself or as one that it took in since."""
        if topic in standing or not standing:
            return standing.get(topic)
        return _latest(standing, await self.records.names(topic))

    async def _standing(self, wanted: Filter) -> list[Standing]:
        return [stands(trend) for trend in wanted.chosen(await self.records.trends(limit=1000))]


def parts(wanted: Filter) -> dict[str, Any]:
    """A filter as it is kept: what lets everything through is left out."""
    default = asdict(Filter())
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(wanted).items()
        if value != default[name] and value != []
    }


def stands(trend: Trend, known: Standing | None = None) -> Standing:
    """How a trend stands now. An alarm that went by is remembered: late items move it a little."""
    return Standing(trend.topic, trend.state, trend.at, trend.alarm or (known.alarm if known else None))


def changes(watch: Watch, trend: Trend, known: Standing | None) -> Iterator[Alert]:
    """What is to be told of a trend in a watch, beside how it stood before."""
    if known is None:
        yield _alert(watch, trend, "entered", "")
        return
    if trend.alarm and (known.alarm is None or trend.alarm - known.alarm >= REARM):
        yield _alert(watch, trend, "alarm", stamp(trend.alarm))
    if trend.state != known.state:
        yield replace(_alert(watch, trend, "state", trend.state), before=known.state)


def _alert(watch: Watch, trend: Trend, kind: Kind, mark: str) -> Alert:
    return Alert(
        id=f"a{digest(watch.id, trend.topic, kind, mark)}",
        watch=watch.id,
        owner=watch.owner,
        topic=trend.topic,
        kind=kind,
        at=trend.at,
        state=trend.state,
        headline=trend.headline.text,
        rank=trend.rank,
        score=trend.score,
        told_at=_now(),
        alarm=trend.alarm,
    )


def _latest(standing: Mapping[str, Standing], names: Collection[str]) -> Standing | None:
    found = [standing[name] for name in names if name in standing]
    return max(found, key=lambda one: one.at, default=None)


def _now() -> datetime:
    """The wall clock as the records keep it: in whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
