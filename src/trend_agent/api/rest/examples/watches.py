"""Examples of watches and alerts."""

from __future__ import annotations

from datetime import timedelta

from trend_agent.api.rest.answers import AlertPage, AlertTold, Marked, WatchPage, WatchTold
from trend_agent.api.rest.examples.world import AT, ID, ITEM, as_json
from trend_agent.processing.filtering import Filter

_WATCH = WatchTold(
    "w1f2e3d4c5b6a7980",
    "ferries of the north",
    Filter(languages=["nb", "en"], states=["new", "rising"], text="ferry", surprise=2.0),
    {},
    enabled=True,
    created_at=AT - timedelta(days=2),
    changed_at=AT - timedelta(days=2),
)
_ALERT = AlertTold(
    id="a0c1d2e3f4051627",
    watch=_WATCH.id,
    topic=ID,
    kind="entered",
    at=AT,
    told_at=AT + timedelta(seconds=2),
    headline=ITEM.title,
    state="rising",
    before=None,
    rank=1,
    score=2.75,
    alarm=None,
    read_at=None,
)
WATCH = as_json(_WATCH)
WATCH_PAGE = as_json(WatchPage([_WATCH], None, AT))
ALERT = as_json(_ALERT)
ALERT_PAGE = as_json(AlertPage([_ALERT], "a41", AT))
MARKED = as_json(Marked(3))
MAKING = {
    "name": "ferries of the north",
    "filter": {"languages": ["nb", "en"], "states": ["new", "rising"], "text": "ferry", "surprise": 2},
}
CHANGING = {"enabled": False}
MARKING = {"read": True}
READING = {"until": _ALERT.id}
