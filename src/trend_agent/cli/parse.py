"""`trend parse`: feed documents in, one line each out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from trend_agent.cli.lines import write
from trend_agent.errors import Rejected, Unavailable
from trend_agent.items import UNDETERMINED

if TYPE_CHECKING:
    from concurrent.futures import Future

    from trend_agent.sources.feeds import Entry, Feed, Sandbox

INDEX = "index.json"
LEVELS = 6
"""Folders above a file that are looked into for an index."""

AHEAD = 16
"""Documents in hand at once."""


def parse(
    files: Annotated[list[Path], typer.Argument(help="feed documents, or folders of them")],
    base: Annotated[str, typer.Option(help="address links are relative to, where no header says so")] = "",
) -> None:
    """Read feed documents (RSS, RDF, Atom, JSON Feed) and print what is in each, as one JSON line per file.

    Titles and bodies are as the document has them, markup and all. HTTP headers that came with a document
    are taken from an `index.json` beside or above it: a list of {"file", "http_headers"}.
    """
    from trend_agent.sources.feeds import sandbox

    reader, bad = sandbox(), 0
    waiting: deque[tuple[Path, Future[Feed] | str]] = deque()
    for file in walked(files):
        waiting.append((file, submitted(reader, file, base)))
        if len(waiting) > AHEAD:
            bad += told(*waiting.popleft())
    bad += sum(told(*pair) for pair in waiting)
    raise typer.Exit(3 if bad else 0)


def walked(files: Iterable[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            found = (below for below in sorted(file.rglob("*")) if below.is_file() and below.name != INDEX)
            yield from (below for below in found if not below.name.startswith("."))
        else:
            yield file


def submitted(reader: Sandbox, file: Path, base: str) -> Future[Feed] | str:
    """The feed to come; or why the file cannot be read."""
    from trend_agent.sources.feeds import LARGEST, Document

    try:
        if file.stat().st_size > LARGEST:
            return f"the document has over {LARGEST} bytes"
        return reader.submit(Document(contents(file, LARGEST), headers(file), base))
    except OSError as fault:
        return f"the file cannot be read ({fault.strerror})"
    except (Rejected, Unavailable) as fault:
        return str(fault)


def contents(file: Path, most: int) -> bytes:
    """A `.gz` file is unpacked, to `most` bytes."""
    if file.suffix != ".gz":
        return file.read_bytes()
    from trend_agent.egress.answers import unpacked

    return unpacked(file.read_bytes(), "gzip", most)


def headers(file: Path) -> Mapping[str, str]:
    """The HTTP headers an index beside or above the file has for it, with lower-case names."""
    for folder in list(file.absolute().parents)[:LEVELS]:
        if found := index(folder).get(str(file.absolute().relative_to(folder))):
            return found
    return {}


@cache
def index(folder: Path) -> dict[str, dict[str, str]]:
    """The headers by file name, of a folder's index; empty where it has none of this kind."""
    try:
        rows = orjson.loads((folder / INDEX).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    pairs = ((str(row.get("file")), row.get("http_headers")) for row in rows)
    return {name: lowered(given) for name, given in pairs if isinstance(given, dict)}


def lowered(given: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in given.items()}


def told(file: Path, answer: Future[Feed] | str) -> bool:
    """Prints what became of a file; true where it was no feed."""
    try:
        feed = answer if isinstance(answer, str) else answer.result()
    except Rejected as fault:
        feed = str(fault)
    if isinstance(feed, str):
        write({"file": str(file), "error": feed})
        return True
    about = {"title": feed.title, "well_formed": feed.well_formed, "encoding": feed.encoding}
    write({"file": str(file), "feed": about, "entries": [row(entry) for entry in feed.entries]})
    return False


def row(entry: Entry) -> dict[str, Any]:
    """An entry as an item, its title and body as the document has them."""
    return {
        "id": entry.id("feed"),
        "source": "feed",
        "lang": entry.lang or UNDETERMINED,
        "published_at": entry.published,
        "title": entry.title,
        "body": entry.body,
        "url": entry.url,
        "author": entry.author,
    }
