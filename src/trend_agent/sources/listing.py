"""The sources with how each of them does, as they are told to people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from trend_agent.sources.collector import NEVER
from trend_agent.sources.form import shown
from trend_agent.sources.moves import Move, taken_up
from trend_agent.sources.rhythm import LOOK_BACK, Rhythm, rhythms
from trend_agent.sources.roster import Listed
from trend_agent.storage import Health, Records

State = Literal["fine", "quiet", "failing", "gone", "not visited", "disabled", "misconfigured", "removed"]


@dataclass(frozen=True, slots=True)
class SourceTold:
    """A source, what is set of it, and how it does; secrets are not among the settings.

    `source` is the key it is kept under, `label` what its items carry as their source, `host` whom it asks. `state`
    is how it is in one word, `words` what is wrong with it. `every` is in seconds. `fetched` counts its new items,
    `known` those it delivered again; `per_hour` are its new items in the last day, `usual_per_hour` in all that is
    known.
    """

    source: str
    kind: str
    label: str
    host: str
    enabled: bool
    chosen: bool
    every: float | None
    state: State
    words: str
    last_try: datetime | None
    last_success: datetime | None
    last_news: datetime | None
    retry_at: datetime | None
    fetched: int
    known: int
    failures: int
    error: str
    per_hour: float | None
    usual_per_hour: float | None
    quiet: bool
    silence_seconds: float
    settings: Mapping[str, Any] = field(default_factory=dict)


async def told(roster: Sequence[Listed] | None, records: Records) -> list[SourceTold]:
    """The sources of a roster and those that were collected once, by their keys. Without a roster nobody can tell
    which of them were removed."""
    now = datetime.now(UTC)
    health = {one.source: one for one in await records.health()}
    cursors = await records.cursors()
    beats = rhythms(await records.visits(now - LOOK_BACK), now)
    known = {one.key: one for one in roster or ()}
    others = [Listed(key, key.partition(":")[0], None) for key in health.keys() - known.keys()]
    return [
        one_told(
            one,
            health.get(one.key),
            beats.get(one.key, Rhythm()),
            taken_up(cursors[one.key].value) if one.key in cursors else None,
            removed=roster is not None and one.key not in known,
        )
        for one in sorted([*known.values(), *others], key=lambda one: one.key)
    ]


def one_told(
    listed: Listed, health: Health | None, rhythm: Rhythm, move: Move | None, *, removed: bool = False
) -> SourceTold:
    state: State = "removed" if removed else state_of(listed, health, rhythm)
    done = health or Health(listed.key)
    return SourceTold(
        source=listed.key,
        kind=listed.kind,
        label=listed.source.label if listed.source else listed.key,
        host=listed.source.host if listed.source else "",
        enabled=listed.enabled and not removed,
        chosen=listed.chosen,
        every=listed.source.interval if listed.source else None,
        state=state,
        words=words_of(listed, health, rhythm, move),
        last_try=done.last_try,
        last_success=done.last_success,
        last_news=done.last_news,
        retry_at=done.retry_at,
        fetched=done.fetched,
        known=done.known,
        failures=done.failures,
        error=done.error,
        per_hour=rhythm.per_hour,
        usual_per_hour=rhythm.usual,
        quiet=rhythm.quiet,
        silence_seconds=rhythm.silence.total_seconds(),
        settings=shown(listed.source) if listed.source else {},
    )


def state_of(listed: Listed, health: Health | None, rhythm: Rhythm) -> State:
    """How a source is, in one word."""
    if listed.fault:
        return "misconfigured"
    if not listed.enabled:
        return "disabled"
    if health is None:
        return "not visited"
    if health.failures:
        return "gone" if health.retry_at == NEVER else "failing"
    return "quiet" if rhythm.quiet else "fine"


def words_of(listed: Listed, health: Health | None, rhythm: Rhythm, move: Move | None = None) -> str:
    """What there is to say of a source; empty where all is as it was."""
    state = state_of(listed, health, rhythm)
    if listed.fault:
        return listed.fault
    if state == "gone" and health:
        return f"paused: {health.error}; it is asked again when it is enabled"
    if health and health.failures and listed.enabled:
        return f"failed {health.failures}×: {health.error}"
    if state == "quiet":
        hours = rhythm.silence.total_seconds() / 3600
        return f"nothing new for {hours:,.0f} h, where it usually brings {rate(rhythm.usual)} an hour"
    return f"moved for good to {move.to} ({move.at:%Y-%m-%d})" if move else ""


def rate(per_hour: float | None) -> str:
    if per_hour is None:
        return ""
    return f"{per_hour:,.0f}" if per_hour >= 10 else f"{per_hour:.1f}"
