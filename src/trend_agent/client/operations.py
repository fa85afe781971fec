"""What can be asked: each operation as a function that says it without sending anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from trend_agent.client.answers import (
    Execution,
    Fact,
    FoundPage,
    Page,
    ReceiptOf,
    Said,
    SourceTold,
    Told,
    WatchTold,
)
from trend_agent.items import Trend

T = TypeVar("T")
Json = Mapping[str, Any]
Names = Sequence[str]


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A request below `/api/v1`, and how its answer is read. What is None or empty in `query` and `body` is not
    sent."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Json = field(default_factory=dict)
    body: Json | None = None


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def _one(kind: type[T]) -> Callable[[Any], T]:
    def read(answer: Any) -> T:
        found: T = _adapter(kind).validate_python(answer)
        return found

    return read


def _list(name: str, kind: type[T]) -> Callable[[Any], Page[T]]:
    def read(answer: Any) -> Page[T]:
        return _one(Page[kind])({**answer, "entries": answer[name]})  # type: ignore[valid-type]

    return read


def _nothing(_: Any) -> None:
    return None


def _at(*parts: str) -> str:
    """A path; what stands in an id is no part of it."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def trends(
    *,
    source: Names = (),
    lang: Names = (),
    state: Names = (),
    category: Names = (),
    window: str | int = "",
    q: str = "",
    as_of: datetime | None = None,
    limit: int | None = None,
) -> Operation[Page[Trend]]:
    """The trends of now or of a moment, best first. `limit` is how many come at a time."""
    return Operation("GET", "/trends", _list("trends", Trend), locals())


def trends_in_part(fields: str, **chosen: Any) -> Operation[Page[dict[str, Any]]]:
    """The trends with only these fields of each, such as `topic,headline.text`; filters are those of `trends`."""
    query = {**trends(**chosen).query, "fields": fields}
    return Operation("GET", "/trends", _list("trends", dict[str, Any]), query)


def trend(topic: str, *, as_of: datetime | None = None) -> Operation[Trend]:
    return Operation("GET", _at("trends", topic), _one(Trend), {"as_of": as_of})


def items(topic: str, *, as_of: datetime | None = None, limit: int | None = None) -> Operation[Page[Fact]]:
    """What a trend is based on, in the order it came in."""
    return Operation(
        "GET", _at("trends", topic, "items"), _list("items", Fact), {"as_of": as_of, "limit": limit}
    )


def receipt(topic: str, *, as_of: datetime | None = None, changes: bool = False) -> Operation[ReceiptOf]:
    """What makes a trend's score; with `changes`, also what would exchange it with its neighbours."""
    query = {"as_of": as_of, "changes": changes}
    return Operation("GET", _at("trends", topic, "receipt"), _one(ReceiptOf), query)


def item(id: str) -> Operation[Told]:  # noqa: A002
    return Operation("GET", _at("items", id), _one(Told))


def search(
    q: str,
    *,
    way: str = "hybrid",
    source: Names = (),
    lang: Names = (),
    topic: Names = (),
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
    cursor: str = "",
) -> Operation[FoundPage]:
    """Items by their words (`keyword`), by nearness (`semantic`) or by both; a page, whose `next` is a `cursor`."""
    return Operation("GET", "/search", _one(FoundPage), locals())


def sources(*, state: Names = (), limit: int | None = None) -> Operation[Page[SourceTold]]:
    return Operation("GET", "/sources", _list("sources", SourceTold), locals())


def source(key: str) -> Operation[SourceTold]:
    return Operation("GET", _at("sources", key), _one(SourceTold))


def add_source(address: str, settings: Json | None = None) -> Operation[Page[SourceTold]]:
    """Collect what is published at an address: a feed, a page that names its feeds, a channel."""
    body = {"address": address, "settings": settings}
    return Operation("POST", "/sources", _list("sources", SourceTold), body=body)


def change_source(
    key: str, *, enabled: bool | None = None, settings: Json | None = None
) -> Operation[SourceTold]:
    body = {"enabled": enabled, "settings": settings}
    return Operation("PATCH", _at("sources", key), _one(SourceTold), body=body)


def remove_source(key: str) -> Operation[None]:
    return Operation("DELETE", _at("sources", key), _nothing)


def watches() -> Operation[Page[WatchTold]]:
    return Operation("GET", "/watches", _list("watches", WatchTold))


def add_watch(name: str, filter: Json, channels: Json | None = None) -> Operation[WatchTold]:  # noqa: A002
    """Save a filter (`sources`, `languages`, `categories`, `states`, `text`, `hours`, `surprise`, `alarmed`)."""
    body = {"name": name, "filter": filter, "channels": channels}
    return Operation("POST", "/watches", _one(WatchTold), body=body)


def change_watch(id: str, **changes: Any) -> Operation[WatchTold]:  # noqa: A002
    """Change its `name`, `filter`, `channels` or `enabled`."""
    return Operation("PATCH", _at("watches", id), _one(WatchTold), body=changes)


def remove_watch(id: str) -> Operation[None]:  # noqa: A002
    return Operation("DELETE", _at("watches", id), _nothing)


def corrections(*, as_of: datetime | None = None, limit: int | None = None) -> Operation[Page[Said]]:
    return Operation("GET", "/corrections", _list("corrections", Said), locals())


def _correct(kind: str, **what: Any) -> Operation[Said]:
    return Operation("POST", "/corrections", _one(Said), body={"kind": kind, **what})


def merge(*topics: str) -> Operation[Said]:
    """These topics are one; the first goes on."""
    return _correct("merge", topics=topics)


def split(topic: str, items: Names) -> Operation[Said]:
    """These items of a topic are about something else."""
    return _correct("split", topic=topic, items=items)


def pin(item: str, topic: str) -> Operation[Said]:
    """An item belongs to a topic, wherever it is now."""
    return _correct("pin", item=item, topic=topic)


def unpin(item: str) -> Operation[Said]:
    return _correct("unpin", item=item)


def undo(correction: int) -> Operation[Said]:
    return _correct("undo", correction=correction)


def execute(
    template: str = "", parameters: Json | None = None, *, workflow: Json | None = None
) -> Operation[Execution]:
    """Run a template under its parameters, or a workflow that is written out."""
    return Operation("POST", "/workflows/execute", _one(Execution), body=locals())


def executions(
    *, state: str = "", template: str = "", limit: int | None = None
) -> Operation[Page[Execution]]:
    return Operation("GET", "/workflows", _list("executions", Execution), locals())


def execution(id: str) -> Operation[Execution]:  # noqa: A002
    return Operation("GET", _at("workflows", id), _one(Execution))


def cancel(id: str) -> Operation[Execution]:  # noqa: A002
    return Operation("POST", _at("workflows", id, "cancel"), _one(Execution))


def pause(id: str) -> Operation[Execution]:  # noqa: A002
    return Operation("POST", _at("workflows", id, "pause"), _one(Execution))


def resume(id: str) -> Operation[Execution]:  # noqa: A002
    return Operation("POST", _at("workflows", id, "resume"), _one(Execution))


def approve(id: str, *, yes: bool = True, step: str = "", note: str = "") -> Operation[Execution]:  # noqa: A002
    """Decide on the step that waits for a person."""
    body = {"yes": yes, "step": step, "note": note}
    return Operation("POST", _at("workflows", id, "approve"), _one(Execution), body=body)


def stream(
    *,
    source: Names = (),
    lang: Names = (),
    state: Names = (),
    category: Names = (),
    window: str | int = "",
    q: str = "",
    since: str = "",
) -> Operation[None]:
    """What changes, as it happens; filters are those of `trends`, `since` is an event's id or the `at` of a list."""
    return Operation("GET", "/stream", _nothing, locals())
