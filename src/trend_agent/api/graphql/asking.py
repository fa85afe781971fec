"""What can be asked: each field asks the very function that REST asks, within the same bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import StringConstraints

from trend_agent.api.executions import Execution, Template
from trend_agent.api.graphql.context import Info, valid
from trend_agent.api.graphql.types import (
    ExecutionConnection,
    FoundConnection,
    ItemConnection,
    Moment,
    PageInfo,
    TrendConnection,
)
from trend_agent.api.parameters import (
    Address,
    AsOf,
    Categories,
    FewAtMost,
    InLanguages,
    ItemId,
    Languages,
    Limit,
    OfSources,
    OfTopics,
    OneSource,
    SeenSince,
    SeenUntil,
    Sources,
    States,
    Text,
    TopicId,
    WayOfSearch,
    Within,
    Words,
    hours_of,
)
from trend_agent.api.rest import (
    corrections,
    fate,
    numbers,
    search,
    standing,
    topics,
    trends,
    watches,
    workflows,
)
from trend_agent.api.rest.answers import (
    AlertTold,
    HeadlinePage,
    Ledger,
    LineagePage,
    OneTopic,
    Said,
    Scored,
    Series,
    WatchTold,
)
from trend_agent.items import Item, Trend
from trend_agent.processing.filtering import Filter
from trend_agent.processing.search import Found
from trend_agent.processing.statistics import CategoryShare, Statistics, statistics
from trend_agent.storage import Health, Told


@strawberry.input(
    description="Which trends are wanted: values of one name widen the choice, different names narrow it"
)
class TrendFilter:
    sources: list[str] = strawberry.field(default_factory=list)
    languages: list[str] = strawberry.field(default_factory=list)
    states: list[str] = strawberry.field(default_factory=list)
    categories: list[str] = strawberry.field(default_factory=list)
    text: str = ""
    window: str | None = strawberry.field(default=None, description="breaking, day, week, or hours")

    def checked(self) -> Filter:
        window = self.window and (int(self.window) if self.window.isdecimal() else self.window)
        return Filter(
            valid(Sources, "sources", self.sources),
            valid(Languages, "languages", self.languages),
            valid(Categories, "categories", self.categories),
            valid(States, "states", self.states),
            valid(Words, "text", self.text).strip(),
            hours_of(valid(Within, "window", window or None)),
        )


Place = Annotated[str, StringConstraints(max_length=800)]
"""The place of a page; what is read at it says whether it is one."""

Wanted = Annotated[TrendFilter | None, strawberry.argument(name="filter")]


def chosen(wanted: TrendFilter | None) -> Filter:
    return wanted.checked() if wanted else Filter()


def as_of_of(moment: datetime | None) -> datetime | None:
    found: datetime | None = valid(AsOf, "asOf", moment)
    return found


async def list_trends(
    info: Info, first: int = 50, after: str = "", as_of: Moment | None = None, wanted: Wanted = None
) -> TrendConnection:
    page = await trends.page_of(
        info.context.desk,
        chosen(wanted),
        limit=valid(Limit, "first", first),
        cursor=valid(Place, "after", after),
        as_of=as_of_of(as_of),
    )
    return TrendConnection(page.trends, _place(page.next), page.at)


async def one_trend(info: Info, id: strawberry.ID, as_of: Moment | None = None) -> Trend:
    return await trends.trend_at(info.context.desk, valid(TopicId, "id", id), as_of_of(as_of))


async def one_topic(info: Info, id: strawberry.ID) -> OneTopic:
    return await topics.topic(info.context.desk, valid(TopicId, "id", id))


async def items_of(
    info: Info, topic: strawberry.ID, first: int = 50, after: str = "", as_of: Moment | None = None
) -> ItemConnection:
    page = await trends.items(
        info.context.desk,
        valid(TopicId, "topic", topic),
        valid(Limit, "first", first),
        valid(Place, "after", after),
        as_of_of(as_of),
    )
    return ItemConnection(page.items, _place(page.next), page.at)


async def search_items(
    info: Info,
    query: str,
    way: str = "hybrid",
    first: int = 20,
    after: str = "",
    sources: list[str] | None = None,
    languages: list[str] | None = None,
    topics: list[strawberry.ID] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> FoundConnection:
    page = await search.search(
        info.context.desk,
        q=valid(Text, "query", query),
        way=valid(WayOfSearch, "way", way),
        source=valid(OfSources, "sources", sources or []),
        lang=valid(InLanguages, "languages", languages or []),
        topic=valid(OfTopics, "topics", topics or []),
        since=valid(SeenSince, "since", since),
        until=valid(SeenUntil, "until", until),
        limit=valid(Limit, "first", first),
        cursor=valid(Place, "after", after),
    )
    return FoundConnection(page.found, _place(page.next), page.way, page.degraded, page.at)


async def one_item(info: Info, id: strawberry.ID) -> Told:
    return await fate.item_by_id(info.context.desk, valid(ItemId, "id", id))


async def fates(info: Info, address: str) -> Sequence[Told]:
    return (await fate.fate_by_address(info.context.desk, valid(Address, "address", address))).items


async def list_sources(info: Info) -> Sequence[Health]:
    return await info.context.desk.collected.health()


async def balance(info: Info, source: str = "") -> Ledger:
    return await standing.ledger(info.context.desk, valid(OneSource, "source", source))


async def score(info: Info, as_of: Moment | None = None) -> Scored:
    return await standing.scorecard(info.context.desk, as_of_of(as_of))


async def newest_items(parent: strawberry.Parent[Trend], info: Info, first: int = 5) -> Sequence[Item]:
    """The items that came to it last, without copies."""
    return await info.context.newest.load((parent.topic, valid(FewAtMost, "first", first)))


async def its_trend(parent: strawberry.Parent[Found], info: Info) -> Trend | None:
    """The trend its topic is on the newest list."""
    return await info.context.listed.load(parent.topic)


async def its_items(
    parent: strawberry.Parent[OneTopic], info: Info, first: int = 50, after: str = ""
) -> ItemConnection:
    return await items_of(info, strawberry.ID(parent.topic.id), first, after)


async def its_lineage(parent: strawberry.Parent[OneTopic], info: Info) -> LineagePage:
    return await trends.lineage(info.context.desk, parent.topic.id)


async def its_headlines(parent: strawberry.Parent[OneTopic], info: Info) -> HeadlinePage:
    return await topics.headlines(info.context.desk, parent.topic.id)


async def its_series(parent: strawberry.Parent[OneTopic], info: Info) -> Series:
    return await trends.series(info.context.desk, parent.topic.id)


def _place(cursor: str | None) -> PageInfo:
    return PageInfo(cursor, cursor is not None)


async def list_categories(info: Info, as_of: Moment | None = None) -> Sequence[CategoryShare]:
    return (await numbers.categories(info.context.desk, as_of_of(as_of))).categories


async def count(info: Info, days: int = 7, as_of: Moment | None = None) -> Statistics:
    records, at = info.context.desk.records, as_of_of(as_of)
    listed = await trends.listed_at(info.context.desk, at)
    return await statistics(records, listed, days=valid(numbers.Days, "days", days), as_of=at)


async def list_corrections(info: Info, first: int = 50, after: str = "") -> Sequence[Said]:
    page = await corrections.corrections(
        info.context.desk, valid(Limit, "first", first), valid(Place, "after", after)
    )
    return page.corrections


async def list_watches(info: Info) -> Sequence[WatchTold]:
    context = info.context
    return (await watches.watches(context.own_watches(), context.desk, context.principal)).watches


async def list_alerts(
    info: Info,
    first: int = 50,
    watch: str = "",
    unread: bool = False,
) -> Sequence[AlertTold]:
    context = info.context
    page = await watches.alerts(
        context.own_watches(),
        context.desk,
        context.principal,
        valid(watches.OfWatch, "watch", watch),
        unread=unread,
        limit=valid(Limit, "first", first),
    )
    return page.alerts


async def list_templates(info: Info) -> Sequence[Template]:
    return info.context.engine().templates()


async def list_executions(
    info: Info, state: str | None = None, template: str = "", first: int = 50, after: str = ""
) -> ExecutionConnection:
    context = info.context
    page = await workflows.list_executions(
        context.desk,
        context.engine(),
        valid(workflows.InState, "state", state),
        valid(workflows.OfTemplate, "template", template),
        valid(Limit, "first", first),
        valid(workflows.ExecutionsPage, "after", after),
    )
    return ExecutionConnection(page.executions, _place(page.next), page.at)


async def one_execution(info: Info, id: strawberry.ID) -> Execution:
    return await info.context.engine().get(valid(workflows.ExecutionId, "id", id))
