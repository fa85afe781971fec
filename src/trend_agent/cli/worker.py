"""`trend worker`: carries jobs for the owner of the records."""

from __future__ import annotations

from typing import Annotated

import typer

from trend_agent.cli.options import settings_for


def worker(
    processes: Annotated[
        int, typer.Option("--processes", "-c", min=1, max=256, help="How many jobs are carried at once.")
    ] = 1,
) -> None:
    """Carry jobs that `trend up` hands out by way of TREND_BROKER, until told to stop."""
    settings = settings_for()
    from trend_agent.app import make_workers, open_board

    app = make_workers(settings)
    open_board(settings)
    app.worker_main(["worker", f"--loglevel={settings.log_level}", f"--concurrency={processes}"])
