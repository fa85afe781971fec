"""`trend serve`: the API and the pages without the owner of the records."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_agent.cli.options import RecordsFile, settings_for

if TYPE_CHECKING:
    from trend_agent.settings import Settings


def serve(
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=64, help="How many processes serve on the one port.")
    ] = 1,
    records: RecordsFile = None,
) -> None:
    """Serve the API and the pages; another process, `trend up`, keeps the records up and may come and go."""
    settings = settings_for(records)
    asyncio.run(_prepared(settings))
    if processes == 1:
        _run(settings, 1)
        return
    from trend_agent.api.processes import keep_serving

    keep_serving(
        partial(_serving, settings, processes),
        processes=processes,
        host=settings.host,
        port=settings.port,
        drain=settings.drain_seconds,
    )


async def _prepared(settings: Settings) -> None:
    """Whatever can be wrong is told of before anything serves, and the first key is shown once."""
    from trend_agent.api.server import probe
    from trend_agent.app import open_shared
    from trend_agent.cli.welcome import welcome
    from trend_agent.service import first_key

    await probe(settings.host, settings.port)
    async with open_shared(settings, make=True) as database:
        if text := await first_key(database):
            welcome(settings)(text)


def _serving(settings: Settings, processes: int, socket: Any) -> None:
    """What one of several processes does."""
    from trend_agent.cli.lines import complain
    from trend_agent.errors import Misconfigured, TrendError
    from trend_agent.observability.log import configure

    configure(settings.log_level, form=settings.log_form)
    try:
        _run(settings, processes, [socket])
    except TrendError as fault:
        complain(str(fault))
        sys.exit(2 if isinstance(fault, Misconfigured) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(settings: Settings, processes: int, sockets: list[Any] | None = None) -> None:
    from trend_agent.service import serve_only
    from trend_agent.workflow.alongside import from_afar

    asyncio.run(serve_only(settings, processes=processes, sockets=sockets or (), workflows=from_afar))
