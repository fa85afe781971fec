"""`trend verify`: compute every score of an export again, from the export alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    file: Annotated[Path, typer.Argument(help="What --export wrote; .gz is read as it is.")],
) -> None:
    """Recompute every score of an export from the export alone; what was changed is named."""
    from trend_agent.cli.lines import complain, opened
    from trend_agent.errors import Rejected
    from trend_agent.processing.rank.verify import verify as check

    if not file.is_file():
        raise Rejected(f"cannot read {str(file)!r}: there is no such file")
    with opened(file) as lines:
        scores, faults = check(lines)
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(1)
    print(f"{scores} scores computed again, all as written")  # noqa: T201
