"""`trend outlook`: snapshots of a list in, how likely each newcomer will reach its top out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from trend_agent.cli.lines import Lines
    from trend_agent.processing.outlook import Snapshot, Title


def outlook(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help='JSON Lines of {"t", "items": [id or [id, points, comments] …]}, best place first'
        ),
    ] = None,
    *,
    items: Annotated[
        list[Path] | None, typer.Option(help="the items' titles, as JSON Lines of items")
    ] = None,
    goal: Annotated[
        Literal["place", "points"],
        typer.Option(help="reach the first places, or be among the most points of its UTC day"),
    ] = "place",
    top: Annotated[int, typer.Option(min=1, help="how many places or items are the top")] = 10,
    pinned: Annotated[int, typer.Option(min=0, help="lines at the head of a list that are no places")] = 0,
    hours: Annotated[
        float, typer.Option(min=0, help="how long after first sight an item is asked about")
    ] = 1.5,
    settled: Annotated[float, typer.Option(min=1, help="hours after which an outcome is known")] = 24.0,
    model: Annotated[Path | None, typer.Option(help="write what was learned to this file, as JSON")] = None,
) -> None:
    """Say of each newcomer to a list how likely it will reach the top.

    Each line of output is `{"id", "at", "score", "probability"}` and rests on what was seen until `at` only. The
    score is the item's momentum and needs no learning; the probability is learned from earlier items whose
    outcome was known by then, and null until there are enough of them.
    """
    import orjson

    from trend_agent.cli.lines import Lines, write
    from trend_agent.processing.outlook import Outlook, OutlookSettings

    lines = Lines(files or [])
    described = Lines(items) if items else None
    titles, names = _titles(described)
    ask = Outlook(OutlookSettings(goal, top, pinned, hours, settled), titles=titles)
    for at, snapshot in _snapshots(lines):
        for found in ask(snapshot):
            told = None if found.probability is None else round(found.probability, 6)
            row = {"id": names.get(found.id, found.id), "at": at, "score": round(found.score, 6)}
            write({**row, "probability": told})
    if model:
        model.write_bytes(orjson.dumps(ask.models(), option=orjson.OPT_INDENT_2))
    raise typer.Exit(3 if lines.bad or (described and described.bad) else 0)


def _titles(lines: Lines | None) -> tuple[dict[str, Title], dict[str, str]]:
    """Titles and whole ids by the ids that snapshots use: an item's own, or what follows its last colon."""
    from trend_agent.processing.outlook.lists import title_of

    titles: dict[str, Title] = {}
    names: dict[str, str] = {}
    for row in lines or ():
        known = title_of(row)
        whole = str(row.get("id", ""))
        for key in {whole, whole.rsplit(":", 1)[-1]}:
            titles[key], names[key] = known, whole
    return titles, names


def _snapshots(lines: Lines) -> Iterator[tuple[str, Snapshot]]:
    """The snapshots with the moment as it was written; one that is older than the last is refused."""
    from trend_agent.cli.lines import complain
    from trend_agent.errors import Rejected
    from trend_agent.processing.outlook.lists import snapshot_of

    last = float("-inf")
    for row in lines:
        try:
            snapshot = snapshot_of(row)
        except Rejected as fault:
            lines.bad += 1
            complain(str(fault))
            continue
        if snapshot.at < last:
            lines.bad += 1
            complain(f"the snapshot of {row['t']!r} is older than the one before it")
            continue
        last = snapshot.at
        yield row["t"], snapshot
