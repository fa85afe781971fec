"""The front door: `trend`. One file per command; heavy libraries load inside the command that needs them."""

from __future__ import annotations

import sys

import typer

from trend_agent.cli.lines import complain, nobody_reads
from trend_agent.errors import Rejected, TrendError

FINE, FAULT, ASKED_WRONGLY, SOME_BAD = 0, 1, 2, 3


def front_door() -> typer.Typer:
    """The command line with all its commands."""
    from trend_agent.cli import (
        backtest,
        backup,
        categorise,
        cluster,
        collect,
        cost,
        db,
        dedupe,
        demo,
        detect,
        doctor,
        export,
        forecast,
        key,
        language,
        likeness,
        missed,
        outlook,
        parse,
        run,
        schedules,
        scorecard,
        search,
        serve,
        show,
        sources,
        top,
        topics,
        up,
        verify,
        why,
        worker,
        workflows,
    )

    door = typer.Typer(
        name="trend",
        help="What is rising, why, how sure it is, and on what it is based.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for panel, commands in {
        "Run": (up.up, serve.serve, worker.worker, demo.demo, run.run, backtest.backtest),
        "Read": (
            top.top,
            show.show,
            why.why,
            verify.verify,
            search.search,
            cost.cost,
            scorecard.scorecard,
            missed.missed,
            doctor.doctor,
        ),
        "Collect": (collect.collect,),
        "Stages as filters on JSON Lines": (
            parse.parse,
            language.language,
            dedupe.dedupe,
            cluster.cluster,
            categorise.categorise,
            detect.detect,
            forecast.forecast,
            likeness.likeness,
            outlook.outlook,
        ),
        "Upkeep": (export.export, export.import_, backup.backup, backup.restore),
    }.items():
        for command in commands:
            door.command(command.__name__.rstrip("_"), rich_help_panel=panel)(command)
    door.add_typer(sources.group, name="sources", rich_help_panel="Collect")
    door.add_typer(topics.group, name="topics", rich_help_panel="Read")
    door.add_typer(db.group, name="db", rich_help_panel="Upkeep")
    door.add_typer(key.group, name="key", rich_help_panel="Upkeep")
    for timed in (schedules.serve, schedules.schedule, schedules.schedules, schedules.unschedule):
        workflows.group.command()(timed)
    door.add_typer(workflows.group, name="workflows", rich_help_panel="Run")
    door.callback()(version)
    return door


def print_version(wanted: bool) -> None:
    if wanted:
        from trend_agent import __version__

        print(f"trend {__version__}")  # noqa: T201
        raise typer.Exit


def version(
    show_version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", is_eager=True, callback=print_version
    ),
) -> None:
    """What is rising, why, how sure it is, and on what it is based."""


def main() -> None:
    """Run a command; a foreseen fault is one line on stderr and an exit code, never a traceback."""
    try:
        front_door()()
    except Rejected as fault:
        complain(str(fault))
        sys.exit(ASKED_WRONGLY)
    except TrendError as fault:
        complain(str(fault))
        sys.exit(FAULT)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        nobody_reads()
        sys.exit(FINE)
    finally:
        _told_to_the_end()


def _told_to_the_end() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads()
