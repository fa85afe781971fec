"""`trend doctor`: is everything in order, and does the ledger balance?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for

if TYPE_CHECKING:
    from trend_agent.app import Beside
    from trend_agent.processing.search import Compared
    from trend_agent.settings import Settings
    from trend_agent.storage import Balance
    from trend_agent.storage.sql.records import SqlRecords


class Checked(Protocol):
    """Whatever can say what is wrong with it."""

    async def check(self) -> list[str]: ...


def doctor(
    json: AsJson = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="Put the index of vectors right where it differs from the records.")
    ] = False,
    records: RecordsFile = None,
) -> None:
    """Check the records, the ledger and every configured backend; exit code 1 if something is wrong."""
    found = asyncio.run(_examine(settings_for(records), mend=mend))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found)
    else:
        _tell(found)
    if found["wrong"]:
        raise typer.Exit(1)


async def _examine(settings: Settings, *, mend: bool) -> dict[str, Any]:
    import platform

    from trend_agent import __version__
    from trend_agent.app import open_beside, open_records

    async with open_records(settings) as book, open_beside(settings, book.database) as beside:
        vectors, notes = await _vectors(settings, book, mend=mend)
        parts = [*await _beside(settings, beside), *await _workers(settings), *vectors]
        about = await book.about()
        return {
            "version": __version__,
            "python": platform.python_version(),
            "engine": about.engine,
            "records": settings.records_name(),
            "bytes": about.bytes,
            "ledger": await book.balance(),
            "clock": await book.clock(),
            "hash": await book.logical_hash(),
            "gaps": await book.gaps(),
            "beside": parts,
            "notes": [*about.notes, *notes],
            "wrong": [
                *await book.check(),
                *await _audited(book),
                *(f"{p['name']}: {w}" for p in parts for w in p["wrong"]),
            ],
        }


async def _audited(book: SqlRecords) -> list[str]:
    from trend_agent.storage.sql.access import SqlAccess

    broken = await SqlAccess(book.database).broken()
    return [f"the audit log was changed: line {broken} is not as it was written"] if broken else []


async def _beside(settings: Settings, beside: Beside) -> list[dict[str, Any]]:
    """What lies beside the records, each with its address, how long it took to answer and what is wrong."""
    return [
        await _examined("timeseries", settings.timeseries, beside.timeseries),
        await _examined("queue", settings.queue, beside.queue),
        await _examined("cache", settings.cache, beside.cache),
        await _examined("objects", settings.objects, beside.objects),
    ]


async def _workers(settings: Settings) -> list[dict[str, Any]]:
    """What carries jobs to workers, where there is such a thing."""
    from trend_agent.app import make_handed

    if not settings.broker:
        return []
    handed = make_handed(settings)
    try:
        return [
            await _examined("broker", settings.broker, handed),
            await _examined("board", settings.board or settings.broker, handed.board),
        ]
    finally:
        await handed.close()


async def _vectors(
    settings: Settings, book: SqlRecords, *, mend: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """The index of vectors compared with the records, and what should be known of it."""
    from time import perf_counter

    from trend_agent.app import open_index
    from trend_agent.errors import Conflict, Misconfigured, TrendError

    if settings.vectors == "none":
        return [], []
    began = perf_counter()
    wrong: list[str] = []
    notes: list[str] = []
    try:
        async with open_index(book, settings) as index:
            found = await (index.mend() if mend else index.compared())
            wrong, notes = ([], mended(found)) if mend else (differences(found), lag(found))
    except Misconfigured:
        raise
    except Conflict as fault:
        notes = [f"{fault} The index was not compared"]
    except TrendError as fault:
        wrong = [str(fault)]
    took = round((perf_counter() - began) * 1000, 1)
    address = settings.vectors.split("@")[-1]
    return [{"name": "vectors", "address": address, "milliseconds": took, "wrong": wrong}], notes


def differences(found: Compared) -> list[str]:
    told = {
        "items of the records are missing from the index": found.missing,
        "items of the index are not in the records": found.extra,
    }
    return [
        f"{len(items):,} {words} ({', '.join(items[:3])}{', …' if len(items) > 3 else ''}); "
        "`trend doctor --mend` puts it right"
        for words, items in told.items()
        if items
    ]


def lag(found: Compared) -> list[str]:
    return (
        [f"{found.behind:,} items are not indexed yet; `trend up` and `trend search` do it"]
        if found.behind
        else []
    )


def mended(found: Compared) -> list[str]:
    stored, deleted = len(found.missing), len(found.extra)
    return [*lag(found), f"the index was mended: {stored:,} items stored, {deleted:,} deleted"]


async def _examined(name: str, address: str, part: Checked) -> dict[str, Any]:
    from time import perf_counter

    from trend_agent.errors import TrendError
    from trend_agent.storage.address import parsed

    began = perf_counter()
    try:
        wrong = await part.check()
    except TrendError as fault:
        wrong = [str(fault)]
    took = round((perf_counter() - began) * 1000, 1)
    return {"name": name, "address": str(parsed(address, setting=name)), "milliseconds": took, "wrong": wrong}


def _tell(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape

    out = Console(highlight=False)
    balance: Balance = found["ledger"]
    out.print(f"trend {found['version']}, Python {found['python']}, {found['engine']}")
    out.print(
        f"records  {escape(found['records'])} ({found['bytes'] / 1e6:,.1f} MB), newest item {found['clock']}"
    )
    sums = " + ".join(f"{n:,} {name}" for name, n in balance.verdicts.items())
    waiting = f" + {balance.waiting:,} waiting" if balance.waiting else ""
    verdict = "[green]balances[/]" if balance.holds else "[red]does not balance[/]"
    out.print(f"ledger   {balance.fetched:,} fetched = {sums}{waiting}   {verdict}")
    for reason, number in sorted(balance.reasons.items(), key=lambda pair: -pair[1])[:20]:
        out.print(f"         {number:>8,}  {escape(reason)}", style="bright_black")
    out.print(f"facts    {found['hash']}")
    for gap in found["gaps"]:
        out.print(
            f"gap      {escape(gap.what)} from before {gap.before:%Y-%m-%d %H:%M}, removed on {gap.at:%Y-%m-%d}"
        )
    for part in found["beside"]:
        verdict = "[red]does not work[/]" if part["wrong"] else "[green]works[/]"
        out.print(f"{part['name']:<11}{escape(part['address'])}   {verdict} ({part['milliseconds']} ms)")
    for note in found["notes"]:
        out.print(f"[yellow]note[/]     {escape(note)}")
    for wrong in found["wrong"]:
        out.print(f"[red]wrong[/]    {escape(wrong)}")
    if not found["wrong"]:
        out.print("[green]all is well[/]")
