"""Examples for the OpenAPI document, made of the very types that are answered with."""

from __future__ import annotations

from datetime import timedelta

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
    TrendPage,
)
from trend_agent.api.rest.examples.world import ADDRESS, AT, BORN, ID, ITEM, MEMBERSHIP, OLD, RISING, as_json
from trend_agent.items import Fate, Lineage, Topic
from trend_agent.processing.missed import Missed
from trend_agent.processing.scorecard import Scorecard
from trend_agent.processing.search import Found
from trend_agent.storage import Balance, Fact, Told

TREND = as_json(RISING)
TREND_PAGE = as_json(TrendPage([RISING], "t1-1772366400000", AT))
ITEM_PAGE = as_json(ItemPage([Fact(17, ITEM, ID, None)], "i17", AT))
FOUND_PAGE = as_json(FoundPage([Found(ITEM, ID, 0.0325)], "hybrid", "", "f20", AT))
LINEAGE_PAGE = as_json(
    LineagePage(Topic(ID, BORN, AT, 4), [Lineage(ID, "born", BORN), Lineage(OLD, "merged", AT, ID)], None, AT)
)
SERIES = as_json(Series(ID, [Bucket(BORN, "coast", "en", 1, 0), Bucket(AT, "harbour", "nb", 2, 1)], None, AT))
_TOLD = Told(Fate(ITEM.id, "kept", ITEM.seen_at), ITEM, ADDRESS, ID, [MEMBERSHIP])
FATE_PAGE = as_json(FatePage([_TOLD], None, AT))
ITEM_TOLD = as_json(_TOLD)
MISSED_PAGE = as_json(
    MissedPage(
        [
            Missed("en", 410, 22, missed=130.0, lower=70.0, upper=260.0, share=0.24, at_least=95.0),
            Missed("nb", 9, 3, reason="9 topics of 3 voices, 1 of them told by several, say too little"),
        ],
        [Quiet("rss:https://coast.example/feed", 54_000.0, 2.5, 0.0001)],
        AT - timedelta(hours=24),
        None,
        AT,
    )
)
LEDGER = as_json(
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
        at=AT,
    )
)
SCORED = as_json(
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
        at=AT,
    )
)
ALIVE = as_json(Alive())
READY = as_json(Readiness(ready=True, parts={"records": "open"}))
NOT_READY = as_json(Readiness(ready=False, parts={"records": "being brought up to date"}))
METRICS = "# HELP trend_items_waiting Items in the log without a fate\ntrend_items_waiting 0.0\n"
PROBLEMS = {
    400: as_json(Problem("Bad Request", 400, "a query has at most 100 parameters")),
    401: as_json(
        Problem("Unauthorized", 401, "this needs a key, as `Authorization: Bearer trend_…`, or a login")
    ),
    403: as_json(Problem("Forbidden", 403, "this needs the scope admin, which 'newsroom screen' has not")),
    404: as_json(Problem("Not Found", 404, "no topic 't0'")),
    409: as_json(Problem("Conflict", 409, "a collection that was asked for is under way already")),
    413: as_json(Problem("Content Too Large", 413, "a list of feeds has at most 1048576 bytes")),
    414: as_json(Problem("URI Too Long", 414, "a path with its query has at most 8192 bytes")),
    415: as_json(Problem("Unsupported Media Type", 415, "bodies are taken as they are, not compressed")),
    422: as_json(
        Problem(
            "Unprocessable Content",
            422,
            "query.limit: input should be greater than or equal to 1",
            errors=[Fault("query.limit", "input should be greater than or equal to 1")],
        )
    ),
    429: as_json(Problem("Too Many Requests", 429, "at most 1200 such requests in 60 s")),
    503: as_json(Problem("Service Unavailable", 503, OURS[503])),
}
