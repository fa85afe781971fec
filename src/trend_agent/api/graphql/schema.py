"""The schema: what the fields are called, what they answer with, and which scope each needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from trend_agent.api.access import Scope
from trend_agent.api.executions import Execution, Template
from trend_agent.api.graphql import asking, doing, following
from trend_agent.api.graphql.types import (
    MOMENT,
    ExecutionConnection,
    FoundConnection,
    ItemConnection,
    Mirrors,
    Moment,
    TrendChanges,
    TrendConnection,
)
from trend_agent.api.rest.answers import (
    AlertTold,
    HeadlinePage,
    Ledger,
    LineagePage,
    Marked,
    OneTopic,
    Said,
    Scored,
    Series,
    WatchTold,
)
from trend_agent.items import Item, Trend
from trend_agent.processing.search import Found
from trend_agent.processing.statistics import CategoryShare, Statistics
from trend_agent.storage import Health, Told

DEFINITION = "strawberry-definition"

KEPT = frozenset({"categories", "trends", "trend", "topic", "items", "__typename"})
"""Questions whose answers follow from what has been settled and published alone, and so are right until that changes.
What waits, how sources do, and calls come and go without it."""


def field(
    name: str,
    resolver: Callable[..., Any],
    kind: Any,
    about: str,
    *,
    scope: Scope = "read",
    cost: int = 50,
    past: int = 5_000,
) -> StrawberryField:
    """A field that is looked up. `cost` is what that takes in units of 10 µs, `past` what it takes beyond that where
    a past moment is asked for."""
    made: Any = strawberry.field(
        resolver=resolver,
        graphql_type=kind,
        name=name,
        description=about,
        metadata={"scope": scope, "cost": cost, "past": past},
    )
    made.python_name = resolver.__name__
    return made  # type: ignore[no-any-return]


def _several(kind: Any) -> Any:
    return list[kind]


def follows(name: str, resolver: Callable[..., Any], kind: Any, about: str) -> StrawberryField:
    made: Any = strawberry.subscription(
        resolver=resolver, graphql_type=kind, name=name, description=about, metadata={"scope": "read"}
    )
    made.python_name = resolver.__name__
    return made  # type: ignore[no-any-return]


def _mirrors() -> Mirrors:
    """The domain's types, some of them with fields that are looked up when they are asked for."""
    mirrors = Mirrors({})
    more: dict[type, Sequence[StrawberryField]] = {
        Trend: [
            field(
                "newest",
                asking.newest_items,
                _several(mirrors.of(Item)),
                "The items that came last, no copies",
                cost=5,
            )
        ],
        OneTopic: [
            field(
                "items", asking.its_items, mirrors.of(ItemConnection), "Its items in the order they came in"
            ),
            field("lineage", asking.its_lineage, mirrors.of(LineagePage), "What became of it"),
            field(
                "headlines",
                asking.its_headlines,
                mirrors.of(HeadlinePage),
                "The headlines it had on lists",
                cost=4_000,
            ),
            field("series", asking.its_series, mirrors.of(Series), "Its items per quarter of an hour"),
        ],
    }
    mirrors.more = more
    trend = mirrors.of(Trend)
    mirrors.more = {
        **more,
        Found: [field("trend", asking.its_trend, trend | None, "Its topic's trend on the newest list")],
    }
    return mirrors


def _queries(of: Callable[[type], Any]) -> list[StrawberryField]:
    return [
        field(
            "trends",
            asking.list_trends,
            of(TrendConnection),
            "The trends of now or of a past moment, best first",
            cost=500,
        ),
        field(
            "trend",
            asking.one_trend,
            of(Trend),
            "A topic as measured on the newest list it was on, or on a past one",
        ),
        field("topic", asking.one_topic, of(OneTopic), "The topic that an id leads to", cost=300),
        field(
            "items",
            asking.items_of,
            of(ItemConnection),
            "A topic's items in the order they came in",
            cost=100,
        ),
        field("item", asking.one_item, of(Told), "An item, its fate and the topics it has been in"),
        field("fates", asking.fates, _several(of(Told)), "What became of whatever came from an address"),
        field("search", asking.search_items, of(FoundConnection), "The items a text is about", cost=3_000),
        field("sources", asking.list_sources, _several(of(Health)), "How each source is doing"),
        field("ledger", asking.balance, of(Ledger), "What was fetched and what became of it", cost=13_000),
        field(
            "categories",
            asking.list_categories,
            _several(of(CategoryShare)),
            "The categories, the fullest first",
        ),
        field(
            "statistics", asking.count, of(Statistics), "What was taken in, and how it spreads", cost=19_000
        ),
        field(
            "corrections", asking.list_corrections, _several(of(Said)), "What people said of topics", cost=500
        ),
        field("watches", asking.list_watches, _several(of(WatchTold)), "The watches of the key that asks"),
        field(
            "alerts", asking.list_alerts, _several(of(AlertTold)), "What they told, the last first", cost=100
        ),
        field(
            "workflowTemplates",
            asking.list_templates,
            _several(of(Template)),
            "The workflows that can be run",
        ),
        field(
            "workflows", asking.list_executions, of(ExecutionConnection), "What runs and what ran", cost=500
        ),
        field("workflow", asking.one_execution, of(Execution), "An execution with its steps", cost=500),
        field("scorecard", asking.score, of(Scored), "How good the calls of a rise were", cost=2_000),
    ]


def _changes(of: Callable[[type], Any]) -> list[StrawberryField]:
    def change(name: str, resolver: Callable[..., Any], kind: Any, about: str) -> StrawberryField:
        return field(name, resolver, kind, about, scope="write", cost=1_000)

    said, watch, execution = of(Said), of(WatchTold), of(Execution)
    return [
        change(
            "mergeTopics", doing.merge_topics, said, "These topics are about one thing: all go into the first"
        ),
        change("splitTopic", doing.split_topic, said, "These items of a topic are about something else"),
        change("pinItem", doing.pin_item, said, "An item belongs to a topic, wherever it is now"),
        change("unpinItem", doing.unpin_item, said, "The last pin of an item is taken back"),
        change("undoCorrection", doing.undo_correction, said, "A correction is taken back"),
        change("addWatch", doing.add_watch, watch, "Save a filter; alerts tell of what comes into it"),
        change("changeWatch", doing.change_watch, watch, "Change a watch; what is left out stays"),
        change("removeWatch", doing.remove_watch, bool, "Remove a watch and its alerts"),
        change("readAlerts", doing.read_alerts, of(Marked), "Mark alerts as read up to one"),
        change("runWorkflow", doing.run_workflow, execution, "Run a template under parameters"),
        change("cancelWorkflow", doing.cancel_workflow, execution, "End an execution"),
        change("pauseWorkflow", doing.pause_workflow, execution, "Pause an execution before its next step"),
        change("resumeWorkflow", doing.resume_workflow, execution, "Go on with an execution"),
        change(
            "approveWorkflow", doing.approve_workflow, execution, "Decide on a step that waits for a person"
        ),
    ]


def _followed(of: Callable[[type], Any]) -> list[StrawberryField]:
    return [
        follows("trends", following.trends, of(TrendChanges), "New, changed and gone trends, as it happens"),
        follows("workflows", following.executions, of(Execution), "Executions of workflows as they go on"),
    ]


@cache
def schema() -> strawberry.Schema:
    mirrors = _mirrors()
    return strawberry.Schema(
        create_type("Query", _queries(mirrors.of)),
        mutation=create_type("Mutation", _changes(mirrors.of)),
        subscription=create_type("Subscription", _followed(mirrors.of)),
        config=StrawberryConfig(scalar_map={Moment: MOMENT}),
    )


@cache
def types() -> GraphQLSchema:
    """The schema as documents are checked against it and run."""
    return schema()._schema  # noqa: SLF001  # there is no public way to what strawberry makes


def scope_of(one: GraphQLField) -> Scope | None:
    """The scope a field needs by itself; None where it needs no more than what it belongs to."""
    told = one.extensions.get(DEFINITION)
    return told.metadata.get("scope") if told is not None else None


def cost_of(one: GraphQLField, past: bool) -> int:
    """What looking a field up takes, by itself and without what is selected below it."""
    told = one.extensions.get(DEFINITION)
    metadata = told.metadata if told is not None else {}
    return int(metadata.get("cost", 0)) + (int(metadata.get("past", 0)) if past else 0)


def attribute_of(one: GraphQLField) -> str | None:
    """The attribute that a field merely reads; None where it has to be resolved."""
    told = one.extensions.get(DEFINITION)
    return told.python_name if told is not None and told.base_resolver is None else None


def roots() -> list[GraphQLObjectType]:
    found = types()
    return [kind for kind in (found.query_type, found.mutation_type, found.subscription_type) if kind]
