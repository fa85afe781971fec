"""Examples for the OpenAPI document, made of the very types that are answered with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from trend_agent.api.errors import OURS, Fault, Problem
from trend_agent.api.rest.answers import (
    Alive,
    Bucket,
    FatePage,
    FoundPage,
    ItemPage,
    Ledger,
    LineagePage,
    MissedPage,
    Quiet,
    Readiness,
    Scored,
    Series,
    SourcePage,
    TrendPage,
)
from trend_agent.items import Fate, Item, Lineage, Membership, Receipt, Sentence, Term, Topic, Trend
from trend_agent.processing.missed import Missed
from trend_agent.processing.scorecard import Scorecard
from trend_agent.processing.search import Found
from trend_agent.storage import Balance, Fact, Health, Told


def _json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))


_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_BORN = _AT - timedelta(hours=5)
_ID = "t5f0c1d2e3a4b5c6d"
_OLD = "t0a1b2c3d4e5f6071"
_ADDRESS = "https://coast.example/ferry"
_ITEM = Item(
    id="coast:ferry-1",
    source="coast",
    title="Night ferry to Halden returns after nine years",
    seen_at=_AT - timedelta(minutes=40),
    published_at=_AT - timedelta(minutes=44),
    body="The night ferry to Halden sails again from Friday.",
    url=_ADDRESS,
    lang="en",
    engagement={"points": 120},
)
_TREND = Trend(
    topic=_ID,
    at=_AT,
    rank=1,
    score=2.75,
    state="rising",
    headline=Sentence(_ITEM.title, [_ITEM.id]),
    summary=[Sentence(_ITEM.body, [_ITEM.id])],
    items=4,
    copies=1,
    sources=["coast", "harbour"],
    languages=["en", "nb"],
    first_seen=_BORN,
    last_seen=_AT - timedelta(minutes=4),
    velocity=1.1,
    confidence=0.97,
    series=[0.0] * 19 + [1.0, 0.0, 0.0, 1.0, 2.0],
    receipt=Receipt(
        [
            Term("surprise", 1.5, {"observed": 3.2, "expected": 0.4, "hours": 4.0}),
            Term("volume", 1.25, {"weighted_items": 2.5}),
        ],
        [_ITEM.id],
        "9f2c4e6a8b0d1f35",
    ),
    label="Halden · ferry",
)
_MEMBERSHIP = Membership(_ITEM.id, _ID, _ITEM.seen_at)

TREND = _json(_TREND)
TREND_PAGE = _json(TrendPage([_TREND], "WyJ0cmVuZHMiLDEsIjIwMjYtMDMtMDFUMTI6MDA6MDBaIl0", _AT))
ITEM_PAGE = _json(ItemPage([Fact(17, _ITEM, _ID, None)], "WyJpdGVtcyIsMTdd", _AT))
FOUND_PAGE = _json(FoundPage([Found(_ITEM, _ID, 0.0325)], "hybrid", "", "WyJmb3VuZCIsMjBd", _AT))
LINEAGE_PAGE = _json(
    LineagePage(
        Topic(_ID, _BORN, _AT, 4), [Lineage(_ID, "born", _BORN), Lineage(_OLD, "merged", _AT, _ID)], None, _AT
    )
)
SERIES = _json(
    Series(_ID, [Bucket(_BORN, "coast", "en", 1, 0), Bucket(_AT, "harbour", "nb", 2, 1)], None, _AT)
)
FATE_PAGE = _json(
    FatePage([Told(Fate(_ITEM.id, "kept", _ITEM.seen_at), _ITEM, _ADDRESS, _ID, [_MEMBERSHIP])], None, _AT)
)
SOURCE_PAGE = _json(
    SourcePage(
        [
            Health("coast", last_try=_AT, last_success=_AT, fetched=210, known=1804),
            Health("harbour", last_try=_AT, failures=3, error="no answer within 20 s", retry_at=_AT),
        ],
        None,
        _AT,
    )
)
MISSED_PAGE = _json(
    MissedPage(
        [
            Missed("en", 410, 22, missed=130.0, lower=70.0, upper=260.0, share=0.24, at_least=95.0),
            Missed("nb", 9, 3, reason="9 topics of 3 voices, 1 of them told by several, say too little"),
        ],
        [Quiet("rss:https://coast.example/feed", 54_000.0, 2.5, 0.0001)],
        _AT - timedelta(hours=24),
        None,
        _AT,
    )
)
LEDGER = _json(
    Ledger(
        Balance(
            fetched=1000,
            waiting=2,
            verdicts={"kept": 700, "duplicate": 260, "filtered": 30, "quarantined": 8},
            reasons={
                "duplicate: same text": 260,
                "filtered: language not wanted": 30,
                "quarantined: no title": 8,
            },
        ),
        holds=True,
        at=_AT,
    )
)
SCORED = _json(
    Scored(
        Scorecard(
            calls=214,
            resolved=198,
            held=0.62,
            precision={"1": 0.81, "3": 0.74, "5": 0.7, "10": 0.64},
            moments=71,
            brier=0.209,
            brier_of_base_rate=0.236,
            lead_hours=1.4,
            led=88,
        ),
        at=_AT,
    )
)
ALIVE = _json(Alive())
READY = _json(Readiness(ready=True, parts={"records": "open"}))
NOT_READY = _json(Readiness(ready=False, parts={"records": "being brought up to date"}))
METRICS = "# HELP trend_items_waiting Items in the log without a fate\ntrend_items_waiting 0.0\n"
PROBLEMS = {
    401: _json(
        Problem("Unauthorized", 401, "this needs a key, as `Authorization: Bearer trend_…`, or a login")
    ),
    403: _json(Problem("Forbidden", 403, "this needs the scope admin, which 'newsroom screen' has not")),
    404: _json(Problem("Not Found", 404, "no topic 't0'")),
    409: _json(Problem("Conflict", 409, "the key '4fKq0ZtR2w' is revoked; make another one")),
    422: _json(
        Problem(
            "Unprocessable Content",
            422,
            "query.limit: input should be greater than or equal to 1",
            errors=[Fault("query.limit", "input should be greater than or equal to 1")],
        )
    ),
    429: _json(Problem("Too Many Requests", 429, "at most 1200 such requests in 60 s")),
    503: _json(Problem("Service Unavailable", 503, OURS[503])),
}
