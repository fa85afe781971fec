"""`trend dedupe`: items → the same items with what they copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.lines import Lines, complain, write

if TYPE_CHECKING:
    from trend_agent.items import Item

BATCH = 512
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)


def dedupe(
    files: Annotated[
        list[Path] | None, typer.Argument(help="items as JSON Lines; none or - reads stdin")
    ] = None,
    *,
    window: Annotated[float, typer.Option(min=0, help="hours an item is remembered")] = 72.0,
) -> None:
    """Mark the items that copy an earlier one.

    Each line comes out as it went in, with `duplicate_of` (an id, or null), and for a duplicate `copy`: why,
    how similar it is, which numbers or names were altered, and the agency whose report it prints.
    """
    from datetime import timedelta

    from trend_agent.processing.dedupe import Deduper, DedupeSettings

    lines = Lines(files or [])
    deduper = Deduper(DedupeSettings(window=timedelta(hours=window)))
    stream = rows_and_items(lines)
    while batch := list(islice(stream, BATCH)):
        for (row, _), copy in zip(batch, deduper.add([item for _, item in batch]), strict=True):
            row["duplicate_of"] = copy.of if copy else None
            if copy:
                told = {"why": copy.why, "similarity": copy.similarity, "altered": copy.altered}
                row["copy"] = {**told, "wire": copy.wire} if copy.wire else told
            write(row)
    raise typer.Exit(3 if lines.bad else 0)


def rows_and_items(lines: Lines) -> Iterator[tuple[dict[str, Any], Item]]:
    """Each line with the item it describes. One without a date comes at the time of the stream so far."""
    from trend_agent.errors import Rejected
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
        yield row, item
