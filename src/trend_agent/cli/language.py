"""`trend language`: lines of text or items → their language, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from trend_agent.cli.lines import STDIN, complain, raw_lines, readable, write

BATCH = 512
BODY = 500
"""Characters of an item's body that are looked at beside its title."""


def language(
    files: Annotated[
        list[Path] | None, typer.Argument(help="a text or an item as JSON per line; none or - reads stdin")
    ] = None,
    *,
    languages: Annotated[
        str | None, typer.Option(metavar="en,de,…", help="the only languages to choose from (ISO 639-1)")
    ] = None,
) -> None:
    """Say in which language and script each line is written.

    There is one answer for every line, in the same order; `und` where nobody can tell.
    """
    from trend_agent.text.language import LanguageDetector

    for file in files or []:
        readable(file)
    chosen = [code.strip().lower() for code in languages.split(",")] if languages else None
    detector = LanguageDetector(chosen)
    questions = Questions(files or [STDIN])
    stream = iter(questions)
    while batch := list(islice(stream, BATCH)):
        texts, priors = zip(*batch, strict=True)
        for found in detector.detect_all(texts, priors=priors):
            write({"lang": found.lang, "script": found.script, "confidence": found.confidence})
    raise typer.Exit(3 if questions.bad else 0)


class Questions:
    """The text and declared language of every line; a line that cannot be read counts as empty, and bad."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files
        self.bad = 0

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        for file in self.files:
            for number, line in raw_lines(file):
                if isinstance(line, str):
                    self.bad += 1
                    complain(f"{file}:{number}: {line}")
                    yield "", None
                else:
                    yield question(line)


def question(line: bytes) -> tuple[str, str | None]:
    """An item's title and the beginning of its body, or the line itself where it is no JSON object."""
    import orjson

    text = line.decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return text, None
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return text, None
    title, body, lang = (
        value if isinstance(value := row.get(name), str) else "" for name in ("title", "body", "lang")
    )
    return f"{title}\n{body[:BODY]}", lang or None
