"""Everything that pages show beside trends, named and worded by whoever means ill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from newsroom import NOON, Newsroom

from trend_agent.api.access.gate import Doors
from trend_agent.api.access.knowing import Known
from trend_agent.api.access.serving import Access
from trend_agent.api.executions import Execution, ExecutionStep, Parameter, Template
from trend_agent.errors import Missing
from trend_agent.items import Call
from trend_agent.storage import Health
from trend_agent.storage.access import Deed
from trend_agent.storage.ports.watches import Alert, Watch
from trend_agent.storage.sql.access import SqlAccess
from trend_agent.storage.sql.watches import SqlWatches

WATCHES_OF_ONE = 100
"""As many as one key may have."""


class OddWorkflows:
    """Nothing runs; what is told of it is hostile: a run for each text, and one that has each text as a step."""

    def __init__(self, texts: Sequence[str]) -> None:
        runs = [
            Execution(
                f"run {n} {text[:40]}",
                text,
                "failed",
                0.5,
                NOON - timedelta(minutes=n),
                error=text,
                executor=text[:60],
                schedule=text[:60],
            )
            for n, text in enumerate(texts)
        ]
        steps = [
            ExecutionStep(
                n,
                text,
                text[:60],
                1,
                "failed" if n % 20 else "approval",
                0.5,
                result={text[:60]: text},
                error=text * (n % 2),
                question=text[:1000],
            )
            for n, text in enumerate(texts)
        ]
        self.runs = [replace(runs[0], id="all", steps=steps), *runs]
        self.texts = texts

    def templates(self) -> Sequence[Template]:
        return [
            Template(text[:200], text, [Parameter(text[:100], text, {})], [text[:200]]) for text in self.texts
        ]

    async def page(self, **_: Any) -> tuple[Sequence[Execution], None]:
        return self.runs, None

    async def get(self, execution: str) -> Execution:
        for run in self.runs:
            if run.id == execution:
                return run
        raise Missing(f"no execution {execution!r}")

    async def changes(self) -> AsyncIterator[Execution]:
        for run in self.runs[:0]:
            yield run


async def furnish(desk: Newsroom, texts: Sequence[str], known: Known) -> list[str]:
    """Sources, calls, keys, watches, alerts and deeds of these texts; the keys under which the watches are seen."""
    records = desk.records
    for n, text in enumerate(texts):
        await records.tried(Health(f"{n}:{text[:150]}", last_try=NOON, failures=1 + n % 5, error=text))
    await records.register(
        [
            Call(text[:300], NOON - timedelta(minutes=n), 1, 0.5, 3, ["odd:1"], text[:60])
            for n, text in enumerate(texts)
        ]
    )
    for n, text in enumerate(texts):
        await known.make(text[:100], "read")
        await known.store.done(
            Deed(0, NOON, f"k{n}", text[:200], text, 200, text[:60], text[:60], {text[:60]: text})
        )
    return [
        await _watched(desk, known, texts[start : start + WATCHES_OF_ONE])
        for start in range(0, len(texts), WATCHES_OF_ONE)
    ]


async def _watched(desk: Newsroom, known: Known, texts: Sequence[str]) -> str:
    """A key with a watch and an alert of each text."""
    watches = SqlWatches(desk.records.database)
    key, written = await known.make(f"reader of {texts[0][:60]}", "admin")
    for n, text in enumerate(texts):
        wanted = {"text": text[:200], "sources": [text[:200]], "languages": [text[:200]]}
        watch = Watch(f"w-{key.id}-{n}", key.id, f"{n} {text[:90]}", wanted, NOON, NOON)
        await watches.add(watch, [])
        await watches.tell(watch, [_alert(watch, text, NOON)], [])
    return written


def _alert(watch: Watch, text: str, at: datetime) -> Alert:
    return Alert(
        f"a-{watch.id}", watch.id, watch.owner, text[:200], "entered", at, "new", text, 1, 1.0, told_at=at
    )


def access_to(desk: Newsroom) -> Access:
    """Everybody may read; keys open the rest."""
    return Access(Doors(Known(SqlAccess(desk.records.database)), anonymous=True))
