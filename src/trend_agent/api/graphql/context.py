"""What resolvers work with: the desk, who asks, and loaders that ask the records once for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import strawberry
from pydantic import TypeAdapter, ValidationError
from strawberry.dataloader import DataLoader

from trend_agent.api.access import Principal
from trend_agent.api.desk import NO_HANDS, Hands
from trend_agent.api.executions import Executions
from trend_agent.api.kept import KeptDesk
from trend_agent.api.live import Live
from trend_agent.api.rest.trends import listed_at
from trend_agent.errors import Rejected, Unavailable
from trend_agent.items import Item, Trend
from trend_agent.storage.ports.watches import Watches


@dataclass
class Context:
    """Of one request; an operation of a subscription has it for as long as it lasts."""

    desk: KeptDesk
    live: Live
    principal: Principal
    address: str = ""
    hands: Hands | None = None
    watches: Watches | None = None
    executions: Executions | None = None
    noted: dict[str, Any] = field(default_factory=dict)
    """What the line of the audit log says of what was done."""

    @property
    def by(self) -> str:
        """Who does it, as it is written down."""
        return self.principal.name or self.principal.key_id or self.principal.kind

    def doing(self, what: str, **about: Any) -> None:
        """Write down what is done, before it is."""
        self.noted.setdefault("did", []).append({"what": what, **about})

    def own_hands(self) -> Hands:
        if self.hands is None:
            raise Unavailable(NO_HANDS)
        return self.hands

    def own_watches(self) -> Watches:
        if self.watches is None:
            raise Unavailable("no watches are kept here")
        return self.watches

    def engine(self) -> Executions:
        if self.executions is None:
            raise Unavailable("workflows are not run here")
        return self.executions

    @cached_property
    def newest(self) -> DataLoader[tuple[str, int], Sequence[Item]]:
        """The items that came last to a topic, by the topic and how many are wanted."""

        async def load(asked: list[tuple[str, int]]) -> list[Sequence[Item]]:
            by_number: defaultdict[int, list[str]] = defaultdict(list)
            for topic, number in asked:
                by_number[number].append(topic)
            found: dict[tuple[str, int], Sequence[Item]] = {}
            for number, topics in by_number.items():
                facts = await self.desk.records.newest(topics, limit=number)
                found |= {(key, number): [fact.item for fact in some] for key, some in facts.items()}
            return [found[key] for key in asked]

        return DataLoader(load)

    @cached_property
    def listed(self) -> DataLoader[str, Trend | None]:
        """A topic's trend on the list published last."""

        async def load(topics: list[str]) -> list[Trend | None]:
            known = {trend.topic: trend for trend in await listed_at(self.desk, None)}
            return [known.get(topic) for topic in topics]

        return DataLoader(load)


Info = strawberry.Info[Context, None]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def valid(kind: Any, name: str, value: object) -> Any:
    """An argument within the bounds that REST has for it. `Rejected` says what is wrong."""
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as fault:
        told = fault.errors()[0]
        where = ".".join([name, *(str(part) for part in told["loc"])])
        raise Rejected(f"{where}: {told['msg'].lower()}") from None
