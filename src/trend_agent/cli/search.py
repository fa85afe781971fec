"""`trend search`: the items nearest to a text, by words and by meaning."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.lines import complain
from trend_agent.cli.options import AsJson, Embedder, RecordsFile, moment, settings_for
from trend_agent.errors import Conflict, Rejected, Unavailable

if TYPE_CHECKING:
    from rich.console import Console

    from trend_agent.processing.search import Found
    from trend_agent.settings import Settings
    from trend_agent.storage.ports.vectors import Where


def search(
    text: Annotated[str, typer.Argument(help="What to look for, in any language.")],
    *,
    lang: Annotated[
        list[str] | None, typer.Option(help="Only items of this language; may be repeated.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only items of this source; may be repeated.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="Only items of this topic; may be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only items seen from this moment on, ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option(help="Only items seen until this moment.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many items.")] = 20,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index anew from the records first.")
    ] = False,
    keyword: Annotated[
        bool,
        typer.Option(
            "--keyword", help='Those that hold all the words, newest first: "a phrase", begin*, -without.'
        ),
    ] = False,
    embedder: Embedder = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Items by words and by meaning: what they say counts, not how it is spelt or in which language.

    The index is kept beside the records and brought up to them first. With a sentence encoder its list and that of
    the words are merged.
    """
    from trend_agent.storage.ports.vectors import Where

    settings = settings_for(records)
    if embedder is not None:
        settings = settings.model_copy(update={"embedder": embedder})
    where = Where(
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        sources=source or (),
        languages=lang or (),
        topics=topic or (),
    )
    if keyword:
        found = asyncio.run(_holding(settings, text, where, limit))
    else:
        try:
            found = asyncio.run(_search(settings, text, where, limit, rebuild=rebuild))
        except Conflict as fault:
            if rebuild or embedder is not None:
                raise
            found = asyncio.run(_asked(settings, text, where, limit, fault))
    if json:
        from trend_agent.cli.tables import print_json

        print_json([plain(one) for one in found])
    else:
        show(found)


async def _search(settings: Settings, text: str, where: Where, limit: int, *, rebuild: bool) -> list[Found]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from trend_agent.app import open_index, open_records

    console = Console(stderr=True)
    shown = Progress(
        SpinnerColumn(), TextColumn("indexing {task.completed:,.0f}"), console=console, transient=True
    )
    async with open_records(settings) as book, open_index(book, settings) as index:
        with shown if console.is_terminal else nullcontext():
            task = shown.add_task("indexing", total=None)
            run = index.rebuild if rebuild else index.catch_up
            await run(lambda done: shown.advance(task, done))
        where = await current_topics(book, where)
        return await index.search(text, where=where, limit=limit)


async def _holding(settings: Settings, text: str, where: Where, limit: int) -> list[Found]:
    """The items that hold all the words, by the records' own index."""
    from trend_agent.app import open_records
    from trend_agent.processing import finding

    async with open_records(settings) as book:
        return list((await finding.search(book, None, text, way="keyword", where=where, limit=limit)).found)


async def _asked(settings: Settings, text: str, where: Where, limit: int, held: Conflict) -> list[Found]:
    """What the process that holds the index answers; `held` is how that was found out."""
    from pydantic import TypeAdapter

    from trend_agent.api.rest.answers import FoundPage
    from trend_agent.egress.service import Service

    where_at = f"http://{settings.host}:{settings.port}"
    service = Service(where_at, tls=False, host=settings.host, port=settings.port, seconds=10)
    asked = [("q", text), ("way", "semantic"), ("limit", str(limit)), *_filters(where)]
    try:
        reply = await service.ask("GET", "/api/v1/search", query=asked)
    except Unavailable as fault:
        raise Conflict(
            f"{held} It was asked at {where_at}, as TREND_HOST and TREND_PORT say, and does not answer"
        ) from fault
    finally:
        await service.close()
    if reply.status != 200:
        raise Rejected(f"{where_at} answered {reply.status}: {reply.body[:300].decode('utf-8', 'replace')}")
    page = TypeAdapter(FoundPage).validate_json(reply.body)
    if page.degraded:
        complain(page.degraded)
    return list(page.found)


def _filters(where: Where) -> Iterator[tuple[str, str]]:
    for name, values in (("source", where.sources), ("lang", where.languages), ("topic", where.topics)):
        yield from ((name, value) for value in values)
    for name, moment_ in (("since", where.since), ("until", where.until)):
        if moment_:
            yield name, moment_.isoformat()


async def current_topics(book: Any, where: Where) -> Where:
    """The filter with merged topics' survivors in place of them. Missing where there is no such topic."""
    from dataclasses import replace

    return replace(where, topics=[(await book.topic(key)).id for key in where.topics])


def plain(one: Found) -> dict[str, Any]:
    from trend_agent.items import plain as plain_item

    return {"score": round(one.score, 6), "topic": one.topic, "item": plain_item(one.item)}


def show(found: list[Found], console: Console | None = None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from trend_agent.cli.tables import WIDE

    if not found:
        print("nothing found")  # noqa: T201
        return
    console = console or Console()
    wide = console.width >= WIDE
    table = Table(box=None, padding=(0, 1), expand=True)
    table.add_column("seen", style="bright_black", no_wrap=True)
    if wide:
        table.add_column("lang", style="bright_black", no_wrap=True)
    table.add_column("source", style="cyan", no_wrap=True, max_width=24 if wide else 16)
    table.add_column("item", ratio=1, overflow="ellipsis", no_wrap=True)
    if wide:
        table.add_column("topic", style="bright_black", no_wrap=True)
    for one in found:
        item = one.item
        seen, title = f"{item.seen_at:%m-%d %H:%M}", escape(item.title or item.body[:200])
        lang, topic = ([item.lang], [one.topic]) if wide else ([], [])
        table.add_row(seen, *lang, escape(item.source), title, *topic)
    console.print(table)
