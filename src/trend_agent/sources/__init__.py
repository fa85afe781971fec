"""Where data enters: one file per source, which says there what it is called and what can be set.

A source yields what it finds and, each time everything yielded so far may be kept as done, where it would
go on. Who collects keeps the items and the cursor behind them in one transaction, so that a cursor never
lies past an item that is not kept.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import AsyncIterator
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from trend_agent.errors import Misconfigured, Missing
from trend_agent.items import Cursor, Item
from trend_agent.sources.faults import wrong

if TYPE_CHECKING:  # readers of feeds live below this package and have no business with the network
    from trend_agent.egress import Http

ENTRY_POINTS = "trend_agent.sources"
"""The group in which an installed package names its own sources."""


class Source(BaseModel):
    """One place to collect from. The fields of a subclass are its settings, its schema and its form.

    A subclass is declared as `class HackerNews(Source, name="hackernews")` in `hackernews.py`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]

    interval: float = Field(900, ge=60, le=86400, description="seconds between two visits")
    full_text: bool = Field(
        default=False, description="read the pages its items link to, for their whole text"
    )

    def __init_subclass__(cls, *, name: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if name:
            cls.name = name

    @field_validator("full_text")
    @classmethod
    def _can_read_pages(cls, wanted: bool) -> bool:  # noqa: FBT001  # as pydantic calls it
        if wanted and find_spec("trafilatura") is None:
            raise PydanticCustomError(
                "extra", "whole texts need trafilatura; run `pip install 'trend-agent[fulltext]'`"
            )
        return wanted

    @property
    def key(self) -> str:
        """Under what the cursor and the health of this very source are kept."""
        return self.name

    @property
    def label(self) -> str:
        """What its items carry as `source`."""
        return self.name

    @property
    def host(self) -> str:
        """Whom it asks: of the sources with one host, one at a time is visited."""
        return self.name

    @classmethod
    def recognise(cls, address: str) -> dict[str, Any] | None:
        """The settings under which this kind reads what a person sees at an address; None where it does not."""
        return None

    @abstractmethod
    def collect(self, http: Http, since: Cursor) -> AsyncIterator[Item | Cursor]:
        """Items, and a `Cursor` wherever all items before it may be kept as done together with it.

        `since` is the last cursor that was kept, with an empty value at the first visit. Items behind
        the last cursor are to be kept too; they may come again. Errors of `http` pass through unhandled.
        """

    def cursor(self, **value: Any) -> Cursor:
        return Cursor(self.key, value)


@cache
def known() -> dict[str, type[Source]]:
    """Every kind of source by its name: ours, and those of installed packages."""
    ours = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    theirs = (entry.load() for entry in entry_points(group=ENTRY_POINTS))
    return {kind.name: kind for place in (*ours, *theirs) for kind in declared(place)}


def declared(place: ModuleType | type[Source]) -> list[type[Source]]:
    """The source classes a module declares; an entry point may also name the class itself."""
    if not isinstance(place, ModuleType):
        return [place]
    classes = (
        thing for thing in vars(place).values() if isinstance(thing, type) and issubclass(thing, Source)
    )
    return [kind for kind in classes if kind.__module__ == place.__name__ and hasattr(kind, "name")]


def source(name: str, **settings: Any) -> Source:
    """A source of the kind `name`. Missing says which there are, Misconfigured which setting is wrong and how."""
    kind = known().get(name)
    if kind is None:
        raise Missing(f"no source called {name!r}; there are {', '.join(sorted(known()))}")
    try:
        return kind(**settings)
    except ValidationError as fault:
        amiss = wrong(fault, kind.model_fields)
        raise Misconfigured(f"the settings of a source {name!r} are wrong: {amiss}") from fault
