"""`trend run`: the main job on recorded items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.lines import complain, counted, decoded, raw_lines, readable
from trend_agent.cli.options import (
    AsJson,
    AsOf,
    Export,
    HorizonName,
    RecordsFile,
    Top,
    at_pace,
    moment,
    settings_for,
)
from trend_agent.cli.top import write_export

if TYPE_CHECKING:
    from rich.progress import Progress

    from trend_agent.items import Trend
    from trend_agent.settings import Settings
    from trend_agent.storage import Balance


def run(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, one item a line; .gz is read as it is.")],
    as_of: AsOf = None,
    top: Top = 20,
    horizon: HorizonName = None,
    export: Export = None,
    json: AsJson = False,
    records: RecordsFile = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, forget an earlier run.")] = False,
) -> None:
    """Process recorded items and print the trends.

    The records of a run are kept beside the installation's own, so a run that was cut off goes on where it was.
    """
    moment(as_of)
    for file in files:
        readable(file, again=True)
    from trend_agent.app import run_settings

    settings = at_pace(settings_for(records), horizon)
    settings = settings if records else run_settings(settings, files)
    balance, bad, trends = asyncio.run(_run(settings, files, as_of, top, export, fresh=fresh))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(trends)
    else:
        _tell(trends, balance, settings)
    if bad:
        complain(
            f"{counted(bad, 'line')} could not be read as items; "
            f"`trend doctor --records {settings.records_name()}` has the sums"
        )
        raise typer.Exit(3)


async def _run(
    settings: Settings, files: list[Path], as_of: str | None, top: int, export: Path | None, *, fresh: bool
) -> tuple[Balance, int, list[Trend]]:
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.storage.sql.upgrade import empty

    wanted = moment(as_of)
    async with open_records(settings, write=True) as book:
        if fresh:
            await book.database.write(empty, alone=True, patient=True)
        pipeline = make_pipeline(book, settings)
        run_id = await book.begin_run("recorded", {"files": [file.name for file in files]})
        with progress_bar() as bar:
            for file in files:
                task = bar.add_task(file.name, total=None)
                await take_in(file, book, pipeline, lambda n, task=task: bar.advance(task, n))
        published = await pipeline.publish(limit=settings.top)
        await book.end_run(run_id)
        balance = await book.balance()
        if export:
            write_export(export, await pipeline.export(at=wanted, limit=top))
        trends = await pipeline.trends(at=wanted, limit=top) if wanted else published[:top]
        return balance, balance.verdicts["quarantined"], trends


async def take_in(file: Path, book: Any, pipeline: Any, advance: Any) -> None:
    """Take a file into the log piece by piece, each settled before the next: a kill costs one piece at most."""
    from trend_agent.items import Cursor, digest
    from trend_agent.sources.recorded import Recording, now

    source = f"recorded:{digest(str(file.resolve()))}"
    done = dict((await book.cursor(source)).value)
    if done and head(file, int(done["head_bytes"])) != done["head"]:
        complain(f"{str(file)!r} is not the file it was; it is read from its beginning")
        done = {}
    line = int(done.get("line", 0))
    beginning = {"head_bytes": (size := min(file.stat().st_size, HEAD)), "head": head(file, size)}
    rows = numbered(file, after=line)
    recording = Recording(file, rows, now=now(), clock=done.get("clock"), line=line)
    await pipeline.drain()
    bad = 0
    while arrivals := recording.arrivals(pipeline.size):
        faults = [(arrival.item.id, arrival.fault) for arrival in arrivals if arrival.fault]
        for where, fault in faults[: max(0, SHOWN - bad)]:
            complain(f"{where.removeprefix('line:')}: {fault}")
        bad += len(faults)
        taken = await book.ingest(arrivals, cursor=Cursor(source, {**recording.place(), **beginning}))
        if taken.known:
            complain(
                f"{taken.known} items up to line {recording.line} of {str(file)!r} bear an id that is known already"
            )
        await pipeline.drain(advance)


SHOWN = 3
"""Lines of a file that cannot be read of which each is told; a file that is no such file is all of them."""

HEAD = 1 << 16
"""Bytes of a file by whose hash we know it again."""


def head(file: Path, size: int) -> str:
    import hashlib

    with file.open("rb") as stream:
        return hashlib.blake2b(stream.read(size), digest_size=16).hexdigest()


def numbered(file: Path, *, after: int) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The objects of a file beyond a line; a text in place of an object says what is wrong with the line."""
    for number, line in raw_lines(file):
        if number > after or isinstance(line, str):
            row = line if isinstance(line, str) else decoded(line)
            if row:
                yield number, row


def progress_bar() -> Progress:
    """Progress on stderr, and only when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} items"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _tell(trends: list[Trend], balance: Balance, settings: Settings) -> None:
    from rich.console import Console

    from trend_agent.cli.tables import print_trends

    if not trends:
        print("no trends: nothing was taken in by that moment")  # noqa: T201
        return
    print_trends(trends, title=f"Trends as of {trends[0].at:%Y-%m-%d %H:%M} UTC")
    sums = " + ".join(f"{n:,} {name}" for name, n in balance.verdicts.items())
    Console().print(
        f"\n[bright_black]{balance.fetched:,} fetched = {sums}   records: {settings.records_name()}[/]",
        highlight=False,
    )
