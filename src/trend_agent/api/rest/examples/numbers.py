"""Examples of numbers."""

from __future__ import annotations

from datetime import timedelta

from trend_agent.api.rest.answers import CategoryPage
from trend_agent.api.rest.examples.world import AT, ID, as_json
from trend_agent.processing.statistics import CategoryShare, Share, Statistics

STATISTICS = as_json(
    Statistics(
        fetched=1000,
        waiting=2,
        verdicts={"kept": 700, "duplicate": 260, "filtered": 30, "quarantined": 8},
        topics=412,
        live_topics=96,
        trends=50,
        states={"rising": 12, "new": 9, "steady": 20, "fading": 9},
        alarms=3,
        days=[Share("2026-02-28", 480, 130), Share("2026-03-01", 480, 130)],
        sources=[Share("coast", 520, 80), Share("harbour", 440, 180)],
        languages=[Share("en", 700, 210), Share("nb", 260, 50)],
        since=AT - timedelta(days=7),
        at=AT,
    )
)
CATEGORY_PAGE = as_json(CategoryPage([CategoryShare("society", 18, 0.36, ID)], None, AT))
