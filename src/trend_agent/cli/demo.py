"""`trend demo`: the whole product on a made-up world."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from trend_agent.cli.options import AsJson, settings_for


def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another world.")] = 1,
    speed: Annotated[
        float, typer.Option(min=1, max=3600, help="How many times faster than life it goes on.")
    ] = 60,
    once: Annotated[bool, typer.Option("--once", help="Print the trends and stop, serve nothing.")] = False,
    items: Annotated[
        bool, typer.Option("--items", help="Print the world's items as JSON Lines and stop.")
    ] = False,
    json: AsJson = False,
) -> None:
    """The whole on a made-up world: no network, no key, filled within seconds."""
    settings = settings_for()
    if items:
        _print_items(seed)
        return
    from trend_agent.service import demo_once, demo_up

    if not once:
        from trend_agent.cli.welcome import welcome
        from trend_agent.workflow.showcase import showcase

        shown = welcome(settings, ".demo-key")
        asyncio.run(demo_up(settings, seed=seed, speed=speed, welcome=shown, workflows=showcase))
        return
    from trend_agent.cli.tables import print_json, print_trends

    trends = asyncio.run(demo_once(settings, seed=seed))
    if json:
        print_json(trends)
    else:
        print_trends(trends[:30], title=f"Trends of a made-up world, as of {trends[0].at:%Y-%m-%d %H:%M} UTC")


def _print_items(seed: int) -> None:
    from datetime import UTC, datetime

    from trend_agent.cli.lines import write
    from trend_agent.items import plain
    from trend_agent.sources.demo import World

    for item in World(seed=seed, until=datetime.now(UTC)).items():
        write(plain(item))
