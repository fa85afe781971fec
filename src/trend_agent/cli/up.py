"""`trend up`: everything in one process."""

from __future__ import annotations

import asyncio

from trend_agent.cli.options import RecordsFile, settings_for


def up(records: RecordsFile = None) -> None:
    """Collect on schedule, process, run workflows, and serve the API and the pages.

    Until a source answers, a made-up world is shown, labelled so.
    """
    settings = settings_for(records)
    from trend_agent.cli.welcome import welcome
    from trend_agent.service import bring_up
    from trend_agent.workflow.alongside import alongside

    asyncio.run(bring_up(settings, welcome=welcome(settings), workflows=alongside))
