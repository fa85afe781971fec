"""Lists of trends: measured, put into words, and handed on. Each follows from the facts up to a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from trend_agent.errors import Rejected
from trend_agent.items import EARLIEST, Trend, digest, stamp, utc
from trend_agent.jobs.tools import Tools
from trend_agent.storage.ports.queue import Message

BUCKET = "lists"
"""Where delivered lists lie, and the queue on which each is announced."""

LONGEST = 1000
"""Places of the longest list there is."""

_trend = TypeAdapter(Trend)


async def refresh_trends(tools: Tools, *, at: str | None = None, limit: int = 100) -> dict[str, Any]:
    """The list of a moment of stream time (ISO 8601), of now where none is given. It is published by the owner of
    the records: `trends_of` reads what this gives."""
    pipeline = await tools.pipeline()
    trends = await pipeline.trends(at=_moment(at), limit=_fit(limit))
    return {
        "at": stamp(trends[0].at) if trends else None,
        "trends": [_trend.dump_python(trend, mode="json") for trend in trends],
    }


def trends_of(found: dict[str, Any]) -> list[Trend]:
    return [_trend.validate_python(row) for row in found["trends"]]


async def summarise(tools: Tools, *, topics: list[str], at: str | None = None) -> dict[str, Any]:
    """Topics on the list of a moment in their items' words, by id: headline, label and sentences, each with the ids
    of the items that say it. A topic that is not on it is left out."""
    pipeline = await tools.pipeline()
    wanted = set(topics)
    standings = [s for s in await pipeline.standings(at=_moment(at), limit=LONGEST) if s.topic in wanted]
    return {
        trend.topic: {
            "headline": {"text": trend.headline.text, "items": list(trend.headline.items)},
            "label": trend.label,
            "summary": [{"text": s.text, "items": list(s.items)} for s in trend.summary],
        }
        for trend in pipeline.summariser(standings)
    }


async def deliver(tools: Tools, *, at: str | None = None, limit: int = 100) -> dict[str, Any]:
    """Put the list of a moment, with all it takes to verify it, among the objects, and announce it on the queue.

    The object's name and the message's key follow from its bytes: delivered twice it is the same object, and a
    message of the same key and bytes.
    """
    pipeline, outlets = await tools.pipeline(), await tools.outlets()
    rows = await pipeline.export(at=_moment(at), limit=_fit(limit))
    if not rows:
        return {"delivered": None}
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    key = f"{digest(data.decode(), size=16)}.jsonl"
    await outlets.objects.make_bucket(BUCKET)
    await outlets.objects.put(BUCKET, key, data, kind="application/x-ndjson")
    body = orjson.dumps(
        {"bucket": BUCKET, "key": key, "at": at, "lines": len(rows)}, option=orjson.OPT_SORT_KEYS
    )
    await outlets.queue.publish(BUCKET, Message(body, key=f"list-{digest(body.decode(), size=16)}"))
    return {"delivered": key, "lines": len(rows)}


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = utc(datetime.fromisoformat(text))
    except (TypeError, ValueError, OverflowError):
        raise Rejected(f"'at' should be a moment like 2026-03-01T12:00, found {text!r}") from None
    if not EARLIEST <= found <= datetime.max.replace(tzinfo=UTC):
        raise Rejected(f"'at' should be a moment after {EARLIEST:%Y-%m-%d}, found {text!r}")
    return found


def _fit(limit: int) -> int:
    if not isinstance(limit, int) or not 1 <= limit <= LONGEST:
        raise Rejected(f"'limit' should be a number from 1 to {LONGEST}, found {limit!r}")
    return limit
