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
from trend_agent.api.graphql import asking, following
from trend_agent.api.graphql.types import (
    MOMENT,
    FoundConnection,
    ItemConnection,
    Mirrors,
    Moment,
    TrendChanges,
    TrendConnection,
)
from trend_agent.api.rest.answers import HeadlinePage, Ledger, LineagePage, OneTopic, Scored, Series
from trend_agent.items import Item, Trend
from trend_agent.processing.search import Found
from trend_agent.storage import Health, Told

DEFINITION = "strawberry-definition"

KEPT = frozenset({"trends", "trend", "topic", "items", "item", "fates", "ledger", "scorecard", "__typename"})
"""Questions whose answers follow from the records alone, and so are right until those change."""


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
        field("topic", asking.one_topic, of(OneTopic), "The topic that an id leads to"),
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
        field("ledger", asking.balance, of(Ledger), "What was fetched and what became of it", cost=500),
        field("scorecard", asking.score, of(Scored), "How good the calls of a rise were", cost=2_000),
    ]


@cache
def schema() -> strawberry.Schema:
    mirrors = _mirrors()
    return strawberry.Schema(
        create_type("Query", _queries(mirrors.of)),
        subscription=create_type(
            "Subscription",
            [
                follows(
                    "trends",
                    following.trends,
                    mirrors.of(TrendChanges),
                    "New, changed and gone trends, as it happens",
                )
            ],
        ),
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


def cost_of(one: GraphQLField, past: bool) -> int:  # noqa: FBT001
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
