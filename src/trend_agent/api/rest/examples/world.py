"""The small world that examples tell of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from trend_agent.items import Item, Membership, Receipt, Sentence, Term, Trend


def as_json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))


AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BORN = AT - timedelta(hours=5)
ID = "t5f0c1d2e3a4b5c6d"
OLD = "t0a1b2c3d4e5f6071"
ADDRESS = "https://coast.example/ferry"
ITEM = Item(
    id="coast:ferry-1",
    source="coast",
    title="Night ferry to Halden returns after nine years",
    seen_at=AT - timedelta(minutes=40),
    published_at=AT - timedelta(minutes=44),
    body="The night ferry to Halden sails again from Friday.",
    url=ADDRESS,
    lang="en",
    engagement={"points": 120},
)
RISING = Trend(
    topic=ID,
    at=AT,
    rank=1,
    score=2.75,
    state="rising",
    headline=Sentence(ITEM.title, [ITEM.id]),
    summary=[Sentence(ITEM.body, [ITEM.id])],
    items=4,
    copies=1,
    sources=["coast", "harbour"],
    languages=["en", "nb"],
    first_seen=BORN,
    last_seen=AT - timedelta(minutes=4),
    velocity=1.1,
    confidence=0.97,
    series=[0.0] * 19 + [1.0, 0.0, 0.0, 1.0, 2.0],
    receipt=Receipt(
        [
            Term("surprise", 1.5, {"observed": 3.2, "expected": 0.4, "hours": 4.0}),
            Term("volume", 1.25, {"weighted_items": 2.5}),
        ],
        [ITEM.id],
        "9f2c4e6a8b0d1f35",
    ),
    label="Halden · ferry",
)
MEMBERSHIP = Membership(ITEM.id, ID, ITEM.seen_at)
