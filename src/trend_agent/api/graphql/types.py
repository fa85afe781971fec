"""The types of the schema, made of the program's own words: a field of a dataclass is a field of the schema."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from inspect import getdoc
from typing import Any, Literal, NewType, Optional, Union, cast, get_args, get_origin, get_type_hints

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.scalars import JSON
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from trend_agent.api.executions import Execution
from trend_agent.items import CorrectionKind, Lineage, Trend, TrendState, Verdict, stamp, utc
from trend_agent.processing.finding import Way
from trend_agent.processing.search import Found
from trend_agent.storage import Fact

Moment = NewType("Moment", datetime)


def _parsed(value: Any) -> datetime:
    try:
        return utc(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        raise GraphQLError("a moment should be a text such as 2026-03-01T12:00:00Z") from None


def _literal(node: ValueNode, _variables: Any = None) -> datetime:
    return _parsed(node.value if isinstance(node, StringValueNode) else None)


MOMENT = strawberry.scalar(
    name="DateTime",
    description="A moment in UTC (ISO 8601), as in 2026-03-01T12:00:00Z",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=lambda moment: stamp(utc(moment)),
    parse_value=_parsed,
    parse_literal=_literal,
)


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page ends. `end_cursor` is what `after` takes for the next one."""

    end_cursor: str | None
    has_next_page: bool


@dataclass(frozen=True, slots=True)
class TrendConnection:
    """A page of trends, best first; `at` is the stream time they hold for."""

    nodes: Sequence[Trend]
    page_info: PageInfo
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemConnection:
    """A page of a topic's items in the order they came in, copies included."""

    nodes: Sequence[Fact]
    page_info: PageInfo
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundConnection:
    """A page of what a search found. `way` is how it was searched, `degraded` why not as it was asked."""

    nodes: Sequence[Found]
    page_info: PageInfo
    way: Way
    degraded: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ExecutionConnection:
    """A page of executions of workflows, the newest first; their steps are left out."""

    nodes: Sequence[Execution]
    page_info: PageInfo
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TrendChanges:
    """What became different up to the list of the moment `at`. `reset`: so much was missed that the list is
    to be asked for anew."""

    at: datetime | None
    new: Sequence[Trend]
    changed: Sequence[Trend]
    gone: Sequence[str]
    reset: bool = False


class Mirrors:
    """Types of the schema by the dataclasses they mirror, each made once."""

    def __init__(self, more: Mapping[type, Sequence[StrawberryField]]) -> None:
        self.more = more
        self.made: dict[Any, Any] = {}

    def of(self, cls: type) -> Any:
        """The type that mirrors a dataclass."""
        if cls not in self.made:
            hints = get_type_hints(cls)
            own = [self._field(one.name, hints[one.name]) for one in fields(cls)]
            self.made[cls] = create_type(
                cls.__name__, [*own, *self.more.get(cls, ())], description=_about(cls)
            )
        return self.made[cls]

    def _field(self, name: str, hint: Any) -> StrawberryField:
        made = cast(StrawberryField, strawberry.field(graphql_type=self.kind(hint)))
        made.python_name = name
        return made

    def kind(self, hint: Any) -> Any:
        """What the schema says for a hint."""
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Literal:
            return self._enum(hint) if hint in NAMES else str
        if hint is Any:
            return Optional[JSON]  # noqa: UP045
        if origin in (Union, types.UnionType):
            (one,) = (part for part in inner if part is not type(None))
            return Optional[self.kind(one)]  # noqa: UP045  # not everything here can be joined by a stroke
        if origin is tuple or origin in (Mapping, dict):
            return JSON
        if origin in (Sequence, list):
            return list[self.kind(inner[0])]  # type: ignore[misc]
        if hint is datetime:
            return Moment
        return self.of(hint) if hasattr(hint, "__dataclass_fields__") else hint

    def _enum(self, hint: Any) -> Any:
        if hint not in self.made:
            name = NAMES[hint]
            words: Any = Enum(name, {word: word for word in get_args(hint)})  # type: ignore[misc]
            self.made[hint] = strawberry.enum(words)
        return self.made[hint]


NAMES: Mapping[Any, str] = types.MappingProxyType(
    {
        TrendState: "TrendState",
        Verdict: "Verdict",
        Way: "Way",
        CorrectionKind: "CorrectionKind",
        get_type_hints(Lineage)["change"]: "Change",
    }
)
"""What the choices of words are called in the schema."""


def _about(cls: type) -> str:
    return " ".join((getdoc(cls) or "").split("\n\n")[0].split())
