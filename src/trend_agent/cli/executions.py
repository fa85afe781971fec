"""Executions on a terminal: as a table, one by one, and while they go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from trend_agent.workflow import SimpleWorkflowEngine, StepRecord, WorkflowExecution

BETWEEN_LOOKS = 0.2
"""Seconds between two pictures of an execution."""

COLOURS = {
    "done": "green",
    "running": "cyan",
    "approval": "yellow",
    "paused": "yellow",
    "failed": "red",
    "timed out": "red",
    "cancelled": "red",
}
SHOWN = 24
"""Steps shown while an execution goes on: the last ones."""


async def follow(engine: SimpleWorkflowEngine, key: str) -> WorkflowExecution:
    """Wait for an execution's end and show how it goes: live on a terminal, otherwise a line for each step."""
    console = Console(stderr=True)
    told: set[int] = set()
    if not console.is_terminal:
        while not (found := await _look(engine, key)).ended:
            _tell_lines(console, found.steps, told)
            await asyncio.sleep(BETWEEN_LOOKS)
        _tell_lines(console, found.steps, told)
        return found
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        while not (found := await _look(engine, key)).ended:
            live.update(_picture(found))
            await asyncio.sleep(BETWEEN_LOOKS)
    return found


async def _look(engine: SimpleWorkflowEngine, key: str) -> WorkflowExecution:
    return await engine.repository.get(key)


def _tell_lines(console: Console, steps: Sequence[StepRecord], told: set[int]) -> None:
    for step in steps:
        if step.state in ("done", "failed") and step.number not in told:
            told.add(step.number)
            console.print(
                f"{step.name} {step.state} {step.seconds or 0:.1f} s", highlight=False, markup=False
            )


def print_executions(executions: Sequence[WorkflowExecution]) -> None:
    table = Table(box=None, padding=(0, 1))
    for column in ("id", "state", "began", "seconds", "error"):
        table.add_column(column, no_wrap=column != "error", overflow="fold")
    for e in executions:
        seconds = f"{(e.ended - e.created).total_seconds():,.1f}" if e.ended else ""
        table.add_row(e.id, _coloured(e.state), f"{e.created:%m-%d %H:%M:%S}", seconds, escape(e.error))
    Console(highlight=False).print(table if executions else "no executions")


def print_execution(execution: WorkflowExecution) -> None:
    """Its head, and a line for each step with what came of it."""
    console = Console(highlight=False)
    console.print(_head(execution))
    table = _steps(execution.steps)
    table.add_column("result", overflow="fold", ratio=1)
    for step in execution.steps:
        table.add_row(*_cells(step), escape(step.error or _short(step.output)))
    console.print(table)
    if execution.error:
        console.print(f"[red]{escape(execution.error)}[/]")


def _head(e: WorkflowExecution) -> str:
    notes = [
        f"schedule {e.schedule}" if e.schedule else "",
        f"again from {e.forked_from}" if e.forked_from else "",
        f"begun again {e.recoveries}×" if e.recoveries else "",
    ]
    return f"[bold]{escape(e.id)}[/]  {_coloured(e.state)}  " + escape("  ".join(filter(None, notes)))


def _picture(execution: WorkflowExecution) -> RenderableType:
    table = _steps(execution.steps)
    table.add_column("")
    for step in execution.steps[-SHOWN:]:
        table.add_row(*_cells(step), _going_on(step))
    return Group(Text.from_markup(_head(execution)), table)


def _going_on(step: StepRecord) -> RenderableType:
    if step.progress:
        done, of = step.progress
        return Group(ProgressBar(total=max(of, 1), completed=done, width=30))
    return Spinner("dots") if step.state == "running" else ""


def _steps(steps: Sequence[StepRecord]) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=False)
    for _ in range(4):
        table.add_column(no_wrap=True)
    return table


def _cells(step: StepRecord) -> tuple[str, str, str, str]:
    seconds = f"{step.seconds:,.1f} s" if step.seconds is not None else ""
    tries = f"{step.attempts} attempts" if step.attempts > 1 else ""
    name = step.name if step.round == 1 else f"{step.name} ({step.round})"
    return escape(name), _coloured(step.state), seconds, tries


def _coloured(state: str) -> str:
    return f"[{COLOURS.get(state, 'bright_black')}]{state}[/]"


def _short(value: Any) -> str:
    text = "" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
