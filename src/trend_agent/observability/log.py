"""Structured logs on stderr: JSON lines for machines, colour and the time of day alone for a terminal.

An event is a lower-case name and fields. Values come from strangers, so control characters are escaped and
long texts cut: one event is one line, whatever a title contains.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from time import monotonic
from typing import Any, Literal, cast

import structlog

LONGEST = 2_000
ALIKE, WHILE = 5, 30.0
"""Of events of one name a person is shown so many in so many seconds: forty sources without a network would push all
else off the screen."""

Level = Literal["debug", "info", "warning", "error"]


def configure(level: Level = "info", *, form: Literal["auto", "json", "text"] = "auto") -> None:
    """Say where logs go, once, at the front door."""
    human = form == "text" or (form == "auto" and sys.stderr.isatty())
    render: Any = (
        structlog.dev.ConsoleRenderer(pad_event_to=0, pad_level=False)
        if human
        else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%SZ" if human else "iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    shared.append(Few() if human else structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, tame, render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )


def logger(room: str) -> structlog.stdlib.BoundLogger:
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(room=room))


class Few:
    """Lets the first few events of one name pass, then says once that more are not shown. Errors all pass."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self.now = now
        self._seen: dict[str, tuple[float, int]] = {}

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        name, now = str(event["event"]), self.now()
        if event["level"] in {"error", "critical"}:
            return event
        began, count = self._seen.get(name, (now, 0))
        if now - began >= WHILE:
            began, count = now, 0
        self._seen[name] = began, count + 1
        if count < ALIKE:
            return event
        if count > ALIKE:
            raise structlog.DropEvent
        kept = {key: event[key] for key in ("event", "level", "timestamp", "room") if key in event}
        return kept | {"more": f"not shown for {WHILE:.0f} s; TREND_LOG_FORM=json shows all"}


def tame(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Make every text of an event safe to print on one line."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = _safe(value)
    return event


def _safe(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text)} characters)"
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
