"""`trend export` and `trend import`: everything the records hold, to a file and from one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.lines import STDIN, readable
from trend_agent.cli.options import RecordsFile, settings_for
from trend_agent.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.storage.exports import Entry

FORMS = (".jsonl", ".gz", ".parquet")


def export(
    file: Annotated[Path, typer.Argument(help="FILE.jsonl, FILE.jsonl.gz or FILE.parquet; - is stdout.")],
    records: RecordsFile = None,
) -> None:
    """Write everything the records hold to a file, as of one moment, while others go on writing."""
    _known_form(file)
    asyncio.run(_export(settings_for(records), file))


def import_(
    file: Annotated[Path, typer.Argument(help="A file `trend export` wrote; - is stdin.")],
    records: RecordsFile = None,
) -> None:
    """Fill empty records from an export, whatever they and those it came from are kept on."""
    _known_form(file)
    readable(file)
    rows, found = asyncio.run(_import(settings_for(records), file))
    print(f"{rows:,} rows; the facts have the hash {found}")  # noqa: T201


def _known_form(file: Path) -> None:
    if file != STDIN and file.suffix not in FORMS:
        raise Rejected(f"an export is called *{', *'.join(FORMS)} or -, found {str(file)!r}")


async def _export(settings: Settings, file: Path) -> None:
    from trend_agent.app import open_records
    from trend_agent.storage import exports
    from trend_agent.storage.sql.dump import columns

    async with open_records(settings) as book:
        if file == STDIN:
            await book.export(_to_stdout)
        else:
            await book.export(lambda entries: exports.write(file, entries, columns()))


def _to_stdout(entries: Iterator[Entry]) -> None:
    from trend_agent.storage import exports

    try:
        exports.write_lines(sys.stdout.buffer, entries)
    except BrokenPipeError:
        raise
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered has nowhere to go
        raise Unavailable(f"cannot write the export: {fault.strerror}") from fault


async def _import(settings: Settings, file: Path) -> tuple[int, str]:
    from trend_agent.app import open_records
    from trend_agent.storage import exports

    async with open_records(settings, write=True) as book:
        entries = exports.read_lines(sys.stdin.buffer) if file == STDIN else exports.read(file)
        return await book.take_in(entries), await book.logical_hash()
