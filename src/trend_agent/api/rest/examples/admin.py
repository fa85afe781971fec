"""Examples of administration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from trend_agent.api.rest.answers import OrderTold, PluginPage, RunPage
from trend_agent.api.rest.examples.world import AT, as_json
from trend_agent.observability.standing import Doing, Spent
from trend_agent.sources.choosing import Plugin
from trend_agent.sources.form import FormField
from trend_agent.storage import Run

_PLUGIN = Plugin(
    name="hackernews",
    about="Stories from Hacker News, by its public Firebase API.",
    package="trend_agent",
    enabled=True,
    sources=1,
    settings=[
        FormField("feed", "which list", "string", "top", required=False, secret=False, options=("top", "new"))
    ],
)
_RUN = Run(
    7,
    "collect",
    AT,
    AT + timedelta(seconds=4),
    "",
    {
        "by": "operator",
        "number": 1,
        "sources": ["hackernews"],
        "new": 12,
        "known": 88,
        "failed": {},
        "failures": 0,
    },
)
PLUGIN = as_json(_PLUGIN)
PLUGIN_PAGE = as_json(PluginPage([_PLUGIN], None, AT))
RUN = as_json(_RUN)
RUN_PAGE = as_json(RunPage([_RUN], "r7", AT))
COLLECTING = {"sources": ["hackernews"]}
DOING = as_json(
    Doing(
        up_seconds=3600.0,
        cpu_seconds=240.5,
        memory=412.3,
        peak=455.0,
        items_new=5200.0,
        items_known=48000.0,
        items_settled={"kept": 3900.0, "duplicate": 1300.0},
        collections={"fine": 410.0, "failed": 6.0},
        trends=100.0,
        alerts=3.0,
        cache_hit_ratio=0.97,
        cache_reads={"hit": 970.0, "miss": 30.0},
        points_waiting=0.0,
        stages=[Spent("dedupe", 96, 0.21, 0.3, 1.0, 1.0)],
        requests=[Spent("GET /api/v1/trends", 1200, 0.002, 0.0025, 0.005, 0.01)],
    )
)

_ORDER = OrderTold(
    "9f0c6a1d2b3e4f5061728394a5b6c7d8",
    "collect",
    "operator",
    "waiting",
    AT,
    AT + timedelta(minutes=10),
    None,
    None,
    "",
)
WAITING = as_json(_ORDER)
ORDER = as_json(replace(_ORDER, state="done", ended_at=AT + timedelta(seconds=9), answer=7))
