"""How well and how fast feeds are read, beside other readers in the same run: `python -m bench.feeds DATA_DIR`.

DATA_DIR holds feed documents and an `index.json`: a list of {"file", "http_headers", "origin", "ref"}, where
`origin` are facts stated by whoever wrote the document and `ref` what a reference parser made of it; `origin`
counts first. Facts: n_entries, first_title, feed_title. Ordinary feeds for the speed are made up here.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from trend_agent.errors import Rejected
from trend_agent.sources.feeds import Document, Sandbox
from trend_agent.sources.feeds.reading import read

FACTS = ("n_entries", "first_title", "feed_title")

ENTRY = """<item><title>Story {n} of the harbour &amp; its people</title><guid isPermaLink="false">h-{n}</guid>
<link>https://harbour.example/{n}</link><pubDate>Thu, 01 Jan 2026 10:{m:02}:00 GMT</pubDate>
<description><![CDATA[<p>{text}</p>]]></description></item>"""

TEXT = "The ferry left at nine and came back before the storm did. " * 8


def documents(folder: Path) -> list[tuple[Document, dict[str, Any]]]:
    rows = json.loads((folder / "index.json").read_text("utf-8"))
    return [(Document((folder / row["file"]).read_bytes(), lowered(row)), row) for row in rows]


def lowered(row: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (row.get("http_headers") or {}).items()}


def ordinary(entries: int) -> Document:
    items = "".join(ENTRY.format(n=n, m=n % 60, text=TEXT) for n in range(entries))
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Harbour</title>'
    return Document(f"{head}{items}</channel></rss>".encode())


Answer = tuple[int, str | None, str | None]
"""Entries, first title, feed title."""


def ours(document: Document) -> Answer:
    feed = read(document)
    return feed.total, feed.entries[0].title if feed.entries else None, feed.title


def feedparsers(document: Document) -> Answer:
    import feedparser

    found = feedparser.parse(io.BytesIO(document.body), response_headers=dict(document.headers))
    first = found.entries[0].get("title") if found.entries else None
    return len(found.entries), first, found.feed.get("title")


def fastfeedparsers(document: Document) -> Answer:
    import fastfeedparser

    found = fastfeedparser.parse(document.body)
    first = found.entries[0].get("title") if found.entries else None
    return len(found.entries), first, found.feed.get("title")


READERS = {"ours": ours, "feedparser": feedparsers, "fastfeedparser": fastfeedparsers}


def agreement(answers: Sequence[Answer | None], rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The share of known facts met, by kind of fact; white space folded."""
    met = {name: [0, 0] for name in FACTS}
    for answer, row in zip(answers, rows, strict=True):
        facts = {**(row.get("ref") or {}), **(row.get("origin") or {})}
        for name, given in zip(FACTS, answer or (0, None, None), strict=True):
            if facts.get(name) not in (None, ""):
                met[name][0] += folded(given) == folded(facts[name])
                met[name][1] += 1
    return {name: round(good / known, 4) for name, (good, known) in met.items()}


def folded(value: object) -> str:
    return " ".join(str(value or 0 if isinstance(value, int) else value or "").split())


def answered(reader: Callable[[Document], Answer], document: Document) -> Answer | None:
    try:
        return reader(document)
    except (Rejected, AssertionError, ValueError):
        return None


def seconds(work: Callable[[], object], *, least: float = 1.0) -> float:
    """The mean time of a run, over at least so many seconds."""
    runs, start = 0, perf_counter()
    while (spent := perf_counter() - start) < least:
        work()
        runs += 1
    return spent / runs


def speed() -> list[dict[str, Any]]:
    box = Sandbox()
    rows = [rates(box, ordinary(entries)) for entries in (30, 300)]
    box.close()
    return rows


def rates(box: Sandbox, document: Document) -> dict[str, Any]:
    """Feeds per second by reader; `sandboxed` is ours as the product runs it, in two processes."""

    def sandboxed() -> None:
        for coming in [box.submit(document) for _ in range(8)]:
            coming.result()

    named = {name: seconds(partial(reader, document)) for name, reader in READERS.items()}
    named["sandboxed"] = seconds(sandboxed) / 8
    return {
        "entries": ours(document)[0],
        "bytes": len(document.body),
        "feeds_per_second": {name: round(1 / taken, 1) for name, taken in named.items()},
        "times_feedparser": round(named["feedparser"] / named["ours"], 1),
    }


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")  # feedparser warns where it stands one date in for another
    pairs = documents(folder)
    quality = {name: judged(reader, pairs) for name, reader in READERS.items()}
    command = f"python -m bench.feeds {folder.name}"
    result = {"command": command, "documents": len(pairs), "quality": quality, "speed": speed()}
    print(json.dumps(result, indent=1))


def judged(
    reader: Callable[[Document], Answer], pairs: Sequence[tuple[Document, dict[str, Any]]]
) -> dict[str, float]:
    start = perf_counter()
    answers = [answered(reader, document) for document, _ in pairs]
    taken = perf_counter() - start
    return {**agreement(answers, [row for _, row in pairs]), "seconds": round(taken, 2)}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
