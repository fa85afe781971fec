"""`trend categorise`: items → the same items with their category."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trend_agent.items import Item

BATCH = 512


def categorise(
    files: Annotated[
        list[Path] | None, typer.Argument(help="items as JSON Lines; none or - reads stdin")
    ] = None,
) -> None:
    """Say of which category each item is.

    Each line comes out as it went in, with `category`: society, economy, technology, science, health, sports,
    entertainment, or other where too little speaks for any of them.
    """
    from trend_agent.cli.dedupe import rows_and_items
    from trend_agent.cli.lines import Lines, write
    from trend_agent.processing.categorise import category_of

    lines = Lines(files or [])
    stream = rows_and_items(lines)
    while batch := list(islice(stream, BATCH)):
        languages = _languages([item for _, item in batch])
        for (row, item), lang in zip(batch, languages, strict=True):
            write({**row, "category": category_of(item.title, lang, item.url, item.body)})
    raise typer.Exit(3 if lines.bad else 0)


def _languages(items: Sequence[Item]) -> list[str]:
    """What the items say of their language, and what their text shows where they say nothing."""
    from trend_agent.items import UNDETERMINED

    unknown = [item.text for item in items if item.lang == UNDETERMINED]
    if not unknown:
        return [item.lang for item in items]
    from trend_agent.text.language import LanguageDetector

    found = iter(LanguageDetector().detect_all(unknown))
    return [next(found).lang if item.lang == UNDETERMINED else item.lang for item in items]
