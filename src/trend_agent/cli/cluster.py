"""`trend cluster`: items in stream order → the topic of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import Lines, complain, write
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.items import Correction, Item
    from trend_agent.processing.cluster import Clustered

BATCH = 512
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


def cluster(
    files: Annotated[
        list[Path] | None, typer.Argument(help="items as JSON Lines; none or - reads stdin")
    ] = None,
    *,
    as_arrived: Annotated[
        bool, typer.Option("--as-arrived", help="the topic given on arrival instead of the final one")
    ] = False,
    corrections: Annotated[
        Path | None,
        typer.Option(help="Corrections to obey, as `trend topics export` wrote them.", show_default=False),
    ] = None,
) -> None:
    """Say which topic each item belongs to."""
    from trend_agent.processing.cluster import Clusterer

    lines = Lines(files or [])
    clusterer = Clusterer(corrections=exported(corrections) if corrections else ())
    order: list[str] = []
    topics = Topics(as_arrived=as_arrived)
    for batch in batches(items(lines)):
        order.extend(item.id for item in batch)
        topics.take(clusterer.add(batch))
        if as_arrived:
            topics.print(order)
            order.clear()
    topics.take(clusterer.close())
    topics.print(order)
    raise typer.Exit(3 if lines.bad else 0)


def exported(file: Path) -> list[Correction]:
    """The corrections of an export, numbered by their lines."""
    from trend_agent.items import correction_of

    return [replace(correction_of(row), id=number) for number, row in enumerate(Lines([file]), 1)]


class Topics:
    """The topic of every item so far: its first one, or its latest one after all mergers."""

    def __init__(self, *, as_arrived: bool) -> None:
        self.as_arrived = as_arrived
        self.of: dict[str, str] = {}
        self.heirs: dict[str, str] = {}

    def take(self, made: Clustered) -> None:
        for fact in made.memberships:
            if not (self.as_arrived and fact.item in self.of):
                self.of[fact.item] = fact.topic
        for change in made.lineage:
            if change.change == "merged" and change.other is not None:
                self.heirs[change.topic] = change.other
            elif change.change == "split":
                self.heirs.pop(change.topic, None)

    def print(self, ids: Iterable[str]) -> None:
        for item in ids:
            write({"id": item, "topic": self.of[item] if self.as_arrived else self.latest(self.of[item])})

    def latest(self, topic: str) -> str:
        while topic in self.heirs:
            topic = self.heirs[topic]
        return topic


def batches(stream: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in stream:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def items(lines: Lines) -> Iterator[Item]:
    """The items on the lines. One without a date comes at the time of the stream so far."""
    from trend_agent.items import item_of

    clock, now = BEGINNING, datetime.now(UTC)
    for row in lines:
        try:
            item = item_of(row, clock=clock, now=now)
        except Rejected as fault:
            lines.bad += 1
            complain(str(fault))
            continue
        clock = max(clock, item.seen_at)
        yield item
