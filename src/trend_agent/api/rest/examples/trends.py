"""Examples of what a trend rests on, and of topics and corrections."""

from __future__ import annotations

from datetime import timedelta

from trend_agent.api.rest.answers import (
    CorrectionPage,
    HeadlinePage,
    Near,
    NearPage,
    OneTopic,
    ReceiptOf,
    Said,
)
from trend_agent.api.rest.examples.world import AT, BORN, ID, ITEM, OLD, RISING, as_json
from trend_agent.items import Correction, Topic
from trend_agent.processing.citing import Citation, Cited, Headline, Summary
from trend_agent.processing.rank.export import marked, written
from trend_agent.processing.rank.receipt import worded
from trend_agent.processing.timeline import Alarm, Column, Expected, ExpectedHour, Timeline

TIMELINE = as_json(
    Timeline(
        ID,
        [Column(BORN, "coast", 1, 0), Column(AT - timedelta(hours=1), "harbour", 3, 1)],
        [Alarm(AT - timedelta(minutes=40), 4.2)],
        Expected("others", [ExpectedHour(AT, 2.4, 0.6, 5.1)]),
        "",
        3600,
        AT,
    )
)
RECEIPT = as_json(
    ReceiptOf(
        worded(RISING),
        "",
        "It would stand below “Frost bites the vineyards” if one of its items was missing: coast:ferry-1",
        "/api/v1/receipts?as_of=2026-03-01T12%3A00%3A00Z&limit=1",
        AT,
    )
)
RECEIPTS = written([marked({"kind": "list", "at": "2026-03-01T12:00:00Z"})]).decode()
_CITATION = Citation(ITEM.id, ITEM.source, ITEM.title, ITEM.url, ITEM.lang, ITEM.published_at, ITEM.seen_at)
SUMMARY = as_json(Summary(ID, Cited(ITEM.title, [_CITATION]), [Cited(ITEM.body, [_CITATION])], AT))
NEAR_PAGE = as_json(NearPage([Near(OLD, 0.41, ITEM, 7)], None, AT))
TOPIC = as_json(
    OneTopic(Topic(ID, BORN, AT, 4), names=[OLD], ended=False, headline=ITEM.title, rank=1, at=AT)
)
HEADLINE_PAGE = as_json(
    HeadlinePage([Headline(ITEM.title, [ITEM.id], AT - timedelta(hours=2), AT, 1)], None, AT)
)
_MERGED = Correction(
    kind="merge",
    by="desk",
    at=AT,
    said_at=AT + timedelta(minutes=1),
    topic=ID,
    of=[ID, OLD],
    together=[ITEM.id, "harbour:halden-2"],
    moved=[("harbour:halden-2", OLD, ID)],
    emptied=[OLD],
    places={ITEM.id: ID, "harbour:halden-2": OLD},
    place=1042,
    id=7,
)
SAID = as_json(Said(_MERGED, stands=True))
CORRECTION_PAGE = as_json(CorrectionPage([Said(_MERGED, stands=True)], "c7", AT))
ASKED = (
    {"kind": "merge", "topics": [ID, OLD]},
    {"kind": "split", "topic": ID, "items": [ITEM.id]},
    {"kind": "pin", "item": ITEM.id, "topic": ID},
    {"kind": "unpin", "item": ITEM.id},
    {"kind": "undo", "correction": 7},
)
