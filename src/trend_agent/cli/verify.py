"""`trend verify`: compute every score of an export again, from the export alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trend_agent.cli.options import AsJson


def verify(
    file: Annotated[Path, typer.Argument(help="What --export wrote; .gz is read as it is.")],
    json: AsJson = False,
) -> None:
    """Recompute every score of an export from the export alone; what was changed is named."""
    from trend_agent.cli.lines import BROKEN, CUT, complain, counted, opened, readable
    from trend_agent.cli.tables import print_json
    from trend_agent.errors import Rejected
    from trend_agent.processing.rank.verify import verify as check

    readable(file)
    try:
        with opened(file) as lines:
            scores, faults = check(lines)
    except CUT as cut:
        raise Rejected(f"cannot read {str(file)!r}: {BROKEN} ({cut})") from cut
    if json:
        print_json({"scores": scores, "wrong": faults})
        raise typer.Exit(1 if faults else 0)
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(1)
    print(f"{counted(scores, 'score')} computed again, all as written")  # noqa: T201
