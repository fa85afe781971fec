"""`trend workflows`: run workflows, see how they do, and step in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from trend_agent.cli.options import AsJson, RecordsFile, settings_for
from trend_agent.errors import Rejected

if TYPE_CHECKING:
    from trend_agent.workflow import SimpleWorkflowEngine, WorkflowDefinition, WorkflowExecution

T = TypeVar("T")

group = typer.Typer(help="Run workflows, see how they do, and step in.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="An execution's id, or the beginning of it.", metavar="ID")]
Step = Annotated[str, typer.Option("--step", help="Which step, where several wait.", show_default=False)]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-p",
        metavar="NAME=VALUE",
        help="A parameter; its value is read as YAML.",
        show_default=False,
    ),
]
What = Annotated[
    str, typer.Argument(help="A template's name, or a YAML file with a definition.", metavar="WORKFLOW")
]


@group.callback()
def about() -> None:
    """Run workflows, see how they do, and step in."""


@group.command()
def templates(json: AsJson = False) -> None:
    """List the templates with their parameters."""
    import inspect

    from trend_agent.cli.tables import print_json
    from trend_agent.workflow.templates import TEMPLATES

    rows: list[dict[str, Any]] = [
        {
            "template": name,
            "does": inspect.getdoc(made),
            "parameters": list(inspect.signature(made).parameters),
        }
        for name, made in TEMPLATES.items()
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['template']}: {row['does']}\n    {', '.join(row['parameters'])}")  # noqa: T201


@group.command(name="list")
def list_(
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            help="waiting, running, paused, done, failed, cancelled or timed out.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest first.")] = 20,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """List executions, the newest first."""
    from trend_agent.cli.executions import print_executions
    from trend_agent.cli.tables import print_json
    from trend_agent.workflow.execution import known_state

    wanted = known_state(state) if state else None
    found = with_engine(records, lambda engine: engine.repository.list(state=wanted, limit=limit), run=False)
    print_json(found) if json else print_executions(found)


@group.command()
def run(
    workflow: What,
    parameters: Parameters = None,
    key: Annotated[
        str, typer.Option("--key", help="Its id; one used before is that same execution.", show_default=False)
    ] = "",
    detach: Annotated[
        bool, typer.Option("--detach", help="Ask whoever runs workflows, and do not wait.")
    ] = False,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Run a workflow and show how it goes.

    It runs in this process, or in the one that `trend workflows serve` is. Interrupted, it goes on when either is
    started again.
    """
    definition = chosen(workflow, parameters or [])

    async def begin(engine: SimpleWorkflowEngine) -> str:
        return await engine.start(definition, key=key)

    _follow(records, begin, json=json, detach=detach)


@group.command()
def show(execution: Id, json: AsJson = False, records: RecordsFile = None) -> None:
    """Show an execution: its steps with what went in, what came out, how long it took."""
    from trend_agent.cli.executions import print_execution
    from trend_agent.cli.tables import print_json

    found = with_engine(records, lambda engine: _found(engine, execution), run=False)
    print_json(found) if json else print_execution(found)


@group.command()
def pause(execution: Id, records: RecordsFile = None) -> None:
    """Stop an execution so that it can go on later."""
    _do(records, execution, lambda engine, key: engine.pause(key), "paused")


@group.command()
def cancel(execution: Id, records: RecordsFile = None) -> None:
    """End an execution; `resume` takes even that back."""
    _do(records, execution, lambda engine, key: engine.cancel(key), "cancelled")


@group.command()
def resume(
    execution: Id,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for its end.")] = False,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Go on with an execution that was paused, cancelled or interrupted, and show how it goes."""

    async def go_on(engine: SimpleWorkflowEngine) -> str:
        found = await _found(engine, execution)
        if found.state not in ("running", "waiting"):
            await engine.resume(found.id)
        return found.id

    _follow(records, go_on, json=json, detach=detach)


@group.command()
def rerun(
    execution: Id,
    step: Annotated[str, typer.Option("--from", help="The first step that is run again.")],
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for its end.")] = False,
    json: AsJson = False,
    records: RecordsFile = None,
) -> None:
    """Run an ended execution again from a step on, under a new id."""

    async def again(engine: SimpleWorkflowEngine) -> str:
        return await engine.rerun((await _found(engine, execution)).id, step)

    _follow(records, again, json=json, detach=detach)


@group.command()
def approve(
    execution: Id,
    step: Step = "",
    no: Annotated[bool, typer.Option("--no", help="Decide against it, which ends the execution.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who decides.", show_default=False)] = "",
    note: Annotated[str, typer.Option("--note", help="Why.", show_default=False)] = "",
    records: RecordsFile = None,
) -> None:
    """Decide on a step that waits for a person."""
    _do(
        records,
        execution,
        lambda engine, key: engine.approve(key, step, yes=not no, by=by, note=note),
        "refused" if no else "approved",
    )


@group.command()
def forget(
    days: Annotated[float, typer.Option("--days", min=0, help="Those that ended so many days ago.")],
    records: RecordsFile = None,
) -> None:
    """Forget executions that ended a while ago."""
    from datetime import UTC, datetime, timedelta

    before = datetime.now(UTC) - timedelta(days=days)
    number = with_engine(records, lambda engine: engine.repository.forget(before), run=False)
    print(f"{number:,} executions forgotten")  # noqa: T201


def chosen(workflow: str, parameters: list[str]) -> WorkflowDefinition:
    """The definition meant by a template's name or a file's."""
    from trend_agent.workflow.templates import TEMPLATES, get_template
    from trend_agent.workflow.written import read_definition_file, value_of

    given: dict[str, Any] = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Rejected(f"--set wants NAME=VALUE, found {text!r}")
        given[name] = value_of(value)
    if workflow not in TEMPLATES and (Path(workflow).suffix in {".yaml", ".yml"} or Path(workflow).exists()):
        return read_definition_file(Path(workflow), given)
    return get_template(workflow, **given)


async def _found(engine: SimpleWorkflowEngine, text: str) -> WorkflowExecution:
    """The execution of that id, or the one whose id begins so."""
    from trend_agent.errors import Missing

    try:
        return await engine.repository.get(text)
    except Missing:
        ids = [e.id for e in await engine.repository.list(limit=1000) if e.id.startswith(text)]
        if len(ids) > 1:
            raise Rejected(f"{len(ids)} executions begin with {text!r}: {', '.join(ids[:5])} …") from None
        if not ids:
            raise
        return await engine.repository.get(ids[0])


def _do(
    records: str | None,
    execution: str,
    what: Callable[[SimpleWorkflowEngine, str], Awaitable[None]],
    done: str,
) -> None:
    async def act(engine: SimpleWorkflowEngine) -> str:
        key = (await _found(engine, execution)).id
        await what(engine, key)
        return key

    print(f"{with_engine(records, act, run=False)} is {done}")  # noqa: T201


def with_engine(records: str | None, work: Callable[[SimpleWorkflowEngine], Awaitable[T]], *, run: bool) -> T:
    """Do something with the engine; unless it is to `run`, it only reads and asks."""
    from trend_agent.workflow import SimpleWorkflowEngine

    async def inside() -> T:
        engine = SimpleWorkflowEngine(settings_for(records))
        if not run:
            try:
                return await work(engine)
            finally:
                await engine.repository.close()
        async with engine:
            return await work(engine)

    return asyncio.run(inside())


def _follow(
    records: str | None,
    begin: Callable[[SimpleWorkflowEngine], Awaitable[str]],
    *,
    json: bool,
    detach: bool,
) -> None:
    from trend_agent.cli.executions import follow, print_execution
    from trend_agent.cli.tables import print_json

    async def watch(engine: SimpleWorkflowEngine) -> WorkflowExecution | str:
        key = await begin(engine)
        return key if detach else await follow(engine, key)

    found = with_engine(records, watch, run=not detach)
    if isinstance(found, str):
        print(found)  # noqa: T201
        return
    print_json(found) if json else print_execution(found)
    if found.state != "done":
        raise typer.Exit(1)
