"""What can be changed: topics put right, watches kept, workflows run. Each is what REST does under the same words."""

from __future__ import annotations

from typing import Any

import strawberry
from starlette.responses import Response
from strawberry.scalars import JSON

from trend_agent.api.executions import Execution
from trend_agent.api.graphql.context import Info, valid
from trend_agent.api.rest import watches, workflows
from trend_agent.api.rest.answers import Marked, Said, WatchTold
from trend_agent.processing import saying
from trend_agent.processing.watching import Watching


@strawberry.input(
    description="What a trend has to be to be told of; what is left out lets everything through"
)
class WatchFilter:
    sources: list[str] = strawberry.field(default_factory=list)
    languages: list[str] = strawberry.field(default_factory=list)
    states: list[str] = strawberry.field(default_factory=list)
    categories: list[str] = strawberry.field(default_factory=list)
    text: str = ""
    hours: int | None = None
    surprise: float = 0.0
    alarmed: bool = False


async def merge_topics(info: Info, topics: list[strawberry.ID]) -> Said:
    return await _correct(info, kind="merge", topics=topics)


async def split_topic(info: Info, topic: strawberry.ID, items: list[strawberry.ID]) -> Said:
    return await _correct(info, kind="split", topic=topic, items=items)


async def pin_item(info: Info, item: strawberry.ID, topic: strawberry.ID) -> Said:
    return await _correct(info, kind="pin", item=item, topic=topic)


async def unpin_item(info: Info, item: strawberry.ID) -> Said:
    return await _correct(info, kind="unpin", item=item)


async def undo_correction(info: Info, correction: int) -> Said:
    return await _correct(info, kind="undo", correction=correction)


async def _correct(info: Info, **said: Any) -> Said:
    context = info.context
    asked = valid(saying.Asked, "correction", said)
    context.doing(said.pop("kind"), **said)
    made = await context.own_hands().correct(asked, by=context.by)
    return Said(made, stands=made.kind != "undo")


async def add_watch(
    info: Info,
    name: str,
    filter: WatchFilter | None = None,
    channels: JSON | None = None,
    enabled: bool = True,
) -> WatchTold:
    told = {"name": name, "filter": _filter(filter), "channels": channels or {}, "enabled": enabled}
    making = valid(watches.MakingWatch, "watch", told)
    info.context.doing("add watch", name=name)
    return await watches.add_watch(_watching(info), info.context.principal, making, Response())


async def change_watch(
    info: Info,
    id: strawberry.ID,
    name: str | None = None,
    filter: WatchFilter | None = None,
    channels: JSON | None = None,
    enabled: bool | None = None,
) -> WatchTold:
    told = {
        "name": name,
        "filter": _filter(filter) if filter else None,
        "channels": channels,
        "enabled": enabled,
    }
    changing = valid(watches.ChangingWatch, "watch", told)
    info.context.doing("change watch", watch=id)
    return await watches.change_watch(
        _watching(info), info.context.principal, valid(watches.WatchId, "id", id), changing
    )


async def remove_watch(info: Info, id: strawberry.ID) -> bool:
    info.context.doing("remove watch", watch=id)
    key = valid(watches.WatchId, "id", id)
    await watches.remove_watch(info.context.own_watches(), info.context.principal, key)
    return True


async def read_alerts(info: Info, until: strawberry.ID, watch: strawberry.ID | None = None) -> Marked:
    reading = valid(watches.ReadingAlerts, "alerts", {"until": until, "watch": watch})
    info.context.doing("read alerts", until=until)
    return await watches.read_alerts(info.context.own_watches(), info.context.principal, reading)


async def run_workflow(info: Info, template: str, parameters: JSON | None = None) -> Execution:
    asked = valid(workflows.ToRun, "workflow", {"template": template, "parameters": parameters or {}})
    info.context.doing("run workflow", template=template)
    return await workflows.execute_workflow(info.context.engine(), info.context.principal, asked, Response())


async def cancel_workflow(info: Info, id: strawberry.ID) -> Execution:
    return await info.context.engine().cancel(_execution(info, "cancel workflow", id))


async def pause_workflow(info: Info, id: strawberry.ID) -> Execution:
    return await info.context.engine().pause(_execution(info, "pause workflow", id))


async def resume_workflow(info: Info, id: strawberry.ID) -> Execution:
    return await info.context.engine().resume(_execution(info, "resume workflow", id))


async def approve_workflow(
    info: Info,
    id: strawberry.ID,
    yes: bool = True,
    step: str = "",
    note: str = "",
) -> Execution:
    decision = valid(workflows.Decision, "decision", {"yes": yes, "step": step, "note": note})
    key = _execution(info, "approve workflow", id)
    return await workflows.approve_execution(info.context.engine(), key, info.context.principal, decision)


def _execution(info: Info, what: str, id: str) -> str:
    key: str = valid(workflows.ExecutionId, "id", id)
    info.context.doing(what, execution=key)
    return key


def _watching(info: Info) -> Watching:
    return Watching(info.context.own_watches(), info.context.desk.records)


def _filter(one: WatchFilter | None) -> dict[str, Any]:
    return strawberry.asdict(one) if one else {}
