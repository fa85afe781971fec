"""Examples of sources and of what is asked about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from trend_agent.api.rest.answers import SourcePage, TakenFeeds
from trend_agent.api.rest.examples.world import AT, ITEM, as_json
from trend_agent.sources.choosing import Tried
from trend_agent.sources.listing import SourceTold

COAST = SourceTold(
    source="rss:https://coast.example/feed",
    kind="rss",
    label="rss:coast.example",
    host="coast.example",
    enabled=True,
    chosen=True,
    every=900.0,
    state="fine",
    words="",
    last_try=AT,
    last_success=AT,
    last_news=AT - timedelta(minutes=15),
    retry_at=None,
    fetched=210,
    known=1804,
    failures=0,
    error="",
    per_hour=2.5,
    usual_per_hour=2.2,
    quiet=False,
    silence_seconds=900.0,
    settings={"url": "https://coast.example/feed", "language": "en"},
)
_HARBOUR = replace(
    COAST,
    source="rss:https://harbour.example/rss",
    label="rss:harbour.example",
    host="harbour.example",
    state="failing",
    words="failed 3×: no answer within 20 s",
    failures=3,
    error="no answer within 20 s",
    retry_at=AT + timedelta(hours=2),
    settings={"url": "https://harbour.example/rss"},
)
SOURCE = as_json(COAST)
SOURCE_PAGE = as_json(SourcePage([COAST, _HARBOUR], None, AT))
ADDED = as_json(SourcePage([COAST], None, AT))
ADDING = {"address": "https://coast.example/", "settings": {"language": "en"}, "every_feed": False}
CHANGING = {"enabled": False}
TRIED = as_json(Tried(COAST.source, answers=True, fault="", items=[ITEM]))
TAKEN = as_json(TakenFeeds(new=12, known=3, refused=[]))
OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0">
  <head><title>Feeds collected by Trend Agent</title></head>
  <body><outline text="world"><outline type="rss" text="Coast" xmlUrl="https://coast.example/feed"/></outline></body>
</opml>
"""
