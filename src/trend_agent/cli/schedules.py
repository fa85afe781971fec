"""`trend workflows serve|schedule|schedules|unschedule`: workflows at their times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.cli.workflows import Parameters, What, chosen, with_engine

if TYPE_CHECKING:
    from trend_agent.settings import Settings
    from trend_agent.workflow import Schedule, SimpleWorkflowEngine


def serve(records: RecordsFile = None) -> None:
    """Run workflows until told to stop: those scheduled, those asked for, and what an executor that died left."""
    asyncio.run(_serve(settings_for(records)))


async def _serve(settings: Settings) -> None:
    import signal

    from trend_agent.errors import Conflict
    from trend_agent.workflow import SimpleWorkflowEngine

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with SimpleWorkflowEngine(settings) as engine:
        if not engine.runs:
            raise Conflict(
                f"another process runs workflows as {settings.executor!r} already; "
                "TREND_EXECUTOR gives this one a name of its own"
            )
        cleaning = asyncio.create_task(engine.keep_forgetting())
        print(f"running workflows as {settings.executor!r}", flush=True)  # noqa: T201
        await stop.wait()
        cleaning.cancel()


def schedule(
    name: Annotated[str, typer.Argument(help="What the schedule is called.")],
    workflow: What,
    cron: Annotated[
        str, typer.Option("--cron", help="When: '*/15 * * * *', with seconds in front where there are six.")
    ],
    catch_up: Annotated[
        int, typer.Option("--catch-up", min=0, max=1000, help="How many missed times are made up for.")
    ] = 1,
    zone: Annotated[str, typer.Option("--zone", help="The time zone of the crontab.")] = "UTC",
    parameters: Parameters = None,
    records: RecordsFile = None,
) -> None:
    """Have a workflow run at the times of a crontab, by whoever serves."""
    from trend_agent.workflow import Schedule

    wanted = Schedule(name, chosen(workflow, parameters or []), cron, catch_up=catch_up, zone=zone)
    with_engine(records, lambda engine: engine.schedule(wanted), run=True)
    print(f"{name}: {wanted.definition.name} at {cron}")  # noqa: T201


def unschedule(
    name: Annotated[str, typer.Argument(help="What the schedule is called.")], records: RecordsFile = None
) -> None:
    """Let a workflow run at its times no longer."""
    with_engine(records, lambda engine: engine.timetable.remove(name), run=False)
    print(f"{name} is no longer scheduled")  # noqa: T201


def schedules(json: AsJson = False, records: RecordsFile = None) -> None:
    """List the schedules."""
    from trend_agent.cli.tables import print_json

    async def rows(engine: SimpleWorkflowEngine) -> list[tuple[Schedule, bool, str]]:
        return await engine.timetable.list()

    found = [
        {"schedule": s.name, "workflow": s.definition.name, "cron": s.cron, "zone": s.zone,
         "catch_up": s.catch_up, "kept": kept, "last": last}
        for s, kept, last in with_engine(records, rows, run=False)
    ]  # fmt: skip
    if json:
        print_json(found)
        return
    for row in found:
        state = f"last {row['last']}" if row["last"] else "not yet"
        print(f"{row['schedule']}: {row['workflow']} at {row['cron']} {row['zone']}, {state}")  # noqa: T201
