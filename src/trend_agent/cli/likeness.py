"""`trend likeness`: pairs of items in, how alike the two are out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.lines import Lines, complain, write
from trend_agent.cli.options import Embedder, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.items import Item

BATCH = 256


def likeness(
    files: Annotated[
        list[Path] | None, typer.Argument(help='JSON Lines of {"a": item, "b": item}; none or - is stdin')
    ] = None,
    *,
    embedder: Embedder = None,
) -> None:
    """Say how alike the two items of each pair are, between 0 and 1, by title and body."""
    from trend_agent.app import chosen_encoder
    from trend_agent.processing.likeness import likenesses

    settings = settings_for()
    if embedder is not None:
        settings = settings.model_copy(update={"embedder": embedder})
    encoder = chosen_encoder(settings)
    lines = Lines(files or [])
    stream = iter(pairs(lines))
    while batch := list(islice(stream, BATCH)):
        for (row, *_), alike in zip(
            batch, asyncio.run(likenesses([two for _, two in batch], encoder)), strict=True
        ):
            known = {"id": row["id"]} if "id" in row else {}
            write({**known, "likeness": round(alike, 6)})
    raise typer.Exit(3 if lines.bad else 0)


def pairs(lines: Lines) -> Iterator[tuple[dict[str, Any], tuple[Item, Item]]]:
    """Each line with its two items; the language is the item's, or else the line's, or else told by its words."""
    for row in lines:
        try:
            yield row, (item(row, "a"), item(row, "b"))
        except Rejected as fault:
            lines.bad += 1
            complain(str(fault))


def item(row: dict[str, Any], name: str) -> Item:
    from datetime import UTC, datetime

    from trend_agent.items import UNDETERMINED, item_of

    said = row.get(name)
    if not isinstance(said, dict):
        raise Rejected(f"a pair needs an item {name!r}, found {type(said).__name__}")
    language = said.get("lang") or row.get("lang")
    if not language or language == UNDETERMINED:
        language = told(said)
    now = datetime.now(UTC)
    return item_of({**said, "id": said.get("id") or name, "lang": language}, clock=now, now=now)


def told(said: dict[str, Any]) -> str:
    from trend_agent.app import detector

    texts = [value for name in ("title", "body") if isinstance(value := said.get(name), str)]
    return detector().detect("\n".join(texts)[:500]).lang
