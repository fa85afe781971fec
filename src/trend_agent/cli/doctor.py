"""`trend doctor`: is everything in order, and does the ledger balance?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.storage import Balance


def doctor(json: AsJson = False, records: RecordsFile = None) -> None:
    """Check the records, the ledger and the libraries below; exit code 1 if something is wrong."""
    found = asyncio.run(_examine(settings_for(records)))
    if json:
        from trend_agent.cli.tables import print_json

        print_json(found)
    else:
        _tell(found)
    if found["wrong"]:
        raise typer.Exit(1)


async def _examine(settings: Settings) -> dict[str, Any]:
    import platform

    from trend_agent import __version__
    from trend_agent.app import open_records

    async with open_records(settings) as book:
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
            "notes": about.notes,
            "wrong": await book.check(),
        }


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
    for note in found["notes"]:
        out.print(f"[yellow]note[/]     {escape(note)}")
    for wrong in found["wrong"]:
        out.print(f"[red]wrong[/]    {escape(wrong)}")
    if not found["wrong"]:
        out.print("[green]all is well[/]")
