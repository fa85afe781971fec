"""`trend topics`: put topics right, and keep what was said."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from trend_agent.cli.lines import STDIN, Lines, complain, write
from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Conflict, Misconfigured, Rejected

if TYPE_CHECKING:
    from trend_agent.items import Correction
    from trend_agent.processing.corrections import Corrector
    from trend_agent.settings import Settings

group = typer.Typer(
    help="Put topics right: what is said once is obeyed for ever, or until it is taken back.",
    no_args_is_help=True,
)
T = TypeVar("T")

By = Annotated[
    str | None, typer.Option("--by", help="Who says so; the user's name by default.", show_default=False)
]
TopicId = Annotated[str, typer.Argument(help="A topic's id; an old one leads to its heir.")]


@group.command()
def merge(
    topics: Annotated[list[str], typer.Argument(help="Ids of two or more topics; the first goes on.")],
    by: By = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """These topics are about one thing: all go into the first."""
    _say(lambda corrector: corrector.merge(topics), by, records, json=json)


@group.command()
def split(
    topic: TopicId,
    items: Annotated[list[str], typer.Argument(help="Ids of the items that are about something else.")],
    by: By = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Take items out of a topic into one of their own."""
    _say(lambda corrector: corrector.split(topic, items), by, records, json=json)


@group.command()
def pin(
    item: Annotated[str, typer.Argument(help="An item's id.")],
    topic: TopicId,
    by: By = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """This item belongs to that topic."""
    _say(lambda corrector: corrector.pin(item, topic), by, records, json=json)


@group.command()
def unpin(
    item: Annotated[str, typer.Argument(help="An item's id.")],
    by: By = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Take back the last pin of an item."""
    _say(lambda corrector: corrector.unpin(item), by, records, json=json)


@group.command()
def undo(
    correction: Annotated[int, typer.Argument(help="Its number on `trend topics list`.", min=1)],
    by: By = None,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Take a correction back; what it moved goes back as far as it is still there."""
    _say(lambda corrector: corrector.undo(correction), by, records, json=json)


@group.command(name="list")
def list_all(json: AsJson = False, records: RecordsFile = None) -> None:
    """All corrections that were ever made, and which of them stand."""
    known, standing = asyncio.run(_known(settings_for(records)))
    if json:
        from trend_agent.cli.tables import print_json
        from trend_agent.items import corrected

        print_json([{**corrected(c), "stands": c.id in standing} for c in known])
    else:
        _table(known, standing)


@group.command()
def export(
    file: Annotated[Path, typer.Argument(help="A file, or - for stdout.")] = STDIN,
    records: RecordsFile = None,
) -> None:
    """The corrections that stand, one JSON object a line, said of items."""
    import orjson

    known, standing = asyncio.run(_known(settings_for(records)))
    rows = [exported(c) for c in known if c.id in standing]
    if file == STDIN:
        for row in rows:
            write(row)
        return
    try:
        file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    except OSError as fault:
        raise Misconfigured(f"cannot write {str(file)!r}: {fault.strerror}") from fault


@group.command(name="import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A file that `trend topics export` wrote, or - for stdin.")],
    records: RecordsFile = None,
) -> None:
    """Take corrections in. What they say of items that are not known yet is obeyed when these come."""
    lines = Lines([file])
    rows = list(lines)

    async def work(corrector: Corrector) -> tuple[int, int]:
        taken = known = 0
        for number, row in enumerate(rows, 1):
            corrector.by = str(row.get("by") or corrector.by)
            try:
                made = await corrector.take_in(row)
            except (Rejected, Conflict) as fault:
                lines.bad += 1
                complain(f"correction {number} of {str(file)!r}: {fault}")
            else:
                taken, known = taken + (made is not None), known + (made is None)
        return taken, known

    taken, known = asyncio.run(_with(settings_for(records), None, work))
    print(f"{taken} corrections taken in, {known} stood already, {lines.bad} could not be")  # noqa: T201
    raise typer.Exit(3 if lines.bad else 0)


@group.callback()
def about() -> None:
    """Put topics right: what is said once is obeyed for ever, or until it is taken back."""


def exported(correction: Correction) -> dict[str, Any]:
    """What of a correction is true in other records as well."""
    from trend_agent.items import corrected

    row = corrected(correction)
    return {name: row[name] for name in ("kind", "by", "said_at", "of", "together", "apart")}


def in_words(correction: Correction) -> str:
    """What a correction says, in one line."""
    of, named = ", ".join(correction.of), correction.together
    some = ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
    return {
        "merge": f"{of} are one: {correction.topic}",
        "split": f"{some} out of {of} into {correction.topic}",
        "pin": f"{named[0] if named else ''} to {of}",
        "undo": f"correction {correction.undoes} is taken back",
    }[correction.kind]


def _say(
    what: Callable[[Corrector], Awaitable[Correction]], by: str | None, records: str | None, *, json: bool
) -> None:
    made = asyncio.run(_with(settings_for(records), by, what))
    if json:
        from trend_agent.cli.tables import print_json
        from trend_agent.items import corrected

        print_json(corrected(made))
        return
    moved = len(made.moved)
    print(f"correction {made.id}: {in_words(made)}; {moved} item{'s' if moved != 1 else ''} moved")  # noqa: T201


async def _with(settings: Settings, by: str | None, work: Callable[[Corrector], Awaitable[T]]) -> T:
    """Correct, and make the list of trends anew where that changed anything."""
    from trend_agent.app import make_pipeline, open_records
    from trend_agent.processing.corrections import Corrector

    async with open_records(settings):
        pass  # says what is wrong, rather than making records to correct
    async with open_records(settings, write=True) as book:
        before = len(await book.corrections())
        done = await work(Corrector(book, by=by or getpass.getuser()))
        if len(await book.corrections()) > before and await book.trends(limit=1):
            await make_pipeline(book, settings).publish(limit=settings.top)
        return done


async def _known(settings: Settings) -> tuple[list[Correction], set[int]]:
    from trend_agent.app import open_records
    from trend_agent.processing.cluster.constraints import Constraints

    async with open_records(settings) as book:
        known = await book.corrections()
        return known, set(Constraints(known).standing)


def _table(known: Sequence[Correction], standing: set[int]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not known:
        print("nobody has corrected anything yet")  # noqa: T201
        return
    table = Table(box=None, padding=(0, 1))
    for name in ("#", "said at", "by", "kind", "what"):
        table.add_column(name, overflow="fold")
    for c in known:
        style = "" if c.id in standing or c.kind == "undo" else "strike bright_black"
        table.add_row(
            str(c.id), f"{c.said_at:%Y-%m-%d %H:%M}", escape(c.by), c.kind, escape(in_words(c)), style=style
        )
    Console(highlight=False).print(table)
